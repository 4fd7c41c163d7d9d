"""Offices set what units shall reach in a plan and term, one by one, by a workbook, or spread down in proportion to the staff."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.enrolment.models import Target
from mutualaid.enrolment.targets import Span, progress, spread
from mutualaid.people.models import Unit
from mutualaid.people.refusals import Refused


class NoTarget(Refused):
    """There is nothing to spread, or nobody to spread it to."""


@dataclass(frozen=True)
class Aim:
    """Persons, units and yuan to be reached."""

    persons: int
    units: int
    fee_amount: Decimal


@transaction.atomic
def set_targets(*, office: Unit, span: Span, aims: Mapping[int, Aim | None], by: Actor, at: datetime.datetime) -> int:
    """Targets of the office itself and of units below it, by their keys; None takes one away. Gives how many were
    written. Raises Refused for a unit that is not of the branch, and what is below 0."""
    units = {one.pk: one for one in Unit.objects.filter(pk__in=list(aims), path__startswith=office.path)}
    strange = [key for key in aims if key not in units]
    wrong = [aim for aim in aims.values() if aim and (min(aim.persons, aim.units) < 0 or aim.fee_amount < 0)]
    if strange or wrong:
        raise Refused(
            f"应为 {office.name} 及其下属单位的目标，且不小于 0；{len(strange) + len(wrong)} 行不是，请改正",
            f"expected targets of {office.code} and units below it, none below 0, found "
            f"{len(strange) + len(wrong)} that are not; correct them",
        )
    given = {"family": span.family, "from_on": span.from_on}
    gone = [key for key, aim in aims.items() if aim is None]
    Target.objects.filter(unit__in=gone, **given).delete()
    rows = [
        Target(
            unit=units[key],
            **given,
            until_on=span.until_on,
            persons=aim.persons,
            units=aim.units,
            fee_amount=aim.fee_amount,
        )
        for key, aim in aims.items()
        if aim is not None
    ]
    Target.objects.bulk_create(
        rows,
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["unit", "family", "from_on"],
        update_fields=["until_on", "persons", "units", "fee_amount"],
    )
    record(what="set_targets", row=office, by=by, at=at, family=span.family, written=len(rows), taken_away=len(gone))
    return len(rows)


@transaction.atomic
def spread_target(*, office: Unit, span: Span, by: Actor, at: datetime.datetime) -> int:
    """The office's own target is split among the units right below it, in proportion to the staff that their
    employers declared. Gives how many units got one. Raises NoTarget."""
    own = Target.objects.filter(unit=office, family=span.family, from_on=span.from_on).first()
    below = {row.unit: row.headcount for row in progress(office=office, span=span, at=at)}
    if own is None or not below:
        raise NoTarget(
            "本机构应已有目标，且有下属单位；没有找到，请先填写本机构的目标",
            "expected a target of the office, and units below it, found none; set the office's own first",
        )
    persons, units = spread(whole=own.persons, by=below), spread(whole=own.units, by=below)
    fees = spread(whole=int(own.fee_amount * 100), by=below)
    aims = {key: Aim(persons[key], units[key], Decimal(fees[key]) / 100) for key in below}
    return set_targets(office=office, span=span, aims=aims, by=by, at=at)
