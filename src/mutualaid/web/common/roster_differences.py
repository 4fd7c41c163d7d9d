"""What a roster changes, as the clerk sees it before anything is applied and the office before it accepts: the same
in both portals."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.http import HttpResponse
from django.utils.translation import gettext as _

from mutualaid.enrolment import differences
from mutualaid.enrolment.differences import KINDS, REASONS, Change, Count, Difference
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.enrolment.roster.columns import BY_FIELD, EMPLOYMENTS, INSURANCES
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.requests import Request

PER_PAGE = 50
MEANINGS = {"left": "warn", "moved": "info", "changed": "info"}
_WORDS = {word: zh for zh, word in (*EMPLOYMENTS.items(), *INSURANCES.items())}


@dataclass(frozen=True)
class Figure:
    """A kind with its count, as a card; ``meaning`` colours it when there is anybody."""

    kind: str
    label: str
    count: Count

    @property
    def meaning(self) -> str:
        """See ``look.MEANINGS``."""
        return MEANINGS.get(self.kind, "") if self.count.persons else ""


@dataclass(frozen=True)
class Block:
    """The counts of all kinds; ``anybody``: whether there was a cover before, so that there is something to compare with."""

    figures: Sequence[Figure]
    left: int
    moved: int
    anybody: bool


@dataclass(frozen=True)
class Told:
    """A person with what is said of them on the page."""

    one: Difference
    changes: Sequence[str]
    reason: str


def waiting_upload(*, enrolment: Enrolment) -> RosterUpload | None:
    """The preview of a draft that was neither taken nor dropped."""
    if enrolment.state != "draft":
        return None
    return enrolment.uploads.filter(taken_at=None).select_related("file").order_by("-id").first()


def block(*, enrolment: Enrolment, on: datetime.date, upload: RosterUpload | None) -> Block:
    """The counts; one statement."""
    return _block(differences.counted(enrolment=enrolment, on=on, upload=upload))


def _block(counts: Mapping[str, Count]) -> Block:
    figures = [Figure(kind, said(*KINDS[kind]), count) for kind, count in counts.items()]
    before = sum(counts[kind].persons for kind in ("changed", "renewed", "left"))
    return Block(figures, counts["left"].persons, counts["moved"].persons, before > 0)


def kind_asked(request: Request) -> str:
    """The kind that the address asks for; who is left out, unless it says otherwise."""
    asked = request.GET.get("kind", "")
    return asked if asked in KINDS else "left"


def context(request: Request, enrolment: Enrolment) -> dict[str, Any]:
    """What the page of the differences of an enrolment shows: all counts, and a page of the kind that is asked."""
    upload, kind = waiting_upload(enrolment=enrolment), kind_asked(request)
    with differences.comparing(enrolment=enrolment, on=request.on, upload=upload) as comparison:
        counts = comparison.counts()
        listed = differences.Listed(comparison=comparison, kind=kind, count=counts[kind].persons)
        page: Page[Any] = page_asked(request, listed, PER_PAGE)
        page.object_list = [told(one) for one in page.object_list]
    return {
        "enrolment": enrolment,
        "differences": _block(counts),
        "kind": kind,
        "kind_name": said(*KINDS[kind]),
        "page": page,
        "upload": upload,
    }


def told(one: Difference) -> Told:
    """In the language of the page."""
    return Told(one, [_change(change) for change in one.changes], said(*REASONS[one.reason]) if one.reason else "")


def export(request: Request, enrolment: Enrolment) -> HttpResponse:
    """All differences as a workbook, kind after kind."""
    upload = waiting_upload(enrolment=enrolment)
    columns = (
        Column(_("类别"), lambda row: said(*KINDS[row.one.kind]), width=22),
        Column(_("行号"), lambda row: row.one.line or None, "whole", width=8),
        Column(_("姓名"), lambda row: row.one.name),
        Column(_("份数"), lambda row: row.one.units, "whole", width=8),
        Column(_("变化"), lambda row: "；".join(row.changes), width=40),
        Column(_("原单位"), lambda row: row.one.other, width=30),
        Column(_("上期保障"), lambda row: row.one.cover),
        Column(_("上期到期日"), lambda row: row.one.until_on and row.one.until_on - datetime.timedelta(days=1), "day"),
        Column(_("可能原因"), lambda row: row.reason, width=26),
    )
    return workbook(f"{_('名单变化')} {enrolment.number}", columns, _all(request, enrolment, upload))


def _all(request: Request, enrolment: Enrolment, upload: RosterUpload | None) -> Iterator[Told]:
    most = 5000
    for kind in KINDS:
        first = 0
        while some := differences.persons(
            enrolment=enrolment, on=request.on, kind=kind, upload=upload, first=first, most=most
        ):
            yield from (told(one) for one in some)
            first += most


def _change(change: Change) -> str:
    column = BY_FIELD[change.field]
    place = said(column.zh, column.also[-1])
    if change.field in ("phone", "bank_card"):
        return _("补登%(what)s") % {"what": place}
    before, after = (_WORDS.get(one, one) or _("无") for one in (change.before, change.after))
    return f"{place}：{before} → {after}"
