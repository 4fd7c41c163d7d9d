"""What the database knows of the persons of a roster, asked for all of them at once by blind indexes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db.models import Q

from mutualaid.core.encryption import blind_index
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow
from mutualaid.enrolment.roster.checking import Known, KnownMember, Person, Row, Wanted, read_lines, weigh
from mutualaid.enrolment.roster.reading import Line
from mutualaid.people.models import Employment, Member
from mutualaid.people.queries import on_day, standing_for
from mutualaid.plans.document import Document
from mutualaid.plans.offering import continues_from
from mutualaid.plans.queries import document_of, parts_of

_AT_ONCE = 2000
CONTACTS = ("phone", "bank_card")
Key = TypeVar("Key")


def index_of(person: Person) -> str:
    """What the blind index of members' numbers holds for a person."""
    return blind_index(Member, "identity_index", person.number)


def checked(
    *, lines: Iterable[Line], enrolment: Enrolment, on: datetime.date, besides_taken: bool = True
) -> tuple[list[Row], dict[int, str]]:
    """Rows with all their faults, and the blind index of each row that has a person, by its place. ``besides_taken``: who is in
    the enrolment already must not come again."""
    document = document_of(version=enrolment.version)
    parts = [document_of(version=part) for part in parts_of(version=enrolment.version)]
    wanted = Wanted(document, enrolment.employer_id, enrolment.from_on, on, parts)
    rows = read_lines(lines, wanted)
    indexes = {place: index_of(row.person) for place, row in enumerate(rows) if row.person is not None}
    persons = {indexes[place]: row.person for place, row in enumerate(rows) if row.person is not None}
    # A person is known to the union wherever they work: the clerk's own branch would hide just whom the checks are for.
    with within([EVERYTHING]):
        known = _known(persons, enrolment, document, on, besides_taken)
    return weigh(rows, wanted, known), indexes


def _known(
    persons: dict[str, Person], enrolment: Enrolment, document: Document, on: datetime.date, besides_taken: bool
) -> Known:
    bearers: dict[int, Member] = {}
    for some in _parts(list(persons)):
        columns = (
            *("id", "identity_kind", "identity_index", "name", "sex", "birth_date", "merged_into"),
            *(f"{name}_index" for name in CONTACTS),
        )
        for member in Member.objects.filter(identity_index__in=some).only(*columns):
            if member.identity_kind == persons[str(member.identity_index)].kind.value:
                bearers[member.pk] = member
    # By the number of a double, the member into whom it was merged.
    stands = standing_for(members=bearers.values())
    found = {member.pk: member for member in stands.values()}
    since = continues_from(document, from_on=enrolment.from_on)
    work, covers = _work_of(list(found), on), _covers_of(list(found), enrolment, document, since)
    excluded = set(document.excludes.plans) if document.excludes else set()
    members = {}
    for bearer in bearers.values():
        member = stands[bearer.pk]
        pk = member.pk
        same = [cover for cover in covers.get(pk, ()) if cover.family == enrolment.version.family]
        person = persons[str(bearer.identity_index)]
        members[person.key] = KnownMember(
            pk,
            member.name,
            member.sex,
            member.birth_date,
            work.get(pk),
            held=sum(cover.units for cover in same if cover.until_on > enrolment.from_on),
            excluding=any(
                {cover.plan, cover.family} & excluded and cover.until_on > enrolment.from_on
                for cover in covers.get(pk, ())
            ),
            renewing=any(since <= cover.until_on <= enrolment.from_on for cover in same),
            contacts={name: getattr(member, f"{name}_index") for name in CONTACTS},
            told_contacts={
                name: blind_index(Member, f"{name}_index", told)
                for name in CONTACTS
                if (told := getattr(person, name)) is not None
            },
        )
    taken = _taken(enrolment, persons, members) if besides_taken else frozenset()
    return Known(members, taken)


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


def _work_of(members: list[int], on: datetime.date) -> dict[int, int]:
    return {
        member: employer
        for some in _parts(members)
        for member, employer in Employment.objects.filter(on_day(on), member__in=some).values_list(
            "member_id", "employer_id"
        )
    }


def _covers_of(
    members: list[int], enrolment: Enrolment, document: Document, since: datetime.date
) -> dict[int, list[Cover]]:
    """Covers that share a day with the term, or that it goes on with: those that lasted until ``since``. Of the family, and of
    plans that exclude each other."""
    wanted = Q(family=enrolment.version.family)
    if document.excludes:
        wanted |= Q(plan__in=document.excludes.plans) | Q(family__in=document.excludes.plans)
    found: dict[int, list[Cover]] = {}
    for some in _parts(members):
        covers = Cover.objects.filter(
            wanted, member__in=some, from_on__lt=enrolment.until_on, until_on__gte=since
        ).exclude(state="cancelled")
        for cover in covers.exclude(state="pending", until_on__lte=enrolment.from_on):
            found.setdefault(cover.member_id, []).append(cover)
    return found


def _parts(keys: Sequence[Key]) -> Iterator[list[Key]]:
    rest = iter(keys)
    while part := list(islice(rest, _AT_ONCE)):
        yield part
