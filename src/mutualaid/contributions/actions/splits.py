"""Rules on who bears the fee are set, programmes of subsidy are granted and ended. What was billed stays as it was."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.models import FeeSplit, FeeSplitPart, PayerKind, Subsidy
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.split_models import OUTSIDE, WHOLE
from mutualaid.contributions.states import SUBSIDY
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.people.models import Unit
from mutualaid.plans.models import PlanVersion


class NotASplit(Refused):
    """The parts of a rule cannot be."""


class NotASubsidy(Refused):
    """A programme that cannot be."""


@dataclass(frozen=True)
class PartWanted:
    """A payer's part; its fields as in ``FeeSplitPart``. Without amount and share it is the rest."""

    payer_kind: PayerKind
    payer_unit: Unit | None = None
    payer_name: str = ""
    amount: Decimal | None = None
    share: int | None = None
    billed: bool = False


@transaction.atomic
def set_fee_split(
    *,
    unit: Unit,
    parts: Sequence[PartWanted],
    version: PlanVersion | None = None,
    group: str = "",
    from_on: datetime.date | None = None,
    by: Actor,
    at: datetime.datetime,
) -> FeeSplit | None:
    """The rule of a unit from a day on (today, if not told), in place of an earlier one of the same version and group. Without
    parts there is none any more. Raises NotASplit."""
    first = from_on or day_of(at)
    _check(parts, first, day_of(at))
    Unit.objects.select_for_update(no_key=True, of=("self",)).get(pk=unit.pk)
    for before in FeeSplit.objects.filter(unit=unit, version=version, group=group, until_on=None):
        before.until_on = max(first, before.from_on)
        before.save(update_fields=["until_on"])
        record(what="end_fee_split", row=before, by=by, at=at, until_on=str(before.until_on))
    if not parts:
        return None
    rule = FeeSplit.objects.create(unit=unit, version=version, group=group.strip()[:20], from_on=first)
    FeeSplitPart.objects.bulk_create(
        [
            FeeSplitPart(
                rule=rule,
                place=place,
                payer_kind=one.payer_kind,
                payer_unit=one.payer_unit,
                payer_name=one.payer_name.strip()[:100],
                billed=one.billed,
                amount=one.amount,
                share=one.share,
            )
            for place, one in enumerate(parts)
        ]
    )
    rule.refresh_from_db(fields=["number"])
    record(what="set_fee_split", row=rule, by=by, at=at, parts=len(parts))
    return rule


def _check(parts: Sequence[PartWanted], first: datetime.date, today: datetime.date) -> None:
    """Raises NotASplit."""
    if first < today:
        raise NotASplit(
            f"规则应自今天（{today}）或以后起用；得到 {first}，请改正日期",
            f"expected a rule from {today} on, found {first}; correct the day",
        )
    rests = sum(one.amount is None and one.share is None for one in parts)
    if parts and rests != 1:
        raise NotASplit(
            f"应恰有一方承担其余部分（余数归它）；得到 {rests} 方，请改正",
            f"expected exactly one payer of the rest, who takes the rounding, found {rests}; correct it",
        )
    if sum(one.share or 0 for one in parts) > WHOLE or any(
        (one.amount or 0) < 0 or (one.share or 0) < 0 for one in parts
    ):
        raise NotASplit(
            "各方比例合计应不超过 100%，金额应不小于零；请改正",
            "expected shares of at most 100% together and amounts of at least zero; correct them",
        )
    for one in parts:
        if one.payer_kind in OUTSIDE and one.payer_unit is None and not one.payer_name.strip():
            raise NotASplit(
                f"{one.payer_kind.label}应写明是哪个单位；没有找到，请选择工会或填写名称",
                f"expected to be told which {one.payer_kind.value} pays, found nothing; choose a union or write a name",
            )
    keys = [(one.payer_kind, one.payer_unit and one.payer_unit.pk, one.payer_name.strip()) for one in parts]
    if len(set(keys)) < len(keys):
        raise NotASplit(
            "各方应不重复；同一方出现两次，请合并", "expected each payer once, found one twice; put them together"
        )


@transaction.atomic
def grant_subsidy(
    *,
    office: Unit,
    name: str,
    payer_kind: PayerKind,
    payer_unit: Unit | None = None,
    payer_name: str = "",
    plans: Sequence[str] = (),
    groups: Sequence[str] = (),
    amount: Decimal | None = None,
    share: int | None = None,
    budget: Decimal,
    granted: bool = True,
    from_on: datetime.date,
    until_on: datetime.date,
    by: Actor,
    at: datetime.datetime,
) -> Subsidy:
    """Somebody bears a part of the fee while a budget lasts: applied when rosters are accepted, first come first served.
    ``granted``: covers don't wait for its money. Raises NotASubsidy."""
    named = payer_unit is not None or payer_name.strip()
    one_measure = (
        (amount is None) != (share is None) and (amount is None or amount > 0) and (share is None or 0 < share <= WHOLE)
    )
    if not name.strip() or payer_kind not in OUTSIDE or not named or not one_measure or budget <= 0:
        raise NotASubsidy(
            "补贴应有名称、出资方（上级工会、行政或平台）、每人金额或比例之一、大于零的预算；请补全或改正",
            "expected a name, a payer (an upper union, the administration or a platform), an amount or a share, and a budget "
            "above zero; complete or correct them",
        )
    if not day_of(at) <= until_on or until_on <= from_on:
        raise NotASubsidy(
            f"补贴期限应在开始日之后结束，且尚未过去；得到 {from_on} 至 {until_on}，请改正",
            f"expected a time that ends after its beginning and is not over, found {from_on} to {until_on}; correct it",
        )
    subsidy = Subsidy.objects.create(
        office=office,
        name=name.strip()[:60],
        payer_kind=payer_kind,
        payer_unit=payer_unit,
        payer_name=payer_name.strip()[:100],
        plans=list(plans),
        groups=[group.strip()[:20] for group in groups if group.strip()],
        amount=amount,
        share=share,
        budget=budget,
        granted=granted,
        from_on=from_on,
        until_on=until_on,
    )
    subsidy.refresh_from_db(fields=["number"])
    record(what="grant_subsidy", row=subsidy, by=by, at=at, budget=str(budget))
    return subsidy


@transaction.atomic
def end_subsidy(*, subsidy: Subsidy, by: Actor, at: datetime.datetime) -> Subsidy:
    """Nothing more is granted of it; what was billed stays. Raises IllegalMove."""
    return make(subsidy, SUBSIDY, "end_subsidy", by=by, at=at)
