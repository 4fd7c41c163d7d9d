"""Time that somebody is covered counts on across employers, offices, plans of one family, records of a person, late payments."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.accepting import accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.merging import hand_over_covers
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover, Enrolment, EnrolmentWindow
from mutualaid.enrolment.tenure import unbroken
from mutualaid.people.models import Employer, Member
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import version
from tests.people.cast import BY, Cast, member, resident_id

EACH_YEAR = '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01, clause: 第二条}'
WAITING = "waiting: {days: 400, clause: 第二条}"


def at(year: int, month: int = 6) -> datetime.datetime:
    return datetime.datetime(year, month, 1, 2, tzinfo=datetime.UTC)


def enrolled(employer: Employer, of: PlanVersion, year: int, order: int = 2) -> Enrolment:
    """One person enrolled for the term that begins in July of a year, accepted, not paid."""
    enrolment = begin_enrolment(employer=employer, version=of, headcount=20, by=BY, at=at(year))
    add_person(enrolment=enrolment, name="林晓禾", identity_number=resident_id(order=order), by=BY, at=at(year))
    submit_enrolment(enrolment=enrolment, by=BY, at=at(year))
    return accept_enrolment(enrolment=enrolment, by=BY, at=at(year))


def paid(enrolment: Enrolment, year: int) -> Cover:
    begin_covers(enrolment=enrolment, paid_on=at(year).date(), by=BY, at=at(year))
    return Cover.objects.get(enrolment=enrolment)


def covered(employer: Employer, of: PlanVersion, year: int, order: int = 2) -> Cover:
    return paid(enrolled(employer, of, year, order), year)


def july(year: int) -> datetime.date:
    return datetime.date(year, 7, 1)


@pytest.fixture
def province(cast: Cast) -> PlanVersion:
    """A plan of the province, offered in all its cities."""
    return version(cast.province, term=EACH_YEAR, more=WAITING)


def test_across_employers_offices_and_plans_of_a_family_over_four_terms(cast: Cast, province: PlanVersion) -> None:
    covered(cast.mill, province, 2025)
    covered(cast.yard, province, 2026)  # another employer of the county
    covered(cast.far, province, 2027)  # another city
    own = version(cast.other_city, "example-far", term=EACH_YEAR, more=WAITING)  # another plan of the family
    last = covered(cast.far, own, 2028)
    assert (last.joined_on, last.consecutive_periods) == (july(2025), 4)
    (run,) = unbroken(member=cast.lin, on=at(2028, 8).date())
    assert [(one.office, one.from_on.year) for one in run.pieces] == [
        ("邕市办事处", 2028), ("邕市办事处", 2027), ("海城区工会", 2026), ("海城区工会", 2025),
    ]  # fmt: skip
    assert (run.joined_on, run.periods, run.until_on, run.waits_until, run.earlier) == (
        july(2025),
        4,
        july(2029),
        None,
        False,
    )


def test_waiting_goes_on_with_whoever_moves_to_another_city(cast: Cast, province: PlanVersion) -> None:
    covered(cast.mill, province, 2025)
    covered(cast.far, province, 2026)
    (run,) = unbroken(member=cast.lin, on=datetime.date(2026, 7, 15))
    assert run.waits_until == july(2025) + datetime.timedelta(days=400)


def test_an_office_sees_of_elsewhere_only_which_office(cast: Cast, province: PlanVersion) -> None:
    first = covered(cast.mill, province, 2025)
    last = covered(cast.far, province, 2026)
    with within([cast.other_city.path]):
        (run,) = unbroken(member=cast.lin, on=july(2026), seen={last.pk})
    assert [(one.number, one.employer, one.office) for one in run.pieces] == [
        (last.number, cast.far.unit.name, "邕市办事处"), ("", "", "海城区工会"),
    ]  # fmt: skip
    assert first.number not in {one.number for one in run.pieces}


def test_a_year_without_cover_begins_anew(cast: Cast, province: PlanVersion) -> None:
    covered(cast.mill, province, 2025)
    last = covered(cast.yard, province, 2027)
    assert (last.joined_on, last.consecutive_periods) == (july(2027), 1)
    (run,) = unbroken(member=cast.lin, on=july(2027))
    assert len(run.pieces) == 1


def test_neither_another_family_nor_what_came_to_nothing_is_gone_on_with(cast: Cast, province: PlanVersion) -> None:
    covered(cast.mill, version(cast.province, "other-plan", family="other", term=EACH_YEAR), 2025)
    void = covered(cast.mill, province, 2025)
    Cover.objects.filter(pk=void.pk).update(state="cancelled")
    last = covered(cast.mill, province, 2026)
    assert (last.joined_on, last.consecutive_periods) == (july(2026), 1)
    runs = {run.family: [one.from_on for one in run.pieces] for run in unbroken(member=cast.lin, on=july(2026))}
    assert runs == {last.family: [july(2026)], "other": [july(2025)]}


@pytest.mark.parametrize("longer", [0, 1])
def test_of_covers_that_end_together_the_longest_is_gone_on_with(cast: Cast, longer: int) -> None:
    of = version(cast.province, most=2, term=EACH_YEAR)
    covers = [covered(one, of, 2025) for one in (cast.mill, cast.yard)]
    Cover.objects.filter(pk=covers[longer].pk).update(joined_on=july(2023), consecutive_periods=3)
    last = covered(cast.far, of, 2026)
    assert (last.joined_on, last.consecutive_periods) == (july(2023), 4)


def test_waiting_is_over_on_its_last_day(cast: Cast, province: PlanVersion) -> None:
    covered(cast.mill, province, 2025)
    over = july(2025) + datetime.timedelta(days=400)
    told = [unbroken(member=cast.lin, on=over - n * datetime.timedelta(days=1))[0].waits_until for n in (1, 0)]
    assert told == [over, None]


def test_an_earlier_term_that_is_paid_late_is_counted_in_the_later(cast: Cast, province: PlanVersion) -> None:
    first = enrolled(cast.mill, province, 2025)
    last = covered(cast.far, province, 2026)
    assert (last.joined_on, last.consecutive_periods) == (july(2026), 1)
    paid(first, 2026)
    last.refresh_from_db()
    assert (last.joined_on, last.consecutive_periods) == (july(2025), 2)
    assert AuditEntry.objects.filter(what="join_tenures", subject=f"enrolment.cover:{last.pk}").exists()


def test_after_two_records_of_a_person_are_merged(cast: Cast, province: PlanVersion) -> None:
    double = member(cast.far, 40, "林晓禾")
    covered(cast.mill, province, 2025)
    covered(cast.far, province, 2026, order=40)
    covered(cast.far, province, 2027, order=40)
    hand_over_covers(kept=cast.lin, merged=Member.objects.get(pk=double.pk), by=BY, at=at(2028))
    last = Cover.objects.get(from_on=july(2027))
    assert (last.joined_on, last.consecutive_periods) == (july(2025), 3)
    (run,) = unbroken(member=cast.lin, on=july(2027))
    assert len(run.pieces) == 3


def test_an_office_that_opened_late_breaks_nothing(cast: Cast, province: PlanVersion) -> None:
    """The city takes enrolments only from 20 July on: who enrols on that day goes on, and is not told to wait anew."""
    first = covered(cast.mill, province, 2025)
    day = datetime.datetime(2026, 7, 20, 2, tzinfo=datetime.UTC)
    EnrolmentWindow.objects.create(
        unit=cast.city, version=province, start_on=july(2026), opens_on=day.date(), closes_on=datetime.date(2026, 8, 31),
        state="open", proposed_by="1", proposed_at=day,
    )  # fmt: skip
    enrolment = begin_enrolment(employer=cast.mill, version=province, headcount=20, by=BY, at=day)
    add_person(enrolment=enrolment, name="林晓禾", identity_number=resident_id(), by=BY, at=day)
    submit_enrolment(enrolment=enrolment, by=BY, at=day)
    accept_enrolment(enrolment=enrolment, by=BY, at=day)
    begin_covers(enrolment=enrolment, paid_on=day.date(), by=BY, at=day)
    last = Cover.objects.get(enrolment=enrolment)
    assert (last.from_on, last.joined_on, last.consecutive_periods) == (datetime.date(2026, 7, 21), july(2025), 2)
    EnrolmentWindow.objects.update(state="closed")  # what was counted holds
    (run,) = unbroken(member=cast.lin, on=day.date())
    assert [one.number for one in run.pieces] == [last.number, first.number]
    assert run.waits_until == july(2025) + datetime.timedelta(days=400)
