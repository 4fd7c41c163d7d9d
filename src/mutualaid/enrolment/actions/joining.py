"""Persons are covered without a roster: one by one on the phone, or thousands a call from a platform. They are checked as rows of
a roster are; what is good is registered and covered, and every row is answered."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert_all
from mutualaid.core.moves import begin
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.accepting import Meanwhile
from mutualaid.enrolment.joining import AHEAD, NotThatDay, joiner_line, term_to_join
from mutualaid.enrolment.models import Cover, Enrolment, JoiningPage, Way
from mutualaid.enrolment.queries import free_to_come
from mutualaid.enrolment.roster.checking import Fault, Row
from mutualaid.enrolment.roster.known import checked, index_of
from mutualaid.enrolment.roster.reading import Line
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.notices.actions.webhooks import announce
from mutualaid.people.actions.rosters import Newcomer, employ_members, fill_contacts, register_members
from mutualaid.people.identity import Sex
from mutualaid.people.models import Employer, Employment, Member
from mutualaid.people.queries import standing_for
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import most_units
from mutualaid.plans.queries import document_of

_PERSONAL = {"name", "birth_date", "sex"}
Outcome = Literal["covered", "already", "faulty"]


@dataclass(frozen=True)
class Answered:
    """What became of one row. ``cover``: the number of the cover, new or there already; ``faults`` as those of a roster."""

    outcome: Outcome
    cover: str = ""
    member: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Covered:
    """What became of all. ``enrolment`` is None where nobody is newly covered; ``covers`` wait for payment, or for
    ``begin_covers`` where nobody pays."""

    enrolment: Enrolment | None
    answers: tuple[Answered, ...]
    covers: tuple[Cover, ...]
    fee_amount: Decimal


@transaction.atomic
def cover_persons(
    *,
    employer: Employer,
    version: PlanVersion,
    told: Sequence[Mapping[str, str]],
    works: Sequence[str] = (),
    way: Way,
    option: str = "",
    wanted_on: datetime.date | None = None,
    page: JoiningPage | None = None,
    together: bool = True,
    into: Enrolment | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Covered:
    """Persons, told by the fields of a roster (``works``: what each does), are covered by a plan from the first day that it
    allows, or from ``wanted_on``. Who is covered then already is told so, and whoever breaks a rule; the others are registered
    and employed here, and have a cover that waits for payment. ``together``: joined to the enrolment of the same day, page and
    option, where there is one; ``into``: to this one, if its first day is the same.

    Raises NotOffered, WindowClosed, NotThatDay, Meanwhile.
    """
    on = day_of(at)
    term = term_to_join(version=version, employer=employer, option=option, wanted_on=wanted_on, on=on)
    # Two calls at once must not both find that somebody is not covered yet: the employer's row is the lock.
    Employer.objects.select_for_update(no_key=True, of=("self",)).get(pk=employer.pk)
    draft = Enrolment(
        employer=employer, version=version, from_on=term.from_on, until_on=term.until_on, headcount=1, way=way,
        option=option, wanted_on=wanted_on, joining_page=page, begun_at=at, submitted_at=at, accepted_at=at,
    )  # fmt: skip
    lines = [Line(place + 1, joiner_line(told=one, option=option)) for place, one in enumerate(told)]
    rows, indexes = checked(lines=lines, enrolment=draft, on=on, besides_taken=False)
    with within([EVERYTHING]):
        there = _there(draft, rows, indexes)
        good = [row for row in rows if row.person is not None and not row.faults]
        if not good:
            return Covered(None, tuple(_answer(row, there.get(row.line)) for row in rows), (), Decimal("0.00"))
        try:
            with transaction.atomic():
                enrolment = _enrolment(draft, len(good), together, into, by, at)
                members = _members(good, employer, by, at)
                does = dict(enumerate(works, 1))
                covers = _covers(enrolment, good, members, does, by, at)
        except IntegrityError as error:
            raise Meanwhile(
                "办理时各人应未被他人同时办理；有人刚被登记或参保，请再提交一次",
                "expected nobody to be registered or covered in the same moment, found one; send it again",
            ) from error
    made = {row.line: cover for row, cover in zip(good, covers, strict=True)}
    answers = []
    for row in rows:
        cover = made.get(row.line)
        answers.append(
            _answer(row, there.get(row.line))
            if cover is None
            else Answered("covered", cover.number, cover.member.number)
        )
    return Covered(enrolment, tuple(answers), tuple(covers), sum((one.fee_amount for one in covers), Decimal("0.00")))


def _there(draft: Enrolment, rows: Sequence[Row], indexes: Mapping[int, str]) -> dict[int, Cover]:
    """Covers that people have already in the family on days of the term, by the line of their row. Only of persons whose name is
    told as it is registered: nobody learns of a cover by a number alone."""
    asked = {
        indexes[place]: row.line
        for place, row in enumerate(rows)
        if row.faults and place in indexes and not _PERSONAL & row.told_wrongly
    }
    found = Cover.objects.filter(
        Q(member__identity_index__in=list(asked)),
        family=draft.version.family,
        from_on__lt=draft.until_on,
        until_on__gt=draft.from_on,
    )
    covers = found.exclude(state="cancelled").select_related("member").order_by("-from_on")
    return {asked[str(cover.member.identity_index)]: cover for cover in covers}


def _answer(row: Row, cover: Cover | None) -> Answered:
    if cover is not None:
        return Answered("already", cover.number, cover.member.number)
    return Answered("faulty", faults=tuple(row.faults))


def _enrolment(
    draft: Enrolment, persons: int, together: bool, into: Enrolment | None, by: Actor, at: datetime.datetime
) -> Enrolment:
    """That of the same day, page and option, or a new one."""
    draft.headcount = persons
    if into is not None and into.from_on == draft.from_on and into.state == "accepted":
        Enrolment.objects.filter(pk=into.pk).update(headcount=F("headcount") + persons)
        return into
    if together and draft.joining_page is not None:
        same = Enrolment.objects.filter(
            joining_page=draft.joining_page, option=draft.option, from_on=draft.from_on, state="accepted",
            wanted_on=draft.wanted_on, accepted_at__gte=_midnight(at),
        )  # fmt: skip
        found = same.select_for_update(no_key=True, of=("self",)).order_by("id").first()
        if found is not None:
            Enrolment.objects.filter(pk=found.pk).update(headcount=F("headcount") + persons)
            return found
    return begin(draft, ENROLMENT, "join_enrolment", by=by, at=at, employer=draft.employer_id, persons=persons)


def _midnight(at: datetime.datetime) -> datetime.datetime:
    """When the day of a moment began here."""
    return datetime.datetime.combine(day_of(at), datetime.time.min, timezone.get_current_timezone())


def _members(rows: Sequence[Row], employer: Employer, by: Actor, at: datetime.datetime) -> list[Member]:
    """Each row's member, registered now if there is none. Who works nowhere, or at another union of gig workers, works here from
    today on; whoever has an employer of their own stays there."""
    persons = [row.person for row in rows if row.person is not None]
    keys = {index_of(one): one for one in persons}
    bearers = [
        one
        for one in Member.objects.filter(identity_index__in=list(keys)).defer("bank_card")
        if one.identity_kind == keys[str(one.identity_index)].kind.value
    ]
    stands = standing_for(members=bearers)
    known = {keys[str(one.identity_index)].key: stands[one.pk] for one in bearers}
    new = [one for one in persons if one.key not in known]
    newcomers = [Newcomer(one.kind, one.number, one.name, Sex(one.sex), one.birth_date, one.phone) for one in new]
    made = register_members(newcomers=newcomers, employer=employer, by=by, at=at) if new else []
    phones = {known[one.key].pk: one.phone for one in persons if one.key in known and one.phone}
    if phones:
        fill_contacts(members=list(known.values()), phones=phones, bank_cards={}, by=by, at=at)
    known |= {one.key: member for one, member in zip(new, made, strict=True)}
    members = [known[one.key] for one in persons]
    free = free_to_come(members=members, employer=employer, on=day_of(at))
    employ_members(members=sorted(free, key=lambda one: one.pk), employer=employer, by=by, at=at)
    return members


def _covers(
    enrolment: Enrolment,
    rows: Sequence[Row],
    members: Sequence[Member],
    works: Mapping[int, str],
    by: Actor,
    at: datetime.datetime,
) -> list[Cover]:
    version = enrolment.version
    most = most_units(document_of(version=version))
    covers = [
        Cover(
            member=member, enrolment=enrolment, employer=enrolment.employer, version=version, plan=version.plan,
            family=version.family, units=row.person.units, units_most=most, option=row.person.option,
            risk_class=row.person.risk_class, employment=row.person.employment,
            basic_insurance=row.person.basic_insurance or "", groups=list(row.person.groups),
            from_on=enrolment.from_on, until_on=enrolment.until_on, joined_on=enrolment.from_on,
            fee_amount=row.fee_amount, work=works.get(row.line, ""),
        )
        for row, member in zip(rows, members, strict=True)
        if row.person is not None
    ]  # fmt: skip
    # In one order everywhere: the database locks a member for each cover.
    insert_all(sorted(covers, key=lambda one: one.member_id))
    told = ((cover, {"enrolment": enrolment.pk, "units": cover.units}) for cover in covers)
    record_all(what="register_cover", rows=told, by=by, at=at)
    return covers


@transaction.atomic
def move_worker(
    *, employment: Employment, to: Employer, from_on: datetime.date, by: Actor, at: datetime.datetime
) -> Employment:
    """A gig worker goes to another city: from a day on the union there is theirs. Covers go on to their end, unbroken. Raises
    NotThatDay, NothingToMove."""
    on = day_of(at)
    with within([EVERYTHING]):  # a member sees no union's rows; whether they may move was asked before
        locked = Employment.objects.select_for_update(no_key=True, of=("self",)).get(pk=employment.pk)
        if locked.employer_id == to.pk or locked.until_on is not None:
            raise NothingToMove(
                "会员应在另一工会且尚未转出；已在该工会或已办转出，请核对",
                "expected somebody who is with another union still, found them there or leaving; check it",
            )
        if not max(on, locked.from_on + datetime.timedelta(days=1)) <= from_on <= on + AHEAD:
            raise NotThatDay(
                f"转入日应在 {on} 至 {on + AHEAD} 之间，且晚于转入原工会之日 {locked.from_on}；得到 {from_on}，请改正",
                f"expected a day from {on} to {on + AHEAD}, after {locked.from_on} on which they came; found {from_on}",
            )
        locked.until_on = from_on
        locked.save(update_fields=["until_on"])
        record(what="end_employment", row=locked, by=by, at=at, until_on=str(from_on))
        made = Employment.objects.create(member_id=locked.member_id, employer=to, from_on=from_on)
        record(what="begin_employment", row=made, by=by, at=at, employer=to.pk, from_on=str(from_on))
        moved = Employment.objects.select_related("member", "employer__unit").get(pk=locked.pk)
        facts = {"from": moved.employer.unit.code, "to": to.unit.code, "from_on": str(from_on)}
        for path in {moved.unit_path, to.unit.path}:
            announce(event="member.moved", unit_path=path, subject=moved.member.number, facts=facts, by=by, at=at)
    return made


class NothingToMove(Refused):
    """The person is there already."""
