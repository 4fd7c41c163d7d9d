"""Reads of people: branches, the search for members, employment and consents on a day."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.people.actions.members import end_employment, give_consent, withdraw_consent
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Member, Purpose
from mutualaid.people.queries import (
    employment_on,
    member_by_identity,
    members_found,
    standing_consent,
    subtree_of,
)
from tests.people.cast import AT, BY, LATER, ON, Cast, resident_id


def test_a_branch_comes_from_the_top_down(cast: Cast) -> None:
    assert [unit.code for unit in subtree_of(unit=cast.city)] == ["4505", "450502", "G1", "G2"]
    assert [unit.code for unit in subtree_of(unit=cast.far.unit)] == ["G3"]
    assert subtree_of(unit=cast.nation).count() == 8


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("林晓禾", ["林晓禾"]),
        ("晓禾", ["林晓禾"]),
        ("lx", ["林晓禾"]),
        ("LXH", ["林晓禾"]),
        ("yca", ["尉迟安"]),
        ("pzlywlm", ["帕孜丽娅·乌拉木"]),
        ("丽娅 • 乌拉", ["帕孜丽娅·乌拉木"]),
        ("13900000001", ["林晓禾"]),
        ("+86 139 0000 0001", ["林晓禾"]),
        (resident_id(order=4), ["尉迟安"]),
        (resident_id(order=4).lower(), ["尉迟安"]),
        (resident_id(order=4)[-4:], ["尉迟安"]),
        (resident_id(order=6)[-4:].lower(), ["帕孜丽娅·乌拉木"]),
        ("1390000", []),
        ("9999", []),
        ("", []),
        (" · ", []),
        ("%", []),
        ("_", []),
        ("王", []),
    ],
)
def test_members_are_found(cast: Cast, text: str, found: list[str]) -> None:
    assert [member.name for member in members_found(among=Member.objects.all(), text=text)] == found


def test_members_are_found_by_number_and_among_those_given(cast: Cast) -> None:
    number = cast.lin.number
    assert list(members_found(among=Member.objects.all(), text=number.lower())) == [cast.lin]
    assert not members_found(among=Member.objects.exclude(pk=cast.lin.pk), text=number).exists()


def test_the_member_of_a_number(cast: Cast) -> None:
    assert member_by_identity(kind=IdentityKind.RESIDENT, number=resident_id(order=2)) == cast.lin
    assert member_by_identity(kind=IdentityKind.RESIDENT, number=resident_id(order=8)) is None
    assert member_by_identity(kind=IdentityKind.RESIDENT, number="none") is None
    assert member_by_identity(kind=IdentityKind.PASSPORT, number=resident_id(order=2)) is None


def test_where_a_member_works_on_a_day(cast: Cast) -> None:
    end_employment(employment=cast.lin.employments.get(), until_on=LATER, by=BY, at=AT)
    day = datetime.timedelta(days=1)
    assert [employment_on(member=cast.lin, on=on) is not None for on in (ON - day, ON, LATER - day, LATER)] == [
        *(False, True, True, False)
    ]


def test_the_last_word_on_a_purpose_stands(cast: Cast) -> None:
    def standing() -> str | None:
        found = standing_consent(member=cast.lin, purpose=Purpose.CLAIM_HEALTH_DATA)
        return found.version if found else None

    assert standing() is None
    give_consent(member=cast.lin, purpose=Purpose.CLAIM_HEALTH_DATA, version="2025-1", by=BY, at=AT)
    give_consent(member=cast.lin, purpose=Purpose.MESSAGES, version="2025-9", by=BY, at=AT)
    assert standing() == "2025-1"
    give_consent(member=cast.lin, purpose=Purpose.CLAIM_HEALTH_DATA, version="2025-2", by=BY, at=AT)
    assert standing() == "2025-2"
    withdraw_consent(member=cast.lin, purpose=Purpose.CLAIM_HEALTH_DATA, by=BY, at=AT)
    assert standing() is None
