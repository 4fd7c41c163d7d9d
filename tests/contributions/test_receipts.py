"""Receipts: what they say, in both languages, and who may ask whether one is ours."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.models import Receipt, Refund
from mutualaid.contributions.queries import Genuine, verify_receipt
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


def code_found(code: str) -> Genuine:
    """What anybody is told of a paper."""
    with within([]):
        found = verify_receipt(check_code=code)
    assert found is not None
    return found


def test_a_receipt_of_money_that_went_back_says_so(world: World) -> None:
    """The paper says what came in, which stays so; whoever asks after it hears what went back, and the next paper says it."""
    receipt = receipt_of(world)
    later = AT + datetime.timedelta(days=9)
    for part, state in (("20", "owed"), ("20", "paid"), ("30", "paid")):
        Refund.objects.create(
            fund=world.fund, bill=receipt.bill, amount=Decimal(part), reason="退出", approved_at=AT, state=state,
            **({"paid_on": later.date(), "serial": "OUT", "entered_by": "1", "confirmed_by": "2"} if state == "paid" else {}),
        )  # fmt: skip
        told = code_found(receipt.check_code)
        expected = {"owed": (0, None), "paid": (Decimal(part), later.date())}[state]
        assert (told.returned_amount, told.returned_on) in (expected, (Decimal(50), later.date()))
    told = code_found(receipt.check_code)
    assert told.void_since is None
    assert (told.amount, told.returned_amount) == (Decimal(50), Decimal(50))
    rows = [row["text"] for row in facts_of(receipt=receipt, lang="zh")["rows"]]
    assert f"50.00（{later.date()}）" in rows
