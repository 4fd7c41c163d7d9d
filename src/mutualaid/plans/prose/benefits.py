"""What a plan pays, benefit by benefit, in words; caps shared, benefits that exclude each other, lists, what is not covered."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from benefit_engine.plan import FIVE_PARTS, REMAINING
from benefit_engine.words import KINDS
from mutualaid.plans import document as d
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.prose import terms
from mutualaid.plans.prose.conditions import codes, condition, kinds
from mutualaid.plans.prose.formulas import formula, yuan_choice
from mutualaid.plans.prose.model import Block, Point, Points, Row, Section, Table
from mutualaid.plans.prose.writer import Writer

_SHOWN_AMOUNTS = ("basic_deductible", "copay", "above_ceiling", "pre_self_paid", "over_limit", "out_of_scope")
"""Amounts of which a member wants to know whether they count at all."""


def benefit_points(w: Writer, benefit: d.Benefit) -> list[Point]:
    """Every rule of one benefit (with ``like`` resolved)."""
    return [
        *_when(w, benefit),
        *_times(w, benefit),
        *_amount(w, benefit),
        *_limits(w, benefit),
    ]


def _when(w: Writer, benefit: d.Benefit) -> Iterable[Point]:
    say = w.say
    words = kinds(w, benefit.kinds) if benefit.kinds is not None else say("benefit.no_kinds")
    yield w.point(benefit, words, say("benefit.kinds"), about=say("benefit.whole"))
    if benefit.when is not None:
        yield Point(condition(w, benefit.when), say("benefit.when"))
    yield from terms.gates(w, benefit.requires, say("benefit.requires"))
    if benefit.found_first:
        yield Point(say("benefit.found_first_is"), say("benefit.found_first"))
    yield from terms.gates(w, benefit.exclusions, say("benefit.exclusions"))
    if benefit.like is not None:
        yield Point(say("benefit.like_is", name=w.benefit_name(benefit.like)), say("benefit.like"))


def _times(w: Writer, benefit: d.Benefit) -> Iterable[Point]:
    if benefit.waiting is not None:
        yield terms.waiting(w, benefit.waiting)
    for limit in benefit.limits:
        yield terms.limit(w, limit)
    if benefit.counts_on is not None:
        yield Point(w.say("counting.is", of=w.say(f"of.{benefit.counts_on}")), w.say("counting"))


def _amount(w: Writer, benefit: d.Benefit) -> Iterable[Point]:
    say = w.say
    yield from formula(w, benefit)
    for ways, key in ((benefit.greater_of, "benefit.greater"), (benefit.lesser_of, "benefit.lesser")):
        if ways is not None:
            parts = [
                Point("", say("benefit.way", n=i), more=tuple(formula(w, way))) for i, way in enumerate(ways, start=1)
            ]
            yield Point(say(key), say("benefit.formula"), more=tuple(parts))


def _limits(w: Writer, benefit: d.Benefit) -> Iterable[Point]:
    say = w.say
    if benefit.floor is not None:
        yield Point(say("floor.is", amount=say.money(benefit.floor)), say("floor"))
    for cap in benefit.caps:
        scope = say(f"scope.{cap.per}")
        yield yuan_choice(w, cap, cap.amount, say("cap"), partial(_with_amount, w, "cap.is", scope=scope))
    if benefit.once is not None:
        key = "once.upgrade" if benefit.once.upgrade else "once.is"
        yield w.point(benefit.once, say(key, scope=say(f"scope.{benefit.once.per}")), say("once"))
    if benefit.claims is not None:
        yield _claims(w, benefit.claims)
    yield from _indemnity(w, benefit)
    if benefit.order is not None:
        steps = say("order.arrow").join(say(f"order.{step}") for step in benefit.order)
        yield Point(steps, say("order"))


def _with_amount(w: Writer, key: str, amount: str, **values: str) -> str:
    """The sentence of a cap with its amount."""
    return w.say(key, amount=amount, **values)


def _claims(w: Writer, rule: d.ClaimCount) -> Point:
    say = w.say
    scope = say(f"scope.{rule.per}")
    if rule.of is None:
        return w.point(rule, say("claims.own", scope=scope, n=rule.most), say("claims"))
    names = say.join(w.benefit_name(one) for one in rule.of)
    return w.point(rule, say("claims.of", scope=scope, n=rule.most, benefits=names), say("claims"))


def _indemnity(w: Writer, benefit: d.Benefit) -> Iterable[Point]:
    ways = benefit.greater_of or benefit.lesser_of or [benefit]
    label = w.say("indemnity")
    if benefit.indemnity is False:
        yield Point(w.say("indemnity.off"), label)
    elif any(way.base is not None for way in ways):
        yield Point(w.say("indemnity.is"), label)
    elif benefit.indemnity is True:
        yield Point(w.say("indemnity.true"), label)


# -- the whole plan ---------------------------------------------------------------------------------------------------


def together(w: Writer) -> Section | None:
    """Shared caps and benefits that exclude each other."""
    say = w.say
    points = []
    for cap in w.document.shared_caps:
        scope = say(f"per.{cap.per}")
        label = say.title(say.of(cap.name)) if cap.name is not None else say("cap")
        of = _shared_by(w, cap)
        with w.at(of):
            points.append(
                yuan_choice(w, cap, cap.amount, label, partial(_with_amount, w, "shared.is", of=of, scope=scope))
            )
    for rule in w.document.exclusive:
        names = say.join(say.quote(w.benefit_name(one)) for one in rule.benefits)
        text = say(f"exclusive.{rule.rule}", benefits=names, scope=say(f"per.{rule.per}"))
        points.append(w.point(rule, text, say("exclusive")))
    return Section("together", say("title.together"), (Points(tuple(points)),)) if points else None


def _shared_by(w: Writer, cap: d.SharedCap) -> str:
    """Whose payments a shared cap counts together."""
    say = w.say
    if cap.benefits is None:
        text = say("shared.all")
    else:
        text = say("shared.benefits", benefits=say.join(say.quote(w.benefit_name(one)) for one in cap.benefits))
    if cap.plans is not None:
        return text + say("shared.plans", plans=say.join(w.plan_name(one) for one in cap.plans))
    return text + say("shared.all_plans") if is_combination(w.document) else text


def lists(w: Writer) -> Section | None:
    """Lists of diseases and treatments with their codes."""
    say = w.say
    points = []
    for listed in w.document.lists.values():
        rows = tuple(Row((say.of(entry.name), _codes_of(w, entry))) for entry in listed.entries)
        name = say.of(listed.name)
        table = Table((say("list.name"), say("list.codes")), rows)
        points.append(w.point(listed, say("list.caption", name=name, n=len(rows)), table=table))
    return Section("lists", say("title.lists"), (Points(tuple(points)),)) if points else None


def _codes_of(w: Writer, entry: d.Disease) -> str:
    parts = []
    if entry.diagnoses:
        parts.append(w.say("list.diagnoses", codes=codes(entry.diagnoses)))
    if entry.operations:
        parts.append(w.say("list.operations", codes=codes(entry.operations)))
    return w.say.join(parts, "clauses")


def not_covered(w: Writer) -> Section | None:
    """What nobody should expect: costs that no benefit counts, events without a benefit, exclusions."""
    say = w.say
    if is_combination(w.document):
        return None
    points = []
    counted = _counted(w)
    if counted:
        left = [name for name in _SHOWN_AMOUNTS if name not in counted]
        if left:
            words = say.join(say.named("amount", name) for name in left)
            points.append(Point(say("not.amounts_are", words=words), say("not.amounts")))
    paid = {kind for benefit in w.benefits for kind in benefit.kinds or ()}
    # A settlement at the end of the period pays for the events that it collects.
    ways = (way for benefit in w.benefits for way in benefit.greater_of or benefit.lesser_of or [benefit])
    paid |= {kind for way in ways if way.base is not None for kind in way.base.collects or ()}
    missing = [kind for kind in KINDS if kind not in paid and kind != "diagnosis"]
    if missing and w.benefits:
        points.append(Point(say("not.kinds_are", words=kinds(w, missing)), say("not.kinds")))
    named = [say.of(gate.name) if gate.name else condition(w, gate.when) for gate in w.document.exclusions]
    if named:
        points.append(Point(say.join(named, "clauses"), say("not.exclusions")))
    return Section("not_covered", say("title.not_covered"), (Points(tuple(points)),)) if points else None


def _counted(w: Writer) -> set[str]:
    """Amounts of the bill that some benefit counts; empty when no benefit starts from a bill."""
    counted: set[str] = set()
    for benefit in w.benefits:
        for way in benefit.greater_of or benefit.lesser_of or [benefit]:
            if way.base is not None:
                counted.update(way.base.of, *(row.of for row in way.base.variants))
    if counted & {"self_paid", "total", "account_paid", "cash_paid", REMAINING}:
        counted.update(FIVE_PARTS)
    if counted & {"total", "account_paid", "cash_paid", REMAINING}:
        counted.add("out_of_scope")
    return counted


def sources(w: Writer) -> Section:
    """Published sources; one without a site of its own is named but not linked."""
    say = w.say
    points = []
    for key, source in w.document.sources.items():
        parts = [say.of(source.title)]
        parts += [say(f"sources.grade_{source.grade}")] if source.grade is not None else []
        parts += [say.date(source.on)] if source.on is not None else []
        linked = source.address is not None and source.grade != "C"
        parts += [source.address] if source.address is not None and not linked else []
        address = (Point(source.address),) if source.address is not None and linked else ()
        original = "" if say.of(source.title) == source.title.zh else source.title.zh
        points.append(Point(say.join(parts, "clauses"), f"[{key}]", more=address, original=original))
    blocks: tuple[Block, ...] = (Points(tuple(points) or (Point(say("sources.none")),)),)
    return Section("sources", say("title.sources"), blocks)
