"""How far enrolment is, against what was aimed at: reads for offices. One statement counts a whole branch, child by child."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from mutualaid.enrolment.models import Enrolment, Target
from mutualaid.people.models import Employer, Unit

WEEK = datetime.timedelta(days=7)

_PROGRESS = """
WITH covers AS (
    SELECT split_part(c.unit_path, '/', %(place)s) AS child, count(*) AS persons, sum(c.units) AS units,
           sum(c.fee_amount) AS fee,
           count(*) FILTER (WHERE c.state = 'begun') AS paid,
           coalesce(sum(c.fee_amount) FILTER (WHERE c.state = 'begun'), 0) AS paid_fee,
           count(*) FILTER (WHERE e.accepted_at > %(week)s) AS lately
    FROM enrolment_cover c JOIN enrolment_enrolment e ON e.id = c.enrolment_id
    WHERE c.family = %(family)s AND c.from_on >= %(from_on)s AND c.from_on < %(until_on)s AND c.state <> 'cancelled'
      AND c.unit_path LIKE %(branch)s
    GROUP BY 1
), began AS MATERIALIZED (
    SELECT DISTINCT e.employer_id FROM enrolment_enrolment e JOIN plans_planversion v ON v.id = e.version_id
    WHERE v.family = %(family)s AND e.from_on >= %(from_on)s AND e.from_on < %(until_on)s AND e.state <> 'cancelled'
), employers AS (
    SELECT split_part(p.unit_path, '/', %(place)s) AS child, count(*) AS employers, count(began.employer_id) AS begun,
           sum(p.headcount_declared) AS headcount
    FROM people_employer p LEFT JOIN began ON began.employer_id = p.unit_id
    WHERE p.unit_path LIKE %(branch)s AND p.merged_into_id IS NULL GROUP BY 1
)
SELECT u.id, u.code, u.name, u.level, coalesce(c.persons, 0), coalesce(c.units, 0), coalesce(c.fee, 0), coalesce(c.paid, 0),
       coalesce(c.paid_fee, 0), coalesce(c.lately, 0), coalesce(e.employers, 0), coalesce(e.begun, 0), coalesce(e.headcount, 0),
       t.persons, t.units, t.fee_amount
FROM people_unit u LEFT JOIN covers c ON c.child = u.id::text LEFT JOIN employers e ON e.child = u.id::text
     LEFT JOIN enrolment_target t ON t.unit_id = u.id AND t.family = %(family)s AND t.from_on = %(from_on)s
WHERE u.parent_id = %(office)s
  AND NOT EXISTS (SELECT FROM people_employer f WHERE f.unit_id = u.id AND f.merged_into_id IS NOT NULL)
ORDER BY u.code
"""


@dataclass(frozen=True)
class Span:
    """A family of plans and the days on which its covers begin, ``[from_on, until_on)``: a term, or a year."""

    family: str
    from_on: datetime.date
    until_on: datetime.date


@dataclass(frozen=True)
class Progress:
    """How far a unit is. ``persons`` have a cover, paid for or not (once for each cover); ``paid`` of them are paid
    for; ``lately`` were
    accepted within the last week; of ``employers`` so many have ``begun``; amounts in yuan; targets None where none is set."""

    unit: int
    code: str
    name: str
    level: str
    persons: int
    units: int
    fee: Decimal
    paid: int
    paid_fee: Decimal
    lately: int
    employers: int
    begun: int
    headcount: int
    target_persons: int | None = None
    target_units: int | None = None
    target_fee: Decimal | None = None

    @property
    def percent(self) -> int | None:
        """Of the persons aimed at, in whole percent, rounded down; None without a target."""
        return self.persons * 100 // self.target_persons if self.target_persons else None

    @property
    def waiting(self) -> int:
        """Employers that have not begun."""
        return self.employers - self.begun


def progress(*, office: Unit, span: Span, at: datetime.datetime) -> list[Progress]:
    """Of each unit right below an office, by code. One statement."""
    given: dict[str, Any] = {
        "office": office.pk,
        "branch": f"{office.path}%",
        "place": office.path.count("/") + 1,
        "family": span.family,
        "from_on": span.from_on,
        "until_on": span.until_on,
        "week": at - WEEK,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PROGRESS, given)
        return [Progress(*row) for row in cursor.fetchall()]


def total(*, office: Unit, span: Span, rows: Sequence[Progress]) -> Progress:
    """The sum of what is below an office, against the office's own target. One statement."""
    own = Target.objects.filter(unit=office, family=span.family, from_on=span.from_on).first()
    summed = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("persons", "units", "paid", "lately", "employers", "begun", "headcount")
    }
    return Progress(
        unit=office.pk,
        code=office.code,
        name=office.name,
        level=office.level,
        fee=sum((row.fee for row in rows), Decimal(0)),
        paid_fee=sum((row.paid_fee for row in rows), Decimal(0)),
        target_persons=own.persons if own else None,
        target_units=own.units if own else None,
        target_fee=own.fee_amount if own else None,
        **summed,
    )


def employers_waiting(*, office: Unit, span: Span) -> QuerySet[Employer]:
    """Employers of an office's branch that have not begun to enrol, the largest first."""
    begun = Enrolment.objects.filter(
        employer=OuterRef("pk"),
        version__family=span.family,
        from_on__gte=span.from_on,
        from_on__lt=span.until_on,
    ).exclude(state="cancelled")
    among = Employer.objects.filter(unit_path__startswith=office.path, merged_into=None).filter(
        ~Exists(begun.values("pk"))
    )
    return among.select_related("unit").order_by("-headcount_declared", "pk")


def spread(*, whole: int, by: Mapping[int, int]) -> dict[int, int]:
    """A number split in proportion, so that the parts (whole numbers) make it up exactly: largest remainders first.
    By equal parts where nothing tells a proportion. Pure."""
    if not by:
        return {}
    weights = by if sum(by.values()) else dict.fromkeys(by, 1)
    total_weight = sum(weights.values())
    parts = {key: whole * weight // total_weight for key, weight in weights.items()}
    rests = sorted(weights, key=lambda key: (-(whole * weights[key] % total_weight), key))
    for key in rests[: whole - sum(parts.values())]:
        parts[key] += 1
    return parts
