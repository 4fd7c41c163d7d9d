"""What the database knows of the persons of a roster, asked for all of them at once by blind indexes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet

from mutualaid.core.collecting import collector_paused
from mutualaid.core.encryption import blind_index, blind_indexes
from mutualaid.core.inserting import array_text
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow
from mutualaid.enrolment.roster.checking import Known, KnownMember, Person, Row, Wanted, read_lines, weigh
from mutualaid.enrolment.roster.reading import Line
from mutualaid.enrolment.windows import Continuing
from mutualaid.people.models import Employment, Member
from mutualaid.people.queries import on_day, standing_for
from mutualaid.plans.document import Document
from mutualaid.plans.queries import document_of, parts_of

_AT_ONCE = 10_000
_TOLD_EACH = 2000
"""Rows after which it is told how far it is."""
CONTACTS = ("phone", "bank_card")
Key = TypeVar("Key")
Row_ = TypeVar("Row_", bound=Model)
Tell = Callable[[str, str, int, int | None], None]
"""Who is told how far long work is: what is being done (zh, en), how many rows of it, of how many
(``core.work.Running.tell``)."""


def nobody(_zh: str, _en: str, _done: int, _total: int | None = None) -> None:
    """Nothing is told."""


def index_of(person: Person) -> str:
    """What the blind index of members' numbers holds for a person."""
    return blind_index(Member, "identity_index", person.number)


@dataclass(frozen=True)
class Weighed:
    """Rows with all their faults, the blind index of each row that has a person, by its place, and what is known of them."""

    rows: list[Row]
    indexes: dict[int, str]
    known: Known


def checked(
    *, lines: Iterable[Line], enrolment: Enrolment, on: datetime.date, besides_taken: bool = True
) -> tuple[list[Row], dict[int, str]]:
    """Rows with all their faults, and the blind index of each row that has a person, by its place. ``besides_taken``: who is in
    the enrolment already must not come again."""
    found = weighed(lines=lines, enrolment=enrolment, on=on, besides_taken=besides_taken)
    return found.rows, found.indexes


@collector_paused()
def weighed(
    *,
    lines: Iterable[Line],
    enrolment: Enrolment,
    on: datetime.date,
    besides_taken: bool = True,
    tell: Tell = nobody,
    total: int | None = None,
) -> Weighed:
    """The same, with what is known; how far it is, of ``total`` rows, is told on the way."""
    document = document_of(version=enrolment.version)
    parts = [document_of(version=part) for part in parts_of(version=enrolment.version)]
    wanted = Wanted(document, enrolment.employer_id, enrolment.from_on, on, parts)
    rows: list[Row] = []
    rest = iter(lines)
    while some := read_lines(islice(rest, _TOLD_EACH), wanted):
        rows += some
        tell("核对各行", "checking rows", len(rows), total)
    with_person = [(place, row.person) for place, row in enumerate(rows) if row.person is not None]
    hashed = blind_indexes(Member, "identity_index", [person.number for _, person in with_person])
    indexes = {place: str(index) for (place, _), index in zip(with_person, hashed, strict=True)}
    persons = {str(index): person for (_, person), index in zip(with_person, hashed, strict=True)}
    # A person is known to the union wherever they work: the clerk's own branch would hide just whom the checks are for.
    with within([EVERYTHING]):
        known = _known(persons, enrolment, document, on, besides_taken)
    tell("核对登记和保障", "checking the register and covers", len(rows), total)
    return Weighed(weigh(rows, wanted, known), indexes, known)


class _Bearer(NamedTuple):
    """Who bears a number in the register: themselves, or the one into whom they were merged."""

    member: int
    name: str
    sex: str
    birth_date: datetime.date
    phone: str | None
    bank_card: str | None


def _known(
    persons: dict[str, Person], enrolment: Enrolment, document: Document, on: datetime.date, besides_taken: bool
) -> Known:
    bearers = _bearers(persons)
    found = list({one.member for one in bearers.values()})
    path = enrolment.employer.unit.path
    since = Continuing().since(version=enrolment.version, unit_path=path, from_on=enrolment.from_on)
    work, covers = _work_of(found, on), _covers_of(found, enrolment, document, since)
    excluded = set(document.excludes.plans) if document.excludes else set()
    contacts = {
        name: blind_indexes(Member, f"{name}_index", [getattr(persons[index], name) for index in bearers])
        for name in CONTACTS
    }
    members = {}
    for place, (index, member) in enumerate(bearers.items()):
        held = covers.get(member.member, ())
        same = [cover for cover in held if cover.family == enrolment.version.family]
        members[persons[index].key] = KnownMember(
            member.member,
            member.name,
            member.sex,
            member.birth_date,
            work.get(member.member),
            held=sum(cover.units for cover in same if cover.until_on > enrolment.from_on),
            excluding=any(
                {cover.plan, cover.family} & excluded and cover.until_on > enrolment.from_on for cover in held
            ),
            renewing=any(since <= cover.until_on <= enrolment.from_on for cover in same),
            contacts={name: getattr(member, name) for name in CONTACTS},
            told_contacts={name: told for name in CONTACTS if (told := contacts[name][place]) is not None},
        )
    taken = _taken(enrolment, persons, members) if besides_taken else frozenset()
    return Known(members, taken)


