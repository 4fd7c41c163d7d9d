"""Fees asked back, at the three ends, and refunds that go by a channel, for the five questions."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.urls import reverse

from mutualaid.contributions.actions.refunding import ask_refunds
from mutualaid.contributions.actions.settling import receive
from mutualaid.contributions.models import Bill, Order, Payment, Refund, RefundReason, RefundRequest
from mutualaid.enrolment.models import Cover
from tests.people.cast import AT, BY, ON
from tests.web import money_made
from tests.web.cast import Web
from tests.web.pages_workbench_b import FINANCE, NOT_MONEY
from tests.web.pages_workbench_merges import refund
from tests.web.questions import Page

OFFICE = ("senior_reviewer", "enrolment_clerk")
NO_OFFICE = ("reviewer", "service_specialist", "analyst", "system_admin", "clerk", "member")
CLERKS, NO_CLERK = ("clerk",), ("member", "reviewer", "finance")
MEMBER, NO_MEMBER = ("member",), ("clerk", "reviewer", "finance")
NOT_HERS = ("other_clerk", "newcomer")
ASKED = {"reason": RefundReason.NEVER_ELIGIBLE.value, "remark": "已退休", "last_on": ""}


def cover(web: Web) -> Cover:
    """Of the member at the mill: its bill was paid by the employer."""
    if "refunded_cover" not in web.made:
        bill = money_made.bill(web)
        made = Cover.objects.create(
            member=web.people.lin, enrolment=bill.enrolment, employer=bill.employer, version=bill.enrolment.version,
            plan="demo-inpatient-2026", family="demo-inpatient", from_on=bill.from_on, until_on=bill.until_on,
            joined_on=bill.from_on, fee_amount=bill.amount, state="begun",
        )  # fmt: skip
        made.refresh_from_db()
        paid(web, bill)
        web.made |= {"refunded_cover": made, "refunded_bill": bill}
    return web.made["refunded_cover"]


def paid(web: Web, bill: Bill) -> Payment:
    """By a channel; without what follows for covers, which these are made with."""
    order = Order.objects.create(
        number=f"{bill.number}-1", bill=bill, channel="wechat", amount=bill.amount, state="paid", created_at=AT,
        expires_at=AT, paid_at=AT,
    )  # fmt: skip
    payment = Payment.objects.create(fund=bill.fund, amount=bill.amount, received_on=ON, order=order, at=AT)
    return receive(payment=payment, bills=[bill], by=BY, at=AT)


def own(web: Web) -> Cover:
    """The member paid for it herself."""
    made = cover(web)
    Bill.objects.filter(pk=web.made["refunded_bill"].pk).update(payer_kind="member", payer_member=web.people.lin)
    return made


def asked(web: Web, person: str = "clerk") -> RefundRequest:
    """By the clerk; once for a cast."""
    if "refund_request" not in web.made:
        made = own(web) if person == "member" else cover(web)
        web.made["refund_request"] = ask_refunds(
            covers=[Cover.objects.select_related("version").get(pk=made.pk)], reason=ASKED["reason"], remark="已退休",
            member=web.people.lin if person == "member" else None, by=web.actor(person), at=AT,
        )  # fmt: skip
    return web.made["refund_request"]


def asked_by_member(web: Web) -> RefundRequest:
    return asked(web, "member")


def asked_by_office(web: Web) -> RefundRequest:
    return asked(web, "enrolment_clerk")


def gone(web: Web) -> None:
    """Somebody was quicker."""
    RefundRequest.objects.update(state="withdrawn")


def of(name: str, made: Callable[[Web], RefundRequest] = asked) -> Callable[[Web], str]:
    return lambda web: reverse(name, args=[made(web).number])


def new(name: str) -> Callable[[Web], str]:
    return lambda web: f"{reverse(name)}?cover={cover(web).number}"


def back(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"workbench:{name}", args=[refund(web).number])


def by_channel(web: Web) -> dict[str, Any]:
    bill = refund(web).bill
    assert bill is not None
    found = Order.objects.filter(bill=bill).first()
    return {"payment": found.number if found else paid(web, bill).order.number}  # type: ignore[union-attr]


def proposed(web: Web) -> None:
    """By somebody else."""
    by_channel(web)
    online = Payment.objects.get(order__bill=refund(web).bill)
    Refund.objects.filter(pk=refund(web).pk).update(
        state="proposed", online=online, entered_by="0", entered_name="财务甲"
    )


def entered(web: Web) -> None:
    Refund.objects.filter(pk=refund(web).pk).update(
        state="entered", paid_on=ON + datetime.timedelta(days=1), serial="HK1", online=None, entered_by="0"
    )


def agreed(web: Web) -> dict[str, Any]:
    return {"agreed": [cover(web).number]}


def no_data(web: Web) -> dict[str, Any]:
    return {}


def confirmed(web: Web) -> dict[str, Any]:
    return ASKED | {"confirm": "1"}


def _act(name: str, data: Callable[[Web], dict[str, Any]], made: Callable[[Web], Any] = asked) -> Page:
    return Page(
        f"workbench:{name}", OFFICE[1:] if made is asked_by_office else OFFICE, NO_OFFICE, of(f"workbench:{name}", made),
        "post", data, strangers=("far_clerk",), wrong_state=gone, arrange=made, expects=302,
        shows="/workbench/refund-requests/V",
    )  # fmt: skip


def _money(name: str, data: Callable[[Web], dict[str, Any]], arrange: Any, wrong_state: Any) -> Page:
    return Page(
        f"workbench:{name}", FINANCE, NOT_MONEY, back(name), "post", data, strangers=("far_finance",), arrange=arrange,
        wrong_state=wrong_state, expects=302, shows="/workbench/refunds/T",
    )  # fmt: skip


PAGES = [
    Page("workbench:refund_requests", (*OFFICE, "finance"), NO_OFFICE, arrange=asked, shows="待审核"),
    Page("workbench:refund_request", (*OFFICE, "finance"), NO_OFFICE, of("workbench:refund_request"),
         strangers=("far_clerk",), arrange=asked, shows="全额退费", wrong_state="a request is shown in every state"),
    Page("workbench:refund_request_new", OFFICE, NO_OFFICE, new("workbench:refund_request_new"), arrange=cover,
         strangers=("far_clerk",), shows="查看应退多少", wrong_state="what stands against it, the page says"),
    Page("workbench:refund_request_new", OFFICE, NO_OFFICE, new("workbench:refund_request_new"), "post", confirmed,
         arrange=cover, strangers=("far_clerk",), expects=302, shows="/workbench/refund-requests/V",
         wrong_state="what stands against it, the page says"),
    _act("refund_request_approval", agreed),
    _act("refund_request_refusal", lambda web: {"answer": "材料不全"}),
    _act("refund_request_withdrawal", no_data, asked_by_office),
    Page("employers:refunds", CLERKS, NO_CLERK, arrange=asked, shows="待审核"),
    Page("employers:refund_new", CLERKS, NO_CLERK, new("employers:refund_new"), arrange=cover, strangers=NOT_HERS,
         shows="林晓禾", wrong_state="what stands against it, the page says"),
    Page("employers:refund_new", CLERKS, NO_CLERK, new("employers:refund_new"), "post", confirmed, arrange=cover,
         strangers=NOT_HERS, expects=302, shows="/employers/refunds/V",
         wrong_state="what stands against it, the page says"),
    Page("employers:refund_request", CLERKS, NO_CLERK, of("employers:refund_request"), strangers=NOT_HERS, arrange=asked,
         shows="全额退费", wrong_state="a request is shown in every state"),
    Page("employers:refund_withdrawal", CLERKS, NO_CLERK, of("employers:refund_withdrawal"), "post", no_data,
         strangers=NOT_HERS, arrange=asked, wrong_state=gone, expects=302, shows="/employers/refunds/V"),
    Page("members:refund_new", MEMBER, NO_MEMBER, lambda web: reverse("members:refund_new", args=[own(web).number]),
         arrange=own, strangers=("other_member",), shows="查看应退多少",
         wrong_state="what stands against it, the page says"),
    Page("members:refund_new", MEMBER, NO_MEMBER, lambda web: reverse("members:refund_new", args=[own(web).number]), "post",
         confirmed, arrange=own, strangers=("other_member",), expects=302, shows="/members/refunds/V",
         wrong_state="what stands against it, the page says"),
    Page("members:refund", MEMBER, NO_MEMBER, of("members:refund", asked_by_member), strangers=("other_member",),
         arrange=asked_by_member, shows="全额退费", wrong_state="a request is shown in every state"),
    Page("members:refund_withdrawal", MEMBER, NO_MEMBER, of("members:refund_withdrawal", asked_by_member), "post", no_data,
         strangers=("other_member",), arrange=asked_by_member, wrong_state=gone, expects=302,
         shows="/members/refunds/V"),
    _money("refund_channel_drop", no_data, proposed, entered),
    # No channel is set up here: the page says so (what channels do is tested with their simulators).
    replace(_money("refund_by_channel", by_channel, refund, entered), expects=409, shows="请改由银行转账退回"),
    replace(_money("refund_channel_confirmation", no_data, proposed, entered), expects=409, shows="请改由银行转账退回"),
]  # fmt: skip
