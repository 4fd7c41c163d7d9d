"""Statements as CSV, as Chinese banks export them: UTF-8, GBK or UTF-16, commas or tabs, some lines of preamble, a row of
headers, the
movements, totals. What a bank writes around its figures (tabs, apostrophes, ``="…"``, full-width digits) is taken off."""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from mutualaid.contributions.bank.layouts import (
    PREAMBLE_MOST,
    Layout,
    Unknown,
    fingerprint,
    is_whole,
    known_columns,
    mapped_columns,
    unknown_of,
)
from mutualaid.contributions.bank.movements import Fault, Movement, Reading
from mutualaid.core.money import NotMoney, parse, shown

_IN = {"贷", "C", "CR", "CRDT", "收", "收入", "贷方", "来账", "转入", "存入", "进账", "入账", "+"}
_OUT = {"借", "D", "DR", "DBIT", "支", "支出", "借方", "往账", "转出", "支取", "支付", "出账", "-"}
_CNY = {"", "人民币", "人民币元", "CNY", "RMB", "156", "元"}
_TOTAL = re.compile(r"(?:本页|本日|本月|本期|累计|借方|贷方|收入|支出|交易)*(?:合计|总计|小计|累计|总笔数|总额)")
_CARRIED = re.compile(r"(承前|上期|期初|期末|本期|昨日|当前)?(余额|结余|承前页?)")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]*\d{1,2}:?\d{2}(?::?\d{2})?(?:\.\d+)?)?")
_SEPARATORS = (",", "\t", ";", "|")

Answer = tuple[Reading, str, list[Fault]]


@dataclass
class _Sheet:
    columns: Mapping[str, list[int]]
    header: tuple[str, ...]
    faults: list[Fault] = field(default_factory=list)
    credits: list[Movement] = field(default_factory=list)
    debits: int = 0

    def cell(self, row: list[str], name: str) -> str:
        """The text of a column, empty where there is none; a text may have several columns."""
        found = [row[place] for place in self.columns.get(name, []) if place < len(row)]
        return " ".join(part for part in found if part) if name == "text" else (found or [""])[0]

    def says_nothing(self, row: list[str]) -> bool:
        """Whether a row has no serial, amount or day: a note at the foot, no movement."""
        told = (self.cell(row, name) for name in ("serial", "credit", "debit", "amount"))
        return not any(told) and _day(self.cell(row, "date")) is None


@dataclass(frozen=True)
class _Rows:
    """A file in its cells; ``place``: where its header stands, None where no row is one."""

    rows: list[list[str]]
    place: int | None
    columns: Mapping[str, list[int]]


def read_csv(data: bytes, layouts: Mapping[str, Layout]) -> Answer:
    """The movements of a file, the account that its preamble names (or nothing), and the faults. ``layouts``: by ``fingerprint``
    what finance confirmed."""
    text = _decoded(data)
    if text is None:
        return Reading((), 0), "", [Fault(0, "UTF-8 或 GBK 编码的文本", "text in UTF-8 or GBK", "其他编码")]
    found = _rows(text, layouts)
    if found.place is None:
        first = ",".join(found.rows[0])[:60] if found.rows else ""
        wanted = "交易日期、交易金额（或贷方发生额）、流水号"
        fault = Fault(1, f"含{wanted}的表头", f"a row of headers with {wanted}", first)
        return Reading((), 0), "", [fault]
    place, header = found.place, tuple(found.rows[found.place])
    sheet = _Sheet(found.columns, header)
    for number, row in enumerate(found.rows[place + 1 :], start=place + 2):
        first = next((cell for cell in row if cell), "")
        if _TOTAL.match(first):
            _check_total(sheet, number, row)
        elif first and tuple(row) != header and not sheet.says_nothing(row) and not _is_carried(sheet, row):
            _read_row(sheet, number, row)
    return Reading(tuple(sheet.credits), sheet.debits), _account_told(found.rows[:place]), sheet.faults


def columns_asked(data: bytes, layouts: Mapping[str, Layout], *, again: bool = False) -> Unknown | None:
    """The header that finance is to be asked about, where it is not known, or ``again`` although it is; None else."""
    text = _decoded(data)
    if text is None:
        return None
    found = _rows(text, layouts)
    if found.place is None or again:
        return unknown_of(found.rows)
    return None


def _decoded(data: bytes) -> str | None:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str, layouts: Mapping[str, Layout]) -> _Rows:
    """By the separator with which a header is found; where none is, by the one that gives the widest rows."""
    tried = [_split(text, separator) for separator in _SEPARATORS if separator in text] or [_split(text, ",")]
    for rows in tried:
        for number, row in enumerate(rows[:PREAMBLE_MOST]):
            columns = _columns(row, layouts)
            if is_whole(columns):
                return _Rows(rows, number, columns)
    return _Rows(max(tried, key=lambda rows: max((len(row) for row in rows[:PREAMBLE_MOST]), default=0)), None, {})


def _split(text: str, separator: str) -> list[list[str]]:
    return [
        [_bare(cell) for cell in row] for row in csv.reader(io.StringIO(text.replace("\0", "")), delimiter=separator)
    ]


def _bare(cell: str) -> str:
    """A cell without what keeps spreadsheets from making a number of it."""
    return re.sub(r'^=?"(.*)"$', r"\1", cell.strip()).strip("\t '`　")


