"""Who may see and do what with payouts: finance, of the funds in their branches. Strangers are told "not found"."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import Q, QuerySet

from mutualaid.contributions.access import fund_for, funds_visible_to
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import StoredFile
from mutualaid.payouts.models import AccountChange, BankResult, Batch, PaymentOrder
from mutualaid.people.access import NotFound

__all__ = [
    "account_change_for",
    "batch_for",
    "batches_visible_to",
    "evidence_for",
    "fund_for",
    "funds_visible_to",
    "order_for",
    "orders_visible_to",
    "result_for",
    "results_visible_to",
]


def orders_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[PaymentOrder]:
    """Finance: of the funds in their branches. Employers and other staff: none; payees see the steps on their claim."""
    return PaymentOrder.objects.filter(_of_fund(actor, on))


def order_for(*, actor: Actor, number: str, on: datetime.date) -> PaymentOrder:
    """A payment order by its number. Raises NotFound."""
    seen = orders_visible_to(actor=actor, on=on).select_related("fund__unit", "batch", "replaces")
    order = seen.filter(number=number).first()
    if order is None:
        raise NotFound("没有找到该支付单，请核对编号", "no such payment order was found; check the number")
    return order


def batches_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Batch]:
    """Finance: of the funds in their branches."""
    return Batch.objects.filter(_of_fund(actor, on))


def batch_for(*, actor: Actor, number: str, on: datetime.date) -> Batch:
    """A batch by its number. Raises NotFound."""
    seen = batches_visible_to(actor=actor, on=on).select_related("fund__unit", "file")
    batch = seen.filter(number=number).first()
    if batch is None:
        raise NotFound("没有找到该支付批次，请核对编号", "no such batch was found; check the number")
    return batch


def results_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[BankResult]:
    """Finance: of the funds in their branches."""
    return BankResult.objects.filter(_of_fund(actor, on))


def result_for(*, actor: Actor, key: str, on: datetime.date) -> BankResult:
    """A file of the bank by its key. Raises NotFound."""
    seen = results_visible_to(actor=actor, on=on).select_related(
        "fund__unit", "file", "evidence", "batch", "brought_by__staff", "confirmed_by__staff"
    )
    told = _key(key)
    result = seen.filter(key=told).first() if told else None
    if result is None:
        raise NotFound(
            "没有找到该银行回盘文件，请从列表进入", "no such file of the bank was found; go there from the list"
        )
    return result


def evidence_for(*, actor: Actor, key: str, on: datetime.date) -> StoredFile:
    """The bank's paper that was brought with a result by hand. Raises NotFound."""
    result = result_for(actor=actor, key=key, on=on)
    if result.evidence is None:
        raise NotFound(
            "没有找到银行单据：银行自己发来的文件没有附件",
            "no paper of the bank was found: the bank's own files come without one",
        )
    return result.evidence


def account_change_for(*, actor: Actor, number: str, on: datetime.date) -> AccountChange:
    """The account that was entered last for an order, by the order's number. Raises NotFound."""
    order = order_for(actor=actor, number=number, on=on)
    change = order.account_changes.select_related("order", "asked_by__staff").order_by("-id").first()
    if change is None:
        raise NotFound(
            "没有找到登记的收款账户：这张支付单没有登记过，请先登记",
            "no account was entered for this order; enter one first",
        )
    return change


def _of_fund(actor: Actor, on: datetime.date) -> Q:
    if actor.kind is ActorKind.SYSTEM:
        return Q()
    return Q(fund__in=funds_visible_to(actor=actor, on=on))


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
