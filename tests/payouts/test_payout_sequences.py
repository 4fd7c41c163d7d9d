"""Any sequence of approvals, batches, releases, results, returns and rollbacks: the books owe what orders owe, and nobody is paid
twice. Hypothesis plays the people, the bank, and the one who pulls the plug."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.chart import BANK, BENEFITS_PAYABLE
from mutualaid.payouts.actions.batches import (
    NothingToPay,
    SamePerson,
    make_batch,
    mark_sent,
    release_batch,
    withdraw_batch,
)
from mutualaid.payouts.actions.orders import NotToCorrect, correct_account, order_stopped_again, stop_order
from mutualaid.payouts.actions.results import apply
from mutualaid.payouts.bank.news import News, NewsRefused, Outcome
from mutualaid.payouts.comparing import batch_of
from mutualaid.payouts.models import Batch, PaymentOrder
from mutualaid.payouts.queries import owed
from mutualaid.payouts.reconciling import differing
from tests.ledger.books import check_now
from tests.payouts import scene
from tests.payouts.scene import FUND_ACCOUNT, World
from tests.people.cast import AT, BY

REFUSALS = (IllegalMove, NothingToPay, SamePerson, NotToCorrect, NewsRefused)
places = st.integers(0, 20)


class _Killed(Exception):
    """The process dies before it commits."""


class Payouts(RuleBasedStateMachine):
    """A fund; each step is one transaction, which may be killed at its end."""

    world: World
    paid: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.paid = {}
        self.approved: dict[str, Decimal] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def do(self, killed: bool, deed: Any, **facts: Any) -> bool:
        """Whether it was done."""
        by = facts.pop("by", BY)
        try:
            with transaction.atomic():
                deed(**facts, by=by, at=AT)
                if killed:
                    raise _Killed
        except (_Killed, *REFUSALS):
            return False
        return True

    def orders(self) -> list[PaymentOrder]:
        """All of them."""
        return list(PaymentOrder.objects.order_by("id"))

    @rule(fen=st.integers(1, 99999), killed=st.booleans())
    def approve(self, fen: int, killed: bool) -> None:
        try:
            with transaction.atomic():
                order = self.world.order(str(Decimal(fen) / 100))
                if killed:
                    raise _Killed
            self.approved[order.reference] = order.amount
        except _Killed:
            pass

    @rule(killed=st.booleans())
    def batch(self, killed: bool) -> None:
        self.do(killed, make_batch, fund=self.world.fund, by=self.world.by)

    @precondition(lambda self: Batch.objects.exists())
    @rule(place=places, same=st.booleans(), killed=st.booleans())
    def release(self, place: int, same: bool, killed: bool) -> None:
        self.do(killed, release_batch, batch=self._batch(place), by=self.world.by if same else self.world.other)

    @precondition(lambda self: Batch.objects.exists())
    @rule(place=places, killed=st.booleans())
    def withdraw(self, place: int, killed: bool) -> None:
        self.do(killed, withdraw_batch, batch=self._batch(place))

    @precondition(lambda self: Batch.objects.exists())
    @rule(place=places, killed=st.booleans())
    def send(self, place: int, killed: bool) -> None:
        self.do(killed, mark_sent, batch=self._batch(place))

    @precondition(lambda self: PaymentOrder.objects.exists())
    @rule(place=places, told=st.sampled_from(["pending", "paid", "rejected", "returned"]), killed=st.booleans())
    def result(self, place: int, told: Any, killed: bool) -> None:
        order = self._order(place)
        outcome = Outcome(order.number, told, order.amount, AT.date() + datetime.timedelta(days=1), "AC01")
        by_return = told == "returned"
        news = News(
            kind="return" if by_return else "by_hand",
            outcomes=(outcome,),
            batch=order.batch.number if order.batch else "",
            account=FUND_ACCOUNT,
        )
        before = order.state

        def take(*, by: Any, at: Any) -> None:
            apply(fund=self.world.fund, batch=batch_of(fund=self.world.fund, news=news), news=news, by=by, at=at)

        if self.do(killed, take):
            order.refresh_from_db()
            if before in ("released", "sent", "unknown") and order.state in ("paid", "returned"):
                self.paid[order.number] = self.paid.get(order.number, 0) + 1

    @precondition(lambda self: PaymentOrder.objects.exists())
    @rule(place=places, killed=st.booleans())
    def correct(self, place: int, killed: bool) -> None:
        to = {"payee_name": "林晓禾", "account_number": "6217000012349999", "bank_name": "海市银行"}
        self.do(killed, correct_account, order=self._order(place), **to)

    @precondition(lambda self: PaymentOrder.objects.exists())
    @rule(place=places, killed=st.booleans())
    def stop(self, place: int, killed: bool) -> None:
        self.do(killed, stop_order, order=self._order(place), reason="撤销")

    @precondition(lambda self: PaymentOrder.objects.exists())
    @rule(place=places, killed=st.booleans())
    def order_again(self, place: int, killed: bool) -> None:
        self.do(killed, order_stopped_again, order=self._order(place), reason="查清了")

    @invariant()
    def the_books_owe_what_orders_owe(self) -> None:
        check_now()
        assert -self.world.held(BENEFITS_PAYABLE) == owed(fund=self.world.fund)
        assert differing(fund=self.world.fund) == []

    @invariant()
    def nobody_is_paid_twice(self) -> None:
        orders = self.orders()
        paid = [order for order in orders if order.state == "paid"]
        assert -self.world.held(BANK) == sum((order.amount for order in paid), Decimal(0))
        assert len({(order.reference, order.ordinal) for order in paid}) == len(paid)
        assert all(count == 1 for count in self.paid.values())

    def _order(self, place: int) -> PaymentOrder:
        orders = self.orders()
        return orders[place % len(orders)]

    def _batch(self, place: int) -> Batch:
        batches = list(Batch.objects.order_by("id"))
        return batches[place % len(batches)]


def ran(monkeypatch: pytest.MonkeyPatch, *, examples: int, steps: int) -> None:
    Payouts.world = scene.world(monkeypatch)
    run_state_machine_as_test(
        Payouts,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.django_db
def test_any_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    ran(monkeypatch, examples=10, steps=20)


STEPS: list[tuple[str, dict[str, Any]]] = [
    *[("approve", {"fen": fen}) for fen in (1000, 2500, 99)],
    ("batch", {}),
    ("release", {"place": 0, "same": False}),
    ("send", {"place": 0}),
    ("result", {"place": 0, "told": "paid"}),
    ("result", {"place": 0, "told": "paid"}),
    ("result", {"place": 1, "told": "rejected"}),
    ("result", {"place": 2, "told": "paid"}),
    ("result", {"place": 2, "told": "returned"}),
    ("correct", {"place": 1}),
    ("correct", {"place": 2}),
    ("approve", {"fen": 5}),
    ("stop", {"place": 3}),
    ("order_again", {"place": 3}),
    ("batch", {}),
    ("release", {"place": 1, "same": False}),
    ("send", {"place": 1}),
    *[("result", {"place": place, "told": "paid"}) for place in range(8)],
]


@pytest.mark.django_db
def test_each_step_that_is_done_keeps_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few of a machine's short walks come so far as to pay anybody: this one takes each step, and is never killed."""
    Payouts.world = scene.world(monkeypatch)
    machine = Payouts()
    try:
        for name, told in STEPS:
            getattr(machine, name)(**told, killed=False)
            machine.the_books_owe_what_orders_owe()
            machine.nobody_is_paid_twice()
        orders = machine.orders()
        assert {order.state for order in orders} == {"paid", "failed", "returned", "stopped"}
        assert sum(order.amount for order in orders if order.state == "paid") == Decimal("36.04")
        assert owed(fund=machine.world.fund) == 0
    finally:
        machine.teardown()


@pytest.mark.slow
@pytest.mark.django_db
def test_any_sequence_at_length(monkeypatch: pytest.MonkeyPatch) -> None:
    ran(monkeypatch, examples=40, steps=25)
