"""What is told of orders, against what is known of them: which batch is meant, and what would happen to each order."""

from __future__ import annotations

from collections.abc import Mapping

from mutualaid.contributions.models import Fund
from mutualaid.payouts.bank.news import News, NewsRefused, Outcome
from mutualaid.payouts.models import Batch, PaymentOrder
from mutualaid.payouts.states import IN_FLIGHT

_MOVES: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{(state, "pending"): () for state in ("released", "sent", "paid", "failed", "returned")},
    ("unknown", "pending"): ("payout_known",),
    **{(state, "paid"): ("payout_paid",) for state in IN_FLIGHT},
    ("paid", "paid"): (),
    ("returned", "paid"): (),
    **{(state, "rejected"): ("payout_failed",) for state in IN_FLIGHT},
    ("failed", "rejected"): (),
    **{(state, "returned"): ("payout_paid", "payout_returned") for state in IN_FLIGHT},
    ("paid", "returned"): ("payout_returned",),
    ("returned", "returned"): (),
}
"""What is done with an order in a state of which a bank tells something; late news of a time before do nothing. What is not here
cannot be, paid after failed for instance. Money that came back was paid, though nobody told so before."""


def batch_of(*, fund: Fund, news: News) -> Batch | None:
    """The batch that a file is about. Raises NewsRefused."""
    if news.kind == "return":
        if news.account != fund.account_number:
            raise NewsRefused("other_account")
        return None
    batch = Batch.objects.filter(fund=fund, number=news.batch, state__in=["released", "sent", "done"]).first()
    if batch is None:
        raise NewsRefused("unknown_batch")
    return batch


def steps_of_news(
    *, fund: Fund, batch: Batch | None, news: News
) -> tuple[dict[str, PaymentOrder], dict[str, list[Outcome]]]:
    """The orders that news are about, locked, and what would happen to them, by move. Raises NewsRefused."""
    orders = _locked(fund, batch, news)
    outcomes = news.outcomes or tuple(_of_group(news, order) for order in orders.values())
    steps: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        order = orders.get(outcome.number)
        if order is None:
            raise NewsRefused("unknown_number", outcome.number)
        if order.amount != outcome.amount:
            raise NewsRefused("other_amount", outcome.number)
        moves = _MOVES.get((order.state, outcome.told))
        if news.kind == "by_hand" and moves != ():
            _expect_not_of_the_bank(order)
        if moves is None:
            raise NewsRefused("contradiction", outcome.number)
        for move in moves:
            steps.setdefault(move, []).append(outcome)
    return orders, steps


def _expect_not_of_the_bank(order: PaymentOrder) -> None:
    """What the bank's own file told stands; what it will tell is waited for. Raises NewsRefused."""
    if order.told_by is not None and order.told_by.kind != "by_hand":
        raise NewsRefused("bank_said", order.number)
    if order.batch is not None and order.batch.way and order.state != "unknown":
        raise NewsRefused("bank_tells", order.number)


def _locked(fund: Fund, batch: Batch | None, news: News) -> dict[str, PaymentOrder]:
    """The orders that a file is about, by number, locked in the order of their keys."""
    rows = PaymentOrder.objects.filter(fund=fund).select_for_update(no_key=True, of=("self",)).order_by("pk")
    rows = rows.select_related("batch", "told_by")
    if news.outcomes:
        numbers = [outcome.number for outcome in news.outcomes]
        if len(set(numbers)) != len(numbers):
            raise NewsRefused("named_twice", next(number for number in numbers if numbers.count(number) > 1))
        rows = rows.filter(number__in=numbers)
    if batch is not None:
        rows = rows.filter(batch=batch)
    return {order.number: order for order in rows}


def _of_group(news: News, order: PaymentOrder) -> Outcome:
    assert news.group is not None  # a file names orders, or tells of the whole
    return Outcome(order.number, news.group, order.amount, reason=news.reason)
