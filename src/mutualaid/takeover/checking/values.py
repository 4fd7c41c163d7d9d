"""What stands in a cell, read: days, amounts, whole numbers, words, persons. A fault is noted at the row, and None given."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from mutualaid.core.encryption import blind_index
from mutualaid.core.money import NotMoney, parse
from mutualaid.enrolment.roster.columns import KINDS, said
from mutualaid.people.identity import EARLIEST, Identity, NotAnIdentity, read_identity
from mutualaid.people.models import Member
from mutualaid.plans.models import PlanVersion
from mutualaid.takeover.checking.rows import Person, Row, Seen
from mutualaid.takeover.columns import BY_WORD

_LAST = datetime.date(2200, 1, 1)
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T].*)?", re.ASCII)
_DAY_SHORT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_SERIAL = re.compile(r"[0-9]{5}")


def name_of(row: Row, field: str) -> str:
    """The header of a field."""
    return BY_WORD[row.line.sheet].fields[field].zh


def text(row: Row, field: str, *, most: int = 100, needed: bool = False) -> str:
    """A text on one line."""
    found = " ".join(row.told.get(field, "").split())
    if not found and needed:
        missing(row, field)
    elif len(found) > most:
        row.wrong(
            field,
            f"{name_of(row, field)}应不超过 {most} 字；得到 {len(found)} 字，请缩短",
            f"expected at most {most} characters of {field}, found {len(found)}; shorten it",
        )
    return found


def missing(row: Row, field: str) -> None:
    """It has to be there."""
    row.wrong(field, f"{name_of(row, field)}应填写；没有找到，请补全", f"expected {field}, found none; add it")


def day(row: Row, field: str, *, needed: bool = False) -> datetime.date | None:
    """2025-07-01, 2025/7/1, 2025.7.1, 2025年7月1日, 20250701, or the number of a spreadsheet's day."""
    written = unicodedata.normalize("NFKC", row.told.get(field, "")).strip()
    if not written:
        if needed:
            missing(row, field)
        return None
    found = _DAY.fullmatch(written) or _DAY_SHORT.fullmatch(written)
    try:
        if found is not None:
            value = datetime.date(*(int(part) for part in found.groups()))
        elif _SERIAL.fullmatch(written):
            value = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(written))
        else:
            value = None
    except ValueError:
        value = None
    if value is None or not EARLIEST <= value <= _LAST:
        row.wrong(
            field,
            f"{name_of(row, field)}应为日期，如 2025-07-01；得到的不是，请改正",
            f"expected a day such as 2025-07-01 as {field}, found something else; correct it",
        )
        return None
    return value


def amount(row: Row, field: str, *, needed: bool = False, zero: bool = True) -> Decimal | None:
    """Yuan, not below zero."""
    written = row.told.get(field, "")
    if not written:
        if needed:
            missing(row, field)
        return None
    try:
        found = parse(written)
    except NotMoney:
        row.wrong(
            field,
            f"{name_of(row, field)}应为金额，最多两位小数；得到的不是，请改正",
            f"expected an amount of at most two decimals as {field}, found something else; correct it",
        )
        return None
    if found < 0 or (found == 0 and not zero):
        row.wrong(
            field,
            f"{name_of(row, field)}应{'不小于' if zero else '大于'} 0；得到负数{'' if zero else '或 0'}，请核对方向",
            f"expected {field} {'not below' if zero else 'above'} zero, found less; check it",
        )
        return None
    return found


def whole(row: Row, field: str, *, usual: int | None = None, least: int = 0, most: int = 10**6) -> int | None:
    """A whole number within bounds."""
    written = unicodedata.normalize("NFKC", row.told.get(field, "")).strip()
    if not written and usual is not None:
        return usual
    found = re.fullmatch(r"([0-9]{1,7})(?:\.0+)?[份人次天期]?", written, re.ASCII)
    if found is None or not least <= int(found[1]) <= most:
        row.wrong(
            field,
            f"{name_of(row, field)}应为 {least} 至 {most} 的整数；得到的不是，请改正",
            f"expected a whole number from {least} to {most} as {field}, found something else; correct it",
        )
        return None
    return int(found[1])


def word(row: Row, field: str, words: Mapping[str, str], *, usual: str | None = None) -> str | None:
    """The code of one of the words of a drop-down."""
    written = said(field, row.told[field]) if field in row.told else ""
    if not written:
        if usual is None:
            missing(row, field)
        return usual
    if written not in words:
        row.wrong(
            field,
            f"{name_of(row, field)}应为{'、'.join(words)}之一；得到的不是，请从下拉框选择",
            f"expected one of {', '.join(words)} as {field}, found something else; choose from the list",
        )
        return None
    return words[written]


def identity(row: Row) -> Identity | None:
    """Whom a row is about; notes the blind index."""
    kind = word(row, "identity_kind", KINDS_BY_ZH, usual="居民身份证")
    if kind is None or any(one["field"] == "identity_number" for one in row.faults):
        return None
    if "identity_number" not in row.told:
        missing(row, "identity_number")
        return None
    try:
        found = read_identity(KINDS[kind], row.told["identity_number"])
    except NotAnIdentity as error:
        row.wrong("identity_number", error.zh, error.en, error.offered or "")
        return None
    row.person = blind_index(Member, "identity_index", found.number)
    return found


KINDS_BY_ZH = {zh: zh for zh in KINDS}


def person(row: Row, seen: Seen) -> Person | None:
    """The member whom a row is about: of the file or of the register."""
    if not row.person and identity(row) is None:
        return None
    found = seen.persons.get(bytes.fromhex(row.person))
    if found is None:
        row.wrong(
            "identity_number",
            "应为“会员”表或本系统中的会员；没有找到，请先在“会员”表中列出，或改正证件号码",
            "expected a member of the sheet members or of this system, found none; list them there or correct the number",
        )
    return found


def plan(row: Row, seen: Seen, field: str = "plan") -> PlanVersion | None:
    """The version that a plan's id, name or old name means."""
    written = unicodedata.normalize("NFKC", row.told.get(field, "")).strip()
    if not written:
        missing(row, field)
        return None
    version = seen.versions.get(seen.names.get(written, written))
    if version is None:
        row.wrong(
            field,
            "应为本机构可用的已发布计划；没有找到这个名称，请改正，或在“计划对照”表中写明对应哪个计划编号",
            "expected a plan that is published for this office, found none by this name; correct it, or say in the sheet plans "
            "which id it means",
        )
    return version


def employer(row: Row, seen: Seen, field: str = "unit") -> str:
    """The credit code of the employer that a row names by the old code or by the credit code; empty when there is none."""
    written = unicodedata.normalize("NFKC", row.told.get(field, "")).strip().upper()
    if not written:
        missing(row, field)
        return ""
    code = seen.units.get(written, written)
    if code not in seen.employers:
        row.wrong(
            field,
            "应为“单位”表中的单位编码，或已登记单位的统一社会信用代码；没有找到，请改正",
            "expected a code of the sheet units, or the credit code of an employer that is registered here, found neither; "
            "correct it",
        )
        return ""
    return code
