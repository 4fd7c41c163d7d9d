"""Reads of payouts. Lists that somebody sees start from what ``access`` lets them see; what stands on a claim is asked for by its
number, after the page has asked whether its reader may see the claim."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from mutualaid.contributions.models import Fund
from mutualaid.core import papers
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.models import AuditEntry
from mutualaid.ledger.benefits import BenefitShare
from mutualaid.ledger.lines import Period
from mutualaid.payouts.accounts import bank_of
from mutualaid.payouts.bank.by_hand import read_workbook
from mutualaid.payouts.bank.news import Outcome
from mutualaid.payouts.bank.reasons import reason_of
from mutualaid.payouts.models import AccountChange, BankResult, Batch, OrderShare, PaymentOrder
from mutualaid.payouts.states import IN_FLIGHT, PAYMENT_ORDER

RELEASE_WITHIN = datetime.timedelta(days=3)
BANK_WITHIN = datetime.timedelta(days=3)
"""By when an order is usually released, and money there after that: what payees are told to expect, no promise of the bank."""


@dataclass(frozen=True)
class Paid:
    """A payment order as the page of its claim shows it. ``reason``: Chinese and English, why the bank could not pay."""

    number: str
    ordinal: int
    state: str
    amount: Decimal
    payee_name: str
    account_masked: str
    bank_name: str
    paid_on: datetime.date | None
    reason: tuple[str, str] | None
    replaced: bool


def orders_of(*, reference: str) -> list[Paid]:
    """All payment orders of a claim, in the order in which they were made; one statement."""
    replaced = Exists(PaymentOrder.objects.filter(replaces=OuterRef("pk")))
    rows = PaymentOrder.objects.filter(reference=reference).annotate(is_replaced=replaced).order_by("id")
    return [
        Paid(
            row.number,
            row.ordinal,
            row.state,
            row.amount,
            row.payee_name,
            row.account_masked,
            row.bank_name,
            row.paid_on,
            reason_of(row.bank_reason) if row.state in ("failed", "returned") else None,
            row.is_replaced,
        )
        for row in rows
    ]


def shares_of(*, order: PaymentOrder) -> list[BenefitShare]:
    """What bears an order, as the ledger takes it."""
    return [share_of(share=row) for row in order.shares.order_by("id")]


def share_of(*, share: OrderShare) -> BenefitShare:
    """One of them."""
    return BenefitShare(share.plan, Period(share.from_on, share.until_on), share.amount)


def ordered_for(*, reference: str) -> dict[tuple[str, Period], Decimal]:
    """What was ordered for a claim and not stopped, by plan and term; an order that was made anew counts once."""
    rows = OrderShare.objects.filter(order__reference=reference, order__replacement=None).exclude(
        order__state="stopped"
    )
    sums = rows.order_by().values_list("plan", "from_on", "until_on").annotate(sum=Sum("amount"))
    return {(plan, Period(from_on, until_on)): amount for plan, from_on, until_on, amount in sums}


@dataclass(frozen=True)
class Money:
    """What was paid for a claim and did not come back, and what was ordered beside it and not stopped: on its way, or to be
    ordered anew since the bank could not pay it."""

    paid: Decimal
    open: Decimal


def money_of(*, reference: str) -> Money:
    """Of a claim, by its number; one statement. Both together are what ``ordered_for`` gives."""
    rows = PaymentOrder.objects.filter(reference=reference, replacement=None).exclude(state="stopped")
    sums = rows.aggregate(paid=Sum("amount", filter=Q(state="paid")), open=Sum("amount", filter=~Q(state="paid")))
    return Money(sums["paid"] or Decimal(0), sums["open"] or Decimal(0))


@dataclass(frozen=True)
class Balance:
    """What is due by a decision against its orders, in yuan: ``over`` is to be returned, ``missing`` is due and not ordered."""

    paid: Decimal
    open: Decimal
    over: Decimal
    missing: Decimal

    @property
    def is_plain(self) -> bool:
        """All is paid, or all is on its way."""
        return not (self.over or self.missing or (self.paid and self.open))


def balance(*, due: Decimal, orders: Iterable[Paid]) -> Balance:
    """Of the orders of a claim, as ``orders_of`` gives them."""
    live = [one for one in orders if one.state != "stopped" and not one.replaced]
    paid = sum((one.amount for one in live if one.state == "paid"), Decimal(0))
    open_ = sum((one.amount for one in live), Decimal(0)) - paid
    return Balance(paid, open_, max(paid + open_ - due, Decimal(0)), max(due - paid - open_, Decimal(0)))


def not_left(*, reference: str) -> list[PaymentOrder]:
    """The orders for a claim by which no money is out: those in no batch yet, and those that failed or came back."""
    rows = PaymentOrder.objects.filter(
        reference=reference, replacement=None, state__in=["created", "failed", "returned"]
    )
    return list(rows.order_by("id"))


# --- the payee's timeline ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Something that happened to a payment, or is to come. ``at``: when it happened; None for what is to come, then
    ``expected_on`` is the day by which it usually does, if there is one. ``what``: ``ordered``, ``ordered_anew``, ``batched``,
    ``released``, ``sent``, ``unclear``, ``paid``, ``failed``, ``returned``, ``stopped``, ``to_correct``."""

    what: str
    number: str
    at: datetime.datetime | None = None
    expected_on: datetime.date | None = None
    reason: tuple[str, str] | None = None


