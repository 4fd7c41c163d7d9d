"""A package is renewed with its groups and persons: who is still there, what is offered no more, what is different."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.contributions.actions.bills import accept_package_and_bill, submit_package_and_bill
from mutualaid.core import work
from mutualaid.core.models import LongJob
from mutualaid.enrolment import differences
from mutualaid.enrolment.actions import renewing
from mutualaid.enrolment.actions.accepting import begin_covers
from mutualaid.enrolment.actions.package_rosters import take_package_rows
from mutualaid.enrolment.actions.renewing import NobodyToRenew, renew_package
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import group_counts, preview_counts, waiting_uploads
from mutualaid.enrolment.renewing import package_renewal, packages_to_renew
from mutualaid.people.models import Employment
from mutualaid.plans.models import PlanVersion
from tests.contributions.scene import World
from tests.enrolment.packages_made import filled, plans
from tests.people.cast import AT, BY, ON

NEXT = datetime.datetime(2026, 5, 20, 2, tzinfo=datetime.UTC)


@pytest.fixture
def known(world: World) -> dict[str, PlanVersion]:
    """Single plans."""
    return plans(world.cast)


def last_year(world: World, known: dict[str, PlanVersion]) -> Package:
    """Five persons in three groups, paid."""
    package = filled(world.cast, known)
    submit_package_and_bill(package=package, by=BY, at=AT)
    package.refresh_from_db()
    accept_package_and_bill(package=package, by=world.by, at=AT)
    for enrolment in package.enrolments.all():
        begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT)
    package.refresh_from_db()
    return package


def test_the_same_groups_with_who_is_still_there(world: World, known: dict[str, PlanVersion]) -> None:
    before = last_year(world, known)
    gone = Cover.objects.filter(enrolment__package=before, package_group="一线").earliest("id").member
    Employment.objects.filter(member=gone).update(until_on=datetime.date(2025, 12, 1))
    assert packages_to_renew(among=Package.objects.all(), on=ON) == []  # it lasts for long
    assert packages_to_renew(among=Package.objects.all(), on=NEXT.date()) == [before]
    told = package_renewal(package=before, on=NEXT.date())
    assert (told.before, told.here, list(told.gone)) == (5, 4, [])
    made, uploads = renew_package(
        package=before, name="2026 综合保障", headcount=20, women_headcount=10, by=BY, at=NEXT
    )
    assert not isinstance(uploads, LongJob)
    assert preview_counts(uploads=uploads) == (4, 4)
    assert [(one.name, one.rule, one.word) for one in made.groups.all()] == [
        (one.name, one.rule, one.word) for one in before.groups.all()
    ]
    # What is different is told plan by plan: one left, the others go on.
    medical = next(one for one in uploads if one.enrolment.version.plan == "medical")
    counts = differences.counted(enrolment=medical.enrolment, on=NEXT.date(), upload=medical)
    assert (counts["renewed"].persons, counts["left"].persons) == (4, 1)
    take_package_rows(package=made, leave_out_faulty=False, by=BY, at=NEXT)
    assert group_counts(package=made) == {"一线": 1, "女职工": 2, "其余": 1}
    # One that is renewed is not offered again.
    assert packages_to_renew(among=Package.objects.all(), on=NEXT.date()) == []


def test_a_plan_that_is_offered_no_more(world: World, known: dict[str, PlanVersion]) -> None:
    before = last_year(world, known)
    PlanVersion.objects.filter(pk=known["women"].pk).update(state="withdrawn")
    told = package_renewal(package=before, on=NEXT.date())
    assert list(told.gone) == ["女职工特殊疾病"]
    assert all(plan.version.plan != "women" for group in told.groups for plan in group.plans)
    Employment.objects.all().update(until_on=datetime.date(2025, 12, 1))
    with pytest.raises(NobodyToRenew):
        renew_package(package=before, name="2026", headcount=20, by=BY, at=NEXT)


def test_a_large_one_is_the_workers(
    world: World, known: dict[str, PlanVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = last_year(world, known)
    monkeypatch.setattr(renewing, "AT_ONCE_ROWS", 1)
    monkeypatch.setattr("mutualaid.enrolment.jobs.database_time", lambda: NEXT)
    made, job = renew_package(package=before, name="2026", headcount=20, women_headcount=10, by=BY, at=NEXT)
    assert isinstance(job, LongJob)
    work.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result["rows"], job.result["good"]) == ("done", 5, 5), job.fault_zh
    assert len(waiting_uploads(package=made)) == 3
