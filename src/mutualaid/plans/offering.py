"""What a document says of enrolment: from when until when, for how much, who may join, what an employer must bring.

Pure. Whether a person may join is asked of the compiled plan itself, so that enrolment and adjudication agree.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from benefit_engine import plan as p
from benefit_engine.calendars import add_days, add_months, add_working_days
from benefit_engine.conditions import Context
from benefit_engine.facts import Cover, Event, Member
from benefit_engine.gates import person_gates
from mutualaid.people.refusals import Refused
from mutualaid.plans import document as d
from mutualaid.plans.calendar import china_holidays, china_workdays
from mutualaid.plans.compiling import compile_plan
from mutualaid.plans.prose.terms import add_years

DAY = datetime.timedelta(days=1)
_FACTS = ("employment", "basic_insurance", "groups", "not_groups")


class NoFirstDay(Refused):
    """The document does not say when a cover begins."""


class NoSuchPrice(Refused):
    """No fee, or several, for what was chosen."""


# -- from when until when -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Term:
    """The days of a cover, ``[from_on, until_on)``. ``depends_on_payment``: the plan reckons them from the payment;
    ``provisional``: it is not paid yet, so they stand for a payment on the day that was asked about."""

    from_on: datetime.date
    until_on: datetime.date
    depends_on_payment: bool
    provisional: bool


@dataclass(frozen=True)
class Season:
    """Whether one may enrol on a day, and why (not). ``opens_on``, ``closes_on``: the first and last day of the season that holds
    that day or comes next; None where the plan sets none."""

    is_open: bool
    opens_on: datetime.date | None
    closes_on: datetime.date | None
    zh: str
    en: str
    late: bool = False
    """Whether it is for those who joined the employer after the season."""


@dataclass(frozen=True)
class _Opening:
    """Days (both ends included, None: no end) on which one may enrol in the term that begins ``start``."""

    opens: datetime.date | None
    closes: datetime.date | None
    start: datetime.date


@dataclass(frozen=True)
class OwnWindow:
    """When an office takes enrolments instead of the document: from ``opens_on`` to ``closes_on``, then newcomers
    until ``late_until_on``,
    and, with ``catch_up``, in the document's month for late enrolment; all days included. ``start_on``: the first
    day of the fixed term that it is for; None where terms begin with the payment."""

    opens_on: datetime.date
    closes_on: datetime.date
    start_on: datetime.date | None = None
    late_until_on: datetime.date | None = None
    catch_up: bool = True


def terms(
    document: d.Document,
    *,
    on: datetime.date,
    paid_on: datetime.date | None = None,
    option: str | None = None,
    wanted_on: datetime.date | None = None,
    own: OwnWindow | None = None,
) -> Term:
    """The term that an enrolment on a day leads to; outside the season, that of the next one.

    A term with a fixed first day begins on it; who joins after it (within the season or the month for late enrolment) is covered
    from the next day until the same end. Modes that reckon from the payment use ``paid_on``, or ``on`` provisionally; there
    ``option`` says how long it is where fees differ by that, and ``wanted_on`` puts its beginning off.
    ``own``: the window of the employer's office, where it has one. Raises NoFirstDay.
    """
    term = document.term
    if term.begins == "fixed":
        opening = (
            _opening(term, on) if own is None or own.start_on is None else own_openings(document, own=own, on=on)[0]
        )
        asked = max(on, opening.opens or on)
        return Term(max(opening.start, asked + DAY), add_years(opening.start, term.years), False, False)
    paid = paid_on or on
    if term.begins == "same_day":
        first = paid
    elif term.begins == "next_day":
        first = paid + DAY
    elif term.begins == "working_days_after_payment":
        first = add_working_days(_calendar(), paid, term.working_days or 1)
    else:
        first = datetime.date(paid.year + paid.month // 12, paid.month % 12 + 1, 1)
    first = max(first, term.first_on or first, wanted_on or first)
    return Term(first, _until(document, first, option), True, paid_on is None)


def _until(document: d.Document, first: datetime.date, option: str | None) -> datetime.date:
    """The day after a term that begins with the payment: by the days or months of its option, else by the plan's years."""
    chosen = [row.lasts for row in document.price if row.option in (None, option) and row.lasts is not None]
    if not chosen:
        return add_years(first, document.term.years)
    return add_days(add_months(first, chosen[0].months or 0), chosen[0].days or 0)


