"""The sheets 计划对照 and 单位."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from mutualaid.people.contacts import NotAContact, read_credit_code, read_phone
from mutualaid.people.models import STANDS_UNDER, Employer, Level, Unit
from mutualaid.people.names import NotAName, read_name
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.rows import LEAVE, MATCH, Row, Seen

LEVELS = {"基层工会": Level.GRASSROOTS.value, "县区": Level.COUNTY.value, "产业": Level.INDUSTRY.value}
_ORDER = {Level.COUNTY.value: "1", Level.INDUSTRY.value: "2", Level.GRASSROOTS.value: "3"}


def check_plans(rows: Sequence[Row], seen: Seen) -> None:
    """Old names of plans."""
    for row in rows:
        row.effect = LEAVE
        old = unicodedata.normalize("NFKC", values.text(row, "old", needed=True))
        version = values.plan(row, seen)
        if not old or version is None:
            continue
        if not seen.first("plan name", old):
            row.wrong(
                "old", "每个旧名称应只有一行；得到重复的，请删去一行", "expected each old name once; remove one row"
            )
            continue
        seen.names[old] = version.plan


def check_units(rows: Sequence[Row], seen: Seen) -> None:
    """Units and employers against each other and against those that are here."""
    for row in rows:
        _read(row, seen)
    codes = [row.value["credit_code"] for row in rows if row.value.get("credit_code")]
    known = {
        code: (pk, path)
        for code, pk, path in Employer.objects.filter(credit_code__in=codes).values_list(
            "credit_code", "pk", "unit_path"
        )
    }
    taken = dict(
        Unit.objects.filter(code__in=[row.value["code"] for row in rows if row.value]).values_list("code", "path")
    )
    parents = {row.value.get("parent", "") for row in rows} - {""}
    above = dict(Unit.objects.filter(code__in=parents, path__startswith=seen.office.path).values_list("code", "level"))
    for row in rows:
        if row.value:
            _weigh(row, seen, known, taken, above)


def _read(row: Row, seen: Seen) -> None:
    code = values.text(row, "unit", most=32, needed=True).upper()
    name = values.text(row, "name", needed=True)
    level = values.word(row, "level", LEVELS, usual=Level.GRASSROOTS.value)
    headcount = values.whole(row, "headcount", usual=1, least=1)
    credit_code = contact_name = contact_phone = ""
    if level == Level.GRASSROOTS.value:
        credit_code = _contact(row, "credit_code")
        contact_phone = _contact(row, "contact_phone")
        try:
            contact_name = read_name(row.told["contact_name"]) if "contact_name" in row.told else ""
        except NotAName as error:
            row.wrong("contact_name", error.zh, error.en)
        if not contact_name:
            values.missing(row, "contact_name")
    if code and not seen.first("unit", code):
        row.wrong(
            "unit", "单位编码应只出现一次；得到重复的，请改正", "expected each code once, found it again; correct it"
        )
    if credit_code and not seen.first("credit", credit_code):
        row.wrong(
            "credit_code",
            "统一社会信用代码应只出现一次；得到重复的，请合并为一个单位",
            "expected each credit code once, found it again; make one employer of them",
        )
    row.value = {
        "code": code,
        "name": name,
        "level": level,
        "parent": values.text(row, "parent", most=32).upper(),
        "headcount": headcount,
        "credit_code": credit_code,
        "contact_name": contact_name,
        "contact_phone": contact_phone,
    }
    row.order = _ORDER.get(level or "", "3") + code


def _contact(row: Row, field: str) -> str:
    if field not in row.told:
        values.missing(row, field)
        return ""
    try:
        return read_phone(row.told[field]) if field == "contact_phone" else read_credit_code(row.told[field])
    except NotAContact as error:
        row.wrong(field, error.zh, error.en)
        return ""


def _weigh(
    row: Row, seen: Seen, known: dict[str, tuple[int, str]], taken: dict[str, str], above: dict[str, str]
) -> None:
    told = row.value
    code, credit_code = told["code"], told["credit_code"]
    if credit_code in known:
        _, path = known[credit_code]
        if not path.startswith(seen.office.path):
            row.wrong(
                "credit_code",
                "应为本机构辖内的单位；该代码已登记在其他机构名下，请联系上级机构核对",
                "expected an employer of this office's branch, found that the code is registered elsewhere; ask the office above",
            )
        row.effect = MATCH
    elif not told["parent"] or told["parent"] in above or ("level", told["parent"]) in seen.once:
        _place(row, seen, taken, above)
    else:
        row.wrong(
            "parent",
            "上级编码应为本机构辖内已有的机构，或本表中排在前面的机构；没有找到，请改正",
            "expected an office of this branch, or one named above in this sheet, found none; correct it",
        )
    if told["level"] != Level.GRASSROOTS.value:
        seen.once.add(("level", code))
    elif credit_code:
        seen.units[code] = credit_code
        seen.employers.setdefault(credit_code, known.get(credit_code, (0, ""))[0])
        seen.headcounts.setdefault(credit_code, told["headcount"] or 1)


def _place(row: Row, seen: Seen, taken: dict[str, str], above: dict[str, str]) -> None:
    """A new unit: its code is free, or an office's own; it may stand where it is told to."""
    told = row.value
    level, parent = told["level"], told["parent"]
    stands = Level(above[parent]) if parent in above else Level(seen.office.level) if not parent else None
    if level and stands is not None and stands not in STANDS_UNDER[level]:
        row.wrong(
            "parent" if parent else "level",
            f"{Level(level).label}不能设在{stands.label}之下；请改正层级或上级编码",
            f"a {level} unit cannot stand under a {stands.value} one; correct the level or the code above",
        )
    if told["code"] in taken:
        if level != Level.GRASSROOTS.value and taken[told["code"]].startswith(seen.office.path):
            row.effect = MATCH
        else:
            row.wrong(
                "unit",
                "单位编码应未被使用；本系统已有另一单位用此编码，请换一个编码（各表一并改）",
                "expected a free code, found that another unit here has it; take another in all sheets",
            )
