"""The office accepts a roster: members come in, covers wait for payment; and they begin when it is paid."""

from __future__ import annotations

import datetime
from collections import defaultdict

from django.db import IntegrityError, transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record, record_all
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make, make_all
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.tenure import join_later
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.roster.checking import Person, Row
from mutualaid.enrolment.roster.known import index_of
from mutualaid.enrolment.standing import checked_again
from mutualaid.enrolment.states import COVER, ENROLMENT
from mutualaid.notices.actions import Letter, notify_all, notify_clerks
from mutualaid.people.actions.rosters import Newcomer, employ_members, fill_contacts, register_members
from mutualaid.people.identity import Sex
from mutualaid.people.models import EmployerClerk, Member
from mutualaid.people.queries import standing_for
from mutualaid.people.refusals import Refused
from mutualaid.plans.offering import continues_from, most_units, terms
from mutualaid.plans.queries import document_of

_AT_ONCE = 1000


class OwnRoster(Refused):
    """Nobody accepts the roster that they handed in."""


class Meanwhile(Refused):
    """Somebody else did the same for one of the persons in the same moment."""


class Overlapping(Refused):
    """The days that the payment gives meet another cover of the same person."""


@transaction.atomic
def accept_enrolment(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> Enrolment:
    """The office takes roster and headcount: whoever is new is registered, all work at the employer, and a cover of each waits
    for payment. Raises IllegalMove, OwnRoster, RosterFaulty, Meanwhile."""
    own = by.key.isdecimal() and EmployerClerk.objects.filter(
        employer=enrolment.employer_id, account=int(by.key), state="bound"
    )
    if by.kind in (ActorKind.CLERK, ActorKind.MEMBER, ActorKind.CLIENT) or (
        by.kind is ActorKind.STAFF and own and own.exists()
    ):
        raise OwnRoster(
            "参保单应由经办机构核准；得到本单位代办员，请交由经办人员核准",
            "expected the office to accept the enrolment, found the employer's own clerk; leave it to the office",
        )
    moved = make(enrolment, ENROLMENT, "accept_enrolment", by=by, at=at)
    rows = checked_again(enrolment=moved, on=day_of(at))
    # Members may stand in other branches than that of whoever accepts: they are found by their numbers alone.
    with within([EVERYTHING]):
        try:
            with transaction.atomic():
                members = _members(moved, rows, by, at)
                employ_members(
                    members=sorted(members.values(), key=lambda one: one.pk), employer=moved.employer, by=by, at=at
                )
                count = _covers(moved, rows, members, by, at)
        except IntegrityError as error:
            raise Meanwhile(
                "核准时名单中的人员应未被他人同时办理；有人刚被登记或参保，请重新核准",
                "expected nobody of the roster to be registered or covered in the same moment, found one; accept it again",
            ) from error
    moved.accepted_at = at
    moved.save(update_fields=["accepted_at"])
    record(what="register_covers", row=moved, by=by, at=at, covers=count)
    notify_clerks(
        employer=moved.employer,
        template="enrolment_accepted",
        words={"number": moved.number, "plan": moved.version.name_zh, "people": count},
        link=f"/employers/enrolments/{moved.number}",
        by=by,
        at=at,
    )
    return moved


def _persons(rows: list[Row]) -> list[Person]:
    return [row.person for row in rows if row.person is not None]


def _members(enrolment: Enrolment, rows: list[Row], by: Actor, at: datetime.datetime) -> dict[tuple[str, str], Member]:
    """Each person's member, registered now if there is none."""
    persons = {index_of(person): person for person in _persons(rows)}
    bearers = [
        one
        for one in Member.objects.filter(identity_index__in=list(persons)).defer("phone", "bank_card")
        if one.identity_kind == persons[str(one.identity_index)].kind.value
    ]
    stands = standing_for(members=bearers)
    found = {persons[str(one.identity_index)].key: stands[one.pk] for one in bearers}
    new = [person for person in persons.values() if person.key not in found]
    newcomers = [
        Newcomer(one.kind, one.number, one.name, Sex(one.sex), one.birth_date, one.phone, one.bank_card) for one in new
    ]
    made = register_members(newcomers=newcomers, employer=enrolment.employer, by=by, at=at)
    told = {found[one.key].pk: one for one in persons.values() if one.key in found}
    fill_contacts(
        members=list(found.values()),
        phones={pk: one.phone for pk, one in told.items() if one.phone},
        bank_cards={pk: one.bank_card for pk, one in told.items() if one.bank_card},
        by=by,
        at=at,
    )
    return found | {person.key: member for person, member in zip(new, made, strict=True)}


def _covers(
    enrolment: Enrolment, rows: list[Row], members: dict[tuple[str, str], Member], by: Actor, at: datetime.datetime
) -> int:
    version = enrolment.version
    most = most_units(document_of(version=version))
    covers = [
        Cover(
            member=members[row.person.key],
            enrolment=enrolment,
            employer=enrolment.employer,
            version=version,
            plan=version.plan,
            family=version.family,
            units=row.person.units,
            units_most=most,
            option=row.person.option,
            risk_class=row.person.risk_class,
            employment=row.person.employment,
            basic_insurance=row.person.basic_insurance or "",
            groups=list(row.person.groups),
            from_on=enrolment.from_on,
            until_on=enrolment.until_on,
            joined_on=enrolment.from_on,
            fee_amount=row.fee_amount,
        )
        for row in rows
        if row.person is not None
    ]
    # In one order everywhere: the database locks a member for each cover, and two rosters must not wait for each other.
    covers.sort(key=lambda cover: cover.member_id)
    made = Cover.objects.bulk_create(covers, batch_size=_AT_ONCE)
    told = ((cover, {"enrolment": enrolment.number, "units": cover.units}) for cover in made)
    return record_all(what="register_cover", rows=told, by=by, at=at)


@transaction.atomic
def begin_covers(*, enrolment: Enrolment, paid_on: datetime.date, by: Actor, at: datetime.datetime) -> int:
    """It is paid: its covers begin as the plan says, and what they continue is counted. Gives how many. Raises Refused,
    Overlapping."""
    locked = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",)).select_related("version").get(pk=enrolment.pk)
    )
    if locked.state != "accepted":
        raise Refused(
            f"参保单应为已核准；现为“{ENROLMENT.names[locked.state][0]}”，其保障不能生效，请先核准",
            f"expected an accepted enrolment, found it {ENROLMENT.names[locked.state][1]}; accept it first",
        )
    term = terms(document_of(version=locked.version), on=day_of(locked.begun_at), paid_on=paid_on)
    if term.depends_on_payment:
        locked.from_on, locked.until_on = term.from_on, term.until_on
        locked.save(update_fields=["from_on", "until_on"])
    with within([EVERYTHING]):
        pending = Cover.objects.filter(enrolment=locked, state="pending")
        covers = make_all(pending, COVER, "begin_cover", by=by, at=at, paid_on=str(paid_on))
        _date(locked, covers)
        join_later(enrolment=locked, by=by, at=at)
        _tell_members(locked, covers, by, at)
    return len(covers)