def has_short_terms(document: d.Document) -> bool:
    """Whether people choose how long they are covered: by days, months, or the years of the plan."""
    return any(row.lasts is not None for row in document.price)


def term_start(document: d.Document, *, from_on: datetime.date) -> datetime.date:
    """The first day of the fixed term in which a cover that begins on a day is. Raises NoFirstDay."""
    term = document.term
    return max((day for day in _starts(term, from_on.year - term.years - 1) if day <= from_on), default=from_on)


def continues_from(document: d.Document, *, from_on: datetime.date, own: OwnWindow | None = None) -> datetime.date:
    """The day until which cover in the family must have lasted for a cover that begins on ``from_on`` to go on with it: that day
    itself, or the first day of the term where the season let nobody begin then. ``own``: the window of the employer's office for
    that term, where it has one; it counts instead of the document's season.

    A season that opens no earlier than its term begins leaves days that nobody can be covered on. Whoever enrols by the first
    working day of such a season has no gap that they could have avoided; whoever waits longer begins anew. Raises NoFirstDay.
    """
    term = document.term
    if term.begins != "fixed" or (term.enrolment is None and own is None):
        return from_on
    start = term_start(document, from_on=from_on)
    if own is not None and own.start_on == start:
        opens = [own.opens_on]
    elif term.enrolment is None:
        return from_on
    else:
        opens = [one.opens for one in _seasons(term, term.enrolment, start.year) if one.start == start and one.opens]
    if not opens or from_on > add_working_days(_calendar(), min(opens) - DAY, 1) + DAY:
        return from_on
    return start


def season(document: d.Document, *, on: datetime.date, own: OwnWindow | None = None) -> Season:
    """Whether one may enrol on a day; ``own``: the window of the employer's office, where it has one. Raises NoFirstDay."""
    window = document.term.enrolment
    if own is not None:
        opening, late = own_openings(document, own=own, on=on)
        return _season(opening, on, late=late)
    if window is None:
        return Season(True, None, None, "全年可以办理", "open all year")
    return _season(_window(document.term, window, on), on)


def own_openings(document: d.Document, *, own: OwnWindow, on: datetime.date) -> tuple[_Opening, bool]:
    """Of an office's window the opening that holds a day or comes next, the last when all are over; and whether it
    is for newcomers alone."""
    start = own.start_on or own.opens_on
    found = [(_Opening(own.opens_on, own.closes_on, start), False)]
    if own.late_until_on is not None:
        found.append((_Opening(own.closes_on + DAY, own.late_until_on, start), True))
    window = document.term.enrolment
    if own.catch_up and window is not None:
        months = _catch_ups(document.term, window, own.closes_on.year)
        fixed = document.term.begins == "fixed"
        found += [
            (one, False) for one in months if one.start == start or (not fixed and (one.opens or on) > own.closes_on)
        ]
    ahead = [one for one in found if one[0].closes is not None and on <= one[0].closes]
    return min(ahead, key=lambda one: one[0].opens or on) if ahead else found[-1]


def _season(opening: _Opening, on: datetime.date, *, late: bool = False) -> Season:
    is_open = (opening.opens is None or opening.opens <= on) and (opening.closes is None or on <= opening.closes)
    a, b = opening.opens, opening.closes
    zh = f"办理时间为 {a or '即日'} 至 {b or '保障开始前'}（含当日）"
    en = f"enrolment is open from {a or 'now'} to {b or 'the beginning of cover'} (both days included)"
    if not is_open:
        zh += f"；{on} 不在办理时间内，请在办理时间内再来"
        en += f"; {on} is outside, come back within it"
    elif late:
        zh, en = f"{zh}；仅限新入职职工补报", f"{en}; for newcomers only"
    return Season(is_open, a, b, zh, en, late=late)


