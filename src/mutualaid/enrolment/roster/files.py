"""What kind of file it is, seen by its content and never by its name; its sheets, each as rows that are given one by one.

Nothing here knows what a roster is. ``opened`` refuses what is no table with what to do about it; a sheet is only loaded
when its rows are asked for.
"""

from __future__ import annotations

import csv
import functools
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import python_calamine

from mutualaid.enrolment.roster import limits, old_workbooks
from mutualaid.enrolment.roster.archives import Archive, Inside, by_parts, looked_into
from mutualaid.enrolment.roster.limits import HEADER_WITHIN, NotARoster, too_large_a_sheet

Cells = Sequence[Any]
Numbered = tuple[int, Cells]
"""The number of a row in its sheet, from 1, and its cells from the first column on."""
_OLE = b"\xd0\xcf\x11\xe0"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ",\t;|，"
_SPAN = tuple[tuple[int, int], tuple[int, int]]
_BROKEN = (
    zipfile.BadZipFile,
    python_calamine.CalamineError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # of a zip whose parts have a password, and NotImplementedError
    KeyError,
)


@dataclass
class Sheet:
    """A table. ``inside``: what is known of it beside its values; ``merged``: first and last cell of areas, rows and columns
    from 0."""

    name: str
    hidden: bool = False
    inside: Inside = field(default_factory=Inside)
    book: Any = None
    text: str | None = None
    separator: str = ","

    @functools.cached_property
    def _loaded(self) -> Any:
        try:
            return self.book.get_sheet_by_name(self.name)
        except _BROKEN as fault:
            raise broken() from fault

    @property
    def merged(self) -> Sequence[_SPAN]:
        """Areas of cells that are shown as one."""
        return (self._loaded.merged_cell_ranges or ()) if self.text is None else ()

    def rows(self) -> Iterator[Numbered]:
        """The rows in which something stands. Raises NotARoster."""
        return self._of_sheet() if self.text is None else self._of_text(self.text)

    def head(self, count: int) -> list[Numbered]:
        """The first rows in which something stands."""
        found = []
        for row in self.rows():
            found.append(row)
            if len(found) == count:
                break
        return found

    def _of_sheet(self) -> Iterator[Numbered]:
        loaded = self._loaded
        if loaded.start is None:
            return
        before: list[Any] = [""] * loaded.start[1]
        for number, cells in enumerate(loaded.iter_rows(), start=1):
            if any(cell != "" for cell in cells):
                yield number, (before + cells if before else cells)

    def _of_text(self, text: str) -> Iterator[Numbered]:
        most, wide = limits.ROWS_MOST + HEADER_WITHIN, limits.COLUMNS_MOST
        lines = io.StringIO(text)
        count = 0
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=self.separator, strict=True), start=1):
                if not any(cells):
                    continue
                count += 1
                if count > most or any(cells[wide:]):
                    raise too_large_a_sheet()
                if any(map(str.strip, cells)):
                    yield number, cells[:wide]
        except csv.Error as fault:
            raise NotARoster(
                "CSV 的引号或行不完整，请另存为 .xlsx 后上传", "a quote or a row of the CSV is broken; save it as .xlsx"
            ) from fault


