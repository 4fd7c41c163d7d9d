"""Can it ever happen? Benefits that no event triggers, conditions that contradict each other, rows never chosen,
gaps."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.checking.codes import BOOKS, contradicts, lost
from mutualaid.plans.checking.domains import (
    FINITE,
    HIGH,
    LOW,
    ONE_OF,
    OPPOSITES,
    SPANS,
    Admits,
    Span,
    asked,
    implies,
    left_over,
    shown,
    span,
    words,
)
from mutualaid.plans.checking.parts import Check, formulas_of, listed
from mutualaid.plans.reading import dotted
from mutualaid.plans.yaml_reader import Path

Row = d.YuanRow | d.PercentRow | d.Table | d.BaseVariant


def check_reach(check: Check) -> None:
    """All faults of reach of one document."""
    members = _members(check)
    for path, part in check.parts():
        if isinstance(part, d.Trigger):
            _alone(check, path, part)
    for i, benefit in enumerate(check.benefits):
        _benefit(check, i, benefit, members)
    _plan_exclusions(check, members)
    for i, cap in enumerate(check.document.shared_caps):
        _choice(check, ("shared_caps", i, "amount"), cap.amount, members, "complete")
    _exclusives(check)


# -- conditions -------------------------------------------------------------------------------------------------------


def _members(check: Check) -> Admits:
    """What the rules of membership leave possible; their contradictions are faults."""
    document = check.document
    admits = Admits()
    for i, who in enumerate(document.who):
        path: Path = ("who", i)
        _opposed(check, path, who)
        clash = admits.clash(who)
        if clash is not None:
            name, want, place = clash
            zh = f"与 {place} 不能同时符合（{shown(name, want)}），没有人能参加；请改其中一处，或并成一条"
            en = (
                f"cannot hold together with {place} ({shown(name, want)}): nobody could be covered; "
                "change one or merge them"
            )
            check.add((*path, name), zh, en)
        else:
            admits.narrow(who, dotted(path))
        for j, ages in enumerate(who.ages or ()):
            high = _age_end(document, ages)
            admits.bands.append((ages.sex, ages.relation, (ages.least or 0, high)))
            known = admits.sets.get("relation")
            if ages.relation is not None and known is not None and ages.relation not in known[0]:
                zh = f"{known[1]} 不接受 relation {ages.relation}，这一条用不上；请改其中一处"
                en = (
                    f"{known[1]} does not admit relation {ages.relation}, so that this is never used; "
                    "change one of them"
                )
                check.add((*path, "ages", j, "relation"), zh, en)
    if document.term.first_on is not None:
        admits.limit("dates", (document.term.first_on.toordinal(), HIGH), "term.first_on")
    return admits


def _age_end(document: d.Document, ages: d.Ages) -> int:
    """First age in full years after those that a rule admits; the table of retirement ages bounds an open end."""
    if ages.most is not None:
        return ages.most + 1
    retirement = [row.up_to or row.years for row in document.retirement_ages if ages.sex in (None, row.sex)]
    return max(retirement) if ages.until_retirement and retirement else HIGH


def _opposed(check: Check, path: Path, part: d.Part) -> None:
    """Some of these words, yet none of those that contain them."""
    wanted = asked(part)
    for name, opposite in OPPOSITES.items():
        if name in wanted and opposite in wanted and words(name, wanted[name]) <= words(opposite, wanted[opposite]):
            zh = f"{name} 所列的都被 {opposite} 排除，永远不成立；请改其中一处"
            en = f"everything in {name} is ruled out by {opposite}, so that this never holds; change one of them"
            check.add((*path, opposite), zh, en)
            return
    if contradicts(check.document, part):
        zh = "所列的诊断和手术都被 not_ 开头的条件排除，永远不成立；请改其中一处"
        en = "all diagnoses and operations named are ruled out by the conditions with not_, so that this never holds; change one"
        check.add(path, zh, en)


def _alone(check: Check, path: Path, part: d.Trigger) -> None:
    """A condition that contradicts itself."""
    _opposed(check, path, part)
    wanted = asked(part)
    for name in SPANS.keys() & wanted.keys():
        want = wanted[name]
        zero = isinstance(want, d.IntRange) and want.most is not None and (want.least or 0) <= want.most
        low, high = span(name, want)
        if zero and low >= high and name != "disability_grade":
            zh = f"{name} 最小为 {low}；得到 {shown(name, want)}，永远不成立；请改正"
            en = f"{name} is at least {low}, found {shown(name, want)}, which never holds; correct it"
            check.add((*path, name), zh, en)
    for i, branch in enumerate(part.any_of or ()):
        admits = Admits()
        admits.narrow(part, dotted(path))
        clash = admits.clash(branch)
        if clash is not None:
            name, want, place = clash
            zh = f"与 {place} 不能同时成立（{shown(name, want)}），这一选项用不上；请删去或改正"
            en = (
                f"cannot hold together with {place} ({shown(name, want)}), so that this alternative is never met; "
                "remove or correct it"
            )
            check.add((*path, "any_of", i, name), zh, en)


def _benefit(check: Check, index: int, benefit: d.Benefit, members: Admits) -> None:
    path: Path = ("benefits", index)
    admits, trigger = members.copy(), Admits()
    if benefit.kinds:
        place = dotted(check.home((*path, "kinds")))
        admits.sets["kinds"] = trigger.sets["kinds"] = (frozenset(benefit.kinds), place)
    trigger.narrow(benefit.when, dotted(check.home((*path, "when"))))
    conditions: list[tuple[Path, d.Trigger]] = [((*path, "when"), benefit.when)] if benefit.when is not None else []
    conditions += [((*path, "requires", i, "when"), gate.when) for i, gate in enumerate(benefit.requires)]
    for at, condition in conditions:
        _opposing(check, at, condition, admits)
        for i, branch in enumerate(condition.any_of or ()):
            _opposing(check, (*at, "any_of", i), branch, admits)
        if admits.clash(condition) is None:
            admits.narrow(condition, dotted(check.home(at)))
    for i, gate in enumerate(benefit.exclusions):
        clash = trigger.clash(gate.when) or _never_member(check, gate.when, members)
        if clash is not None and check.own(index, "exclusions", "when", "kinds"):
            name, want, place = clash
            zh = f"{place} 已使它不会出现（{shown(name, want)}），这条除外不起作用；请删去或改正"
            en = (
                f"{place} rules it out already ({shown(name, want)}), so that this exclusion does nothing; "
                "remove or correct it"
            )
            check.add((*path, "exclusions", i, "when", name), zh, en, here=True)
    _waiting(check, benefit, admits, path)
    for at, rows, complete in _choices(path, benefit):
        if check.own(index, str(at[2])):
            _choice(check, at, rows, admits, complete)
            if benefit.when is not None and complete != "open":
                _lost(check, at, rows, benefit.when)


def _opposing(check: Check, path: Path, condition: d.Trigger, admits: Admits) -> None:
    """A condition of a benefit against what the others leave; of what ``like`` takes over, only against the benefit's own."""
    clash = admits.clash(condition)
    if clash is None:
        return
    name, want, place = clash
    if not check.own(int(path[1]), str(path[2])) and not place.startswith(f"benefits[{path[1]}]"):
        return
    branch = "any_of" in path
    zh = f"与 {place} 不能同时成立（{shown(name, want)}），{'这一选项用不上' if branch else '这项待遇永远不会给付'}；请改其中一处"
    en = (
        f"cannot hold together with {place} ({shown(name, want)}): "
        f"{'this alternative is never met' if branch else 'this benefit is never paid'}; change one of them"
    )
    check.add((*path, name), zh, en, here=True)


