"""Whoever holds a certificate may ask whether it is ours: by a code that is not guessed; the page tells little of the person."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from mutualaid.contributions.actions.joining import Payer, cover_and_bill_group, enrol_batch
from mutualaid.enrolment.certificate import facts_of, group_certificate
from mutualaid.enrolment.certificate_checks import checked_at, code_of, genuine_certificate
from mutualaid.enrolment.models import Cover, GroupCover
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON

if TYPE_CHECKING:
    from tests.people.cast import Cast

DAY = datetime.timedelta(days=1)


@pytest.fixture
def cover(cast: Cast) -> Cover:
    """Of a rider, for a month."""
    enrol_batch(
        employer=cast.yard, version=rider_plan(cast.province, fees=(0, 0, 0)), told=[rider(40, "欧阳骑手")], option="按月",
        payer=Payer("platform", "示例平台企业"), by=BY, at=AT,
    )  # fmt: skip
    return Cover.objects.get(family="rider")


@pytest.mark.parametrize(("day", "standing"), [(0, "ahead"), (1, "in_force"), (31, "in_force"), (32, "past")])
def test_it_says_how_the_cover_stands(cover: Cover, day: int, standing: str) -> None:
    found = genuine_certificate(number=cover.number, code=code_of(number=cover.number), on=ON + day * DAY)
    assert found is not None
    assert (found.standing, found.name, found.from_on) == (standing, "欧***", cover.from_on)
    Cover.objects.filter(pk=cover.pk).update(state="cancelled")
    void = genuine_certificate(number=cover.number.lower(), code=code_of(number=cover.number).lower(), on=ON)
    assert void is not None
    assert void.standing == "cancelled"


def test_no_other_code_opens_it(cover: Cover) -> None:
    code = code_of(number=cover.number)
    other = code_of(number=f"C{int(cover.number[1:]) + 1:010d}")
    assert other != code
    for wrong in (other, code[:-1], code[:-1] + ("2" if code[-1] != "2" else "3"), "", cover.number):
        assert genuine_certificate(number=cover.number, code=wrong, on=ON) is None
    facts = facts_of(cover=cover, lang="zh", on=ON)
    assert str(facts["check_code"]).replace("-", "") == code
    assert code in checked_at(number=cover.number)
    assert str(facts["code_picture"]).startswith("<svg")


def test_a_station_s_places(cast: Cast) -> None:
    group, _ = cover_and_bill_group(
        employer=cast.yard, version=rider_plan(cast.province, fees=(0, 0, 0)), places=7, option="按月", by=BY, at=AT
    )
    group.refresh_from_db()
    found = genuine_certificate(number=group.number, code=code_of(number=group.number), on=ON + DAY)
    assert found is not None
    assert (found.standing, found.places, found.station, found.name) == ("in_force", 7, cast.yard.unit.name, "")
    assert group_certificate(group=group, lang="zh", on=ON).startswith(b"%PDF")

    def standing(day: int) -> str:
        found = genuine_certificate(number=group.number, code=code_of(number=group.number), on=ON + day * DAY)
        assert found is not None
        return found.standing

    assert [standing(day) for day in (0, 1, 31, 32)] == ["ahead", "in_force", "in_force", "past"]
    GroupCover.objects.update(state="pending")  # not paid: it covers nobody
    assert standing(1) == "pending"
