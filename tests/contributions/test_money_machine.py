"""Any sequence of payments, decisions, cancellations and late news, any of them killed at any statement: money in is money
booked, and covers have begun exactly where it was paid."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mutualaid.contributions import jobs
from mutualaid.contributions.actions.bank import hold_line, match_line
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.credits import keep_credit, release_credit
from mutualaid.contributions.actions.online import open_order, take_answer
from mutualaid.contributions.actions.paying_out import make_fees_good, settle_days, undo_transfer
from mutualaid.contributions.actions.reconciling import open_day, take_day_file
from mutualaid.contributions.actions.refunding import approve_refund_request, ask_refunds
from mutualaid.contributions.actions.refunds import confirm_refund_payment, enter_refund_payment, refund_money
from mutualaid.contributions.actions.settling import match_payment
from mutualaid.contributions.channels.wechat import WeChatChannel
from mutualaid.contributions.gateway import Answer, Channel, DayEntry, DayFile
from mutualaid.contributions.models import (
    Bill,
    ChannelTransfer,
    Credit,
    FeePart,
    Order,
    PayerKind,
    Payment,
    Receipt,
    Reconciliation,
    Refund,
    RefundPart,
    RefundReason,
    Settlement,
    StatementLine,
)
from mutualaid.contributions.paying_out import fees_owed, unsettled
from mutualaid.contributions.queries import back_of, earned_by, share_of
from mutualaid.contributions.refusals import Refused
from mutualaid.contributions.resting import credits_to_use, rest_of, rest_of_bill
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.actions import post_bill
from mutualaid.ledger.chart import (
    BANK,
    CONTRIBUTIONS,
    CREDITS,
    FEES_BACK,
    IN_TRANSIT,
    RECEIVABLE,
    REFUNDS_PAYABLE,
    UNEARNED,
    UNMATCHED,
)
from mutualaid.ledger.models import Posting
from mutualaid.people.models import RoleName
from tests.contributions import scene
from tests.enrolment.rosters import version
from tests.people.cast import AT, BY, as_staff, staff

BILLS_MOST = 5
TERM_BACK = (
    '{years: 1, begins: fixed, on: "04-01", first_on: 2025-04-01, refund: {never_eligible: full}, clause: 第二条}'
)
NONE = Decimal(0)
AMOUNTS = st.sampled_from([10, 20, 50, 60, 100, 130])
PLACES = st.integers(0, 3)
KILLS = st.one_of(st.none(), st.none(), st.integers(1, 60), st.just(-1))
"""At which statement the process dies: never, at that one, or when all is done but not committed (-1)."""


class Killed(BaseException):
    """The process is gone; nothing in it can catch that."""


@dataclass
class Axe:
    """Raises at the statement that it was told."""

    left: int

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        # How the transaction of an action ends is PostgreSQL's.
        if sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            return execute(sql, params, many, context)
        self.left -= 1
        if self.left == 0:
            raise Killed
        return execute(sql, params, many, context)


class MoneyIn(RuleBasedStateMachine):
    """Bills of one or two payers, lines of a bank, an online channel whose news come late, twice and out of order."""

    @initialize()
    def begin(self) -> None:
        """A scene of its own, rolled back at the end."""
        self.patch = pytest.MonkeyPatch()
        # Only what it says of itself is read: nobody calls it here.
        with_days = Path(tempfile.mkdtemp()) / "wechat.json"
        with_days.write_text('{"kind": "wechat"}', encoding="utf-8")
        self.patch.setenv("MUTUALAID_CHANNELS", f"neutral=x,wechat={with_days}")
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = AT
        self.world = scene.world(self.patch)
        self.second: Actor = as_staff(staff("财务壬", self.world.cast.city, RoleName.FINANCE))
        self.asking, self.deciding = (
            as_staff(staff(name, self.world.cast.city, RoleName.ENROLMENT_CLERK)) for name in ("参保辛", "参保壬")
        )
        self.world.version = version(
            self.world.cast.province, "sea-back", family="sea-back", term=TERM_BACK, most=99, fee=50
        )
        self.news: list[tuple[int, Answer]] = []
        self.taken_online: set[int] = set()
        self.issue(one=True, two_payers=False, kill=None)
        self.pay_by_bank(amount=50, places=[0], inexact=False, kill=None)  # so that there is a cover to give back
        self.issue(one=True, two_payers=True, kill=None)
        self.issue(one=False, two_payers=False, kill=None)

    def teardown(self) -> None:
        """In the end all news of the channel came to us."""
        if not hasattr(self, "atomic"):
            return
        try:
            for number in range(len(self.news)):
                self.news_come(place=number, kill=None)
            told = Payment.objects.filter(order__in=self.taken_online).aggregate(total=Sum("amount"))["total"] or NONE
            wanted = Order.objects.filter(pk__in=self.taken_online).aggregate(total=Sum("amount"))["total"] or NONE
            assert told == wanted
            self.all_is_booked()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)
            self.patch.undo()

    @contextmanager
    def alive(self, kill: int | None, *, together: bool = False) -> Iterator[None]:
        """Each action in here is done whole or, killed or refused, not at all: by its own transaction. Around several that are
        one for us (``together``), and where the kill comes after the last statement, there is another."""
        kept = len(self.world.outbox)
        around = transaction.atomic() if together or kill == -1 else nullcontext()
        try:
            with around, connection.execute_wrapper(Axe(kill or 0)):
                yield
                if kill == -1:
                    raise Killed
        except (Killed, Refused, IllegalMove):
            del self.world.outbox[kept:]

    def one_of(self, model: Any, place: int, **wanted: Any) -> Any:
        """A row, by its place among those there are; None without any."""
        found = list(model.objects.filter(**wanted).order_by("id"))
        return found[place % len(found)] if found else None

    # --- bills -------------------------------------------------------------------------------------------------------

    @rule(one=st.booleans(), two_payers=st.booleans(), kill=KILLS)
    def issue(self, one: bool, two_payers: bool, kill: int | None) -> None:
        if Bill.objects.count() >= BILLS_MOST:
            return
        with self.alive(kill, together=True):
            bill = self.world.bill(self.world.cast.mill if one else self.world.cast.yard)
            if two_payers:
                self.other_payer(bill)

    def other_payer(self, bill: Bill) -> None:
        """The upper union's part of the same enrolment."""
        other = Bill.objects.create(
            enrolment=bill.enrolment, payer_kind=PayerKind.UPPER_UNION, payer_unit=bill.fund.unit, payer_name="海市总工会",
            fund=bill.fund, employer=bill.employer, from_on=bill.from_on, until_on=bill.until_on,
            amount=Decimal(30), persons=1, issued_on=bill.issued_on, due_on=bill.due_on,
        )  # fmt: skip
        other.refresh_from_db()
        cover = Cover.objects.get(enrolment=bill.enrolment)
        Cover.objects.filter(pk=cover.pk).update(fee_amount=80)
        for one in (bill, other):
            FeePart.objects.create(bill=one, cover=cover, payer_kind=one.payer_kind, amount=one.amount)
        post_bill(
            book=other.fund.book, bill=subject_of(other), shares=[share_of(bill=other)], on=AT.date(), by=BY, at=AT
        )

    @rule(place=PLACES, kill=KILLS)
    def cancel(self, place: int, kill: int | None) -> None:
        bill = self.one_of(Bill, place)
        if (
            Bill.objects.filter(enrolment=bill.enrolment_id).count() == 1
        ):  # of several the whole enrolment is another story
            with self.alive(kill):
                cancel_bill(bill=bill, reason="名单有误", by=self.world.by, at=self.now)

    @rule(days=st.sampled_from([1, 40]), kill=KILLS)
    def time_goes_on(self, days: int, kill: int | None) -> None:
        self.now += datetime.timedelta(days=days)
        with self.alive(kill):
            jobs.earn_bills(at=self.now)

    # --- money of the bank -------------------------------------------------------------------------------------------

    @rule(place=PLACES, more=st.sampled_from([0, 0, 20, -20]), kill=KILLS)
    def pay_what_is_open(self, place: int, more: int, kill: int | None) -> None:
        """What payers mostly do: they pay what is open of a bill, or a little too much or too little."""
        bill = self.one_of(Bill, place, state="issued")
        amount = rest_of_bill(bill=bill) + more if bill is not None else NONE
        if amount > 0:
            line = self.world.line(amount)
            with self.alive(kill):
                match_line(line=line, bills=[bill], inexact=more != 0, by=self.world.by, at=self.now)

    @rule(amount=AMOUNTS, places=st.lists(PLACES, min_size=1, max_size=3), inexact=st.booleans(), kill=KILLS)
    def pay_by_bank(self, amount: int, places: list[int], inexact: bool, kill: int | None) -> None:
        line = self.world.line(amount)
        bills = [self.one_of(Bill, place) for place in places]
        with self.alive(kill):
            match_line(line=line, bills=bills, inexact=inexact, by=self.world.by, at=self.now)

    @rule(place=PLACES, kill=KILLS)
    def hold(self, place: int, kill: int | None) -> None:
        line = self.one_of(StatementLine, place, state="unmatched")
        if line is not None:
            with self.alive(kill):
                hold_line(line=line, reason="待查", by=self.world.by, at=self.now)

    # --- what waits --------------------------------------------------------------------------------------------------

    @rule(place=PLACES, bill=PLACES, kill=KILLS)
    def match_what_waits(self, place: int, bill: int, kill: int | None) -> None:
        payment = self.one_of(Payment, place)
        if payment is not None:
            with self.alive(kill):
                match_payment(
                    payment=payment, bills=[self.one_of(Bill, bill)], inexact=True, by=self.world.by, at=self.now
                )

    @rule(place=PLACES, like=PLACES, kill=KILLS)
    def keep(self, place: int, like: int, kill: int | None) -> None:
        payment = self.one_of(Payment, place)
        if payment is not None:
            with self.alive(kill):
                keep_credit(payment=payment, like=self.one_of(Bill, like), by=self.world.by, at=self.now)

    @rule(place=PLACES, kill=KILLS)
    def take_back(self, place: int, kill: int | None) -> None:
        payment = self.one_of(Payment, place)
        if payment is not None:
            with self.alive(kill):
                release_credit(payment=payment, by=self.world.by, at=self.now)

    @rule(kill=KILLS)
    def credits_are_used(self, kill: int | None) -> None:
        with self.alive(kill):
            jobs.use_credits(at=self.now)

    @rule(place=PLACES, kill=KILLS)
    def give_back(self, place: int, kill: int | None) -> None:
        payment = self.one_of(Payment, place)
        if payment is not None:
            with self.alive(kill):
                refund_money(payment=payment, reason="多缴", by=self.world.by, at=self.now)

    @rule(place=PLACES, kill=KILLS)
    def cover_ends(self, place: int, kill: int | None) -> None:
        """A fee goes back to whoever bore it: asked by one, agreed to by another."""
        cover = self.one_of(Cover, place, state="begun")
        if cover is None:
            return
        with self.alive(kill):
            asked = ask_refunds(
                covers=[cover], reason=RefundReason.NEVER_ELIGIBLE, remark="不符合", by=self.asking, at=self.now
            )
            approve_refund_request(request=asked, by=self.deciding, at=self.now)

    @rule(place=PLACES, kill=KILLS)
    def enter(self, place: int, kill: int | None) -> None:
        refund = self.one_of(Refund, place)
        if refund is not None:
            with self.alive(kill):
                enter_refund_payment(
                    refund=refund, paid_on=self.now.date(), serial="OUT", by=self.world.by, at=self.now
                )

    @rule(place=PLACES, kill=KILLS)
    def confirm(self, place: int, kill: int | None) -> None:
        refund = self.one_of(Refund, place)
        if refund is not None:
            with self.alive(kill):
                confirm_refund_payment(refund=refund, by=self.second, at=self.now)

    # --- the channel -------------------------------------------------------------------------------------------------

    @rule(place=PLACES, channel=st.sampled_from(["neutral", "wechat"]), kill=KILLS)
    def order(self, place: int, channel: str, kill: int | None) -> None:
        with self.alive(kill):
            open_order(bill=self.one_of(Bill, place), channel=channel, by=self.world.by, at=self.now)

    @rule(place=PLACES, standing=st.sampled_from(["waiting", "paid", "paid", "closed"]))
    def the_channel_says(self, place: int, standing: Any) -> None:
        """It pays an order, or closes it; its news wait, the older ones too. Money taken once is not taken again."""
        order = self.one_of(Order, place)
        if order is None:
            return
        paid = standing == "paid"
        self.taken_online |= {order.pk} if paid else set()
        fen = int(order.amount * 100)
        self.news.append((order.pk, Answer(order.number, standing, fen, paid_at=self.now if paid else None)))

    @rule(place=PLACES, kill=KILLS)
    def news_come(self, place: int, kill: int | None) -> None:
        """Any of them, in any order, and again: nothing is ever taken off."""
        if self.news:
            order, answer = self.news[place % len(self.news)]
            with self.alive(kill):
                take_answer(order=Order.objects.get(pk=order), answer=answer, by=self.world.by, at=self.now)

    @rule(back=st.integers(0, 2), kill=KILLS)
    def a_day_is_compared(self, back: int, kill: int | None) -> None:
        """The channel's file of a day has what it took on it, whether we heard of that or not; it keeps 0.6 % of each."""
        day = self.now.date() - datetime.timedelta(days=back)
        taken = Order.objects.filter(pk__in=self.taken_online, channel="wechat")
        paid = {pk: answer for pk, answer in self.news if answer.standing == "paid"}
        entries = [
            DayEntry("payment", one.number, f"X{one.pk}", answer.fen, answer.fen * 6 // 1000)
            for one in taken
            if (answer := paid[one.pk]).paid_at and answer.paid_at.date() == day
        ]
        with self.alive(kill):
            row = open_day(channel="wechat", fund=self.world.fund, day=day, by=BY, at=self.now)
            file = DayFile("d.csv", b"x", tuple(entries))
            take_day_file(day=row, channel=cast(Channel, WeChatChannel), file=file, by=BY, at=self.now)

    @rule(place=PLACES, short=st.booleans(), kill=KILLS)
    def the_channel_pays_out(self, place: int, short: bool, kill: int | None) -> None:
        days = [day for day in unsettled(fund=self.world.fund) if (day.settles_amount or 0) > 0]
        if days:
            day = days[place % len(days)]
            assert day.settles_amount is not None
            line = self.world.line(day.settles_amount - (Decimal("0.05") if short else 0))
            with self.alive(kill):
                settle_days(line=line, days=[day], reason="少付" * short, by=self.world.by, at=self.now)

    @rule(kill=KILLS)
    def fees_are_made_good(self, kill: int | None) -> None:
        owed = fees_owed(fund=self.world.fund)
        if owed > 0:
            line = self.world.line(owed)
            with self.alive(kill):
                make_fees_good(line=line, by=self.world.by, at=self.now)

    @rule(place=PLACES, kill=KILLS)
    def a_transfer_is_undone(self, place: int, kill: int | None) -> None:
        """What a channel paid out, or fees made good, were set against the wrong line."""
        held = StatementLine.objects.filter(transfers__isnull=False, transfers__undoing=None).order_by("id")
        if held:
            line = held[place % len(held)]
            with self.alive(kill):
                undo_transfer(line=line, reason="对错了", by=self.second, at=self.now)

    # --- what holds --------------------------------------------------------------------------------------------------

    @invariant()
    def all_is_booked(self) -> None:
        """Money in is settled, waiting, kept, owed back or gone back; the books say the same."""
        if not hasattr(self, "world"):
            return
        payments = list(Payment.objects.all())
        rests = {row.pk: rest_of(payment=row) for row in payments}
        kept = set(Credit.objects.filter(state="kept").values_list("payment", flat=True))
        standing = total(Settlement.objects.filter(release=None))
        refunds, fees = Refund.objects.all(), Refund.objects.filter(payment=None)
        money = total(Payment.objects.all())
        assert min(rests.values(), default=NONE) >= 0
        assert money == standing + sum(rests.values(), NONE) + total(refunds.exclude(payment=None))
        matched = StatementLine.objects.filter(state="matched")
        lines = matched.exclude(transfers__in=ChannelTransfer.objects.filter(undoing=None))
        assert money == total(lines) + total(Order.objects.filter(state="paid"))
        held = self.world.held
        paid_out = total(matched.filter(transfers__kind="settlement", transfers__undoing=None))
        made_good = total(matched.filter(transfers__kind="fees", transfers__undoing=None))
        taken = Reconciliation.objects.aggregate(total=Sum("fees_amount"))["total"] or NONE
        by_days = total(Order.objects.filter(state="paid", in_transit=True))
        assert held(BANK) == money - by_days + paid_out + made_good - total(refunds.filter(state="paid"))
        assert held(IN_TRANSIT) == by_days - taken - paid_out
        assert held(FEES_BACK) == taken - made_good
        assert held(UNMATCHED) == -sum((rest for pk, rest in rests.items() if pk not in kept), NONE)
        assert held(CREDITS) == -sum((rest for pk, rest in rests.items() if pk in kept), NONE)
        assert held(REFUNDS_PAYABLE) == -total(refunds.exclude(state="paid"))
        billed = Bill.objects.exclude(state="cancelled")
        assert held(RECEIVABLE) == total(billed) - standing
        assert held(UNEARNED) + held(CONTRIBUTIONS) == total(fees) - total(billed)
        to_earn = [bill.amount - back_of(bill=bill) for bill in billed if earned_by(bill=bill) is None]
        assert held(UNEARNED) == -sum(to_earn, NONE), "no more is earned than was paid and did not go back"
        assert total(fees) == total(RefundPart.objects.all())
        for bill in Bill.objects.filter(refunds__in=fees).distinct():
            assert total(bill.refunds.filter(payment=None)) == bill.amount  # all of its one cover
        assert total(Posting.objects.all()) == 0

    @invariant()
    def covers_begin_with_the_money(self) -> None:
        """A bill is paid when what stands against it makes it up, and covers begin when all bills that hold them are."""
        if not hasattr(self, "world"):
            return
        for bill in Bill.objects.all():
            settled = total(Settlement.objects.filter(bill=bill, release=None))
            assert {"paid": settled == bill.amount, "issued": settled < bill.amount, "cancelled": settled == 0}[
                bill.state
            ]
            assert Receipt.objects.filter(bill=bill, amount=settled).count() == (bill.state == "paid")
            assert Receipt.objects.filter(bill=bill).count() == (bill.state == "paid")
            states = set(Bill.objects.filter(enrolment=bill.enrolment_id).values_list("state", flat=True))
            wanted = "begun" if states == {"paid"} else "cancelled" if states == {"cancelled"} else "pending"
            back = RefundPart.objects.filter(cover__enrolment=bill.enrolment_id).exists()
            assert not back or wanted == "begun"
            wanted = "cancelled" if back else wanted
            assert set(Cover.objects.filter(enrolment=bill.enrolment_id).values_list("state", flat=True)) == {wanted}
        assert not set(credits_to_use().exclude(state="kept"))


def total(rows: Any) -> Decimal:
    """What their amounts come to."""
    return rows.aggregate(total=Sum("amount"))["total"] or NONE


@pytest.mark.django_db
def test_money_in_is_money_booked_and_covers_begun() -> None:
    run_state_machine_as_test(MoneyIn, settings=settings(max_examples=6, stateful_step_count=20, deadline=None))


STEPS: list[tuple[str, dict[str, Any]]] = [
    ("pay_what_is_open", {"place": 0, "more": 20}),
    ("keep", {"place": 1, "like": 0}),
    ("take_back", {"place": 1}),
    ("give_back", {"place": 1}),
    ("enter", {"place": 0}),
    ("confirm", {"place": 0}),
    ("pay_what_is_open", {"place": 0, "more": 20}),
    ("keep", {"place": 2, "like": 3}),
    ("credits_are_used", {}),
    ("order", {"place": 3, "channel": "wechat"}),
    ("the_channel_says", {"place": 0, "standing": "paid"}),
    ("news_come", {"place": 0}),
    ("a_day_is_compared", {"back": 0}),
    ("the_channel_pays_out", {"place": 0, "short": True}),
    ("fees_are_made_good", {}),
    ("cover_ends", {"place": 0}),
    ("enter", {"place": 1}),
    ("confirm", {"place": 1}),
    ("time_goes_on", {"days": 40}),
    ("issue", {"one": True, "two_payers": False}),
    ("cancel", {"place": 4}),
]
DONE = {
    "credit_kept", "release_credit", "refund_money", "use_credit_up", "order_paid", "day_agrees", "channel_settled",
    "channel_fees_made_good", "approve_refund", "confirm_refund_payment", "begin_cover", "cancel_bill",
}  # fmt: skip


@pytest.mark.django_db
def test_each_step_that_is_done_is_booked() -> None:
    """Few of a machine's short walks come so far: this one takes each step once, and is never killed."""
    machine = MoneyIn()
    machine.begin()
    try:
        for name, told in STEPS:
            getattr(machine, name)(**told, **({} if name == "the_channel_says" else {"kill": None}))
            machine.all_is_booked()
        assert set(AuditEntry.objects.values_list("what", flat=True)) >= DONE
    finally:
        machine.teardown()


@pytest.mark.slow
@pytest.mark.django_db
def test_money_in_is_money_booked_and_covers_begun_at_length() -> None:
    run_state_machine_as_test(MoneyIn, settings=settings(max_examples=10, stateful_step_count=30, deadline=None))
