"""What a roster changes against the covers of an employer: each kind, and who is left out."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.accepting import accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person, take_good_rows
from mutualaid.enrolment.differences import KINDS, Listed, comparing, counted, persons, rate_kept
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.queries import ends_after, shares_of
from mutualaid.enrolment.renewing import renewable
from mutualaid.people.actions.members import end_employment
from mutualaid.people.models import Employer, Employment
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import terms
from mutualaid.plans.queries import document_of
from tests.enrolment.rosters import SHARE, person, previewed, version
from tests.people.cast import BY, Cast, member, resident_id

TERM = '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01, clause: 第二条}'
THEN = datetime.datetime(2025, 6, 2, 1, 30, tzinfo=datetime.UTC)
NOW = datetime.datetime(2026, 6, 1, 1, 30, tzinfo=datetime.UTC)
ON = datetime.date(2026, 6, 1)
NAMES = {order: f"林晓{'禾苗木水土石山川'[order % 8]}" for order in range(100)}


def covered(employer: Employer, of: PlanVersion, orders: list[int], units: str = "") -> Enrolment:
    """Persons of these orders paid for the first term."""
    made = begin_enrolment(employer=employer, version=of, headcount=20, by=BY, at=THEN)
    for order in orders:
        add_person(
            enrolment=made, name=NAMES[order], identity_number=resident_id(order=order), units=units, by=BY, at=THEN
        )
    submit_enrolment(enrolment=made, by=BY, at=THEN)
    accept_enrolment(enrolment=made, by=BY, at=THEN)
    begin_covers(enrolment=made, paid_on=THEN.date(), by=BY, at=THEN)
    made.refresh_from_db()
    return made


def named(order: int, **more: str) -> list[str]:
    return person(order, NAMES[order], **more)


@pytest.fixture
def draft(cast: Cast) -> Enrolment:
    """Covered in the first term at the mill: 21 to 26; a year later its draft of the next: 21 as before, 22 with two
    units, 23 with a
    phone, 31 new, 32 a member of the mill without cover, 41 who works at the yard. 24 is still there, 25 went to the yard, 26
    left."""
    of = version(cast.city, most=2, term=TERM)
    covered(cast.mill, of, [21, 22, 23, 24, 25, 26])
    covered(cast.yard, of, [41])
    member(cast.mill, 32, NAMES[32])
    for order in (25, 26):
        found = Employment.objects.get(employer=cast.mill, member__name=NAMES[order], until_on=None)
        end_employment(employment=found, until_on=datetime.date(2026, 3, 1), by=BY, at=NOW)
        if order == 25:
            Employment.objects.create(member=found.member, employer=cast.yard, from_on=datetime.date(2026, 3, 1))
    return begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)


def roster(draft: Enrolment):
    rows = [named(21), named(22, 参加份数="2"), named(23, 手机号码="13912340023"), named(31), named(32), named(41)]
    return previewed(draft, [*rows, person(33, "")])


def test_every_kind(draft: Enrolment) -> None:
    upload = roster(draft)
    counts = counted(enrolment=draft, on=ON, upload=upload)
    assert {kind: one.persons for kind, one in counts.items()} == {
        "new": 1, "joined": 1, "moved": 1, "changed": 2, "renewed": 1, "left": 3,
    }  # fmt: skip
    assert str(rate_kept(counts=counts)) == "0.500"
    assert {one.name: (one.other) for one in persons(enrolment=draft, on=ON, kind="moved", upload=upload)} == {
        NAMES[41]: "第2厂工会"
    }
    changed = persons(enrolment=draft, on=ON, kind="changed", upload=upload)
    assert [[(c.field, c.before, c.after) for c in one.changes] for one in changed] == [
        [("units", "1", "2")], [("phone", "", "+")],
    ]  # fmt: skip
    left = {one.cover: one.reason for one in persons(enrolment=draft, on=ON, kind="left", upload=upload)}
    assert sorted(left.values()) == ["elsewhere", "ended", "here"]


def test_nothing_is_there_before_it_is_taken(draft: Enrolment) -> None:
    roster(draft)
    assert counted(enrolment=draft, on=ON)["left"].persons == 6
    assert set(counted(enrolment=draft, on=ON)) == set(KINDS)


def test_whose_cover_goes_on_is_not_left_out(cast: Cast) -> None:
    of = version(cast.city, term="{years: 1, begins: next_day, clause: 第二条}")
    covered(cast.mill, of, [21, 22])
    later = datetime.datetime(2025, 12, 1, 1, 30, tzinfo=datetime.UTC)
    newcomers = begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=later)
    previewed(newcomers, [named(31)])
    counts = counted(enrolment=newcomers, on=later.date(), upload=newcomers.uploads.get())
    assert (counts["new"].persons, counts["left"].persons) == (1, 0)


@pytest.mark.parametrize("year", [2026, 2027, 2028])
def test_the_term_before_the_last_is_not_of_before(year: int) -> None:
    """Whether or not a 29 February is among the days."""
    first = datetime.date(year, 7, 1)
    since = ends_after(from_on=first, until_on=first.replace(year=year + 1))
    assert first.replace(year=year - 1) <= since < first


def test_newcomers_of_a_term_that_ends_soon_leave_nobody_out(cast: Cast) -> None:
    window = '{opens: "07-01", closes: "06-15", clause: 第二条}'
    of = version(
        cast.city, term=TERM.replace("clause", f"enrolment: {window}, clause"), more=SHARE.replace("80%", "25%")
    )
    covered(cast.mill, of, [21, 22, 23, 24, 25])
    newcomers = begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    assert (newcomers.from_on, newcomers.until_on) == (datetime.date(2026, 6, 2), datetime.date(2026, 7, 1))
    upload = previewed(newcomers, [named(31)])
    counts = counted(enrolment=newcomers, on=ON, upload=upload)
    assert (counts["new"].persons, counts["left"].persons) == (1, 0)
    # Who is covered already counts for the plan's least share, and is nobody to be renewed.
    take_good_rows(upload=upload, by=BY, at=NOW)
    assert [one.kept for one in shares_of(enrolment=newcomers, persons=1)] == [True]
    term = terms(document_of(version=of), on=ON)
    assert renewable(employer=cast.mill, offers=[(of, term)], on=ON) == []


def test_one_statement_and_page_by_page(draft: Enrolment, cast: Cast) -> None:
    upload = roster(draft)
    with within([cast.mill.unit.path]):
        draft.version.family  # noqa: B018 - read before it is counted
        with CaptureQueriesContext(connection) as told, comparing(enrolment=draft, on=ON, upload=upload) as comparison:
            listed = Listed(comparison=comparison, kind="left", count=3)
            assert len(listed[1:3]) == 2
    assert len([one for one in told if "enrolment_rosterrow" in one["sql"]]) == 1
    with pytest.raises(KeyError):
        persons(enrolment=draft, on=ON, kind="nothing")
