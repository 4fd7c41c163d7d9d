"""Bills paid in parts, payments that are too much or come twice, and what finance does with what is left."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from mutualaid.contributions import jobs
from mutualaid.contributions.actions.bank import hold_line, match_clear_lines, match_line
from mutualaid.contributions.actions.bills import cancel_bill, earn_bill
from mutualaid.contributions.actions.credits import OtherPayer, keep_credit, release_credit, use_credit
from mutualaid.contributions.actions.online import open_order, take_answer
from mutualaid.contributions.actions.refunds import (
    NotYours,
    confirm_refund_payment,
    enter_refund_payment,
    refund_money,
)
from mutualaid.contributions.actions.settling import RanOut, WrongSum, match_payment
from mutualaid.contributions.gateway import Answer
from mutualaid.contributions.locking import AlreadyUsed
from mutualaid.contributions.matching import clear_hits, suggestions
from mutualaid.contributions.models import Bill, Credit, Payment, Receipt, Refund, StatementLine
from mutualaid.contributions.queries import settled, tasks
from mutualaid.contributions.receipts import received_on
from mutualaid.contributions.refusals import NoReason
from mutualaid.contributions.resting import doubles, money_waiting, rest_of, rest_of_bill, why_waiting, with_settled
from mutualaid.core.row_security import within
from mutualaid.ledger.chart import CREDITS, RECEIVABLE, REFUNDS_PAYABLE, UNEARNED
from mutualaid.people.models import RoleName
from tests.contributions.scene import TERM, World
from tests.people.cast import AT, as_staff, staff

LATER = AT + datetime.timedelta(days=3)


def paid(world: World, bill: Bill, amount: int | str) -> Payment:
    """By a line of the bank, whatever the bill's amount."""
    return match_line(line=world.line(amount), bills=[bill], inexact=True, by=world.by, at=AT)


def same(*found: object) -> tuple[object, ...]:
    """What is compared in one go."""
    return found


def covers(bill: Bill) -> set[str]:
    """How the covers stand that a bill pays for."""
    return set(bill.enrolment.covers.values_list("state", flat=True))


def test_a_bill_is_paid_by_several_payments(world: World) -> None:
    bill = world.bill()
    paid(world, bill, 20)
    bill.refresh_from_db()
    assert same(bill.state, rest_of_bill(bill=bill), covers(bill)) == ("issued", 30, {"pending"})
    row = with_settled(among=Bill.objects.filter(pk=bill.pk)).get()
    assert same(*(getattr(row, name) for name in ("settled_amount", "rest_amount"))) == (20, 30)
    assert same(world.held(RECEIVABLE), world.held(), world.waiting) == (30, 20, 0)
    assert not Receipt.objects.filter(bill=bill).exists()
    assert world.notices[-1] == "bill_part_paid"
    line = world.line(30)
    type(line).objects.filter(pk=line.pk).update(booked_on=LATER.date())
    line.refresh_from_db()
    match_line(line=line, bills=[bill], by=world.by, at=LATER)  # the rest exactly
    bill.refresh_from_db()
    assert same(bill.state, covers(bill)) == ("paid", {"begun"})
    assert received_on(receipt=bill.receipt) == LATER.date()
    assert [one.amount for one in settled(bill=bill)] == [20, 30]
    assert same(world.held(RECEIVABLE), world.held(), bill.receipt.amount) == (0, 50, 50)
    assert earn_bill(bill=bill, by=world.by, at=AT + datetime.timedelta(days=60)).posted_on == TERM[0]


def test_what_is_not_exact_is_said_first(world: World) -> None:
    bill = world.bill()
    with pytest.raises(WrongSum) as refused:
        match_line(line=world.line(20), bills=[bill], by=world.by, at=AT)
    assert "20.00" in refused.value.zh
    first, second = bill, world.bill(world.cast.yard)
    with pytest.raises(RanOut):
        match_line(line=world.line(50), bills=[first, second], inexact=True, by=world.by, at=AT)


def test_a_payment_over_several_bills_reaches_as_far_as_it_goes(world: World) -> None:
    bills = [world.bill(), world.bill(world.cast.yard)]
    payment = match_line(line=world.line(70), bills=bills[::-1], inexact=True, by=world.by, at=AT)
    assert [rest_of_bill(bill=bill) for bill in Bill.objects.order_by("id")] == [0, 30]
    assert rest_of(payment=payment) == 0


