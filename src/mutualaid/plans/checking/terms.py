"""Membership and time: term and seasons, prices and payers, ages, limits of time;
dates that exist and stand in order."""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Sequence

from benefit_engine.calendars import add_days, add_months
from benefit_engine.money import WHOLE, percent, plain_yuan
from mutualaid.plans import document as d
from mutualaid.plans.checking.parts import Check, listed
from mutualaid.plans.yaml_reader import Path

SEASON_DAYS_MOST = 184
"""A season that runs over the new year may be this long; a longer one has its ends swapped."""
_YEAR = 2023
"""Any year without a leap day: a season or a first day must exist in every year."""


def check_terms(check: Check) -> None:
    """All faults of term, seasons, prices, ages and limits of one document."""
    document = check.document
    _term(check, document.term)
    for path, part in check.parts():
        if isinstance(part, d.Window):
            _season(check, path, part)
    _unlike(
        check, "price", [(row.option, row.employer_type, row.risk_class) for row in document.price], "价格", "price"
    )
    _unlike(check, "payers", [row.payer for row in document.payers], "出资方", "payer")
    _unlike(check, "employer", [row.of for row in document.employer], "参保比例", "rule of enrolment")
    _lasting(check)
    _shares(check)
    _who(check)
    _retirement(check)
    _limits(check)
    kinds = {kind for benefit in check.benefits for kind in benefit.kinds or ()}
    if document.stays_as_one is not None and "inpatient" not in kinds:
        zh = "stays_as_one 只用于住院；没有一项待遇的 kinds 含 inpatient，不起作用；请删去"
        en = (
            "stays_as_one is about stays in hospital; no benefit has the kind inpatient, so that it does nothing; "
            "remove it"
        )
        check.add(("stays_as_one",), zh, en)


def _lasting(check: Check) -> None:
    """Terms of days or months: each row says how many, and none has a day of the year on which it begins."""
    for number, row in enumerate(check.document.price):
        if row.lasts is None:
            continue
        path: Path = ("price", number, "lasts")
        if not (row.lasts.days or row.lasts.months) or row.lasts.working_days:
            zh = "lasts 应写 days（天数）或 months（月数），至少为 1；请改正"
            en = "expected days or months of at least 1 in lasts; correct it"
            check.add(path, zh, en)
        if check.document.term.begins == "fixed":
            zh = (
                "按天、按月的费用（lasts）不能与固定起始日（begins: fixed）同用；请改 begins，如 next_day，或删去 lasts"
            )
            en = "lasts goes with a term that begins with the payment, found begins: fixed; change begins or remove lasts"
            check.add(path, zh, en)


def _month_day(text: str) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(f"{_YEAR}-{text}")
    except ValueError:
        return None


def _day(check: Check, path: Path, text: str | None) -> datetime.date | None:
    """A month-day as a date; a fault when no year (or only a leap year) has it."""
    if text is None:
        return None
    found = _month_day(text)
    if found is None:
        zh = f"应为每年都有的月日 MM-DD；得到 {text}；请改正"
        en = f"expected a month and day MM-DD that every year has, found {text}; correct it"
        check.add(path, zh, en)
    return found


def _term(check: Check, term: d.Term) -> None:
    path: Path = ("term",)
    on = _day(check, (*path, "on"), term.on)
    said = "begins" in term.model_fields_set
    if said and term.begins == "fixed" and term.on is None and term.first_on is None:
        zh = "begins: fixed 应写 on（MM-DD）或 first_on（日期）；都没有；请补上"
        en = "expected on (MM-DD) or first_on (a date) with begins: fixed, found neither; add one"
        check.add((*path, "begins"), zh, en)
    if term.begins != "fixed" and term.on is not None:
        zh = f"on 只用于 begins: fixed；得到 begins: {term.begins}；请删去 on，或改 begins"
        en = f"on goes with begins: fixed, found begins: {term.begins}; remove on or change begins"
        check.add((*path, "on"), zh, en)
    if on is not None and term.first_on is not None and (on.month, on.day) != (term.first_on.month, term.first_on.day):
        zh = f"on 与 first_on 应为同一月日；得到 {term.on} 与 {term.first_on}；请改成一致"
        en = (
            f"expected on and first_on to be the same day of the year, found {term.on} and {term.first_on}; "
            "make them agree"
        )
        check.add((*path, "on"), zh, en)
    if (term.begins == "working_days_after_payment") != (term.working_days is not None):
        zh = (
            f"working_days 应与 begins: working_days_after_payment 同写；得到 begins: {term.begins}；请补上另一项，"
            "或删去"
        )
        en = (
            f"working_days and begins: working_days_after_payment go together, found begins: {term.begins}; "
            "add the other or remove it"
        )
        check.add((*path, "begins" if term.working_days is None else "working_days"), zh, en)


