"""From a workbook, a CSV or a zip of CSVs to rows of text, sheet by sheet, one row after the other.

Nothing here knows the database. What could not be a take-over, or would fill the memory, is refused before it is read; and so is
a workbook with formulas: what they show was computed elsewhere and may be out of date.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import python_calamine

from mutualaid.people.refusals import Refused
from mutualaid.takeover.columns import BY_WORD, Sheet, field_of, sheet_named

BYTES_MOST = 64 * 2**20
UNZIPPED_MOST = 2**30
ROWS_MOST = 500_000
"""Of one sheet."""
COLUMNS_MOST = 104
CELL_MOST = 500
HEADER_WITHIN = 20
_EXACT_MOST = 10**15
"""Excel keeps 15 digits of a number: of a longer one the last are gone."""
EXAMPLE_NUMBER = "11010119000101000X"
"""Of nobody."""
EXAMPLE = "示例·"
"""A row with a text that begins so, or with that number, is the template's own example."""
NOTES = "填写说明"
_FORMULA = re.compile(rb"""<c r="([A-Z]{1,3}[0-9]{1,7})"[^>]*>\s*<f[\s>/]""")
_FAR = re.compile(rb"""\sr=["'](?:[A-Z]{3,}|[D-Z][A-Z])[0-9]""")
_DEEP = re.compile(rb"""<(?:\w+:)?row[^>]*?\sr=["']([0-9]{6,})["']""")
_PART = re.compile(r"xl/.*\.(?:xml|rels)")

Fault = dict[str, str]


class NotATakeover(Refused):
    """The file cannot be read as a take-over."""


@dataclass
class Line:
    """A row of a sheet: what is written by field, and faults of the file itself."""

    sheet: str
    line: int
    told: dict[str, str]
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """A sheet as a file has it: its rows are read when they are asked for, each time anew."""

    sheet: Sheet
    name: str
    rows: Any

    def lines(self) -> Iterator[Line]:
        """The rows in which something stands. Raises NotATakeover."""
        return _lines(self)


def fault(name: str, zh: str, en: str, offered: str = "") -> Fault:
    """A fault or warning as it is kept; it repeats no personal data."""
    return {"field": name, "zh": zh, "en": en, "offered": offered}


def open_file(content: bytes, *, name: str) -> dict[str, Table]:
    """The sheets of a file by their words; those that are not there are left out. Raises NotATakeover."""
    if len(content) > BYTES_MOST:
        raise NotATakeover(
            f"文件应不超过 {BYTES_MOST // 2**20} MB；得到 {len(content) // 2**20} MB，请删去图片，或按单位分成几次接管",
            f"expected at most {BYTES_MOST // 2**20} MB, found {len(content) // 2**20} MB; remove pictures, or take over by "
            "employers in several files",
        )
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotATakeover(
            "应为 .xlsx 文件；得到旧版 .xls 或加密的文件，请去掉密码并另存为 .xlsx 后再上传",
            "expected an .xlsx file, found an old .xls or one with a password; save it as .xlsx without a password",
        )
    if content.startswith(b"PK"):
        found = _archive(content)
    elif name.lower().endswith(".csv"):
        found = _named([(name, content)])
    else:
        raise NotATakeover(
            "应为 .xlsx、.csv 或含几个 .csv 的 .zip；得到其他格式，请下载模板填写后上传",
            "expected an .xlsx, a .csv or a .zip of .csv files, found something else; download the template and fill it in",
        )
    return found


