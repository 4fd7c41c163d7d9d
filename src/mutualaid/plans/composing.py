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


def why_not_together(documents: Sequence[Document], *, offered: Sequence[Document] = ()) -> list[Conflict]:
    """Every reason why one person may not be covered by these plans at once; empty when they may. ``offered``: plans that are
    called by their names, where a rule knows them by their keys."""
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
            zh, en = _called(base, [*offered, *documents])
            found.append(
                Conflict(
                    f"“{one.name.zh}”只能在 {zh} 之一的基础上参加；请为这一组加上，或去掉“{one.name.zh}”",
                    f"{_name(one)} is only taken on top of one of {en}; add one of them, or remove {_name(one)}",
                )
            )
    return found


def rules_of(document: Document, *, offered: Sequence[Document]) -> list[Conflict]:
    """What a plan says of others that are offered, before anything is chosen: only on top of which, not beside which."""
    base = stands_on(document, offered=offered)
    found = [base] if base is not None else []
    apart = [one for one in offered if one.plan != document.plan and _apart(document, one)]
    if apart:
        zh, en = "、".join(one.name.zh for one in apart), ", ".join(map(_name, apart))
        found.append(Conflict(f"不能与 {zh} 同时参加", f"not beside {en}"))
    return found


def stands_on(document: Document, *, offered: Sequence[Document]) -> Conflict | None:
    """That a plan is only taken on top of others, by their names; None of one that is taken by itself."""
    if document.on_top_of is None:
        return None
    zh, en = _called(document.on_top_of.plans, offered)
    return Conflict(f"须与 {zh} 同时参加", f"only on top of {en}")


def _called(keys: Sequence[str], documents: Sequence[Document]) -> tuple[str, str]:
    """Plans or families by the names under which they are offered; one that is not, by its key."""
    zh: dict[str, str] = {}
    en: dict[str, str] = {}
    for key in keys:
        of = [one for one in documents if key in (one.plan, one.family)]
        for one in of:
            zh[one.plan], en[one.plan] = one.name.zh, _name(one)
        if not of:
            zh[key] = en[key] = key
    return "、".join(zh.values()), ", ".join(en.values())


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
