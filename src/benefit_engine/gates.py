"""Gates of a line: cover, who, waiting, filing, exclusions, once-only. All that fail are named. Contract, arithmetic 2, 4.

Each function appends to ``failed`` the reasons that really fail and to ``missing`` the facts without which it cannot say.
"""

from __future__ import annotations

import datetime

from benefit_engine import plan as p
from benefit_engine.calendars import add_days, add_months, add_working_days, retires_on
from benefit_engine.conditions import Context, explain, verdict
from benefit_engine.facts import Cover
from benefit_engine.steps import days_of


def person_gates(plan: p.Plan, ctx: Context, failed: list[str], missing: list[str]) -> None:
    """Age band and the plan's conditions of membership."""
    if plan.ages and ctx.cover is not None:
        _age(plan, ctx, ctx.cover, failed, missing)
    for gate in plan.gates:
        _gate(gate, ctx, failed, missing)


def _age(plan: p.Plan, ctx: Context, cover: Cover, failed: list[str], missing: list[str]) -> None:
    """The first band for this sex and relation decides; bands that name a sex need to know it."""
    member = ctx.member
    bands = [band for band in plan.ages if band.relation in (None, member.relation)]
    if member.sex is None and any(band.sex is not None for band in bands):
        missing.append("sex")
        return
    band = next((band for band in bands if band.sex in (None, member.sex)), None)
    if band is None:
        failed.append("age")
        return
    if ctx.age is None or member.birth_date is None:
        missing.append("birth_date")
        return
    if (band.least is not None and ctx.age < band.least) or (band.most is not None and ctx.age > band.most):
        failed.append("age")
    elif band.retirement:
        _retirement(plan, ctx, cover, member.birth_date, failed, missing)
    if band.renewal_only_from is not None and ctx.age >= band.renewal_only_from:
        if cover.consecutive_periods is None:
            missing.append("consecutive_periods")
        elif cover.consecutive_periods < 2:
            failed.append("age")


def _retirement(
    plan: p.Plan, ctx: Context, cover: Cover, birth: datetime.date, failed: list[str], missing: list[str]
) -> None:
    sex = ctx.member.sex
    if sex is None:
        missing.append("sex")
        return
    rows = [row for row in plan.retirement_ages if row.sex == sex]
    row = next((row for row in rows if not row.groups or any(group in row.groups for group in ctx.member.groups)), None)
    if row is not None and cover.start >= retires_on(row, birth):
        failed.append("age")


def _gate(gate: p.Gate, ctx: Context, failed: list[str], missing: list[str]) -> None:
    answer = verdict(gate.when, ctx)
    if gate.excludes:
        if answer is True:
            failed.append(gate.reason or "exclusion")
        elif answer is None:
            explain(gate.when, ctx, [], missing)
    elif answer is False:
        reasons: list[str] = []
        explain(gate.when, ctx, reasons, [])
        failed.extend([gate.reason] if gate.reason else reasons)
    elif answer is None:
        explain(gate.when, ctx, [], missing)


def waiting_over(waiting: p.Waiting, cover: Cover, ctx: Context) -> bool:
    """Has this cover's waiting time passed on the counting date? Contract, arithmetic 2."""
    if ctx.event.accident is True and not waiting.accidents:
        return True
    first = add_months(cover.joined, waiting.months) if waiting.months else cover.joined
    return ctx.counted_on >= add_days(first, waiting.days)


def benefit_gates(plan: p.Plan, benefit: p.Benefit, ctx: Context, failed: list[str], missing: list[str]) -> None:
    """Gates of the benefit itself, found before cover, limits of time, days."""
    for gate in benefit.gates:
        _gate(gate, ctx, failed, missing)
    if benefit.found_first and ctx.cover is not None:
        first = ctx.event.first_diagnosed_on
        if first is not None and first < ctx.cover.joined:
            failed.append("found_before_cover")
    for limit in benefit.limits:
        _limit(plan, limit, ctx, failed, missing)
    for formula in benefit.formulas:
        if formula.days is not None and days_of(formula.days, ctx) is None:
            missing.append("rest_days" if formula.days.of == "rest" else "ended_on")
        if formula.sum is not None and formula.sum.ladder and ctx.event.disability_grade is None:
            missing.append("disability_grade")
        by_tenure = formula.rate is not None and formula.rate.bonus is not None
        if by_tenure and ctx.cover is not None and ctx.cover.consecutive_periods is None:
            missing.append("consecutive_periods")


def _limit(plan: p.Plan, limit: p.Limit, ctx: Context, failed: list[str], missing: list[str]) -> None:
    day = getattr(ctx.event, limit.field)
    if day is None:
        return
    if isinstance(limit.of, datetime.date):
        start: datetime.date | None = limit.of
    elif limit.of == "cover_end":
        if ctx.cover is None:
            return
        start = ctx.cover.until - datetime.timedelta(days=1)
    else:
        start = getattr(ctx.event, limit.of)
    if start is None:
        missing.append(str(limit.of))
        return
    if limit.months is not None:
        start = add_months(start, limit.months)
    if limit.working_days is not None:
        start = add_working_days(plan, start, limit.working_days)
    if day > add_days(start, limit.days or 0):
        failed.append(limit.reason)
