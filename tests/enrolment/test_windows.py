"""When an office takes enrolments instead of the document: which window counts, what it means, who approves it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.enrolling import WindowClosed, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.actions.windows import (
    BadWindow,
    OwnProposal,
    WindowThere,
    approve_window,
    close_window,
    open_window,
    refuse_window,
)
from mutualaid.enrolment.models import EnrolmentWindow
from mutualaid.enrolment.windows import Continuing, window_for
from mutualaid.notices.models import Notice
from mutualaid.people.models import RoleName, Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import OwnWindow, season, terms
from mutualaid.plans.queries import document_of
from mutualaid.plans.windowing import governs, is_within, starts_around
from tests.enrolment.rosters import begun, version
from tests.people.cast import AT, BY, Cast, as_staff, resident_id, staff

D = datetime.date
START = D(2025, 7, 1)
FIRST, LAST = D(2025, 5, 10), D(2025, 6, 1)
SEASON = (
    '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01,'
    ' enrolment: {opens: "05-01", closes: "06-15", catch_up_month: 9, clause: 第二条}, clause: 第二条}'
)


def at(day: D) -> datetime.datetime:
    return datetime.datetime(day.year, day.month, day.day, 2, tzinfo=datetime.UTC)


def opened(
    cast: Cast, of: PlanVersion, unit: Unit | None = None, first: D = FIRST, last: D = LAST, **more: Any
) -> EnrolmentWindow:
    return open_window(
        unit=unit or cast.city, version=of, start_on=START, opens_on=first, closes_on=last, by=BY, at=AT, **more
    )


def test_what_a_window_means(cast: Cast) -> None:
    document = document_of(version=version(cast.province, term=SEASON))
    own = OwnWindow(D(2025, 5, 10), D(2025, 6, 1), START, D(2025, 8, 31), catch_up=True)
    told = {
        day: season(document, on=day, own=own) for day in (D(2025, 5, 9), D(2025, 6, 1), D(2025, 6, 2), D(2025, 9, 3))
    }
    assert [(one.is_open, one.late) for one in told.values()] == [
        (False, False),
        (True, False),
        (True, True),
        (True, False),
    ]
    assert terms(document, on=D(2025, 8, 1), own=own).from_on == D(2025, 8, 2)
    assert terms(document, on=D(2025, 5, 9), own=own).from_on == START
    assert terms(document, on=D(2025, 8, 1), own=own).until_on == D(2026, 7, 1)
    assert not season(document, on=D(2025, 10, 1), own=own).is_open
    shut = OwnWindow(D(2025, 5, 10), D(2025, 6, 1), START, catch_up=False)
    assert not season(document, on=D(2025, 9, 3), own=shut).is_open


def test_which_one_governs_and_whether_it_keeps_within(cast: Cast) -> None:
    document = document_of(version=version(cast.province, term=SEASON))
    narrow = OwnWindow(D(2025, 5, 10), D(2025, 6, 1), START, catch_up=False)
    later = OwnWindow(D(2026, 5, 10), D(2026, 6, 1), D(2026, 7, 1))
    assert governs(document, windows=[narrow, later], on=D(2025, 6, 10)) == narrow  # over, where the document is not
    assert governs(document, windows=[narrow, later], on=D(2026, 3, 1)) == later
    assert governs(document, windows=[later], on=D(2025, 6, 1)) is None
    assert governs(document, windows=[], on=START) is None
    assert is_within(document, own=narrow)
    assert not is_within(document, own=OwnWindow(D(2025, 4, 1), D(2025, 6, 1), START))
    assert not is_within(document, own=OwnWindow(D(2025, 5, 1), D(2025, 6, 15), START, D(2025, 8, 1)))
    assert starts_around(document, on=D(2025, 8, 1)) == [START, D(2026, 7, 1)]


def test_the_nearest_office_counts_for_the_employer(cast: Cast) -> None:
    of = version(cast.province, term=SEASON)
    opened(cast, of, cast.province, D(2025, 5, 5), D(2025, 6, 10))
    opened(cast, of, cast.city)
    with within([cast.mill.unit.path]):
        own = window_for(version=of, unit=cast.mill.unit, on=D(2025, 5, 7))
    assert own is not None
    assert own.opens_on == FIRST
    other = window_for(version=of, unit=cast.far.unit, on=D(2025, 5, 7))
    assert other is not None
    assert other.opens_on == D(2025, 5, 5)
    with pytest.raises(WindowClosed, match="2025-05-10"):
        begun(cast.mill, of, at=at(D(2025, 5, 7)))
    begun(cast.far, of, at=at(D(2025, 5, 7)))
    enrolment = begun(cast.mill, of, at=at(D(2025, 5, 20)))
    add_person(enrolment=enrolment, name="林晓禾", identity_number=resident_id(order=2), by=BY, at=at(D(2025, 5, 20)))
    with pytest.raises(WindowClosed):  # over at its own office, though the document's season goes on
        submit_enrolment(enrolment=enrolment, by=BY, at=at(D(2025, 6, 10)))


def test_beyond_the_season_the_plans_office_approves(cast: Cast) -> None:
    of = version(cast.province, term=SEASON)
    clerk = as_staff(staff("经办丁", cast.city, RoleName.ENROLMENT_CLERK))
    with pytest.raises(BadWindow, match="reason"):
        opened(cast, of, first=D(2025, 4, 1))
    window = open_window(
        unit=cast.city, version=of, start_on=START, opens_on=D(2025, 3, 1), closes_on=D(2025, 6, 15),
        late_until_on=D(2025, 12, 31), reason="集中征集", by=clerk, at=AT,
    )  # fmt: skip
    assert (window.state, window.beyond) == ("proposed", True)
    assert Notice.objects.filter(template="window_to_approve").exists()
    assert window_for(version=of, unit=cast.mill.unit, on=AT.date()) is None
    with pytest.raises(WindowClosed):
        begun(cast.mill, of)
    with pytest.raises(OwnProposal):
        approve_window(window=window, by=clerk, at=AT)
    approve_window(window=window, by=as_staff(cast.analyst), at=AT)
    assert Notice.objects.filter(template="window_approved").exists()
    assert begun(cast.mill, of).from_on == START
    late = begun(cast.yard, of, at=at(D(2025, 10, 1)))
    assert (late.from_on, late.until_on) == (D(2025, 10, 2), D(2026, 7, 1))
    close_window(window=window, by=clerk, at=AT)
    with pytest.raises(IllegalMove):
        close_window(window=window, by=clerk, at=AT)


def test_a_window_is_refused(cast: Cast) -> None:
    window = opened(cast, version(cast.province, term=SEASON), first=D(2025, 4, 1), reason="集中征集")
    with pytest.raises(Refused, match="reason"):
        refuse_window(window=window, remark=" ", by=as_staff(cast.analyst), at=AT)
    assert refuse_window(window=window, remark="过早", by=as_staff(cast.analyst), at=AT).state == "refused"


def test_what_is_no_window(cast: Cast) -> None:
    of = version(cast.province, term=SEASON)
    opened(cast, of)
    with pytest.raises(WindowThere):
        opened(cast, of)
    for wrong in (
        {"first": D(2025, 6, 2)},
        {"late_until_on": D(2025, 5, 20)},
        {"last": D(2026, 7, 1)},
    ):
        with pytest.raises(BadWindow):
            opened(cast, of, cast.county, **wrong)
    with pytest.raises(BadWindow):
        open_window(unit=cast.city, version=of, opens_on=START, closes_on=START, by=BY, at=AT)
    with pytest.raises(BadWindow):
        opened(cast, version(cast.other_city, "elsewhere", family="elsewhere"))


def test_everybody_reads_and_only_the_branch_writes(cast: Cast) -> None:
    window = opened(cast, version(cast.province, term=SEASON))
    with within([cast.mill.unit.path]):
        assert EnrolmentWindow.objects.filter(pk=window.pk).exists()
        assert EnrolmentWindow.objects.filter(pk=window.pk).update(remark="x") == 0
    with within([cast.city.path]):
        assert EnrolmentWindow.objects.filter(pk=window.pk).update(remark="x") == 1


@pytest.mark.parametrize(
    ("opens", "from_on", "expected"),
    [
        # It opened on a Sunday after the term began: who enrols by the Monday goes on, who waits longer begins anew.
        (D(2026, 7, 19), D(2026, 7, 21), D(2026, 7, 1)),
        (D(2026, 7, 19), D(2026, 7, 22), D(2026, 7, 22)),
        # It opened before the term, though the document's season is late: nobody had to have a gap.
        (D(2026, 6, 1), D(2026, 7, 2), D(2026, 7, 2)),
    ],
)
def test_a_window_that_opened_late_breaks_no_tenure(cast: Cast, opens: D, from_on: D, expected: D) -> None:
    late = SEASON.replace('opens: "05-01", closes: "06-15"', 'opens: "07-01", closes: "09-15"')
    of = version(cast.province, term=late)
    own = EnrolmentWindow.objects.create(
        unit=cast.city, version=of, start_on=D(2026, 7, 1), opens_on=opens, closes_on=D(2026, 8, 31), state="open",
        proposed_by="1", proposed_at=AT,
    )  # fmt: skip
    path = cast.mill.unit.path
    assert Continuing().since(version=of, unit_path=path, from_on=from_on) == expected
    # Nearer offices count before those above; other terms and withdrawn windows do not.
    for change in ({"start_on": D(2025, 7, 1)}, {"state": "closed", "start_on": D(2026, 7, 1)}):
        EnrolmentWindow.objects.filter(pk=own.pk).update(**change)
        assert Continuing().since(version=of, unit_path=path, from_on=D(2026, 7, 2)) == D(2026, 7, 1)
        assert Continuing().since(version=of, unit_path=path, from_on=from_on) == (
            from_on if from_on > D(2026, 7, 2) else D(2026, 7, 1)
        )
