"""What a plan asks of an enrolment: its term, its fee, who may be covered, how many of the staff. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.reading import read_document


@dataclass(frozen=True)
class Told:
    """Something said in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Term:
    """``[from_on, until_on)``; where it depends on the payment the days are those of one that was paid today."""

    from_on: datetime.date
    until_on: datetime.date
    depends_on_payment: bool


def document_of(version: PlanVersion) -> Document:
    """The document of a version."""
    return read_document(f"{version.plan}.yaml", version.text.encode()).document


def window(document: Document, *, on: datetime.date) -> Told | None:
    """Why enrolment is closed on a day."""
    season = document.term.enrolment
    if season is None:
        return None
    day = f"{on:%m-%d}"
    opens, closes = season.opens or "01-01", season.closes or "12-31"
    within = opens <= day <= closes if opens <= closes else day >= opens or day <= closes
    if within or on.month == season.catch_up_month:
        return None
    return Told(
        f"应在 {opens} 至 {closes} 之间参保；今天是 {on}，请在下次开放时办理",
        f"expected a day from {opens} to {closes}, found {on}; enrol when it opens again",
    )


def terms(document: Document, *, on: datetime.date, paid_on: datetime.date | None = None) -> Term:
    """The term of who enrols on a day."""
    term = document.term
    paid = paid_on or on
    if term.begins == "fixed":
        first = term.first_on or datetime.date.fromisoformat(f"{on.year}-{term.on or '01-01'}")
        while first < on:
            first = _years_on(first, term.years if term.first_on else 1)
    elif term.begins == "first_of_month":
        first = (paid.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
    else:
        first = paid + datetime.timedelta(days=1)
        working = term.working_days or 0
        while term.begins == "working_days_after_payment" and working:
            working -= first.weekday() < 5
            first += datetime.timedelta(days=1)
    return Term(first, _years_on(first, term.years), term.begins != "fixed")


def _years_on(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year + years, month=3, day=1)


def fee(document: Document, *, units: int, option: str | None = None) -> Decimal:
    """Yuan for one person."""
    price = next((one for one in document.price if option is None or one.option == option), None)
    return Decimal(price.fee * units if price else 0).scaleb(-2)


def options(document: Document) -> list[str]:
    """The names of the options that a person chooses among; none where there is one price."""
    return list(dict.fromkeys(one.option for one in document.price if one.option is not None))


def most_units(document: Document) -> int:
    """Of one person."""
    return document.units.most if document.units else 1


def needed_facts(document: Document) -> frozenset[str]:
    """What must be known of each person besides age and sex: ``employment``, ``basic_insurance``, ``groups``, ``option``."""
    found = {name for name in ("employment", "basic_insurance") for rule in document.who if getattr(rule, name)}
    found |= {"groups" for rule in document.who if rule.groups or rule.not_groups}
    return frozenset(found | ({"option"} if options(document) else set()))


def why_not_eligible(
    document: Document,
    *,
    birth_date: datetime.date,
    sex: str,
    employment: str | None,
    basic_insurance: str | None,
    groups: frozenset[str],
    from_on: datetime.date,
    renewing: bool,
) -> list[Told]:
    """Every rule of the plan that a person does not keep."""
    found = []
    age = from_on.year - birth_date.year - ((from_on.month, from_on.day) < (birth_date.month, birth_date.day))
    for rule in document.who:
        for ages in rule.ages or []:
            if ages.sex not in (None, sex) or ages.relation not in (None, "self"):
                continue
            if (ages.least is not None and age < ages.least) or (ages.most is not None and age > ages.most):
                found.append(
                    Told(
                        f"保障首日应为 {ages.least or 0}–{ages.most or '∞'} 周岁；得到 {age} 周岁，不能参加本计划",
                        f"expected an age of {ages.least or 0} to {ages.most or 'any'} on the first day, found {age}; "
                        "the plan does not cover this person",
                    )
                )
            if ages.renewal_only_from is not None and age >= ages.renewal_only_from and not renewing:
                found.append(
                    Told(
                        f"{ages.renewal_only_from} 周岁起应为上期已参加者；没有找到上期保障，不能参加本计划",
                        f"expected cover in the term before from the age of {ages.renewal_only_from} on, found none",
                    )
                )
        if rule.employment and employment not in rule.employment:
            found.append(Told("职工身份不符合本计划的规定，请核对", "the plan does not cover this kind of employment"))
        if rule.basic_insurance and basic_insurance not in rule.basic_insurance:
            found.append(Told("基本医保种类不符合本计划的规定，请核对", "the plan asks for another basic insurance"))
        if rule.groups and not groups & set(rule.groups):
            found.append(Told("不属于本计划规定的人群，请核对", "not of the groups that the plan covers"))
    return found


def employer_share(
    document: Document, *, enrolled: int, headcount: int, women_enrolled: int, women_headcount: int | None
) -> Told | None:
    """What is missing to the least share of the staff, or of the women among them."""
    for rule in document.employer:
        have, whole = (enrolled, headcount) if rule.of == "staff" else (women_enrolled, women_headcount)
        if whole is None:
            return Told(
                "本计划按女职工人数核对比例；没有找到女职工人数，请填写",
                "expected the number of women for this plan's least share, found none; state it",
            )
        small = rule.all_up_to is not None and whole <= rule.all_up_to
        needed = whole if small else -(-whole * rule.least_share // 10000)
        if have < needed:
            who_zh, who_en = ("女职工", "women") if rule.of == "women" else ("职工", "staff")
            return Told(
                f"{who_zh}应至少参加 {needed} 人（共 {whole} 人）；得到 {have} 人，还差 {needed - have} 人，请补充名单",
                f"expected at least {needed} of {whole} {who_en}, found {have}; add {needed - have} more",
            )
    return None
