"""A clerk wants a fiscal note, finance issues a receipt anew, and whoever holds the old paper is told."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.urls import reverse

from mutualaid.contributions.fiscal import gateway
from mutualaid.contributions.models import FiscalNote, Fund, Receipt
from mutualaid.contributions.receipts import PAGE, facts_of, receipt_pdf, verified_at
from tests.web import employers_scene
from tests.web.cast import Web
from tests.web.money_made import money

TITLE = "第1厂工会委员会"


def test_a_clerk_wants_a_note_to_a_title_within_the_rules(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gateway.NAME, "somewhere.json")
    bill = employers_scene.paid(web)
    client, address = web.client("clerk"), reverse("employers:fiscal_notes", args=[bill.number])
    refused = client.post(address, {"title": TITLE})
    assert refused.status_code == 409
    assert TITLE in refused.content.decode()  # what was typed stays
    Fund.objects.update(titles_fixed=False)
    assert client.post(address, {"title": "别家公司"}).status_code == 409
    assert client.post(address, {"title": TITLE}).status_code == 302
    assert FiscalNote.objects.get().state == "wanted"
    page = client.get(reverse("employers:bill", args=[bill.number])).content.decode()
    assert "开具中" in page
    assert client.post(address, {}).status_code == 409


def test_a_note_needs_a_bill_that_is_paid(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gateway.NAME, "somewhere.json")
    bill = employers_scene.bill(web)
    answer = web.client("clerk").post(reverse("employers:fiscal_notes", args=[bill.number]))
    assert (answer.status_code, FiscalNote.objects.count()) == (409, 0)


def test_a_receipt_is_issued_anew_and_the_old_one_is_known_as_void(web: Web) -> None:
    receipt = Receipt.objects.get(bill=money(web)["paid"])
    number, code = receipt.number, receipt.check_code
    client = web.client("finance")
    address = reverse("workbench:receipt_titles", args=[number])
    assert client.post(address, {"title": TITLE, "reason": "更正"}).status_code == 409  # fixed by the region
    assert client.post(reverse("workbench:fund_titles", args=["4505"])).status_code == 302
    assert client.post(address, {"title": TITLE, "reason": ""}).status_code == 409
    assert client.post(address, {"title": receipt.payer_name, "reason": "遗失"}).status_code == 409
    assert client.post(address, {"title": TITLE, "reason": "更正"}).status_code == 302
    receipt.refresh_from_db()
    assert receipt.payer_name == TITLE
    assert number != receipt.number
    assert code != receipt.check_code
    anybody = web.client("anonymous")
    assert "已作废" in anybody.get(reverse("common:receipt", args=[code])).content.decode()
    assert "已作废" not in anybody.get(reverse("common:receipt", args=[receipt.check_code])).content.decode()
    assert number in client.get(reverse("workbench:receipt_titles", args=[receipt.number])).content.decode()


def test_the_picture_on_a_receipt_opens_the_page_of_verification(web: Web, settings: LazySettings) -> None:
    receipt = Receipt.objects.get(bill=money(web)["paid"])
    assert verified_at(check_code=receipt.check_code) == receipt.check_code
    before = facts_of(receipt=receipt, lang="zh")["code_picture"]
    settings.SITE_ADDRESS = "https://aid.example.org"
    page = reverse("common:receipt", args=[receipt.check_code])
    assert page.startswith(PAGE)
    assert verified_at(check_code=receipt.check_code) == f"https://aid.example.org{page}"
    assert facts_of(receipt=receipt, lang="zh")["code_picture"] != before
    assert receipt_pdf(receipt=receipt, lang="en").startswith(b"%PDF-")
