"""Who may read the monthly reports of which offices: staff of four roles, in their branches."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet

from mutualaid.core.actors import Actor
from mutualaid.people.access import NotFound, units_of_roles
from mutualaid.people.models import Level, RoleName, Unit

SEE_REPORTS = (RoleName.ANALYST, RoleName.FINANCE, RoleName.SENIOR_REVIEWER, RoleName.ENROLMENT_CLERK)


def offices_to_report_on(*, actor: Actor, on: datetime.date) -> QuerySet[Unit]:
    """The offices of whose branches somebody reads the reports, from the top down; employers' own unions are none."""
    return units_of_roles(actor=actor, on=on, roles=SEE_REPORTS).exclude(level=Level.GRASSROOTS).order_by("path")


def office_to_report_on(*, among: QuerySet[Unit], code: str) -> Unit:
    """One of these by its code; without a code the first. Raises NotFound."""
    office = (among.filter(code=code) if code else among).first()
    if office is None:
        raise NotFound(
            "没有找到该机构的报表，请从列表选择机构",
            "there is no report of such an office; choose the office from the list",
        )
    return office
