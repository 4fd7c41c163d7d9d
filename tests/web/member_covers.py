"""Covers for the cast of the pages: enrolled, accepted and paid for by the actions themselves."""

from __future__ import annotations

import datetime
import hashlib

from mutualaid.core.places import PROJECT
from mutualaid.enrolment.actions.accepting import accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer, Member
from mutualaid.plans.models import PlanVersion
from tests.enrolment import rosters
from tests.people.cast import AT, BY
from tests.web.cast import Web

PAID_ON = datetime.date(2025, 2, 20)
DATED = rosters.NEXT_DAY
WAITING = "waiting: {days: 30, clause: 第七条}\nlimits:\n  - {what: filing, within: {days: 180}, of: discharge, clause: 第八条}"


def who(web: Web, person: str) -> tuple[Member, Employer]:
    """A person of the cast and where they work."""
    return (web.people.lin, web.people.mill) if person == "member" else (web.people.wei, web.people.yard)


def enrolled(web: Web, person: str = "member", version: PlanVersion | None = None) -> Cover:
    """A cover that waits for payment; by a plan whose term begins the day after it."""
    member, employer = who(web, person)
    found = version or PlanVersion.objects.filter(plan="example-2025").first()
    found = found or rosters.version(web.people.city, term=DATED, more=WAITING)
    enrolment = rosters.begun(employer, found)
    facts = {"employment": "在职", "basic_insurance": "职工医保"} if found.family == "demo-inpatient" else {}
    add_person(enrolment=enrolment, name=member.name, identity_number=member.identity_number, by=BY, at=AT, **facts)
    submit_enrolment(enrolment=enrolment, by=BY, at=AT)
    accept_enrolment(enrolment=enrolment, by=BY, at=AT)
    return Cover.objects.get(enrolment=enrolment)


def covered(
    web: Web, person: str = "member", *, version: PlanVersion | None = None, paid_on: datetime.date = PAID_ON
) -> Cover:
    """A cover that was paid for: of the plan above, in force since the day after."""
    cover = enrolled(web, person, version)
    begin_covers(enrolment=cover.enrolment, paid_on=paid_on, by=BY, at=AT)
    cover.refresh_from_db()
    web.made.setdefault("cover", cover)
    return cover


def demo_version(web: Web) -> PlanVersion:
    """The hospital plan of the demonstration, of the year of the tests, offered by the city."""
    path = PROJECT / "src/mutualaid/plans/demo_plans/demo-inpatient-2026.yaml"
    text = path.read_text(encoding="utf-8").replace("2026", "2025").replace("begins: fixed", "begins: next_day")
    text = "\n".join(
        line
        for line in text.splitlines()
        if 'on: "01-01"' not in line and "first_on" not in line and "least_share" not in line
    ).replace("employer:\n", "")
    return PlanVersion.objects.create(
        office=web.people.city,
        plan="demo-inpatient-2025",
        family="demo-inpatient",
        name_zh="示范市职工住院互助保障（2025年版）",
        name_en="Hospital mutual aid of Shifan, an invented city (2025 edition)",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=rosters.ON,
    )
