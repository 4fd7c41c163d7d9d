"""The workbench's pages of online channels (days, differences, refunds), for the five questions."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from mutualaid.contributions.actions.paying_out import settle_days, undo_transfer
from mutualaid.contributions.actions.reconciling import close_difference
from mutualaid.contributions.actions.settling import receive
from mutualaid.contributions.models import ChannelRefund, Difference, Order, Payment, Reconciliation
from mutualaid.ledger.transit import post_channel_fees
from mutualaid.people.models import RoleName
from tests.people.cast import AT, BY, ON, as_staff, staff
from tests.web.cast import Web
from tests.web.money_made import fund, money
from tests.web.pages_workbench_b import FAR, FINANCE, NOT_MONEY
from tests.web.questions import Page

LATER = ON + datetime.timedelta(days=1)


def made(web: Web) -> dict[str, Any]:
    """A day of a channel that differs, another whose file is not there; a difference; a refund that is stuck."""
    money(web)
    if "difference" not in web.made:
        paid = Order.objects.create(
            number="B88888888-1", bill=web.made["paid"], channel="wechat", amount=Decimal("9.00"), state="paid",
            created_at=AT, expires_at=AT, paid_at=AT,
        )  # fmt: skip
        payment = Payment.objects.create(fund=fund(web), amount=paid.amount, received_on=ON, order=paid, at=AT)
        receive(payment=payment, bills=[], by=BY, at=AT)
        refund = ChannelRefund.objects.create(
            payment=payment, reference="T00000009", unit="G1", amount=Decimal("9.00"), state="unknown",
            fault="abnormal", created_at=AT, asked_at=AT,
        )  # fmt: skip
        refund.refresh_from_db()
        day = Reconciliation.objects.create(
            channel="wechat",
            fund=fund(web),
            day=ON,
            state="differs",
            compared_at=AT,
            payments=1,
            payments_amount=Decimal(9),
        )
        Reconciliation.objects.create(channel="wechat", fund=fund(web), day=LATER)
        Reconciliation.objects.create(
            channel="alipay", fund=fund(web), day=ON, state="agrees", compared_at=AT, payments=1,
            payments_amount=Decimal(80), fees_amount=Decimal("0.48"), settles_amount=web.made["line"].amount,
        )  # fmt: skip
        found = Difference.objects.create(
            reconciliation=day, kind="payment", finding="theirs_only", external_number="X0001", external="4200001",
            theirs_amount=Decimal("3.21"), told="paid", told_amount=Decimal("3.21"), told_at=web.at, told_paid_at=AT,
        )  # fmt: skip
        found.refresh_from_db()
        web.made |= {"difference": found, "channel_refund": refund}
    return web.made


def _closed(web: Web) -> None:
    close_difference(difference=made(web)["difference"], reason="先", by=BY, at=AT)


def page(name: str, *args: str, shows: str = "") -> Page:
    """Of a day."""
    return Page(
        f"workbench:{name}", FINANCE, NOT_MONEY, lambda web: reverse(f"workbench:{name}", args=args), strangers=FAR,
        arrange=made, shows=shows,
    )  # fmt: skip


def _settles(web: Web) -> None:
    """A day that comes to what the line is, and fees of as much that are owed."""
    made(web)
    line = web.made["line"]
    owed = {"book": fund(web).book, "day": "contributions.reconciliation:0", "amount": line.amount, "on": ON}
    post_channel_fees(**owed, by=BY, at=AT)


def _settled(web: Web) -> None:
    settle_days(line=made(web)["line"], days=list(Reconciliation.objects.filter(channel="alipay")), by=BY, at=AT)


def paying_out(name: str, data: dict[str, str]) -> Page:
    """A line of a statement that is no payer's."""
    return Page(
        f"workbench:{name}", FINANCE, NOT_MONEY,
        lambda web: reverse(f"workbench:{name}", args=["4505", made(web)["line"].serial]), "post",
        lambda web: data, strangers=FAR, wrong_state=_settled, arrange=_settles, expects=302, shows="/workbench/lines",
    )  # fmt: skip


def _first(web: Web) -> None:
    """Entered by somebody else than who asks."""
    _settles(web)
    _settled(web)


def _undone(web: Web) -> None:
    line, other = web.made["line"], as_staff(staff("财务戊", fund(web).unit, RoleName.FINANCE))
    undo_transfer(line=line, reason="先", by=other, at=AT)


def about(name: str, method: str = "post", **more: Any) -> Page:
    """The difference."""
    told: dict[str, Any] = {"expects": 302, "shows": "/workbench/differences/D", "wrong_state": _closed, **more}
    return Page(
        f"workbench:{name}", FINANCE, NOT_MONEY,
        lambda web: reverse(f"workbench:{name}", args=[made(web)["difference"].number]), method,
        strangers=FAR, arrange=made, **told,
    )  # fmt: skip


def _reason(_: Web) -> dict[str, Any]:
    return {"reason": "渠道次日更正"}


PAGES = [
    paying_out("line_paying_out", {"days": f"alipay {ON.isoformat()}"}),
    paying_out("line_fees", {}),
    Page(
        "workbench:line_undoing", FINANCE, NOT_MONEY,
        lambda web: reverse("workbench:line_undoing", args=["4505", made(web)["line"].serial]), "post",
        lambda web: {"undoing": "对错了流水"}, strangers=FAR, wrong_state=_undone, arrange=_first, expects=302,
        shows="/workbench/lines/",
    ),
    Page("workbench:reconciliations", FINANCE, NOT_MONEY, arrange=made, shows="1 笔待处理"),
    Page("workbench:reconciliations_export", FINANCE, NOT_MONEY, arrange=made),
    page("reconciliation", "wechat", ON.isoformat(), shows="X0001"),
    page("differences_export", "wechat", ON.isoformat()),
    Page(
        "workbench:reconciliation_file", FINANCE, NOT_MONEY,
        lambda web: reverse("workbench:reconciliation_file", args=["wechat", LATER.isoformat()]), "post", strangers=FAR,
        wrong_state=lambda web: Reconciliation.objects.update(state="agrees", compared_at=AT), arrange=made, expects=302,
        shows="/workbench/reconciliations/wechat/",
    ),
    about("difference", "get", expects=200, shows="转为暂收款", wrong_state="shown in any state"),
    about("difference_question"),
    about("difference_holding"),
    about("difference_closing", data=_reason),
    Page("workbench:channel_refunds", FINANCE, NOT_MONEY, arrange=made, shows="渠道退款异常"),
    Page("workbench:channel_refunds_export", FINANCE, NOT_MONEY, arrange=made),
    Page(
        "workbench:channel_refund_question", FINANCE, NOT_MONEY,
        lambda web: reverse("workbench:channel_refund_question", args=[made(web)["channel_refund"].number]), "post",
        strangers=FAR, wrong_state=lambda web: ChannelRefund.objects.update(state="done", done_at=AT), arrange=made,
        expects=302, shows="/workbench/channel-refunds",
    ),
]  # fmt: skip