def read_folder(folder: Path) -> bytes:
    """The CSV files of a folder as one zip: how a folder is brought."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob("*.[cC][sS][vV]")):
            archive.write(path, path.name)
    return target.getvalue()


def _archive(content: bytes) -> dict[str, Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > 1000 or sum(part.file_size for part in parts) > UNZIPPED_MOST:
                raise _too_large()
            if "xl/workbook.xml" in archive.namelist():
                _check_parts(archive)
                return _workbook(content)
            return _named((part.filename, _unpacked(archive, part)) for part in parts if _is_csv(part.filename))
    except (
        zipfile.BadZipFile,
        python_calamine.CalamineError,
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise NotATakeover(
            "文件应完整且没有密码；得到的已损坏或有密码，请用 Excel 或 WPS 打开后另存再上传",
            "expected a whole file without a password, found a broken one; open it, save it again and upload it",
        ) from error


def _is_csv(name: str) -> bool:
    return name.lower().endswith(".csv") and "__MACOSX" not in name


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Never more than the archive itself says: a part that lies is refused."""
    with archive.open(part) as stream:
        content = stream.read(part.file_size + 1)
    if len(content) > part.file_size:
        raise _too_large()
    return content


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse formulas and sheets that would fill the memory, without keeping any of it. Raises NotATakeover."""
    size = 0
    for part in archive.namelist():
        if not _PART.fullmatch(part):
            continue
        tail = b""
        with archive.open(part) as stream:
            while chunk := stream.read(2**20):
                size += len(chunk)
                seen = tail + chunk
                if size > UNZIPPED_MOST:
                    raise _too_large()
                if part.startswith("xl/worksheets/"):
                    _check_cells(seen)
                tail = seen[-300:]


def _check_cells(seen: bytes) -> None:
    if _FAR.search(seen) or any(int(row) > ROWS_MOST + HEADER_WITHIN for row in _DEEP.findall(seen)):
        raise _too_large()
    formulas = _FORMULA.findall(seen)
    if formulas:
        cells = "、".join(cell.decode() for cell in formulas[:5])
        raise NotATakeover(
            f"单元格应为数值或文本；得到公式（{cells} 等），请全选后“选择性粘贴”为数值，再上传",
            f"expected values, found formulas (in {cells}); paste the sheets as values and upload the file again",
        )


def _too_large() -> NotATakeover:
    return NotATakeover(
        f"每张表应不超过 {ROWS_MOST} 行、{COLUMNS_MOST} 列；得到的更大，请清除空白区域的格式，或按单位分成几次接管",
        f"expected at most {ROWS_MOST} rows and {COLUMNS_MOST} columns in a sheet, found more; clear formats of empty areas, or "
        "take over by employers in several files",
    )


def _workbook(content: bytes) -> dict[str, Table]:
    book = python_calamine.load_workbook(io.BytesIO(content))
    found: dict[str, Table] = {}
    for name in book.sheet_names:
        sheet = sheet_named(name)
        if sheet is not None:
            _add(found, Table(sheet, name, lambda name=name: _cells(book, name)))
    return _some(found, book.sheet_names)


def _cells(book: python_calamine.CalamineWorkbook, name: str) -> Iterator[tuple[int, Sequence[Any]]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height > ROWS_MOST + HEADER_WITHIN:
        raise _too_large()
    if sheet.start is not None:
        yield from enumerate(sheet.iter_rows(), start=1)


def _named(files: Iterable[tuple[str, bytes]]) -> dict[str, Table]:
    found: dict[str, Table] = {}
    names = []
    for name, content in files:
        names.append(name)
        sheet = sheet_named(name)
        if sheet is not None:
            text = _decoded(content)
            _add(found, Table(sheet, name, lambda text=text: _written(text)))
    return _some(found, names)


def _add(found: dict[str, Table], table: Table) -> None:
    if table.sheet.word in found:
        raise NotATakeover(
            f"每种表应只有一张；“{table.sheet.zh}”有两张（{found[table.sheet.word].name}、{table.name}），请合并",
            f"expected one sheet of each kind, found two of {table.sheet.word}; merge them",
        )
    found[table.sheet.word] = table


def _some(found: dict[str, Table], names: Sequence[str]) -> dict[str, Table]:
    if found:
        return found
    wanted = "、".join(sheet.zh for sheet in BY_WORD.values())
    raise NotATakeover(
        f"应至少有一张名为 {wanted} 之一的表；得到 {len(names)} 张其他名称的表，请使用下载的模板",
        f"expected a sheet named one of {', '.join(BY_WORD)}, found {len(names)} with other names; use the template",
    )


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise NotATakeover(
        "CSV 应为 UTF-8 或 GB 18030（GBK）编码；得到其他编码，请另存为 .xlsx 后上传",
        "expected a CSV in UTF-8 or GB 18030, found another encoding; save it as .xlsx",
    )


def _written(text: str) -> Iterator[tuple[int, Sequence[Any]]]:
    reader = csv.reader(io.StringIO(text))
    try:
        for count, cells in enumerate(reader, start=1):
            if count > ROWS_MOST + HEADER_WITHIN or any(cells[COLUMNS_MOST:]):
                raise _too_large()
            yield count, cells[:COLUMNS_MOST]
    except csv.Error as error:
        raise NotATakeover(
            "CSV 的引号或行不完整，请另存为 .xlsx 后上传", "a quote or a row of the CSV is broken; save it as .xlsx"
        ) from error


def _lines(table: Table) -> Iterator[Line]:
    fields: list[str | None] | None = None
    for number, cells in table.rows():
        if fields is None:
            named = [field_of(table.sheet, str(cell)) for cell in cells]
            needed = {column.field for column in table.sheet.columns if column.needed}
            if len(needed & set(named)) >= min(2, len(needed)):
                fields = _checked_header(table, named)
            elif number > HEADER_WITHIN:
                break
            continue
        line = _line(table.sheet, number, fields, cells)
        if line is not None:
            yield line
    if fields is None:
        wanted = "、".join(column.zh for column in table.sheet.columns if column.needed)
        raise NotATakeover(
            f"“{table.sheet.zh}”表前 {HEADER_WITHIN} 行内应有表头 {wanted}；没有找到，请使用下载的模板",
            f"expected the headers {wanted} within the first {HEADER_WITHIN} rows of {table.sheet.word}, found none; use the "
            "template",
        )


def _checked_header(table: Table, named: list[str | None]) -> list[str | None]:
    columns = table.sheet.fields
    twice = sorted({columns[one].zh for one in named if one is not None and named.count(one) > 1})
    missing = [column.zh for column in table.sheet.columns if column.needed and column.field not in named]
    if twice or missing:
        raise NotATakeover(
            f"“{table.sheet.zh}”表的表头应各出现一次；"
            + (f"“{'、'.join(twice)}”出现多次；" if twice else "")
            + (f"缺少“{'、'.join(missing)}”；" if missing else "")
            + "请对照模板改正",
            f"expected each header of {table.sheet.word} once, found {twice or 'none'} twice and {missing or 'none'} missing; "
            "compare it with the template",
        )
    return named


def _line(sheet: Sheet, number: int, fields: Sequence[str | None], cells: Sequence[Any]) -> Line | None:
    """A row; none if it is empty or our own example."""
    told: dict[str, str] = {}
    faults: list[Fault] = []
    columns = sheet.fields
    for name, cell in zip(fields, cells, strict=False):
        if name is None or cell is None or cell == "":
            continue
        text, lost = _text(columns[name].exact, cell)
        if text:
            told[name] = text
        if lost:
            zh = columns[name].zh
            faults.append(
                fault(
                    name,
                    f"{zh}应为文本；得到数字，Excel 只保留 15 位，末几位已丢失，请把该列设为文本后重新填写",
                    "expected text, found a number: Excel keeps 15 digits and has lost the last; set the column to text and "
                    "write it again",
                )
            )
    if not told or any(text == EXAMPLE_NUMBER or text.startswith(EXAMPLE) for text in told.values()):
        return None
    return Line(sheet.word, number, told, faults)


def _text(exact: bool, cell: Any) -> tuple[str, bool]:
    """A cell as text, and whether it has lost digits."""
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()[:10], False
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if exact and abs(cell) >= _EXACT_MOST:
            return f"{cell:.0f}", True
        return (str(int(cell)) if cell == int(cell) else f"{cell:.15g}"), False  # as a spreadsheet shows it
    text = str(cell).strip()
    lost = exact and re.fullmatch(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+", text) is not None
    return text[:CELL_MOST], lost