def test_what_is_due_first_is_paid_first(world: World) -> None:
    one, two = world.bill(), world.bill()
    Bill.objects.filter(pk=one.pk).update(due_on=two.due_on + datetime.timedelta(days=9))
    match_line(line=world.line(70), bills=[one, two], inexact=True, by=world.by, at=AT)
    assert {bill: rest_of_bill(bill=bill) for bill in Bill.objects.all()} == {one: 30, two: 0}
    # So does what is kept for the next bill.
    payment = match_line(line=world.line(70), bills=[one], inexact=True, by=world.by, at=AT)
    keep_credit(payment=payment, like=one, by=world.by, at=AT)
    three, four = world.bill(), world.bill()
    Bill.objects.filter(pk=three.pk).update(due_on=four.due_on + datetime.timedelta(days=9))
    use_credit(credit=Credit.objects.get(), by=world.by, at=AT)
    assert [rest_of_bill(bill=Bill.objects.get(pk=bill.pk)) for bill in (three, four)] == [50, 10]


def test_too_much_settles_the_bill_and_the_rest_waits(world: World) -> None:
    bill = world.bill()
    payment = paid(world, bill, 60)
    bill.refresh_from_db()
    assert same(bill.state, covers(bill), world.waiting, world.held()) == ("paid", {"begun"}, 10, 60)
    (row,) = money_waiting(among=Payment.objects.all())
    assert same(row.pk, rest_of(payment=row)) == (payment.pk, 10)
    why = why_waiting(payments=[row])[row.pk]
    assert same(why.kind, why.like) == ("over", bill)
    (task,) = tasks(lines=StatementLine.objects.none(), orders=bill.orders.all(), payments=Payment.objects.all())
    assert same(task.kind, task.amount) == ("money_unmatched", 10)
    other = world.bill()
    match_payment(payment=payment, bills=[other], inexact=True, by=world.by, at=AT)
    assert same(rest_of_bill(bill=other), world.waiting) == (40, 0)
    with pytest.raises(AlreadyUsed):
        match_payment(payment=payment, bills=[other], inexact=True, by=world.by, at=AT)


def test_a_bill_paid_twice_is_recognised_and_given_back_by_two(world: World) -> None:
    bill = world.bill()
    paid(world, bill, 50)
    bill.refresh_from_db()
    line = world.line(50, text=f"补缴{bill.number}", name="第1厂工会")
    assert doubles(amount=line.amount, fund_id=world.fund.pk, text=line.text, name=line.payer_name) == [bill]
    assert doubles(amount=line.amount, fund_id=world.fund.pk, text="", name="第1厂") == [bill]
    payment = hold_line(line=line, reason="重复缴费", by=world.by, at=AT)
    assert why_waiting(payments=[payment])[payment.pk].kind == "double"
    with pytest.raises(NoReason):
        refund_money(payment=payment, like=bill, reason=" ", by=world.by, at=AT)
    refund = refund_money(payment=payment, like=bill, reason="重复缴费", by=world.by, at=AT)
    assert same(refund.amount, world.waiting, world.held(REFUNDS_PAYABLE)) == (50, 0, -50)
    with pytest.raises(AlreadyUsed):
        refund_money(payment=payment, like=bill, reason="重复缴费", by=world.by, at=AT)
    refund = enter_refund_payment(refund=refund, paid_on=AT.date(), serial="OUT1", by=world.by, at=AT)
    with pytest.raises(NotYours):
        confirm_refund_payment(refund=refund, by=world.by, at=AT)
    second = as_staff(staff("财务壬", world.cast.city, RoleName.FINANCE))
    confirm_refund_payment(refund=refund, by=second, at=AT)
    assert same(world.held(), world.held(REFUNDS_PAYABLE), world.notices[-1]) == (50, 0, "refund_paid")


def test_money_that_is_nobodys_is_given_back_too(world: World) -> None:
    payment = hold_line(line=world.line(8, name="路人"), reason="不明", by=world.by, at=AT)
    assert why_waiting(payments=[payment])[payment.pk].kind == "unknown"
    refund = refund_money(payment=payment, reason="汇错账户", by=world.by, at=AT)
    with within([world.cast.city.path]):
        assert Refund.objects.get(pk=refund.pk).bill is None
    with within([world.cast.county.path]):
        assert not Refund.objects.filter(pk=refund.pk).exists()


