"""A month of the calendar: its first day, the one after its last, and its name."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Month:
    """``2026-03``; ``number`` is 1 to 12."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> datetime.date:
        """The first day."""
        return datetime.date(self.year, self.number, 1)

    @property
    def until(self) -> datetime.date:
        """The first day after it."""
        return self.after().first

    @property
    def last(self) -> datetime.date:
        """The last day."""
        return self.until - datetime.timedelta(days=1)

    def after(self) -> Month:
        """The next one."""
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def before(self) -> Month:
        """The one before."""
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)


def month_of(on: datetime.date) -> Month:
    """The month of a day."""
    return Month(on.year, on.month)


def read_month(text: str) -> Month | None:
    """``2026-03``; None for what is no month."""
    found = re.fullmatch(r"([12][0-9]{3})-(0[1-9]|1[0-2])", text)
    return Month(int(found[1]), int(found[2])) if found else None
