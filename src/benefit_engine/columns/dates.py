"""Dates as ordinals for the kernel: years, months, working days, retirement. The same arithmetic as ``calendars``."""

from __future__ import annotations

import datetime

from numba import njit

from benefit_engine.columns import codes as c
from benefit_engine.columns.arrays import Ints
from benefit_engine.columns.program import N, get, places

MAX = datetime.date.max.toordinal()
RT = places("retirement")
SHIFT = 306
"""Days from 1 March of the year 0 to the first ordinal, 1 January of the year 1."""


@njit
def civil(ordinal: int) -> tuple[int, int, int]:
    """Year, month, day of an ordinal (days from civil, in years that begin in March)."""
    days = ordinal + SHIFT - 1
    era = days // 146097
    of_era = days - era * 146097
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (1 if month <= 2 else 0), month, day


@njit
def ordinal_of(year: int, month: int, day: int) -> int:
    """The ordinal of a date."""
    year -= 1 if month <= 2 else 0
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - SHIFT + 1


@njit
def month_length(year: int, month: int) -> int:
    """Days of a month."""
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month in (4, 6, 9, 11) else 31


@njit
def full_years(birth: int, on: int) -> int:
    """Age in full years on a day."""
    born_year, born_month, born_day = civil(birth)
    year, month, day = civil(on)
    return year - born_year - (1 if month < born_month or (month == born_month and day < born_day) else 0)


@njit
def add_days(day: int, days: int) -> int:
    """``day`` + n days, at the calendar's last day where the sum passes it."""
    return min(day + days, MAX)


@njit
def add_months(day: int, months: int) -> int:
    """The same day n months later, or the last day of that month."""
    year, month, of_month = civil(day)
    total = year * 12 + month - 1 + months
    year, month = total // 12, total % 12 + 1
    if year > datetime.MAXYEAR:
        return MAX
    return ordinal_of(year, month, min(of_month, month_length(year, month)))


@njit
def add_working_days(tb: Ints, start: int, end: int, day: int, days: int) -> int:
    """The n-th working day after ``day`` in a run of ``working_days``; NONE when the calendar does not reach so far."""
    if days <= 0:
        return day
    if day < get(tb, N.working_days, start, 0) or day > get(tb, N.working_days, end - 1, 0):
        return c.NONE
    low, high = start, end  # the first working day after ``day`` lies in [low, high]
    while low < high:
        middle = (low + high) // 2
        if get(tb, N.working_days, middle, 0) <= day:
            low = middle + 1
        else:
            high = middle
    place = low + days - 1
    return get(tb, N.working_days, place, 0) if place < end else c.NONE


@njit
def retires_on(tb: Ints, row: int, birth: int) -> int:
    """Day on which the statutory retirement age is reached."""
    months = get(tb, N.retirement, row, RT.years) * 12
    from_ = get(tb, N.retirement, row, RT.born_from)
    step = get(tb, N.retirement, row, RT.months_per_month)
    if from_ != c.NONE and birth >= from_ and step > 0:
        year, month, _ = civil(birth)
        from_year, from_month, _ = civil(from_)
        months += ((year - from_year) * 12 + month - from_month) // step + 1
    if get(tb, N.retirement, row, RT.years_most) >= 0:
        months = min(months, get(tb, N.retirement, row, RT.years_most) * 12)
    return add_months(birth, months)
