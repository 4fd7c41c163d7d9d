"""``mutualaid migrate`` and ``mutualaid check``: the database made ready, and a deployment looked at."""

from __future__ import annotations

from rich.console import Console

from mutualaid.core import preparing
from mutualaid.core.cluster import ClusterError
from mutualaid.core.places import PlaceError


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
        mark = ("通过" if zh else "ok") if finding.good else ("[red]不通过[/]" if zh else "[red]FAULT[/]")
        console.print(f"{mark}  {finding.name}", highlight=False, end="  ")
        console.print(finding.zh if zh else finding.en, markup=False, highlight=False)
        bad += not finding.good
    if bad:
        errors.print(f"{bad} 项不通过，请先解决" if zh else f"{bad} points must be mended first")
    return 1 if bad else 0
