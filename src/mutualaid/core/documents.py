"""Documents as PDF: a template of Typst and facts. The same facts give the same bytes.

Templates are ``<domain>/documents/<name>.typ`` and begin with ``core/typst/house.typ``. Only the fonts that we bring are used, so
that every machine prints the same. They lack rare characters of names: one that they lack is printed as its code point in
brackets (``[U+20BB7]``), never as an empty box, and told to the caller, who can have the document completed by hand.
"""

from __future__ import annotations

import datetime
import json
import logging
import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import typst

log = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parents[1]
"""The folder of the domains: templates reach no file outside it."""


NO_DAY = datetime.date(2000, 1, 1)
"""Of a file whose own day nobody told: PDF/A wants one, and the clock would make each file another."""


class BadDocument(ValueError):
    """A document that cannot be made: a slip in the program or its template. ``zh`` and ``en`` say what was found."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass(frozen=True)
class Made:
    """A document. ``lacking``: the characters of its facts that our fonts do not have, in order, each once."""

    content: bytes
    lacking: tuple[str, ...]


def pdf(template: str, facts: Mapping[str, Any], *, on: datetime.date = NO_DAY) -> bytes:
    """The bytes of a document; that characters were lacking is logged. Raises BadDocument."""
    made = document(template, facts, on=on)
    if made.lacking:
        log.warning("%s: %d characters are printed as code points: our fonts lack them", template, len(made.lacking))
    return made.content


def document(template: str, facts: Mapping[str, Any], *, on: datetime.date = NO_DAY) -> Made:
    """A document. ``template``: ``contributions/receipt`` for ``contributions/documents/receipt.typ``; ``facts``: texts, whole
    numbers, amounts (Decimal), dates, None, and lists and mappings of them, written as they are to be read; ``on``: the day that
    the file itself bears. Raises BadDocument."""
    domain, _, name = template.partition("/")
    path = ROOT / domain / "documents" / f"{name}.typ"
    if not (domain.isidentifier() and name.isidentifier() and path.is_file()):
        raise BadDocument(
            f"没有文书模板 {template}", f"expected a template such as contributions/receipt, found {template!r}"
        )
    return compiled(path.read_bytes(), facts, on=on)


def compiled(source: bytes, facts: Mapping[str, Any], *, on: datetime.date = NO_DAY) -> Made:
    """A document of a template's own text. Raises BadDocument."""
    lacking: dict[str, None] = {}
    told = json.dumps(_plain(facts, lacking), ensure_ascii=False, sort_keys=True)
    try:
        compiler = typst.Compiler(
            source, root=str(ROOT), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"facts": told}
        )
        midnight = datetime.datetime(on.year, on.month, on.day, tzinfo=datetime.UTC)
        content = compiler.compile(format="pdf", pdf_standards="a-2b", timestamp=midnight)
    except typst.TypstError as fault:
        raise BadDocument(f"文书没有排成：{fault.message}", f"the document was not set: {fault.message}") from fault
    assert isinstance(content, bytes)
    return Made(content, tuple(lacking))


def pictures(source: bytes, facts: Mapping[str, Any], *, dots: int) -> list[bytes]:
    """The pages of a template's own text as PNG, with so many dots an inch. Raises BadDocument."""
    told = json.dumps(_plain(facts, {}), ensure_ascii=False, sort_keys=True)
    try:
        compiler = typst.Compiler(
            source, root=str(ROOT), font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"facts": told}
        )
        made = compiler.compile(format="png", ppi=dots)
    except typst.TypstError as fault:
        raise BadDocument(f"文书没有排成：{fault.message}", f"the document was not set: {fault.message}") from fault
    assert made is not None
    return made if isinstance(made, list) else [made]


def can_print(sign: str) -> bool:
    """Do our fonts have a character?"""
    return any(first <= ord(sign) <= last for first, last in _covered())


def _plain(value: Any, lacking: dict[str, None]) -> Any:
    """Facts as JSON; texts without signs that cannot be seen, and with code points for those that cannot be printed."""
    if isinstance(value, str):
        return "".join(_printed(sign, lacking) for sign in value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(part, lacking) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part, lacking) for part in value]
    raise BadDocument(
        f"文书的事实应为文本、整数、金额、日期或其列表，得到 {type(value).__name__}",
        f"facts are texts, whole numbers, amounts, dates and lists of them; found {type(value).__name__}",
    )


def _printed(sign: str, lacking: dict[str, None]) -> str:
    if sign == "\n":
        return sign
    if unicodedata.category(sign) in {"Cc", "Cf", "Cs"} or sign in _SELECTORS:
        return " " if sign == "\t" else ""
    if can_print(sign):
        return sign
    lacking[sign] = None
    return f"[U+{ord(sign):04X}]"


_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Choose between forms of the character before them; without them its usual form is printed."""


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(pylopdf_fonts_zh_cn.serif_path().parent)],
    )


@cache
def _covered() -> tuple[tuple[int, int], ...]:
    """Ranges of the characters that one of our two fonts has: a document falls back from the one to the other."""
    found = {
        point
        for path in (pylopdf_fonts_zh_cn.serif_path(), pylopdf_fonts_zh_cn.sans_path())
        for first, last in _ranges(path.read_bytes())
        for point in range(first, last + 1)
    }
    ranges: list[tuple[int, int]] = []
    for point in sorted(found):
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1] = (ranges[-1][0], point)
        else:
            ranges.append((point, point))
    return tuple(ranges)


def _ranges(font: bytes) -> list[tuple[int, int]]:
    """Of a font's table ``cmap``, the characters of its subtable of format 12, which has all of Unicode."""
    (count,) = struct.unpack_from(">H", font, 4)
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in range(12, 12 + 16 * count, 16)}
    begin = tables[b"cmap"]
    (subtables,) = struct.unpack_from(">H", font, begin + 2)
    for number in range(subtables):
        at = begin + struct.unpack_from(">I", font, begin + 4 + 8 * number + 4)[0]
        if struct.unpack_from(">H", font, at)[0] == 12:
            (groups,) = struct.unpack_from(">I", font, at + 12)
            return [struct.unpack_from(">II", font, at + 16 + 12 * group) for group in range(groups)]
    raise BadDocument("字体没有 Unicode 对照表", "the font has no table of Unicode characters")
