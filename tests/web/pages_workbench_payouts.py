"""The workbench's pages of payouts, for the five questions."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.moves import make
from mutualaid.ledger.benefits import BenefitShare
from mutualaid.ledger.lines import Period
from mutualaid.payouts.actions.accounts import ask_account, confirm_account, refuse_account
from mutualaid.payouts.actions.batches import confirm_upload, make_batch, release_batch, withdraw_batch
from mutualaid.payouts.actions.by_hand import bring_workbook, confirm_result, withdraw_result
from mutualaid.payouts.actions.orders import order_payment, order_stopped_again, retry_order, stop_order
from mutualaid.payouts.actions.results import look_at_result, take_result
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.payouts.states import PAYMENT_ORDER
from mutualaid.people.models import RoleName
from tests.people.cast import AT, BY, as_staff, staff
from tests.web.cast import Web
from tests.web.money_made import TERM, fund
from tests.web.questions import Page

FINANCE = ("finance",)
NOT_MONEY = ("reviewer", "senior_reviewer", "enrolment_clerk", "analyst", "audit_admin", "clerk", "member")
SEE_BOOKS = ("finance", "senior_reviewer")
NOT_BOOKS = ("reviewer", "enrolment_clerk", "clerk", "member")
FAR = ("far_finance",)
CARD = "6217000012340000"
PAPER = b"%PDF-1.4 receipts of the bank"


def by(web: Web) -> Actor:
    """Who did what the first person of finance has not."""
    if "other" not in web.made:
        web.made["other"] = as_staff(staff("财务癸", web.people.city, RoleName.FINANCE))
    return web.made["other"]


def order(web: Web, amount: str = "880.50") -> PaymentOrder:
    """One for a claim of the member of the mill."""
    count = PaymentOrder.objects.count() + 1
    share = BenefitShare("sea-1", Period(*TERM), Decimal(amount))
    return order_payment(
        reference=f"L{count:08}",
        subject=f"claims.claim:{count}",
        fund=fund(web),
        member=web.people.lin,
        unit_path=web.people.county.path,
        payee_name=web.people.lin.name,
        account_number=CARD,
        bank_name="邻市银行海城支行",
        amount=Decimal(amount),
        shares=[share],
        by=BY,
        at=AT,
        on=AT.date(),
    )


def made(web: Web) -> dict[str, Any]:
    """Orders that wait and one that failed; batches that wait for release, made by each, released, sent; a file that differs."""
    if "waiting" not in web.made:
        other, me = by(web), web.actor("finance")
        keep = web.made
        keep["failed"] = order(web, "77.00")
        keep["done"] = batch(web, keep["failed"], other, me, sent=True)
        make(keep["failed"], PAYMENT_ORDER, "payout_failed", by=BY, at=AT)
        PaymentOrder.objects.filter(pk=keep["failed"].pk).update(bank_reason="AC04")
        keep["released"] = batch(web, order(web, "30.00"), other, me)
        keep["sent"] = batch(web, order(web, "40.00"), other, me, sent=True)
        keep["open"] = make_batch(fund=fund(web), orders=[order(web, "50.00")], by=other, at=AT)
        keep["own"] = make_batch(fund=fund(web), orders=[order(web, "60.00")], by=me, at=AT)
        keep["waiting"] = order(web)
        data = b"<?xml version='1.0'?><a/>"
        keep["stopped"] = stop_order(order=order(web, "90.00"), reason="户名待核", by=BY, at=AT)
        keep["changing"] = order(web, "78.00")
        batch(web, keep["changing"], other, me, sent=True)
        make(keep["changing"], PAYMENT_ORDER, "payout_failed", by=BY, at=AT)
        keep["change"] = ask_account(order=keep["changing"], **TO, by=other, at=AT)
        told = batch(web, order(web, "41.00"), other, me, sent=True)
        keep["by_hand"] = bring_workbook(
            batch=told,
            content=_filled(told),
            name="结果.xlsx",
            evidence=PAPER,
            evidence_name="回单.pdf",
            by=other,
            at=AT,
        )
        keep["result"] = take_result(fund=fund(web), data=data, name="a.xml", genuine=False, by=BY, at=AT)
    return web.made


def batch(web: Web, one: PaymentOrder, maker: Actor, releaser: Actor, *, sent: bool = False) -> Batch:
    """A batch of one, released."""
    found = release_batch(batch=make_batch(fund=fund(web), orders=[one], by=maker, at=AT), by=releaser, at=AT)
    return confirm_upload(batch=found, by=maker, at=AT) if sent else found


def at(name: str, key: str, attribute: str = "number") -> Any:
    """The address of a page about something that was made."""
    return lambda web: reverse(f"workbench:{name}", args=[getattr(made(web)[key], attribute)])


def page(name: str, key: str, **more: Any) -> Page:
    """Of an object, for finance."""
    address = at(name, key, "key" if key in ("result", "by_hand") else "number")
    return Page(f"workbench:{name}", FINANCE, NOT_MONEY, address, strangers=FAR, arrange=made, **more)


def posted(name: str, key: str, wrong_state: Any, **more: Any) -> Page:
    """Something done to an object."""
    return page(name, key, method="post", wrong_state=wrong_state, **{"expects": 302, **more})


def listing(name: str, **more: Any) -> Page:
    """Without an object."""
    return Page(f"workbench:{name}", FINANCE, NOT_MONEY, arrange=made, **more)


TO = {"payee_name": "林晓禾", "account_number": "6217 0000 9999 8888", "bank_name": "海市银行", "reason": "已回拨核实"}


def _account(web: Web) -> dict[str, Any]:
    return TO


def _corrected(web: Web) -> None:
    retry_order(order=made(web)["failed"], reason="先", by=BY, at=AT)


def _reason(web: Web) -> dict[str, Any]:
    return {"reason": "撤回"}


def _remark(web: Web) -> dict[str, Any]:
    return {"remark": "银行发错"}


def _results(web: Web) -> dict[str, Any]:
    """The workbook of the sent batch, filled in."""
    content = _filled(Batch.objects.get(pk=made(web)["sent"].pk))
    return {
        "file": SimpleUploadedFile("结果.xlsx", content, papers.XLSX),
        "evidence": SimpleUploadedFile("回单.pdf", PAPER, papers.PDF),
    }


def _filled(found: Batch) -> bytes:
    """The workbook of a batch of one, which was paid."""
    assert found.file is not None
    book = openpyxl.load_workbook(io.BytesIO(papers.read(found.file)))
    sheet = book.active
    assert sheet is not None
    sheet["I2"], sheet["J2"] = "成功", "2025-03-01"
    told = io.BytesIO()
    book.save(told)
    return told.getvalue()


def _by_bank_meanwhile(web: Web) -> None:
    Batch.objects.filter(pk=made(web)["sent"].pk).update(way="sea")


def _number(web: Web) -> dict[str, Any]:
    return {"account_number": TO["account_number"]}


def _account_confirmed(web: Web) -> None:
    change = made(web)["change"]
    confirm_account(change=change, account_number=TO["account_number"], by=web.actor("finance"), at=AT)


def _account_refused(web: Web) -> None:
    refuse_account(change=made(web)["change"], remark="先", by=web.actor("finance"), at=AT)


def _result_confirmed(web: Web) -> None:
    confirm_result(result=made(web)["by_hand"], by=web.actor("finance"), at=AT)


def _result_withdrawn(web: Web) -> None:
    withdraw_result(result=made(web)["by_hand"], remark="先", by=web.actor("finance"), at=AT)


def _ordered_again(web: Web) -> None:
    order_stopped_again(order=made(web)["stopped"], reason="先", by=BY, at=AT)


def _not_received(web: Web) -> None:
    made(web)
    sent = web.made["sent"]
    Batch.objects.filter(pk=sent.pk).update(way="sea")
    BankResult.objects.filter(pk=web.made["result"].pk).update(batch=sent, fault="not_received")


def _released(web: Web) -> None:
    release_batch(batch=made(web)["open"], by=web.actor("finance"), at=AT)


def _fund(web: Web) -> str:
    return reverse("workbench:payout_batch_new", args=[fund(web).unit.code])


PAGES = [
    listing("payouts", shows="880.50"),
    listing("payouts_export"),
    page("payout", "waiting", shows="**** 0000"),
    page("payout", "failed", shows="账户已销户", label="failed"),
    page("payout_correction", "failed", shows="更正依据"),
    posted("payout_correction", "failed", _corrected, data=_account, shows="/workbench/payouts/orders/F"),
    page("payout_correction", "failed", method="post", expects=422, shows="必填", label="empty"),
    page("payout", "changing", shows="新账户等待复核", label="changing"),
    page("payout", "stopped", shows="理赔的决定没有改变", label="stopped"),
    page("payout_account", "changing", shows="**** 8888"),
    posted(
        "payout_account", "changing", _account_confirmed, data=_number, shows="/workbench/payouts/orders/F",
    ),
    page("payout_account", "changing", method="post", expects=422, shows="必填", label="empty"),
    posted(
        "payout_account_refusal", "changing", _account_refused, data=_reason, shows="/workbench/payouts/orders/F",
    ),
    page("payout_again", "stopped", shows="按原账户重新支付"),
    posted("payout_again", "stopped", _ordered_again, data=_reason, shows="/workbench/payouts/orders/F"),
    page("payout_stop", "waiting", shows="止付"),
    posted(
        "payout_stop", "waiting", lambda web: stop_order(order=made(web)["waiting"], reason="先", by=BY, at=AT),
        data=_reason, shows="/workbench/payouts/orders/F",
    ),
    listing("payout_batches", shows="编制批次"),
    Page("workbench:payout_batch_new", FINANCE, NOT_MONEY, _fund, strangers=FAR, arrange=made, shows="880.50"),
    Page(
        "workbench:payout_batch_new", FINANCE, NOT_MONEY, _fund, "post", lambda web: {"all": "1"}, strangers=FAR,
        wrong_state=lambda web: stop_order(order=made(web)["waiting"], reason="先", by=BY, at=AT), arrange=made, expects=302,
        shows="/workbench/payouts/batches/Z",
    ),
    page("payout_batch", "open", shows="复核放行"),
    page("payout_batch", "own", shows="须由另一位财务人员放行", label="own"),
    page("payout_batch", "sent", shows="导入银行结果", label="sent"),
    page("payout_batch_release", "open", shows="放行后钱就会付出"),
    posted("payout_batch_release", "open", _released, shows="/workbench/payouts/batches/Z"),
    page("payout_batch_release", "own", method="post", expects=409, shows="编制人以外", label="own"),
    page("payout_batch_withdrawal", "open", shows="撤回"),
    posted(
        "payout_batch_withdrawal", "open", lambda web: withdraw_batch(batch=made(web)["open"], by=BY, at=AT),
        shows="/workbench/payouts/batches/Z",
    ),
    page("payout_batch_file", "released"),
    posted(
        "payout_batch_upload", "released", lambda web: Batch.objects.filter(pk=made(web)["released"].pk).update(way="sea"),
        shows="/workbench/payouts/batches/Z",
    ),
    posted("payout_batch_results", "sent", _by_bank_meanwhile, data=_results, shows="/workbench/payouts/results/"),
    page("payout_batch_results", "sent", method="post", expects=409, shows="请选择", label="empty"),
    Page(
        "workbench:payout_batch_again", FINANCE, NOT_MONEY, at("payout_batch_again", "sent"), "post", strangers=FAR,
        wrong_state=lambda web: BankResult.objects.update(fault="forged"), arrange=_not_received, expects=302,
        shows="/workbench/payouts/batches/Z",
    ),
    listing("bank_results", shows="签名无效"),
    page("bank_result", "result", shows="没有入账任何一笔"),
    posted(
        "bank_result_remark", "result",
        lambda web: look_at_result(result=made(web)["result"], remark="先", by=BY, at=AT), data=_remark,
        shows="/workbench/payouts/results/",
    ),
    page("bank_result", "by_hand", shows="请对照银行单据逐笔核对", label="by_hand"),
    page("bank_result_evidence", "by_hand"),
    page("bank_result_confirmation", "by_hand", shows="确认后逐笔入账"),
    posted("bank_result_confirmation", "by_hand", _result_withdrawn, shows="/workbench/payouts/results/"),
    page("bank_result_withdrawal", "by_hand", shows="撤回这份"),
    posted(
        "bank_result_withdrawal", "by_hand", _result_confirmed, data=_reason, shows="/workbench/payouts/results/"
    ),
    listing("payout_reconciliation", shows="相符"),
    Page("workbench:ledger_plans", SEE_BOOKS, NOT_BOOKS, arrange=made, shows="sea-1"),
    Page("workbench:ledger_plans_export", SEE_BOOKS, NOT_BOOKS, arrange=made),
]  # fmt: skip
