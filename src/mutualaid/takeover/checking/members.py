"""The sheet 会员: who they are, where they work, and whether they are here already."""

from __future__ import annotations

from collections.abc import Sequence

from mutualaid.enrolment.roster.columns import SEXES
from mutualaid.people.contacts import NotAContact, read_bank_card, read_phone
from mutualaid.people.identity import Sex
from mutualaid.people.models import Employment
from mutualaid.people.names import NotAName, search_key
from mutualaid.people.persons import read_person
from mutualaid.people.refusals import Refused
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.known import meet, members_by_index
from mutualaid.takeover.checking.rows import MATCH, Person, Row, Seen


def check_members(rows: Sequence[Row], seen: Seen) -> None:
    """Each by itself, against each other, and against the register."""
    for row in rows:
        _read(row, seen)
    found = members_by_index(row.person for row in rows if row.person)
    working = {
        member: (employer, from_on, until_on)
        for member, employer, from_on, until_on in Employment.objects.filter(member__in=found.values())
        .order_by("from_on")
        .values_list("member_id", "employer__credit_code", "from_on", "until_on")
    }
    lines = {row.person: row.line.line for row in rows if row.person in found}
    meet(found, seen, lines)
    for row in rows:
        member = found.get(row.person)
        if member is None or row.value.get("duplicate"):
            continue
        row.effect = MATCH
        row.value["member"] = member.pk
        if search_key(member.name) != search_key(row.value.get("name", "")) and "name" in row.value:
            row.wrong(
                "name",
                "姓名应与该证件号码在本系统登记的一致；得到另一姓名，请对照证件核对，登记有误的先更正登记",
                "expected the name that is registered with this number, found another; compare it with the document",
            )
        work = working.get(member.pk)
        if work is not None and work[0] != row.value.get("unit"):
            row.odd(
                "unit",
                "本系统登记的单位与此不同；保持本系统的登记，请核对",
                "another employer is registered here, which stays; compare them",
            )


def _read(row: Row, seen: Seen) -> None:
    found = values.identity(row)
    unit = values.employer(row, seen)
    employed_on = values.day(row, "employed_on") or seen.cutover_on
    left_on = values.day(row, "left_on")
    if left_on is not None and left_on <= employed_on:
        row.wrong(
            "left_on", "离职日期应晚于入职日期；请改正", "expected the day of leaving after that of joining; correct it"
        )
    sex = values.word(row, "sex", SEXES, usual="")
    birth_date = values.day(row, "birth_date")
    contacts = {field: _contact(row, field) for field in ("phone", "bank_card")}
    if found is None:
        return
    try:
        who = read_person(
            found.kind, found.number, row.told.get("name", ""), Sex(sex) if sex else None, birth_date, seen.on
        )
    except NotAName as error:
        row.wrong("name", error.zh, error.en)
        return
    except Refused as error:
        row.wrong("birth_date", error.zh, error.en)
        return
    key = bytes.fromhex(row.person)
    before = seen.persons.get(key)
    row.value = {
        "kind": who.kind.value,
        "number": who.number,
        "name": who.name,
        "sex": who.sex.value,
        "birth_date": who.birth_date.isoformat(),
        "unit": unit,
        "employed_on": employed_on.isoformat(),
        "left_on": left_on.isoformat() if left_on else None,
        **{field: number for field, number in contacts.items() if number},
    }
    for warned in found.warnings:
        row.odd("identity_number", warned.zh, warned.en)
    if before is not None and before.line:
        row.value["duplicate"] = True
        row.wrong(
            "identity_number",
            f"每人应只有一行；与第 {before.line} 行的证件号码相同，请删去其中一行",
            f"expected one row for a person, found the number of row {before.line} again; remove one of them",
        )
        return
    seen.persons[key] = Person(row.line.line, 0, who.birth_date.toordinal(), who.sex.value)


def _contact(row: Row, field: str) -> str:
    if field not in row.told or any(one["field"] == field for one in row.faults):
        return ""
    try:
        return read_phone(row.told[field]) if field == "phone" else read_bank_card(row.told[field])
    except NotAContact as error:
        row.wrong(field, error.zh, error.en)
        return ""
