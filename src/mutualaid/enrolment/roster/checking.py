"""What is wrong with the rows of a roster, each fault with its field, its reason and how to mend it. Pure.

Two steps, so that the database is asked once for all rows: ``read_lines`` reads what is written, ``weigh`` holds the persons
against what is known (``Known``). Faults never repeat personal data.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from mutualaid.enrolment.roster.columns import BY_FIELD, EMPLOYMENTS, INSURANCES, KINDS, SEXES, said
from mutualaid.enrolment.roster.reading import Line
from mutualaid.people.contacts import NotAContact, read_bank_card, read_phone
from mutualaid.people.identity import EARLIEST, Identity, IdentityKind, NotAnIdentity, Sex, read_identity
from mutualaid.people.names import NotAName, read_name, search_key
from mutualaid.plans import offering
from mutualaid.plans.document import Document

Fault = dict[str, str]
PLAN = "plan"
"""The field of a fault that is no column's: a rule of the plan."""


@dataclass(frozen=True)
class Person:
    """What a row says of a person, in its normal form."""

    kind: IdentityKind
    number: str
    name: str
    sex: str
    birth_date: datetime.date
    phone: str | None
    bank_card: str | None
    units: int
    employment: str
    basic_insurance: str | None
    option: str
    risk_class: str
    groups: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """By which the person is known."""
        return self.kind.value, self.number


@dataclass
class Row:
    """A row with what was found. ``person`` is there when all that says who it is could be read."""

    line: int
    told: dict[str, str]
    person: Person | None = None
    fee_amount: Decimal = Decimal(0)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    @property
    def told_wrongly(self) -> set[str]:
        """Fields that have a fault of their own: the plan's rules on them would only repeat it."""
        return {one["field"] for one in self.faults}


@dataclass(frozen=True)
class KnownMember:
    """What is known of a member. ``employer``: of today's employment. ``held``: units of covers in the family that share a day
    with the term; ``excluding``: whether there is cover that the plan excludes; ``renewing``: cover that ends where the term
    begins."""

    member: int
    name: str
    sex: str
    birth_date: datetime.date
    employer: int | None = None
    held: int = 0
    excluding: bool = False
    renewing: bool = False
    contacts: Mapping[str, str | None] = field(default_factory=dict)
    """Blind indexes of phone and bank card, by the name of the field; None for what the register does not have."""
    told_contacts: Mapping[str, str] = field(default_factory=dict)
    """The same of what the row says."""


@dataclass(frozen=True)
class FormerNumber:
    """Whose number it was: ``names``, as they are searched for; ``now``: the right one, masked."""

    names: frozenset[str]
    now: str


@dataclass(frozen=True)
class Known:
    """Answers to all questions of a roster. ``taken``: who is in the enrolment already; ``former``: numbers that somebody had
    until they were corrected, with the names that person has or had, and the right number, masked."""

    members: Mapping[tuple[str, str], KnownMember]
    taken: frozenset[tuple[str, str]] = frozenset()
    former: Mapping[tuple[str, str], FormerNumber] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """What the enrolment asks of its persons. ``on``: the day of checking."""

    document: Document
    employer: int
    from_on: datetime.date
    on: datetime.date
    parts: Sequence[Document] = ()
    """Of a combination: its single plans."""


def fault(name: str, zh: str, en: str, offered: str | None = None) -> Fault:
    """A fault or a warning as it is kept."""
    return {"field": name, "zh": zh, "en": en, "offered": offered or ""}


def read_lines(lines: Iterable[Line], wanted: Wanted) -> list[Row]:
    """Each row by itself."""
    asked = _Asked.of(wanted)
    return [_once(asked.row(line), line) if line.faults else asked.row(line) for line in lines]


def _once(row: Row, line: Line) -> Row:
    """Without what only repeats a fault of the cell itself."""
    spoilt, own = {one["field"] for one in line.faults}, len(line.faults)
    row.faults[own:] = [one for one in row.faults[own:] if one["field"] not in spoilt]
    return row


