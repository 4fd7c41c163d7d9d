"""``mutualaid worker``: does what waits in the background until it is told to stop."""

from __future__ import annotations

from rich.console import Console

from mutualaid.core import preparing
from mutualaid.core.cluster import ClusterError
from mutualaid.core.places import PlaceError


def work(console: Console, errors: Console, concurrency: int, *, once: bool, zh: bool) -> int:
    """Exit status: 0 when it was stopped or nothing waits any more, 2 when it cannot work."""
    try:
        preparing.begin()
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return 2
    from mutualaid.core.serving import AWAY, serve

    def said(chinese: str, english: str) -> None:
        console.print(chinese if zh else english, markup=False)

    try:
        serve(concurrency=concurrency, once=once, said=said)
    except AWAY as error:
        errors.print(
            f"连不上数据库，或数据表不是本版本的：{error}；请先运行 mutualaid migrate"
            if zh
            else f"the database cannot be reached, or its tables are not those of this version: {error}; "
            "run mutualaid migrate first",
            markup=False,
        )
        return 2
    return 0
