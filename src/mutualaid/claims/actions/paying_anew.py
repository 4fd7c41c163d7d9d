"""Money that the bank could not pay, or got back, goes to the account that the member now names."""

from __future__ import annotations

import datetime

from mutualaid.claims.actions.drafting import write_payee
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.assessing import lock_member
from mutualaid.claims.models import Claim
from mutualaid.claims.refusals import Refused
from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.payouts.actions.orders import correct_account
from mutualaid.payouts.models import PaymentOrder


class NothingCameBack(Refused):
    """No payment of the claim waits for another account."""


def correct_payee(*, claim: Claim, payee: Payee, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """Each payment of a claim that failed or came back is ordered anew, to this account of the member's own. Gives the last of
    them. Raises NothingCameBack, NotOwnCard, NotAContact."""
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        row = Claim.objects.select_related("particulars", "member").get(pk=claim.pk)
        waiting = PaymentOrder.objects.filter(reference=row.number, state__in=["failed", "returned"])
        orders = list(
            waiting.exclude(pk__in=PaymentOrder.objects.exclude(replaces=None).values("replaces")).order_by("id")
        )
        if not orders:
            raise NothingCameBack(
                "应有付款失败或退回的款项，没有找到；可能已经更正，请刷新后再看",
                "expected a payment that failed or came back, found none; it may be corrected already, look again",
            )
        told = write_payee(claim=row, payee=payee, by=by, at=at)
        made = [
            correct_account(
                order=order,
                payee_name=told.payee_name,
                account_number=str(told.account_number),
                bank_name=told.bank_name,
                bank_code=told.bank_code,
                by=by,
                at=at,
            )
            for order in orders
        ]
    return made[-1]
