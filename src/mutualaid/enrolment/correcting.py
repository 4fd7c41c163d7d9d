"""Reads around corrections of who a member is: what the corrected facts break, who has the right number already, the history."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from mutualaid.core.encryption import blind_index
from mutualaid.enrolment.models import Correction, Cover
from mutualaid.people.identity import normal
from mutualaid.people.models import IdentityChange, Member
from mutualaid.people.queries import standing_for
from mutualaid.plans.offering import Reason, why_not_eligible
from mutualaid.plans.queries import document_of, parts_of

OPEN = ("asked", "entered")
"""States in which a correction waits for somebody."""


@dataclass(frozen=True)
class Doubt:
    """A rule of a cover's plan that a person does not keep any more."""

    cover: str
    zh: str
    en: str


def doubts(
    *, member: Member, birth_date: datetime.date, sex: str, on: datetime.date, was: tuple[datetime.date, str]
) -> list[Doubt]:
    """Of covers that last or begin after a day: what a person of this birth date and sex may not have by the plan's rules, and
    one of the former (``was``) might."""
    covers = Cover.objects.filter(member=member, until_on__gt=on).exclude(state="cancelled")
    found = []
    for cover in covers.select_related("version").order_by("from_on", "id"):
        before = {reason.word for reason in _broken(cover, *was)}
        found += [
            Doubt(str(cover.number), reason.zh, reason.en)
            for reason in _broken(cover, birth_date, sex)
            if reason.word not in before
        ]
    return found


def _broken(cover: Cover, birth_date: datetime.date, sex: str) -> list[Reason]:
    return why_not_eligible(
        document_of(version=cover.version),
        birth_date=birth_date,
        sex=sex,
        from_on=cover.from_on,
        employment=cover.employment,
        basic_insurance=cover.basic_insurance or None,
        groups=cover.groups,
        previous_cover=cover.consecutive_periods > 1,
        parts=[document_of(version=part) for part in parts_of(version=cover.version)],
    )


def holder_of(*, kind: str, number: str, besides: Member) -> Member | None:
    """Another member, or a double of another, who has a number; one that the session sees."""
    index = blind_index(Member, "identity_index", normal(number))
    same = Member.objects.filter(identity_kind=kind, identity_index=index).exclude(pk=besides.pk)
    return next((one for one in standing_for(members=same).values() if one.pk != besides.pk), None)


def corrections_found(*, among: QuerySet[Correction], text: str) -> QuerySet[Correction]:
    """Those whose number, or whose member's number or name, a text is or begins; all for an empty text."""
    plain = text.strip()
    if not plain:
        return among
    return among.filter(
        Q(number=plain.upper())
        | Q(member__number=plain.upper())
        | Q(member__name__contains=plain)
        | Q(name__contains=plain)
    )


def open_correction(*, member: Member) -> Correction | None:
    """The one that waits, if there is one."""
    return Correction.objects.filter(member=member, state__in=OPEN).select_related("office").first()


def waiting_for(*, among: QuerySet[Correction], account: str) -> QuerySet[Correction]:
    """What a person of the office can do next: documents to be looked at, what another entered, covers to be seen to."""
    return among.filter(
        Q(state="asked") | Q(state="entered") & ~Q(entered_by=account) & ~Q(asked_by=account) | Q(state="doubtful")
    )


@dataclass(frozen=True)
class Former:
    """Who a member was said to be until a moment. ``by`` is empty, and ``number`` too, where no correction led to it (a merge, a
    take-over)."""

    change: IdentityChange
    number: str
    by: str
    document: bool


def former_identities(*, member: Member) -> list[Former]:
    """The history of who a member was said to be, the latest first, with who changed it and whether there is a document."""
    rows = IdentityChange.objects.filter(member=member).select_related("correction").order_by("-id")
    return [_former(row) for row in rows]


def _former(row: IdentityChange) -> Former:
    correction: Correction | None = getattr(row, "correction", None)
    if correction is None:
        return Former(row, "", "", document=False)
    return Former(row, str(correction.number), f"{correction.entered_name}、{correction.decided_name}", document=True)
