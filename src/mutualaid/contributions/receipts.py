"""The receipt as a PDF. It is no fiscal note and always says so; a 互助票据 comes only from a fiscal billing gateway."""

from __future__ import annotations

import datetime
import io
from typing import Any

import segno
from django.conf import settings

from mutualaid.contributions.models import Receipt
from mutualaid.contributions.queries import returned
from mutualaid.contributions.resting import standing
from mutualaid.core.dates import day_of
from mutualaid.core.documents import pdf
from mutualaid.core.money import in_capitals, shown
from mutualaid.core.row_security import EVERYTHING, within

PAGE = "/receipts/"
"""Where the page of verification stands on the site, followed by the check code."""

TEXTS: dict[str, dict[str, str]] = {
    "zh": {
        "title": "收款凭证",
        "subtitle": "（非财政票据）",
        "number": "凭证编号",
        "payer": "缴款方",
        "plan": "保障计划",
        "term": "保障期（至前一日止）",
        "persons": "参保人数",
        "amount": "金额（元）",
        "capitals": "金额大写",
        "bill": "账单编号",
        "received": "到账日期",
        "returned": "其中已退回（元）",
        "payee": "收款账户",
        "code": "核验码",
        "note": "扫码或凭核验码可核对本凭证真伪。本凭证只证明款项已收到，不是财政票据，也不是保险单据。",
    },
    "en": {
        "title": "Receipt",
        "subtitle": "收款凭证（非财政票据） · no fiscal note",
        "number": "Receipt",
        "payer": "Paid by",
        "plan": "Plan",
        "term": "Term (until, exclusive)",
        "persons": "Persons",
        "amount": "Amount (CNY)",
        "capitals": "In capitals",
        "bill": "Bill",
        "received": "Received on",
        "returned": "Given back since (CNY)",
        "payee": "Paid into",
        "code": "Check code",
        "note": "By the check code anybody may ask whether this receipt is ours. It proves that money was received; "
        "it is no fiscal note (非财政票据) and no insurance document.",
    },
}


def receipt_pdf(*, receipt: Receipt, lang: str) -> bytes:
    """The same bytes each time, until some of the money is given back. ``lang``: ``zh`` or ``en``; capitals stay Chinese."""
    return pdf("contributions/receipt", facts_of(receipt=receipt, lang=lang), on=day_of(receipt.issued_at))


def facts_of(*, receipt: Receipt, lang: str) -> dict[str, Any]:
    """What the template shows. Raises KeyError for a language that it is not written in."""
    texts = TEXTS[lang]
    bill = receipt.bill
    enrolment = bill.enrolment
    version = enrolment.version
    back, last = returned(receipt=receipt)
    rows = (
        ("number", receipt.number),
        ("payer", receipt.payer_name),
        ("plan", (version.name_en if lang == "en" else "") or version.name_zh),
        ("term", f"{enrolment.from_on} – {enrolment.until_on}"),
        ("persons", str(bill.persons)),
        ("amount", shown(receipt.amount)),
        ("capitals", in_capitals(receipt.amount)),
        ("bill", bill.number),
        ("received", _received(receipt)),
        *([("returned", f"{shown(back)}（{last}）")] if back else []),
        ("payee", bill.fund.account_name),
    )
    code = receipt.check_code
    return {
        "title": texts["title"],
        "subtitle": texts["subtitle"],
        "number": receipt.number,
        "rows": [{"label": texts[name], "text": text} for name, text in rows],
        "check_code": "-".join(code[place : place + 4] for place in range(0, len(code), 4)),
        "code_label": texts["code"],
        "code_picture": _picture(verified_at(check_code=code)),
        "note": texts["note"],
    }


def received_on(*, receipt: Receipt) -> datetime.date:
    """The day on which the last of the money of a receipt came in."""
    # The payment lies with the office's fund, above the branch of the payer who may have the receipt.
    with within([EVERYTHING]):
        days = standing().filter(bill=receipt.bill_id).values_list("payment__received_on", flat=True)
        return max(days)


def verified_at(*, check_code: str) -> str:
    """The address of the page on which anybody may ask after a receipt; the code alone where the site has no address of its
    own."""
    return f"{settings.SITE_ADDRESS}{PAGE}{check_code}" if settings.SITE_ADDRESS else check_code


def _received(receipt: Receipt) -> str:
    """The day, or each day and what came in on it, where a bill was paid in parts."""
    with within([EVERYTHING]):
        parts = list(standing().filter(bill=receipt.bill_id).select_related("payment").order_by("id"))
    if len(parts) == 1:
        return str(parts[0].payment.received_on)
    return "；".join(f"{part.payment.received_on} {shown(part.amount)}" for part in parts)


def _picture(code: str) -> str:
    """What a QR picture (SVG) says."""
    drawn = io.BytesIO()
    segno.make(code, micro=False).save(drawn, kind="svg", scale=4, border=2, xmldecl=False)
    return drawn.getvalue().decode()
