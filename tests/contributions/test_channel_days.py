"""Days of real channels held against their files, fetched over real HTTP from their simulators; what becomes of differences."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from mutualaid.contributions import channel_jobs
from mutualaid.contributions.actions.online import open_order
from mutualaid.contributions.actions.online_refunds import ask_refund
from mutualaid.contributions.actions.reconciling import (
    DayIsCompared,
    NotConfirmed,
    NotMoney,
    ask_about,
    close_difference,
    fetch_again,
    open_day,
    take_over,
)
from mutualaid.contributions.comparing import window
from mutualaid.contributions.models import Difference, Order, Payment, Reconciliation
from mutualaid.contributions.paying_out import unsettled
from mutualaid.contributions.refusals import NoReason
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from tests.contributions.rivals import Scene, standing

DAY = datetime.timedelta(days=1)


def only() -> Difference:
    """The one that was found last."""
    found = Difference.objects.order_by("id").last()
    assert found is not None
    return found


def asked(scene: Scene, found: Difference) -> Difference:
    """The channel is asked about it."""
    ask_about(difference=found, by=scene.world.by, at=timezone.now())
    assert scene.world.outbox[-1] == ("ask_difference", {"difference": found.number})
    channel_jobs.ask_difference(number=found.number, at=timezone.now())
    found.refresh_from_db()
    return found


def test_a_day_agrees(scene: Scene) -> None:
    first, second = scene.paid(), scene.paid()
    refund = ask_refund(
        payment=first.payment, amount=Decimal(20), reference="T1", unit=first.bill.employer.unit.code,
        by=scene.world.by, at=timezone.now(),
    )  # fmt: skip
    channel_jobs.send_refund(number=refund.number, at=timezone.now())
    day = scene.day()
    assert day.state == "agrees"
    assert (day.payments, day.payments_amount, day.refunds, day.refunds_amount) == (2, Decimal(100), 1, Decimal(20))
    assert (day.ours_payments, day.ours_payments_amount) == (2, Decimal(100))
    assert day.fees_amount == Decimal("0.60")
    assert day.file is not None
    assert papers.read(day.file)
    second.refresh_from_db()
    refund.refresh_from_db()
    assert second.reconciled_on == refund.reconciled_on == day.day
    channel_jobs.fetch_day(channel=scene.rival.kind, day=day.day, at=timezone.now())  # a second time nothing happens
    with pytest.raises(DayIsCompared):
        fetch_again(day=day, by=scene.world.by, at=timezone.now())


def test_a_payment_that_we_do_not_know_is_taken_over_when_the_channel_confirms_it(scene: Scene) -> None:
    scene.paid()
    scene.rival.misbehave("bill-unknown")
    day = scene.day()
    assert day.state == "differs"
    assert scene.differences() == [("payment", "theirs_only")]
    found = only()
    assert (found.external_number, found.theirs_amount, found.ours_amount) == (
        "STRANGE00000001",
        Decimal("12.34"),
        None,
    )
    by, at = scene.world.by, timezone.now()
    with pytest.raises(NotConfirmed):
        take_over(difference=found, by=by, at=at)
    assert asked(scene, found).told == "paid"
    with pytest.raises(NotConfirmed):
        take_over(difference=found, by=by, at=at + 2 * DAY)
    found = take_over(difference=found, by=by, at=at)
    assert found.state == "taken_over"
    assert Payment.objects.get(difference=found).amount == Decimal("12.34")
    assert scene.world.waiting == Decimal("12.34")
    day.refresh_from_db()
    assert day.state == "agrees"
    with pytest.raises(IllegalMove):
        take_over(difference=found, by=by, at=at)
    # The file of another day has it once more: the same money.
    later = Reconciliation.objects.create(channel=day.channel, fund=day.fund, day=day.day + DAY)
    found.pk, found.number, found.reconciliation, found.state = None, "D-AGAIN", later, "open"
    found.save(force_insert=True)
    with pytest.raises(NotMoney, match="booked"):
        take_over(difference=found, by=by, at=at)
    assert scene.world.waiting == Decimal("12.34")


def test_money_of_an_order_of_ours_whose_news_were_lost(scene: Scene) -> None:
    order = scene.opened()
    scene.rival.misbehave("lose")
    scene.rival.pay(order)
    Order.objects.filter(pk=order.pk).update(state="closed")  # nobody asks after it any more
    assert scene.day().state == "differs"
    found = only()
    assert (found.finding, found.order) == ("theirs_only", order)
    with pytest.raises(NotMoney):
        take_over(difference=found, by=scene.world.by, at=timezone.now())
    assert asked(scene, found).state == "cleared"
    assert standing(order) == ("paid", "issued", 1)
    assert scene.world.waiting == 50
    assert Reconciliation.objects.get().state == "agrees"


def test_a_payment_that_the_file_lacks(scene: Scene) -> None:
    order = scene.paid()
    scene.paid()
    scene.rival.misbehave("bill-missing")
    assert scene.day().state == "differs"
    found = only()
    assert (found.finding, found.order, found.ours_amount) == ("ours_only", order, 50)
    assert asked(scene, found).told == "paid"
    assert found.state == "open"  # it is paid, and stands in no file yet
    # The next day's file has it.
    scene.rival.misbehave()
    tomorrow = scene.rival.day_of(timezone.now()) + DAY
    sale = scene.rival.sale(order)
    sale.paid_at += DAY
    at = timezone.now() + DAY
    with scene.rival.later(DAY):
        open_day(channel=scene.rival.kind, fund=scene.world.fund, day=tomorrow, by=scene.world.by, at=at)
        channel_jobs.fetch_day(channel=scene.rival.kind, day=tomorrow, at=at)
    found.refresh_from_db()
    assert found.state == "cleared"
    assert set(Reconciliation.objects.values_list("state", flat=True)) == {"agrees"}


def fetched(scene: Scene, day: datetime.date, at: datetime.datetime) -> Reconciliation:
    """The file of a day is fetched, at some time."""
    channel_jobs.fetch_day(channel=scene.rival.kind, day=day, at=at)
    return Reconciliation.objects.get(channel=scene.rival.kind, day=day)


def test_a_day_without_trade_is_done_at_once(scene: Scene) -> None:
    """WeChat Pay: NO_STATEMENT_EXIST; Alipay: bill_not_exist; UnionPay: 98."""
    day = scene.day()
    assert (day.state, day.settles_amount, day.file) == ("empty", Decimal(0), None)
    assert not unsettled(fund=scene.world.fund).exists()
    assert not Difference.objects.exists()
    again = fetched(scene, day.day, timezone.now())
    assert again.state == "empty"
    # Finance may ask once more; and a file that comes after all is held against our books.
    scene.rival.misbehave("bill-unknown")
    fetch_again(day=day, by=scene.world.by, at=timezone.now())
    assert scene.world.outbox[-1][0] == "fetch_day"
    day = fetched(scene, day.day, timezone.now())
    assert (day.state, day.payments) == ("differs", 1)
    assert scene.differences() == [("payment", "theirs_only")]


def test_a_day_without_trade_is_looked_at_once_more_when_we_hear_of_one(scene: Scene) -> None:
    day = scene.day()
    assert day.state == "empty"
    scene.paid()
    day = fetched(scene, day.day, timezone.now())
    assert (day.state, day.payments, day.ours_payments) == ("agrees", 1, 1)


def test_a_channel_without_a_file_for_a_day_on_which_we_were_paid(scene: Scene) -> None:
    """It may be late, and is fetched again; on the second day after, each trade of ours is a task."""
    first, second = scene.paid(), scene.paid()
    sales = dict(scene.rival.channel.books.sales)
    scene.rival.channel.books.sales.clear()
    day = scene.day()
    assert (day.state, Difference.objects.count()) == ("waiting", 0)
    assert day.tried_at is not None
    now = timezone.now()
    with scene.rival.later(2 * DAY):
        day = fetched(scene, day.day, now + 2 * DAY)
        assert (day.state, day.file, day.ours_payments) == ("differs", None, 2)
        assert scene.differences() == [("payment", "ours_only")] * 2
        assert fetched(scene, day.day, now + 2 * DAY).differences.count() == 2  # not twice
    # Its file comes after all, with one of the two.
    number = scene.rival.number(first)
    scene.rival.channel.books.sales[number] = sales[number]
    day = fetched(scene, day.day, now)
    assert day.file is not None
    assert (day.state, day.payments, day.settles_amount) == ("differs", 1, Decimal("49.70"))
    assert set(day.differences.values_list("order", "state")) == {(first.pk, "cleared"), (second.pk, "open")}
    with pytest.raises(DayIsCompared):
        fetch_again(day=day, by=scene.world.by, at=now)


def test_another_amount(scene: Scene) -> None:
    scene.paid()
    scene.rival.misbehave("bill-amount")
    scene.day()
    found = only()
    assert (found.finding, found.theirs_amount, found.ours_amount) == ("other_amount", 51, 50)
    assert asked(scene, found).told_amount == 50
    with pytest.raises(NotMoney):
        take_over(difference=found, by=scene.world.by, at=timezone.now())
    with pytest.raises(NoReason):
        close_difference(difference=found, reason=" ", by=scene.world.by, at=timezone.now())
    found = close_difference(
        difference=found, reason="渠道确认账单有误，次日更正", by=scene.world.by, at=timezone.now()
    )
    assert Reconciliation.objects.get().state == "agrees"
    with pytest.raises(IllegalMove):
        ask_about(difference=found, by=scene.world.by, at=timezone.now())


def test_a_refund_that_we_did_not_ask_for(scene: Scene) -> None:
    from mutualaid.contributions.simulator.books import Back

    order = scene.paid()
    books = scene.rival.channel.books
    books.give_back(Back("STRANGE9", scene.rival.sale(order), 100, "", books.moment()))
    scene.day()
    assert scene.differences() == [("refund", "theirs_only")]
    found = asked(scene, only())
    assert (found.state, found.told) == ("open", "unclear")


def test_a_file_that_is_not_there_yet(scene: Scene) -> None:
    scene.paid()
    scene.rival.misbehave("bill-late")
    day = scene.day()
    assert day.state == "waiting"
    assert day.tried_at is not None
    fetch_again(day=day, by=scene.world.by, at=timezone.now())
    assert scene.world.outbox[-1][0] == "fetch_day"
    scene.rival.misbehave()
    assert scene.day().state == "agrees"


def test_a_file_that_is_not_whole_is_not_taken(scene: Scene) -> None:
    scene.paid()
    scene.rival.misbehave("bill-broken")
    assert scene.day().state == "waiting"
    scene.rival.misbehave()
    assert scene.day().state == "agrees"


def test_the_timer_fetches_yesterday(scene: Scene) -> None:
    order = scene.paid()
    with scene.rival.later(DAY):
        channel_jobs.fetch_days(at=timezone.now() + DAY)
    order.refresh_from_db()
    day = Reconciliation.objects.get(channel=scene.rival.kind)
    if order.paid_at is not None and scene.rival.day_of(order.paid_at) == day.day:
        assert day.state == "agrees"


def test_where_a_day_begins() -> None:
    day = datetime.date(2026, 11, 22)
    begins, until = window(day=day, ends=datetime.time())
    assert (begins.isoformat(), until.isoformat()) == ("2026-11-22T00:00:00+08:00", "2026-11-23T00:00:00+08:00")
    begins, until = window(day=day, ends=datetime.time(23))
    assert (begins.isoformat(), until.isoformat()) == ("2026-11-21T23:00:00+08:00", "2026-11-22T23:00:00+08:00")


def test_no_second_order_while_one_may_be_paid(scene: Scene) -> None:
    order = scene.opened()
    assert open_order(bill=order.bill, channel=scene.rival.kind, by=scene.world.by, at=timezone.now()) == order
