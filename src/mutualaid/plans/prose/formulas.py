"""How an amount is computed, in words: base, deductible, rate with its brackets, days, lump sums, and choices among them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from benefit_engine.money import ATOMS, WHOLE, round_half_up
from mutualaid.plans import document as d
from mutualaid.plans.prose.conditions import condition, kinds
from mutualaid.plans.prose.model import Point, Row, Table
from mutualaid.plans.prose.writer import Writer


def formula(w: Writer, rule: d.Formula) -> list[Point]:
    """The statements of one formula, in the order of its steps."""
    points: list[Point] = []
    collected = rule.base is not None and rule.base.collects is not None
    if rule.base is not None:
        points.append(Point(_in_one_line(w, rule, rule.base), w.say("benefit.formula")))
        points += _base(w, rule.base)
    if rule.deductible is not None:
        points.append(_deductible(w, rule.deductible, collected=collected))
    if rule.rate is not None:
        points += _rate(w, rule.rate, collected=collected)
    if rule.days is not None:
        points.append(_days(w, rule.days))
    if rule.sum is not None:
        points.append(_sum(w, rule.sum))
    return points


def yuan_choice(
    w: Writer,
    rule: d.Rule | None,
    choice: list[d.YuanRow],
    label: str,
    say_amount: Callable[[str], str],
    more: Iterable[Point] = (),
) -> Point:
    """An amount, or a table of amounts by case. ``say_amount`` puts an amount into its sentence."""
    return _choice(w, rule, choice, label, say_amount, w.say.money, w.say.figure, w.say("choice.amount"), more)


def _percent_choice(w: Writer, rule: d.Rule | None, choice: list[d.PercentRow], label: str, key: str) -> Point:
    percent = w.say.percent
    return _choice(
        w, rule, choice, label, lambda share: w.say(key, share=share), percent, percent, w.say("choice.share"), ()
    )


def _choice(
    w: Writer,
    rule: d.Rule | None,
    choice: Sequence[d.YuanRow | d.PercentRow],
    label: str,
    sentence: Callable[[str], str],
    in_words: Callable[[int], str],
    in_table: Callable[[int], str],
    column: str,
    more: Iterable[Point],
) -> Point:
    """One row without a condition is a sentence; anything else is a table, read from the top."""
    say = w.say
    below = list(more)
    if len(choice) == 1 and choice[0].when is None:
        own = w.origin(choice[0], say("choice.any"), column)
        return w.point(rule, sentence(in_words(choice[0].value)), label, more=[*own, *below])
    rows = []
    for row in choice:
        when = say("choice.otherwise" if len(choice) > 1 else "choice.any")
        when = condition(w, row.when) if row.when is not None else when
        rows.append(w.row(row, [when, in_table(row.value)], say("named", name=label, text=when)))
    order = "" if _apart(choice) else say("choice.order")
    table = Table((say("choice.when"), column), tuple(rows), order, frozenset({1}))
    return w.point(rule, sentence(say("choice.table")), label, table=table, more=below)


def _apart(choice: Sequence[d.YuanRow | d.PercentRow]) -> bool:
    """Can no two rows hold at once, because all ask one question and no answer occurs twice?"""
    seen: set[tuple[str, object]] = set()
    for row in choice:
        asked = (
            [name for name in type(row.when).model_fields if getattr(row.when, name) is not None] if row.when else []
        )
        words = getattr(row.when, asked[0]) if len(asked) == 1 else None
        if not isinstance(words, list) or asked[0] not in _SINGLE_ANSWERS:
            return False
        answers = {(asked[0], word) for word in words}
        if seen & answers or {name for name, _ in seen} - {asked[0]}:
            return False
        seen |= answers
    return True


_SINGLE_ANSWERS = (
    "option",
    "risk_class",
    "severity",
    "employment",
    "basic_insurance",
    "relation",
    "hospital_level",
    "kinds",
)
"""Questions to which a case has one answer only."""


def _in_one_line(w: Writer, rule: d.Formula, base: d.Base) -> str:
    """``（住院自付费用 － 免补额）× 70%``: the formula at a glance; the statements after it say the rest."""
    say = w.say
    text = say.of(base.name)
    if base.share is not None:
        text = say("formula.times", base=text, rate=say("base.share"))
    if rule.deductible is not None:
        key = "threshold" if rule.deductible.threshold else "deductible"
        name = say.of(rule.deductible.name) if rule.deductible.name is not None else say(key)
        text = say("formula.reached" if rule.deductible.threshold else "formula.less", base=text, name=name)
    if rule.rate is None:
        return text
    tables = rule.rate.tables
    if len(tables) > 1:
        return say("formula.rates", base=text)
    if tables[0].brackets is None:
        return say("formula.times", base=text, rate=say.percent(tables[0].rate or 0))
    return say(_AT_A_GLANCE[tables[0].mode], base=text)


_AT_A_GLANCE = {"marginal": "formula.brackets", "whole": "formula.whole", "steps": "formula.steps"}


def _base(w: Writer, base: d.Base) -> list[Point]:
    say = w.say
    parts = _parts(w, base.of, base.less)
    name = say.of(base.name)
    text = name if name == parts else say("base.is", name=name, parts=parts)
    more = [Point(say("base.collects", kinds=kinds(w, base.collects)))] if base.collects is not None else []
    for row in base.variants:
        other = say("base.variant", when=condition(w, row.when), parts=_parts(w, row.of, row.less))
        more.append(w.point(row, other, about=say("base")))
    points = [w.point(base, text, say("base"), more=more)]
    if base.share is not None:
        points.append(_percent_choice(w, None, base.share, say("base.share"), "base.share_is"))
    return points


def _parts(w: Writer, of: list[str], less: list[str]) -> str:
    """``起付线 ＋ 统筹段按比例自付 － 医院负担``."""
    say = w.say
    added = say("base.plus").join(say.named("amount", name) for name in of)
    return added + "".join(say("base.minus") + say.named("amount", name) for name in less)


def _deductible(w: Writer, rule: d.Deductible, *, collected: bool) -> Point:
    """``collected``: the base is a sum of events, settled once."""
    say = w.say
    per = "collected" if collected and rule.per == "stay" else rule.per
    kind = "threshold" if rule.threshold else "deductible"
    label = say.title(say.of(rule.name)) if rule.name is not None else say(kind)
    return yuan_choice(w, rule, rule.amount, label, lambda amount: say(f"{kind}.{per}", amount=amount))


def _rate(w: Writer, rate: d.Rate, *, collected: bool) -> list[Point]:
    """One statement for a single table, one for each of several; ``collected``: of a sum of events, settled once."""
    how = [] if rate.per == "stay" and (collected or _flat(rate)) else [Point(w.say(f"rate.{rate.per}"))]
    points = [
        _table(w, [rate, table] if i == 0 else [table], table, how if i == 0 else [])
        for i, table in enumerate(rate.tables)
    ]
    if rate.tenure_bonus is not None:
        points.append(_bonus(w, rate.tenure_bonus))
    return points


def _flat(rate: d.Rate) -> bool:
    return all(table.brackets is None for table in rate.tables)


def _table(w: Writer, rules: list[d.Rule], rule: d.Table, more: list[Point]) -> Point:
    """A flat rate, or brackets; with the condition under which it applies."""
    say = w.say
    parts = []
    if rule.rate is not None:
        parts.append(say("rate.flat", rate=say.percent(rule.rate)))
    if rule.brackets is not None:
        parts.append(say(f"rate.{rule.mode}"))
    elif rule.rate is None:
        parts.append(say("rate.none"))
    table = _brackets(w, rule.brackets, rule.mode) if rule.brackets is not None else None
    text = say.join(parts, "clauses")
    if rule.when is not None:
        text = say("rate.case", when=condition(w, rule.when), text=text)
    return w.point(rules, text, say("rate"), table=table, more=more)


def _brackets(w: Writer, brackets: list[d.Bracket], mode: str) -> Table:
    """Ranges with rate or sum; marginal ones also with what is paid in all at the end of each."""
    say = w.say
    head = [say("bracket.range")]
    rates = any(bracket.rate is not None for bracket in brackets)
    sums = any(bracket.sum is not None for bracket in brackets)
    head += [say("bracket.rate")] if rates else []
    head += [say("bracket.sum")] if sums else []
    totals = mode == "marginal" and len(brackets) > 1
    head += [say("bracket.total")] if totals else []
    rows = []
    total = 0
    for bracket in brackets:
        cells = [_range(w, bracket)]
        cells += ["" if bracket.rate is None else say.percent(bracket.rate)] if rates else []
        cells += ["" if bracket.sum is None else say.figure(bracket.sum)] if sums else []
        if totals and bracket.up_to is not None:
            total += (bracket.up_to - bracket.over) * ATOMS // WHOLE * (bracket.rate or 0)
            cells.append(say.figure(round_half_up(total)))
        elif totals:
            cells.append("")
        rows.append(Row(tuple(cells)))
    return Table(tuple(head), tuple(rows), figures=frozenset(range(1, len(head))))


def _range(w: Writer, bracket: d.Bracket) -> str:
    say = w.say
    if bracket.up_to is None:
        return say("bracket.last", a=say.figure(bracket.over)) if bracket.over else say("bracket.all")
    key = "bracket.middle" if bracket.over else "bracket.first"
    return say(key, a=say.figure(bracket.over), b=say.figure(bracket.up_to))


def _bonus(w: Writer, bonus: d.TenureBonus) -> Point:
    say = w.say
    rate, most = (say.percent(points).removesuffix("%") for points in (bonus.rate, bonus.most))
    text = say("rate.bonus_is", n=bonus.after, rate=rate, most=most)
    return w.point(bonus, text, say("rate.bonus"))


def _days(w: Writer, rule: d.Days) -> Point:
    say = w.say
    more = []
    if rule.after or rule.all_once_more:
        key = "days.all" if rule.all_once_more else "days.after"
        more.append(Point(say(key, n=rule.after, next=rule.after + 1)))
    if rule.of == "stay" or rule.both_ends:
        more.append(Point(say("days.both_ends" if rule.both_ends else "days.one_end")))
    if rule.within_cover:
        more.append(Point(say("days.within")))
    more += [
        w.point(cap, say("days.cap", scope=say(f"scope.{cap.per}"), days=say.days(cap.days)), say("cap"))
        for cap in rule.caps
    ]
    return yuan_choice(w, rule, rule.per_day, say("days"), lambda amount: say(f"days.{rule.of}", amount=amount), more)


def _sum(w: Writer, rule: d.Sum) -> Point:
    say = w.say
    more = []
    if rule.ladder is not None:
        rows = [
            Row((say("grade.one", a=grade), say.percent(share))) for grade, share in enumerate(rule.ladder, start=1)
        ]
        table = Table((say("sum.grade"), say("sum.share")), tuple(rows), figures=frozenset({1}))
        more.append(Point(say("sum.ladder"), table=table))
    if rule.top_up is not None:
        names = w.say.join(w.benefit_name(one) for one in rule.top_up.of)
        more.append(Point(say("sum.top_up", scope=say(f"per.{rule.top_up.per}"), benefits=names)))
    return yuan_choice(w, rule, rule.amount, say("sum"), lambda amount: say("sum.is", amount=amount), more)