def _tell_members(enrolment: Enrolment, covers: list[Cover], by: Actor, at: datetime.datetime) -> None:
    """Those who have an account."""
    words = {
        "plan": enrolment.version.name_zh,
        "from_on": enrolment.from_on,
        "to_on": enrolment.until_on - datetime.timedelta(days=1),
    }
    numbers = {cover.member_id: cover.number for cover in covers}
    members = (
        Member.objects.filter(pk__in=list(numbers), account__is_active=True).select_related("account").only("account")
    )
    letters = [Letter(one.account, words, f"/members/covers/{numbers[one.pk]}") for one in members if one.account]
    notify_all(letters=letters, portal="member", template="cover_begun", by=by, at=at)


def _date(enrolment: Enrolment, covers: list[Cover]) -> None:
    """Write the days of covers, and since when and how often they continue earlier ones. Raises Overlapping."""
    before: dict[int, tuple[datetime.date, int]] = {}
    earlier = Cover.objects.filter(
        member__in=[cover.member_id for cover in covers],
        family=enrolment.version.family,
        state="begun",
        until_on__gte=continues_from(document_of(version=enrolment.version), from_on=enrolment.from_on),
        until_on__lte=enrolment.from_on,
    )
    for member, joined_on, periods in earlier.values_list("member_id", "joined_on", "consecutive_periods"):
        joined, most = before.get(member, (joined_on, 0))
        before[member] = min(joined, joined_on), max(most, periods)
    groups: dict[tuple[datetime.date, int], list[int]] = defaultdict(list)
    for cover in covers:
        joined_on, periods = before.get(cover.member_id, (enrolment.from_on, 0))
        groups[joined_on, periods + 1].append(cover.pk)
    try:
        with transaction.atomic():
            for (joined_on, periods), keys in sorted(groups.items()):
                Cover.objects.filter(pk__in=keys).update(
                    from_on=enrolment.from_on,
                    until_on=enrolment.until_on,
                    joined_on=joined_on,
                    consecutive_periods=periods,
                )
    except IntegrityError as error:
        raise Overlapping(
            "缴费后的保障期内每人应不超过份数上限；有人已另行参保，请联系经办机构退款或更正",
            "expected nobody over the most units in the term that the payment gives, found somebody covered otherwise; ask the "
            "office to correct it or pay back",
        ) from error
