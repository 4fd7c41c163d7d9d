"""Last term's roster is renewed: who is in it, who is left out and why, what has to be mended."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.core.models import LongJob
from mutualaid.core.work import run_waiting
from mutualaid.enrolment.actions import renewing as actions
from mutualaid.enrolment.actions.enrolling import OpenAlready
from mutualaid.enrolment.actions.renewing import NobodyToRenew, renew_enrolment
from mutualaid.enrolment.actions.rosters import take_good_rows
from mutualaid.enrolment.differences import counted, persons
from mutualaid.enrolment.models import RosterUpload
from mutualaid.enrolment.renewing import renewable
from mutualaid.people.actions.members import end_employment
from mutualaid.people.models import Employment
from mutualaid.plans.offering import terms
from mutualaid.plans.queries import document_of
from tests.enrolment import rosters
from tests.enrolment.rosters import version
from tests.enrolment.test_differences import NAMES, NOW, ON, TERM, covered
from tests.people.cast import BY, Cast

INSURED = "{{ages: [{{from: 16, up_to: 60}}], basic_insurance: [employee], clause: 第三条}}"


def left(cast: Cast, order: int) -> None:
    work = Employment.objects.get(employer=cast.mill, member__name=NAMES[order], until_on=None)
    end_employment(employment=work, until_on=datetime.date(2026, 3, 1), by=BY, at=NOW)


def test_who_is_still_there_is_in_the_preview(cast: Cast) -> None:
    of = version(cast.city, most=2, term=TERM)
    covered(cast.mill, of, [21, 22, 23], units="2")
    left(cast, 23)
    term = terms(document_of(version=of), on=ON)
    offer = renewable(employer=cast.mill, offers=[(of, term)], on=ON)
    assert [(one.before, one.here, one.enrolled) for one in offer] == [(3, 2, None)]
    made, upload = renew_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    assert isinstance(upload, RosterUpload)
    assert (upload.rows_read, upload.rows_good) == (2, 2)
    assert (made.from_on, set(upload.rows.values_list("units", flat=True))) == (datetime.date(2026, 7, 1), {2})
    counts = counted(enrolment=made, on=ON, upload=upload)
    assert (counts["renewed"].persons, counts["left"].persons) == (2, 1)
    assert [one.reason for one in persons(enrolment=made, on=ON, kind="left", upload=upload)] == ["ended"]
    assert take_good_rows(upload=upload, by=BY, at=NOW) == 2
    assert renewable(employer=cast.mill, offers=[(of, term)], on=ON)[0].enrolled == made
    with pytest.raises(OpenAlready):
        renew_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)


def test_what_the_new_edition_asks_is_a_fault_to_be_mended(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    covered(cast.mill, version(cast.city, term=TERM), [21])
    asking = rosters.PLAN.replace("{{ages: [{{from: 16, up_to: 60}}], clause: 第三条}}", INSURED)
    monkeypatch.setattr(rosters, "PLAN", asking)
    later = version(cast.county, "example-2026", term=TERM)
    _, upload = renew_enrolment(employer=cast.mill, version=later, headcount=20, by=BY, at=NOW)
    assert isinstance(upload, RosterUpload)
    assert [one["field"] for one in upload.rows.get().faults] == ["basic_insurance"]


def test_nobody_to_renew(cast: Cast) -> None:
    of = version(cast.city, term=TERM)
    with pytest.raises(NobodyToRenew):
        renew_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    assert renewable(employer=cast.mill, offers=[(of, terms(document_of(version=of), on=ON))], on=ON) == []


def test_a_large_one_is_the_workers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE_ROWS", 1)
    of = version(cast.city, term=TERM)
    covered(cast.mill, of, [21, 22])
    made, job = renew_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    assert isinstance(job, LongJob)
    run_waiting()
    job.refresh_from_db()
    assert job.result["rows"] == made.uploads.get().rows_read == 2
