"""The office accepts a roster: members come in, covers wait for payment; and they begin when it is paid."""

from __future__ import annotations

import datetime
from collections import defaultdict

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record, record_keys
from mutualaid.core.collecting import collector_paused
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import Same, insert_columns, scattered
from mutualaid.core.moves import make, make_all
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.sizes import learn_size
from mutualaid.enrolment.actions.tenure import join_later
from mutualaid.enrolment.models import Cover, Enrolment, Way
from mutualaid.enrolment.roster.checking import Row
from mutualaid.enrolment.roster.known import Tell, Weighed, nobody
from mutualaid.enrolment.standing import checked_again, refuse_part
from mutualaid.enrolment.states import COVER, ENROLMENT, GROUP_COVER
from mutualaid.enrolment.windows import Continuing
from mutualaid.notices.actions import Letter, notify_all, notify_clerks
from mutualaid.people.actions.rosters import Checked, bring_in, employ, fill_contacts
from mutualaid.people.identity import Sex
from mutualaid.people.models import EmployerClerk, Member
from mutualaid.people.persons import Person as known_as  # noqa: N813 - enrolment has persons of its own
from mutualaid.people.queries import lock_members
from mutualaid.people.refusals import Refused
from mutualaid.plans.offering import most_units, terms
from mutualaid.plans.queries import document_of


class OwnRoster(Refused):
    """Nobody accepts the roster that they handed in."""


class Meanwhile(Refused):
    """Somebody else did the same for one of the persons in the same moment."""


class Overlapping(Refused):
    """The days that the payment gives meet another cover of the same person."""


@collector_paused()
@transaction.atomic
def accept_enrolment(
    *, enrolment: Enrolment, as_part: bool = False, by: Actor, at: datetime.datetime, tell: Tell = nobody
) -> Enrolment:
    """The office takes roster and headcount: whoever is new is registered, all work at the employer, and a cover of each waits
    for payment. ``as_part``: of its package. Raises IllegalMove, OwnRoster, RosterFaulty, Meanwhile, PartOfPackage."""
    refuse_part(enrolment=enrolment, as_part=as_part)
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
    weighed = checked_again(enrolment=moved, on=day_of(at), tell=tell)
    # Members may stand in other branches than that of whoever accepts: they are found by their numbers alone.
    with within([EVERYTHING]):
        try:
            with transaction.atomic():
                members = _members(moved, weighed, by, at, tell)
                there = [one.member for one in weighed.known.members.values()]
                count = _covers(moved, weighed.rows, members, there, by, at, tell)
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


def _members(
    enrolment: Enrolment, weighed: Weighed, by: Actor, at: datetime.datetime, tell: Tell
) -> dict[tuple[str, str], int]:
    """The key of each person's member, registered now if there is none; all work at the employer."""
    known = weighed.known.members
    persons = {row.person.key: row.person for row in weighed.rows if row.person is not None}
    new = [person for key, person in persons.items() if key not in known]
    came = [
        Checked(known_as(one.kind, one.number, one.name, Sex(one.sex), one.birth_date), one.phone, one.bank_card)
        for one in new
    ]
    total = len(came)
    made = bring_in(
        people=came,
        employer=enrolment.employer,
        told=lambda done: tell("登记会员", "registering members", done, total),
        by=by,
        at=at,
    )
    there = {key: known[key] for key in persons if key in known}
    employ(members=sorted(one.member for one in there.values()), employer=enrolment.employer, by=by, at=at)
    lacking = {
        one.member: persons[key]
        for key, one in there.items()
        if any(one.contacts[name] is None for name in one.told_contacts)
    }
    fill_contacts(
        members=[Member(pk=key) for key in lacking],
        phones={key: one.phone for key, one in lacking.items() if one.phone},
        bank_cards={key: one.bank_card for key, one in lacking.items() if one.bank_card},
        by=by,
        at=at,
    )
    return {key: one.member for key, one in there.items()} | {
        one.key: member for one, member in zip(new, made, strict=True)
    }


