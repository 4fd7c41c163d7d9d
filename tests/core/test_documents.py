"""Documents: the same facts give the same bytes, whatever they hold is text, and no character vanishes."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mutualaid.core.documents import ROOT, BadDocument, can_print, compiled, document, pdf

TEMPLATE = """
#import "/core/typst/house.typ": facts, house
#show: house.with(title: "参保凭证", number: facts.number)
姓名：#facts.name

#table(columns: 2, [计划], [金额], ..facts.rows.map(row => (row.plan, row.amount)).flatten())
""".encode()


def facts(name: str = "帕孜丽娅·乌拉木", **more: Any) -> dict[str, Any]:
    rows = [{"plan": "住院互助", "amount": Decimal("60.00")}]
    return {"number": "C2026-1", "name": name, "rows": rows, **more}


def text_of(content: bytes, tmp_path: Path) -> str:
    """What a reader of PDF finds; whitespace left out."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("no reader of PDF on this machine")
    path = tmp_path / "made.pdf"
    path.write_bytes(content)
    done = subprocess.run([reader, "-raw", str(path), "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


@pytest.mark.parametrize(
    "name",
    [
        "林晓禾",
        "帕孜丽娅·乌拉木",
        "阿不都热依木" * 8 + "·买",
        "龚䶮𬭚",
        '#panic("x") *b* $x$ <l> @r [c] \\ // /* `raw` #let',
        '"}, #sys.inputs',
    ],
)
def test_names_are_set_as_they_are(name: str, tmp_path: Path) -> None:
    made = compiled(TEMPLATE, facts(name))
    assert made.content.startswith(b"%PDF-")
    assert made.lacking == ()
    found = text_of(made.content, tmp_path)
    assert "姓名：" + "".join(name.split()) in found
    assert "住院互助60.00" in found
    assert "C2026-11/1" in found


def test_the_same_facts_give_the_same_bytes() -> None:
    assert compiled(TEMPLATE, facts()) == compiled(TEMPLATE, dict(reversed(facts().items())))


def test_what_cannot_be_printed_is_named(tmp_path: Path) -> None:
    made = compiled(TEMPLATE, facts("李\U000313c5\U000313c5\u200b\U000e0100\t\U000323af"))
    assert made.lacking == ("\U000313c5", "\U000323af")
    assert "李[U+313C5][U+313C5][U+323AF]" in text_of(made.content, tmp_path)


def test_which_characters_our_fonts_have() -> None:
    """Measured: all ideographs of the basic plane; of extension B 54, those of the table of characters in general use."""
    lacking = {
        block: sum(not can_print(chr(point)) for point in range(first, last + 1))
        for block, (first, last) in {
            "unified": (0x4E00, 0x9FA5),
            "A": (0x3400, 0x4DB5),
            "B": (0x20000, 0x2A6D6),
            "unified, later": (0x9FA6, 0x9FEF),
        }.items()
    }
    assert lacking == {"unified": 0, "A": 0, "B": 42_657, "unified, later": 0}
    assert all(map(can_print, "𬭚𣲘𪨶𫖯𫍯·•—…“”￥①㈠々〇\u3000aé"))


def test_facts_are_data(tmp_path: Path) -> None:
    on = datetime.date(2026, 3, 1)
    made = compiled(TEMPLATE + b"#facts.on #facts.missing #facts.good", facts(on=on, missing=None, good=True))
    assert "2026-03-01true" in text_of(made.content, tmp_path)
    for value in (1.5, on.replace, datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)):
        with pytest.raises(BadDocument, match="facts are texts"):
            compiled(TEMPLATE, facts(bad=value))


@pytest.mark.parametrize("template", ["nowhere/receipt", "core/../x", "receipt", "../core/house"])
def test_a_template_that_is_none(template: str) -> None:
    with pytest.raises(BadDocument, match="expected a template"):
        document(template, {})


def test_a_template_with_a_fault_is_told() -> None:
    with pytest.raises(BadDocument, match="unknown variable"):
        compiled(b"#nothing", {})
    with pytest.raises(BadDocument, match="not set"):
        compiled(b'#read("/../../pyproject.toml")', {})


def test_templates_can_be_printed() -> None:
    for path in ROOT.rglob("*.typ"):
        text = path.read_text(encoding="utf-8")
        assert [sign for sign in text if sign.isprintable() and not can_print(sign)] == [], path


def test_rare_characters_are_logged(caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "plans" / "documents").mkdir(parents=True)
    (tmp_path / "plans" / "documents" / "card.typ").write_text("#json(bytes(sys.inputs.facts)).name", encoding="utf-8")
    monkeypatch.setattr("mutualaid.core.documents.ROOT", tmp_path)
    assert pdf("plans/card", {"name": "\U000313c5"}).startswith(b"%PDF-")
    assert "1 characters" in caplog.text
