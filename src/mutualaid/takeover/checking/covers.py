"""The sheet 参保: covers with what they continue."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from mutualaid.enrolment.roster.columns import EMPLOYMENTS, INSURANCES
from mutualaid.plans.document import Document
from mutualaid.plans.offering import most_units, needed_facts
from mutualaid.plans.queries import document_of
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.known import meet_others
from mutualaid.takeover.checking.rows import LEAVE, MATCH, Held, Row, Seen

STATES = {
    "有效": "begun",
    "已生效": "begun",
    "已到期": "begun",
    "在保": "begun",
    "正常": "begun",
    "已退保": "left",
    "已取消": "left",
    "已终止": "left",
    "待缴费": "left",
    "未缴费": "left",
}


def check_covers(rows: Sequence[Row], seen: Seen) -> None:
    """Each by itself, then against the person's other covers."""
    for row in rows:
        if not row.person:
            values.identity(row)
    meet_others((row.person for row in rows), seen)
    for row in rows:
        _check(row, seen)


def _check(row: Row, seen: Seen) -> None:
    if values.word(row, "state", STATES, usual="begun") == "left":
        row.effect = LEAVE
        row.faults.clear()
        return
    person = values.person(row, seen)
    unit, version = values.employer(row, seen), values.plan(row, seen)
    days = _days(row)
    joined_on, periods = values.day(row, "joined_on"), values.whole(row, "periods", usual=1, least=1, most=1000)
    fee = values.amount(row, "fee")
    if version is None or days is None:
        return
    document = seen.documents.get(version.plan) or seen.documents.setdefault(version.plan, document_of(version=version))
    asked = _asked(row, document)
    most = most_units(document)
    units = values.whole(row, "units", usual=1, least=1, most=most)
    from_on, until_on = days
    if joined_on is not None and joined_on > from_on:
        row.wrong(
            "joined_on",
            "连续参加首日应不晚于起始日；得到的更晚，请改正",
            "expected the first day of unbroken cover not after its first day; correct it",
        )
    if person is None or units is None or row.faults:
        return
    new = Held(version.family, version.plan, from_on.toordinal(), until_on.toordinal(), units)
    _overlaps(row, seen, new, most)
    row.value = {
        "unit": unit,
        "headcount": seen.headcounts.get(unit, 1),
        "plan": version.plan,
        "version": version.pk,
        "from_on": from_on.isoformat(),
        "until_on": until_on.isoformat(),
        "joined_on": (joined_on or from_on).isoformat(),
        "periods": periods,
        "units": units,
        "fee": str(fee or 0),
        **asked,
    }
    row.order = f"{unit}{version.plan[:20]}"[:40]


def _days(row: Row) -> tuple[datetime.date, datetime.date] | None:
    from_on = values.day(row, "from_on", needed=True)
    last_on, until_on = values.day(row, "last_on"), values.day(row, "until_on")
    if last_on is not None:
        after = last_on + datetime.timedelta(days=1)
        if until_on is not None and until_on != after:
            row.wrong(
                "until_on",
                "“终止日不含”应为“最后一日”的次日；得到的不一致，请只填一个",
                "expected the day after the last one, found another; fill in only one of them",
            )
        until_on = after
    if until_on is None:
        values.missing(row, "last_on")
    if from_on is None or until_on is None:
        return None
    if until_on <= from_on:
        row.wrong(
            "last_on", "保障应至少有一天；终止早于起始，请改正", "expected cover of a day at least; correct the days"
        )
        return None
    return from_on, until_on


def _asked(row: Row, document: Document) -> dict[str, object]:
    """What a person was under the cover, by the plan's own words."""
    needs = needed_facts(document)
    employment = values.word(row, "employment", EMPLOYMENTS, usual="in_service")
    insurance = values.word(row, "basic_insurance", INSURANCES, usual="")
    groups = [word for word in row.told.get("groups", "").replace(",", "、").replace("，", "、").split("、") if word]
    told: dict[str, object] = {"employment": employment, "basic_insurance": insurance, "groups": groups}
    for field, choices in (("option", needs.options), ("risk_class", needs.risk_classes)):
        word = row.told.get(field, choices[0] if len(choices) == 1 else "")
        if choices and word not in choices:
            row.wrong(
                field,
                f"{values.name_of(row, field)}应为{'、'.join(choices)}之一；得到的不是，请改正",
                f"expected one of {', '.join(choices)} as {field}, found something else; correct it",
            )
        told[field] = word if choices else ""
    return told


def _overlaps(row: Row, seen: Seen, new: Held, most: int) -> None:
    """Units of one person in one family on one day do not pass the most; a cover that is here already is matched."""
    held = seen.covers[bytes.fromhex(row.person)]
    same = [
        one for one in held if one.family == new.family and one.from_on < new.until_on and new.from_on < one.until_on
    ]
    person = seen.persons[bytes.fromhex(row.person)]
    if person.member and new in same and ("cover", row.person, new) not in seen.once:
        seen.once.add(("cover", row.person, new))
        row.effect = MATCH
        return
    if sum(one.units for one in same) + new.units > most:
        row.wrong(
            "from_on",
            f"同一保障期内每人应不超过 {most} 份；与同一计划的另一条参保（本表或本系统）重叠，请核对起止日期",
            f"expected at most {most} units of a person on a day, found another cover of this plan that overlaps, in this sheet "
            "or in this system; check the days",
        )
        return
    held.append(new)