_WORDS = {
    "payment_ordered": "ordered",
    "payment_ordered_anew": "ordered_anew",
    "stopped_ordered_again": "ordered_anew",
    "payout_batched": "batched",
    "payout_unbatched": "unbatched",
    "payout_released": "released",
    "payout_sent": "sent",
    "payout_unclear": "unclear",
    "payout_paid": "paid",
    "payout_failed": "failed",
    "payout_kept_here": "failed",
    "payout_returned": "returned",
    "payout_stopped": "stopped",
}
_NEXT = {
    "created": ("batched", "released", "sent", "paid"),
    "batched": ("released", "sent", "paid"),
    "released": ("sent", "paid"),
    "sent": ("paid",),
    "unknown": ("paid",),
}


def steps_of(*, reference: str) -> list[Step]:
    """What happened to the payments of a claim and what comes next, each payment after the one before it; two statements. A
    batch that was withdrawn is no business of the payee's and left out."""
    replaced = Exists(PaymentOrder.objects.filter(replaces=OuterRef("pk")))
    rows = PaymentOrder.objects.filter(reference=reference).annotate(is_replaced=replaced)
    orders = list(rows.order_by("ordinal", "id"))
    happened: dict[str, list[Step]] = {subject_of(order): [] for order in orders}
    by_subject = {subject_of(order): order for order in orders}
    trail = AuditEntry.objects.filter(subject__in=list(happened), what__in=list(_WORDS)).order_by("at", "id")
    for entry in trail:
        order = by_subject[entry.subject]
        what = _WORDS[entry.what]
        steps = happened[entry.subject]
        if what == "unbatched":
            steps[:] = [step for step in steps if step.what != "batched"]
            continue
        reason = reason_of(order.bank_reason) if what in ("failed", "returned") else None
        steps.append(Step(what, order.number, entry.at, reason=reason))
    return [step for order in orders for step in (*happened[subject_of(order)], *_to_come(order, happened))]


def _to_come(order: PaymentOrder, happened: Mapping[str, list[Step]]) -> list[Step]:
    if order.state in ("failed", "returned"):
        return [] if order.is_replaced else [Step("to_correct", order.number)]  # type: ignore[attr-defined]
    released = [step.at for step in happened[subject_of(order)] if step.what == "released"]
    left = released[-1] if released and released[-1] else order.created_at + RELEASE_WITHIN
    expected = day_of(left + BANK_WITHIN)
    steps = _NEXT.get(order.state, ())
    return [Step(what, order.number, expected_on=expected if what == "paid" else None) for what in steps]


# --- finance ----------------------------------------------------------------------------------------------------------


def is_own_bank(*, fund: Fund, order: PaymentOrder) -> bool:
    """Whether an order goes to an account of the fund's own bank, by the names of both."""
    return bank_of(order.bank_name) == bank_of(fund.bank_name)


def to_correct(*, among: QuerySet[PaymentOrder]) -> QuerySet[PaymentOrder]:
    """What failed or came back and was not ordered anew yet."""
    anew = PaymentOrder.objects.filter(replaces=OuterRef("pk"))
    return among.filter(~Exists(anew), state__in=["failed", "returned"])


def owed(*, fund: Fund) -> Decimal:
    """What orders of a fund still owe: those that are neither paid nor stopped nor ordered anew. The books say the same."""
    anew = PaymentOrder.objects.filter(replaces=OuterRef("pk"))
    rows = PaymentOrder.objects.filter(~Exists(anew), ~Q(state__in=["paid", "stopped"]), fund=fund)
    return rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def in_flight(*, fund: Fund) -> Decimal:
    """What was released and is not known to have ended."""
    rows = PaymentOrder.objects.filter(fund=fund, state__in=IN_FLIGHT)
    return rows.aggregate(total=Sum("amount"))["total"] or Decimal(0)


