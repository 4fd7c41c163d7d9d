"""Timers of the core, and the task that long jobs run in."""

from __future__ import annotations

import datetime

from mutualaid.core import papers
from mutualaid.core.taking import run_long
from mutualaid.core.work import timer

__all__ = ["clear_files", "run_long"]


@timer("30 18 * * *", name="core.clear_files")
def clear_files(*, at: datetime.datetime) -> None:
    """Each night: bytes whose rows were rolled back."""
    papers.remove_orphans(at=at)
