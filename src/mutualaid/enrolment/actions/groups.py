"""Cover without names: a station covers so many places; who held one is named only when something has happened, and looked at by
a second person."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.models import StoredFile
from mutualaid.core.moves import IllegalMove, begin, make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.joining import joiner_line, term_to_join
from mutualaid.enrolment.models import Cover, Enrolment, GroupCover, GroupPlace, Way, Work
from mutualaid.enrolment.queries import free_to_come
from mutualaid.enrolment.roster.checking import Fault, Wanted, read_lines
from mutualaid.enrolment.roster.reading import Line
from mutualaid.enrolment.states import COVER, ENROLMENT, GROUP_COVER, GROUP_PLACE
from mutualaid.people.actions.rosters import Newcomer, employ_members, register_members
from mutualaid.people.identity import Sex
from mutualaid.people.models import Employer, Member
from mutualaid.people.names import search_key
from mutualaid.people.queries import member_by_identity
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import fee, most_units, why_not_eligible
from mutualaid.plans.queries import document_of

PLACES_MOST = 10_000


class WrongPlaces(Refused):
    """So many places there cannot be, or not for so many on duty."""


class NotInTerm(Refused):
    """The day is none of the group's term, or has not come."""


class NoPlaceLeft(Refused):
    """All places of the group were confirmed to somebody."""


class NamedAlready(Refused):
    """The person was named for this group, or is covered by name."""


class NobodyElse(Refused):
    """Who named somebody does not confirm it."""


