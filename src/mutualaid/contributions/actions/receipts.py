"""Receipts issued anew, to another title or since the bill is for less, the old one void; and whether an office lets payers
choose a title at all."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.models import Bill, Fund, OldReceipt, Receipt, ReceiptNumber
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.titles import title_for
from mutualaid.contributions.words import new_check_code
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.row_security import EVERYTHING, within

LOWERED = "账单调减"


class SameTitle(Refused):
    """The receipt is made out to this title already."""


@transaction.atomic
def reissue_receipt(*, receipt: Receipt, title: str, reason: str, by: Actor, at: datetime.datetime) -> Receipt:
    """A receipt is issued anew, to another title, under a number and a check code of its own; whoever holds the old paper is told
    that it is void. Raises NoReason, BadTitle, SameTitle."""
    reason = said(reason)[:200]
    with within([EVERYTHING]):
        receipt = Receipt.objects.select_for_update(no_key=True, of=("self",)).get(pk=receipt.pk)
        title = title_for(bill=receipt.bill, wanted=title)
        if title == receipt.payer_name:
            raise SameTitle(
                f"应换开为另一抬头，凭证 {receipt.number} 的抬头已是“{title}”；只是遗失的，重新下载即可",
                f"expected another title, receipt {receipt.number} is made out to {title!r}; if it was lost, download it again",
            )
        return _reissued(receipt, title, receipt.amount, reason, by, at)


@transaction.atomic
def replace_receipt(*, bill: Bill, by: Actor, at: datetime.datetime) -> Receipt | None:
    """A paid bill is for less than its receipt says, since the rest is kept for another: that one will be in the receipt of the
    other, and no money may have two. None where there is no receipt, or it says the bill's amount."""
    with within([EVERYTHING]):
        rows = Receipt.objects.select_for_update(no_key=True, of=("self",))
        receipt = rows.filter(bill=bill).exclude(amount=bill.amount).first()
        return receipt and _reissued(receipt, receipt.payer_name, bill.amount, LOWERED, by, at)


def _reissued(receipt: Receipt, title: str, amount: Decimal, reason: str, by: Actor, at: datetime.datetime) -> Receipt:
    OldReceipt.objects.create(
        receipt=receipt,
        number=receipt.number,
        payer_name=receipt.payer_name,
        amount=receipt.amount,
        issued_at=receipt.issued_at,
        check_code=receipt.check_code,
        reason=reason,
        voided_at=at,
    )
    Receipt.objects.filter(pk=receipt.pk).update(
        number=ReceiptNumber(), payer_name=title, amount=amount, issued_at=at, check_code=new_check_code()
    )
    receipt.refresh_from_db()
    record(what="receipt_reissued", row=receipt, by=by, at=at)
    return receipt


@transaction.atomic
def set_title_rule(*, fund: Fund, fixed: bool, by: Actor, at: datetime.datetime) -> Fund:
    """Whether receipts and notes of a fund's payers are made out to the payer's own name only."""
    fund = Fund.objects.select_for_update(no_key=True, of=("self",)).get(pk=fund.pk)
    if fund.titles_fixed != fixed:
        fund.titles_fixed = fixed
        fund.save(update_fields=["titles_fixed"])
        record(what="title_rule_set", row=fund, by=by, at=at, fixed=fixed)
    return fund
