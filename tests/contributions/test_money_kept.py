"""Whatever happens in whatever order: money that came in is booked, a bill is paid exactly when its covers have begun."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mutualaid.contributions import gateway, jobs
from mutualaid.contributions.actions.bank import hold_line, match_line
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.online import BillNotOpen, OrderIsOpen, look_again, open_order
from mutualaid.contributions.actions.settling import WrongSum
from mutualaid.contributions.channels.neutral import NeutralChannel
from mutualaid.contributions.models import Bill, Order, Payment, Receipt
from mutualaid.contributions.simulator.cashier import Cashier, Conflict, Sale
from mutualaid.contributions.simulator.sealing import OURS, THEIRS, Seals, set_up
from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.models import Posting
from mutualaid.notices.models import Notice
from tests.contributions import scene
from tests.people.cast import AT

BILLS_MOST = 3
FLAGS = ["", "forge", "twice", "wrong-amount", "out-of-order", "lose"]
_keys: dict[str, Path] = {}


class InMemory(NeutralChannel):
    """The client, with the simulator's cashier in place of the network."""

    cashier: Cashier

    def _call(self, method: str, path: str, body: Any, at: datetime.datetime) -> tuple[int, Any]:  # noqa: ARG002 - as the client's
        parts = path.split("/")
        try:
            if len(parts) == 3:
                found = self.cashier.create(json.loads(json.dumps(body)))
            else:
                sale = self.cashier.sales[parts[3]]
                found = (self.cashier.close if len(parts) == 5 else self.cashier.refresh)(sale)
        except KeyError:
            return 404, {}
        except Conflict:
            return 409, {}
        return 200, self.cashier.facts(found)


class Money(RuleBasedStateMachine):
    """Bills, two ways to pay, and a channel that misbehaves."""

    @initialize()
    def begin(self) -> None:
        """A scene of its own, rolled back at the end."""
        self.patch = pytest.MonkeyPatch()
        self.patch.setenv(gateway.NAME, "neutral=x")
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = AT
        self.world = scene.world(self.patch)
        seals = Seals.of(_keys["folder"])
        self.cashier = Cashier(seals, "http://127.0.0.1:1", self.seconds, {"late"})
        channel = InMemory.of(json.loads((_keys["folder"] / THEIRS).read_text(encoding="utf-8")))
        object.__setattr__(channel, "cashier", self.cashier)
        self.patch.setattr(gateway, "channel_for", lambda name: channel)
        self.patch.setattr(jobs, "database_time", lambda: self.now)
        self.lines = Decimal(0)
        self.issue()
        self.order(place=0, sent=True)

    def teardown(self) -> None:
        """All that was paid at the channel comes to us in the end, asked after if not told."""
        if not hasattr(self, "atomic"):
            return
        try:
            self.cashier.flags = {"late"}
            for order in Order.objects.exclude(fault=""):
                look_again(order=order, by=self.world.by, at=self.now)
            jobs.ask_orders(at=self.now + datetime.timedelta(hours=1))
            taken = Payment.objects.filter(order__isnull=False).aggregate(total=Sum("amount"))["total"] or 0
            assert sum(sale.amount for sale in self.cashier.sales.values() if sale.state == "paid") == taken * 100
            self.all_is_kept()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.patch.undo()

    def seconds(self) -> float:
        """The channel's clock."""
        return self.now.timestamp()

    def bill_at(self, place: int) -> Bill:
        """One of the bills."""
        found = list(Bill.objects.order_by("id"))
        return found[place % len(found)]

    def sale_at(self, place: int) -> Sale:
        """One of the channel's orders."""
        found = list(self.cashier.sales.values())
        return found[place % len(found)]

    def any_bill(self) -> bool:
        """Whether there is one."""
        return hasattr(self, "world") and Bill.objects.exists()

    def any_sale(self) -> bool:
        """Whether the channel knows an order."""
        return hasattr(self, "world") and bool(self.cashier.sales)

    @precondition(lambda self: hasattr(self, "world") and Bill.objects.count() < BILLS_MOST)
    @rule()
    def issue(self) -> None:
        self.world.bill()

    @precondition(any_bill)
    @rule(place=st.integers(0, 2), more=st.sampled_from([0, 0, 1]))
    def pay_by_bank(self, place: int, more: int) -> None:
        line = self.world.line(50 + more)
        try:
            with transaction.atomic():
                match_line(line=line, bills=[self.bill_at(place)], by=self.world.by, at=self.now)
        except (IllegalMove, WrongSum):
            hold_line(line=line, reason="待查", by=self.world.by, at=self.now)
        self.lines += line.amount

    @precondition(any_bill)
    @rule(place=st.integers(0, 2), sent=st.booleans())
    def order(self, place: int, sent: bool) -> None:
        try:
            open_order(bill=self.bill_at(place), channel="neutral", by=self.world.by, at=self.now)
        except (BillNotOpen, OrderIsOpen):
            return
        if sent:
            self.work()

    @precondition(any_bill)
    @rule()
    def work(self) -> None:
        waiting, self.world.outbox[:] = list(self.world.outbox), []
        for task, wanted in waiting:
            (jobs.send_order if task == "send_order" else jobs.ask_order)(number=wanted["order"], at=self.now)

    @precondition(any_sale)
    @rule(
        place=st.integers(0, 2),
        flag=st.sampled_from(FLAGS),
        told=st.booleans(),
    )
    def pay_online(self, place: int, flag: str, told: bool) -> None:
        self.cashier.flags = {"late", flag}
        self.cashier.pay(self.sale_at(place))
        if told:
            self.notifications_come()

    @precondition(any_sale)
    @rule(place=st.integers(0, 2))
    def pay_after_closing(self, place: int) -> None:
        self.cashier.flags = {"late"}
        self.cashier.pay(self.sale_at(place), anyhow=True)
        self.notifications_come()

    @precondition(any_sale)
    @rule()
    def notifications_come(self) -> None:
        held, self.cashier.held = self.cashier.held, []
        for _, body, headers in held:
            try:
                jobs.take_notification(channel="neutral", headers=headers, body=body, at=self.now)
            except jobs.Refusal:
                continue

    @precondition(any_bill)
    @rule(place=st.integers(0, 2))
    def cancel(self, place: int) -> None:
        try:
            with transaction.atomic():
                cancel_bill(bill=self.bill_at(place), reason="名单有误", by=self.world.by, at=self.now)
        except IllegalMove:
            return

    @precondition(any_bill)
    @rule()
    def janitor(self) -> None:
        jobs.ask_orders(at=self.now)

    @precondition(any_bill)
    @rule(minutes=st.sampled_from([1, 4, 40]))
    def wait(self, minutes: int) -> None:
        self.now += datetime.timedelta(minutes=minutes)

    @invariant()
    def all_is_kept(self) -> None:
        """Ledger, bills, covers, receipts."""
        if not hasattr(self, "world"):
            return
        payments = list(Payment.objects.all())
        assert self.world.held() == sum((row.amount for row in payments), Decimal(0))
        assert self.lines == sum((row.amount for row in payments if row.line_id), Decimal(0))
        unsettled = sum((row.amount for row in payments if not row.settlements.exists()), Decimal(0))
        assert self.world.waiting == unsettled
        total = Posting.objects.aggregate(total=Sum("amount"))["total"]
        assert total in (None, 0)
        for bill in Bill.objects.all():
            paid = bill.state == "paid"
            settled = sum((row.amount for row in bill.settlements.all()), Decimal(0))
            assert settled == (bill.amount if paid else 0)
            covers = list(Cover.objects.filter(enrolment=bill.enrolment_id))
            assert len(covers) == bill.persons
            wanted = {"issued": "pending", "paid": "begun", "cancelled": "cancelled"}[bill.state]
            assert {cover.state for cover in covers} == {wanted}
            begun = AuditEntry.objects.filter(what="begin_cover", subject__in=[subject_of(cover) for cover in covers])
            assert begun.count() == (bill.persons if paid else 0)
            assert Receipt.objects.filter(bill=bill).count() == paid
            assert Notice.objects.filter(template="bill_paid", words__number=bill.number).count() == paid
        for order in Order.objects.select_related("payment"):
            payment = getattr(order, "payment", None)
            assert (order.state == "paid") == (payment is not None)
            assert payment is None or payment.amount == order.amount


