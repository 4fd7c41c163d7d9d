"""From a workbook or a CSV file as people bring it to rows of text, each with its row number in the sheet.

Nothing here knows the database. A file that could not be a roster is refused before it is unpacked: calamine holds a
whole sheet in memory, and a small file can unpack to a great one.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import python_calamine

from mutualaid.enrolment.roster.columns import BY_FIELD, header
from mutualaid.people.refusals import Refused

BYTES_MOST = 64 * 2**20
UNZIPPED_MOST = 512 * 2**20
ROWS_MOST = 200_000
COLUMNS_MOST = 104
CELL_MOST = 500
"""Characters of a cell that are kept: the longest thing in a roster is a name of 50."""
HEADER_WITHIN = 20
"""Rows among which the header is looked for: above it stand titles."""
ABOUT = "_roster"
"""The hidden sheet of our template that says for which enrolment it was made."""
MARK = "mutualaid-roster"
ROSTER, EXAMPLES, NOTES = "花名册", "示例", "填写说明"
EXAMPLE_NUMBER = "11010119000101000X"
"""Of nobody: no number has the order 000."""
_NOT_READ = (EXAMPLES, NOTES, ABOUT, "example", "examples")
_EXACT_MOST = 10**15
"""Excel keeps 15 digits of a number: of a longer one the last are gone."""
_FAR = re.compile(rb"""[\s]r=["'](?:[A-Z]{3,}|[D-Z][A-Z])[0-9]""")
_DEEP = re.compile(rb"""<(?:\w+:)?row[^>]*?[\s]r=["']([0-9]{5,})["']""")
_PART = re.compile(r"xl/.*\.(?:xml|rels)")


class NotARoster(Refused):
    """The file cannot be read as a roster."""


@dataclass(frozen=True)
class Line:
    """A row of the sheet. ``told``: what is written, by field; ``faults``: of the file itself, as ``checking`` gives them."""

    line: int
    told: dict[str, str]
    faults: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Roster:
    """What a file holds. ``enrolment``: the number for which our template was made, if it is ours."""

    lines: list[Line]
    enrolment: str | None = None


