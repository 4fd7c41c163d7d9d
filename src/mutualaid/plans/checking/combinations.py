"""Documents together: one id once,
and combinations and exclusions that name plans which are there and fit each other."""

from __future__ import annotations

from collections.abc import Mapping

from mutualaid.plans import document as d
from mutualaid.plans.checking.parts import Check, listed, near
from mutualaid.plans.compiling import is_combination, reopens
from mutualaid.plans.yaml_reader import Path

_OF_BENEFITS = ("waiting", "limits", "exclusions", "stays_as_one", "exclusive", "lists")
"""What a combination without benefits of its own has nothing to apply to."""


def check_together(checks: list[Check], by_id: Mapping[str, Check]) -> None:
    """All faults between documents. ``by_id``: the first document of each plan id."""
    for check in checks:
        _identity(check, by_id)
        _others(check, by_id)
        if is_combination(check.document):
            _combination(check, by_id)


def _identity(check: Check, by_id: Mapping[str, Check]) -> None:
    plan = check.document.plan
    first = by_id[plan]
    if first is not check:
        zh = f"计划编号应不重复；{plan} 已用于 {first.draft.file}；请改用另一个编号，或只载入其中一份"
        en = (
            f"expected a plan id of its own; {plan} is used in {first.draft.file}; "
            "choose another id or load only one of them"
        )
        check.add(("plan",), zh, en)


def _others(check: Check, by_id: Mapping[str, Check]) -> None:
    """Plans that it excludes, or that it is taken on top of: there, not itself, and not both."""
    excluded = check.document.excludes.plans if check.document.excludes is not None else ()
    for field in ("excludes", "on_top_of"):
        rule = getattr(check.document, field)
        for i, name in enumerate(rule.plans if rule is not None else ()):
            path: Path = (field, "plans", i)
            _other(check, path, name, by_id)
            if field == "on_top_of" and name in excluded:
                zh = f"{name} 同时写在 excludes 与 on_top_of 里，永远不能参加；请删去其一"
                en = (
                    f"{name} is both excluded and needed, so that nobody can join; remove it from excludes or on_top_of"
                )
                check.add(path, zh, en)


def _other(check: Check, path: Path, name: str, by_id: Mapping[str, Check]) -> None:
    document = check.document
    families = {other.document.family for other in by_id.values()}
    if name in (document.plan, document.family):
        what_zh, what_en = ("排除自己", "exclude itself") if path[0] == "excludes" else ("以自己为基础", "need itself")
        zh = f"计划不能{what_zh}；得到 {name}；请删去（同一系列本来就不能重复参加）"
        en = f"a plan cannot {what_en}, found {name}; remove it (plans of one family are not held twice anyhow)"
        check.add(path, zh, en)
    elif name not in by_id and name not in families:
        hint_zh, hint_en = near(name, {*by_id, *families})
        zh = f"应为已载入的计划编号或系列；得到 {name}；{hint_zh}请一并载入那个计划的文件，或改正名称"
        en = (
            f"expected the id or family of a plan that is loaded, found {name}; "
            f"{hint_en} load that plan's file too or correct the name"
        )
        check.add(path, zh, en.replace("  ", " "))


def _combination(check: Check, by_id: Mapping[str, Check]) -> None:
    document = check.document
    for i, name in enumerate(document.combines or ()):
        _part(check, ("combines", i), name, by_id)
    _late_filed(check, by_id)
    for i, cap in enumerate(document.shared_caps):
        _shared(check, ("shared_caps", i), cap, by_id)
    if not document.benefits:
        for field in _OF_BENEFITS:
            if getattr(document, field):
                zh = f"{field} 只用于组合自己的待遇；这个组合没有 benefits，不起作用；请移到单项计划里，或删去"
                en = (
                    f"{field} applies to the combination's own benefits; it has none; "
                    "move it to the single plans or remove it"
                )
                check.add((field,), zh, en)


