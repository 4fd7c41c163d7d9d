"""China's working days as data for the engine: public holidays and worked weekends from the ``holidays`` package.

Announced make-up days are known only for past and current years; ``plans/calendar.csv`` of an installation may add or
correct days (columns ``date,kind`` with kind ``holiday`` or ``workday``).
"""

from __future__ import annotations

import csv
import datetime
import functools
from pathlib import Path

import holidays

YEARS = range(2010, 2041)


@functools.cache
def _china() -> tuple[frozenset[datetime.date], frozenset[datetime.date]]:
    table = holidays.country_holidays("CN", years=YEARS)
    off = frozenset(day for day in table if day.weekday() < 5)
    return off, frozenset(table.weekend_workdays)


_corrections: dict[datetime.date, str] = {}


def china_holidays() -> frozenset[datetime.date]:
    """Days off that fall on Monday to Friday."""
    off = _china()[0]
    return off.union(d for d, kind in _corrections.items() if kind == "holiday").difference(
        d for d, kind in _corrections.items() if kind == "workday"
    )


def china_workdays() -> frozenset[datetime.date]:
    """Saturdays and Sundays that are worked."""
    worked = _china()[1]
    return worked.union(d for d, kind in _corrections.items() if kind == "workday" and d.weekday() >= 5).difference(
        d for d, kind in _corrections.items() if kind == "holiday"
    )


def load_corrections(file: Path) -> None:
    """Read an installation's own table of days. Raises ValueError with the line of a bad row."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            try:
                day, kind = datetime.date.fromisoformat(row["date"]), row["kind"]
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(
                    f"{file}:{number}: 应为 date,kind，如 2027-02-08,holiday / expected date,kind"
                ) from error
            if kind not in ("holiday", "workday"):
                raise ValueError(f"{file}:{number}: kind 应为 holiday 或 workday / expected holiday or workday")
            _corrections[day] = kind
