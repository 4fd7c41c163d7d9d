"""Sections C1 to C6 of docs/rules/bookkeeping.md are what the actions book; what channels pay out is held against their days."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from mutualaid.contributions import channel_jobs
from mutualaid.contributions.actions.bank import hold_line
from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.actions.online_refunds import ask_refund, refuse_refund
from mutualaid.contributions.actions.paying_out import (
    MoreThanOwed,
    NoDays,
    NoTransfer,
    OtherSum,
    make_fees_good,
    settle_days,
    undo_transfer,
)
from mutualaid.contributions.actions.reconciling import close_difference, open_day, take_day_file, take_over
from mutualaid.contributions.gateway import DayEntry, DayFile, channel_for
from mutualaid.contributions.models import ChannelRefund, Difference, Order, Payment, Reconciliation, StatementLine
from mutualaid.contributions.paying_out import in_transit, runs_for, unsettled
from mutualaid.contributions.persons import NotYours
from mutualaid.contributions.refusals import NoReason
from mutualaid.core.dates import day_of
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.actions import post_refund
from mutualaid.ledger.chart import BANK, FEES_BACK, IN_TRANSIT
from mutualaid.ledger.models import Entry
from mutualaid.people.models import RoleName
from tests.contributions.rivals import Scene, written
from tests.contributions.test_parts_booked import booked
from tests.ledger.test_bookkeeping import rows_of
from tests.people.cast import BY, as_staff, staff

DAY = datetime.timedelta(days=1)


def held(scene: Scene) -> tuple[object, ...]:
    """What is at the bank, in transit, and owed for fees."""
    return scene.world.held(BANK), scene.world.held(IN_TRANSIT), scene.world.held(FEES_BACK)


def line(scene: Scene, amount: str) -> StatementLine:
    """A line of the bank of today, perhaps of the channel."""
    made = scene.world.line(amount, name="某支付机构客户备付金")
    made.booked_on = day_of(timezone.now()) + DAY
    made.save(update_fields=["booked_on"])
    return made


def compared(scene: Scene, day: datetime.date, entries: list[DayEntry]) -> Reconciliation:
    """A day of the channel, by a file of these lines."""
    at = timezone.now()
    row = open_day(channel=scene.rival.kind, fund=scene.world.fund, day=day, by=scene.world.by, at=at)
    file = DayFile("day.csv", b"x", tuple(entries))
    return take_day_file(day=row, channel=channel_for(scene.rival.kind), file=file, by=scene.world.by, at=at)


def test_what_channels_collect_keep_and_pay_out_is_booked_as_the_page_says(scene: Scene) -> None:
    who: dict[str, Any] = {"by": scene.world.by, "at": timezone.now()}
    first, second = scene.opened(), scene.paid()
    unit = second.bill.employer.unit.code
    scene.rival.pay(first)
    assert booked(scene.rival.take, unit) == rows_of("C1.")
    # The refund is owed first, by whoever decides it; of that only the channel's part is looked at here.
    post_refund(book=scene.world.fund.book, refund="t:1", unit=unit, amount=Decimal(20), on=day_of(who["at"]), **who)
    refund = ask_refund(payment=second.payment, amount=Decimal(20), reference="T1", unit=unit, **who)

    def given_back() -> None:
        channel_jobs.send_refund(number=refund.number, at=timezone.now())
        channel_jobs.ask_refund(number=refund.number, at=timezone.now())

    assert booked(given_back, unit) == rows_of("C2.")
    assert booked(scene.day, unit) == rows_of("C3.")
    assert held(scene) == (0, Decimal("79.40"), Decimal("0.60"))
    (told,) = in_transit(funds=type(scene.world.fund).objects.all())
    assert (told.amount, told.compared_amount, told.fees_amount) == (
        Decimal("79.40"), Decimal("79.40"), Decimal("0.60"),
    )  # fmt: skip
    paid_out, good = line(scene, "79.40"), line(scene, "0.60")
    (run,) = runs_for(line=paid_out)
    assert (run.channel, run.total) == (scene.rival.kind, Decimal("79.40"))
    assert booked(lambda: settle_days(line=paid_out, days=run.days, **who), unit) == rows_of("C4.")
    assert booked(lambda: make_fees_good(line=good, **who), unit) == rows_of("C5.")
    assert held(scene) == (80, 0, 0)
    assert not unsettled(fund=scene.world.fund).exists()


def test_what_only_the_file_knows_is_booked_when_it_is_taken_over(scene: Scene) -> None:
    scene.rival.misbehave("bill-unknown")
    scene.day()
    fees = scene.world.held(FEES_BACK)
    assert scene.world.held(IN_TRANSIT) == -fees  # the channel keeps it of money that we do not know yet
    found = Difference.objects.get()
    channel_jobs.ask_difference(number=found.number, at=timezone.now())
    found.refresh_from_db()
    taking = booked(lambda: take_over(difference=found, by=scene.world.by, at=timezone.now()), "")
    assert taking == rows_of("C6.")
    assert scene.world.held(IN_TRANSIT) == Reconciliation.objects.get().settles_amount


def test_lines_settle_days_that_they_are(scene: Scene) -> None:
    """Several days, days that run below zero, another amount, a second line, days of nobody."""
    today, by, at = day_of(timezone.now()), scene.world.by, timezone.now()
    some = [
        DayEntry("payment", "N1", "X1", 10_000, 60),
        DayEntry("payment", "N2", "X2", 5_000, 30),
        DayEntry("refund", "Y1", "X3", 2_000, -12),
        DayEntry("payment", "N4", "X4", 100, 0),
    ]
    days = [compared(scene, today - (4 - number) * DAY, [entry]) for number, entry in enumerate(some)]
    days = list(Reconciliation.objects.filter(pk__in=[day.pk for day in days]).order_by("day"))
    assert [day.settles_amount for day in days] == [Decimal(text) for text in ("99.40", "49.70", "-19.88", "1")]
    assert scene.world.held(FEES_BACK) == Decimal("0.78")
    over_a_holiday = line(scene, "129.22")
    (run,) = runs_for(line=over_a_holiday)
    assert run.days == tuple(days[:3])
    with pytest.raises(OtherSum):
        settle_days(line=over_a_holiday, days=days, by=by, at=at)
    with pytest.raises(NoDays):
        settle_days(line=over_a_holiday, days=[], by=by, at=at)
    over_a_holiday.refresh_from_db()
    assert over_a_holiday.state == "unmatched"
    settle_days(line=over_a_holiday, days=run.days, by=by, at=at)
    with pytest.raises(IllegalMove):
        settle_days(line=over_a_holiday, days=days[3:], by=by, at=at)
    second = line(scene, "129.22")
    assert runs_for(line=second) == []
    with pytest.raises(NoDays):  # settled already
        settle_days(line=second, days=run.days, by=by, at=at)
    short = settle_days(line=line(scene, "0.97"), days=days[3:], reason="渠道另扣 0.03 元，已去函", by=by, at=at)
    assert short.reason.startswith("渠道另扣")
    assert scene.world.held(BANK) == Decimal("130.19")
    with pytest.raises(MoreThanOwed):
        make_fees_good(line=line(scene, "0.79"), by=by, at=at)


def test_what_was_set_against_the_wrong_line_a_second_person_undoes(scene: Scene) -> None:
    today, by, at = day_of(timezone.now()), scene.world.by, timezone.now()
    other: dict[str, Any] = {
        "by": as_staff(staff("财务戊", scene.world.cast.city, RoleName.FINANCE)),
        "at": at + 2 * DAY,
    }
    day = compared(scene, today - DAY, [DayEntry("payment", "N1", "X1", 10_000, 60)])
    wrong, right = line(scene, "99.40"), line(scene, "99.40")
    with pytest.raises(NoTransfer, match="is held against"):
        undo_transfer(line=wrong, reason="对错了", **other)
    before = held(scene)
    settle_days(line=wrong, days=[day], by=by, at=at)
    assert held(scene) != before
    assert Entry.objects.filter(event="settled").count() == 1
    for who, why, refusal in ((by, "对错了", NotYours), (BY, "对错了", NotYours), (other["by"], " ", NoReason)):
        with pytest.raises(refusal):
            undo_transfer(line=wrong, reason=why, by=who, at=at)
    undone = undo_transfer(line=wrong, reason="对错了流水", **other)
    assert (undone.name, undone.why) == ("财务戊", "对错了流水")
    assert undone.days == [day.day.isoformat()]
    wrong.refresh_from_db()
    day.refresh_from_db()
    assert (wrong.state, wrong.remark, day.transfer) == ("unmatched", "", None)
    mirror = Entry.objects.get(reverses__event="settled")
    assert mirror.posted_on == day_of(other["at"])  # not on the line's own day, which may be reported already
    assert mirror.text == f"撤销第 {mirror.reverses_id} 号分录（支付渠道结算到账）"
    assert held(scene) == before
    with pytest.raises(NoTransfer, match=f"财务戊 did so on {day_of(other['at'])}"):
        undo_transfer(line=wrong, reason="再一次", **other)
    audit = AuditEntry.objects.get(what="channel_transfer_undone")
    assert audit.detail == {"days": [day.day.isoformat()], "amount": "99.40"}
    # The days are found again, by either line, and the line may be anything else.
    (run,) = runs_for(line=right)
    settle_days(line=right, days=run.days, by=by, at=at)
    assert held(scene) == (Decimal("99.40"), -100, Decimal("0.60"))  # of the payment itself this test books nothing
    hold_line(line=wrong, reason="不是渠道的", by=by, at=at)
    with pytest.raises(NoTransfer, match="load the page again"):
        undo_transfer(line=wrong, reason="再一次", **other)


def test_fees_made_good_by_the_wrong_line_are_owed_again(scene: Scene) -> None:
    by, at = scene.world.by, timezone.now()
    compared(scene, day_of(at) - DAY, [DayEntry("payment", "N1", "X1", 10_000, 60)])
    good = line(scene, "0.60")
    before = held(scene)
    make_fees_good(line=good, by=by, at=at)
    other = as_staff(staff("财务戊", scene.world.cast.city, RoleName.FINANCE))
    undo_transfer(line=good, reason="是利息", by=other, at=at)
    assert held(scene) == before
    good.refresh_from_db()
    make_fees_good(line=good, by=other, at=at)  # by the same line once more, entered by the other
    assert held(scene) == (Decimal("0.60"), Decimal("-0.60"), 0)


def test_days_are_paid_into_their_own_fund(scene: Scene) -> None:
    cast, by, at = scene.world.cast, scene.world.by, timezone.now()
    day = compared(scene, day_of(at) - DAY, [DayEntry("payment", "N1", "X1", 100, 0)])
    other = open_fund(unit=cast.county, account_name="区", account_number="62", bank_name="银行", by=by, at=at)
    elsewhere = line(scene, "1.00")
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(fund=other)
    with pytest.raises(NoDays):
        settle_days(line=elsewhere, days=[day], by=by, at=at)


def test_what_the_channel_confirms_is_taken_over_not_what_its_file_says(scene: Scene) -> None:
    at = timezone.now()
    compared(scene, day_of(at), [DayEntry("payment", "N1", "X1", 1_234, 0)])
    said = {"told": "paid", "told_at": at, "told_amount": Decimal(12), "told_paid_at": at - DAY}
    Difference.objects.update(**said)
    take_over(difference=Difference.objects.get(), by=scene.world.by, at=at)
    payment = Payment.objects.get()
    assert (payment.amount, payment.received_on) == (12, day_of(at - DAY))


def test_a_day_agrees_once_the_last_difference_is_seen_to(scene: Scene) -> None:
    entries = [DayEntry("payment", f"N{n}", f"X{n}", 100, 0) for n in (1, 2)]
    day = compared(scene, day_of(timezone.now()), entries)
    for one, state in zip(Difference.objects.order_by("id"), ("differs", "agrees"), strict=True):
        close_difference(difference=one, reason="渠道确认账单有误", by=scene.world.by, at=timezone.now())
        day.refresh_from_db()
        assert day.state == state


def test_refunds_of_another_amount_or_that_failed_are_differences(scene: Scene) -> None:
    by, order = scene.world.by, scene.paid()
    payment, unit = order.payment, order.bill.employer.unit.code

    def asked(amount: int) -> ChannelRefund:
        reference = f"T{amount}"
        now = timezone.now()
        return ask_refund(payment=payment, amount=Decimal(amount), reference=reference, unit=unit, by=by, at=now)

    less, more, failed = asked(20), asked(10), asked(5)
    for one in (less, more):
        channel_jobs.send_refund(number=one.number, at=timezone.now())
    refuse_refund(refund=failed, why="NO", by=by, at=timezone.now())
    told = [(less, "Y1", 1_900), (failed, "Y2", 500), (more, "Y3", 1_100)]
    lines = [DayEntry("refund", one.number, external, fen, 0) for one, external, fen in told]
    compared(scene, scene.rival.day_of(timezone.now()), lines)
    found = dict(Difference.objects.filter(kind="refund").values_list("external", "finding"))
    assert found == {"Y1": "other_amount", "Y2": "theirs_only", "Y3": "other_amount"}
    open_ = Difference.objects.get(external="Y1")
    channel_jobs.ask_difference(number=open_.number, at=timezone.now())
    open_.refresh_from_db()
    assert open_.state == "open"  # though it is done: over another amount


def test_a_line_twice_in_a_file_is_kept_and_paid_out_once(scene: Scene) -> None:
    entry = DayEntry("payment", "N1", "X1", 10_000, 60)
    day = compared(scene, day_of(timezone.now()) - DAY, [entry, entry])
    assert (day.settles_amount, scene.world.held(FEES_BACK)) == (Decimal("99.40"), Decimal("0.60"))
    assert set(Difference.objects.values_list("finding", flat=True)) == {"theirs_only", "twice"}


def test_a_channel_that_pays_out_in_full(scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Its fee is taken from another account: it is shown, and not of these books."""
    scene.paid()
    monkeypatch.setenv("MUTUALAID_CHANNELS", written({**scene.rival.facts(), "settles": "gross"}, tmp_path))
    day = scene.day()
    assert (day.fees_amount, day.settles_amount) == (Decimal("0.30"), Decimal(50))
    assert held(scene) == (0, 50, 0)


def test_money_of_an_order_of_before_stays_where_it_was_booked(scene: Scene) -> None:
    order = scene.opened()
    Order.objects.filter(pk=order.pk).update(in_transit=False)
    scene.rival.pay(order)
    scene.rival.take()
    assert held(scene)[:2] == (50, 0)
