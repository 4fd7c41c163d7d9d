"""From a workbook or a CSV file as people bring it to rows of text, each with its row number in the sheet.

Nothing here knows the database. ``files`` says what kind of file it is and gives its sheets, ``headers`` which column is which,
``cells`` what a cell says; here the sheet is chosen, and what stands between the persons is left out and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mutualaid.enrolment.roster import limits
from mutualaid.enrolment.roster.archives import unpacks
from mutualaid.enrolment.roster.cells import is_plain, is_tidied, not_calculated, text_of
from mutualaid.enrolment.roster.columns import header
from mutualaid.enrolment.roster.files import Book, Cells, Sheet, opened
from mutualaid.enrolment.roster.headers import HEAD_MOST, Asked, Header, Layouts, find
from mutualaid.enrolment.roster.limits import BYTES_MOST, CELL_MOST, HEADER_WITHIN, NotARoster
from mutualaid.enrolment.roster.noticing import Note, Noticed, notes_of
from mutualaid.people.identity import normal

__all__ = [
    "ABOUT",
    "BYTES_MOST",
    "CELL_MOST",
    "EXAMPLES",
    "EXAMPLE_NUMBER",
    "FAULTS",
    "MARK",
    "NOTES",
    "ROSTER",
    "ColumnsUnsure",
    "Line",
    "NotARoster",
    "Roster",
    "read_roster",
    "unpacks",
]

ABOUT = "_roster"
"""The hidden sheet of our template that says for which enrolment it was made."""
MARK = "mutualaid-roster"
ROSTER, EXAMPLES, NOTES, FAULTS = "花名册", "示例", "填写说明", "问题清单"
EXAMPLE_NUMBER = "11010119000101000X"
"""Of nobody: no number has the order 000."""
_NOT_READ = (EXAMPLES, NOTES, FAULTS, ABOUT, "example", "examples")
_SHEETS_MOST = 10
_LOOKED_INTO_MOST = 8 * 2**20
"""Bytes of a further sheet that is only asked whether it has a header too."""
_FOOT = re.compile(
    r"(合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|本页|总人数|人数合计|共\s*[0-9]+\s*(人|名|行|页)|total|subtotal)"
    r"|(制表|填表|填报|审核|复核|批准|负责人|经办人?|联系人|单位\s*[(（]?\s*(盖章|公章|签章)\s*[)）]?|盖章|签字|签名|签章|日期|时间|备\s*注|说\s*明|注)\s*"
    r"([:：(（]|人|日期|时间|单位|$)"
    r"|第\s*[0-9]+\s*页|页码|(prepared|checked|approved|signed) by|date:|page\s*[0-9]+",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?=(?:[A-Z]*[0-9]){5})[0-9A-Z]{6,20}")
_SUM = re.compile(r"合\s*计|总\s*计|小\s*计|共\s*计|累\s*计|本页|总人数|人数合计|共|total|subtotal", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A row of the sheet. ``told``: what is written, by field; ``faults``: of the file itself, as ``checking`` gives them."""

    line: int
    told: dict[str, str]
    faults: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Roster:
    """What a file holds. ``enrolment``: the number for which our template was made, if it is ours; ``kind``: of the file;
    ``sheet``: the one that was read; ``header``: its columns; ``notes``: what was done with it that a clerk should know."""

    lines: list[Line]
    enrolment: str | None = None
    kind: str = "xlsx"
    sheet: str = ""
    header: Header | None = None
    notes: tuple[Note, ...] = ()


class ColumnsUnsure(NotARoster):
    """Which column is which cannot be told for sure: a clerk says it. ``sheet``: its name, ``columns``: all of it."""

    def __init__(self, sheet: str, columns: tuple[Asked, ...]) -> None:
        self.sheet, self.columns = sheet, columns
        super().__init__(
            "表头应为“姓名”“证件号码”等模板中的名称；得到的不能确定，请确认各列的含义，或使用下载的模板",
            "expected the headers of the template, such as 姓名 (name) and 证件号码 (ID number), found others; say which "
            "column is which, or use the template",
        )


def read_roster(content: bytes, *, name: str = "", layouts: Layouts | None = None) -> Roster:  # noqa: ARG001 - see below
    """The rows of a file. ``layouts``: headers that a clerk confirmed before (``headers.Layouts``). The name says nothing: a
    file is known by its content. Raises NotARoster, ColumnsUnsure."""
    book = opened(content)
    sheet, found, others = _chosen(book, layouts or {})
    noticed = Noticed(others=others, sheets=[one for one in book.sheets if one.name not in _NOT_READ], sheet=sheet)
    reader = _Reader(book, sheet, found, noticed)
    lines = list(reader.lines())
    if not lines:
        raise NotARoster("表头下应至少有一人；没有找到，请填写后上传", "expected a person below the header, found none")
    return Roster(lines, _made_for(book), book.kind, sheet.name, found, notes_of(noticed, found))


