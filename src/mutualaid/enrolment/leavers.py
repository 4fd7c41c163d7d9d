"""Who left an employer, as its clerk reports it: by hand or in a workbook, read and checked before anything is done."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import python_calamine

from mutualaid.core.encryption import blind_index
from mutualaid.enrolment.roster.columns import header
from mutualaid.people.identity import normal
from mutualaid.people.models import Employer, Employment, Member
from mutualaid.people.names import search_key
from mutualaid.people.refusals import Refused

REASONS: Mapping[str, str] = {
    "离职": "left", "调出": "left", "辞职": "left", "left": "left",
    "退休": "retired", "retired": "retired",
    "身故": "died", "去世": "died", "died": "died",
}  # fmt: skip
HEADERS = ("姓名", "证件号码", "离开原因", "最后工作日")
BYTES_MOST, UNZIPPED_MOST, ROWS_MOST = 2 * 2**20, 64 * 2**20, 5_000
AHEAD = datetime.timedelta(days=92)
"""A retirement is reported so long before."""


class NoLeavers(Refused):
    """The file cannot be read as a list of leavers."""


@dataclass(frozen=True)
class Told:
    """A row as it is written."""

    line: int
    name: str
    identity_number: str
    reason: str
    last_on: str


@dataclass(frozen=True)
class Leaver:
    """A row that was checked: whose employment ends and why, or what is wrong with it (Chinese, English)."""

    line: int
    name: str
    reason: str = ""
    last_on: datetime.date | None = None
    employment: int = 0
    member: int = 0
    fault: tuple[str, str] | None = None


def read_leavers(*, content: bytes) -> list[Told]:
    """An .xlsx, .xls or .csv with the columns of ``HEADERS`` in any order. Raises NoLeavers."""
    rows = rows_of(content=content)
    for place, row in enumerate(rows[:20]):  # noqa: B007 - used after it
        columns = {_column(cell): at for at, cell in enumerate(row)}
        if {"name", "identity_number", "reason", "last_on"} <= columns.keys():
            break
    else:
        raise NoLeavers(
            f"应有表头：{'、'.join(HEADERS)}；没有找到，请下载模板填写",
            "expected a header with name, identity number, reason and last day, found none; download the template",
        )
    found = []
    for line, row in enumerate(rows[place + 1 :], start=place + 2):
        told = {name: row[at].strip() if at < len(row) else "" for name, at in columns.items() if name}
        if any(told.values()):
            found.append(Told(line, told["name"], told["identity_number"], told["reason"], told["last_on"]))
    if not 0 < len(found) <= ROWS_MOST:
        raise NoLeavers(
            f"应有 1 至 {ROWS_MOST} 人；得到 {len(found)} 人，请核对或分次上传",
            f"expected 1 to {ROWS_MOST} persons, found {len(found)}; check the file or bring it in parts",
        )
    return found


def check_leavers(*, told: Sequence[Told], employer: Employer, on: datetime.date) -> list[Leaver]:
    """Each row against who works at the employer; one statement. Faults repeat no personal data."""
    indexes = {one.line: blind_index(Member, "identity_index", normal(one.identity_number)) for one in told}
    work = Employment.objects.filter(
        employer=employer, until_on=None, member__identity_index__in=list(indexes.values())
    ).select_related("member")
    here = {str(one.member.identity_index): one for one in work.defer("member__phone", "member__bank_card")}
    seen: set[str] = set()
    found = []
    for one in told:
        index = indexes[one.line]
        found.append(_checked(one, here.get(index), index in seen, on))
        seen.add(index)
    return found


def _checked(told: Told, work: Employment | None, twice: bool, on: datetime.date) -> Leaver:
    reason, last_on = REASONS.get(told.reason.strip().lower()), _day(told.last_on)
    fault = None
    if twice:
        fault = ("每人应只有一行；该证件号码重复，请删去一行", "expected one row for a person, found the number again")
    elif work is None:
        fault = (
            "应为现在本单位任职的职工；没有找到，请核对证件号码",
            "expected somebody who works here now, found nobody by this number; check it",
        )
    elif search_key(work.member.name) != search_key(told.name):
        fault = ("姓名应与登记的一致；不一致，请核对", "expected the registered name, found another; check it")
    elif reason is None:
        fault = (
            "原因应为离职、退休或身故；得到其他，请改正",
            "expected left, retired or died as the reason, found another",
        )
    elif last_on is None or not work.from_on <= last_on <= on + AHEAD:
        fault = (
            f"最后工作日应如 2025-06-30，不早于 {work.from_on}，不晚于 {on + AHEAD}；得到的不是，请改正",
            f"expected a last day such as 2025-06-30, from {work.from_on} to {on + AHEAD}, found something else; correct it",
        )
    if fault is not None or work is None:
        return Leaver(told.line, told.name[:50], fault=fault)
    return Leaver(told.line, work.member.name, reason or "", last_on, work.pk, work.member_id)


def _column(cell: str) -> str:
    plain = cell.strip().replace(" ", "").lower()
    if plain in ("离开原因", "原因", "离职原因", "reason"):
        return "reason"
    if plain in ("最后工作日", "离职日期", "离开日期", "退休日期", "lastday"):
        return "last_on"
    return header(cell) or ""


def _day(text: str) -> datetime.date | None:
    plain = text.strip().replace("/", "-").replace(".", "-").replace("年", "-").replace("月", "-").replace("日", "")
    try:
        year, month, day = (int(part) for part in plain[:10].strip("-").split("-"))
        return datetime.date(year, month, day)
    except ValueError:
        return None


def rows_of(*, content: bytes) -> list[list[str]]:
    """The cells of the first sheet of an .xlsx or .xls, or of a .csv, as texts. Raises NoLeavers."""
    try:
        if len(content) > BYTES_MOST:
            raise ValueError("too large")
        if not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            return _csv(content)
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(one.file_size for one in packed.infolist()) > UNZIPPED_MOST:
                    raise ValueError("too large")
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python()]
    except (ValueError, IndexError, csv.Error, zipfile.BadZipFile, python_calamine.CalamineError) as error:
        raise NoLeavers(
            "应为 2 MB 以内的 xlsx、xls 或 csv 文件；得到的不能读取，请另存为 xlsx 后再上传",
            "expected an .xlsx, .xls or .csv of up to 2 MB, found one that cannot be read; save it as .xlsx",
        ) from error


def _csv(content: bytes) -> list[list[str]]:
    if b"\x00" in content:
        raise ValueError("no text")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return list(csv.reader(io.StringIO(text)))


def _text(cell: object) -> str:
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()[:10]
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if isinstance(cell, float) and whole else str(cell)