def _season(check: Check, path: Path, window: d.Window) -> None:
    opens = _day(check, (*path, "opens"), window.opens)
    closes = _day(check, (*path, "closes"), window.closes)
    if window.opens is None and window.closes is None and window.catch_up_month is None:
        zh, en = (
            "参保季应有 opens、closes 或 catch_up_month；都没有；请补上",
            "expected opens, closes or catch_up_month, found none; add one",
        )
        check.add(path, zh, en)
    if opens is None or closes is None:
        return
    across = closes.replace(year=_YEAR + 1) if closes < opens else closes
    if closes < opens and (across - opens).days > SEASON_DAYS_MOST:
        zh = (
            f"closes 应在 opens {window.opens} 之后；得到 {window.closes}；"
            f"请对调（跨年的参保季不超过 {SEASON_DAYS_MOST} 天）"
        )
        en = (
            f"expected closes after opens {window.opens}, found {window.closes}; swap them "
            f"(a season over the new year has at most {SEASON_DAYS_MOST} days)"
        )
        check.add((*path, "closes"), zh, en)


def _unlike(check: Check, name: str, keys: Sequence[Hashable], zh_what: str, en_what: str) -> None:
    """Rows of one list that nothing tells apart."""
    for i, key in enumerate(keys):
        if key in keys[:i]:
            first = keys.index(key)
            line = check.draft.read.line((name, first))
            zh = f"与第 {line} 行的{zh_what}适用于同样的情形，无法确定用哪一个；请合并，或写明区别"
            en = (
                f"for the same people as the {en_what} on line {line}: nobody can tell which holds; "
                "merge them or say how they differ"
            )
            check.add((name, i), zh, en)


def _shares(check: Check) -> None:
    for i, payer in enumerate(check.document.payers):
        if payer.least is not None and payer.most is not None and payer.least > payer.most:
            zh = f"most 应不小于 least {plain_yuan(payer.least)} 元；得到 {plain_yuan(payer.most)} 元；请对调或改正"
            en = (
                f"expected most of at least {plain_yuan(payer.least)} yuan, found {plain_yuan(payer.most)} yuan; "
                "swap or correct them"
            )
            check.add(("payers", i, "most"), zh, en)
    for i, rule in enumerate(check.document.employer):
        if not 0 < rule.least_share <= WHOLE:
            zh = f"参保比例应大于 0%、不超过 100%；得到 {percent(rule.least_share)}；请改正，或删去"
            en = f"expected a share above 0% and at most 100%, found {percent(rule.least_share)}; correct or remove it"
            check.add(("employer", i, "least_share"), zh, en)


# -- ages -------------------------------------------------------------------------------------------------------------


def _who(check: Check) -> None:
    earlier: list[d.Ages] = []
    for i, who in enumerate(check.document.who):
        said = [
            name
            for name in ("ages", "employment", "basic_insurance", "groups", "not_groups", "relation", "told")
            if getattr(who, name)
        ]
        if not said:
            zh = "参保条件没有写内容；请写 ages、employment 等，或删去"
            en = "this rule of membership names nothing; write ages, employment … or remove it"
            check.add(("who", i), zh, en)
        for j, ages in enumerate(who.ages or ()):
            _ages(check, ("who", i, "ages", j), ages)
            if any(band.sex in (None, ages.sex) and band.relation in (None, ages.relation) for band in earlier):
                zh = "前面的年龄规定已包括这些人（第一条适用的起作用），这一条用不上；请把它移到前面，或写明性别、关系"
                en = (
                    "an age rule above is for these people already (the first that fits counts), "
                    "so that this one is never used; "
                    "move it up or name a sex or relation"
                )
                check.add(("who", i, "ages", j), zh, en)
            earlier.append(ages)


def _ages(check: Check, path: Path, ages: d.Ages) -> None:
    if ages.least is not None and ages.most is not None and ages.least > ages.most:
        zh = f"up_to 应不小于 from {ages.least}；得到 {ages.most}，没有人符合；请对调或改正"
        en = (
            f"expected up_to of at least from {ages.least}, found {ages.most}: nobody has such an age; "
            "swap or correct them"
        )
        check.add((*path, "up_to"), zh, en)
        return
    start = ages.renewal_only_from
    if start is None:
        return
    if ages.most is not None and start > ages.most:
        zh = f"renewal_only_from 应不大于 up_to {ages.most}；得到 {start}，不起作用；请改正"
        en = f"expected renewal_only_from of at most up_to {ages.most}, found {start}, which never matters; correct it"
        check.add((*path, "renewal_only_from"), zh, en)
    if start <= (ages.least or 0):
        zh = f"renewal_only_from 应大于 from {ages.least or 0}；得到 {start}，没有人能首次参加；请改正"
        en = (
            f"expected renewal_only_from above from {ages.least or 0}, found {start}: nobody could ever join; "
            "correct it"
        )
        check.add((*path, "renewal_only_from"), zh, en)


