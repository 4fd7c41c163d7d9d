"""What of plans' limits a member has used up, in words: by plan and period, how much of how much, and what is left.

How much there is of a limit is told where the plan names one figure for everybody, or one for the event of the claim at hand (by
what it paid, its fee, the hospital's grade); where it depends on more, the working of each computation says it. A cap over
several benefits, or over the plans of a combination, is a line of its own: what they used up together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from benefit_engine.accumulators import CLAIMS, DAYS, PAID, STAYS, Key, together
from benefit_engine.labels import SCOPE_LABELS
from benefit_engine.plan import COMBINATION, PERIOD, Benefit, Plan, SharedCap
from mutualaid.claims.figures import AtHand, at_hand
from mutualaid.claims.history import Standing, Told, library_of, standing_of
from mutualaid.core.money import shown
from mutualaid.people.models import Member
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.document import Document
from mutualaid.plans.prose.wording import Wording, language


@dataclass(frozen=True)
class LimitUsed:
    """One counter: ``住院补助 金额（元）``, how much is used, of how much, what is left (empty: the plan names no one figure).
    ``touched``: the claim in question used some of it; ``full``: nothing is left."""

    what: str
    used: str
    most: str
    left: str
    touched: bool
    full: bool


@dataclass(frozen=True)
class LimitsOfPlan:
    """The counters of one plan and period: ``住院互助``, ``保障期 2025-04-01 起``."""

    plan: str
    per: str
    rows: list[LimitUsed] = field(default_factory=list)

    @property
    def touched(self) -> bool:
        """Whether the claim in question used some of one of them."""
        return any(row.touched for row in self.rows)

    @property
    def mixed(self) -> bool:
        """Whether it used some of one and none of another."""
        return len({row.touched for row in self.rows}) > 1


_COUNTED = {PAID: ("金额（元）", "amount (CNY)"), CLAIMS: ("次数", "times"), DAYS: ("天数", "days")}
_STAYS = ("住院次数", "stays")
_SCOPES_EN = {
    "stay": "each stay",
    "day": "each day",
    "period": "term of cover",
    "combination": "term of cover",
    "life": "for life",
    "disease": "each disease",
    "cause": "each accident",
}


def limits_used(
    *, member: Member, used: Mapping[Key, int], touched: Collection[Key], lang: str, claim: Told | None = None
) -> list[LimitsOfPlan]:
    """What a member has used up of limits that people know: money, times and days paid, stays; what ``touched`` names first.
    ``claim``: whose event tells how much there is of a limit that depends on facts. Counters that only the engine reckons with,
    or that nothing limits, are left out. One query, and those for plans that are not kept yet."""
    zh = language(lang) == "zh"
    standing = standing_of(member=member)
    names, plans = _names(standing, lang), _plans(standing)
    now = at_hand(standing=standing, told=claim)
    groups: dict[tuple[str, str], LimitsOfPlan] = {}

    def add(family: str, place: str, row: LimitUsed) -> None:
        per = _per(place, zh=zh)
        groups.setdefault((family, per), LimitsOfPlan(names.get((family, ""), family), per)).rows.append(row)

    for key, quantity in sorted(used.items()):
        family, counter, place = key
        benefits, _, word = counter.rpartition(".")
        if counter != STAYS and (word not in _COUNTED or not _is_limited(plans.get(family, ()), key)):
            continue
        if counter == STAYS:
            what = _STAYS[0 if zh else 1]
        else:
            parts = [names.get((family, one), one) for one in benefits.split("+")]
            what = f"{('、' if zh else ' + ').join(parts)} {_COUNTED[word][0 if zh else 1]}"
        most = _most(plans.get(family, ()), now, key, touched=key in touched)
        add(family, place, _row(what, word, quantity, most, touched=key in touched))
    for cap in _shared(standing, plans, names, lang):
        for place, keys in _by_place(cap, used).items():
            mine = any(key in touched for key in keys)
            most = now.figure(cap.plan, cap.held, cap.cap.amount, touched=mine) if cap.plan is not None else None
            what = f"{cap.name} {_COUNTED[PAID][0 if zh else 1]}"
            add(cap.family, place, _row(what, PAID, sum(used[key] for key in keys), most, touched=mine))
    for group in groups.values():
        group.rows.sort(key=lambda row: (not row.touched, not row.most))
    return sorted(groups.values(), key=lambda group: not group.touched)


def _row(what: str, word: str, quantity: int, most: int | None, *, touched: bool) -> LimitUsed:
    def told(value: int) -> str:
        return shown(Decimal(value).scaleb(-2)) if word == PAID else f"{value:,}"

    left = None if most is None else max(0, most - quantity)
    return LimitUsed(
        what, told(quantity), "" if most is None else told(most), "" if left is None else told(left), touched, left == 0
    )


def _per(key: str, *, zh: bool) -> str:
    """``period:2025-03-01`` in words. What names an event or a disease is left out: the number of a claim, a code."""
    scope, _, rest = key.partition(":")
    name = (SCOPE_LABELS if zh else _SCOPES_EN).get(scope, scope)
    day = re.search(r"\d{4}-\d{2}-\d{2}", rest)
    if day is None:
        return name
    return f"保障期 {day[0]} 起" if zh else f"{name} from {day[0]}"


# --- how much there is ------------------------------------------------------------------------------------------------


def _plans(standing: Standing) -> dict[str, list[Plan]]:
    """The plans that cover the member, those of combinations too, by family."""
    library = library_of(standing=standing).library
    found: dict[str, list[Plan]] = {}
    for cover in standing.covers:
        combination = library.combinations.get(cover.plan)
        own = [] if combination is None or combination.own is None else [combination.own]
        held = [cover.plan] if combination is None else list(combination.plans)
        for plan in [*(library.plans[one] for one in held if one in library.plans), *own]:
            if plan not in found.setdefault(plan.family, []):
                found[plan.family].append(plan)
    return found


def _is_limited(plans: Collection[Plan], key: Key) -> bool:
    """Whether a plan counts this in this scope in order to end it, alone or by number together with other benefits; of a plan
    that is not known: yes."""
    _, counter, place = key
    benefits, _, word = counter.rpartition(".")
    scope = place.partition(":")[0]
    if not plans:
        return True
    own = [one for plan in plans for one in plan.benefits if one.id == benefits]
    if word == CLAIMS:
        counts = [one.claims for plan in plans for one in plan.benefits if one.claims is not None]
        together_with = any(count.per == scope and together(count.of) == benefits for count in counts)
        return together_with or any(_once(one, scope) for one in own)
    if word == DAYS:
        rules = [formula.days for one in own for formula in one.formulas if formula.days is not None]
        return any(cap.per == scope for rule in rules for cap in rule.caps)
    if any(cap.per == scope for one in own for cap in one.caps):
        return True
    return any(one.once is not None and one.once.upgrade and one.once.per == scope for one in own)


def _once(benefit: Benefit, scope: str) -> bool:
    """Whether a benefit is paid a single time in a scope, and nothing is added later."""
    return benefit.once is not None and not benefit.once.upgrade and benefit.once.per == scope


def _most(plans: Collection[Plan], now: AtHand, key: Key, *, touched: bool) -> int | None:
    """How much there is of a counter, where all plans of its family name one figure."""
    _, counter, place = key
    benefits, _, word = counter.rpartition(".")
    scope = place.partition(":")[0]
    told: set[int | None] = set()
    for plan in plans:
        units = {cover.units for cover in now.standing.covers if cover.plan == plan.id} or {1}
        for benefit in plan.benefits:
            if word == CLAIMS and benefit.claims is not None and together(benefit.claims.of) == benefits:
                told.add(benefit.claims.most if benefit.claims.per == scope else None)
            elif word == CLAIMS and benefit.id == benefits and _once(benefit, scope):
                told.add(1)
            elif word == DAYS and benefit.id == benefits:
                told.add(_days(benefit, scope))
            elif word == PAID and benefit.id == benefits:
                caps = [
                    now.figure(plan, [benefit], cap.amount, touched=touched) for cap in benefit.caps if cap.per == scope
                ]
                told.add(_least(benefit, caps, units))
    return told.pop() if len(told) == 1 else None


def _days(benefit: Benefit, scope: str) -> int | None:
    days = {cap.days for one in benefit.formulas if one.days is not None for cap in one.days.caps if cap.per == scope}
    return days.pop() if len(days) == 1 else None


def _least(benefit: Benefit, caps: Collection[int | None], units: set[int]) -> int | None:
    """The least of some caps; those of sums and allowances are of each unit."""
    known = [cap for cap in caps if cap is not None]
    if not caps or len(known) < len(caps):
        return None
    each = {formula.base is None for formula in benefit.formulas}
    if each == {False}:
        return min(known)
    return min(known) * next(iter(units)) if each == {True} and len(units) == 1 else None


# --- caps over several benefits -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shared:
    """A cap over several benefits of a plan, or of a combination: by what it is called, to what it belongs, and for which plan
    and benefits its figure is asked."""

    family: str
    name: str
    cap: SharedCap
    plan: Plan | None
    held: list[Benefit]


def _shared(
    standing: Standing, plans: Mapping[str, Collection[Plan]], names: Mapping[tuple[str, str], str], lang: str
) -> list[_Shared]:
    """All caps over several benefits under which the member stands."""
    loaded = library_of(standing=standing)
    found: list[_Shared] = []
    for plan in (plan for held in plans.values() for plan in held if plan.id in loaded.library.plans):
        told = _told_caps(loaded.documents[plan.id].document, lang)
        for cap, name in zip(plan.shared_caps, told, strict=True):
            held = [one for one in plan.benefits if ("", one.id) in cap.benefits]
            called = name or _joined((names.get((plan.family, one.id), one.id) for one in held), lang)
            found.append(_Shared(plan.family, called, cap, plan, held))
    for combination in loaded.library.combinations.values():
        told = _told_caps(loaded.documents[combination.id].document, lang)
        for cap, name in zip(combination.shared_caps, told, strict=True):
            parts = [loaded.library.plans[one] for one in combination.plans if one in loaded.library.plans]
            first = next((one for one in parts if any(family == one.family for family, _ in cap.benefits)), None)
            held = [one for one in first.benefits if (first.family, one.id) in cap.benefits] if first else []
            called = name or _joined((names.get(pair, pair[1]) for pair in cap.benefits), lang)
            found.append(_Shared(combination.family, called, cap, first, held))
    return found


def _told_caps(document: Document, lang: str) -> list[str]:
    """What a document calls its caps over several benefits; empty where it has no name for one."""
    say = Wording(language(lang), document.vocabulary)
    return [say.of(cap.name) if cap.name else "" for cap in document.shared_caps]


def _joined(names: Iterable[str], lang: str) -> str:
    several = dict.fromkeys(names)
    return f"{'、'.join(several)}合计" if language(lang) == "zh" else f"{' + '.join(several)} together"


def _by_place(shared: _Shared, used: Mapping[Key, int]) -> dict[str, list[Key]]:
    """The counters that a cap adds up, by the period (or another scope) for which it runs."""
    across = shared.cap.per == PERIOD and any(family for family, _ in shared.cap.benefits)
    scope = COMBINATION if across else shared.cap.per
    counters = {(family or shared.family, f"{benefit}.{PAID}") for family, benefit in shared.cap.benefits}
    found: dict[str, list[Key]] = {}
    for key in sorted(used):
        if key[:2] in counters and key[2].partition(":")[0] == scope:
            found.setdefault(key[2], []).append(key)
    return found


# --- names ------------------------------------------------------------------------------------------------------------


def _names(standing: Standing, lang: str) -> dict[tuple[str, str], str]:
    """By family and benefit; by family and nothing that of the plan."""
    names: dict[tuple[str, str], str] = {}
    for draft in library_of(standing=standing).documents.values():
        document: Document = draft.document
        say = Wording(language(lang), document.vocabulary)
        names[document.family, ""] = say.of(document.name)
        for one in effective_benefits(document):
            name = say.of(one.name) if one.name else say.named("benefit_name", one.benefit)
            names[document.family, one.benefit] = say.title(name)
    return names
