"""What a package may be composed of, and why not: groups as they are wanted, and all that is wrong with them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mutualaid.enrolment.package_models import WHOLE, GroupRule, PackageGroup
from mutualaid.people.refusals import Refused
from mutualaid.plans import offering
from mutualaid.plans.composing import why_not_together
from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of

GROUPS_MOST, PLANS_MOST = 10, 10


class NotComposable(Refused):
    """The groups or their plans cannot be as they were told."""


@dataclass(frozen=True)
class PlanWanted:
    """A plan of a group; its fields as in ``PackagePlan``."""

    version: PlanVersion
    option: str = ""
    risk_class: str = ""
    units: int = 1
    member_amount: Decimal | None = None
    member_share: int | None = None


@dataclass(frozen=True)
class GroupWanted:
    """A group of staff with its plans; its fields as in ``PackageGroup``."""

    name: str
    rule: GroupRule
    plans: Sequence[PlanWanted]
    word: str = ""
    headcount: int | None = None


def wanted_of(*, group: PackageGroup) -> GroupWanted:
    """A group as it was composed."""
    plans = [
        PlanWanted(one.version, one.option, one.risk_class, one.units, one.member_amount, one.member_share)
        for one in group.plans.all()
    ]
    return GroupWanted(group.name, GroupRule(group.rule), plans, group.word, group.headcount)


def price_of(document: Document, *, option: str, risk_class: str, units: int) -> Decimal:
    """Yuan for one person of a group. Where the roster is to tell the risk class, the first of the plan's. Raises NoSuchPrice."""
    classes = [row.risk_class for row in document.price if row.risk_class]
    chosen = risk_class or (classes[0] if classes else None)
    return offering.fee(document, units=units, option=option or None, risk_class=chosen)


def faults_of(*, groups: Sequence[GroupWanted], offered: Sequence[Document] = ()) -> list[Refused]:
    """All that is wrong with groups, in their order; empty when a package may be composed of them. ``offered``: plans that
    rules call by their names."""
    found: list[Refused] = []
    names = [one.name.strip() for one in groups]
    if not 1 <= len(groups) <= GROUPS_MOST or len(set(names)) < len(names) or "" in names or max(map(len, names)) > 20:
        found.append(
            NotComposable(
                f"应有 1 至 {GROUPS_MOST} 个职工组，名称各不相同且不超过 20 字；请核对组名",
                f"expected 1 to {GROUPS_MOST} groups with names of their own of up to 20 characters; check the names",
            )
        )
    if any(one.rule is GroupRule.EVERYBODY for one in groups[:-1]):
        found.append(
            NotComposable(
                "“其余职工”应排在最后一组；请调整次序，否则后面的组里不会有人",
                "expected the group of everybody else to be the last; move it, or nobody will be in those after it",
            )
        )
    for one in groups:
        found += _faults_of_one(one, offered)
    return found


def _faults_of_one(group: GroupWanted, offered: Sequence[Document]) -> list[Refused]:
    found: list[Refused] = []
    needs_word = group.rule in (GroupRule.SEX, GroupRule.RISK_CLASS)
    if needs_word != bool(group.word.strip()) or (group.rule is GroupRule.SEX and group.word not in ("F", "M")):
        found.append(
            NotComposable(
                f"“{group.name}”组应写明按哪种性别或职业类别分组；请补上",
                f"expected group {group.name} to say which sex or risk class it is for; add it",
            )
        )
    if not 1 <= len(group.plans) <= PLANS_MOST:
        found.append(
            NotComposable(
                f"“{group.name}”组应至少选一个单项计划；没有选，请选择，或删去这一组",
                f"expected at least one plan for group {group.name}, found none; choose one or remove the group",
            )
        )
    documents = [document_of(version=plan.version) for plan in group.plans]
    found += [
        NotComposable(f"“{group.name}”组：{one.zh}", f"group {group.name}: {one.en}")
        for one in why_not_together(documents, offered=offered)
    ]
    for plan, document in zip(group.plans, documents, strict=True):
        try:
            price_of(document, option=plan.option, risk_class=plan.risk_class, units=plan.units)
        except offering.NoSuchPrice as fault:
            found.append(fault)
        if _is_wrong(plan.member_amount, plan.member_share):
            found.append(
                NotComposable(
                    f"“{group.name}”组：个人承担应为不小于零的金额，或 0% 至 100% 的比例；请改正",
                    f"group {group.name}: expected the member's part as an amount of at least zero, or 0% to 100%; correct it",
                )
            )
    return found


def _is_wrong(amount: Decimal | None, share: int | None) -> bool:
    """Whether it is no part that a member may bear."""
    if share is not None and not 0 <= share <= WHOLE:
        return True
    return amount is not None and (amount < 0 or share is not None)
