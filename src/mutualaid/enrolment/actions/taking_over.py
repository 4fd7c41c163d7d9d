"""Covers that began in another system come in as they stand there, with what they continue."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.moves import begin_all
from mutualaid.enrolment.actions.accepting import Overlapping
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.states import COVER, ENROLMENT
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import most_units
from mutualaid.plans.queries import document_of

Term = tuple[int, int, datetime.date, datetime.date]
"""Employer, version, and the days ``[from_on, until_on)``: what one enrolment is for."""


@dataclass(frozen=True)
class TakenCover:
    """A cover as the other system kept it. ``member`` and ``employer`` are keys; days as in ``Cover``; yuan."""

    member: int
    employer: int
    headcount: int
    version: PlanVersion
    from_on: datetime.date
    until_on: datetime.date
    joined_on: datetime.date
    consecutive_periods: int = 1
    units: int = 1
    option: str = ""
    risk_class: str = ""
    employment: str = "in_service"
    basic_insurance: str = ""
    groups: tuple[str, ...] = ()
    fee_amount: Decimal = Decimal(0)

    @property
    def term(self) -> Term:
        """By which it is enrolled."""
        return self.employer, self.version.pk, self.from_on, self.until_on


@transaction.atomic
def take_over_covers(
    *, covers: Sequence[TakenCover], source: str, by: Actor, at: datetime.datetime
) -> dict[int, Cover]:
    """Covers in force as they are told, by their place among ``covers``. For each employer, version and term there is one
    enrolment of the ``source`` (the number of the take-over): nothing is billed and nobody is told. Raises Overlapping."""
    enrolments = _enrolments(covers, source, by, at)
    most = {one.version.pk: one.version for one in covers}
    units_most = {key: most_units(document_of(version=version)) for key, version in most.items()}
    rows = [(place, _row(one, enrolments[one.term], units_most[one.version.pk])) for place, one in enumerate(covers)]
    # In one order everywhere: the database locks a member for each cover.
    rows.sort(key=lambda row: row[1].member_id)
    try:
        with transaction.atomic():
            begin_all([row for _, row in rows], COVER, "take_over_cover", by=by, at=at, source=source)
    except IntegrityError as error:
        raise Overlapping(
            "接管的保障应不与已有的保障重叠；有人在同一保障期内已参保，请核对后重新上传",
            "expected nobody over the most units in a term, found somebody covered otherwise; check it and upload it again",
        ) from error
    return dict(rows)


def _enrolments(covers: Iterable[TakenCover], source: str, by: Actor, at: datetime.datetime) -> dict[Term, Enrolment]:
    wanted = {one.term: one for one in covers}
    found: dict[Term, Enrolment] = {}
    there = Enrolment.objects.filter(
        remark=source,
        state="accepted",
        employer__in={term[0] for term in wanted},
        version__in={term[1] for term in wanted},
    )
    for row in there.select_for_update(no_key=True):
        found[row.employer_id, row.version_id, row.from_on, row.until_on] = row
    new = [
        Enrolment(
            employer_id=one.employer,
            version=one.version,
            from_on=one.from_on,
            until_on=one.until_on,
            headcount=max(one.headcount, 1),
            begun_at=at,
            submitted_at=at,
            accepted_at=at,
            remark=source,
        )
        for term, one in sorted(wanted.items(), key=lambda item: item[0])
        if term not in found
    ]
    for row in begin_all(new, ENROLMENT, "take_over_enrolment", by=by, at=at, source=source):
        found[row.employer_id, row.version_id, row.from_on, row.until_on] = row
    return found


def _row(one: TakenCover, enrolment: Enrolment, units_most: int) -> Cover:
    return Cover(
        member_id=one.member,
        enrolment=enrolment,
        employer_id=one.employer,
        version=one.version,
        plan=one.version.plan,
        family=one.version.family,
        option=one.option,
        risk_class=one.risk_class,
        employment=one.employment,
        basic_insurance=one.basic_insurance,
        groups=list(one.groups),
        units=one.units,
        units_most=max(units_most, one.units),
        from_on=one.from_on,
        until_on=one.until_on,
        joined_on=one.joined_on,
        consecutive_periods=one.consecutive_periods,
        fee_amount=one.fee_amount,
    )
