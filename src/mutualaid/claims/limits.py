"""What of plans' limits a member has used up, in words: by plan and period, how much of how much, and what is left.

How much there is of a limit is told where the plan names one figure for everybody; where it depends on facts of the event, the
working of each computation says it, and nothing is told here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from benefit_engine.accumulators import CLAIMS, DAYS, PAID, STAYS, Key, together
from benefit_engine.labels import SCOPE_LABELS
from benefit_engine.plan import Benefit, Plan, SharedCap
from mutualaid.claims.history import Covered, Standing, library_of, standing_of
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
    "life": "for life",
    "disease": "each disease",
    "cause": "each accident",
}


def limits_used(*, member: Member, used: Mapping[Key, int], touched: Collection[Key], lang: str) -> list[LimitsOfPlan]:
    """What a member has used up of limits that people know: money, times and days paid, stays; what ``touched`` names first.
    Counters that only the engine reckons with, or that nothing limits, are left out. One query, and those for plans that are
    not kept yet."""
    zh = language(lang) == "zh"
    standing = standing_of(member=member)
    names, plans = _names(standing, lang), _plans(standing)
    shared = [cap for one in library_of(standing=standing).library.combinations.values() for cap in one.shared_caps]
    groups: dict[tuple[str, str], LimitsOfPlan] = {}
    for key, quantity in sorted(used.items()):
        family, counter, place = key
        benefits, _, word = counter.rpartition(".")
        if counter != STAYS and word not in _COUNTED:
            continue
        if counter != STAYS and not _is_limited(plans.get(family, ()), shared, key):
            continue
        if counter == STAYS:
            what = _STAYS[0 if zh else 1]
        else:
            parts = [names.get((family, one), one) for one in benefits.split("+")]
            what = f"{('、' if zh else ' + ').join(parts)} {_COUNTED[word][0 if zh else 1]}"
        most = _most(plans.get(family, ()), standing.covers, counter, place)
        per = _per(place, zh=zh)
        group = groups.setdefault((family, per), LimitsOfPlan(names.get((family, ""), family), per))
        group.rows.append(_row(what, word, quantity, most, touched=key in touched))
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


def _is_limited(plans: Collection[Plan], shared: Collection[SharedCap], key: Key) -> bool:
    """Whether a plan counts this in this scope in order to end it, alone or together with other benefits; of a plan that is not
    known: yes."""
    family, counter, place = key
    benefits, _, word = counter.rpartition(".")
    scope = place.partition(":")[0]
    if not plans:
        return True
    if word == CLAIMS:
        counts = [one.claims for plan in plans for one in plan.benefits if one.claims is not None]
        return any(count.per == scope and together(count.of) == benefits for count in counts)
    own = [one for plan in plans for one in plan.benefits if one.id == benefits]
    if word == DAYS:
        rules = [formula.days for one in own for formula in one.formulas if formula.days is not None]
        return any(cap.per == scope for rule in rules for cap in rule.caps)
    if any(cap.per == scope for one in own for cap in one.caps):
        return True
    if any(one.once is not None and one.once.per == scope for one in own):
        return True
    among = [*shared, *(cap for plan in plans for cap in plan.shared_caps)]
    return any(cap.per == scope and {("", benefits), (family, benefits)} & set(cap.benefits) for cap in among)


def _most(plans: Iterable[Plan], covers: Iterable[Covered], counter: str, place: str) -> int | None:
    """How much there is of a counter, where all plans of its family name one figure for everybody."""
    benefits, _, word = counter.rpartition(".")
    scope = place.partition(":")[0]
    told: set[int | None] = set()
    for plan in plans:
        units = {cover.units for cover in covers if cover.plan == plan.id} or {1}
        for benefit in plan.benefits:
            if word == CLAIMS and benefit.claims is not None and together(benefit.claims.of) == benefits:
                told.add(benefit.claims.most if benefit.claims.per == scope else None)
            elif word != CLAIMS and benefit.id == benefits:
                told.add(_most_of(benefit, word, scope, units))
    return told.pop() if len(told) == 1 else None


def _most_of(benefit: Benefit, word: str, scope: str, units: set[int]) -> int | None:
    if word == DAYS:
        days = {
            cap.days for one in benefit.formulas if one.days is not None for cap in one.days.caps if cap.per == scope
        }
        return days.pop() if len(days) == 1 else None
    caps = [cap.amount for cap in benefit.caps if cap.per == scope]
    if word != PAID or not caps or any(len(rows) > 1 or rows[0].when for rows in caps):
        return None
    most = min(rows[0].value for rows in caps)
    each = {formula.base is None for formula in benefit.formulas}
    if each == {False}:
        return most
    return most * next(iter(units)) if each == {True} and len(units) == 1 else None


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
