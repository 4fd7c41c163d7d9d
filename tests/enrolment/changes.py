"""What the tests of mergers and splits share: two persons of the office, a stamped paper, lists of staff."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from mutualaid.core.actors import Actor
from mutualaid.enrolment.actions.changing import Asked, ask_merger, ask_split
from mutualaid.enrolment.models import EmployerChange
from mutualaid.people.models import Employer, Employment, RoleName, Unit
from tests.enrolment.rosters import workbook
from tests.people.cast import BY, Cast, as_staff, resident_id, staff

PAPER = b"%PDF-1.4\n% stamped\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
NOW = datetime.datetime(2026, 6, 1, 1, 30, tzinfo=datetime.UTC)
ON = datetime.date(2026, 6, 1)
DAY = datetime.timedelta(days=1)


def two(cast: Cast) -> tuple[Actor, Actor]:
    """Two persons of the city who see to it."""
    return (
        as_staff(staff("经办甲", cast.city, RoleName.ENROLMENT_CLERK)),
        as_staff(staff("经办乙", cast.city, RoleName.ENROLMENT_CLERK)),
    )


def said(on: datetime.date = ON, reason: str = "两厂合并，已办理工商登记") -> Asked:
    """From when, why, by which paper."""
    return Asked(on, reason, "合并决定.pdf", PAPER)


def merger(
    office: Unit, taker: Employer, *givers: Employer, by: Actor, on: datetime.date = ON, bring: bool = False
) -> EmployerChange:
    """Asked for."""
    return ask_merger(
        taker=taker, givers=list(givers), office=office, asked=said(on), bring_clerks=bring, by=by, at=NOW
    )


def split(
    office: Unit, giver: Employer, taker: Employer, orders: Sequence[int], *, by: Actor, on: datetime.date = ON
) -> EmployerChange:
    """Asked for, with members of these orders."""
    content = staff_list([["", resident_id(order=order)] for order in orders])
    return ask_split(giver=giver, taker=taker, office=office, asked=said(on), staff=content, by=by, at=NOW)


def staff_list(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of names and numbers."""
    return workbook(rows, headers=["姓名", "证件号码"], sheet="名单")


def works(employer: Employer, on: datetime.date = ON) -> set[str]:
    """The numbers of the members who work at an employer on a day."""
    rows = Employment.objects.filter(employer=employer, from_on__lte=on).exclude(until_on__lte=on)
    return set(rows.values_list("member__number", flat=True))


__all__ = ["BY", "DAY", "NOW", "ON", "PAPER", "merger", "said", "split", "staff_list", "two", "works"]