class PersonFaulty(Refused):
    """Who is named cannot be covered; ``faults`` by field."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("；".join(one["zh"] for one in faults), "; ".join(one["en"] for one in faults))


@transaction.atomic
def cover_group(
    *,
    employer: Employer,
    version: PlanVersion,
    places: int,
    option: str = "",
    wanted_on: datetime.date | None = None,
    by: Actor,
    at: datetime.datetime,
) -> GroupCover:
    """A station takes so many places of a plan for a term; they wait for payment, or for ``begin_covers`` where nobody pays.
    Raises NotOffered, WindowClosed, NotThatDay, NoSuchPrice, WrongPlaces."""
    if not 1 <= places <= PLACES_MOST:
        raise WrongPlaces(
            f"名额应为 1 到 {PLACES_MOST}；得到 {places}，请改正",
            f"expected 1 to {PLACES_MOST} places, found {places}; correct it",
        )
    term = term_to_join(version=version, employer=employer, option=option, wanted_on=wanted_on, on=day_of(at))
    each = fee(document_of(version=version), units=1, option=option or None)
    draft = Enrolment(
        employer=employer,
        version=version,
        from_on=term.from_on,
        until_on=term.until_on,
        headcount=places,
        way=Way.GROUP,
        option=option,
        wanted_on=wanted_on,
        begun_at=at,
        submitted_at=at,
        accepted_at=at,
    )
    enrolment = begin(draft, ENROLMENT, "join_enrolment", by=by, at=at, employer=employer.pk, places=places)
    group = GroupCover.objects.create(enrolment=enrolment, places=places, fee_amount=each * places)
    group.refresh_from_db(fields=["number"])
    record(what="cover_group", row=group, by=by, at=at, places=places)
    return group


def _held(group: GroupCover) -> GroupCover:
    """The group under its lock. Raises NotInTerm for one that has not begun."""
    found = (
        GroupCover.objects.select_for_update(no_key=True, of=("self",))
        .select_related("enrolment__version", "enrolment__employer__unit")
        .get(pk=group.pk)
    )
    if found.state != "begun":
        raise NotInTerm(
            f"集体保障应已生效；现为“{GROUP_COVER.names[found.state][0]}”，请先缴费",
            f"expected a group cover that has begun, found it {GROUP_COVER.names[found.state][1]}; pay it first",
        )
    return found


@transaction.atomic
def name_person(
    *,
    group: GroupCover,
    name: str,
    identity_number: str,
    phone: str = "",
    happened_on: datetime.date,
    on_duty: int,
    evidence: StoredFile,
    by: Actor,
    at: datetime.datetime,
) -> GroupPlace:
    """Something happened on a day to somebody who worked at the station then: with the duty list of that day, which must not
    have more persons than there are places. Raises NotInTerm, WrongPlaces, NoPlaceLeft, PersonFaulty, NamedAlready."""
    with within([EVERYTHING]):
        held = _held(group)
        enrolment = held.enrolment
        if not enrolment.from_on <= happened_on < enrolment.until_on or happened_on > day_of(at):
            raise NotInTerm(
                f"事发日应在保障期 {enrolment.from_on} 至 {enrolment.until_on} 之内且不晚于今天；得到 {happened_on}，请核对",
                f"expected a day of the term {enrolment.from_on} to {enrolment.until_on}, not after today; found {happened_on}",
            )
        if not 1 <= on_duty <= held.places:
            raise WrongPlaces(
                f"当日在岗人数应为 1 到名额数 {held.places}；得到 {on_duty}，超出名额的不能确认，请核对值班表",
                f"expected 1 to {held.places} persons on duty, as many as there are places; found {on_duty}, check the list",
            )
        _expect_room(held)
        member = _member(held, name, identity_number, phone, by, at)
        _expect_unnamed(held, member)
        free = free_to_come(members=[member], employer=enrolment.employer, on=day_of(at))
        employ_members(members=free, employer=enrolment.employer, by=by, at=at)
        place = GroupPlace.objects.create(
            group=held,
            member=member,
            happened_on=happened_on,
            on_duty=on_duty,
            evidence=evidence,
            named_at=at,
            named_by=str(by),
        )
        record(what="name_person", row=place, by=by, at=at, group=held.number, on_duty=on_duty)
    return place


def _expect_room(group: GroupCover) -> None:
    used = group.named.exclude(state="refused").count()
    if used >= group.places:
        raise NoPlaceLeft(
            f"应还有未使用的名额；{group.places} 个名额都已确认或待核实，不能再增加",
            f"expected a place that is left; all {group.places} are named or confirmed",
        )


def _expect_unnamed(group: GroupCover, member: Member) -> None:
    enrolment = group.enrolment
    covered = Cover.objects.filter(
        member=member,
        family=enrolment.version.family,
        from_on__lt=enrolment.until_on,
        until_on__gt=enrolment.from_on,
    ).exclude(state="cancelled")
    if group.named.filter(member=member).exclude(state="refused").exists() or covered.exists():
        raise NamedAlready(
            "此人应尚未确认、也没有本计划的记名保障；已有，请直接凭该保障申请",
            "expected somebody who is neither named nor covered by name under this plan, found it; claim under that cover",
        )


def _member(group: GroupCover, name: str, number: str, phone: str, by: Actor, at: datetime.datetime) -> Member:
    """Who is named, registered now if they are not known. Raises PersonFaulty."""
    enrolment = group.enrolment
    document = document_of(version=enrolment.version)
    told = joiner_line(told={"name": name, "identity_number": number, "phone": phone}, option=enrolment.option)
    [row] = read_lines([Line(1, told)], Wanted(document, enrolment.employer_id, enrolment.from_on, day_of(at)))
    person = row.person
    if person is None or row.faults:
        raise PersonFaulty(row.faults)
    reasons = why_not_eligible(
        document,
        birth_date=person.birth_date,
        sex=person.sex,
        employment=person.employment,
        basic_insurance=person.basic_insurance,
        groups=person.groups,
        from_on=enrolment.from_on,
    )
    if reasons:
        raise PersonFaulty([{"field": "plan", "zh": one.zh, "en": one.en, "offered": ""} for one in reasons])
    known = member_by_identity(kind=person.kind, number=person.number)
    if known is None:
        newcomer = Newcomer(person.kind, person.number, person.name, Sex(person.sex), person.birth_date, person.phone)
        return register_members(newcomers=[newcomer], employer=enrolment.employer, by=by, at=at)[0]
    if search_key(known.name) != search_key(person.name):
        raise PersonFaulty(
            [
                {
                    "field": "name",
                    "zh": "姓名应与该证件号码登记的一致；得到另一姓名，请对照证件核对",
                    "en": "expected the name that is registered with this number, found another; compare it with the document",
                    "offered": "",
                }
            ]
        )
    return known


@transaction.atomic
def accept_place(*, place: GroupPlace, by: Actor, at: datetime.datetime) -> Cover:
    """A second person, of the office, finds the evidence good: the person has the cover of one place for the whole term, as if
    they had been named before. Raises NobodyElse, IllegalMove, NoPlaceLeft, NamedAlready."""
    with within([EVERYTHING]):
        held = _held(GroupCover(pk=place.group_id))
        place = GroupPlace.objects.select_for_update(no_key=True, of=("self",)).get(pk=place.pk)
        if place.state != "named":
            raise IllegalMove(place, GROUP_PLACE, "accept_place", place.state)
        if place.named_by == str(by):
            raise NobodyElse(
                "确认应由另一人办理；得到提名的本人，请交由其他经办人员",
                "expected somebody else than who named the person; leave it to another member of staff",
            )
        enrolment = held.enrolment
        cover = Cover(
            member_id=place.member_id,
            enrolment=enrolment,
            employer=enrolment.employer,
            version=enrolment.version,
            plan=enrolment.version.plan,
            family=enrolment.version.family,
            option=enrolment.option,
            employment="gig",
            units_most=most_units(document_of(version=enrolment.version)),
            from_on=enrolment.from_on,
            until_on=enrolment.until_on,
            joined_on=enrolment.from_on,
            fee_amount=_of_one(held),
            work=Work.OTHER,
        )
        try:
            with transaction.atomic():
                made = begin(cover, COVER, "name_cover", by=by, at=at, group=held.number)
                make(place, GROUP_PLACE, "accept_place", by=by, at=at, also={"cover": made, "decided_by": str(by)})
        except IntegrityError as error:
            raise NamedAlready(
                "此人应没有本计划同期的记名保障；有人刚为其办理，请刷新后再看",
                "expected nobody covered by name in this term, found somebody covered a moment ago; look again",
            ) from error
    return made


def _of_one(group: GroupCover) -> Decimal:
    """The fee of one place."""
    whole: Decimal = group.fee_amount
    return whole / group.places


@transaction.atomic
def refuse_place(*, place: GroupPlace, reason: str, by: Actor, at: datetime.datetime) -> GroupPlace:
    """The evidence does not show that the person worked there; the place is free again. Raises IllegalMove, Refused."""
    said = reason.strip()
    if not 2 <= len(said) <= 200:
        raise Refused("应说明理由（2–200 字）；请填写", "expected a reason of 2 to 200 characters; write one")
    with within([EVERYTHING]):
        return make(place, GROUP_PLACE, "refuse_place", by=by, at=at, also={"remark": said, "decided_by": str(by)})