def _chosen(book: Book, layouts: Layouts) -> tuple[Sheet, Header, list[str]]:
    """The sheet with the header, its header, and the names of further sheets that have one. Raises NotARoster."""
    sheets = [one for one in book.sheets if one.name.strip().lower() not in _NOT_READ and not one.hidden]
    sheets.sort(key=lambda one: one.name.strip() != ROSTER)
    unsure: tuple[Sheet, Header] | None = None
    for place, sheet in enumerate(sheets[:_SHEETS_MOST]):
        found = find(sheet.head(HEAD_MOST), sheet.merged, layouts)
        if found is None:
            continue
        if not found.asked:
            return sheet, found, _further(sheets[place + 1 : _SHEETS_MOST], layouts)
        unsure = unsure or (sheet, found)
    if unsure is not None:
        raise ColumnsUnsure(unsure[0].name, unsure[1].asked)
    hidden = any(one.hidden and one.name not in _NOT_READ for one in book.sheets)
    also = (
        "；隐藏的表不读取，如名册在其中请先取消隐藏",
        "; hidden sheets are not read, show it if the roster is in one",
    )
    raise NotARoster(
        f"应有一张表在前 {HEADER_WITHIN} 行内含“姓名”“证件号码”表头；没有找到{also[0] if hidden else ''}，请使用下载的模板",
        f"expected a sheet with the headers 姓名 (name) and 证件号码 (ID number) in its first {HEADER_WITHIN} rows, found "
        f"none{also[1] if hidden else ''}; use the template",
    )


def _further(sheets: Sequence[Sheet], layouts: Layouts) -> list[str]:
    return [
        sheet.name
        for sheet in sheets
        if sheet.inside.size <= _LOOKED_INTO_MOST
        and (found := find(head := sheet.head(HEAD_MOST), sheet.merged, layouts)) is not None
        and not found.asked
        and any(number > found.last for number, _ in head)
    ]


def _made_for(book: Book) -> str | None:
    about = next((one for one in book.sheets if one.name == ABOUT), None)
    for _number, cells in about.head(1) if about is not None else ():
        return str(cells[1]) if len(cells) > 1 and cells[0] == MARK else None
    return None


@dataclass
class _Reader:
    """Goes through the rows below a header."""

    book: Book
    sheet: Sheet
    header: Header
    noticed: Noticed
    titles: set[tuple[str, ...]] = field(default_factory=set)

    def lines(self) -> Iterator[Line]:
        """The persons. Raises NotARoster for more than a roster may hold."""
        columns = [(place, name) for place, name in enumerate(self.header.fields) if name is not None]
        number_at = next(place for place, name in columns if name == "identity_number")
        hidden, empty = self.sheet.inside.hidden, self.sheet.inside.not_calculated
        of_row = self._by_row(empty, dict(columns))
        count = 0
        for number, cells in self.sheet.rows():
            if number <= self.header.last:
                self.titles.add(_row(cells))
                continue
            line = self._line(number, columns, cells)
            if number in of_row:
                line = self._not_calculated(line or Line(number, {}), of_row[number])
            if line is None:
                self._stands_between(number, cells, number_at)  # to tell of it
                continue
            if not _is_person(line.told) and self._stands_between(number, cells, number_at):
                continue
            if number in hidden:
                self.noticed.hidden_rows.append(number)
            count += 1
            if count > limits.ROWS_MOST:
                raise NotARoster(
                    f"一次应不超过 {limits.ROWS_MOST} 人；得到的更多，请分批上传",
                    f"expected at most {limits.ROWS_MOST} persons at once, found more; split the file",
                )
            yield line

    def _line(self, number: int, columns: Sequence[tuple[int, str]], cells: Cells) -> Line | None:
        """A row; none if it is empty or our own example."""
        told: dict[str, str] = {}
        faults: list[dict[str, str]] = []
        width = len(cells)
        for place, name in columns:
            if place >= width or (cell := cells[place]) == "":
                continue
            if is_plain(name, cell):
                told[name] = cell
                continue
            text, fault = text_of(name, cell, since_1904=self.book.since_1904)
            if text:
                told[name] = text
            if fault is not None:
                faults.append(fault)
            if is_tidied(cell):
                self.noticed.tidied += 1
        if not told or told.get("identity_number") == EXAMPLE_NUMBER:
            return None
        return Line(number, told, faults)

    def _stands_between(self, number: int, cells: Cells, number_at: int) -> bool:
        """Whether a row that names nobody is a sum, a signature, or a title or header that was printed again."""
        row = _row(cells)
        told = [text for text in row if text]
        if row in self.titles or _again(self.header, row):
            self.noticed.again.append(number)
            return True
        number_told = row[number_at] if number_at < len(row) else ""
        if _NUMBER.fullmatch(normal(number_told)):
            return False
        if not told or _FOOT.match(told[0]) is None:
            return False
        (self.noticed.sums if _SUM.match(told[0]) else self.noticed.signatures).append(number)
        return True

    @staticmethod
    def _by_row(cells: set[tuple[int, int]], fields: Mapping[int, str]) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for number, place in cells:
            if place in fields:
                found.setdefault(number, []).append(fields[place])
        return found

    def _not_calculated(self, line: Line, names: Sequence[str]) -> Line | None:
        """With the faults of its formulas; a row of nothing else is no row."""
        if not line.told:
            return None
        return Line(line.line, line.told, [*line.faults, *(not_calculated(name) for name in sorted(names))])


def _row(cells: Cells) -> tuple[str, ...]:
    return tuple(cell.strip() if isinstance(cell, str) else str(cell) for cell in cells)


def _is_person(told: Mapping[str, str]) -> bool:
    """Whether there is a name and what may be an identity number: then the row is a person's, whatever else stands in it."""
    number = told.get("identity_number", "")
    return "name" in told and (
        (len(number) > 14 and number[:17].isdigit()) or _NUMBER.fullmatch(normal(number)) is not None
    )


def _again(found: Header, row: tuple[str, ...]) -> bool:
    """Whether a row is the header again, as on each printed page."""
    told = [header(word) == name for name, word in zip(found.fields, row, strict=False) if name is not None and word]
    if len(told) >= 2 and all(told):
        return True
    words = tuple("".join(word.split()) for word in found.words)
    return bool(found.last) and tuple("".join(word.split()) for word in row[: len(words)]) == words