def _opening(term: d.Term, on: datetime.date) -> _Opening:
    """Of a term with a fixed first day: the opening that holds a day or comes next."""
    if term.enrolment is not None:
        return _window(term, term.enrolment, on)
    return _Opening(None, None, next(start for start in _starts(term, on.year - 1) if start > on))


def _window(term: d.Term, window: d.Window, on: datetime.date) -> _Opening:
    """The first opening of the seasons (and months for late enrolment) around a day that has not closed by then."""
    every = (*_seasons(term, window, on.year), *_catch_ups(term, window, on.year))
    if term.begins == "fixed":
        # Cover begins a day after the enrolment at the earliest, and lasts a day at least.
        every = tuple(_Opening(one.opens, _last(term, one), one.start) for one in every)
    found = [opening for opening in every if opening.closes is None or on <= opening.closes]
    return min(found, key=lambda one: (one.opens or datetime.date.min, one.closes or datetime.date.max))


def _last(term: d.Term, opening: _Opening) -> datetime.date:
    end = add_years(opening.start, term.years) - 2 * DAY
    return min(opening.closes or end, end)


def _seasons(term: d.Term, window: d.Window, year: int) -> Iterator[_Opening]:
    """Seasons of some years around ``year``, each with the term that it leads to."""
    if window.opens is None and window.closes is None:
        return
    for each in range(year - 2, year + 3 + term.years):
        opens = None if window.opens is None else _day(each, window.opens)
        closes = None if window.closes is None else _day(each, window.closes)
        if opens is not None and closes is not None and closes < opens:
            closes = _day(each + 1, window.closes or "")
        if opens is None and closes is not None:
            opens = _day(each - 1, window.closes or "") + DAY
        if term.begins != "fixed":
            yield _Opening(opens, closes or datetime.date(each, 12, 31), opens or datetime.date.min)
            continue
        start = _start_for(term, window, opens, closes)
        if start is not None:
            # Without a last day one may join until the term begins.
            yield _Opening(opens, closes or start - DAY, start)


def _start_for(
    term: d.Term, window: d.Window, opens: datetime.date | None, closes: datetime.date | None
) -> datetime.date | None:
    """The first day of the term that a season leads to: the first one from its opening on; of a season without an opening the
    one nearest to its close. None where no term begins within the year after, as between the terms of several years."""
    around = closes or opens
    if around is None:
        return None
    starts = _starts(term, around.year - 2, 5 + term.years)
    if window.opens is None:
        start = min(starts, key=lambda one: abs((one - around).days), default=None)
    else:
        # A season that opens with the term is for that term, unless it never closes before the next.
        soonest = opens + DAY if opens is not None and closes is None else opens
        start = next((one for one in starts if soonest is not None and one >= soonest), None)
    return start if start is not None and abs((start - around).days) <= 366 else None


