"""Statements as CSV: UTF-8 or GBK, commas or tabs, some lines of preamble, then a row of Chinese headers and the movements."""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from mutualaid.contributions.bank.movements import Fault, Movement, Reading
from mutualaid.core.money import NotMoney, parse, shown

HEADERS: dict[str, tuple[str, ...]] = {
    "date": ("入账日期", "记账日期", "交易日期", "交易时间", "日期"),
    "credit": ("贷方发生额", "贷方金额", "收入金额", "收入", "转入金额", "贷方"),
    "debit": ("借方发生额", "借方金额", "支出金额", "支出", "转出金额", "借方"),
    "amount": ("交易金额", "发生额", "金额"),
    "side": ("借贷标志", "借贷方向", "收支方向", "借贷", "收/支"),
    "name": ("对方户名", "对方名称", "对方账户名称", "付款人名称", "付款人户名", "付款人"),
    "account": ("对方账号", "对方账户", "付款人账号"),
    "text": ("附言", "摘要", "用途", "备注"),
    "serial": ("流水号", "交易流水号", "银行流水号", "交易流水", "凭证号"),
}
"""Headers of the common net banks; of two columns of one meaning the first named here counts, of texts all."""
PREAMBLE_MOST = 20
_IN, _OUT = {"贷", "C", "CR", "收", "收入", "贷方", "来账"}, {"借", "D", "DR", "支", "支出", "借方", "往账"}
_TOTAL = re.compile(r"(合计|总计|小计)")
_DATE = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[ T]*\d{1,2}:?\d{2}(?::?\d{2})?)?")

Answer = tuple[Reading, str, list[Fault]]


@dataclass
class _Sheet:
    columns: dict[str, list[int]]
    faults: list[Fault] = field(default_factory=list)
    credits: list[Movement] = field(default_factory=list)
    debits: int = 0

    def cell(self, row: list[str], name: str) -> str:
        """The text of a column, empty where there is none; a text may have several columns."""
        found = [row[place].strip() for place in self.columns.get(name, []) if place < len(row)]
        return " ".join(part for part in found if part) if name == "text" else (found or [""])[0]


def read_csv(data: bytes) -> Answer:
    """The movements of a file, the account that its preamble names (or nothing), and the faults."""
    text = _decoded(data)
    if text is None:
        return Reading((), 0), "", [Fault(0, "UTF-8 或 GBK 编码的文本", "text in UTF-8 or GBK", "其他编码")]
    rows = list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter="\t" if "\t" in text[:2000] else ","))
    place = next((number for number, row in enumerate(rows[:PREAMBLE_MOST]) if _is_header(row)), None)
    if place is None:
        found = ",".join(rows[0])[:60] if rows else ""
        wanted = "交易日期、交易金额（或贷方发生额）、流水号"
        return (
            Reading((), 0),
            "",
            [Fault(1, f"含{wanted}的表头", f"a row of headers with {wanted}", found)],
        )
    sheet = _Sheet(_columns(rows[place]))
    for number, row in enumerate(rows[place + 1 :], start=place + 2):
        if not any(cell.strip() for cell in row):
            continue
        if _TOTAL.match(row[0].strip()):
            _check_total(sheet, number, row)
        else:
            _read_row(sheet, number, row)
    return Reading(tuple(sheet.credits), sheet.debits), _account_told(rows[:place]), sheet.faults


def _decoded(data: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _plain(cell: str) -> str:
    """A header without spaces, units and notes in brackets."""
    return re.sub(r"\(.*?\)|\s|\[.*?\]", "", unicodedata.normalize("NFKC", cell))


def _columns(row: list[str]) -> dict[str, list[int]]:
    cells = [_plain(cell) for cell in row]
    found: dict[str, list[int]] = {}
    for name, headers in HEADERS.items():
        places = [cells.index(header) for header in headers if header in cells]
        if places:
            found[name] = places if name == "text" else places[:1]
    return found


def _is_header(row: list[str]) -> bool:
    found = _columns(row)
    return {"date", "serial"} <= found.keys() and bool(found.keys() & {"credit", "amount"})


def _account_told(preamble: list[list[str]]) -> str:
    for row in preamble:
        line = unicodedata.normalize("NFKC", ",".join(row))
        told = re.search(r"(?:账号|帐号|账户)[:,\s]*([0-9][0-9 -]{6,})", line)
        if told:
            return told.group(1)
    return ""


def _read_row(sheet: _Sheet, number: int, row: list[str]) -> None:
    amount = _credit(sheet, number, row)
    if amount is None:
        return
    faults = len(sheet.faults)
    day = _day(sheet.cell(row, "date"))
    serial = sheet.cell(row, "serial")
    name = sheet.cell(row, "name")
    if day is None:
        sheet.faults.append(
            Fault(number, "日期，如 2026-03-09", "a date such as 2026-03-09", sheet.cell(row, "date")[:30])
        )
    if not serial or len(serial) > 64:
        sheet.faults.append(Fault(number, "1 至 64 字符的流水号", "a serial of 1 to 64 characters", serial[:30]))
    if day is not None and len(sheet.faults) == faults:
        account = re.sub(r"\s", "", sheet.cell(row, "account"))
        sheet.credits.append(
            Movement(number, serial, day, amount, name[:120], account[:40], sheet.cell(row, "text")[:200])
        )


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
        amount = parse(text.removeprefix("+"))
    except NotMoney:
        sheet.faults.append(Fault(number, "金额，如 1,234.50", "an amount such as 1,234.50", text[:30]))
        return None
    side = sheet.cell(row, "side").upper()
    if side and side not in _IN | _OUT:
        sheet.faults.append(Fault(number, "借或贷", "debit (借) or credit (贷)", side[:10]))
        return None
    if (split and amount < 0) or (side in _IN and amount < 0):
        sheet.faults.append(
            Fault(
                number,
                "大于零的贷方金额；红字冲正请人工核对",
                "a credit above zero; look at a reversal yourself",
                text[:30],
            )
        )
        return None
    if amount < 0 or side in _OUT:
        sheet.debits += 1
        return None
    if amount == 0:
        sheet.faults.append(Fault(number, "大于零的金额", "an amount above zero", text[:30]))
        return None
    return amount


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
    """A row of totals must say what the rows above add up to, where it has an amount in the column of credits."""
    told = sheet.cell(row, "credit")
    if "credit" not in sheet.columns or _is_nothing(told) or sheet.faults:
        return
    total = sum((movement.amount for movement in sheet.credits), Decimal(0))
    try:
        right = parse(told) == total
    except NotMoney:
        right = False
    if not right:
        sheet.faults.append(
            Fault(number, f"贷方合计 {shown(total)}", f"a total of credits of {shown(total)}", told[:30])
        )
