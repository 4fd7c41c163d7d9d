"""The texts of the pages: Chinese at the source, English for every one of them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.template import engines
from django.utils import translation

from tools import messages

HAN = re.compile("[\u4e00-\u9fff]")
APPLICATIONS = messages.applications()


def english_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Each text of an application with its English, of a plural both."""
    with (folder / messages.PLACE).open("rb") as file:
        for entry in read_po(file, locale="en"):
            if entry.id:
                source: Any = entry.id[0] if isinstance(entry.id, (tuple, list)) else entry.id
                said: Any = entry.string
                for english in said if isinstance(said, tuple) else (said,):
                    yield source, english


def test_every_text_has_its_english_and_every_file_is_fresh() -> None:
    assert messages.faults() == []


@pytest.mark.parametrize("folder", APPLICATIONS, ids=lambda folder: folder.name)
def test_texts_are_chinese_at_the_source_and_english_after(folder: Path) -> None:
    for message in messages.gathered(folder):
        assert HAN.search(message.text), f"{message.file}: {message.text}"
    for _source, english in english_of(folder):
        assert not HAN.search(english), english


@pytest.mark.parametrize("folder", APPLICATIONS, ids=lambda folder: folder.name)
def test_what_is_put_into_a_text_is_put_into_its_english(folder: Path) -> None:
    for source, english in english_of(folder):
        assert set(re.findall(r"%\((\w+)\)s", english)) <= set(re.findall(r"%\((\w+)\)s", source))


TEMPLATE = (
    "{% load i18n %}{# {% translate '注' %} #}{% comment %}{% translate '不算' %}{% endcomment %}"
    "{% translate '八成 80%' as a %}{% translate \"月\" context \"历\" %}{% nothing _('没有') %}{{ x|default:_('空') }}"
    "{% blocktranslate count n=1 trimmed %}\n 共 {{ n }}\n 条 {% plural %} 共 {{ n }} 条 {% endblocktranslate %}"
)


def test_texts_of_a_template_are_found_as_django_looks_them_up() -> None:
    found = [(message.text, message.plural, message.context) for message in messages.in_template(TEMPLATE, "x.html")]
    assert found == [
        ("八成 80%%", None, None),
        ("月", None, "历"),
        ("没有", None, None),
        ("空", None, None),
        ("共 %(n)s 条", "共 %(n)s 条", None),
    ]
    with pytest.raises(messages.NotATemplate):
        list(messages.in_template("{% blocktranslate %}{% icon 'x' %}{% endblocktranslate %}", "x.html"))


def test_texts_of_python_are_found() -> None:
    source = "_('甲'); gettext_lazy('乙'); translation.pgettext('语', '丙'); ngettext('丁', '戊', n); _(variable); other('己')"
    found = [(message.text, message.plural, message.context) for message in messages.in_python(source, "x.py")]
    assert found == [("甲", None, None), ("乙", None, None), ("丙", None, "语"), ("丁", "戊", None)]


def test_a_file_of_translations_is_kept_in_step(tmp_path: Path) -> None:
    app = tmp_path / "portal"
    (app / "templates").mkdir(parents=True)
    (app / "apps.py").write_text("from x import _\nname = _('甲')\n", encoding="utf-8")
    (app / "templates" / "a.html").write_text("{% translate '乙' %}", encoding="utf-8")
    messages.update(tmp_path)
    assert [fault.partition(": ")[2] for fault in messages.faults(tmp_path)] == [
        "缺英文 · no English: 甲（apps.py）",
        "缺英文 · no English: 乙（templates/a.html）",
    ]
    po = app / messages.PLACE
    po.write_text(po.read_text(encoding="utf-8").replace('"乙"\nmsgstr ""', '"乙"\nmsgstr "B"'), encoding="utf-8")
    (app / "apps.py").write_text("", encoding="utf-8")
    assert messages.faults(tmp_path) == [
        f"{tmp_path.name}/portal/{messages.PLACE}: 已过期，请运行 make fix · stale; run `make fix`"
    ]
    messages.update(tmp_path)
    assert messages.faults(tmp_path) == []
    assert "甲" not in po.read_text(encoding="utf-8")
    messages.compile_messages(tmp_path)
    compiled = po.with_suffix(".mo").stat().st_mtime_ns
    messages.compile_messages(tmp_path)
    assert po.with_suffix(".mo").stat().st_mtime_ns == compiled


def test_a_page_speaks_english() -> None:
    with translation.override("en"):
        assert engines["django"].from_string("{% load i18n %}{% translate '下一页' %}").render({}) == "Next page"
