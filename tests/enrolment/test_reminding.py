"""Reminders of a season: when, to whom, each once."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.enrolment.actions.enrolling import begin_enrolment
from mutualaid.enrolment.actions.reminding import remind
from mutualaid.enrolment.actions.windows import open_window
from mutualaid.notices.models import Notice
from mutualaid.people.models import Member
from tests.enrolment.rosters import submitted, version
from tests.enrolment.test_differences import TERM, covered
from tests.people.cast import AT, BY, Cast, account

SEASON = (
    '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01,'
    ' enrolment: {opens: "05-01", closes: "06-15", clause: 第二条}, clause: 第二条}'
)


def at(month: int, day: int, year: int = 2025) -> datetime.datetime:
    return datetime.datetime(year, month, day, 1, tzinfo=datetime.UTC)


def told(template: str) -> int:
    return Notice.objects.filter(template=template).count()


def test_a_season_opens_and_closes(cast: Cast) -> None:
    version(cast.province, term=SEASON)
    assert remind(kind="seasons", by=BY, at=at(4, 29)) == 0
    assert remind(kind="seasons", by=BY, at=at(5, 2)) == 1  # the day before was missed
    assert remind(kind="seasons", by=BY, at=at(5, 2)) == 0
    assert remind(kind="seasons", by=BY, at=at(6, 1)) == 1
    assert remind(kind="seasons", by=BY, at=at(6, 12)) == 1
    assert (told("season_opens"), told("season_closes")) == (1, 2)


def test_who_handed_in_is_not_reminded_and_the_offices_window_counts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = version(cast.province, term=TERM)
    open_window(
        unit=cast.city, version=of, start_on=datetime.date(2025, 7, 1), opens_on=datetime.date(2025, 3, 1),
        closes_on=datetime.date(2025, 3, 15), by=BY, at=AT,
    )  # fmt: skip
    assert remind(kind="seasons", by=BY, at=AT) == 2  # it opens today, and closes in 14 days
    submitted(cast.mill, of, [21])
    assert remind(kind="seasons", by=BY, at=at(3, 12)) == 0
    assert told("season_closes") == 1


def test_cover_ends_without_another(cast: Cast) -> None:
    of = version(cast.city, term=TERM)
    covered(cast.mill, of, [21, 22])
    covered(cast.yard, of, [31])
    Member.objects.filter(covers__isnull=False, name="林晓水").update(account=account("m"))
    for kind in ("employers", "members"):
        assert remind(kind=kind, by=BY, at=at(5, 30, 2026)) == 0
    assert remind(kind="employers", by=BY, at=at(5, 31, 2026)) == 1  # the yard has no clerk
    assert remind(kind="members", by=BY, at=at(6, 16, 2026)) == Notice.objects.filter(template="cover_ending").count()
    notice = Notice.objects.get(template="covers_ending")
    assert notice.words["people"] == "2"
    assert notice.link == f"/employers/renewals?unit={cast.mill.unit.code}"
    assert notice.words["to_on"] == "2026-06-30"


def test_each_leads_to_what_is_to_be_done(cast: Cast) -> None:
    of = version(cast.province, term=SEASON)
    of.refresh_from_db()
    remind(kind="seasons", by=BY, at=at(5, 1))
    new = f"/employers/enrolments/new?plan={of.number}&unit={cast.mill.unit.code}"
    assert Notice.objects.get(template="season_opens").link == new
    draft = begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=at(5, 2))
    draft.refresh_from_db()
    remind(kind="seasons", by=BY, at=at(6, 1))
    assert Notice.objects.get(template="season_closes").link == f"/employers/enrolments/{draft.number}"


def test_no_such_kind(cast: Cast) -> None:
    with pytest.raises(KeyError):
        remind(kind="nothing", by=BY, at=AT)
