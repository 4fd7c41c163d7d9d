"""Days, months, ages and working days: the arithmetic of dates that plans use."""

from __future__ import annotations

import calendar
import datetime

from benefit_engine.plan import Plan, RetirementAge

DAY = datetime.timedelta(days=1)


def full_years(birth: datetime.date, on: datetime.date) -> int:
    """Age in full years on a day; someone born on 29 February turns a year older on 1 March of other years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def add_days(day: datetime.date, days: int) -> datetime.date:
    """``day`` + n days, at the calendar's last day where the sum passes it."""
    try:
        return day + datetime.timedelta(days=days)
    except OverflowError:
        return datetime.date.max


def add_months(day: datetime.date, months: int) -> datetime.date:
    """The same day n months later, or the last day of that month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > datetime.MAXYEAR:
        return datetime.date.max
    return datetime.date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def is_working_day(plan: Plan, day: datetime.date) -> bool:
    """Monday to Friday less the calendar's holidays, plus the weekend days that are worked."""
    if day.weekday() < 5:
        return day not in plan.holidays
    return day in plan.workdays


def add_working_days(plan: Plan, day: datetime.date, days: int) -> datetime.date:
    """The n-th working day after ``day``."""
    while days > 0 and day < datetime.date.max:
        day += DAY
        days -= is_working_day(plan, day)
    return day


def retires_on(row: RetirementAge, birth: datetime.date) -> datetime.date:
    """Day on which the statutory retirement age is reached. Rows: see ``plan.RetirementAge``."""
    months = row.years * 12
    if row.born_from is not None and birth >= row.born_from and row.months_per_month:
        later = (birth.year - row.born_from.year) * 12 + birth.month - row.born_from.month
        months += later // row.months_per_month + 1
    if row.years_most is not None:
        months = min(months, row.years_most * 12)
    return add_months(birth, months)