def _catch_ups(term: d.Term, window: d.Window, year: int) -> Iterator[_Opening]:
    """Months for late enrolment, each in the term that runs in it."""
    month = window.catch_up_month
    if month is None:
        return
    for each in range(year - 1, year + 3 + term.years):
        first = datetime.date(each, month, 1)
        last = datetime.date(each + month // 12, month % 12 + 1, 1) - DAY
        if term.begins != "fixed":
            yield _Opening(first, last, first)
            continue
        running = [start for start in _starts(term, each - term.years - 1, 3 + term.years) if start <= last]
        if running and add_years(running[-1], term.years) > last:
            yield _Opening(first, last, running[-1])


def _starts(term: d.Term, year: int, years: int = 40) -> list[datetime.date]:
    """First days of terms from a year on: every so many years from the first term, or every year where none is named and
    nothing says which. Raises NoFirstDay."""
    if term.first_on is not None:
        step = term.years
        behind = max(0, (year - term.first_on.year) // step)
        firsts = (add_years(term.first_on, (behind + i) * step) for i in range(years))
        return [first for first in firsts if first.year >= year]
    if term.on is None:
        raise NoFirstDay(
            "计划应写明保障从哪天起；没有找到，请在 term 中补 on 或 first_on",
            "expected the plan to say when cover begins, found nothing; add on or first_on to its term",
        )
    return [_day(year + i, term.on) for i in range(years)]


def _day(year: int, text: str) -> datetime.date:
    month, day = (int(part) for part in text.split("-"))
    return datetime.date(year, month, day)


@functools.cache
def _calendar() -> p.Plan:
    return p.Plan("", "", "", holidays=china_holidays(), workdays=china_workdays())


def waits_until(document: d.Document, *, joined_on: datetime.date) -> datetime.date | None:
    """The first day on which the waiting time of the whole plan is over for who joined on a day; None where there is none.
    Benefits may have waiting times of their own."""
    rule = document.waiting
    if rule is None or not (rule.days or rule.months):
        return None
    return add_days(add_months(joined_on, rule.months or 0), rule.days or 0)


# -- for how much -------------------------------------------------------------------------------------------------------


def fee(
    document: d.Document,
    *,
    units: int,
    option: str | None = None,
    risk_class: str | None = None,
    employer_type: str | None = None,
) -> Decimal:
    """Yuan for one term. Raises NoSuchPrice when the plan has no fee for this choice, or needs a choice that was not made,
    and for units outside 1 to the most."""
    if not 1 <= units <= most_units(document):
        raise NoSuchPrice(
            f"份数应为 1 到 {most_units(document)}；得到 {units}，请改正",
            f"expected 1 to {most_units(document)} units, found {units}; correct it",
        )
    chosen = {"option": option, "risk_class": risk_class, "employer_type": employer_type}
    rows = [row for row in document.price if all(getattr(row, name) in (None, word) for name, word in chosen.items())]
    if not rows:
        named = [
            "·".join(word for word in (row.option, row.employer_type, row.risk_class) if word) for row in document.price
        ]
        choices = "、".join(name for name in named if name)
        raise NoSuchPrice(
            f"应选择一种费用标准：{choices or '计划没有费用标准'}；没有找到所选的，请改选",
            f"expected one of the plan's fees ({choices or 'it has none'}), found none for this choice; choose another",
        )
    best = max(rows, key=lambda row: sum(getattr(row, name) is not None for name in chosen))
    return Decimal(best.fee * units) / 100


def most_units(document: d.Document) -> int:
    """The most units that one person may hold; one where the plan says nothing."""
    return document.units.most if document.units is not None else 1


# -- who ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reason:
    """Why a person may not join: the engine's word, or ``missing`` with the fact that is not known. Holds no personal data."""

    word: str
    zh: str
    en: str
    missing: bool = False


@dataclass(frozen=True)
class NeededFacts:
    """What a roster must ask beside name, identity document and units: only what the rules look at."""

    employment: bool
    basic_insurance: bool
    groups: tuple[str, ...]
    options: tuple[str, ...]
    risk_classes: tuple[str, ...]
    women_headcount: bool


def why_not_eligible(
    document: d.Document,
    *,
    birth_date: datetime.date | None,
    sex: str | None,
    from_on: datetime.date,
    employment: str | None = None,
    basic_insurance: str | None = None,
    groups: Iterable[str] = (),
    previous_cover: bool = False,
    parts: Sequence[d.Document] = (),
) -> list[Reason]:
    """Every reason why a person may not be covered from a day; empty when they may. ``parts``: the single plans of a combination,
    of which one that admits the person is enough. ``previous_cover``: covered in the family until the day before."""
    member = Member(birth_date, sex, employment, basic_insurance, tuple(groups))
    own = _reasons(document, member, from_on, previous_cover)
    if own or not parts:
        return own
    each = [_reasons(part, member, from_on, previous_cover) for part in parts]
    return [] if any(not reasons for reasons in each) else each[0]


def _reasons(document: d.Document, member: Member, from_on: datetime.date, previous_cover: bool) -> list[Reason]:
    plan = _compiled(_Same(document))
    cover = Cover(plan.id, from_on, from_on + DAY, consecutive_periods=2 if previous_cover else 1)
    failed: list[str] = []
    missing: list[str] = []
    person_gates(plan, Context(member, Event("", "", from_on), cover, from_on), failed, missing)
    known = [Reason(word, *_told(word, document)) for word in dict.fromkeys(failed)]
    return known + [Reason(fact, *_asked(fact), missing=True) for fact in dict.fromkeys(missing)]


class _Same:
    """A document by identity, for keeping what was compiled of it: documents hold lists and have no hash."""

    def __init__(self, document: d.Document) -> None:
        self.document = document

    def __hash__(self) -> int:
        return id(self.document)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.document is self.document


@functools.lru_cache(maxsize=64)
def _compiled(same: _Same) -> p.Plan:
    return compile_plan(same.document)


_WORDS = {
    "in_service": ("在职", "in service"),
    "retired": ("退休", "retired"),
    "flexible": ("灵活就业", "flexible"),
    "gig": ("新就业形态", "gig"),
    "employee": ("职工医保", "employees' insurance"),
    "resident": ("居民医保", "residents' insurance"),
    "none": ("无医保", "no insurance"),
}
_ASKED = {
    "birth_date": ("出生日期", "the date of birth"),
    "sex": ("性别", "the sex"),
    "employment": ("就业状态", "the employment"),
    "basic_insurance": ("基本医保类型", "the basic insurance"),
    "consecutive_periods": ("是否上期已参加", "whether they were in the period before"),
}


def _asked(fact: str) -> tuple[str, str]:
    zh, en = _ASKED.get(fact, (fact, fact))
    return f"计划要看{zh}；没有填写，请补上", f"the plan asks for {en}, found nothing; add it"


def _told(word: str, document: d.Document) -> tuple[str, str]:
    """What the plan wants where a rule fails, without the person's own facts."""
    who = document.who
    if word == "age":
        bands = [_band(band) for rule in who for band in rule.ages or ()]
        zh, en = "；".join(dict.fromkeys(a for a, _ in bands)), "; ".join(dict.fromkeys(b for _, b in bands))
        return (
            f"年龄应符合计划（保障起始日的周岁）：{zh}；此人不符，请核对证件号码，或不列入",
            f"expected an age on the first day of cover of {en}; this person's is not, check the number or leave them out",
        )
    if word in ("employment", "insurance"):
        field = "employment" if word == "employment" else "basic_insurance"
        wanted = [_WORDS[one] for rule in who for one in getattr(rule, field) or ()]
        zh, en = "、".join(a for a, _ in wanted), " or ".join(b for _, b in wanted)
        what = ("就业状态", "employment") if word == "employment" else ("基本医保", "basic insurance")
        return (
            f"{what[0]}应为{zh}；此人不是，请核对，或不列入",
            f"expected {what[1]}: {en}; this person's is another, check it or leave them out",
        )
    wanted_groups = [name for rule in who for name in rule.groups or ()]
    barred = [name for rule in who for name in rule.not_groups or ()]
    zh = "、".join([*wanted_groups, *(f"非{name}" for name in barred)])
    en = ", ".join([*wanted_groups, *(f"not {name}" for name in barred)])
    return (
        f"应属于计划规定的人群{f'（{zh}）' if zh else ''}；此人不属于，请核对，或不列入",
        f"expected one of the plan's groups{f' ({en})' if en else ''}; this person is in none, check it or leave them out",
    )


_SEXES = {"F": ("女", "women "), "M": ("男", "men ")}


def _band(band: d.Ages) -> tuple[str, str]:
    a, b = _SEXES.get(band.sex or "", ("", ""))
    zh = f"{a}{band.least or 0} 周岁以上" if band.most is None else f"{a}{band.least or 0} 至 {band.most} 周岁"
    en = f"{b}{band.least or 0} and over" if band.most is None else f"{b}{band.least or 0} to {band.most}"
    if band.until_retirement:
        zh, en = f"{zh}、未到法定退休年龄", f"{en}, below the statutory retirement age"
    if band.renewal_only_from is not None:
        zh = f"{zh}（满 {band.renewal_only_from} 周岁的须上期已参加）"
        en = f"{en} (from {band.renewal_only_from} on only those of the period before)"
    return zh, en


def needed_facts(document: d.Document, *, parts: Sequence[d.Document] = ()) -> NeededFacts:
    """What a roster must ask for a plan; of a combination also what its parts look at."""
    every = (document, *parts)
    who = [rule for one in every for rule in one.who]
    retiring = any(band.until_retirement for rule in who for band in rule.ages or ())
    groups = [name for rule in who for name in (*(rule.groups or ()), *(rule.not_groups or ()))]
    if retiring:
        groups += [name for one in every for row in one.retirement_ages for name in row.groups or ()]
    return NeededFacts(
        employment=any(rule.employment for rule in who),
        basic_insurance=any(rule.basic_insurance for rule in who),
        groups=tuple(dict.fromkeys(groups)),
        options=tuple(dict.fromkeys(row.option for row in document.price if row.option)),
        risk_classes=tuple(dict.fromkeys(row.risk_class for row in document.price if row.risk_class)),
        women_headcount=any(rule.of == "women" for rule in document.employer),
    )


# -- the employer -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shortfall:
    """An employer brings too few: of ``staff`` or ``women``, how many are wanted and how many are enrolled."""

    of: Literal["staff", "women"]
    wanted: int
    enrolled: int
    headcount: int | None
    zh: str
    en: str


def employer_share(
    document: d.Document,
    *,
    enrolled: int,
    headcount: int,
    women_enrolled: int = 0,
    women_headcount: int | None = None,
) -> Shortfall | None:
    """The first rule on the employer's share that is not kept; None when all are. A share is of whole persons, rounded up."""
    for rule in document.employer:
        women = rule.of == "women"
        there, here = (women_headcount, women_enrolled) if women else (headcount, enrolled)
        zh, en = ("女职工", "women") if women else ("职工", "staff")
        if there is None:
            return Shortfall(
                rule.of,
                0,
                here,
                None,
                f"计划按{zh}人数要求参加比例；没有填写{zh}人数，请补上",
                f"the plan wants a share of the {en}, found no number of them; add it",
            )
        whole = rule.all_up_to is not None and there <= rule.all_up_to
        wanted = there if whole else -(-there * rule.least_share // 10_000)
        if here < wanted:
            share = f"{rule.least_share // 100}%"
            why_zh = f"不超过 {rule.all_up_to} 人的单位须全员参加" if whole else f"须有 {share} 以上的{zh}参加"
            why_en = f"employers of up to {rule.all_up_to} bring all" if whole else f"at least {share} of the {en} join"
            return Shortfall(
                rule.of,
                wanted,
                here,
                there,
                f"{why_zh}：{there} 人中应至少 {wanted} 人，得到 {here} 人；请补 {wanted - here} 人，或核对人数",
                f"{why_en}: expected at least {wanted} of {there}, found {here}; "
                f"add {wanted - here} more or check the headcount",
            )
    return None


__all__ = [
    "NeededFacts",
    "NoFirstDay",
    "NoSuchPrice",
    "OwnWindow",
    "Reason",
    "Season",
    "Shortfall",
    "Term",
    "continues_from",
    "employer_share",
    "fee",
    "has_short_terms",
    "most_units",
    "needed_facts",
    "own_openings",
    "season",
    "term_start",
    "terms",
    "waits_until",
    "why_not_eligible",
]
