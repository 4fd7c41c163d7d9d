"""Inside an .xlsx before a spreadsheet library sees it: how great it becomes, which rows are hidden, which formulas were never
calculated. A small file can unpack to a great one, so it is read in pieces and nothing of it is kept."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass, field

from mutualaid.enrolment.roster import limits
from mutualaid.enrolment.roster.limits import HEADER_WITHIN, NotARoster, too_large, too_large_a_sheet

_FAR = re.compile(rb"""[\s]r=["'](?:[A-Z]{3,}|[D-Z][A-Z])[0-9]""")
_DEEP = re.compile(rb"""<(?:\w+:)?row[^>]*?[\s]r=["']([0-9]{5,})["']""")
_HIDDEN = re.compile(rb"""<(?:\w+:)?row\s(?=[^>]*\shidden=["'](?:1|true)["'])[^>]*?\br=["']([0-9]+)["']""")
_HIDDEN_COLUMNS = re.compile(
    rb"""<(?:\w+:)?col\s(?=[^>]*\shidden=["'](?:1|true)["'])(?=[^>]*\bmin=["']([0-9]+)["'])[^>]*?\bmax=["']([0-9]+)["']"""
)
_NOT_CALCULATED = re.compile(
    rb"""<(?:\w+:)?c\s[^>]*?r=["']([A-Z]{1,3})([0-9]+)["'][^>]*>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
_PART = re.compile(r"xl/.*\.(?:xml|rels)")
_SHEETS = "xl/worksheets/"
_PIECE = 2**20
_TAIL_MOST = 2**14
"""Of what one piece leaves to the next: Excel takes formulas of 8192 signs."""
_PARTS_MOST = 1000
_AT_ONCE_MOST, _ROWS_AT_ONCE = 128 * 2**20, 20_000
_SMALL_MOST = 2**20
"""Of the parts that name the sheets."""


@dataclass
class Inside:
    """Of one sheet. ``hidden``: numbers of rows; ``hidden_columns``: places from 0; ``not_calculated``: cells with a formula and
    no value, as number of the row and place of the column; ``size``: bytes."""

    hidden: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    not_calculated: set[tuple[int, int]] = field(default_factory=set)
    size: int = 0


@dataclass(frozen=True)
class Archive:
    """What was seen. ``sheets``: by name; ``since_1904``: whether days are counted as old Macintoshes did."""

    sheets: dict[str, Inside]
    since_1904: bool


def unpacks(content: bytes) -> None:
    """Refuse what would fill the memory, or is no workbook, without keeping any of it: of a workbook that is no roster, and
    read at once. Raises NotARoster, BadZipFile."""
    looked_into(content, size_most=_AT_ONCE_MOST, rows_most=_ROWS_AT_ONCE)


def by_parts(content: bytes) -> None:
    """Refuse an archive whose list of parts is no workbook's; nothing is unpacked. Raises NotARoster, BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _is_workbook(archive.namelist())


def looked_into(content: bytes, *, size_most: int | None = None, rows_most: int | None = None) -> Archive:
    """What stands in an ``.xlsx`` beside the values of its cells. The most bytes it may unpack to and the most rows are those of
    a roster unless told. Raises NotARoster, BadZipFile."""
    within = (size_most or limits.UNZIPPED_MOST, rows_most or limits.ROWS_MOST)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.namelist()
        _is_workbook(parts)
        seen, size = {}, 0
        for part in parts:
            if _PART.fullmatch(part):
                seen[part], size = _scanned(archive, part, size, within)
        book, links = _small(archive, "xl/workbook.xml"), _small(archive, "xl/_rels/workbook.xml.rels")
    targets = {
        link["Id"]: link["Target"]
        for link in map(_attributes, _tags(links, "Relationship"))
        if {"Id", "Target"} <= set(link)
    }
    sheets = {}
    for tag in map(_attributes, _tags(book, "sheet")):
        target = targets.get(next((value for name, value in tag.items() if name.endswith(":id")), ""), "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
        sheets[tag.get("name", "")] = seen.get(part, Inside())
    since_1904 = any(tag.get("date1904") in ("1", "true") for tag in map(_attributes, _tags(book, "workbookPr")))
    return Archive(sheets, since_1904)


def _is_workbook(parts: list[str]) -> None:
    if "xl/workbook.bin" in parts or "content.xml" in parts:
        raise NotARoster(
            "应为 .xlsx、.xls 或 .csv 文件；得到 .xlsb 或 .ods，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传",
            "expected an .xlsx, .xls or .csv file, found an .xlsb or .ods; open it and save it as .xlsx",
        )
    if "xl/workbook.xml" not in parts or len(parts) > _PARTS_MOST:
        raise NotARoster(
            "应为 .xlsx 文件；得到其他压缩文件，请解压后上传其中的名册，或下载模板填写",
            "expected an .xlsx file, found another kind of archive; unpack it and upload the roster, or fill in the template",
        )


def _scanned(archive: zipfile.ZipFile, part: str, size: int, within: tuple[int, int]) -> tuple[Inside, int]:
    """What one part holds, and the bytes of all so far."""
    found, tail, is_sheet = Inside(), b"", part.startswith(_SHEETS)
    with archive.open(part) as stream:
        while chunk := stream.read(_PIECE):
            size += len(chunk)
            found.size += len(chunk)
            if size > within[0]:
                raise too_large(f"{within[0] // 2**20} MB")
            if is_sheet:
                seen = tail + chunk
                _notice(seen, found, within[1] + HEADER_WITHIN)
                tail = seen[
                    max(seen.rfind(b"<c "), seen.rfind(b"<row"), seen.rfind(b":c "), len(seen) - _TAIL_MOST, 0) :
                ]
    return found, size


def _notice(seen: bytes, found: Inside, most: int) -> None:
    if _FAR.search(seen) or any(int(row) > most for row in _DEEP.findall(seen)):
        raise too_large_a_sheet()
    if b"hidden=" in seen:
        found.hidden.update(int(row) for row in _HIDDEN.findall(seen) if int(row) <= most)
        for first, last in _HIDDEN_COLUMNS.findall(seen):
            found.hidden_columns.update(range(int(first) - 1, min(int(last), limits.COLUMNS_MOST)))
    if (b"<f" in seen or b":f" in seen) and len(found.not_calculated) < limits.ROWS_MOST:
        found.not_calculated.update((int(row), _place(letters)) for letters, row in _NOT_CALCULATED.findall(seen))


def _place(letters: bytes) -> int:
    """``A`` is 0, ``AA`` 26."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def _small(archive: zipfile.ZipFile, part: str) -> str:
    try:
        with archive.open(part) as stream:
            return stream.read(_SMALL_MOST).decode("utf-8", "replace")
    except KeyError:
        return ""


def _tags(text: str, name: str) -> list[str]:
    return re.findall(rf"<(?:\w+:)?{name}\s[^>]*>", text)


def _attributes(tag: str) -> dict[str, str]:
    found = re.findall(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return {name: html.unescape(double or single) for name, double, single in found}
