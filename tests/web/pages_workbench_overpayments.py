"""The workbench's pages of what members have to return, for the five questions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.urls import reverse

from mutualaid.claims.actions.filing import Payee, enter_claim
from mutualaid.claims.actions.giving_back import ask_repayment, confirm_repayment, refuse_repayment
from mutualaid.claims.models import Claim, Source
from mutualaid.contributions.actions.bank import hold_line
from mutualaid.contributions.models import Payment
from mutualaid.core.moves import make
from mutualaid.ledger.benefits import post_benefit_payment
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.queries import shares_of
from mutualaid.payouts.states import PAYMENT_ORDER
from tests.claims.test_funds_of_plans import decided
from tests.people.cast import AT, BY
from tests.web.cast import Web
from tests.web.claims_made import CARD, FACTS, covered
from tests.web.money_made import fund, imported, row
from tests.web.pages_workbench_payouts import FAR, FINANCE, NOT_MONEY, batch, by
from tests.web.questions import Page


def claim(web: Web, day: int) -> Claim:
    """800.00 were paid, 500.00 are due."""
    facts = {**FACTS, "started_on": f"2025-02-{day:02}", "ended_on": f"2025-02-{day + 1:02}"}
    payee = Payee(web.people.lin.name, CARD, "邻市银行")
    made = enter_claim(member=web.people.lin, facts=facts, expenses=(), payee=payee, source=Source.API, by=BY, at=AT)
    Claim.objects.filter(pk=made.pk).update(state="approved", decided_at=AT, due_on=None)
    made = Claim.objects.select_related("particulars", "member").get(pk=made.pk)
    clock: Any = SimpleNamespace(now=lambda: AT)
    decided(clock, made, 800, 0)
    order = PaymentOrder.objects.get(reference=made.number)
    batch(web, order, by(web), web.actor("finance"), sent=True)
    make(order, PAYMENT_ORDER, "payout_paid", by=BY, at=AT, also={"paid_on": AT.date()})
    subject = f"payouts.paymentorder:{order.pk}"
    shares = shares_of(order=order)
    post_benefit_payment(book=fund(web).book, subject=subject, shares=shares, on=AT.date(), by=BY, at=AT)
    decided(clock, made, 500, 0)
    return made


def money(web: Web, serial: str) -> Payment:
    """100.00 that wait as 暂收款."""
    (line,) = imported(web, row(serial, "100.00", text="退回多付互助金", name="林晓禾"))
    return hold_line(line=line, reason="会员退回", by=by(web), at=AT)


def made(web: Web) -> dict[str, Any]:
    """A claim that was paid too much; one of which somebody else entered what was given back, and one of which the first did."""
    if "over" not in web.made:
        covered(web)
        keep = web.made
        for name, day in (("over", 3), ("asked", 6), ("own", 9)):
            keep[name] = claim(web, day)
        keep["money"] = money(web, "R1")
        keep["given"] = ask_repayment(claim=keep["asked"], payment=money(web, "R2"), by=by(web), at=AT)
        ask_repayment(claim=keep["own"], payment=money(web, "R3"), by=web.actor("finance"), at=AT)
    return web.made


def page(name: str, key: str, **more: Any) -> Page:
    """Of a claim, for finance."""

    def address(web: Web) -> str:
        return reverse(f"workbench:{name}", args=[made(web)[key].number])

    return Page(f"workbench:{name}", FINANCE, NOT_MONEY, address, strangers=FAR, arrange=made, **more)


def posted(name: str, key: str, wrong_state: Any, **more: Any) -> Page:
    """Something done about a claim."""
    return page(name, key, method="post", wrong_state=wrong_state, expects=302, shows="/overpayments/L", **more)


def _chosen(web: Web) -> dict[str, Any]:
    return {"payment": "R1"}


def _reason(web: Web) -> dict[str, Any]:
    return {"reason": "是另一名会员的"}


def _asked_already(web: Web) -> None:
    ask_repayment(claim=made(web)["over"], payment=money(web, "R9"), by=by(web), at=AT)


def _confirmed(web: Web) -> None:
    confirm_repayment(repayment=made(web)["given"], by=web.actor("finance"), at=AT)


def _refused(web: Web) -> None:
    refuse_repayment(repayment=made(web)["given"], remark="先", by=by(web), at=AT)


PAGES = [
    Page("workbench:overpayments", FINANCE, NOT_MONEY, arrange=made, shows="300.00"),
    Page("workbench:overpayments_export", FINANCE, NOT_MONEY, arrange=made),
    page("overpayment", "over", shows="退回多付互助金"),
    page("overpayment", "asked", shows="复核无误，入账", label="asked"),
    page("overpayment", "own", shows="须由另一位财务人员", label="own"),
    posted("overpayment", "over", _asked_already, data=_chosen),
    page("overpayment", "over", method="post", expects=422, shows="请选择退回的款项", label="empty"),
    posted("overpayment_confirmation", "asked", _refused),
    page("overpayment_confirmation", "own", method="post", expects=409, shows="登记人以外", label="own"),
    posted("overpayment_refusal", "asked", _confirmed, data=_reason),
    page("overpayment_refusal", "asked", method="post", expects=422, shows="必填", label="empty"),
]