def _retirement(check: Check) -> None:
    """The table of retirement ages: complete for those bands that ask for it, every row reachable, and used."""
    rows = check.document.retirement_ages
    bands = [
        (("who", i, "ages", j), ages)
        for i, who in enumerate(check.document.who)
        for j, ages in enumerate(who.ages or ())
        if ages.until_retirement
    ]
    for path, ages in bands:
        sexes = [ages.sex] if ages.sex is not None else ["F", "M"]
        lacking = [sex for sex in sexes if not any(row.sex == sex and not row.groups for row in rows)]
        if lacking:
            zh = (
                f"until_retirement 需要 retirement_ages 中性别 {listed(lacking, 'zh')} 的一行（不写 groups）；没有，"
                "等于不限年龄；请补上"
            )
            en = (
                f"until_retirement needs a row of retirement_ages for sex {listed(lacking, 'en')} (without groups), "
                "found none, which leaves the age open; add it"
            )
            check.add((*path, "until_retirement"), zh, en)
    for i, row in enumerate(rows):
        _retirement_row(check, ("retirement_ages", i), row, rows[:i])
    if rows and not bands:
        zh = "没有一条年龄规定写 until_retirement，retirement_ages 用不上；请写上，或删去此表"
        en = "no age rule says until_retirement, so that retirement_ages is never used; say so or remove the table"
        check.add(("retirement_ages",), zh, en)


def _retirement_row(check: Check, path: Path, row: d.RetirementAge, earlier: list[d.RetirementAge]) -> None:
    groups = set(row.groups or ())
    if any(one.sex == row.sex and (not one.groups or (groups and groups <= set(one.groups))) for one in earlier):
        zh = "前面的一行已适用于这些人，这一行用不上；请把写明 groups 的行放在前面"
        en = "a row above is for these people already, so that this one is never used; put rows with groups first"
        check.add(path, zh, en)
    steps = [row.born_from is not None, row.months_per_month > 0, row.up_to is not None]
    if any(steps) and not all(steps):
        zh = "逐步延迟应同时写 born_from、months_per_month 和 up_to；请补全，或全部删去"
        en = "expected born_from, months_per_month and up_to together for a rising age; write all or none"
        check.add(path, zh, en)
    if row.up_to is not None and row.up_to <= row.years:
        zh = f"up_to 应大于 years {row.years}；得到 {row.up_to}；请改正"
        en = f"expected up_to above years {row.years}, found {row.up_to}; correct it"
        check.add((*path, "up_to"), zh, en)


# -- limits of time ---------------------------------------------------------------------------------------------------


def _limits(check: Check) -> None:
    document = check.document
    for i, limit in enumerate(document.limits):
        _limit(check, ("limits", i), limit, check.benefits)
    for i, benefit in enumerate(check.benefits):
        for j, limit in enumerate(benefit.limits):
            _limit(check, ("benefits", i, "limits", j), limit, [benefit])


def _limit(check: Check, path: Path, limit: d.Limit, benefits: list[d.Benefit]) -> None:
    if limit.what == "window" and limit.of in ("start", "discharge", "settlement"):
        zh = (
            f"window 从事件之前的日期（如 accident）起算；得到 {limit.of}，不早于事件开始，永远符合；请改正，"
            "申请时限写 what: filing"
        )
        en = (
            f"expected a window from a day before the event (like accident), found {limit.of}, "
            "which is never before its start, "
            "so that it always holds; correct it, or write what: filing"
        )
        check.add((*path, "of"), zh, en)
    others = [benefit.benefit for benefit in benefits if not _of_accident(benefit)]
    if limit.of == "accident" and others:
        zh = (
            f"从 accident 起算的时限只用于 when 写 accident: true 的待遇；{listed(others, 'zh')} 不是，"
            "会因缺事故日期转人工；请移到意外待遇下"
        )
        en = (
            "a limit from the accident is for benefits with accident: true in when; "
            f"{listed(others, 'en')} would be referred "
            "for want of a date of accident; move the limit to the benefits for accidents"
        )
        check.add((*path, "of"), zh, en)
    first = check.document.term.first_on
    if isinstance(limit.of, datetime.date) and first is not None and limit.within.working_days is None:
        last = add_days(add_months(limit.of, limit.within.months or 0), limit.within.days or 0)
        if last < first:
            zh = f"时限应在首期起始日 {first} 之后；得到 {last}，谁也来不及；请改正"
            en = (
                f"expected a limit after the first day of the term {first}, found {last}: nobody could be in time; "
                "correct it"
            )
            check.add((*path, "of"), zh, en)


def _of_accident(benefit: d.Benefit) -> bool:
    asked = [benefit.when, *(gate.when for gate in benefit.requires)]
    return any(when is not None and when.accident is True for when in asked)
