"""The books against the orders, each night: they agree, or finance hears at which payment they differ."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.core.models import AuditEntry
from mutualaid.ledger.benefits import BenefitShare, post_benefit, post_benefit_payment
from mutualaid.ledger.chart import BENEFITS_PAYABLE
from mutualaid.ledger.models import Book
from mutualaid.payouts.actions.orders import order_stopped_again, stop_order
from mutualaid.payouts.jobs import reconcile
from mutualaid.payouts.reconciling import compared, differing
from tests.payouts.bank_side import released
from tests.payouts.by_hand_side import entered
from tests.payouts.scene import COVER, LATER, World
from tests.people.cast import AT, BY

FIVE = datetime.timedelta(days=5)


def test_all_agrees_whatever_happened(world: World) -> None:
    batch = released(world, [world.order(100), world.order(200), world.order(300)])
    entered(world, batch, ("成功", "2025-03-02", ""), ("失败", "", "账户已销户"), at=AT + FIVE)
    entered(world, batch, ("退回", "2025-03-03", ""), at=AT + FIVE)
    stopped = stop_order(order=world.order(400), reason="待核", by=world.by, at=LATER)
    order_stopped_again(order=stopped, reason="查清", by=world.by, at=LATER)
    (row,) = compared(funds=[world.fund])
    assert [row.booked, row.owed, row.difference] == [1000, 1000, 0]
    assert differing(fund=world.fund) == []
    reconcile(at=LATER)
    assert "books_differ" not in world.notices


def test_a_difference_is_told_with_its_payment(world: World) -> None:
    order = world.order(100)
    world.order(70)
    share = BenefitShare("sea-1", COVER, Decimal(30))
    # As a slip of the program would: the approval of an order is booked once more.
    post_benefit(
        book=Book(pk=world.fund.book_id), subject=f"payouts.paymentorder:{order.pk}0", shares=[share], on=AT.date(), by=BY, at=AT
    )  # fmt: skip
    (row,) = compared(funds=[world.fund])
    assert [row.booked, row.owed, row.difference] == [200, 170, 30]
    assert differing(fund=world.fund) == [], "no payment differs: the entry is of none"
    reconcile(at=LATER)
    assert world.notices.count("books_differ") == 2, "both of finance"
    assert AuditEntry.objects.get(what="books_found_differing").detail == {"booked": "200.00", "owed": "170.00"}
    assert world.held(BENEFITS_PAYABLE) == -200


def test_the_payment_at_which_they_differ(world: World) -> None:
    order = world.order(100)
    share = BenefitShare("sea-1", COVER, Decimal(30))
    post_benefit_payment(
        book=Book(pk=world.fund.book_id), subject=f"payouts.paymentorder:{order.pk}", shares=[share], on=AT.date(), by=BY, at=AT
    )  # fmt: skip
    (row,) = differing(fund=world.fund)
    assert (row.number, row.reference) == (order.number, order.reference)
    assert [row.booked, row.owed] == [70, 100]
