"""The sheet 未结案件: claims that the other system had not decided, read by the engine itself."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from typing import Any

from benefit_engine.facts import CaseError
from mutualaid.payouts.accounts import payee
from mutualaid.payouts.refusals import BadAccount
from mutualaid.people.identity import Sex
from mutualaid.plans.queries import loaded_versions
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.known import meet_others
from mutualaid.takeover.checking.rows import Row, Seen
from mutualaid.takeover.models import TakeoverRow

KINDS = {
    "住院": "inpatient",
    "门诊": "outpatient",
    "门诊慢特病": "outpatient_special",
    "确诊": "diagnosis",
    "伤残": "disability",
    "身故": "death",
}
STAGES = {"待审核": "first_review", "审核中": "first_review", "待补材料": "returned"}
AMOUNTS = ("total", "fund_paid", "basic_deductible", "copay", "self_paid", "out_of_scope")


def check_claims(rows: Sequence[Row], seen: Seen) -> None:
    """Each by itself, then as the engine would read it."""
    for row in rows:
        values.identity(row)
    meet_others((row.person for row in rows), seen)
    for row in rows:
        _check(row, seen)
    _once(rows, seen)


def _once(rows: Sequence[Row], seen: Seen) -> None:
    """A claim comes in once, whatever file it stands in."""
    good = {(row.order, row.person): row for row in rows if not row.faults and row.value}
    earlier = TakeoverRow.objects.filter(
        takeover__office=seen.office, sheet="claims", person__in={person for _, person in good}
    ).exclude(made="")
    for order, person, number in earlier.values_list("order", "person", "takeover__number"):
        if (order, person) in good:
            good[order, person].wrong(
                "old_number",
                f"每个旧案应只接管一次；已由 {number} 接管，请删去该行",
                f"expected a claim that was not brought yet, found it in {number}; remove the row",
            )


def _check(row: Row, seen: Seen) -> None:
    old = values.text(row, "old_number", most=32, needed=True)
    person = values.person(row, seen)
    facts = _facts(row)
    filed_on = values.day(row, "filed_on", needed=True)
    stage = values.word(row, "stage", STAGES)
    to = _payee(row)
    wanted = values.text(row, "wanted", most=200)
    if filed_on is not None and filed_on > seen.on:
        row.wrong(
            "filed_on", "申请日期应不晚于今天；请改正", "expected a day of filing that is not to come; correct it"
        )
    if old and not seen.first("claim", old):
        row.wrong("old_number", "每个旧案号应只有一行；得到重复的，请改正", "expected each number once; correct it")
    if stage == "returned" and not wanted:
        values.missing(row, "wanted")
    if person is None or filed_on is None or row.faults:
        return
    held = seen.covers[bytes.fromhex(row.person)]
    if not held:
        row.wrong(
            "identity_number",
            "该会员应有参保；没有找到，请先在“参保”表中列出",
            "expected a cover of this member, found none; list it in the sheet covers",
        )
        return
    facts["filed_on"] = filed_on.isoformat()
    _by_the_engine(row, seen, person.birth_on, person.sex, facts)
    row.value = {
        "old": old,
        "facts": facts,
        "hospital": values.text(row, "hospital"),
        "filed_on": filed_on.isoformat(),
        "returned": wanted if stage == "returned" else "",
        "payee": to,
    }
    row.order = f"{filed_on}{old}"[:40]


def _facts(row: Row) -> dict[str, Any]:
    """The contract's event without its id."""
    kind = values.word(row, "kind", KINDS)
    facts: dict[str, Any] = {"kind": kind}
    for field in ("started_on", "ended_on", "settled_on"):
        day = values.day(row, field, needed=field == "started_on" or (field == "ended_on" and kind == "inpatient"))
        if day is not None:
            facts[field] = day.isoformat()
    if "hospital_level" in row.told:
        facts["hospital_level"] = values.whole(row, "hospital_level", least=1, most=3)
    codes = [
        code.upper().replace(".", "") for code in re.split(r"[、,，;；\s]+", row.told.get("diagnoses", "")) if code
    ]
    if codes:
        facts["diagnoses"] = codes
    if "accident" in row.told:
        facts["accident"] = values.word(row, "accident", {"是": "1", "否": ""}, usual="") == "1"
    amounts = {field: values.amount(row, field) for field in AMOUNTS}
    told = {field: f"{amount:.2f}" for field, amount in amounts.items() if amount is not None}
    if told:
        facts["amounts"] = told
    return facts


def _payee(row: Row) -> dict[str, str] | None:
    told = {field: row.told.get(field, "") for field in ("payee_name", "account_number", "bank_name")}
    if not any(told.values()) or any(one["field"] == "account_number" for one in row.faults):
        return None
    try:
        found = payee(**told, bank_code="")
    except BadAccount as error:
        row.wrong("account_number", error.zh, error.en)
        return None
    return {"name": found.name, "account_number": found.account_number, "bank_name": found.bank_name}


def _by_the_engine(row: Row, seen: Seen, birth_on: int, sex: str, facts: dict[str, Any]) -> None:
    """What the engine says of the facts, in its own words."""
    held = seen.covers[bytes.fromhex(row.person)]
    versions = [seen.versions[one.plan] for one in held if one.plan in seen.versions]
    engine = loaded_versions(versions={one.plan: one for one in versions}.values()).engine
    case = {
        "case": "takeover",
        "member": {"birth_date": datetime.date.fromordinal(birth_on).isoformat(), "sex": Sex(sex).value},
        "covers": [
            {
                "plan": one.plan,
                "from": datetime.date.fromordinal(one.from_on).isoformat(),
                "until": datetime.date.fromordinal(one.until_on).isoformat(),
                "units": one.units,
            }
            for one in held
            if one.plan in seen.versions
        ],
        "events": [{"event": "e", **facts}],
    }
    try:
        engine.parse(case)
    except CaseError as error:
        for one in error.faults:
            field = one.path.rpartition(".")[2]
            named = field if field in row.line.told else "started_on"
            row.wrong(named, f"{values.name_of(row, named)}：{one.zh}", f"{named}: {one.en}")
