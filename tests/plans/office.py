"""What the tests of versions share: an office with two designers, and documents to draft."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.core.actors import Actor
from mutualaid.people.models import RoleName, Staff
from mutualaid.plans.shipped import library_document
from tests.people.cast import Cast, as_staff, cast, staff


@dataclass(frozen=True)
class Office:
    """The cast with designers of the first city, and one of the county below."""

    cast: Cast
    designer: Staff
    approver: Staff
    low: Staff

    @property
    def by(self) -> Actor:
        """Who drafts."""
        return as_staff(self.designer)

    @property
    def other(self) -> Actor:
        """Who approves."""
        return as_staff(self.approver)


def office() -> Office:
    """Everybody."""
    people = cast()
    return Office(
        people,
        staff("设计甲", people.city, RoleName.DESIGNER),
        staff("复核乙", people.city, RoleName.SENIOR_REVIEWER),
        staff("设计丙", people.county, RoleName.DESIGNER),
    )


def text_of(of: str = "demo-inpatient-2026", /, **changes: str) -> str:
    """A shipped document, with other values of some keys at its top (``plan="x"``)."""
    shipped = library_document(plan=of)
    assert shipped is not None
    lines = shipped.text.splitlines()
    for key, value in changes.items():
        [at] = [i for i, line in enumerate(lines) if line.startswith(f"{key}:")]
        lines[at] = f"{key}: {value}"
    return "\n".join(lines) + "\n"
