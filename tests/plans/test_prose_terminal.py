"""Plans on a terminal and in a pipe: the whole text, never cut off, never taken for markup; Chinese lines break well."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from mutualaid.plans.document import Document
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.prose.flowing import Flowing, breaks
from mutualaid.plans.prose.model import Prose, texts
from mutualaid.plans.prose.terminal import print_prose, prose_text
from mutualaid.plans.prose.wording import LANGS, Lang
from tests.engine.support import shipped
from tests.plans import everything

CHINESE = "一二三，四五。（六）七“八”《九》％ ab-c 1,000.00元 [S1] "


def printed(prose: Prose, width: int, *, terminal: bool) -> str:
    """What reaches the screen, without the codes of colours."""
    out = io.StringIO()
    print_prose(prose, Console(file=out, force_terminal=terminal, width=width, highlight=False))
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


def letters(text: str) -> str:
    """Only what is not space, frame or bullet."""
    return re.sub(r"[\s\u2500-\u257f▍·　]", "", text)


@pytest.mark.parametrize("lang", LANGS)
def test_in_a_pipe_it_is_plain_text(lang: Lang) -> None:
    prose = plan_prose(shipped().documents["guangxi-huzhubao-1-2025"].document, lang, shipped())
    text = printed(prose, 40, terminal=False)
    assert text == prose_text(prose)
    assert text.startswith(f"# {prose.title} [{prose.badge}]\n\n## ")
    assert "\n\n\n" not in text
    for one in texts(prose):
        assert one.strip() in text


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("lang", LANGS)
def test_on_a_terminal_nothing_is_cut_off(lang: Lang, width: int) -> None:
    prose = plan_prose(shipped().documents["cwmia-accident"].document, lang, shipped())
    text = printed(prose, width, terminal=True)
    assert "…" not in text
    assert all(cell_len(line) <= width for line in text.splitlines())
    whole = letters(text)
    for one in (
        part.text for section in prose.sections for block in section.blocks for part in getattr(block, "points", ())
    ):
        assert letters(one) in whole


@pytest.mark.parametrize("terminal", [True, False])
def test_texts_of_a_document_are_never_markup(terminal: bool) -> None:
    content = everything.raw(everything.PLAN)
    content["summary"] = {"zh": "[bold]粗[/bold] [red] [/] \\[x]"}
    document = Document.model_validate(content)
    assert letters("[bold]粗[/bold] [red] [/] \\[x]") in letters(printed(plan_prose(document), 100, terminal=terminal))


@given(st.text(CHINESE, max_size=80), st.integers(4, 40))
def test_lines_break_where_chinese_allows_it(text: str, width: int) -> None:
    offsets = breaks(text, width)
    assert offsets == sorted(set(offsets))
    lines = [text[a:b] for a, b in zip([0, *offsets], [*offsets, len(text)], strict=True)]
    assert "".join(lines) == text
    for line in lines:
        assert cell_len(line.rstrip(" ")) <= width
        assert line or not text


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("一二三四五六", 6, ["一二三", "四五六"]),
        ("一二三，四五", 6, ["一二", "三，四", "五"]),
        ("一二（三四）", 6, ["一二", "（三", "四）"]),
        ("每次1,000元", 8, ["每次", "1,000元"]),
        ("two words", 5, ["two ", "words"]),
        ("unbreakable", 4, ["unbr", "eaka", "ble"]),
        ("", 4, []),
    ],
)
def test_a_line_never_begins_with_closing_punctuation(text: str, width: int, lines: list[str]) -> None:
    offsets = breaks(text, width)
    assert [text[a:b] for a, b in zip([0, *offsets], [*offsets, len(text)], strict=True) if text[a:b]] == lines


def test_right_aligned_text_stays_so() -> None:
    out = io.StringIO()
    Console(file=out, width=10).print(Flowing(Text("一二三")), justify="right")
    assert out.getvalue() == "    一二三\n"
