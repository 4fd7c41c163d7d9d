"""What members are promised: working days for each step, reckoned by China's calendar."""

from __future__ import annotations

import datetime
import functools

from mutualaid.plans.calendar import china_holidays, china_workdays

DAYS = 5
"""Working days for a step where an office's rules say nothing. Common promises are 3 to 30 (reference: published notices)."""
DAYS_FOR_PAPERS = 30
"""Calendar days in which missing papers are waited for, before the office asks again."""
DAYS_FOR_OBJECTION = 60
"""Calendar days in which a member may ask for a human review of a decision."""


@functools.lru_cache(maxsize=4096)
def working_days_after(day: datetime.date, days: int) -> datetime.date:
    """The n-th working day after a day."""
    off, worked = china_holidays(), china_workdays()
    while days > 0:
        day += datetime.timedelta(days=1)
        if (day.weekday() < 5 and day not in off) or day in worked:
            days -= 1
    return day
