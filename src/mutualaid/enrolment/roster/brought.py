"""A stored file as a roster: read by what its employer confirmed before, mended where that is wanted, and what is kept of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.models import Enrolment, HeaderMapping, RosterRow
from mutualaid.enrolment.roster.checking import Row
from mutualaid.enrolment.roster.comparing import Told, compared
from mutualaid.enrolment.roster.headers import Layouts
from mutualaid.enrolment.roster.mending import counted, mended
from mutualaid.enrolment.roster.reading import ColumnsUnsure, Line, Roster, read_roster

CHANGES_MOST = 5_000
"""Changes that are kept one by one; of more only how many they are."""


@dataclass(frozen=True)
class Brought:
    """A file that was read. ``changes``: number of the row, field and fix of what was mended."""

    roster: Roster
    changes: Sequence[tuple[int, str, str]] = ()

    @property
    def mended(self) -> dict[str, int]:
        """How many cells were mended, by the words of ``mending.FIXES``."""
        return dict(Counter(fix for _, _, fix in self.changes))


def layouts_of(*, employer: int) -> Layouts:
    """What clerks of an employer (the key of its unit) confirmed."""
    known = HeaderMapping.objects.filter(employer=employer)
    return dict(known.values_list("fingerprint", "fields"))


def read_brought(*, enrolment: Enrolment, file: StoredFile, mend: bool = False) -> Brought:
    """The rows of a stored file; ``mend``: with all that is certain. Raises NotARoster, ColumnsUnsure."""
    roster = read_roster(papers.read(file), name=file.name, layouts=layouts_of(employer=enrolment.employer_id))
    if not mend:
        return Brought(roster)
    lines: list[Line] = []
    changes: list[tuple[int, str, str]] = []
    for line in roster.lines:
        now, done = mended(line)
        lines.append(now)
        changes.extend((line.line, name, fix) for name, fix in done)
    return Brought(replace(roster, lines=lines), changes)


def kept(
    *, brought: Brought, before: Iterable[Told], rows: Iterable[Row], indexes: Mapping[int, str]
) -> dict[str, Any]:
    """What an upload keeps of its reading (``RosterUpload.reading``). ``before``: of the upload that it replaces."""
    roster, earlier = brought.roster, list(before)
    found: dict[str, Any] = {
        "kind": roster.kind,
        "sheet": roster.sheet,
        "first": roster.header.first if roster.header else 0,
        "last": roster.header.last if roster.header else 0,
        "columns": list(roster.header.fields) if roster.header else [],
        "notes": list(roster.notes),
        "remembered": roster.header is not None and roster.header.remembered,
    }
    if brought.changes:
        found["mended"] = brought.mended
        found["changes"] = brought.changes[:CHANGES_MOST]
    elif certain := counted(roster.lines):
        found["certain"] = certain
    now = (
        (row.line, (row.person.name if row.person else row.told.get("name", "")), indexes.get(place, ""), row.faults)
        for place, row in enumerate(rows)
    )
    if earlier and (difference := compared(earlier, now)) is not None:
        found["compared"] = asdict(difference)
    return found


def waiting(*, enrolment: Enrolment) -> list[Told]:
    """The rows of the preview that waits, for ``kept``."""
    rows = RosterRow.objects.filter(enrolment=enrolment, upload__taken_at=None, upload__isnull=False, taken=False)
    return list(rows.values_list("line", "name", "identity_index", "faults"))


def asked_of(*, unsure: ColumnsUnsure) -> str:
    """The columns that a clerk is asked about, as an upload keeps them."""
    return json.dumps({"sheet": unsure.sheet, "columns": [asdict(one) for one in unsure.columns]}, ensure_ascii=False)