def read_roster(content: bytes, *, name: str) -> Roster:
    """The rows of a file. Raises NotARoster."""
    if len(content) > BYTES_MOST:
        raise NotARoster(
            f"文件应不超过 {BYTES_MOST // 2**20} MB；得到 {len(content) // 2**20} MB，请删去图片或分批上传",
            f"expected at most {BYTES_MOST // 2**20} MB, found {len(content) // 2**20} MB; remove pictures or split it",
        )
    if content.startswith(b"PK"):
        return _workbook(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotARoster(
            "应为 .xlsx 文件；得到旧版 .xls 或加密的文件，请去掉密码并另存为 .xlsx 后再上传",
            "expected an .xlsx file, found an old .xls or one with a password; save it as .xlsx without a password",
        )
    if name.lower().endswith(".csv"):
        return _taken(_written(_csv(content)), None, "CSV")
    raise NotARoster(
        "应为 .xlsx 或 .csv 文件；得到其他格式，请下载模板填写后上传",
        "expected an .xlsx or .csv file, found something else; download the template and fill it in",
    )


def _csv(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as fault:
            raise NotARoster(
                "CSV 应为 UTF-8 或 GB 18030 编码；得到其他编码，请另存为 .xlsx 后上传",
                "expected a CSV in UTF-8 or GB 18030, found another encoding; save it as .xlsx",
            ) from fault
    try:
        yield from csv.reader(io.StringIO(text.replace("\0", "")))
    except csv.Error as fault:
        raise NotARoster(
            "CSV 的引号或行不完整，请另存为 .xlsx 后上传", "a quote or a row of the CSV is broken; save it as .xlsx"
        ) from fault


def unpacks(content: bytes) -> None:
    """Refuse what would fill the memory, or is no workbook, without keeping any of it. Raises NotARoster."""
    size = 0
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.namelist()
        if "xl/workbook.xml" not in parts or len(parts) > 1000:
            raise NotARoster(
                "应为 .xlsx 文件；得到其他压缩文件，请下载模板填写后上传",
                "expected an .xlsx file, found another kind of archive; download the template and fill it in",
            )
        for part in parts:
            if not _PART.fullmatch(part):
                continue
            tail = b""
            with archive.open(part) as stream:
                while chunk := stream.read(2**20):
                    size += len(chunk)
                    if size > UNZIPPED_MOST:
                        raise _too_large(f"{UNZIPPED_MOST // 2**20} MB")
                    seen = tail + chunk
                    if part.startswith("xl/worksheets/") and (
                        _FAR.search(seen) or any(int(row) > ROWS_MOST + HEADER_WITHIN for row in _DEEP.findall(seen))
                    ):
                        raise _too_large(f"{ROWS_MOST} 行、{COLUMNS_MOST} 列 · rows, {COLUMNS_MOST} columns")
                    tail = seen[-200:]


def _too_large(most: str) -> NotARoster:
    return NotARoster(
        f"展开后应不超过 {most}；得到的更大，请删去空白区域的格式和多余的表，或下载模板重新填写",
        f"expected at most {most} when unpacked, found more; clear formats of empty areas and other sheets, or fill in "
        "the template anew",
    )


def _workbook(content: bytes) -> Roster:
    try:
        unpacks(content)
        with python_calamine.load_workbook(io.BytesIO(content)) as book:
            enrolment = _made_for(book)
            names = [one for one in book.sheet_names if one.strip().lower() not in _NOT_READ]
            names.sort(key=lambda one: one.strip() != ROSTER)
            for name in names[:10]:
                rows = list(_numbered(book.get_sheet_by_name(name).to_python(skip_empty_area=False)))
                if _header_at(rows) is not None:
                    return _taken(rows, enrolment, name)
    except (
        zipfile.BadZipFile,
        python_calamine.CalamineError,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
    ) as fault:
        raise NotARoster(
            "文件应为完整的 .xlsx；得到的已损坏或有密码，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传",
            "expected a whole .xlsx file, found a broken one or one with a password; open it and save it again as .xlsx",
        ) from fault
    raise _no_header()


def _no_header() -> NotARoster:
    return NotARoster(
        f"应有一张表在前 {HEADER_WITHIN} 行内含“姓名”“证件号码”表头；没有找到，请使用下载的模板",
        f"expected a sheet with the headers 姓名 (name) and 证件号码 (ID number) in its first {HEADER_WITHIN} rows, found "
        "none; use the template",
    )


def _made_for(book: python_calamine.CalamineWorkbook) -> str | None:
    if ABOUT not in book.sheet_names:
        return None
    rows = book.get_sheet_by_name(ABOUT).to_python(nrows=1)
    return str(rows[0][1]) if rows and len(rows[0]) > 1 and rows[0][0] == MARK else None


def _numbered(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, Sequence[Any]]]:
    yield from enumerate(rows, start=1)


def _written(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV in which something stands, with their numbers: a file of empty lines would fill the memory. Raises
    NotARoster for more than a sheet may hold."""
    for count, (number, cells) in enumerate(one for one in enumerate(rows, start=1) if any(one[1])):
        if count > ROWS_MOST + HEADER_WITHIN or any(cells[COLUMNS_MOST:]):
            raise _too_large(f"{ROWS_MOST} 行、{COLUMNS_MOST} 列 · rows, {COLUMNS_MOST} columns")
        if any(map(str.strip, cells)):
            yield number, cells[:COLUMNS_MOST]


def _header_at(rows: list[tuple[int, Sequence[Any]]]) -> int | None:
    """The place of the header among the rows."""
    for place, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        named = {header(str(cell)) for cell in cells}
        if {"name", "identity_number"} <= named:
            return place
    return None


def _taken(numbered: Iterable[tuple[int, Sequence[Any]]], enrolment: str | None, sheet: str) -> Roster:
    rows = list(numbered)
    at = _header_at(rows)
    if at is None:
        raise _no_header()
    fields = [header(str(cell)) for cell in rows[at][1]]
    twice = {one for one in fields if one is not None and fields.count(one) > 1}
    if twice:
        named = "、".join(sorted(BY_FIELD[one].zh for one in twice))
        raise NotARoster(
            f"每个表头应只出现一次；“{named}”出现了多次，请只保留一列",
            f"expected each header once, found {named} several times in {sheet}; keep one column of it",
        )
    lines = [line for number, cells in rows[at + 1 :] if (line := _line(number, fields, cells)) is not None]
    if not lines:
        raise NotARoster("表头下应至少有一人；没有找到，请填写后上传", "expected a person below the header, found none")
    if len(lines) > ROWS_MOST:
        raise NotARoster(
            f"一次应不超过 {ROWS_MOST} 人；得到 {len(lines)} 人，请分批上传",
            f"expected at most {ROWS_MOST} persons at once, found {len(lines)}; split the file",
        )
    return Roster(lines, enrolment)


def _line(number: int, fields: list[str | None], cells: Sequence[Any]) -> Line | None:
    """A row; none if it is empty or our own example."""
    told: dict[str, str] = {}
    faults: list[dict[str, str]] = []
    for name, cell in zip(fields, cells, strict=False):
        if name is None:
            continue
        text, fault = _text(name, cell)
        if text:
            told[name] = text
        if fault is not None:
            faults.append(fault)
    if not told or told.get("identity_number") == EXAMPLE_NUMBER:
        return None
    return Line(number, told, faults)


def _text(name: str, cell: Any) -> tuple[str, dict[str, str] | None]:
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat(), None
    if isinstance(cell, datetime.date):
        return cell.isoformat(), None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if name in ("identity_number", "bank_card") and abs(cell) >= _EXACT_MOST:
            return f"{cell:.0f}", _lost(name)
        return (str(int(cell)) if cell == int(cell) else str(cell)), None
    text = str(cell).strip()
    if name in ("identity_number", "bank_card") and re.fullmatch(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+", text):
        return text, _lost(name)  # so a CSV keeps a number that a spreadsheet once showed
    return text[:CELL_MOST], None


def _lost(name: str) -> dict[str, str]:
    column = BY_FIELD[name].zh
    return {
        "field": name,
        "zh": f"{column}应为文本；得到数字，Excel 只保留 15 位，末几位已丢失，请把该列设为文本后重新填写",
        "en": "expected text, found a number: Excel keeps 15 digits and has lost the last; set the column to text and "
        "write it again",
        "offered": "",
    }
