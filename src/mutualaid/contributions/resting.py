"""What is left: of bills that were paid in part, and of payments that were more than their bills. Reads only."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from mutualaid.contributions.models import Bill, Credit, GivenBack, Payment, Refund, Settlement
from mutualaid.contributions.words import bill_numbers, payer_key
from mutualaid.core.money import MoneyField

NOTHING = Decimal(0)
REMIND_BEFORE = (7, 0, -7)
"""Days before a bill is due on which its payer hears of the rest."""


def standing() -> QuerySet[Settlement]:
    """Settlements that were not released."""
    return Settlement.objects.filter(release=None)


def settled_of(*, bills: Iterable[Bill]) -> dict[int, Decimal]:
    """By the key of a bill, what is set against it (yuan); bills without anything are 0."""
    keys = [bill.pk for bill in bills]
    rows = standing().filter(bill__in=keys).order_by().values("bill").annotate(total=Sum("amount"))
    return dict.fromkeys(keys, NOTHING) | {row["bill"]: row["total"] for row in rows}


def rest_of_bill(*, bill: Bill) -> Decimal:
    """What is still to be paid of a bill that waits (yuan); 0 for one that is paid or cancelled."""
    return bill.amount - settled_of(bills=[bill])[bill.pk] if bill.state == "issued" else NOTHING


def with_settled(*, among: QuerySet[Bill]) -> QuerySet[Bill]:
    """Bills with ``settled_amount``, what is set against each, and ``rest_amount``, the rest of its amount."""
    settled = Coalesce(_total(standing().filter(bill=OuterRef("pk")), "bill"), NOTHING, output_field=MoneyField())
    return among.annotate(settled_amount=settled, rest_amount=F("amount") - settled)


def rest_of(*, payment: Payment) -> Decimal:
    """What of a payment is for no bill, nothing to be returned of a benefit, and not given back (yuan): it waits as 暂收款, or
    is kept for the payer's next bill."""
    if GivenBack.objects.filter(payment=payment).exists():
        return NOTHING
    used = sum(standing().filter(payment=payment).values_list("amount", flat=True), NOTHING)
    back = sum(Refund.objects.filter(payment=payment).values_list("amount", flat=True), NOTHING)
    rest: Decimal = payment.amount - used - back
    return rest