def _bearers(persons: dict[str, Person]) -> dict[str, _Bearer]:
    """Those of the persons, by the blind index of their number, whom the register knows. Asked for kind by kind: the index that
    finds them begins with the kind."""
    kinds: dict[str, list[str]] = {}
    for index, person in persons.items():
        kinds.setdefault(person.kind.value, []).append(index)
    found: dict[str, _Bearer] = {}
    doubles: list[int] = []
    columns = ("id", "name", "sex", "birth_date", *(f"{name}_index" for name in CONTACTS))
    for kind, indexes in kinds.items():
        for some in _parts(indexes):
            members = Member.objects.filter(identity_kind=kind).extra(
                where=["identity_index = ANY (%s::text[])"], params=[array_text(some)]
            )
            for index, merged_into, *rest in members.values_list("identity_index", "merged_into", *columns):
                found[index] = _Bearer(*rest)
                if merged_into is not None:
                    doubles.append(rest[0])
    if doubles:
        stands = standing_for(members=Member.objects.filter(pk__in=doubles))
        for index, one in found.items():
            if one.member in stands:
                kept = stands[one.member]
                found[index] = _Bearer(
                    *(kept.pk, kept.name, kept.sex, kept.birth_date, kept.phone_index, kept.bank_card_index)
                )
    return found


def _taken(
    enrolment: Enrolment, persons: dict[str, Person], members: dict[tuple[str, str], KnownMember]
) -> frozenset[tuple[str, str]]:
    """Whoever is in the enrolment already, by whichever of their numbers."""
    rows = RosterRow.objects.filter(enrolment=enrolment, taken=True)
    there = set(rows.values_list("identity_index", flat=True))
    found = {persons[index].key for index in there if index in persons}
    for some in _parts([one.member for one in members.values()]):
        doubles = list(Member.objects.filter(merged_into__in=some).select_related("merged_into"))
        by_another = {
            kept.pk
            for one in doubles
            if (kept := one.merged_into) and there & {str(one.identity_index), str(kept.identity_index)}
        }
        found |= {key for key, one in members.items() if one.member in by_another}
    return frozenset(found)


def _of_members(rows: QuerySet[Row_], members: Sequence[int]) -> QuerySet[Row_]:
    """Rows of some members."""
    return rows.extra(where=["member_id = ANY (%s::bigint[])"], params=[array_text(members)])


def _work_of(members: list[int], on: datetime.date) -> dict[int, int]:
    return {
        member: employer
        for some in _parts(members)
        for member, employer in _of_members(Employment.objects.filter(on_day(on)), some).values_list(
            "member_id", "employer_id"
        )
    }


class _Held(NamedTuple):
    """Cover that a member has."""

    plan: str
    family: str
    units: int
    until_on: datetime.date


def _covers_of(
    members: list[int], enrolment: Enrolment, document: Document, since: datetime.date
) -> dict[int, list[_Held]]:
    """Covers that share a day with the term, or that it goes on with: those that lasted until ``since``. Of the family, and of
    plans that exclude each other."""
    wanted = Q(family=enrolment.version.family)
    if document.excludes:
        wanted |= Q(plan__in=document.excludes.plans) | Q(family__in=document.excludes.plans)
    within_term = Cover.objects.filter(wanted, from_on__lt=enrolment.until_on, until_on__gte=since)
    standing = within_term.exclude(state="cancelled").exclude(state="pending", until_on__lte=enrolment.from_on)
    found: dict[int, list[_Held]] = {}
    for some in _parts(members):
        covers = _of_members(standing, some).values_list("member_id", "plan", "family", "units", "until_on")
        for member, plan, family, units, until_on in covers:
            found.setdefault(member, []).append(_Held(plan, family, units, until_on))
    return found


def _parts(keys: Sequence[Key]) -> Iterator[list[Key]]:
    rest = iter(keys)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
