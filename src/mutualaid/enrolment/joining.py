"""What is asked before anybody joins without a roster: whether the plan is open to them, for which days, and whether they may."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from mutualaid.enrolment.actions.enrolling import NotOffered, WindowClosed
from mutualaid.enrolment.models import JoiningPage
from mutualaid.enrolment.roster.checking import Fault, Row, Wanted, read_lines
from mutualaid.enrolment.roster.reading import Line
from mutualaid.people.merged_employers import expect_unmerged
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import NoFirstDay, Term, season, terms, why_not_eligible
from mutualaid.plans.queries import document_of, is_offered

AHEAD = datetime.timedelta(days=90)
"""So long before its first day a cover may be asked for."""
GIG = "新就业形态"


class NotThatDay(Refused):
    """The day from which cover is wanted is over, or too far away."""


class NotOpen(Refused):
    """Nobody joins by this page any more."""


class JoiningFaulty(Refused):
    """What was told cannot be; ``faults`` by field."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("；".join(one["zh"] for one in faults), "; ".join(one["en"] for one in faults))


def term_to_join(*, version: PlanVersion, employer: Employer, option: str, wanted_on: datetime.date | None,
                 on: datetime.date) -> Term:  # fmt: skip
    """The term of who joins on a day; provisional as long as nothing is paid. Raises NotOffered, WindowClosed, NotThatDay,
    EmployerMerged."""
    expect_unmerged(employer=employer.pk)
    if not is_offered(version=version, unit=employer.unit, on=on):
        raise NotOffered(
            "计划应已发布并面向本工会；现不是，请选择其他计划",
            "expected a plan that is published and offered to this union, found one that is not; choose another",
        )
    document = document_of(version=version)
    window = season(document, on=on)
    if not window.is_open:
        raise WindowClosed(window.zh, window.en)
    if wanted_on is not None and not on <= wanted_on <= on + AHEAD:
        raise NotThatDay(
            f"起始日应在 {on} 至 {on + AHEAD} 之间；得到 {wanted_on}，请改正",
            f"expected a first day from {on} to {on + AHEAD}, found {wanted_on}; correct it",
        )
    return terms(document, on=on, paid_on=on, option=option or None, wanted_on=wanted_on)


def joiner_line(*, told: Mapping[str, str], option: str) -> dict[str, str]:
    """A gig worker as a row of a roster says it."""
    found = {name: text.strip() for name, text in told.items() if text.strip()}
    return {"employment": GIG, **found, **({"option": option} if option else {})}


def check_open(*, page: JoiningPage, on: datetime.date) -> None:
    """Raises NotOpen: the page is closed, its plan is no longer offered, or not now. Ask it where everything is seen."""
    try:
        window = season(document_of(version=page.version), on=on)
        terms(document_of(version=page.version), on=on)
    except NoFirstDay as fault:
        raise NotOpen(fault.zh, fault.en) from None
    if not window.is_open:
        raise NotOpen(window.zh, window.en)
    offered = is_offered(version=page.version, unit=page.employer.unit, on=on)
    if page.state != "open" or not offered:
        raise NotOpen(
            "该参加页面应在开放中；已关闭，请向工会索取新的二维码",
            "expected an open page, found it closed; ask the union for its new QR code",
        )


def check_person(*, page: JoiningPage, told: Mapping[str, str], option: str, on: datetime.date) -> Row:
    """What somebody tells of themselves, read as a row of a roster and held against the plan's rules; the database is not asked.
    Raises JoiningFaulty."""
    document = document_of(version=page.version)
    term = terms(document, on=on, option=option or None)
    line = joiner_line(told=told, option=option)
    [row] = read_lines([Line(1, line)], Wanted(document, page.employer_id, term.from_on, on))
    person = row.person
    if person is not None:
        reasons = why_not_eligible(
            document,
            birth_date=person.birth_date,
            sex=person.sex,
            employment=person.employment,
            basic_insurance=person.basic_insurance,
            groups=person.groups,
            from_on=term.from_on,
        )
        row.faults.extend({"field": "plan", "zh": one.zh, "en": one.en, "offered": ""} for one in reasons)
    if row.faults:
        raise JoiningFaulty(row.faults)
    return row