@dataclass(frozen=True)
class Totals:
    """How many orders stand how, and for how much."""

    state: str
    count: int
    amount: Decimal


def totals(*, among: QuerySet[PaymentOrder]) -> tuple[Totals, ...]:
    """Totals by state, in the order in which orders go through them."""
    rows = among.order_by().values("state").annotate(count=Count("pk"), total=Sum("amount"))
    found = {row["state"]: Totals(row["state"], row["count"], row["total"]) for row in rows}
    return tuple(found[state] for state in PAYMENT_ORDER.names if state in found)


@dataclass(frozen=True)
class Waiting:
    """One kind of thing that waits for finance: ``to_batch``, ``to_release``, ``to_correct``, ``unclear``, ``differences``."""

    kind: str
    count: int
    amount: Decimal


def tasks(
    *, orders: QuerySet[PaymentOrder], batches: QuerySet[Batch], results: QuerySet[BankResult], account: int
) -> tuple[Waiting, ...]:
    """待办 of finance, among what ``access`` lets somebody see; kinds without anything are left out. ``account``: whose; who made
    a batch does not release it."""
    by_order = orders.order_by().aggregate(
        to_batch=Count("pk", filter=Q(state="created")),
        to_batch_sum=Sum("amount", filter=Q(state="created")),
        unclear=Count("pk", filter=Q(state="unknown")),
        unclear_sum=Sum("amount", filter=Q(state="unknown")),
    )
    waiting = (
        batches.filter(state="open").exclude(made_by=account).order_by().aggregate(n=Count("pk"), sum=Sum("total"))
    )
    back = to_correct(among=orders).order_by().aggregate(n=Count("pk"), sum=Sum("amount"))
    found = (
        Waiting("to_batch", by_order["to_batch"], by_order["to_batch_sum"] or Decimal(0)),
        Waiting("to_release", waiting["n"], waiting["sum"] or Decimal(0)),
        Waiting("to_correct", back["n"], back["sum"] or Decimal(0)),
        Waiting("unclear", by_order["unclear"], by_order["unclear_sum"] or Decimal(0)),
        Waiting("differences", results.filter(state="refused").count(), Decimal(0)),
    )
    return tuple(row for row in found if row.count)


def to_confirm(
    *, orders: QuerySet[PaymentOrder], results: QuerySet[BankResult], account: int
) -> tuple[QuerySet[AccountChange], QuerySet[BankResult]]:
    """What others of finance entered and somebody has to confirm: accounts of orders, and results by hand."""
    changes = AccountChange.objects.filter(order__in=orders, state="open").exclude(asked_by=account)
    return changes, results.filter(state="open").exclude(brought_by=account)


def outcomes_of(*, result: BankResult) -> tuple[Outcome, ...]:
    """The lines of a result by hand, as its workbook says; none of the bank's own files."""
    if result.kind != "by_hand" or result.file is None or result.batch is None:
        return ()
    return read_workbook(data=papers.read(result.file), batch=result.batch.number).outcomes


def order_by_number(*, number: str) -> PaymentOrder | None:
    """An order with its fund."""
    return PaymentOrder.objects.filter(number=number).select_related("fund__unit", "batch").first()


def batch_by_number(*, number: str) -> Batch | None:
    """A batch with its fund and its file."""
    return Batch.objects.filter(number=number).select_related("fund__unit", "file").first()


SEND_AGAIN_AFTER = datetime.timedelta(minutes=20)
"""A delivery is given up after about 17 minutes; the file may then be put once more, it is the same."""
ASK_EVERY = datetime.timedelta(hours=4)


def batches_to_send(*, at: datetime.datetime) -> QuerySet[Batch]:
    """Released batches that should be in the bank's folder by now."""
    return Batch.objects.filter(~Q(way=""), state="released", released_at__lte=at - SEND_AGAIN_AFTER).order_by("id")


def batches_to_ask(*, at: datetime.datetime) -> QuerySet[Batch]:
    """Batches of which the bank has not told all, and was not asked for a while."""
    quiet = Q(asked_at=None, sent_at__lte=at - ASK_EVERY) | Q(asked_at__lte=at - ASK_EVERY)
    return Batch.objects.filter(quiet, ~Q(way=""), state="sent").order_by("id")
