"""Two records of one person's employments as one: pure."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """``[from_on, until_on)`` at an employer (its key); without an end ``until_on`` is None. ``row``: the key of its row."""

    employer: int
    from_on: datetime.date
    until_on: datetime.date | None
    row: int | None = None


def joined(jobs: Sequence[Job]) -> list[Job]:
    """What a person's employments are when several records of them are put together, in the order of days: at one employer they
    become one; where two employers share days, the one that began last counts, as when somebody moves; of two that began on one
    day, the one that ends first, then the one told first. No day is lost, none counts twice.

    Each has the key of a row of the same employer that shares a day with it, each key at most once.
    """
    edges = sorted({day for job in jobs for day in (job.from_on, job.until_on or datetime.date.max)})
    found: list[Job] = []
    for begins, ends in itertools.pairwise(edges):
        there = [job for job in jobs if job.from_on <= begins and begins < (job.until_on or datetime.date.max)]
        if not there:
            continue
        latest = max(job.from_on for job in there)
        job = min((one for one in there if one.from_on == latest), key=lambda one: one.until_on or datetime.date.max)
        until_on = None if ends == datetime.date.max else ends
        last = found[-1] if found else None
        if last is not None and (last.employer, last.until_on) == (job.employer, begins):
            found[-1] = Job(last.employer, last.from_on, until_on)
        else:
            found.append(Job(job.employer, begins, until_on))
    return _with_rows(found, jobs)


def _with_rows(found: Sequence[Job], jobs: Sequence[Job]) -> list[Job]:
    used: set[int] = set()
    told = []
    for one in found:
        rows = (job.row for job in jobs if job.row not in used and _share(one, job))
        row = next((key for key in rows if key is not None), None)
        if row is not None:
            used.add(row)
        told.append(Job(one.employer, one.from_on, one.until_on, row))
    return told


def _share(one: Job, other: Job) -> bool:
    return (
        one.employer == other.employer
        and other.from_on < (one.until_on or datetime.date.max)
        and one.from_on < (other.until_on or datetime.date.max)
    )
