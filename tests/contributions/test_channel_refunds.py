"""Refunds at real channels, over real HTTP against their simulators: given back and booked once, whatever the channel does."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from mutualaid.contributions import channel_jobs, gateway
from mutualaid.contributions.actions.online_refunds import (
    MoreThanPaid,
    NotByChannel,
    NotOpen,
    OtherRefund,
    ask_refund,
    look_at_refund_again,
    refuse_refund,
    take_refund_answer,
)
from mutualaid.contributions.actions.refunds import NotYours, confirm_refund_payment, enter_refund_payment, give
from mutualaid.contributions.actions.refunds_by_channel import confirm_channel_refund, propose_channel_refund
from mutualaid.contributions.gateway import RefundAnswer
from mutualaid.contributions.models import ChannelRefund, Order, Payment, Refund
from mutualaid.contributions.online_money import ways_back
from mutualaid.contributions.queries import refunds_to_ask
from mutualaid.contributions.refundable import Borne
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.actions import post_refund
from mutualaid.ledger.chart import IN_TRANSIT, REFUNDS_PAYABLE
from mutualaid.people.models import RoleName
from tests.contributions.rivals import Scene, state_of
from tests.contributions.test_parts import same
from tests.people.cast import as_staff, staff

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


def wanted(scene: Scene, order: Order, amount: str = "20.00", reference: str = "T00000001") -> ChannelRefund:
    """Asked for, and owed in the books as whoever decides it books it; not sent yet."""
    payment, unit = Payment.objects.get(order=order), order.bill.employer.unit.code
    refund = ask_refund(
        payment=payment, amount=Decimal(amount), reference=reference, unit=unit, by=scene.world.by, at=timezone.now()
    )
    post_refund(
        book=payment.fund.book, refund=f"{subject_of(refund)}", unit=unit, amount=refund.amount,
        on=payment.received_on, by=scene.world.by, at=timezone.now(),
    )  # fmt: skip
    assert scene.world.outbox[-1] == ("send_channel_refund", {"refund": refund.number})
    return refund


def sent(scene: Scene, amount: str = "20.00") -> ChannelRefund:
    """And sent."""
    refund = wanted(scene, scene.paid(), amount)
    channel_jobs.send_refund(number=refund.number, at=timezone.now())
    refund.refresh_from_db()
    return refund


def asked(scene: Scene, refund: ChannelRefund) -> str:
    """The janitor asks."""
    channel_jobs.ask_refund(number=refund.number, at=timezone.now())
    return state_of(refund)


def done(scene: Scene, refund: ChannelRefund) -> bool:
    """Done, and booked once."""
    owed = scene.world.held(REFUNDS_PAYABLE)
    return (
        state_of(refund) == "done" and scene.world.held(IN_TRANSIT) == 30 and owed == 0 and refund.done_at is not None
    )


def test_given_back(scene: Scene) -> None:
    refund = sent(scene)
    assert refund.state == ("done" if scene.rival.kind == "alipay" else "pending")
    scene.rival.take()  # WeChat Pay and UnionPay tell it by themselves
    assert done(scene, refund)
    channel_jobs.send_refund(number=refund.number, at=timezone.now())  # the outbox brings it once more
    channel_jobs.ask_refund(number=refund.number, at=timezone.now())
    assert done(scene, refund)
    assert len(scene.rival.channel.books.backs) == 1


def test_pending_until_the_janitor_hears_of_it(scene: Scene) -> None:
    scene.rival.misbehave("refund-pending", "lose")
    refund = sent_after_paid(scene)
    assert asked(scene, refund) == "pending"
    assert list(refunds_to_ask(at=timezone.now() + datetime.timedelta(minutes=3))) == [refund]
    scene.rival.channel.books.finish_all()
    channel_jobs.ask_refunds(at=timezone.now() + datetime.timedelta(minutes=3))
    assert done(scene, refund)
    assert list(refunds_to_ask(at=timezone.now() + HOUR)) == []


def sent_after_paid(scene: Scene) -> ChannelRefund:
    """With the misbehaviour only from the refund on."""
    flags = set(scene.rival.channel.books.flags)
    scene.rival.misbehave()
    order = scene.paid()
    scene.rival.misbehave(*flags)
    refund = wanted(scene, order)
    channel_jobs.send_refund(number=refund.number, at=timezone.now())
    refund.refresh_from_db()
    return refund


def test_the_answer_is_lost(scene: Scene) -> None:
    scene.rival.misbehave("lose-response", "lose")
    refund = sent_after_paid(scene)
    assert refund.state == "unknown"
    channel_jobs.send_refund(number=refund.number, at=timezone.now())  # never sent again on a guess
    scene.rival.misbehave()
    assert asked(scene, refund) == "done"
    assert done(scene, refund)
    assert len(scene.rival.channel.books.backs) == 1


def test_a_worker_that_dies_while_it_sends(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    refund = wanted(scene, scene.paid())
    with monkeypatch.context() as dies:
        dies.setattr(channel_jobs, "_wanted", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            channel_jobs.send_refund(number=refund.number, at=timezone.now())
    assert state_of(refund) == "unknown"
    channel_jobs.send_refund(number=refund.number, at=timezone.now())
    assert scene.rival.channel.books.backs == {}
    assert asked(scene, refund) == "unknown"  # the channel never heard of it; it may still be on its way
    ChannelRefund.objects.filter(pk=refund.pk).update(created_at=timezone.now() - 2 * DAY)
    assert asked(scene, refund) == "failed"
    assert refund.why == "absent"


def test_refused(scene: Scene) -> None:
    scene.rival.misbehave("refund-refused")
    refund = sent_after_paid(scene)
    assert refund.state == "failed"
    assert refund.why
    assert scene.world.held(IN_TRANSIT) == 50
    assert refund.payment.order is not None
    again = wanted(scene, refund.payment.order)  # under a new number, for the same thing
    assert again.number != refund.number


def test_stuck_at_the_payers_bank(scene: Scene) -> None:
    scene.rival.misbehave("refund-stuck", "lose")
    refund = sent_after_paid(scene)
    found = asked(scene, refund)
    assert (found, refund.fault) == {
        "wechat": ("unknown", "abnormal"),
        "alipay": ("pending", ""),
        "unionpay": ("failed", ""),
    }[scene.rival.kind]
    assert scene.world.held(IN_TRANSIT) == 50


def test_told_late_twice_and_by_somebody_else(scene: Scene) -> None:
    scene.rival.misbehave("late", "twice")
    refund = sent_after_paid(scene)
    scene.rival.channel.books.send_held()
    scene.rival.take()
    assert done(scene, refund)
    before = scene.world.held(IN_TRANSIT)
    scene.rival.misbehave("forge")
    other = sent_after_paid(scene)
    took = scene.rival.take()
    assert True not in took
    assert asked(scene, other) == "done"
    assert scene.world.held(IN_TRANSIT) == before + 30


def test_another_amount_is_never_booked(scene: Scene) -> None:
    scene.rival.misbehave("wrong-amount")
    refund = sent_after_paid(scene)
    scene.rival.take()
    if scene.rival.kind == "alipay":  # which tells of refunds only when it is asked
        assert done(scene, refund)
        return
    assert (state_of(refund), refund.fault) == ("unknown", "wrong_amount")
    assert scene.world.held(IN_TRANSIT) == 50
    less = RefundAnswer(refund.number, "done", 1999, "X1", timezone.now())
    take_refund_answer(refund=refund, answer=less, by=scene.world.by, at=timezone.now())
    assert (state_of(refund), refund.fault) == ("unknown", "wrong_amount")
    look_at_refund_again(refund=refund, by=scene.world.by, at=timezone.now())
    assert scene.world.outbox[-1] == ("ask_channel_refund", {"refund": refund.number})
    assert asked(scene, refund) == "done"
    with pytest.raises(NotOpen):
        look_at_refund_again(refund=refund, by=scene.world.by, at=timezone.now())


def test_what_is_done_is_done_though_it_was_said_to_have_failed(scene: Scene) -> None:
    refund = wanted(scene, scene.paid())
    now = timezone.now()

    def told(standing: gateway.RefundStanding) -> None:
        answer = gateway.RefundAnswer(refund.number, standing, 2000, "5", now)
        take_refund_answer(refund=refund, answer=answer, by=scene.world.by, at=now)

    told("failed")
    assert state_of(refund) == "failed"
    told("pending")
    assert state_of(refund) == "failed"
    told("done")
    told("done")
    told("failed")
    assert done(scene, refund)


def test_never_more_than_was_paid(scene: Scene) -> None:
    order = scene.paid()
    first = wanted(scene, order, "30.00")
    payment, by, at = first.payment, scene.world.by, timezone.now()
    assert ask_refund(payment=payment, amount=Decimal(30), reference="T00000001", unit="G1", by=by, at=at) == first
    with pytest.raises(OtherRefund):
        ask_refund(payment=payment, amount=Decimal(31), reference="T00000001", unit="G1", by=by, at=at)
    for amount in ("20.01", "0", "-1"):
        with pytest.raises(MoreThanPaid):
            ask_refund(payment=payment, amount=Decimal(amount), reference="T2", unit="G1", by=by, at=at)
    assert ask_refund(payment=payment, amount=Decimal(20), reference="T2", unit="G1", by=by, at=at).amount == 20


def test_money_of_a_bank_transfer_goes_back_by_bank(scene: Scene) -> None:
    from mutualaid.contributions.actions.bank import hold_line

    payment = hold_line(line=scene.world.line(50), reason="多缴", by=scene.world.by, at=timezone.now())
    with pytest.raises(NotByChannel):
        ask_refund(payment=payment, amount=Decimal(1), reference="T1", unit="G1", by=scene.world.by, at=timezone.now())


# --- refunds of fees --------------------------------------------------------------------------------------------------


def owed(scene: Scene, back: str = "20.00") -> tuple[Refund, Actor]:
    """A part of the fee of a paid cover goes back, and it is proposed that it goes by the channel; with who agrees."""
    bill = scene.paid().bill
    cover = bill.enrolment.covers.get()
    parts = [(cover.pk, Borne(bill, "employer", bill.amount, Decimal(back)))]
    with within([EVERYTHING]):
        (refund,) = give(parts=parts, subject=subject_of(cover), void=False, by=scene.world.by, at=timezone.now())
    (way,) = ways_back(refund=refund)
    assert (way.left, way.payment.order.bill) == (bill.amount, bill)  # type: ignore[union-attr]
    told = {"by": scene.world.by, "at": timezone.now()}
    refund = propose_channel_refund(refund=refund, payment=way.payment, **told)  # type: ignore[arg-type]
    other = as_staff(staff("财务壬", scene.world.cast.city, RoleName.FINANCE))
    with pytest.raises(NotYours):
        confirm_channel_refund(refund=refund, **told)  # type: ignore[arg-type]
    refund = confirm_channel_refund(refund=refund, by=other, at=timezone.now())
    assert (refund.state, scene.world.outbox[-1][0]) == ("sending", "send_channel_refund")
    return refund, other


def test_a_fee_goes_back_by_the_channel_and_is_booked_once(scene: Scene) -> None:
    refund, _ = owed(scene)
    asked_for = refund.channel_refund
    assert asked_for is not None
    channel_jobs.send_refund(number=asked_for.number, at=timezone.now())
    scene.rival.take()
    channel_jobs.ask_refund(number=asked_for.number, at=timezone.now())
    refund.refresh_from_db()
    assert (refund.state, refund.paid_on is not None) == ("paid", True)
    assert same(scene.world.held(IN_TRANSIT), scene.world.held(REFUNDS_PAYABLE)) == (30, 0)
    assert scene.world.notices[-1] == "refund_paid"
    assert len(scene.rival.channel.books.backs) == 1
    # Another person's fee of the same bill: more than is left of the payment does not go by the channel.
    more = Refund.objects.create(fund=refund.fund, bill=refund.bill, amount=Decimal(40), approved_at=timezone.now())
    assert [way.left for way in ways_back(refund=more)] == [30]
    with pytest.raises(MoreThanPaid):
        propose_channel_refund(refund=more, payment=Payment.objects.get(), by=scene.world.by, at=timezone.now())


def test_late_news_while_the_bank_payment_waits_for_the_second_person(scene: Scene) -> None:
    refund, _ = owed(scene)
    asked_for = refund.channel_refund
    assert asked_for is not None
    refuse_refund(refund=asked_for, why="NOT_ENOUGH", by=scene.world.by, at=timezone.now())
    refund.refresh_from_db()
    enter_refund_payment(
        refund=refund, paid_on=day_of(timezone.now()), serial="OUT1", by=scene.world.by, at=timezone.now()
    )
    answer = RefundAnswer(asked_for.number, "done", 2000, "X1", timezone.now())
    take_refund_answer(refund=asked_for, answer=answer, by=scene.world.by, at=timezone.now())
    assert same(state_of(asked_for), scene.world.held(IN_TRANSIT)) == ("done", 30)
    refund.refresh_from_db()
    assert (refund.state, refund.serial, scene.world.notices[-1]) == ("entered", "OUT1", "refund_paid_twice")


def test_what_the_channel_refuses_is_paid_by_bank_and_late_news_is_told(scene: Scene) -> None:
    refund, other = owed(scene)
    asked_for = refund.channel_refund
    assert asked_for is not None
    refuse_refund(refund=asked_for, why="NOT_ENOUGH", by=scene.world.by, at=timezone.now())
    refund.refresh_from_db()
    assert (refund.state, scene.world.notices[-1]) == ("owed", "refund_not_by_channel")
    assert scene.world.held(REFUNDS_PAYABLE) == -20
    today = {"paid_on": day_of(timezone.now()), "serial": "OUT1"}
    enter_refund_payment(refund=refund, **today, by=scene.world.by, at=timezone.now())  # type: ignore[arg-type]
    confirm_refund_payment(refund=refund, by=other, at=timezone.now())
    held = scene.world.held
    assert same(held(IN_TRANSIT), held(), held(REFUNDS_PAYABLE)) == (50, -20, 0)
    answer = RefundAnswer(asked_for.number, "done", 2000, "X1", timezone.now())
    take_refund_answer(refund=asked_for, answer=answer, by=scene.world.by, at=timezone.now())
    # It was paid twice: the books show what the payer owes back, and finance hears of it.
    assert same(held(IN_TRANSIT), held(), held(REFUNDS_PAYABLE)) == (30, -20, 20)
    assert scene.world.notices[-1] == "refund_paid_twice"
