"""Many people come in with an employer at once, by a roster that was checked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_all, record_keys
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import Same, insert_all, insert_columns, scattered
from mutualaid.people.actions.members import EmployedElsewhere, _write
from mutualaid.people.contacts import read_bank_card, read_phone
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import Consent, Employer, Employment, Member, Purpose
from mutualaid.people.names import initials, search_key
from mutualaid.people.persons import Person, read_person

_AT_ONCE = 1000


@dataclass(frozen=True)
class Newcomer:
    """Who somebody is, as ``register_member`` is told."""

    identity_kind: IdentityKind
    identity_number: str
    name: str
    sex: Sex | None = None
    birth_date: datetime.date | None = None
    phone: str | None = None
    bank_card: str | None = None


@transaction.atomic
def register_members(
    *, newcomers: Sequence[Newcomer], employer: Employer, by: Actor, at: datetime.datetime
) -> list[Member]:
    """Members in the order of the newcomers, without an employment yet. Raises what ``register_member`` raises, and
    IntegrityError if a number was registered a moment ago."""
    members = []
    for one in newcomers:
        person = read_person(one.identity_kind, one.identity_number, one.name, one.sex, one.birth_date, day_of(at))
        member = Member(
            phone=None if one.phone is None else read_phone(one.phone),
            bank_card=None if one.bank_card is None else read_bank_card(one.bank_card),
        )
        _write(member, person)
        members.append(member)
    made = insert_all(members)
    told = ((member, {"employer": employer.pk}) for member in made)
    record_all(what="register_member", rows=told, by=by, at=at)
    return made


@dataclass(frozen=True)
class Checked:
    """Who somebody is, as ``read_person`` gives it, and how they are reached, as ``read_phone`` and ``read_bank_card`` do."""

    person: Person
    phone: str | None = None
    bank_card: str | None = None


@transaction.atomic
def bring_in(
    *,
    people: Sequence[Checked],
    employer: Employer,
    told: Callable[[int], None] = lambda _written: None,
    by: Actor,
    at: datetime.datetime,
) -> list[int]:
    """People who were all checked in this transaction are registered, and work at an employer from today on; gives the keys of
    the members, in their order; ``told`` is called with how many are written. By columns, for rosters of 200,000. Raises
    IntegrityError if a number was registered a moment ago."""
    if not people:
        return []
    keys = _next_keys(len(people))
    # Employments first: a member who is written after them is in the employer's branch from the beginning, where otherwise
    # each member would be written three times. The foreign key is looked at when the transaction ends.
    _begin(keys, employer, [day_of(at)] * len(keys), by, at)
    names = [one.person.name for one in people]
    insert_columns(
        Member,
        {
            "id": keys,
            "identity_kind": [one.person.kind.value for one in people],
            "identity_number": [one.person.number for one in people],
            "name": names,
            "name_key": [search_key(name) for name in names],
            "initials": [initials(name) for name in names],
            "sex": [one.person.sex.value for one in people],
            "birth_date": [one.person.birth_date for one in people],
            "phone": [one.phone for one in people],
            "bank_card": [one.bank_card for one in people],
            "unit_ids": Same([]),
        },
        told=told,
    )
    detail = {"employer": employer.pk}
    record_keys(what="register_member", model=Member, keys=keys, detail=detail, by=by, at=at)
    return keys


def _next_keys(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('people_member', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [key for (key,) in cursor.fetchall()]


def _begin(
    keys: Sequence[int], employer: Employer, from_on: Sequence[datetime.date], by: Actor, at: datetime.datetime
) -> None:
    """Employments of members, by their keys, at one employer."""
    if not keys:
        return
    order = sorted(range(len(keys)), key=lambda place: scattered(keys[place]))
    keys, from_on = [keys[place] for place in order], [from_on[place] for place in order]
    made = insert_columns(
        Employment,
        {"member_id": keys, "employer_id": Same(employer.pk), "from_on": from_on},
        returning=["id"],
    )
    details = {day: {"employer": employer.pk, "from_on": str(day)} for day in set(from_on)}
    record_keys(
        what="begin_employment",
        model=Employment,
        keys=[key for (key,) in made],
        detail=[details[day] for day in from_on],
        by=by,
        at=at,
    )


@transaction.atomic
def fill_contacts(
    *,
    members: Sequence[Member],
    phones: Mapping[int, str],
    bank_cards: Mapping[int, str],
    by: Actor,
    at: datetime.datetime,
) -> int:
    """Phones and bank cards, by the key of the member, where the register has none: what is there, only the member or the office
    changes, and no card comes back whose use the member declined. How many members got something. Raises NotAContact."""
    wanted = [member.pk for member in members if member.pk in phones or member.pk in bank_cards]
    # Under a lock: a member may be entering their own at this moment.
    locked = list(Member.objects.filter(pk__in=wanted).order_by("pk").select_for_update(no_key=True, of=("self",)))
    declined = _card_declined(locked)
    filled: list[tuple[Member, dict[str, list[str]]]] = []
    for member in locked:
        missing = []
        if member.phone_index is None and member.pk in phones:
            member.phone = read_phone(phones[member.pk])
            missing.append("phone")
        if member.bank_card_index is None and member.pk in bank_cards and member.pk not in declined:
            member.bank_card = read_bank_card(bank_cards[member.pk])
            missing.append("bank_card")
        if missing:
            member.save(update_fields=[*missing, *(f"{name}_index" for name in missing)])
            filled.append((member, {"filled": missing}))
    return record_all(what="fill_contacts", rows=filled, by=by, at=at)


def _card_declined(members: Sequence[Member]) -> set[int]:
    """The keys of those whose last word on the use of a bank card is no."""
    said = Consent.objects.filter(member__in=members, purpose=Purpose.BANK_ACCOUNT)
    last = said.order_by("member_id", "-id").distinct("member_id").values_list("member_id", "given")
    return {member for member, given in last if not given}


@transaction.atomic
def employ_members(*, members: Sequence[Member], employer: Employer, by: Actor, at: datetime.datetime) -> int:
    """Members work at an employer from today on; whoever works elsewhere leaves there, and who works here already stays as they
    are. Gives how many began."""
    return employ(members=[member.pk for member in members], employer=employer, by=by, at=at)


@transaction.atomic
def employ(*, members: Sequence[int], employer: Employer, by: Actor, at: datetime.datetime) -> int:
    """The same by the keys of the members."""
    on = day_of(at)
    open_ = Employment.objects.filter(Q(until_on=None) | Q(until_on__gt=on), member__in=members)
    # Whoever works here already is not written, so they need no lock: of a roster that comes again, that is nearly all.
    here = open_.filter(employer=employer, from_on__lte=on, until_on=None)
    staying = set(here.values_list("member_id", flat=True))
    wanted = [key for key in members if key not in staying]
    before: dict[int, list[Employment]] = {}
    for employment in (
        open_.filter(member__in=wanted).order_by("member_id", "from_on").select_for_update(no_key=True)
        if wanted
        else ()
    ):
        before.setdefault(employment.member_id, []).append(employment)
    begun: list[tuple[int, datetime.date]] = []
    ended = []
    for key in wanted:
        held = before.get(key, [])
        if any(one.employer_id == employer.pk and one.from_on <= on and one.until_on is None for one in held):
            continue
        # An employment lasts a day at least, so whoever began elsewhere today, or will, leaves the day after.
        from_on = max([on, *(one.from_on + datetime.timedelta(days=1) for one in held)])
        for one in held:
            if one.until_on is None or one.until_on > from_on:
                one.until_on = from_on
                ended.append(one)
        begun.append((key, from_on))
    Employment.objects.bulk_update(ended, ["until_on"], batch_size=_AT_ONCE)
    record_all(what="end_employment", rows=((one, {"until_on": str(one.until_on)}) for one in ended), by=by, at=at)
    _begin([key for key, _ in begun], employer, [day for _, day in begun], by, at)
    return len(begun)


@dataclass(frozen=True)
class Spell:
    """Where a member worked from a day on, until another or still."""

    member: int
    employer: int
    from_on: datetime.date
    until_on: datetime.date | None = None


@transaction.atomic
def record_employments(*, spells: Sequence[Spell], by: Actor, at: datetime.datetime) -> list[Employment]:
    """Employments as another system kept them, days of the past too; gives those that were made, in the order of the spells. A
    spell that is there already is left as it is. Raises EmployedElsewhere when one shares a day with another employment."""
    members = [spell.member for spell in spells]
    there: dict[int, list[Employment]] = {}
    for one in Employment.objects.filter(member__in=members).order_by("member_id", "from_on"):
        there.setdefault(one.member_id, []).append(one)
    new = []
    for spell in spells:
        held = there.setdefault(spell.member, [])
        if any((one.employer_id, one.from_on) == (spell.employer, spell.from_on) for one in held):
            continue
        if any(_share_a_day(spell, one) for one in held):
            raise EmployedElsewhere(
                f"会员自 {spell.from_on} 起应未在其他单位任职；已有任职记录，请核对起止日期",
                f"expected the member to be free from {spell.from_on} on, found an employment; check the days",
            )
        row = Employment(
            member_id=spell.member, employer_id=spell.employer, from_on=spell.from_on, until_on=spell.until_on
        )
        held.append(row)
        new.append(row)
    made = insert_all(new)
    told = ((one, {"employer": one.employer_id, "from_on": str(one.from_on)}) for one in made)
    record_all(what="begin_employment", rows=told, by=by, at=at)
    return made


def _share_a_day(spell: Spell, one: Employment) -> bool:
    begins_before = one.until_on is None or spell.from_on < one.until_on
    return begins_before and (spell.until_on is None or one.from_on < spell.until_on)
