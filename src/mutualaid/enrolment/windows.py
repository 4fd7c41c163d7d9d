"""Which window of an office counts for an employer: reads. What it means, ``plans.offering`` says."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from mutualaid.enrolment.models import EnrolmentWindow
from mutualaid.people.models import Unit
from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import OwnWindow, continues_from, term_start
from mutualaid.plans.queries import chain_of, document_of
from mutualaid.plans.windowing import governs

Windows = Mapping[int, Mapping[int, list[OwnWindow]]]
"""By the keys of versions, then of offices."""


def own_window(*, window: EnrolmentWindow) -> OwnWindow:
    """A row as ``plans.offering`` reads it."""
    return OwnWindow(window.opens_on, window.closes_on, window.start_on, window.late_until_on, window.catch_up)


def windows_around(*, unit: Unit, versions: Iterable[PlanVersion] | None = None) -> Windows:
    """The windows in effect of all offices on a unit's path. One statement."""
    rows = EnrolmentWindow.objects.filter(unit__in=chain_of(path=unit.path), state="open")
    if versions is not None:
        rows = rows.filter(version__in=[one.pk for one in versions])
    found: dict[int, dict[int, list[OwnWindow]]] = {}
    for row in rows:
        found.setdefault(row.version_id, {}).setdefault(row.unit_id, []).append(own_window(window=row))
    return found


def nearest(
    *, windows: Windows, version: PlanVersion, document: Document, unit: Unit, on: datetime.date
) -> OwnWindow | None:
    """That of the nearest office on the unit's path whose windows decide on a day; None where the document does."""
    by_office = windows.get(version.pk, {})
    for office in reversed(chain_of(path=unit.path)):
        if office in by_office:
            found = governs(document, windows=by_office[office], on=on)
            if found is not None:
                return found
    return None


def window_for(*, version: PlanVersion, unit: Unit, on: datetime.date) -> OwnWindow | None:
    """The same for one version. One statement."""
    windows = windows_around(unit=unit, versions=[version])
    if not windows:
        return None
    return nearest(windows=windows, version=version, document=document_of(version=version), unit=unit, on=on)


class Continuing:
    """Until when cover must have lasted for another to go on with it, where offices have windows of their own: one that opened
    late breaks nobody's tenure. Windows of a version are read once."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int, dict[datetime.date, OwnWindow]]] = {}

    def since(self, *, version: PlanVersion, unit_path: str, from_on: datetime.date) -> datetime.date:
        """``plans.offering.continues_from`` with the window of the nearest office above the employer with one for the term."""
        document = document_of(version=version)
        if document.term.begins != "fixed":
            return from_on
        start = term_start(document, from_on=from_on)
        by_office = self._windows(version)
        offices = (by_office[office] for office in reversed(chain_of(path=unit_path)) if office in by_office)
        own = next((windows[start] for windows in offices if start in windows), None)
        return continues_from(document, from_on=from_on, own=own)

    def _windows(self, version: PlanVersion) -> dict[int, dict[datetime.date, OwnWindow]]:
        if version.pk not in self._known:
            found = self._known[version.pk] = {}
            for row in EnrolmentWindow.objects.filter(version=version, state="open"):
                if row.start_on is not None:
                    found.setdefault(row.unit_id, {})[row.start_on] = own_window(window=row)
        return self._known[version.pk]
