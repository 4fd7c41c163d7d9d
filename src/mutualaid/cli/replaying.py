"""``mutualaid replay``: the whole database decided again and held against what was decided online."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from mutualaid.cli.unread import database_unread
from mutualaid.core import preparing
from mutualaid.core.cluster import ClusterError
from mutualaid.core.places import PlaceError

_SHOWN = 20


def replay(console: Console, errors: Console, *, export_to: Path | None, zh: bool) -> int:
    """Exit status: 0 without a difference, 1 with any, 2 when it cannot be done."""
    try:
        preparing.begin()
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return 2
    from django.db import OperationalError

    from mutualaid.core.row_security import see_everything

    see_everything()
    try:
        return _replay(console, errors, export_to=export_to, zh=zh)
    except OperationalError as error:
        errors.print(database_unread(error, command="replay", zh=zh), markup=False, highlight=False, soft_wrap=True)
        return 2


def _replay(console: Console, errors: Console, *, export_to: Path | None, zh: bool) -> int:
    from mutualaid.claims.exporting import export
    from mutualaid.claims.replay import Replayed, replayed

    if export_to is not None:
        try:
            count = export(folder=export_to)
        except OSError as fault:
            errors.print(str(fault), markup=False)
            return 2
        console.print(f"已导出 {count} 人的案例到 {export_to}" if zh else f"{count} cases written to {export_to}")
    found = Replayed()
    for so_far in replayed():
        found = so_far
        if console.is_terminal:
            console.print(f"… {found.members:,}", end="\r")
    shown = (
        f"会员 {found.members:,} 人，申请 {found.claims:,} 件，结果行 {found.lines:,}；"
        f"差异 {len(found.differences):,}，待复核 {len(found.awaiting):,}"
        if zh
        else f"{found.members:,} members, {found.claims:,} claims, {found.lines:,} lines; "
        f"{len(found.differences):,} differences, {len(found.awaiting):,} awaiting review"
    )
    console.print(shown, highlight=False)
    for one in found.differences[:_SHOWN]:
        errors.print(f"{one.member} {one.claim} {one.what}\n  - {one.online}\n  + {one.again}", markup=False)
    return 1 if found.differences else 0