def _columns(row: list[str], layouts: Mapping[str, Layout]) -> Mapping[str, list[int]]:
    layout = layouts.get(fingerprint(row))
    return known_columns(row) if layout is None else mapped_columns(row, layout)


def _account_told(preamble: list[list[str]]) -> str:
    for row in preamble:
        line = unicodedata.normalize("NFKC", ",".join(row))
        told = re.search(r"(?:账号|帐号|账户)[:,\s]*([0-9][0-9 -]{6,})", line)
        if told:
            return told.group(1)
    return ""


def _is_carried(sheet: _Sheet, row: list[str]) -> bool:
    """Whether a row tells a balance that is carried over: no amount, and words that say so."""
    amounts = [sheet.cell(row, name) for name in ("credit", "debit", "amount")]
    return all(map(_is_nothing, amounts)) and any(_CARRIED.fullmatch(cell) for cell in row)


def _read_row(sheet: _Sheet, number: int, row: list[str]) -> None:
    amount = _credit(sheet, number, row)
    if amount is None:
        return
    faults = len(sheet.faults)
    day = _day(sheet.cell(row, "date"))
    serial = unicodedata.normalize("NFKC", sheet.cell(row, "serial"))
    currency = unicodedata.normalize("NFKC", sheet.cell(row, "currency")).upper()
    if day is None:
        sheet.faults.append(
            Fault(number, "日期，如 2026-03-09", "a date such as 2026-03-09", sheet.cell(row, "date")[:30])
        )
    if not serial or len(serial) > 64:
        sheet.faults.append(Fault(number, "1 至 64 字符的流水号", "a serial of 1 to 64 characters", serial[:30]))
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", serial.upper()):
        sheet.faults.append(
            Fault(
                number, "完整的流水号，不是电子表格的科学计数", "a whole serial, no spreadsheet's 1.2E+17", serial[:30]
            )
        )
    if currency not in _CNY:
        sheet.faults.append(Fault(number, "人民币", "CNY", currency[:10]))
    if day is not None and len(sheet.faults) == faults:
        account = re.sub(r"\s", "", unicodedata.normalize("NFKC", sheet.cell(row, "account")))
        name, text = sheet.cell(row, "name"), sheet.cell(row, "text")
        sheet.credits.append(Movement(number, serial, day, amount, name[:120], account[:40], text[:200]))


def _credit(sheet: _Sheet, number: int, row: list[str]) -> Decimal | None:
    """What came in by a row; nothing for money that went out, which is counted, and for a fault, which is noted."""
    split = "credit" in sheet.columns
    text = sheet.cell(row, "credit" if split else "amount")
    if split and _is_nothing(text):
        if _is_nothing(sheet.cell(row, "debit")):
            sheet.faults.append(Fault(number, "借方或贷方的金额", "an amount that came in or went out", text))
        else:
            sheet.debits += 1
        return None
    try:
        amount = parse(_signed(text))
    except NotMoney:
        sheet.faults.append(Fault(number, "金额，如 1,234.50", "an amount such as 1,234.50", text[:30]))
        return None
    side = unicodedata.normalize("NFKC", sheet.cell(row, "side")).upper()
    if side and side not in _IN | _OUT:
        sheet.faults.append(Fault(number, "借或贷", "debit (借) or credit (贷)", side[:10]))
        return None
    if (split and amount < 0) or (side in _IN and amount < 0):
        zh = "大于零的贷方金额；红字冲正请人工核对"
        sheet.faults.append(Fault(number, zh, "a credit above zero; look at a reversal yourself", text[:30]))
        return None
    if amount < 0 or side in _OUT:
        sheet.debits += 1
        return None
    if amount == 0:
        sheet.faults.append(Fault(number, "大于零的金额", "an amount above zero", text[:30]))
        return None
    return amount


def _signed(text: str) -> str:
    """An amount with its sign before it: ``8.00-`` and ``(8.00)`` are below zero, ``RMB 8.00`` and ``+8.00`` are not."""
    bare = re.sub(r"^(RMB|CNY|人民币)", "", unicodedata.normalize("NFKC", text).strip().upper()).strip()
    if found := re.fullmatch(r"\((.+)\)|(.+)-", bare):
        return f"-{found.group(1) or found.group(2)}"
    return bare.removeprefix("+")


def _is_nothing(text: str) -> bool:
    return re.fullmatch(r"[-–—\s]*|0+(\.0+)?", text) is not None


def _day(text: str) -> datetime.date | None:
    found = _DATE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    try:
        return datetime.date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _check_total(sheet: _Sheet, number: int, row: list[str]) -> None:
    """A row of totals must say what the rows above add up to, where it has an amount in the column of credits. Subtotals of pages
    are not looked at: what they add up, no bank says alike."""
    told = sheet.cell(row, "credit")
    first = next(cell for cell in row if cell)
    if "credit" not in sheet.columns or _is_nothing(told) or sheet.faults or "小计" in first or "本页" in first:
        return
    total = sum((movement.amount for movement in sheet.credits), Decimal(0))
    try:
        right = parse(_signed(told)) == total
    except NotMoney:
        right = False
    if not right:
        sheet.faults.append(
            Fault(number, f"贷方合计 {shown(total)}", f"a total of credits of {shown(total)}", told[:30])
        )
