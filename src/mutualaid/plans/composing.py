"""Which single plans may stand together for one person: what the designers' documents say of each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mutualaid.plans.compiling import is_combination
from mutualaid.plans.document import Document


@dataclass(frozen=True)
class Conflict:
    """Why plans may not stand together, and what to do."""

    zh: str
    en: str


def why_not_together(documents: Sequence[Document]) -> list[Conflict]:
    """Every reason why one person may not be covered by these plans at once; empty when they may."""
    found = [_combined(one) for one in documents if is_combination(one)]
    for i, one in enumerate(documents):
        found += [
            Conflict(
                f"“{one.name.zh}”与“{other.name.zh}”不能同时参加，只能选择其一；请去掉一个",
                f"{_name(one)} and {_name(other)} cannot be held together; choose one of them",
            )
            for other in documents[:i]
            if _apart(one, other)
        ]
        base = one.on_top_of.plans if one.on_top_of is not None else ()
        if base and not any({other.plan, other.family} & set(base) for other in documents if other is not one):
            found.append(
                Conflict(
                    f"“{one.name.zh}”只能在 {'、'.join(base)} 之一的基础上参加；请为这一组加上，或去掉“{one.name.zh}”",
                    f"{_name(one)} is only taken on top of one of {', '.join(base)}; add one of them, or "
                    f"remove {_name(one)}",
                )
            )
    return found


def _combined(one: Document) -> Conflict:
    return Conflict(
        f"应为单项计划；“{one.name.zh}”本身是组合计划，请改选它所含的单项计划，或单独参保",
        f"expected single plans, found the combination {_name(one)}; choose its single plans, or enrol in it by itself",
    )


def _apart(one: Document, other: Document) -> bool:
    excluded = set(one.excludes.plans if one.excludes is not None else ())
    excluding = set(other.excludes.plans if other.excludes is not None else ())
    return one.family == other.family or bool(
        {other.plan, other.family} & excluded or {one.plan, one.family} & excluding
    )


def _name(one: Document) -> str:
    return one.name.en or one.name.zh
