"""Caps that the plans of a combination share: what was used up of them, told by benefit or as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from benefit_engine import plan as engine
from mutualaid.core.money import shown
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of, loaded_versions
from mutualaid.takeover.checking.rows import Held, Row, Seen

Pair = tuple[str, str]
"""Family and benefit."""
TOTAL = "组合合计已付金额"
"""What the sheet calls the whole of a cap that plans share."""


def combination_of(plan: str, seen: Seen) -> engine.Combination | None:
    """The combination of this id; none when it is a single plan, or no plan of this office."""
    if plan not in seen.combinations:
        version = seen.versions.get(plan)
        seen.combinations[plan] = None if version is None else _compiled(version)
    return seen.combinations[plan]


def _compiled(version: PlanVersion) -> engine.Combination | None:
    if not document_of(version=version).combines:
        return None
    return loaded_versions(versions=[version]).library.combinations.get(version.plan)


def holding(held: Sequence[Held], plan: str, seen: Seen) -> list[Held]:
    """The covers, among those of a person, of combinations with a plan in them."""
    found = []
    for one in held:
        combination = combination_of(one.plan, seen)
        if combination is not None and plan in combination.plans:
            found.append(one)
    return found


def period_caps(combination: engine.Combination) -> list[engine.SharedCap]:
    """The caps of a combination that its plans share in each of its periods; others count under keys of their own."""
    return [cap for cap in combination.shared_caps if cap.per == engine.PERIOD]


def combined_key(combination: engine.Combination, from_on: str) -> str:
    """Under which the engine counts such a cap; ``from_on``: the first day of the cover."""
    return f"{engine.COMBINATION}:{combination.id}:{from_on}"


def note_listed(row: Row, seen: Seen, pair: Pair, key: str, amount: Decimal, cap: engine.SharedCap) -> None:
    """What one benefit used up of a cap is added to it."""
    if (TOTAL, row.person, key, cap.benefits) in seen.once:
        row.wrong(
            "what",
            f"分待遇的行应写在“{TOTAL}”之前；得到的在其后，请调换次序",
            "expected rows of single benefits before that of the whole cap, found one after it; change their order",
        )
        return
    seen.combined.setdefault((bytes.fromhex(row.person), key), {})[pair] = amount


def rest_of(
    row: Row, seen: Seen, combination: engine.Combination, cap: engine.SharedCap, key: str, total: Decimal
) -> tuple[Pair, Decimal] | None:
    """What of the total of a cap no row of a benefit tells, and the benefit under which it is kept: one that this cap alone
    counts and no row tells. None when nothing is left, or for a fault, which is noted."""
    if not seen.first(TOTAL, row.person, key, cap.benefits):
        row.wrong(
            "what",
            f"同一会员的“{TOTAL}”应只有一行；得到重复的，请合并",
            "expected one row for the cap of a combination, found it again; make one row of them",
        )
        return None
    listed = seen.combined.get((bytes.fromhex(row.person), key), {})
    told = sum((listed.get(pair, Decimal(0)) for pair in cap.benefits), Decimal(0))
    if total < told:
        row.wrong(
            "value",
            f"合计应不小于前面各待遇之和 {shown(told)} 元；得到的更小，请核对",
            f"expected at least {shown(told)} yuan, which the rows of single benefits come to, found less; check them",
        )
        return None
    if total == told:
        return None
    others = {pair for one in period_caps(combination) if one is not cap for pair in one.benefits}
    free = [pair for pair in cap.benefits if pair not in listed and pair not in others]
    if not free:
        row.wrong(
            "value",
            f"各待遇都已分行填写，合计应等于其和 {shown(told)} 元；得到的更大，请核对",
            f"expected {shown(told)} yuan, since each benefit has a row of its own, found more; check them",
        )
        return None
    return free[0], total - told


def cap_named(row: Row, combination: engine.Combination) -> engine.SharedCap | None:
    """The cap that a row means: the only one, or that which 待遇 names, by its own name or by a benefit that it alone counts. A
    fault is noted."""
    caps = period_caps(combination)
    written = row.told.get("benefit", "")
    if len(caps) == 1 and not written:
        return caps[0]
    named = [cap for cap in caps if written and (cap.label == written or written in (one for _, one in cap.benefits))]
    if len(named) == 1:
        return named[0]
    names = "、".join(cap.label for cap in caps) or "没有"
    row.wrong(
        "benefit",
        f"应为组合按保障期的合计限额（{names}）之一；得到的不是，请改正",
        f"expected one of the combination's caps of a period ({names}), found something else; correct it",
    )
    return None
