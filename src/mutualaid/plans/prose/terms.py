"""What a plan is, what it costs, how long it runs and who may join, in words."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from mutualaid.plans import document as d
from mutualaid.plans.prose.conditions import condition
from mutualaid.plans.prose.model import Block, Point, Points, Section, Table
from mutualaid.plans.prose.writer import Writer


def about(w: Writer, combined_in: Iterable[str] = ()) -> Section:
    """Who runs it, what it is for, which plans it combines, which combinations (``combined_in``) take it in."""
    doc, say = w.document, w.say
    summary = say.of(doc.summary) if doc.summary else say.of(doc.name)
    points = [w.point(doc, summary, say("about.summary"), about=say("assumed.whole"))]
    points.append(Point(say.of(doc.organiser), say("about.organiser")))
    points.append(Point(say(f"status.{doc.status}"), say("about.status")))
    points.append(Point(say("about.family", plan=doc.plan, family=doc.family), say("about.id")))
    if doc.vocabulary != d.Vocabulary() and say.zh:
        points.append(Point(say("about.words_are"), say("about.words")))
    if doc.combines:
        points.append(Point(say("about.combined"), say("about.combines"), more=_named(w, doc.combines)))
    inside = _named(w, combined_in)
    if inside:
        points.append(Point(say("about.inside_is"), say("about.inside"), more=inside))
    return Section("about", say("title.about"), (Points(tuple(points)),))


def _named(w: Writer, plans: Iterable[str]) -> tuple[Point, ...]:
    return tuple(Point(w.plan_name(plan_id), plan=plan_id) for plan_id in plans)


def price_and_term(w: Writer) -> Section:
    """Contribution, who pays it, term, enrolment, leaving, units."""
    points = [_price(w), *(_payer(w, payer) for payer in w.document.payers), *_term(w, w.document.term), *_units(w)]
    return Section("price", w.say("title.price"), (Points(tuple(points)),))


def who(w: Writer) -> Section:
    """Conditions of membership, of the employer, and of other plans."""
    doc, say = w.document, w.say
    points = [_who(w, rule) for rule in doc.who]
    if not points and not doc.combines:
        points.append(Point(say("who.anyone"), say("who")))
    points += [w.point(row, _retirement(w, row), say("retirement")) for row in doc.retirement_ages]
    points += [w.point(rule, _employer(w, rule), say("employer")) for rule in doc.employer]
    if doc.excludes is not None:
        names = say.join(w.plan_name(name) for name in doc.excludes.plans)
        points.append(w.point(doc.excludes, names, say("excludes")))
    if doc.on_top_of is not None:
        names = say.join((w.plan_name(name) for name in doc.on_top_of.plans), "or")
        points.append(w.point(doc.on_top_of, names, say("on_top_of")))
    if doc.goes_on is not None:
        words = say.join((say(f"goes_on.{word}") for word in doc.goes_on.after), "or")
        points.append(w.point(doc.goes_on, say("goes_on.is", words=words), say("goes_on")))
    return Section("who", say("title.who"), (Points(tuple(points)),))


# -- price and term ---------------------------------------------------------------------------------------------------


def _price(w: Writer) -> Point:
    say, prices = w.say, w.document.price
    label = say("price.fee")
    if not prices:
        return Point(say("price.none"), label)
    columns = [name for name in ("option", "employer_type", "risk_class") if any(getattr(p, name) for p in prices)]
    lasting = any(price.lasts for price in prices)
    if len(prices) == 1 and not columns:
        units = w.document.units
        key = "price.person" if units is not None and units.most == 1 else "price.each"
        return w.point(prices[0], say(key, amount=say.money(prices[0].fee)), label)
    lasts = [say("term")] if lasting else []
    head = [*(say(f"price.{name}") for name in columns), *lasts, say("price.amount")]
    rows = []
    for price in prices:
        cells = [_price_word(w, name, getattr(price, name)) for name in columns]
        about = f"{label} {say.join(cells)}" if cells else label
        rows.append(w.row(price, [*cells, *([_lasts(w, price)] if lasting else []), say.figure(price.fee)], about))
    table = Table(tuple(head), tuple(rows), figures=frozenset({len(head) - 1}))
    return Point(say("price.choices"), label, table=table)


def _lasts(w: Writer, price: d.Price) -> str:
    """How long the term of a fee is."""
    return w.say("term.years", n=w.document.term.years) if price.lasts is None else span(w, price.lasts)


def _price_word(w: Writer, column: str, word: str | None) -> str:
    if word is None:
        return w.say("price.any")
    return w.say.named("risk_class", word) if column == "risk_class" else word


def _payer(w: Writer, payer: d.Payer) -> Point:
    say = w.say
    name = say(f"payer.{payer.payer}")
    label = say("payer")
    a, b = (None if fen is None else say.money(fen) for fen in (payer.least, payer.most))
    if a is None and b is None:
        return w.point(payer, say("payer.free", who=name), label)
    if a is not None and b is not None:
        amount = a if a == b else say("payer.both", a=a, b=b)
    else:
        amount = say("payer.most", b=b) if a is None else say("payer.least", a=a)
    return w.point(payer, say("payer.range", who=name, amount=amount), label)


def _term(w: Writer, term: d.Term) -> Iterable[Point]:
    say = w.say
    prices = w.document.price
    if len(prices) == 1 or not any(price.lasts for price in prices):
        length = _lasts(w, prices[0]) if prices else say("term.years", n=term.years)
    else:
        length = say("term.by_option")
    yield w.point(term, length, say("term"))
    begins = _begins(w, term)
    if begins:
        yield Point(say.join(begins, "clauses"), say("term.begins"))
    if term.enrolment is not None:
        yield w.point(term.enrolment, _enrolment(w, term.enrolment), say("enrolment"))
    if "exit" in term.model_fields_set:
        yield Point(say(f"exit.{term.exit}"), say("exit"))
    if term.refund is not None:
        parts = [say(f"refund.{term.refund.on_exit}"), say(f"refund.ineligible_{term.refund.never_eligible}")]
        if "before_cover" in term.refund.model_fields_set:
            parts.append(say(f"refund.before_{term.refund.before_cover}"))
        yield w.point(term.refund, say.join(parts, "clauses"), say("refund"))
    if term.run_off is not None:
        yield Point(say("run_off.is", span=span(w, term.run_off)), say("run_off"))


def _begins(w: Writer, term: d.Term) -> list[str]:
    """When a term begins; parts that the way of beginning doesn't use are told as well, so that nothing is hidden.

    What the document leaves to the language's default is not told as if it had been published.
    """
    say = w.say
    parts = []
    if term.begins == "fixed" and term.on is not None:
        parts.append(say("term.fixed_on", on=say.month_day(term.on)))
    elif term.begins == "fixed":
        parts += [say("term.fixed")] if "begins" in term.model_fields_set else []
    elif term.begins == "working_days_after_payment" and term.working_days is not None:
        parts.append(say("term.working_days", n=term.working_days))
    else:
        parts.append(say(f"term.{term.begins}"))
    if term.on is not None and term.begins != "fixed":
        parts.append(say("term.fixed_on", on=say.month_day(term.on)))
    if term.working_days is not None and term.begins != "working_days_after_payment":
        parts.append(say("term.delay", n=term.working_days))
    if term.first_on is not None:
        last = add_years(term.first_on, term.years) - datetime.timedelta(days=1)
        parts.append(say("term.first", date=say.date(term.first_on), last=say.date(last)))
    return parts


def add_years(day: datetime.date, years: int) -> datetime.date:
    """The same day some years later; 29 February becomes 1 March."""
    if day.year + years > datetime.MAXYEAR:
        return datetime.date.max
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return datetime.date(day.year + years, 3, 1)


def _enrolment(w: Writer, window: d.Window) -> str:
    say = w.say
    a, b = (None if text is None else say.month_day(text) for text in (window.opens, window.closes))
    parts = []
    if a is not None and b is not None:
        parts.append(say("enrolment.both", a=a, b=b))
    elif a is not None:
        parts.append(say("enrolment.opens", a=a))
    else:
        parts.append(say("enrolment.open") if b is None else say("enrolment.closes", b=b))
    if window.catch_up_month is not None:
        parts.append(say("enrolment.catch_up", month=say.month(window.catch_up_month)))
    return say.join(parts, "clauses")


def _units(w: Writer) -> Iterable[Point]:
    units, say = w.document.units, w.say
    if units is not None:
        parts = [say("units.most", n=units.most)] + ([say("units.many")] if units.most > 1 else [])
        yield w.point(units, say.join(parts, "clauses"), say("units"))
    elif not w.document.combines:
        yield Point(say.join([say("units.open"), say("units.many")], "clauses"), say("units"))


def span(w: Writer, time: d.Span) -> str:
    """A span of time."""
    parts = [
        w.say(f"span.{name}", n=n)
        for name in ("days", "working_days", "months")
        if (n := getattr(time, name)) is not None
    ]
    return w.say("span.plus").join(parts) or w.say("span.none")


# -- who --------------------------------------------------------------------------------------------------------------


def _who(w: Writer, rule: d.Who) -> Point:
    """One rule; with a single question, that is the label."""
    say = w.say
    asked: list[tuple[str, str]] = []
    others: list[str] = []
    if rule.ages is not None:
        bands = say("who.age_or").join(_band(w, band) for band in rule.ages)
        asked.append((say("who.ages"), bands or say("ages.any")))
    for name, area in _WHO_WORDS.items():
        words = getattr(rule, name)
        if words is not None:
            text = say.join((say.named(area, word) for word in words), "or")
            if name in _WHO_LABELLED:
                asked.append((say(f"who.{name}"), text))
            else:
                others.append(say(f"who.{name}", words=text))
    if rule.told is not None:
        others.append(say("who.told", text=say.of(rule.told)))
    if len(asked) == 1:
        return w.point(rule, say.join([asked[0][1], *others], "clauses"), asked[0][0])
    parts = [say("named", name=name, text=text) for name, text in asked]
    return w.point(rule, say.join([*parts, *others], "clauses") or say("who.anyone"), say("who"))


_WHO_WORDS = {
    "employment": "employment",
    "basic_insurance": "insurance",
    "groups": "group",
    "not_groups": "group",
    "relation": "relation",
}
_WHO_LABELLED = ("employment", "basic_insurance", "relation")


def _band(w: Writer, band: d.Ages) -> str:
    say = w.say
    parts = []
    if band.least is not None or band.most is not None or not band.until_retirement:
        parts.append(say.between(band.least, band.most, "unit.years"))
    if band.until_retirement:
        parts.append(say("ages.retirement"))
    if band.renewal_only_from is not None:
        parts.append(say("ages.renewal", n=band.renewal_only_from))
    people = [say(f"sex.{band.sex}")] if band.sex is not None else []
    people += [say(f"relation.{band.relation}")] if band.relation is not None else []
    text = say.join(parts)
    return say("ages.for", who=say.join(people), ages=text) if people else text


def _retirement(w: Writer, row: d.RetirementAge) -> str:
    say = w.say
    parts = [say("retirement.is", who=say(f"sex.{row.sex}"), n=row.years)]
    if row.born_from is not None:
        parts.append(say("retirement.born", date=say.date(row.born_from)))
    if row.months_per_month:
        parts.append(say("retirement.later", n=row.months_per_month))
    if row.up_to is not None:
        parts.append(say("retirement.most", n=row.up_to))
    if row.groups is not None:
        parts.append(say("retirement.groups", words=say.join((say.named("group", one) for one in row.groups), "or")))
    return say.join(parts, "clauses")


def _employer(w: Writer, rule: d.EmployerRule) -> str:
    parts = [w.say(f"employer.{rule.of}", share=w.say.percent(rule.least_share))]
    if rule.all_up_to is not None:
        parts.append(w.say("employer.all", n=rule.all_up_to))
    return w.say.join(parts, "clauses")


# -- rules common to all benefits -------------------------------------------------------------------------------------


def waiting(w: Writer, rule: d.Waiting) -> Point:
    """Waiting time on first entry."""
    say = w.say
    parts = []
    spans = [say(f"span.{name}", n=n) for name in ("months", "days") if (n := getattr(rule, name)) is not None]
    parts.append(say("waiting.is", span=say("span.plus").join(spans)) if spans else say("waiting.none"))
    if spans or rule.accidents:
        parts.append(say("waiting.accidents" if rule.accidents else "waiting.not_accidents"))
    return w.point(rule, say.join(parts, "clauses"), say("waiting"))


def limit(w: Writer, rule: d.Limit) -> Point:
    """A limit of time for filing or reporting, or a window."""
    say = w.say
    dated = isinstance(rule.of, datetime.date)
    of = say.date(rule.of) if isinstance(rule.of, datetime.date) else say(f"of.{rule.of}")
    none = not any((rule.within.days, rule.within.working_days, rule.within.months))
    key = f"limit.{rule.what}_{'day' if dated and none else 'is'}"
    text = say(key, of=of) if dated and none else say(key, of=of, span=span(w, rule.within))
    return w.point(rule, text, say(f"limit.{rule.what}"))


def gates(w: Writer, rules: list[d.Gate], label: str) -> list[Point]:
    """Conditions that must hold, or must not: one statement each, the first with the label."""
    points = []
    for gate in rules:
        text = condition(w, gate.when)
        if gate.name is not None:
            name = w.say.of(gate.name)
            text = name if name.casefold() == text.casefold() else w.say("named", name=name, text=text)
        about = w.say("named", name=label, text=w.say.of(gate.name) if gate.name is not None else text)
        points.append(w.point(gate, text, label, about=about))
    return points


def common(w: Writer) -> list[Block]:
    """Waiting, limits, exclusions and the rest that hold for every benefit."""
    doc, say = w.document, w.say
    points = [Point(say("counting.default"), say("counting"))]
    if doc.waiting is not None:
        points.append(waiting(w, doc.waiting))
    points += [limit(w, rule) for rule in doc.limits]
    points += gates(w, doc.exclusions, say("benefit.exclusions"))
    if doc.stays_as_one is not None:
        rule = doc.stays_as_one
        parts = [say("stays.is", n=rule.within_days)] + ([say("stays.same")] if rule.same_disease else [])
        points.append(w.point(rule, say.join(parts, "clauses"), say("stays")))
    if doc.late_filed is not None:
        points.append(w.point(doc.late_filed, say(f"late_filed.{doc.late_filed.earlier_stay}"), say("late_filed")))
    if _working_days(doc):
        points.append(Point(say(f"calendar.{doc.calendar}"), say("calendar")))
    return [Points(tuple(points))]


def _working_days(doc: d.Document) -> bool:
    limits = [*doc.limits, *(limit for benefit in doc.benefits for limit in benefit.limits)]
    run_off = doc.term.run_off is not None and doc.term.run_off.working_days is not None
    return doc.term.working_days is not None or run_off or any(rule.within.working_days is not None for rule in limits)
