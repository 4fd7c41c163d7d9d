"""``mutualaid migrate`` and ``mutualaid check``: the database made ready, and a deployment looked at."""

from __future__ import annotations

from rich.console import Console

from mutualaid.core import preparing
from mutualaid.core.cluster import ClusterError
from mutualaid.core.places import PlaceError

_MARKS = {
    "good": ("通过", "ok"),
    "advice": ("[yellow]提醒[/]", "[yellow]note[/]"),
    "fault": ("[red]不通过[/]", "[red]FAULT[/]"),
}


def migrate(console: Console, errors: Console, *, zh: bool) -> int:
    """Exit status: 0 ready, 2 not."""
    try:
        preparing.prepare(lambda chinese, english: console.print(chinese if zh else english))
    except preparing.NotReady as error:
        errors.print(error.zh if zh else error.en, markup=False)
        return 2
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return 2
    return 0


def check(console: Console, errors: Console, *, zh: bool) -> int:
    """Exit status: 0 when all is well, 1 when something must be mended, 2 when it cannot be looked at."""
    try:
        preparing.begin()
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return 2
    from mutualaid.core.deployment import findings

    bad = 0
    for finding in findings():
        mark = _MARKS["good" if finding.good else "advice" if finding.advice else "fault"][0 if zh else 1]
        console.print(f"{mark}  {finding.name}", highlight=False, end="  ")
        console.print(finding.zh if zh else finding.en, markup=False, highlight=False)
        bad += not finding.good and not finding.advice
    if bad:
        errors.print(f"{bad} 项不通过，请先解决" if zh else f"{bad} points must be mended first")
    return 1 if bad else 0