def _covers(
    enrolment: Enrolment,
    rows: list[Row],
    members: dict[tuple[str, str], int],
    there: list[int],
    by: Actor,
    at: datetime.datetime,
    tell: Tell,
) -> int:
    """``there``: keys of those who were members before."""
    version = enrolment.version
    ready = sorted(
        (
            (members[row.person.key], row.person, row.fee_amount, row.told.get("package_group", "")[:20])
            for row in rows
            if row.person is not None
        ),
        key=lambda one: scattered(one[0]),
    )
    if not ready:
        return 0
    # In one order everywhere: the database locks a member for each cover, and two rosters must not wait for each other. Whoever
    # was registered just now nobody else sees.
    lock_members(keys=there)
    learn_size(Member, len(ready))
    persons = [person for _, person, _, _ in ready]
    made = insert_columns(
        Cover,
        {
            "member_id": [member for member, _, _, _ in ready],
            "enrolment_id": Same(enrolment.pk),
            "employer_id": Same(enrolment.employer_id),
            "version_id": Same(version.pk),
            "plan": Same(version.plan),
            "family": Same(version.family),
            "units": [person.units for person in persons],
            "units_most": Same(most_units(document_of(version=version))),
            "option": [person.option for person in persons],
            "risk_class": [person.risk_class for person in persons],
            "employment": [person.employment for person in persons],
            "basic_insurance": [person.basic_insurance or "" for person in persons],
            "groups": [person.groups for person in persons],
            "from_on": Same(enrolment.from_on),
            "until_on": Same(enrolment.until_on),
            "joined_on": Same(enrolment.from_on),
            "consecutive_periods": Same(1),
            "fee_amount": [amount for _, _, amount, _ in ready],
            "package_group": [group for _, _, _, group in ready],
            "state": Same(COVER.first),
        },
        returning=["id"],
        told=lambda done: tell("登记保障", "registering covers", done, len(ready)),
    )
    details = {units: {"enrolment": enrolment.number, "units": units} for units in {one.units for one in persons}}
    return record_keys(
        what="register_cover",
        model=Cover,
        keys=[key for (key,) in made],
        detail=[details[person.units] for person in persons],
        by=by,
        at=at,
    )


@transaction.atomic
def begin_covers(
    *, enrolment: Enrolment, among: Q | None = None, paid_on: datetime.date, by: Actor, at: datetime.datetime
) -> int:
    """It is paid: its covers, or those ``among`` that are paid for, begin as the plan says, and what they continue is counted.
    Gives how many. Raises Refused, Overlapping."""
    locked = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version", "employer__unit")
        .get(pk=enrolment.pk)
    )
    if locked.state != "accepted":
        raise Refused(
            f"参保单应为已核准；现为“{ENROLMENT.names[locked.state][0]}”，其保障不能生效，请先核准",
            f"expected an accepted enrolment, found it {ENROLMENT.names[locked.state][1]}; accept it first",
        )
    term = terms(
        document_of(version=locked.version),
        on=day_of(locked.begun_at),
        paid_on=paid_on,
        option=locked.option or None,
        wanted_on=locked.wanted_on,
    )
    if term.depends_on_payment:
        locked.from_on, locked.until_on = term.from_on, term.until_on
        # Of members who pay one by one, the first says from when the enrolment is.
        if not Cover.objects.filter(enrolment=locked, state="begun").exists():
            locked.save(update_fields=["from_on", "until_on"])
    with within([EVERYTHING]):
        pending = Cover.objects.filter(among or Q(), enrolment=locked, state="pending")
        if locked.way == Way.GROUP:
            make(locked.group, GROUP_COVER, "begin_group", by=by, at=at, paid_on=str(paid_on))
        covers = _begun(locked, pending, paid_on, by, at)
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


def _begun(
    enrolment: Enrolment, pending: QuerySet[Cover], paid_on: datetime.date, by: Actor, at: datetime.datetime
) -> list[Cover]:
    """The covers, begun, with their days, and since when and how often they continue earlier ones. Raises Overlapping."""
    days = {"from_on": enrolment.from_on, "until_on": enrolment.until_on, "joined_on": enrolment.from_on}
    try:
        with transaction.atomic():
            # Days and state in one: a row is written once, and not again unless it goes on with an earlier cover.
            covers = make_all(pending, COVER, "begin_cover", by=by, at=at, also=days, paid_on=str(paid_on))
            for (joined_on, periods), keys in sorted(_continued(enrolment, covers).items()):
                Cover.objects.filter(pk__in=keys).update(joined_on=joined_on, consecutive_periods=periods)
    except IntegrityError as error:
        raise Overlapping(
            "缴费后的保障期内每人应不超过份数上限；有人已另行参保，请联系经办机构退款或更正",
            "expected nobody over the most units in the term that the payment gives, found somebody covered otherwise; ask the "
            "office to correct it or pay back",
        ) from error
    return covers


def _continued(enrolment: Enrolment, covers: list[Cover]) -> dict[tuple[datetime.date, int], list[int]]:
    """Keys of the covers that go on with earlier ones, by their first day and how many there are then."""
    before: dict[int, tuple[datetime.date, int]] = {}
    earlier = Cover.objects.filter(
        member__in=Cover.objects.filter(enrolment=enrolment).values("member"),
        family=enrolment.version.family,
        state="begun",
        until_on__gte=Continuing().since(
            version=enrolment.version, unit_path=enrolment.employer.unit.path, from_on=enrolment.from_on
        ),
        until_on__lte=enrolment.from_on,
    )
    for member, joined_on, periods in earlier.values_list("member_id", "joined_on", "consecutive_periods"):
        joined, most = before.get(member, (joined_on, 0))
        before[member] = min(joined, joined_on), max(most, periods)
    groups: dict[tuple[datetime.date, int], list[int]] = defaultdict(list)
    for cover in covers:
        if cover.member_id in before:
            joined_on, periods = before[cover.member_id]
            groups[joined_on, periods + 1].append(cover.pk)
    return groups