def weigh(rows: list[Row], wanted: Wanted, known: Known) -> list[Row]:
    """The rows against each other, against what is known, and by the plan's rules; adds to their faults and warnings."""
    first: dict[tuple[str, str] | int, int] = {}
    most = offering.most_units(wanted.document)
    told: dict[tuple[object, ...], list[offering.Reason]] = {}
    for row in rows:
        if row.person is None:
            continue
        key = row.person.key
        # Somebody who was once recorded twice has two numbers, and is one person.
        who = known.members[key].member if key in known.members else key
        if who in first:
            row.faults.append(
                fault(
                    "identity_number",
                    f"每人应只有一行；与第 {first[who]} 行的证件号码相同，或是同一人的另一证件，请删去其中一行",
                    f"expected one row for a person, found the number of row {first[who]} again, or another of the same person; "
                    "remove one of them",
                )
            )
            continue
        first[who] = row.line
        if key in known.taken:
            row.faults.append(
                fault(
                    "identity_number",
                    "应为尚未列入的职工；本参保单已有此人，请删去该行",
                    "expected somebody new, found that the enrolment has this person already; remove the row",
                )
            )
        member = known.members.get(key)
        if member is not None:
            _against_member(row, row.person, member, wanted, most)
        elif key in known.former:
            _against_former(row, row.person, known.former[key])
        _by_the_plan(row, row.person, wanted, told, renewing=member is not None and member.renewing)
    return rows


def _against_former(row: Row, person: Person, former: FormerNumber) -> None:
    """The number was somebody's until it was corrected. The same person again is no new member; another one may well bear it."""
    if search_key(person.name) in former.names:
        row.faults.append(
            fault(
                "identity_number",
                f"应为更正后的证件号码；该号码已更正为 {former.now}，请对照证件改正",
                f"expected the number as it was corrected, found the former one; the right one is {former.now}: compare it with "
                "the document",
            )
        )
    else:
        row.warnings.append(
            fault(
                "identity_number",
                "该证件号码曾误登记在另一人名下，后已更正；请对照证件核对姓名和号码",
                "this number was once written with another person by mistake; compare name and number with the document",
            )
        )


def _against_member(row: Row, person: Person, member: KnownMember, wanted: Wanted, most: int) -> None:
    if search_key(member.name) != search_key(person.name):
        row.faults.append(
            fault(
                "name",
                "姓名应与该证件号码登记的一致；得到另一姓名，请对照证件核对，登记有误的请联系经办机构更正",
                "expected the name that is registered with this number, found another; compare it with the document, and "
                "ask the office to correct the register if that is wrong",
            )
        )
    if (member.sex, member.birth_date) != (person.sex, person.birth_date):
        row.faults.append(
            fault(
                "birth_date",
                "性别和出生日期应与该证件号码登记的一致；得到的不一致，请对照证件核对",
                "expected the sex and birth date that are registered with this number, found others; compare them with "
                "the document",
            )
        )
    if member.held + person.units > most:
        row.faults.append(
            fault(
                "units" if member.held < most else "identity_number",
                f"同一保障期内每人应不超过 {most} 份；已参加 {member.held} 份，请删去该行或减少份数",
                f"expected at most {most} units of a person in a term, found {member.held} before this row; remove the row "
                "or lower its units",
            )
        )
    if member.excluding:
        row.faults.append(
            fault(
                PLAN,
                "不能与同期的另一计划同时参加；已参加该计划，请删去该行",
                "expected nobody who is covered by a plan that excludes this one, found such cover; remove the row",
            )
        )
    for name, index in member.told_contacts.items():
        if member.contacts.get(name) not in (None, index):
            row.warnings.append(
                fault(
                    name,
                    f"{BY_FIELD[name].zh}与登记的不同；登记的保持不变，如已更换，请由本人在会员端修改或联系经办机构",
                    f"this {name.replace('_', ' ')} is not the registered one, which stays; if it has changed, let the member "
                    "or the office change it",
                )
            )
    if member.employer is not None and member.employer != wanted.employer:
        row.warnings.append(
            fault(
                "identity_number",
                "此人现登记在另一单位；核准后将转入本单位，请确认已入职",
                "this person is registered with another employer and is moved here on acceptance; make sure it is so",
            )
        )