def _waiting(check: Check, benefit: d.Benefit, admits: Admits, path: Path) -> None:
    """Nothing is paid within the waiting time, save for accidents."""
    waiting = benefit.waiting or check.document.waiting
    accident = admits.sets.get("accident")
    if waiting is None or (not waiting.accidents and accident is not None and True in accident[0]):
        return
    days = (waiting.days or 0) + shortest_days(waiting.months or 0)
    place = dotted((*path, "waiting")) if benefit.waiting is not None else "waiting"
    if days > 0:
        admits.limit("days_since_joining", (days, HIGH), place)


def shortest_days(months: int) -> int:
    """Least number of days that so many months can have."""
    return max(0, months * 365 // 12 - 3)


# -- choices ----------------------------------------------------------------------------------------------------------


def _choices(path: Path, benefit: d.Benefit) -> Iterator[tuple[Path, Sequence[Row], str]]:
    """Every choice of a benefit, and whether an event without a row is a fault (``complete``), one in a hole between rows
    (``partial``), or none (``open``: there is a value for the rest)."""
    for inside, formula in formulas_of(benefit):
        at = (*path, *inside)
        if formula.base is not None:
            yield (*at, "base", "variants"), formula.base.variants, "open"
        if formula.base is not None and formula.base.share is not None:
            yield (*at, "base", "share"), formula.base.share, "complete"
        if formula.deductible is not None:
            yield (*at, "deductible", "amount"), formula.deductible.amount, "complete"
        if formula.rate is not None:
            yield (*at, "rate", "tables"), formula.rate.tables, "partial"
        if formula.days is not None:
            yield (*at, "days", "per_day"), formula.days.per_day, "partial"
        if formula.sum is not None:
            yield (*at, "sum", "amount"), formula.sum.amount, "partial"
    for i, cap in enumerate(benefit.caps):
        yield (*path, "caps", i, "amount"), cap.amount, "complete"


def _choice(check: Check, path: Path, rows: Sequence[Row], admits: Admits, complete: str) -> None:
    """Rows that are never chosen, and events for which no row is."""
    wanted = [asked(row.when) for row in rows]
    for i, row in enumerate(rows):
        at: Path = (*path, i)
        clash = _row_clash(row, admits)
        if clash is not None:
            name, want, place = clash
            zh = f"{place} 已使 {shown(name, want)} 不会出现，这一行永远不会选中；请改其中一处，或删去这一行"
            en = (
                f"{place} rules out {shown(name, want)}, so that this row is never chosen; "
                "change one of them or remove the row"
            )
            check.add((*at, "when", name), zh, en)
        before = next((j for j in range(i) if implies(wanted[i], wanted[j])), None)
        if before is not None:
            line = check.line((*path, before))
            why = (
                ("没有 when", "has no when")
                if not wanted[before]
                else ("已包括这一行的情形", "covers its cases already")
            )
            zh = (
                f"前面的一行（第 {line} 行）{why[0]}，这一行永远不会选中；请把条件更窄的行放在前面，"
                "没有 when 的放在最后"
            )
            en = (
                f"a row above (line {line}) {why[1]}, so that this row is never chosen; put narrower rows first, "
                "the one without when last"
            )
            check.add(at, zh, en)
        elif i > 0 and _used_up(wanted[:i], wanted[i]):
            zh = "前面各行合起来已包括这一行的情形，这一行永远不会选中；请改正或删去"
            en = (
                "the rows above together cover its cases already, so that this row is never chosen; "
                "correct or remove it"
            )
            check.add(at, zh, en)
    if wanted and wanted[-1] and complete != "open":
        _gaps(check, path, wanted, admits, complete)


def _row_clash(row: Row, admits: Admits) -> tuple[str, Any, str] | None:
    if isinstance(row.when, d.When) and row.when.accident is True:
        # An accident has no waiting time: only what the row itself says counts.
        free = admits.copy()
        free.spans.pop("days_since_joining", None)
        return free.clash(row.when)
    return admits.clash(row.when)


def _single(wanted: Sequence[dict[str, Any]]) -> str | None:
    """The one fact that all rows ask, when each asks just that one; None otherwise."""
    names = {name for want in wanted for name in want}
    return names.pop() if len(names) == 1 and all(len(want) == 1 for want in wanted) else None


def _used_up(before: list[dict[str, Any]], row: dict[str, Any]) -> bool:
    """Do rows that all ask one fact leave nothing of it for a later row (which asks the same, or nothing)?"""
    name = _single(before)
    if name is None or (row and set(row) != {name}):
        return False
    if name in SPANS:
        whole = [span(name, row[name]) if row else SPANS[name]]
        return not left_over(whole, (span(name, want[name]) for want in before))
    if name not in ONE_OF or (not row and name not in FINITE):
        return False
    rest = words(name, row[name]) if row else FINITE[name]
    return all(any(value in words(name, want[name]) for want in before) for value in rest)


def _gaps(check: Check, path: Path, wanted: list[dict[str, Any]], admits: Admits, complete: str) -> None:
    """Holes between rows of numbers or dates;
    values of a fact for which an amount that each event needs has no row."""
    name = _single(wanted)
    if name in SPANS:
        taken = [span(name, want[name]) for want in wanted]
        whole = [(min(low for low, _ in taken), max(high for _, high in taken))]
        if complete == "complete" and name != "dates":
            whole = [piece for piece in admits.pieces_of(name) if piece[0] != LOW] or whole
        for hole in left_over(whole, taken):
            text = _hole(name, hole)
            zh = f"{name} {text} 没有对应的行，这时整项不给付；请补上，或再加一行没有 when 的"
            en = f"no row is for {name} {text}, and nothing would be paid then; add it, or a last row without when"
            check.add(path, zh, en)
    elif name in FINITE and complete == "complete":
        rest = [
            value
            for value in sorted(admits.set_of(name), key=str)
            if not any(value in words(name, want[name]) for want in wanted)
        ]
        if rest:
            values = [str(value).lower() if isinstance(value, bool) else value for value in rest]
            zh = f"{name} 为 {listed(values, 'zh')} 时没有对应的行，这时整项不给付；请补上，或再加一行没有 when 的"
            en = (
                f"no row is for {name} {listed(values, 'en')}, and nothing would be paid then; add it, "
                "or a last row without when"
            )
            check.add(path, zh, en)


def _lost(check: Check, path: Path, rows: Sequence[Row], trigger: d.Trigger) -> None:
    """What triggers the benefit by its words or codes, but has no row, whatever else the rows ask."""
    conditions = [row.when for row in rows]
    wanted = [asked(condition) for condition in conditions]
    found: dict[str, list[str]] = {}
    for name, want in asked(trigger).items():
        if any(name not in one or "any_of" in one for one in wanted):
            continue
        if name in SPANS:
            holes = left_over([span(name, want)], (span(name, one[name]) for one in wanted))
            found[name] = [_hole(name, hole) for hole in holes]
        elif name in ONE_OF or name == "groups":
            unsaid = words(name, want).difference(*(words(name, one[name]) for one in wanted))
            found[name] = [str(word).lower() if isinstance(word, bool) else str(word) for word in sorted(unsaid)]
    for book in BOOKS:
        found[book] = lost(check.document, trigger, conditions, book)
    for name, rest in found.items():
        if rest:
            zh = (
                f"when 写明的 {name} {listed(rest, 'zh')} 在这里没有对应的行，这时不给付；请补上，"
                "或再加一行没有 when 的，或从 when 中删去"
            )
            en = (
                f"no row is for {name} {listed(rest, 'en')}, which when names, and nothing would be paid then; add it, "
                "or a last row without when, or remove it from when"
            )
            check.add(path, zh, en)


def _hole(name: str, hole: Span) -> str:
    low, high = hole
    if name == "dates":
        return f"{datetime.date.fromordinal(low)}–{datetime.date.fromordinal(high - 1)}"
    if high >= HIGH:
        return f"{low}+"
    return str(low) if high - low == 1 else f"{low}–{high - 1}"


def _never_member(check: Check, condition: d.When, members: Admits) -> tuple[str, Any, str] | None:
    """What an exclusion wants of a person whom the rules of membership never admit. Who goes on to be covered after
    retiring or leaving is employed otherwise than the rules say."""
    clash = members.clash(condition)
    return None if clash is not None and clash[0] == "employment" and check.document.goes_on is not None else clash


def _plan_exclusions(check: Check, members: Admits) -> None:
    """Exclusions of the whole plan for kinds of events to which no benefit answers, or for persons who are no members."""
    kinds = {kind for benefit in check.benefits for kind in benefit.kinds or ()}
    for i, gate in enumerate(check.document.exclusions):
        path: Path = ("exclusions", i, "when")
        named = gate.when.kinds
        if named and kinds and kinds.isdisjoint(named):
            zh = f"没有一项待遇的 kinds 含 {listed(named, 'zh')}，这条除外不起作用；请删去或改正"
            en = (
                f"no benefit has the kind {listed(named, 'en')}, so that this exclusion does nothing; "
                "remove or correct it"
            )
            check.add((*path, "kinds"), zh, en)
        clash = _never_member(check, gate.when, members)
        if clash is not None:
            name, want, place = clash
            zh = f"{place} 已使它不会出现（{shown(name, want)}），这条除外不起作用；请删去或改正"
            en = (
                f"{place} rules it out already ({shown(name, want)}), so that this exclusion does nothing; "
                "remove or correct it"
            )
            check.add((*path, name), zh, en)


# -- benefits that exclude each other -----------------------------------------------------------------------------------


def _exclusives(check: Check) -> None:
    """Benefits that exclude each other within one stay must answer to the same events."""
    kinds = {benefit.benefit: frozenset(benefit.kinds or ()) for benefit in check.benefits}
    for i, group in enumerate(check.document.exclusive):
        known = [kinds[name] for name in group.benefits if name in kinds]
        apart = len(known) > 1 and all(a.isdisjoint(b) for j, a in enumerate(known) for b in known[j + 1 :])
        if group.per == "stay" and apart:
            zh = "per: stay 指同一次事件；这些待遇的 kinds 各不相同，永远遇不到一起；请改 per，或删去"
            en = (
                "per: stay means within one event; these benefits have no kind in common and never meet; "
                "change per or remove it"
            )
            check.add(("exclusive", i), zh, en)
