"""Fiscal notes, titles and receipts issued anew, for the five questions."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from django.urls import reverse

from mutualaid.contributions.models import FiscalNote, Fund, Receipt
from mutualaid.core import papers
from tests.people.cast import AT, BY
from tests.web.cast import Web
from tests.web.money_made import money
from tests.web.questions import Page

FINANCE = ("finance",)
SEE = ("finance", "enrolment_clerk", "senior_reviewer")
NOT_MONEY = ("reviewer", "analyst", "system_admin", "audit_admin", "clerk", "member")
NOT_BILLS = ("reviewer", "designer", "security_admin", "clerk", "member")
FAR = ("far_finance",)
FACE = b"%PDF-1.4 the face of a note"
TITLE = "第1厂工会委员会"


def receipt(web: Web) -> Receipt:
    """Of the bill that is paid; its fund lets titles be chosen."""
    money(web)
    Fund.objects.update(titles_fixed=False)
    return Receipt.objects.get(bill=web.made["paid"])


def note(web: Web) -> FiscalNote:
    """One that was issued, with its face."""
    if "note" not in web.made:
        made = receipt(web)
        face = papers.store(
            content=FACE, name="face.pdf", kind="fiscal_face", media_type=papers.PDF,
            unit_path=made.bill.employer.unit.path, ours=True, by=BY, at=AT,
        )  # fmt: skip
        web.made["note"] = FiscalNote.objects.create(
            receipt=made, title=made.payer_name, amount=Decimal(70), state="issued", code="45990125",
            serial="0000000001", check_code="a1b2c3", issued_on=AT.date(), face=face,
            face_sha256=hashlib.sha256(FACE).hexdigest(), wanted_at=AT,
        )  # fmt: skip
        web.made["note"].refresh_from_db()
    return web.made["note"]


def unclear(web: Web) -> None:
    """The gateway told what cannot be."""
    FiscalNote.objects.filter(pk=note(web).pk).update(fault="otherwise", state="unknown")


def known(web: Web) -> None:
    """Somebody has looked."""
    FiscalNote.objects.filter(pk=note(web).pk).update(fault="", state="issued")


def at(name: str) -> Any:
    """The address of a page of the note."""
    return lambda web: reverse(f"workbench:{name}", args=[note(web).number])


def titles(web: Web) -> str:
    return reverse("workbench:receipt_titles", args=[receipt(web).number])


PAGES = [
    Page("workbench:fiscal_notes", SEE, NOT_BILLS, arrange=note, shows="0000000001"),
    Page("workbench:fiscal_notes_export", SEE, NOT_BILLS, arrange=note),
    Page("workbench:fiscal_note", SEE, NOT_BILLS, at("fiscal_note"), strangers=FAR, arrange=note, shows="a1b2c3"),
    Page("workbench:fiscal_note_face", SEE, NOT_BILLS, at("fiscal_note_face"), strangers=FAR, arrange=note, shows="%PDF"),
    Page("workbench:fiscal_note_question", FINANCE, NOT_MONEY, at("fiscal_note_question"), "post", strangers=FAR,
         wrong_state=known, arrange=unclear, expects=302, shows="/workbench/fiscal-notes/F"),
    Page("workbench:fiscal_note_reversal", FINANCE, NOT_MONEY, at("fiscal_note_reversal"), "post",
         lambda web: {"reason": "抬头有误", "next_title": TITLE}, strangers=FAR, wrong_state=unclear, arrange=note,
         expects=302, shows="/workbench/fiscal-notes/F"),
    Page("workbench:receipt_titles", FINANCE, NOT_MONEY, titles, strangers=FAR, arrange=receipt, shows="换开收款凭证"),
    Page("workbench:receipt_titles", FINANCE, NOT_MONEY, titles, "post",
         lambda web: {"title": TITLE, "reason": "更正抬头"}, strangers=FAR, arrange=receipt,
         wrong_state="its number changes with it: see test_fiscal_pages", expects=302, shows="/workbench/bills/B"),
    Page("workbench:fund_titles", FINANCE, NOT_MONEY, lambda web: reverse("workbench:fund_titles", args=["4505"]), "post",
         strangers=FAR, arrange=receipt, expects=302, shows="/workbench/funds"),
]  # fmt: skip