def money_waiting(*, among: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments of which a part, ``rest_amount``, waits as 暂收款: to be matched, kept for the next bill, or given back."""
    used = _total(standing().filter(payment=OuterRef("pk")), "payment")
    back = _total(Refund.objects.filter(payment=OuterRef("pk")), "payment")
    zero = {"output_field": MoneyField()}
    rest = F("amount") - Coalesce(used, NOTHING, **zero) - Coalesce(back, NOTHING, **zero)
    kept = Credit.objects.filter(payment=OuterRef("pk"), state="kept")
    return among.filter(~Exists(kept), given_back=None).annotate(rest_amount=rest).filter(rest_amount__gt=0)


def wholly_waiting(*, among: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments that are wholly 暂收款."""
    nothing = [~Exists(rows.filter(payment=OuterRef("pk"))) for rows in (standing(), Refund.objects.all())]
    kept = Credit.objects.filter(payment=OuterRef("pk"), state="kept")
    return among.filter(*nothing, ~Exists(kept), given_back=None)


def credit_of(*, payment: Payment) -> Credit | None:
    """The credit that a payment is kept as now."""
    return Credit.objects.filter(payment=payment, state="kept").select_related("like").first()


def same_payer(*, bill: Bill) -> dict[str, object]:
    """By what the bills of whoever pays a bill are found, into the same account: names of columns, and their values."""
    whose: dict[str, object] = {"employer": bill.employer_id, "payer_unit": None, "payer_member": None}
    if bill.payer_member_id is not None:
        whose = {"payer_member": bill.payer_member_id}
    elif bill.payer_unit_id is not None:
        whose = {"payer_unit": bill.payer_unit_id}
    return {**whose, "payer_kind": bill.payer_kind, "fund": bill.fund_id}


@dataclass(frozen=True)
class Why:
    """Why money waits. ``kind``: ``over`` (its bills took less), ``double`` (the bill was paid by other money),
    ``cancelled`` (the bill is no more), ``unknown``. ``like``: a bill of the payer, None where the payer is not known."""

    kind: str
    like: Bill | None


def why_waiting(*, payments: Iterable[Payment]) -> dict[int, Why]:
    """By the key of a payment, why it waits; for the rows of a page at once. Needs ``line`` and ``order__bill``."""
    rows = list(payments)
    taken: dict[int, Bill] = {}
    for part in Settlement.objects.filter(payment__in=rows).select_related("bill").order_by("id"):
        taken[part.payment_id] = part.bill
    told = {row.pk: bill_numbers(row.line.text) if row.line else [] for row in rows}
    named = {
        bill.number: bill
        for bill in Bill.objects.filter(number__in={number for found in told.values() for number in found})
    }
    alike = _alike([row for row in rows if row.line and row.pk not in taken and not told[row.pk]])
    found = {}
    for row in rows:
        bill = taken.get(row.pk)
        if bill is not None:
            found[row.pk] = Why("cancelled" if bill.state == "cancelled" else "over", bill)
            continue
        if row.order is not None:
            bill = row.order.bill
        else:
            bill = next(
                (named[one] for one in told[row.pk] if one in named and named[one].fund_id == row.fund_id), None
            )
            bill = bill or alike.get(row.pk)
        kind = {"paid": "double", "cancelled": "cancelled"}.get(bill.state, "unknown") if bill else "unknown"
        found[row.pk] = Why(kind, bill)
    return found


def doubles(*, amount: Decimal, fund_id: int, text: str, name: str) -> list[Bill]:
    """Bills of a fund that are paid already and that money with this text and this payer seems to pay once more: its number is
    told, or payer and amount are theirs and no open bill of the payer could be meant."""
    paid = Bill.objects.filter(fund=fund_id, state="paid")
    numbers, key = bill_numbers(text), payer_key(name)
    if numbers:
        return list(paid.filter(number__in=numbers).order_by("id")[:3])
    if not key or Bill.objects.filter(fund=fund_id, state="issued", payer_key=key).exists():
        return []
    return list(paid.filter(payer_key=key, amount=amount).order_by("-id")[:3])


def _alike(rows: list[Payment]) -> dict[int, Bill]:
    """Paid bills with the payer and the amount of payments that name none; the newest of each."""
    keys = {row.pk: payer_key(row.line.payer_name) for row in rows if row.line}
    among = Bill.objects.filter(payer_key__in={key for key in keys.values() if key}, state="paid").order_by("id")
    known = {(bill.fund_id, bill.payer_key, bill.amount): bill for bill in among} if rows else {}
    found = {row.pk: known.get((row.fund_id, keys[row.pk], row.amount)) for row in rows}
    return {pk: bill for pk, bill in found.items() if bill is not None}


def _total(rows: QuerySet[Settlement] | QuerySet[Refund], by: str) -> Subquery:
    return Subquery(rows.order_by().values(by).annotate(total=Sum("amount")).values("total"))


# --- credits ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A credit of a payer, what is left of it, and since when."""

    credit: Credit
    amount: Decimal
    received_on: datetime.date


def credits_like(*, bill: Bill) -> list[Kept]:
    """What is kept for the next bill of whoever pays a bill, the oldest first."""
    alike = {f"like__{name}": value for name, value in same_payer(bill=bill).items()}
    rows = Credit.objects.filter(**alike, state="kept").select_related("payment").order_by("id")
    found = [Kept(row, rest_of(payment=row.payment), row.payment.received_on) for row in rows]
    return [kept for kept in found if kept.amount > 0]


def credits_to_use() -> QuerySet[Credit]:
    """Credits whose payer has an open bill: of an employer, of a union that pays, or of a member who pays."""
    of = {"payer_kind": OuterRef("like__payer_kind"), "fund": OuterRef("like__fund"), "state": "issued"}
    whose = (
        Q(payer_member=OuterRef("like__payer_member"))
        | Q(payer_unit=OuterRef("like__payer_unit"), payer_member=None)
        | Q(employer=OuterRef("like__employer"), payer_unit=None, payer_member=None)
    )
    return Credit.objects.filter(Exists(Bill.objects.filter(whose, **of)), state="kept").order_by("id")


def rests_to_remind(*, on: datetime.date) -> QuerySet[Bill]:
    """Bills paid in part of whose rest the payer is to hear today."""
    days = [on + datetime.timedelta(days=number) for number in REMIND_BEFORE]
    part_paid = standing().filter(bill=OuterRef("pk"))
    return Bill.objects.filter(Exists(part_paid), state="issued", due_on__in=days).order_by("id")


def due_amount(*, bill: Bill) -> Decimal:
    """What of a bill is to be billed: its amount without what of its fee went back (yuan)."""
    back = Refund.objects.filter(bill=bill, payment=None, state="paid").aggregate(total=Sum("amount"))["total"]
    amount: Decimal = bill.amount
    return amount - (back or NOTHING)