def _by_the_plan(
    row: Row, person: Person, wanted: Wanted, told: dict[tuple[object, ...], list[offering.Reason]], *, renewing: bool
) -> None:
    """``told``: what the plan says of such persons, asked once for all that are alike in what it looks at."""
    facts = person.birth_date, person.sex, person.employment, person.basic_insurance, person.groups, renewing
    reasons = told.get(facts)
    if reasons is None:
        reasons = told[facts] = offering.why_not_eligible(
            wanted.document,
            birth_date=person.birth_date,
            sex=person.sex,
            employment=person.employment,
            basic_insurance=person.basic_insurance,
            groups=person.groups,
            from_on=wanted.from_on,
            previous_cover=renewing,
            parts=wanted.parts,
        )
    row.faults.extend(fault(PLAN, reason.zh, reason.en) for reason in reasons if reason.word not in row.told_wrongly)


@dataclass(frozen=True)
class _Asked:
    """What rows are read by."""

    wanted: Wanted
    needs: offering.NeededFacts
    most: int
    fees: dict[tuple[int, str, str], Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: Wanted) -> _Asked:
        needs = offering.needed_facts(wanted.document, parts=wanted.parts)
        return cls(wanted, needs, offering.most_units(wanted.document))

    def row(self, line: Line) -> Row:
        told = line.told
        row = Row(line.line, told, faults=list(line.faults))
        lost = {one["field"] for one in line.faults}
        name = self._name(row)
        identity = None if "identity_number" in lost else self._identity(row)
        sex, birth_date = self._sex_and_birth(row, identity) if identity is not None else (None, None)
        phone = _contact(row, "phone")
        bank_card = None if "bank_card" in lost else _contact(row, "bank_card")
        units = self._units(row)
        asks = self.needs
        employment = self._word(row, "employment", EMPLOYMENTS, asked=asks.employment, usual="in_service")
        insurance = self._word(row, "basic_insurance", INSURANCES, asked=asks.basic_insurance, usual=None)
        option = self._choice(row, "option", asks.options)
        risk_class = self._choice(row, "risk_class", asks.risk_classes)
        groups = self._groups(row)
        if identity is None or name is None or sex is None or birth_date is None:
            return row
        row.person = Person(
            *(identity.kind, identity.number, name, sex, birth_date, phone, bank_card, units),
            *(employment or "in_service", insurance, option, risk_class, groups),
        )
        self._fee(row, row.person)
        return row

    def _fee(self, row: Row, person: Person) -> None:
        if {"option", "risk_class"} & row.told_wrongly:
            return
        asked = person.units, person.option, person.risk_class
        try:
            if asked not in self.fees:
                self.fees[asked] = offering.fee(
                    self.wanted.document,
                    units=person.units,
                    option=person.option or None,
                    risk_class=person.risk_class or None,
                )
            row.fee_amount = self.fees[asked]
        except offering.NoSuchPrice as error:
            row.faults.append(fault("option", error.zh, error.en))

    def _name(self, row: Row) -> str | None:
        if "name" not in row.told:
            row.faults.append(_missing("name"))
            return None
        try:
            return read_name(row.told["name"])
        except NotAName as error:
            row.faults.append(fault("name", error.zh, error.en))
            return None

    def _identity(self, row: Row) -> Identity | None:
        if "identity_number" not in row.told:
            row.faults.append(_missing("identity_number"))
            return None
        word = said("identity_kind", row.told.get("identity_kind", "居民身份证"))
        kind = KINDS.get(word)
        if kind is None:
            row.faults.append(_unknown_word("identity_kind", KINDS))
            return None
        try:
            identity = read_identity(kind, row.told["identity_number"])
        except NotAnIdentity as error:
            row.faults.append(fault("identity_number", error.zh, error.en, error.offered))
            return None
        row.warnings.extend(fault("identity_number", one.zh, one.en) for one in identity.warnings)
        return identity

    def _sex_and_birth(self, row: Row, identity: Identity) -> tuple[str | None, datetime.date | None]:
        word = said("sex", row.told["sex"]) if "sex" in row.told else None
        sex: str | None = SEXES.get(word) if word is not None else None
        birth_date = _day(row.told["birth_date"]) if "birth_date" in row.told else None
        if word is not None and sex is None:
            row.faults.append(_unknown_word("sex", SEXES))
        elif sex is None and identity.sex is None:
            row.faults.append(_missing("sex"))
        elif sex is not None and identity.sex is not None and Sex(sex) != identity.sex:
            row.faults.append(
                fault(
                    "sex",
                    "性别应与证件号码一致；得到的不一致，请对照证件改正，或将该格留空",
                    "expected the sex that the number tells, found the other; compare it with the document or leave it empty",
                )
            )
        if "birth_date" in row.told and birth_date is None:
            row.faults.append(
                fault(
                    "birth_date",
                    "出生日期应如 1988-06-07；得到的不是日期，请改正",
                    "expected a birth date such as 1988-06-07, found no date; correct it",
                )
            )
        elif birth_date is None and identity.birth_date is None:
            row.faults.append(_missing("birth_date"))
        elif birth_date is not None and identity.birth_date is not None and birth_date != identity.birth_date:
            row.faults.append(
                fault(
                    "birth_date",
                    "出生日期应与证件号码一致；得到的不一致，请对照证件改正，或将该格留空",
                    "expected the birth date that the number tells, found another; compare it with the document or leave it "
                    "empty",
                )
            )
        born = identity.birth_date or birth_date
        if born is not None and not EARLIEST <= born <= self.wanted.on:
            row.faults.append(
                fault(
                    "identity_number" if identity.birth_date else "birth_date",
                    f"出生日期应在 {EARLIEST} 至 {self.wanted.on} 之间；得到的不在其内，请对照证件改正",
                    f"expected a birth date from {EARLIEST} to {self.wanted.on}, found another; compare it with the document",
                )
            )
            born = None
        return identity.sex.value if identity.sex is not None else sex, born

    def _units(self, row: Row) -> int:
        text = said("units", row.told.get("units", "1"))
        if text == "1":
            return 1
        found = re.fullmatch(r"([0-9]{1,4})(?:份)?", text, re.ASCII)
        if found is None or not 1 <= int(found[1]) <= self.most:
            row.faults.append(
                fault(
                    "units",
                    f"参加份数应为 1 至 {self.most} 的整数；得到的不是，请改正",
                    f"expected a whole number of units from 1 to {self.most}, found something else; correct it",
                )
            )
            return 1
        return int(found[1])

    def _word(self, row: Row, name: str, words: Mapping[str, str], *, asked: bool, usual: str | None) -> str | None:
        if name not in row.told:
            if usual is None and asked:
                row.faults.append(_missing(name))
            return usual
        word = said(name, row.told[name])
        if word not in words:
            if asked:
                row.faults.append(_unknown_word(name, words))
            return usual
        return words[word]

    def _choice(self, row: Row, name: str, words: Sequence[str]) -> str:
        """One of the plan's own words; the only one where there is one."""
        if not words:
            return ""
        word = said(name, row.told.get(name, words[0] if len(words) == 1 else ""))
        if word not in words:
            row.faults.append(_unknown_word(name, words) if word else _missing(name))
            return ""
        return word

    def _groups(self, row: Row) -> tuple[str, ...]:
        if "groups" not in row.told:
            return ()
        words = [word for word in re.split(r"[、,，;；\s]+", row.told.get("groups", "")) if word]
        if self.needs.groups and not set(words) <= set(self.needs.groups):
            row.faults.append(_unknown_word("groups", self.needs.groups))
        return tuple(word for word in words if word in self.needs.groups)


def _contact(row: Row, name: str) -> str | None:
    if name not in row.told:
        return None
    try:
        return read_phone(row.told[name]) if name == "phone" else read_bank_card(row.told[name])
    except NotAContact as error:
        row.faults.append(fault(name, error.zh, error.en))
        return None


def _day(text: str) -> datetime.date | None:
    """A day as people write it: 1988-06-07, 1988/6/7, 1988.6.7, 1988年6月7日, 19880607."""
    plain = said("birth_date", text)
    found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", plain, re.ASCII) or re.fullmatch(
        r"([0-9]{4})([0-9]{2})([0-9]{2})", plain, re.ASCII
    )
    if found is None:
        return None
    try:
        return datetime.date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _missing(name: str) -> Fault:
    zh = BY_FIELD[name].zh
    return fault(name, f"{zh}应填写；没有找到，请补全", f"expected {name.replace('_', ' ')}, found none; add it")


def _unknown_word(name: str, words: Iterable[str]) -> Fault:
    zh = BY_FIELD[name].zh
    listed = "、".join(words)
    return fault(
        name,
        f"{zh}应为{listed}之一；得到的不是，请从下拉框选择",
        f"expected one of {listed} as the {name.replace('_', ' ')}, found something else; choose from the list",
    )