def _late_filed(check: Check, by_id: Mapping[str, Check]) -> None:
    """Claims have one order, whatever plans they touch: those of a combination say the same of it, and it says nothing itself."""
    document = check.document
    if document.late_filed is not None:
        zh = "late_filed 写在组合所含的各单项计划里；组合本身不写；请移到各单项计划"
        en = "expected late_filed in the single plans of a combination, found it in the combination; move it there"
        check.add(("late_filed",), zh, en)
    parts = [(i, by_id[name].document) for i, name in enumerate(document.combines or ()) if name in by_id]
    for i, part in parts[1:]:
        if reopens(part) != reopens(parts[0][1]):
            zh = (
                f"同一组合的单项计划，late_filed 应一致（先后次序只有一个）；{part.plan} 与 {parts[0][1].plan} 不一致；"
                "请改其一"
            )
            en = (
                f"expected the plans of a combination to say the same in late_filed, as there is one order, found {part.plan} "
                f"and {parts[0][1].plan} to differ; change one of them"
            )
            check.add(("combines", i), zh, en)


def _part(check: Check, path: Path, name: str, by_id: Mapping[str, Check]) -> None:
    """One combined plan: loaded, single, and not ruled out by another part."""
    part = by_id.get(name)
    if part is None:
        hint_zh, hint_en = near(name, by_id)
        zh = f"应为已载入的计划编号；得到 {name}；{hint_zh}请一并载入那个计划的文件，或改正名称"
        en = (
            f"expected the id of a plan that is loaded, found {name}; "
            f"{hint_en} load that plan's file too or correct the name"
        )
        check.add(path, zh, en.replace("  ", " "))
        return
    if is_combination(part.document):
        zh = f"组合只能由单项计划组成；{name} 本身是组合；请改写它所组合的单项计划"
        en = f"expected single plans in a combination; {name} is a combination itself; name the plans that it combines"
        check.add(path, zh, en)
        return
    earlier = [by_id[other].document for other in (check.document.combines or ())[: int(path[1])] if other in by_id]
    if check.document.benefits:
        earlier.append(check.document)
    for other in earlier:
        if other.plan != name and _apart(part.document, other):
            zh = (
                f"{name} 与 {other.plan} 不能同时享受（同一系列或互相排除），组合里后一个永远不会给付；请去掉其一，"
                "或改 family、excludes"
            )
            en = (
                f"{name} and {other.plan} cannot be held together (one family, or excluded), "
                "so that the later one is never paid; "
                "remove one or change family or excludes"
            )
            check.add(path, zh, en)


def _apart(one: d.Document, other: d.Document) -> bool:
    excluded = set(one.excludes.plans if one.excludes is not None else ())
    excluding = set(other.excludes.plans if other.excludes is not None else ())
    return one.family == other.family or bool(
        {other.plan, other.family} & excluded or {one.plan, one.family} & excluding
    )


def _shared(check: Check, path: Path, cap: d.SharedCap, by_id: Mapping[str, Check]) -> None:
    document = check.document
    for i, name in enumerate(cap.plans or ()):
        if name not in (document.combines or ()):
            zh = (
                f"应为 combines 中的计划（{listed(document.combines or (), 'zh')}）；得到 {name}；请改正，"
                "或加入 combines"
            )
            en = (
                f"expected a plan of combines ({listed(document.combines or (), 'en')}), found {name}; "
                "correct it or add it to combines"
            )
            check.add((*path, "plans", i), zh, en)
    chosen = [name for name in document.combines or () if cap.plans is None or name in cap.plans]
    if any(name not in by_id for name in chosen):
        return
    known = [benefit.benefit for name in chosen for benefit in by_id[name].benefits]
    known += [benefit.benefit for benefit in check.benefits] if cap.plans is None else []
    for i, name in enumerate(cap.benefits or ()):
        if name not in known:
            hint_zh, hint_en = near(name, known)
            zh = f"应为所组合计划的待遇编号（{listed(dict.fromkeys(known), 'zh')}）；得到 {name}；{hint_zh}请改正"
            en = (
                f"expected a benefit of the combined plans ({listed(dict.fromkeys(known), 'en')}), found {name}; "
                f"{hint_en} correct it"
            )
            check.add((*path, "benefits", i), zh, en.replace("  ", " "))
