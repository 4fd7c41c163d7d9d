"""What one employer hands over to another, when it becomes part of it or some of its staff go there: staff, clerks, its name."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all, record_keys
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import Same, insert_columns
from mutualaid.core.moves import make
from mutualaid.people.actions.units import _end_term, _named
from mutualaid.people.clerk_models import ClerkTerm
from mutualaid.people.models import Employer, EmployerClerk, Employment
from mutualaid.people.states import CLERK

_DAY = datetime.timedelta(days=1)
_AT_ONCE = 5000


@transaction.atomic
def hand_over_staff(
    *, giver: Employer, taker: Employer, members: Collection[int] | None = None, by: Actor, at: datetime.datetime
) -> list[int]:
    """Whoever works at an employer today or later, all or some (``members``, their keys), works at another from today on, until
    the day that was known; what was before stays as it was. Gives the keys of those who went. An employment lasts a day at
    least, so whoever began today goes tomorrow."""
    on = day_of(at)
    going = Employment.objects.filter(Q(until_on=None) | Q(until_on__gt=on), employer=giver)
    if members is not None:
        going = going.filter(member__in=list(members))
    # In the order in which rosters lock them: two that want some of the same never wait for each other.
    held = list(going.order_by("member_id", "from_on").select_for_update(no_key=True))
    cuts = [(one, max(on, one.from_on + _DAY)) for one in held]
    cuts = [(one, cut) for one, cut in cuts if one.until_on is None or one.until_on > cut]
    by_day: dict[datetime.date, list[Employment]] = {}
    for one, cut in cuts:
        by_day.setdefault(cut, []).append(one)
    for cut, ended in sorted(by_day.items()):
        for first in range(0, len(ended), _AT_ONCE):
            keys = [one.pk for one in ended[first : first + _AT_ONCE]]
            Employment.objects.filter(pk__in=keys).update(until_on=cut)
    left = ((one, {"until_on": str(cut), "was": str(one.until_on or ""), "to": taker.pk}) for one, cut in cuts)
    record_all(what="end_employment", rows=left, by=by, at=at)
    _begin(cuts, taker, by, at)
    return sorted({one.member_id for one, _ in cuts})


def _begin(cuts: list[tuple[Employment, datetime.date]], taker: Employer, by: Actor, at: datetime.datetime) -> None:
    if not cuts:
        return
    made = insert_columns(
        Employment,
        {
            "member_id": [one.member_id for one, _ in cuts],
            "employer_id": Same(taker.pk),
            "from_on": [cut for _, cut in cuts],
            "until_on": [one.until_on for one, _ in cuts],
        },
        returning=["id"],
    )
    record_keys(
        what="begin_employment",
        model=Employment,
        keys=[key for (key,) in made],
        detail=[{"employer": taker.pk, "from_on": str(cut)} for _, cut in cuts],
        by=by,
        at=at,
    )


@transaction.atomic
def hand_over_clerks(
    *, giver: Employer, taker: Employer, bring: bool, evidence: str, by: Actor, at: datetime.datetime
) -> int:
    """Nobody acts for an employer any more that became part of another; ``bring``: its bound clerks act for that one instead, by
    the stamped paper (``evidence``: its key) of the merger. How many were brought."""
    brought = 0
    why = f"单位已并入“{taker.unit.name}”"
    for clerk in EmployerClerk.objects.filter(employer=giver).exclude(state="released").order_by("pk"):
        was_bound = clerk.state == "bound"
        make(clerk, CLERK, "release_clerk", by=by, at=at, reason=why)
        _end_term(clerk, why, by, at)
        if bring and was_bound and not _acts_already(clerk, taker):
            _brought(clerk, taker, evidence, by, at)
            brought += 1
    return brought


def _acts_already(clerk: EmployerClerk, taker: Employer) -> bool:
    """Whoever asked to act for it is left to the office that looks at their form."""
    return EmployerClerk.objects.filter(employer=taker, account=clerk.account_id).exclude(state="released").exists()


def _brought(clerk: EmployerClerk, taker: Employer, evidence: str, by: Actor, at: datetime.datetime) -> None:
    made = EmployerClerk.objects.create(employer=taker, account_id=clerk.account_id, name=clerk.name, evidence=evidence)
    phone = ClerkTerm.objects.filter(clerk=clerk).values_list("phone", flat=True).first()
    ClerkTerm.objects.create(clerk=made, phone=phone, asked_at=at, bound_at=at, bound_name=_named(by))
    record(what="register_clerk", row=made, by=by, at=at, employer=taker.pk)
    make(made, CLERK, "bind_clerk", by=by, at=at)


@transaction.atomic
def merge_employer(*, giver: Employer, taker: Employer, by: Actor, at: datetime.datetime) -> Employer:
    """An employer is part of another from today on, and so is whatever became part of it before; the declared numbers of staff
    are added. The caller holds both rows. Gives the former."""
    on = day_of(at)
    Employer.objects.filter(merged_into=giver).update(merged_into=taker)
    giver.merged_into, giver.merged_on = taker, on
    giver.save(update_fields=["merged_into", "merged_on"])
    Employer.objects.filter(pk=taker.pk).update(headcount_declared=F("headcount_declared") + giver.headcount_declared)
    record(what="merge_employer", row=giver, by=by, at=at, into=taker.pk, headcount=giver.headcount_declared)
    return giver


@transaction.atomic
def divide_headcount(*, giver: Employer, taker: Employer, persons: int, by: Actor, at: datetime.datetime) -> None:
    """So many went from one to another: the one declares so many fewer, but no fewer than work there (at least 1), the other at
    least as many as work there."""
    giver.headcount_declared = max(giver.headcount_declared - persons, _working(giver, at), 1)
    taker.headcount_declared = max(taker.headcount_declared, _working(taker, at))
    for one in (giver, taker):
        one.save(update_fields=["headcount_declared"])
        record(what="declare_employer", row=one, by=by, at=at, headcount=one.headcount_declared)


def _working(employer: Employer, at: datetime.datetime) -> int:
    ahead = Q(until_on=None) | Q(until_on__gt=day_of(at))
    return Employment.objects.filter(ahead, employer=employer, from_on__lte=day_of(at) + _DAY).count()