@dataclass(frozen=True)
class Book:
    """An opened file. ``kind``: ``xlsx``, ``xls`` or ``csv``; ``since_1904``: how days are counted."""

    kind: str
    sheets: Sequence[Sheet]
    since_1904: bool = False

    def named(self, name: str) -> Sheet:
        """One of them. Raises KeyError."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise KeyError(name)


def opened(content: bytes) -> Book:
    """The sheets of a file. Raises NotARoster."""
    recognised(content)
    if content.startswith(b"PK"):
        try:
            return _workbook(content, "xlsx", looked_into(content))
        except _BROKEN as fault:
            raise broken() from fault
    if content.startswith(_OLE):
        try:
            return _workbook(content, "xls", None, old_workbooks.looked_into(content))
        except python_calamine.PasswordError as fault:
            raise locked() from fault
        except _BROKEN as fault:
            raise broken() from fault
    text = _decoded(content)
    return Book("csv", [Sheet("CSV", text=text, separator=_separator(text))])


def recognised(content: bytes) -> None:
    """Refuse what shows by its first bytes that it is no roster. Raises NotARoster."""
    if len(content) > limits.BYTES_MOST:
        raise NotARoster(
            f"文件应不超过 {limits.BYTES_MOST // 2**20} MB；得到 {len(content) // 2**20} MB，请删去图片或分批上传",
            f"expected at most {limits.BYTES_MOST // 2**20} MB, found {len(content) // 2**20} MB; remove pictures or split it",
        )
    if content.startswith(_OLE):
        _is_xls(content)
        return
    if content.startswith(b"PK"):
        try:
            by_parts(content)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as fault:
            raise broken() from fault
        return
    begin = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith((b"<?xml", b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"mime-version")):
        raise NotARoster(
            "应为 .xlsx、.xls 或 .csv 文件；得到网页或 XML 格式（有的系统称它为 .xls），"
            "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传",
            "expected an .xlsx, .xls or .csv file, found a web page or XML (some systems call it .xls); open it and save it "
            "as .xlsx",
        )
    if begin.startswith((b"%pdf", b"\x89png", b"\xff\xd8\xff", b"{\\rtf", b"rar!", b"7z\xbc", b"\x1f\x8b", b"gif8")):
        raise _no_table()


def _is_xls(content: bytes) -> None:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise locked()
    if not any(name.encode("utf-16-le") + b"\0\0" in content for name in ("Workbook", "Book", "WORKBOOK")):
        raise _no_table()


def locked() -> NotARoster:
    """Refused for its password."""
    return NotARoster(
        "文件应没有打开密码；得到有密码的文件，请用 Excel 或 WPS 打开，在“文件—信息—保护”中去掉密码，保存后再上传",
        "expected a file without a password, found one with; open it, take the password off (File, Info, Protect), save it "
        "and upload it again",
    )


def broken() -> NotARoster:
    """Refused since it cannot be read to its end."""
    return NotARoster(
        "文件应完整可读；得到的已损坏或有密码，请用 Excel 或 WPS 打开后另存为 .xlsx 再上传",
        "expected a whole file, found a broken one or one with a password; open it and save it again as .xlsx",
    )


def _no_table() -> NotARoster:
    return NotARoster(
        "应为 .xlsx、.xls 或 .csv 文件；得到其他格式，请下载模板填写后上传",
        "expected an .xlsx, .xls or .csv file, found something else; download the template and fill it in",
    )


def _workbook(content: bytes, kind: str, archive: Archive | None, old: Sequence[Inside] = ()) -> Book:
    """``archive``: what was seen of an ``.xlsx``; ``old``: of the sheets of an ``.xls``, in their order."""
    book = python_calamine.load_workbook(io.BytesIO(content))
    visible = python_calamine.SheetVisibleEnum.Visible
    of_cells = python_calamine.SheetTypeEnum.WorkSheet
    known = archive.sheets if archive is not None else {}
    listed = book.sheets_metadata
    by_place = old if len(old) == len(listed) else [Inside()] * len(listed)
    sheets = [
        Sheet(one.name, one.visible != visible, known.get(one.name, inside), book)
        for one, inside in zip(listed, by_place, strict=True)
        if one.typ == of_cells
    ]
    return Book(kind, sheets, archive is not None and archive.since_1904)


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _as(content, (encoding,))
    first, second = content[:2000:2].count(0), content[1:2000:2].count(0)
    if min(first, second) * 10 < max(first, second):  # UTF-16 without its mark: every other byte of ASCII is 0
        return _as(content, ("utf-16-le" if second > first else "utf-16-be",))
    if first or second:
        raise _no_table()
    return _as(content, ("utf-8", "gb18030"))


def _as(content: bytes, encodings: Collection[str]) -> str:
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    raise NotARoster(
        "CSV 应为 UTF-8、UTF-16 或 GB 18030 编码；得到其他编码，请另存为 .xlsx 后上传",
        "expected a CSV in UTF-8, UTF-16 or GB 18030, found another encoding; save it as .xlsx",
    )


def _separator(text: str) -> str:
    """The sign that parts most lines of the beginning, and parts them alike."""
    lines = [re.sub(r'"[^"]*"', "", line) for line in text[:20_000].split("\n")[:50]]
    if told := re.fullmatch(r"sep=(.)", lines[0].strip() if lines else ""):
        return told[1]
    counts = {sign: sorted(line.count(sign) for line in lines if line.strip()) for sign in _SEPARATORS}
    usual = {sign: found[len(found) // 2] if found else 0 for sign, found in counts.items()}
    best = max(_SEPARATORS, key=lambda sign: usual[sign])
    return best if usual[best] else max(_SEPARATORS, key=lambda sign: max(counts[sign], default=0))
