"""Claims for which too much was paid: what their members have to return, what came back by itself, and money that waits as 暂收款
and may be theirs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from mutualaid.claims.models import Claim, RepaidPart, Repayment, Settlement
from mutualaid.contributions.models import Fund, Payment
from mutualaid.contributions.queries import fund_above, payments_waiting
from mutualaid.core.audit import subject_of
from mutualaid.core.money import MoneyField
from mutualaid.ledger.chart import BENEFITS_BACK, Account
from mutualaid.ledger.lines import Period
from mutualaid.ledger.queries import held_for
from mutualaid.payouts.models import PaymentOrder

Sums = dict[tuple[str, Period], Decimal]
"""Yuan by plan and term."""


def overpaid(*, among: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims whose members have something to return, with how much as ``over``, yuan: the newest settlement says so."""
    newest = Settlement.objects.filter(claim=OuterRef("pk")).order_by("-id")
    rows = among.filter(pk__in=Settlement.objects.filter(overpaid_amount__gt=0).values("claim"))
    return rows.annotate(over=Subquery(newest.values("overpaid_amount")[:1])).filter(over__gt=0)


def with_repayments(*, among: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims of ``overpaid`` with who was paid (``payee``), what was given back (``repaid``, yuan), and whether something waits
    for confirmation (``asked``); those of which nothing is to be returned any more, and something was, beside them."""
    newest = Settlement.objects.filter(claim=OuterRef("pk")).order_by("-id")
    orders = PaymentOrder.objects.filter(reference=OuterRef("number")).order_by("-id")
    given = Repayment.objects.filter(claim=OuterRef("pk"), state="confirmed").order_by().values("claim")
    zero = Value(Decimal(0), output_field=MoneyField())
    rows = among.filter(pk__in=Settlement.objects.filter(overpaid_amount__gt=0).values("claim"))
    return rows.annotate(
        over=Subquery(newest.values("overpaid_amount")[:1]),
        payee=Subquery(orders.values("payee_name")[:1]),
        repaid=Coalesce(Subquery(given.annotate(sum=Sum("amount")).values("sum")), zero),
        asked=Exists(Repayment.objects.filter(claim=OuterRef("pk"), state="open")),
    )


def came_back(*, among: QuerySet[Claim]) -> QuerySet[Claim]:
    """Those of them of whose payments one failed or came back, and was not ordered anew: so much less is to be returned."""
    orders = PaymentOrder.objects.filter(
        reference=OuterRef("number"), state__in=["failed", "returned"], replacement=None
    )
    return overpaid(among=among).filter(Exists(orders)).order_by("id")


@dataclass(frozen=True)
class Overpaid:
    """A claim, what its member still has to return (yuan), and what one person of finance says came in for it, if anything."""

    claim: Claim
    over: Decimal
    asked: Repayment | None


def of_claim(*, claim: Claim) -> Overpaid:
    """How a claim stands; 0 where nothing is to be returned."""
    newest = Settlement.objects.filter(claim=claim).order_by("-id").values_list("overpaid_amount", flat=True).first()
    asked = Repayment.objects.filter(claim=claim, state="open").select_related("asked_by__staff", "payment__line")
    return Overpaid(claim, newest or Decimal(0), asked.first())


def payments_for(*, fund: Fund, most: Decimal) -> QuerySet[Payment]:
    """Money of a dedicated account that waits as 暂收款, is not more than what is to be returned, and that nobody named for
    another claim; the newest first."""
    taken = Repayment.objects.filter(payment=OuterRef("pk")).exclude(state="refused")
    waiting = payments_waiting(among=Payment.objects.filter(fund=fund, amount__lte=most))
    return waiting.filter(~Exists(taken)).select_related("line", "order").order_by("-received_on", "-id")


def fund_of(*, claim: Claim) -> Fund | None:
    """The dedicated account that paid a claim; None where nothing was ordered."""
    order = PaymentOrder.objects.filter(reference=claim.number).select_related("fund__unit").order_by("-id").first()
    return order.fund if order is not None else None


# --- by plan and term, as the books have it ---------------------------------------------------------------------------


def owed_back(*, claim: Claim) -> Sums:
    """What the member has to return by the books."""
    held = settled_on(claim=claim, account=BENEFITS_BACK)
    for key, amount in repaid_of(claim=claim).items():
        held[key] = held.get(key, Decimal(0)) - amount
    return {key: amount for key, amount in held.items() if amount > 0}


def settled_on(*, claim: Claim, account: Account) -> Sums:
    """What the settlements of a claim have posted on an account."""
    subjects = [subject_of(one) for one in Settlement.objects.filter(claim=claim)]
    return held_for(subjects=subjects, account=account)


def repaid_of(*, claim: Claim) -> Sums:
    """What the member gave back."""
    sums: Sums = defaultdict(Decimal)
    rows = RepaidPart.objects.filter(repayment__claim=claim).order_by("id")
    for plan, start, until, amount in rows.values_list("plan", "period_from_on", "period_until_on", "amount"):
        sums[plan, Period(start, until)] += amount
    return sums


def book_of(*, claim: Claim) -> int:
    """The key of the book in which a claim is paid: that of its newest order, or of the dedicated account from which it would be
    paid. Raises LookupError where there is none."""
    order = PaymentOrder.objects.filter(reference=claim.number).select_related("fund").order_by("-id").first()
    fund = order.fund if order is not None else fund_above(path=claim.unit_path)
    if fund is None:
        raise LookupError(f"{claim.number}: expected an office above with a dedicated account, found none")
    return fund.book_id