def test_a_credit_pays_the_next_bill_by_itself(world: World) -> None:
    bill = world.bill()
    payment = paid(world, bill, 80)
    credit = keep_credit(payment=payment, like=bill, by=world.by, at=AT)
    assert same(world.waiting, world.held(CREDITS)) == (0, -30)
    assert not money_waiting(among=Payment.objects.all()).exists()
    with pytest.raises(AlreadyUsed):
        match_payment(payment=payment, bills=[bill], by=world.by, at=AT)
    jobs.use_credits(at=AT)  # no bill is open
    assert world.held(CREDITS) == -30
    stranger, following = world.bill(world.cast.yard), world.bill()
    jobs.use_credits(at=LATER)
    assert same(rest_of_bill(bill=stranger), rest_of_bill(bill=following)) == (50, 20)
    assert same(world.held(CREDITS), world.waiting, world.held()) == (0, 0, 80)
    assert {"credit_kept", "credit_used", "bill_part_paid"} <= set(world.notices)
    credit.refresh_from_db()
    assert credit.state == "used"
    assert use_credit(credit=credit, by=world.by, at=LATER) == 0
    with pytest.raises(AlreadyUsed):
        release_credit(payment=payment, by=world.by, at=LATER)


def test_a_credit_larger_than_the_bill_is_kept_on_and_may_be_taken_back(world: World) -> None:
    bill = world.bill()
    payment = paid(world, bill, 130)
    keep_credit(payment=payment, like=bill, by=world.by, at=AT)
    following = world.bill()
    jobs.use_credits(at=AT)
    following.refresh_from_db()
    assert same(following.state, covers(following), world.held(CREDITS)) == ("paid", {"begun"}, -30)
    assert received_on(receipt=following.receipt) == AT.date()
    release_credit(payment=payment, by=world.by, at=AT)
    assert same(world.held(CREDITS), world.waiting, Credit.objects.get().state) == (0, 30, "released")
    refund = refund_money(payment=payment, like=bill, reason="多缴", by=world.by, at=AT)
    assert refund.amount == 30


def test_a_credit_is_used_while_it_is_kept_and_in_its_own_account(world: World) -> None:
    from mutualaid.contributions.actions.bills import open_fund

    bill = world.bill()
    payment = paid(world, bill, 130)
    credit = keep_credit(payment=payment, like=bill, by=world.by, at=AT)
    following = world.bill()
    other = open_fund(
        unit=world.cast.county, account_name="区", account_number="62", bank_name="银行", by=world.by, at=AT
    )
    Bill.objects.filter(pk=following.pk).update(fund=other)
    assert use_credit(credit=credit, by=world.by, at=AT) == 0
    Bill.objects.filter(pk=following.pk).update(fund=bill.fund)
    release_credit(payment=payment, by=world.by, at=AT)
    assert use_credit(credit=credit, by=world.by, at=AT) == 0
    assert same(rest_of_bill(bill=following), world.waiting) == (50, 80)


def test_a_payer_of_another_account_is_refused(world: World) -> None:
    from mutualaid.contributions.actions.bills import open_fund

    payment = hold_line(line=world.line(8), reason="不明", by=world.by, at=AT)
    open_fund(unit=world.cast.county, account_name="区", account_number="62", bank_name="银行", by=world.by, at=AT)
    with pytest.raises(OtherPayer):
        keep_credit(payment=payment, like=world.bill(), by=world.by, at=AT)
    with pytest.raises(OtherPayer):
        refund_money(payment=payment, like=Bill.objects.get(), reason="汇错", by=world.by, at=AT)


def test_a_part_paid_bill_is_cancelled_and_its_money_waits(world: World) -> None:
    full, bill = world.bill(), world.bill()
    payment = match_line(line=world.line(80), bills=[full, bill], inexact=True, by=world.by, at=AT)
    cancel_bill(bill=bill, reason="名单有误", by=world.by, at=AT)
    assert same(world.waiting, world.held(RECEIVABLE), world.held(UNEARNED), world.held()) == (30, 0, -50, 80)
    assert rest_of(payment=payment) == 30
    assert why_waiting(payments=[payment])[payment.pk].kind == "cancelled"
    again = world.bill()
    match_payment(payment=payment, bills=[again], inexact=True, by=world.by, at=AT)
    assert same(rest_of_bill(bill=again), world.waiting) == (20, 0)


