"""Receipts: what they say, in both languages, and who may ask whether one is ours."""

from __future__ import annotations

import pytest

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.models import Receipt
from mutualaid.contributions.queries import verify_receipt
from mutualaid.contributions.receipts import facts_of, receipt_pdf
from mutualaid.core.row_security import within
from tests.contributions.scene import World
from tests.people.cast import AT


def receipt_of(world: World) -> Receipt:
    """A receipt of a paid bill."""
    bill = world.bill()
    match_line(line=world.line(50), bills=[bill], by=world.by, at=AT)
    return Receipt.objects.get(bill=bill)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_receipt_says_what_was_paid_and_that_it_is_no_fiscal_note(world: World, lang: str) -> None:
    receipt = receipt_of(world)
    facts = facts_of(receipt=receipt, lang=lang)
    texts = [row["text"] for row in facts["rows"]]
    assert "人民币伍拾元整" in texts
    assert "50.00" in texts
    assert receipt.bill.payer_name in texts
    assert "非财政票据" in facts["subtitle"]
    made = receipt_pdf(receipt=receipt, lang=lang)
    assert made.startswith(b"%PDF-")
    assert made == receipt_pdf(receipt=receipt, lang=lang)
    assert not receipt.fiscal_notes.exists()


def test_whoever_has_the_code_may_ask_and_learns_little(world: World) -> None:
    receipt = receipt_of(world)
    with within([]):
        found = verify_receipt(check_code=f" {receipt.check_code[:4]}-{receipt.check_code[4:].lower()}")
        assert found is not None
        assert (found.number, found.amount) == (receipt.number, receipt.amount)
        assert verify_receipt(check_code="2" * 16) is None
        assert not Receipt.objects.exists()
