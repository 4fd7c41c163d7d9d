"""Another account for money that failed or came back, as finance heard of it: entered by one person, confirmed by another."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.actions import notify_office
from mutualaid.payouts.accounts import Payee, payee, signs
from mutualaid.payouts.actions.orders import order_anew
from mutualaid.payouts.correcting import to_correct_now
from mutualaid.payouts.models import AccountChange, PaymentOrder
from mutualaid.payouts.persons import SamePerson, person_of
from mutualaid.payouts.refusals import Refused, said
from mutualaid.payouts.states import ACCOUNT_CHANGE
from mutualaid.people.models import RoleName


class SameAccount(Refused):
    """It is the account to which the bank could not pay."""


class OtherAccount(Refused):
    """Two persons heard two different accounts."""


class AskedAlready(Refused):
    """Another account waits for confirmation."""


@transaction.atomic
def ask_account(
    *,
    order: PaymentOrder,
    payee_name: str,
    account_number: str,
    bank_name: str,
    bank_code: str = "",
    reason: str,
    by: Actor,
    at: datetime.datetime,
) -> AccountChange:
    """A person of finance enters the account to which an order that failed or came back is to go instead, and how they know.

    Raises NotAPerson, BadAccount, NoReason, NotToCorrect, SameAccount, AskedAlready.
    """
    asked_by, reason = person_of(by), said(reason)
    to = payee(payee_name=payee_name, account_number=account_number, bank_name=bank_name, bank_code=bank_code)
    order = to_correct_now(order=order)
    if to == Payee(order.payee_name, str(order.account_number), order.bank_name, order.bank_code):
        raise SameAccount(
            "应为另一个账户，得到的与原账户相同；账户没有错的，请用“按原账户重新支付”",
            "expected another account, found the one of before; if it is right, pay to it again",
        )
    if AccountChange.objects.filter(order=order, state="open").exists():
        raise AskedAlready(
            f"支付单 {order.number} 应没有待复核的账户，已有一个；请先复核或退回那一个",
            f"expected no account of order {order.number} to wait for confirmation, one does; decide on it first",
        )
    change = AccountChange.objects.create(
        order=order,
        payee_name=to.name,
        account_number=to.account_number,
        bank_name=to.bank_name,
        bank_code=to.bank_code,
        reason=reason,
        asked_by=asked_by,
        asked_at=at,
    )
    record(what="ask_account", row=change, by=by, at=at, order=order.number)
    with within([EVERYTHING]):
        unit = order.fund.unit
    notify_office(
        unit=unit,
        roles=[RoleName.FINANCE],
        besides=[by.key],
        template="account_to_confirm",
        words={"number": order.number},
        link=f"/workbench/payouts/orders/{order.number}",
        by=by,
        at=at,
    )
    return change


@transaction.atomic
def confirm_account(*, change: AccountChange, account_number: str, by: Actor, at: datetime.datetime) -> PaymentOrder:
    """Another person has asked the payee for the account and enters its number by themselves: the order is made anew to it,
    and the payee is told by the contact that is known of them.

    Raises NotAPerson, SamePerson, OtherAccount, NotToCorrect, IllegalMove.
    """
    decided_by = person_of(by)
    if change.asked_by_id == decided_by.pk:
        raise SamePerson(
            "新账户应由登记人以外的财务人员复核，您是登记人；请交由另一位财务人员向收款人核实",
            "expected somebody other than who entered the account, you entered it; have another person of finance check it "
            "with the payee",
        )
    order = to_correct_now(order=change.order)
    change = AccountChange.objects.select_for_update(no_key=True, of=("self",)).get(pk=change.pk)
    if change.state != "open":
        raise IllegalMove(change, ACCOUNT_CHANGE, "confirm_account", change.state)
    to = Payee(change.payee_name, str(change.account_number), change.bank_name, change.bank_code)
    if signs(account_number) != to.account_number:
        raise OtherAccount(
            "账号应与登记人登记的相同，得到的不同；请再次向收款人核实，确实不同的请退回登记",
            "expected the account number that was entered first, found another; ask the payee again, and refuse the entry if it "
            "is wrong",
        )
    anew = order_anew(order=order, to=to, reason=change.reason, change=change, by=by, at=at)
    also = {"decided_by": decided_by, "decided_at": at, "made": anew}
    make(change, ACCOUNT_CHANGE, "confirm_account", by=by, at=at, also=also, made=anew.number)
    return anew


@transaction.atomic
def refuse_account(*, change: AccountChange, remark: str, by: Actor, at: datetime.datetime) -> AccountChange:
    """The account is not right, or was entered by mistake; whoever entered it may say so, too. Raises NotAPerson, NoReason,
    IllegalMove."""
    decided_by, remark = person_of(by), said(remark)
    also = {"decided_by": decided_by, "decided_at": at, "remark": remark}
    return make(change, ACCOUNT_CHANGE, "refuse_account", by=by, at=at, also=also)
