"""Mergers against each other, and against a roster that is accepted at the same moment: one of them is done, whole."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.changing import confirm_employer_change
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.handing_over import apply_employer_change
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover, EmployerChange, Enrolment
from mutualaid.people.models import Employer, Employment, Member
from mutualaid.plans.models import PlanVersion
from tests.enrolment.changes import DAY, NOW, ON, merger, split, two, works
from tests.enrolment.rosters import version
from tests.enrolment.test_differences import NAMES, TERM
from tests.people.cast import BY, Cast, cast, employer, member, resident_id
from tests.racing import together

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LATER = NOW + DAY


@pytest.fixture
def scene(transactional_db: None) -> tuple[Cast, PlanVersion, tuple[Actor, Actor]]:
    """Three work at the yard beside who does anyway."""
    with within([EVERYTHING]):
        found = cast()
        for order in (41, 42, 43):
            member(found.yard, order, NAMES[order])
        return found, version(found.city, term=TERM), two(found)


def confirmed(change: EmployerChange, who: tuple[Actor, Actor]) -> EmployerChange:
    return confirm_employer_change(change=change, by=who[1], at=NOW)


def each_works_once(*employers: Employer, everybody: set[str], on: datetime.date) -> None:
    found = [number for one in employers for number in works(one, on)]
    assert sorted(found) == sorted(everybody)


def seen(deed: object) -> None:
    """A deed of a thread sees everything."""
    with within([EVERYTHING]):
        deed()  # type: ignore[operator]


def test_two_ask_at_once(scene: tuple[Cast, PlanVersion, tuple[Actor, Actor]]) -> None:
    found, _, who = scene
    raised = together(
        lambda: seen(lambda: merger(found.county, found.mill, found.yard, by=who[0])),
        lambda: seen(lambda: split(found.county, found.yard, found.mill, [41], by=who[1])),
    )
    assert sorted(type(one).__name__ for one in raised) == ["ChangeOpen", "NoneType"]


def test_one_is_applied_once(scene: tuple[Cast, PlanVersion, tuple[Actor, Actor]]) -> None:
    found, _, who = scene
    with within([EVERYTHING]):
        everybody = works(found.mill) | works(found.yard)
        change = confirmed(merger(found.county, found.mill, found.yard, by=who[0], on=ON + DAY), who)
    deed = lambda: seen(lambda: apply_employer_change(change=change, by=BY, at=LATER))  # noqa: E731
    raised = together(deed, deed, deed)
    assert sorted(type(one).__name__ for one in raised) == ["IllegalMove", "IllegalMove", "NoneType"]
    with within([EVERYTHING]):
        each_works_once(found.mill, found.yard, everybody=everybody, on=ON + DAY)
        assert Employer.objects.get(pk=found.mill.pk).headcount_declared == 40


def test_a_roster_of_the_former_is_accepted_meanwhile(scene: tuple[Cast, PlanVersion, tuple[Actor, Actor]]) -> None:
    found, of, who = scene
    with within([EVERYTHING]):
        change = confirmed(merger(found.county, found.mill, found.yard, by=who[0], on=ON + DAY), who)
        waiting = handed_in(found.yard, of, 41)
    raised = together(
        lambda: seen(lambda: accept_enrolment(enrolment=waiting, by=BY, at=LATER)),
        lambda: seen(lambda: apply_employer_change(change=change, by=BY, at=LATER)),
    )
    # It is accepted in any case; the merger waits until it is paid.
    assert [type(one).__name__ for one in raised] == ["NoneType", "NotYet"]
    with within([EVERYTHING]):
        assert Cover.objects.get(enrolment=waiting).employer == found.yard
        assert Employer.objects.get(pk=found.yard.pk).merged_into is None


def test_a_roster_of_another_takes_one_of_the_staff_meanwhile(
    scene: tuple[Cast, PlanVersion, tuple[Actor, Actor]],
) -> None:
    found, of, who = scene
    with within([EVERYTHING]):
        third = employer(found.county, 9)
        everybody = works(found.mill) | works(found.yard)
        change = confirmed(merger(found.county, found.mill, found.yard, by=who[0], on=ON + DAY), who)
        waiting = handed_in(third, of, 41)
    raised = together(
        lambda: seen(lambda: accept_enrolment(enrolment=waiting, by=BY, at=LATER)),
        lambda: seen(lambda: apply_employer_change(change=change, by=BY, at=LATER)),
    )
    assert raised[1] is None
    assert type(raised[0]).__name__ in ("NoneType", "Meanwhile")
    with within([EVERYTHING]):
        if raised[0] is not None:
            accept_enrolment(enrolment=Enrolment.objects.get(pk=waiting.pk), by=BY, at=LATER)
        each_works_once(found.mill, found.yard, third, everybody=everybody, on=ON + 3 * DAY)
        moved = Member.objects.get(name=NAMES[41])
        assert Employment.objects.get(member=moved, until_on=None).employer == third


def test_a_draft_is_begun_or_handed_in_meanwhile(scene: tuple[Cast, PlanVersion, tuple[Actor, Actor]]) -> None:
    found, of, who = scene
    with within([EVERYTHING]):
        change = confirmed(merger(found.county, found.mill, found.yard, by=who[0], on=ON + DAY), who)
        draft = begun(found.yard, of, 42)
    raised = together(
        lambda: seen(lambda: submit_enrolment(enrolment=draft, by=BY, at=LATER)),
        lambda: seen(lambda: apply_employer_change(change=change, by=BY, at=LATER)),
        lambda: seen(lambda: begin_enrolment(employer=found.yard, version=of, headcount=9, by=BY, at=LATER)),
    )
    with within([EVERYTHING]):
        draft.refresh_from_db()
        merged = Employer.objects.get(pk=found.yard.pk).merged_into is not None
        assert merged == (raised[1] is None)
        assert draft.employer == (found.mill if merged else found.yard)
        assert raised[2] is not None  # there is a draft of the term, or the employer is gone
        open_ = Enrolment.objects.filter(state__in=["draft", "submitted"])
        assert list(open_) == [draft]


def begun(at: Employer, of: PlanVersion, order: int) -> Enrolment:
    made = begin_enrolment(employer=at, version=of, headcount=20, by=BY, at=NOW)
    add_person(enrolment=made, name=NAMES[order], identity_number=resident_id(order=order), by=BY, at=NOW)
    return made


def handed_in(at: Employer, of: PlanVersion, order: int) -> Enrolment:
    return submit_enrolment(enrolment=begun(at, of, order), by=BY, at=NOW)