def test_what_is_released_joins_what_is_kept(world: World) -> None:
    """A credit settled a part of a bill that is cancelled later: it is kept on, whole."""
    bill = world.bill()
    payment = paid(world, bill, 150)
    keep_credit(payment=payment, like=bill, by=world.by, at=AT)
    one, two = world.bill(), world.bill()
    paid(world, two, 10)
    type(one).objects.filter(pk=one.pk).update(due_on=two.due_on + datetime.timedelta(days=9))
    use_credit(credit=Credit.objects.get(), by=world.by, at=AT)
    one.refresh_from_db()
    assert same(one.state, world.held(CREDITS), world.waiting) == ("paid", -10, 0)
    three = world.bill(world.cast.yard)
    Bill.objects.filter(pk=three.pk).update(employer=bill.employer)
    use_credit(credit=Credit.objects.get(), by=world.by, at=AT)
    assert same(rest_of_bill(bill=three), world.held(CREDITS), Credit.objects.get().state) == (40, 0, "used")
    Credit.objects.update(state="kept")
    three.refresh_from_db()
    cancel_bill(bill=three, reason="名单有误", by=world.by, at=AT)
    assert same(world.held(CREDITS), world.waiting, rest_of(payment=payment)) == (-10, 0, 10)


def test_online_only_the_rest_is_asked_and_too_much_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", "neutral=nowhere.json")
    bill = world.bill()
    paid(world, bill, 20)
    order = open_order(bill=bill, channel="neutral", by=world.by, at=AT)
    assert order.amount == 30
    paid(world, bill, 10)  # by bank, while the order is open
    take_answer(order=order, answer=Answer(order.number, "paid", 3000, paid_at=AT), by=world.by, at=AT)
    bill.refresh_from_db()
    assert same(bill.state, world.held(), world.waiting) == ("paid", 60, 10)
    payment = Payment.objects.get(order=order)
    assert why_waiting(payments=[payment])[payment.pk].kind == "over"


def test_the_rest_is_reminded_of_on_its_days(world: World) -> None:
    bill = world.bill()
    for days in (-7, 0, 7):
        jobs.remind_of_rests(at=AT + datetime.timedelta(days=30 + days))
    assert "bill_rest_due" not in world.notices  # nothing was paid: another reminder's business
    paid(world, bill, 20)
    for days in range(-9, 10):
        jobs.remind_of_rests(at=AT + datetime.timedelta(days=30 + days))
    assert world.notices.count("bill_rest_due") == 3
    paid(world, bill, 30)
    jobs.remind_of_rests(at=AT + datetime.timedelta(days=30))
    assert world.notices.count("bill_rest_due") == 3


def test_sums_rests_and_known_accounts_are_suggested(world: World) -> None:
    one, two, three = world.bill(), world.bill(), world.bill()
    paid(world, three, 15)
    best = suggestions(line=world.line(85, name="第1厂工会"))[0]
    assert same(set(best.bills), best.total, best.reasons) == ({one, three}, 85, ("amount", "name"))
    rest = suggestions(line=world.line(35))[0]
    assert same(rest.bills, rest.reasons, rest.total) == ((three,), ("amount",), 35)
    known = world.line(50)
    known.payer_account = "6222009"
    known.save()
    assert suggestions(line=known)[0].reasons == ("amount",)
    match_line(line=known, bills=[one], by=world.by, at=AT)
    again = world.line(50, text=two.number, name="某财务公司")
    again.payer_account = "6222009"
    again.save()
    found = suggestions(line=again)[0]
    assert same(found.bills, found.reasons, found.score, found.clear) == (
        (two,),
        ("number", "amount", "account"),
        90,
        True,
    )
    assert clear_hits(lines=[again]) == {again.pk: two}


def test_clear_lines_are_matched_in_one_go_and_others_left(world: World) -> None:
    bills = [world.bill() for _ in range(3)]
    lines = [world.line(50, text=bill.number, name="第1厂") for bill in bills]
    match_line(line=world.line(50), bills=[bills[1]], by=world.by, at=AT)  # somebody was quicker
    shown = {line: bill.number for line, bill in zip(lines, bills, strict=True)}
    shown[lines[2]] = bills[0].number  # not what is clear now
    done = match_clear_lines(shown=shown, by=world.by, at=AT)
    assert same(done.matched, done.left) == (1, (lines[1], lines[2]))
    assert Bill.objects.filter(state="paid").count() == 2


def test_many_payments_are_shown_with_few_statements(world: World, django_assert_max_num_queries: object) -> None:
    bill = world.bill()
    for number in range(5):
        hold_line(line=world.line(3 + number, text=bill.number), reason="待查", by=world.by, at=AT)
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        rows = list(money_waiting(among=Payment.objects.select_related("line", "order__bill")))
        assert {why.kind for why in why_waiting(payments=rows).values()} == {"unknown"}
    assert sum((rest_of(payment=row) for row in rows), Decimal(0)) == world.waiting