@pytest.fixture(scope="module", autouse=True)
def _both_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("keys")
    set_up(folder, "http://127.0.0.1:1", "http://127.0.0.1:1/")
    assert (folder / OURS).stat().st_mode & 0o077 == 0
    _keys["folder"] = folder
    yield
    _keys.clear()


def kept(machine: Money, *steps: Callable[[], None]) -> None:
    """After each step all is kept, and at the end."""
    try:
        machine.begin()
        for step in steps:
            step()
            machine.all_is_kept()
    finally:
        machine.teardown()


@pytest.mark.django_db
@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("way", ["online", "bank first", "online first", "cancelled first", "too late"])
def test_ways_that_are_not_left_to_chance(flag: str, way: str) -> None:
    machine = Money()

    def online() -> None:
        machine.pay_online(place=0, flag=flag, told=True)

    def bank() -> None:
        machine.pay_by_bank(place=0, more=0)

    def cancel() -> None:
        machine.cancel(place=0)

    def late() -> None:
        machine.pay_after_closing(place=0)

    walks: dict[str, list[Callable[[], None]]] = {
        "online": [online, machine.janitor],
        "bank first": [bank, online, machine.janitor, bank],
        "online first": [online, bank, online, cancel],
        "cancelled first": [cancel, online, machine.work, bank],
        "too late": [lambda: machine.wait(minutes=40), machine.janitor, online, late, bank],
    }
    kept(machine, *walks[way])


@pytest.mark.django_db
def test_money_is_kept() -> None:
    run_state_machine_as_test(Money, settings=settings(max_examples=4, stateful_step_count=15, deadline=None))


@pytest.mark.slow
@pytest.mark.django_db
def test_money_is_kept_at_length() -> None:
    run_state_machine_as_test(Money, settings=settings(max_examples=30, stateful_step_count=25, deadline=None))
