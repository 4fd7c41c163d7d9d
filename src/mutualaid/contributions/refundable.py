"""What a plan gives back of the fees of covers, to whom, and why not: before it is asked for, and again when it is decided. Reads
alone."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Exists, OuterRef

from mutualaid.contributions.giving_back import for_days_left, shared
from mutualaid.contributions.models import (
    Bill,
    FeePart,
    Lowering,
    OwedPart,
    RefundItem,
    RefundPart,
    RefundReason,
    RefundRequest,
)
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Departure, Way
from mutualaid.plans.document import Refund as Rule
from mutualaid.plans.document import Term
from mutualaid.plans.queries import document_of

NOTHING = Decimal(0)
Why = tuple[str, str]
"""A sentence, Chinese and English."""
NOT_ON_EXIT: Why = ("计划规定：期内退出不退费", "the plan gives nothing back on leaving in mid-term")


@dataclass(frozen=True)
class Borne:
    """What a bill asked for a cover, whose part of the fee it is, and what of it goes back (yuan). Of an unpaid bill nothing is
    paid out: it is ``lowered``."""

    bill: Bill
    payer_kind: str
    amount: Decimal
    back: Decimal = NOTHING
    noted: bool | None = None
    """Which of both it was, where it is over."""

    @property
    def lowered(self) -> bool:
        """Whether the bill asks for less instead."""
        return self.bill.state != "paid" if self.noted is None else self.noted


@dataclass(frozen=True)
class Offer:
    """One cover: what goes back of its fee and to whom, or the ``fault`` for which nothing does. ``why``: the plan's rule in
    words, ``clause`` where it stands."""

    cover: Cover
    ends_on: datetime.date | None
    amount: Decimal
    parts: Sequence[Borne]
    why: Why = ("", "")
    clause: str = ""
    fault: Why | None = None

    @property
    def paid_out(self) -> Decimal:
        """What of it is money (yuan)."""
        return sum((one.back for one in self.parts if not one.lowered), NOTHING)


def offers(
    *,
    covers: Sequence[Cover],
    reason: str,
    ends: Mapping[int, datetime.date] | None = None,
    asked_on: datetime.date,
    hindered: Mapping[int, Why] | None = None,
    besides: int | None = None,
) -> list[Offer]:
    """What would go back of covers (with their versions), in their order. ``ends``: by the key of a cover the first day without
    it, where it is left in mid-term; ``hindered``: what else stands against it; ``besides``: the key of the request that asks,
    whose own covers do not stand in its way. Some statements for all of them."""
    with within([EVERYTHING], reads=True):
        borne = borne_of(covers=covers)
        gone = _gone(covers, besides)
        later = _later(covers)
        left = _leavers(covers)
        unbilled = _unbilled(covers)
        found = []
        for cover in covers:
            ends_on = (ends or {}).get(cover.pk) if reason == RefundReason.EXIT else None
            offer = Offer(cover, ends_on, NOTHING, borne.get(cover.pk, ()))
            fault = (
                gone.get(cover.pk) or (hindered or {}).get(cover.pk) or later.get(cover.pk) or unbilled.get(cover.pk)
            )
            found.append(_offer(offer, reason, asked_on, left.get(cover.pk), fault))
    return found


def borne_of(*, covers: Sequence[Cover]) -> dict[int, list[Borne]]:
    """By the key of a cover, who bears its fee by which bill; of one that was never billed here nothing."""
    found: dict[int, list[Borne]] = {}
    parts = FeePart.objects.filter(cover__in=covers).exclude(bill__state="cancelled").order_by("bill_id", "id")
    for part in parts.select_related("bill__fund__book", "bill__employer__unit"):
        found.setdefault(part.cover_id, []).append(Borne(part.bill, part.payer_kind, part.amount))
    alone = [cover for cover in covers if cover.pk not in found and cover.fee_amount > 0]
    rows = Bill.objects.filter(enrolment__in={cover.enrolment_id for cover in alone}).exclude(state="cancelled")
    without = rows.filter(~Exists(FeePart.objects.filter(bill=OuterRef("pk"))))
    bills = {bill.pk: bill for bill in without.select_related("fund__book", "employer__unit", "enrolment")}
    billed = OwedPart.objects.filter(cover__in=alone, bill__in=bills)
    by_cover = {cover: bills[bill] for cover, bill in billed.values_list("cover", "bill")}
    # Of who joined by themselves one is billed with those of the same day, which only the part says; else there is one bill.
    by_payer = {
        (bill.enrolment_id, bill.payer_member_id): bill
        for bill in bills.values()
        if bill.payer_member_id is not None or bill.enrolment.way != Way.JOINING
    }
    for cover in alone:
        own = by_payer.get((cover.enrolment_id, cover.member_id)) or by_payer.get((cover.enrolment_id, None))
        bill = by_cover.get(cover.pk) or own
        if bill is not None:
            found[cover.pk] = [Borne(bill, bill.payer_kind, cover.fee_amount)]
    return found


def given_back(*, parts: Sequence[Borne], amount: Decimal) -> list[Borne]:
    """An amount (yuan) by who bore the fee, to the fen."""
    backs = shared(amount, [one.amount for one in parts])
    return [replace(one, back=back) for one, back in zip(parts, backs, strict=True)]


def all_back(*, parts: Sequence[Borne]) -> list[Borne]:
    """Everybody gets back what they bore. Who was not billed yet for their part is not among them: nothing of it goes to others,
    and of a cover that is void it is never billed."""
    return [replace(one, back=one.amount) for one in parts]


def rule_of(*, cover: Cover) -> tuple[Rule, Term]:
    """What the plan of a cover says of refunds, and of its term."""
    term = document_of(version=cover.version).term
    return term.refund or Rule.model_construct(), term


def void_amount(*, cover: Cover) -> Decimal:
    """What is paid out where a cover is void from its first day (yuan): what was paid of its fee, where its plan gives that to
    those who were never eligible, as nobody is to a second cover; else 0."""
    rule, _ = rule_of(cover=cover)
    if rule.never_eligible != "full":
        return NOTHING
    with within([EVERYTHING], reads=True):
        parts = borne_of(covers=[cover]).get(cover.pk, [])
    return sum((one.amount for one in parts if not one.lowered), NOTHING)


# --- one cover --------------------------------------------------------------------------------------------------------


def _offer(
    offer: Offer, reason: str, asked_on: datetime.date, last_on: datetime.date | None, fault: Why | None
) -> Offer:
    """``last_on``: the last day of work of whoever was reported to have left."""
    cover = offer.cover
    rule, term = rule_of(cover=cover)
    offer = replace(offer, clause=_clause(rule, term))
    if cover.state == "cancelled":
        return replace(offer, fault=("这份保障应已生效；已取消", "expected a cover that stands, it is cancelled"))
    if cover.state != "begun":
        return replace(
            offer,
            fault=(
                "这份保障应已缴费生效；还没有缴清，不需要退费，由经办机构作废未缴的账单即可",
                "expected a cover that is paid for, it is not; have the office cancel the unpaid bill instead",
            ),
        )
    if reason == RefundReason.EXIT and rule.on_exit != "pro_rata":
        return replace(offer, fault=NOT_ON_EXIT)
    fault = fault or _against(offer, reason, asked_on)
    if fault is not None:
        return replace(offer, fault=fault)
    if not offer.parts:
        return replace(
            offer,
            fault=(
                "应有在本系统缴清的账单；这份保障没有在本系统缴过费，无款可退",
                "expected a bill of ours for it, found none: nothing was paid here for this cover",
            ),
        )
    amount, why, fault = _by_rule(offer, reason, rule, term, last_on)
    if fault is not None or amount == 0:
        nothing = ("按剩余天数应退不足一分", "for the days that are left it is less than a fen")
        return replace(offer, why=why, fault=fault or nothing)
    return replace(offer, amount=amount, parts=given_back(parts=offer.parts, amount=amount), why=why)


def _clause(rule: Rule, term: Term) -> str:
    found = rule.clause or term.clause
    return str(getattr(found, "zh", found) or "")


def _against(offer: Offer, reason: str, asked_on: datetime.date) -> Why | None:
    """Days that cannot be."""
    cover = offer.cover
    if reason == RefundReason.BEFORE_COVER and asked_on >= cover.from_on:
        return (
            f"应在保障开始前申请；保障已于 {cover.from_on} 开始，请改选其他原因",
            f"expected it to be asked before cover begins, it began on {cover.from_on}; choose another reason",
        )
    if reason != RefundReason.EXIT:
        return None
    first = max(asked_on, cover.from_on + datetime.timedelta(days=1))
    if offer.ends_on is None or not first <= offer.ends_on < cover.until_on:
        return (
            (
                f"退出日应在 {first} 至保障期内最后一日之间（退出日起不再有保障，不追溯到申请以前）；"
                f"得到 {offer.ends_on or '空白'}，请改正"
            ),
            (
                f"expected the first day without cover from {first} on, before {cover.until_on}, found {offer.ends_on}: it never "
                "ends before it is asked for; correct it"
            ),
        )
    return None


def _by_rule(
    offer: Offer, reason: str, rule: Rule, term: Term, last_on: datetime.date | None
) -> tuple[Decimal, Why, Why | None]:
    """The amount, the rule in words, and why nothing goes back."""
    cover = offer.cover
    if reason == RefundReason.EXIT:
        return _on_exit(offer, term, last_on)
    full = rule.never_eligible if reason == RefundReason.NEVER_ELIGIBLE else rule.before_cover
    what, english = {
        RefundReason.NEVER_ELIGIBLE.value: ("自始不符合参加条件的", "for those who were never eligible"),
        RefundReason.BEFORE_COVER.value: ("保障开始前退出的", "for those who withdraw before cover begins"),
    }[str(reason)]
    if full == "full":
        return cover.fee_amount, (f"计划规定：{what}，全额退费", f"the plan gives the whole fee back {english}"), None
    return NOTHING, ("", ""), (f"计划规定：{what}，不退费", f"the plan gives nothing back {english}")


def _on_exit(offer: Offer, term: Term, last_on: datetime.date | None) -> tuple[Decimal, Why, Why | None]:
    cover, ends_on = offer.cover, offer.ends_on
    assert ends_on is not None  # ``_against`` has seen it
    if term.exit != "any_time" and (last_on is None or last_on >= ends_on):
        fault = (
            "计划规定：期内不能中途退出；已登记离职、退休或身故的除外，请先在“离职与退休”登记",
            "the plan lets nobody leave in mid-term but who is reported to have left, retired or died; report that first",
        )
        return NOTHING, ("", ""), fault
    amount = for_days_left(cover.fee_amount, from_on=cover.from_on, until_on=cover.until_on, ends_on=ends_on)
    whole, left = (cover.until_on - cover.from_on).days, (cover.until_on - ends_on).days
    fee = shown(cover.fee_amount)
    return amount, (
        f"计划规定：按剩余天数退费，{fee} 元 × {left}/{whole} 天，分位四舍五入",
        f"the plan gives back the part for the days left: CNY {fee} × {left}/{whole} days, a fen rounded half up",
    ), None  # fmt: skip


# --- what stands against it -------------------------------------------------------------------------------------------


def _gone(covers: Sequence[Cover], besides: int | None) -> dict[int, Why]:
    """Covers for which it was asked already, or whose fee went back."""
    keys = [cover.pk for cover in covers]
    found: dict[int, Why] = {}
    asked = RefundItem.objects.filter(cover__in=keys, left_out=False, request__state="asked")
    for cover, number in asked.exclude(request=besides).values_list("cover", "request__number"):
        found[cover] = (
            f"每份保障应只有一份在办的退费申请；已有 {number}，请等待其结果",
            f"expected no open request for this cover, found {number}; wait for what comes of it",
        )
    back: set[int] = set()
    for table in (RefundPart, Lowering):
        back |= set(table.objects.filter(cover__in=keys).values_list("cover", flat=True))
    for cover in back:
        found[cover] = ("这份保障的互助费应尚未退过；已经退过", "expected the fee not to have gone back, it did before")
    return found


def _unbilled(covers: Sequence[Cover]) -> dict[int, Why]:
    """Covers of which somebody bears a part that is billed at night: before, it can neither go back nor be left out."""
    owed = OwedPart.objects.filter(cover__in=covers, bill=None)
    return {
        cover: (
            f"{name}承担的部分应已开出账单；每夜汇总开出，请明天再申请",
            f"expected the part of {name} to be billed, it is at night; ask again tomorrow",
        )
        for cover, name in owed.values_list("cover", "payer_name")
    }


def _later(covers: Sequence[Cover]) -> dict[int, Why]:
    """Covers on which another goes on that is not among them: its unbroken time is reckoned from them."""
    rows = Cover.objects.filter(member__in={one.member_id for one in covers}).exclude(state="cancelled")
    others: dict[tuple[int, str], list[Cover]] = {}
    for row in rows.exclude(pk__in=[one.pk for one in covers]):
        others.setdefault((row.member_id, row.family), []).append(row)
    found: dict[int, Why] = {}
    for cover in covers:
        for other in others.get((cover.member_id, cover.family), []):
            if other.from_on >= cover.until_on:
                found[cover.pk] = (
                    f"同一系列应没有后续的保障；该人还有 {other.number}，请一并申请或先办理那一份",
                    f"expected no later cover of the same family, found {other.number}; ask for both, or for that first",
                )
    return found


def _leavers(covers: Collection[Cover]) -> dict[int, datetime.date]:
    """By the key of a cover, the last day of work of whoever was reported to have left its employer."""
    told: dict[tuple[int, int], datetime.date] = {}
    rows = Departure.objects.filter(member__in={one.member_id for one in covers}).order_by("last_on")
    for row in rows:
        told[(row.employer_id, row.member_id)] = row.last_on
    return {one.pk: told[key] for one in covers if (key := (one.answers_for_it, one.member_id)) in told}


def ends_for(*, covers: Sequence[Cover], last_on: datetime.date | None, on: datetime.date) -> dict[int, datetime.date]:
    """By the key of a cover, the first day without it: the day after ``last_on``; without that, the day after the last day of
    work of whoever was reported to have left, and never a day before ``on``."""
    day = datetime.timedelta(days=1)
    if last_on is not None:
        return {one.pk: last_on + day for one in covers}
    with within([EVERYTHING], reads=True):
        return {key: max(left + day, on) for key, left in _leavers(covers).items()}


def back_of_request(*, request: RefundRequest) -> dict[int, list[Borne]]:
    """By the key of a cover, what went back by a request that was approved, and of which bills."""
    found: dict[int, list[Borne]] = {}
    with within([EVERYTHING], reads=True):
        owed = RefundPart.objects.filter(refund__request=request).select_related("bill").order_by("id")
        less = Lowering.objects.filter(request=request).select_related("bill").order_by("id")
        for part, lowered in [*((one, False) for one in owed), *((one, True) for one in less)]:
            borne = Borne(part.bill, part.payer_kind, part.amount, part.amount, noted=lowered)
            found.setdefault(part.cover_id, []).append(borne)
    return found
