"""What was paid too much and comes back: by the bank, set off by itself; by the member, recorded by two persons of finance. And
what is due and not ordered has a named person who sees to it."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.giving_back import (
    AskedAlready,
    NothingToReturn,
    OtherAccount,
    ask_repayment,
    confirm_repayment,
    refuse_repayment,
    set_off_return,
)
from mutualaid.claims.actions.paying_anew import correct_payee, pay_again, stop_payment
from mutualaid.claims.jobs import set_off_returns, tell_unpaid
from mutualaid.claims.models import Claim, RepaidPart, Repayment, Settlement, UnpaidTask
from mutualaid.claims.overpaid import of_claim, overpaid, payments_for
from mutualaid.claims.queries import beside_orders
from mutualaid.claims.unpaid import unpaid
from mutualaid.contributions.actions.bank import hold_line, import_statement
from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.actions.settling import match_payment
from mutualaid.contributions.locking import AlreadyUsed
from mutualaid.contributions.models import Fund, Payment, StatementLine
from mutualaid.contributions.queries import payments_waiting
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.ledger.chart import BANK, BENEFITS, BENEFITS_BACK, BENEFITS_PAYABLE, UNMATCHED
from mutualaid.ledger.models import Entry
from mutualaid.ledger.queries import lines_of
from mutualaid.notices.models import Notice
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.persons import NotAPerson, SamePerson
from mutualaid.payouts.queries import balance, orders_of, owed, steps_of
from mutualaid.payouts.reconciling import compared
from mutualaid.people.models import Member, RoleName
from tests.claims.scene import Scene, actor
from tests.claims.test_letters_and_money import corrected, held, left, member, paid, said, told_by_bank, yuan
from tests.people.cast import AT, BY, account, staff

pytestmark = pytest.mark.django_db
HEAD = "交易日期,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要,附言,流水号\n"


def received(scene: Scene, amount: str, fund: Fund | None = None, hold: bool = True) -> Payment:
    """Money of the member's came in, and waits as 暂收款."""
    fund, serial = fund or scene.fund, f"S{StatementLine.objects.count() + 1}"
    text = f"账号：{fund.account_number},,\n{HEAD}2026-03-21,,{amount},,林晓禾,62220009,转账,退回多付互助金,{serial}\n"
    file = papers.store(
        content=text.encode(), name="流水.csv", kind="bank_statement", media_type=papers.CSV,
        unit_path=fund.unit.path, by=BY, at=AT,
    )  # fmt: skip
    import_statement(fund=fund, file=file, by=actor(scene.finance), at=scene.now())
    line = StatementLine.objects.get(fund=fund, serial=serial)
    return hold_line(line=line, reason="会员退回", by=actor(scene.finance), at=scene.now())


def too_much(scene: Scene) -> Claim:
    """800.00 paid, 400.00 due to a member who has an account."""
    Member.objects.filter(pk=scene.lin.pk).update(account=account("13900000301"))
    claim = scene.approve(scene.enter("1100.00"))
    paid(scene, claim)
    corrected(scene, claim, "600.00")
    return claim


def given_back(scene: Scene, claim: Claim, amount: str) -> Repayment:
    """Entered by one, confirmed by another."""
    asked = ask_repayment(claim=claim, payment=received(scene, amount), by=actor(scene.finance), at=scene.now())
    return confirm_repayment(repayment=asked, by=actor(scene.second_finance), at=scene.now())


def books(scene: Scene) -> tuple[Decimal, ...]:
    """Cost, payable, to be returned, unmatched, bank."""
    return tuple(held(scene, account) for account in (BENEFITS, BENEFITS_PAYABLE, BENEFITS_BACK, UNMATCHED, BANK))


# --- by the member ----------------------------------------------------------------------------------------------------


def test_what_a_member_gives_back_is_entered_by_one_and_confirmed_by_another(scene: Scene) -> None:
    claim = too_much(scene)
    assert books(scene) == yuan(400, 0, 400, 0, -800)
    payment = received(scene, "150.00")
    assert books(scene) == yuan(400, 0, 400, -150, -650)
    assert list(payments_for(fund=scene.fund, most=Decimal(400))) == [payment]
    assert not payments_for(fund=scene.fund, most=Decimal(149)).exists()
    asked = ask_repayment(claim=claim, payment=payment, by=actor(scene.finance), at=scene.now())
    assert books(scene) == yuan(400, 0, 400, -150, -650), "nothing is booked before another has confirmed it"
    assert not payments_for(fund=scene.fund, most=Decimal(400)).exists()
    told = Notice.objects.filter(template="repayment_to_confirm")
    assert {one.account_id for one in told} == {scene.second_finance.account_id}
    with pytest.raises(SamePerson):
        confirm_repayment(repayment=asked, by=actor(scene.finance), at=scene.now())
    done = confirm_repayment(repayment=asked, by=actor(scene.second_finance), at=scene.now())
    assert done.state == "confirmed"
    assert (of_claim(claim=claim).over, beside_orders(claim=claim)) == yuan(250, -150)
    assert books(scene) == yuan(400, 0, 250, 0, -650)
    entry = Entry.objects.get(subject=f"claims.repayment:{asked.pk}")
    assert [(one.account.code, one.debit, one.credit) for one in lines_of(entry=entry)] == [
        ("2209.01", 150, None),
        ("1122.01", None, 150),
    ]
    notice = Notice.objects.filter(template="repayment_received").latest("id")
    assert (notice.words["amount"], notice.words["owed"]) == ("150.00", "250.00")
    assert not payments_waiting(among=Payment.objects.all()).exists()
    with pytest.raises(AlreadyUsed):
        match_payment(payment=payment, bills=[], by=actor(scene.finance), at=scene.now())
    given_back(scene, claim, "250.00")
    assert books(scene) == yuan(400, 0, 0, 0, -400)
    assert not overpaid(among=Claim.objects.all()).exists()
    assert unpaid() == []


def test_after_it_the_letter_and_the_money_go_by_what_was_paid_net(scene: Scene) -> None:
    claim = too_much(scene)
    given_back(scene, claim, "300.00")
    corrected(scene, claim, "1000.00")  # 720 are due, 500 were paid net
    assert "已支付 800.00 元。您已退回 300.00 元。本次补付 220.00 元。" in said(claim)
    assert books(scene) == yuan(720, -220, 0, 0, -500)
    paid(scene, claim)
    found = balance(due=Decimal(720) - beside_orders(claim=claim), orders=orders_of(reference=claim.number))
    assert (found.paid, found.over, found.missing) == yuan(1020, 0, 0)
    corrected(scene, claim, "100.00")  # nothing is due
    assert books(scene) == yuan(0, 0, 720, 0, -720)
    given_back(scene, claim, "720.00")
    assert books(scene) == yuan(0, 0, 0, 0, 0)


def test_what_cannot_be_given_back_is_refused(scene: Scene) -> None:
    claim, by = too_much(scene), actor(scene.finance)
    with pytest.raises(NothingToReturn, match=r"400\.00"):
        ask_repayment(claim=claim, payment=received(scene, "400.01"), by=by, at=scene.now())
    with pytest.raises(NotAPerson):
        ask_repayment(claim=claim, payment=received(scene, "1.00"), by=BY, at=scene.now())
    other = open_fund(
        unit=scene.cast.province, account_name="省专户", account_number="6222000033334444", bank_name="海市银行", by=BY, at=AT
    )  # fmt: skip
    with pytest.raises(OtherAccount):
        ask_repayment(claim=claim, payment=received(scene, "10.00", other), by=by, at=scene.now())
    first = received(scene, "100.00")
    asked = ask_repayment(claim=claim, payment=first, by=by, at=scene.now())
    with pytest.raises(AskedAlready):
        ask_repayment(claim=claim, payment=received(scene, "20.00"), by=by, at=scene.now())
    another = scene.approve(scene.enter("1100.00"))
    with pytest.raises(AlreadyUsed):
        ask_repayment(claim=another, payment=first, by=by, at=scene.now())
    corrected(scene, claim, "1100.00")  # all of it is due after all
    with pytest.raises(NothingToReturn):
        confirm_repayment(repayment=asked, by=actor(scene.second_finance), at=scene.now())
    refused = refuse_repayment(repayment=asked, remark="决定已变", by=by, at=scene.now())
    assert (refused.state, payments_waiting(among=Payment.objects.filter(pk=first.pk)).count()) == ("refused", 1)
    with pytest.raises(IllegalMove):
        confirm_repayment(repayment=asked, by=actor(scene.second_finance), at=scene.now())
    with pytest.raises(IntegrityError, match="repayment_of_two_persons"), transaction.atomic():
        Repayment.objects.filter(pk=asked.pk).update(state="confirmed", decided_by=asked.asked_by)


def test_who_sees_what_was_given_back(scene: Scene) -> None:
    given_back(scene, too_much(scene), "100.00")
    tell_unpaid(at=scene.now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
    for branch, seen in ((scene.cast.mill.unit.path, 0), (scene.cast.other_city.path, 0), (scene.cast.city.path, 1)):
        with within([branch]):
            assert (Repayment.objects.count(), RepaidPart.objects.count()) == (seen, seen)
    with within([], member=scene.lin.pk):
        assert RepaidPart.objects.count() == 1
    with within([scene.cast.city.path]), pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        RepaidPart.objects.update(plan="x")


# --- by the bank ------------------------------------------------------------------------------------------------------


def test_what_came_back_is_set_off_by_itself(scene: Scene) -> None:
    claim = too_much(scene)
    told_by_bank(scene, PaymentOrder.objects.get(), "returned")
    assert books(scene) == yuan(400, -800, 400, 0, 0)
    set_off_returns(at=scene.now())
    assert books(scene) == yuan(400, -400, 0, 0, 0)
    assert owed(fund=scene.fund) == 400
    assert [row.difference for row in compared(funds=[scene.fund])] == [0]
    first, second = PaymentOrder.objects.order_by("id")
    assert (first.state, second.state, second.amount) == ("stopped", "failed", 400)
    assert (second.batch_id, second.bank_reason) == (None, "AC01")
    assert [step.what for step in steps_of(reference=claim.number)][-3:] == ["ordered", "failed", "to_correct"]
    notice = Notice.objects.get(template="return_set_off")
    assert (notice.words["ordered"], notice.words["owed"]) == ("400.00", "0.00")
    set_off_returns(at=scene.now())
    assert PaymentOrder.objects.count() == 2, "once"
    payee = Payee("林晓禾", "6217000012340002", "海市银行")
    anew = correct_payee(claim=claim, payee=payee, by=member(scene), at=scene.now())
    assert anew is not None
    assert (anew.amount, anew.state) == (400, "created")
    paid(scene, claim)
    assert books(scene) == yuan(400, 0, 0, 0, -400)


def test_finance_may_say_that_the_account_is_right(scene: Scene) -> None:
    too_much(scene)
    told_by_bank(scene, PaymentOrder.objects.get(), "returned")
    set_off_returns(at=scene.now())
    kept = PaymentOrder.objects.latest("id")
    anew = pay_again(order=kept, reason="银行系统故障，账户无误", by=actor(scene.finance), at=scene.now())
    assert (anew.state, anew.amount, anew.account_number) == ("created", 400, kept.account_number)


def test_of_two_payments_the_one_that_came_back(scene: Scene) -> None:
    claim = scene.approve(scene.enter("600.00"))
    paid(scene, claim)
    corrected(scene, claim, "1100.00")
    paid(scene, claim)  # 400 and 400
    corrected(scene, claim, "350.00")
    assert books(scene) == yuan(200, 0, 600, 0, -800)
    told_by_bank(scene, PaymentOrder.objects.latest("id"), "returned")
    set_off_returns(at=scene.now())
    assert books(scene) == yuan(200, 0, 200, 0, -400)
    assert not PaymentOrder.objects.filter(state__in=["created", "failed"]).exists()


def test_it_is_given_back_and_then_the_bank_returns_all(scene: Scene) -> None:
    claim = too_much(scene)
    given_back(scene, claim, "400.00")
    told_by_bank(scene, PaymentOrder.objects.get(), "returned")
    assert set_off_return(claim=claim, by=BY, at=scene.now()) is None, (
        "all of the 800 is the member's: 400 due, 400 given"
    )
    assert books(scene) == yuan(400, -800, 0, 0, 400)
    corrected(scene, claim, "1100.00")
    assert books(scene) == yuan(800, -1200, 0, 0, 400)


def test_nothing_comes_back_where_nothing_was_too_much(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    assert set_off_return(claim=scene.enter("100.00"), by=BY, at=scene.now()) is None
    left(scene)
    told_by_bank(scene, PaymentOrder.objects.get(), "rejected")
    assert set_off_return(claim=claim, by=BY, at=scene.now()) is None
    assert not Settlement.objects.exists()


def test_nothing_more_goes_to_an_account_from_which_money_came_back(scene: Scene) -> None:
    claim = scene.approve(scene.enter("600.00"))
    left(scene)
    told_by_bank(scene, PaymentOrder.objects.get(), "rejected")
    corrected(scene, claim, "1100.00")
    assert list(PaymentOrder.objects.order_by("id").values_list("state", "amount")) == [
        ("failed", Decimal(400)),
        ("failed", Decimal(400)),
    ]
    payee = Payee("林晓禾", "6217000012340002", "海市银行")
    correct_payee(claim=claim, payee=payee, by=member(scene), at=scene.now())
    paid(scene, claim)
    assert books(scene) == yuan(800, 0, 0, 0, -800)


# --- due and not ordered ----------------------------------------------------------------------------------------------


def test_a_named_person_sees_to_what_is_due_and_not_ordered(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    order = PaymentOrder.objects.get()
    tell_unpaid(at=scene.now())
    assert not UnpaidTask.objects.exists()
    stop_payment(order=order, reason="户名待核", by=actor(scene.finance), at=scene.now())
    for _ in range(2):
        tell_unpaid(at=scene.now())
    task = UnpaidTask.objects.get()
    assert (task.claim, task.staff, task.missing_amount, task.state) == (claim, scene.finance, 800, "open")
    assert task.due_on == datetime.date(2026, 3, 25)
    notice = Notice.objects.get(template="unpaid")
    assert (notice.account_id, notice.words["amount"]) == (scene.finance.account_id, "800.00")
    second = scene.approve(scene.enter("200.00"))
    stop_payment(order=PaymentOrder.objects.latest("id"), reason="待核", by=actor(scene.finance), at=scene.now())
    tell_unpaid(at=scene.now())
    assert UnpaidTask.objects.get(claim=second).staff == scene.second_finance, "who has the fewest"
    pay_again(order=order, reason="已核实", by=actor(scene.finance), at=scene.now())
    tell_unpaid(at=scene.now())
    task.refresh_from_db()
    assert (task.state, task.closed_at is not None) == ("done", True)
    assert UnpaidTask.objects.get(state="open").claim == second


def test_where_an_office_has_no_finance_it_is_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.approve(scene.enter("1100.00"))
    stop_payment(order=PaymentOrder.objects.get(), reason="待核", by=actor(scene.finance), at=scene.now())
    for one in (scene.finance, scene.second_finance):
        one.account.is_active = False
        one.account.save(update_fields=["is_active"])
    tell_unpaid(at=scene.now())
    assert not UnpaidTask.objects.exists()
    assert "no finance sees to it" in caplog.text
    above = staff("财务己", scene.cast.province, RoleName.FINANCE)
    tell_unpaid(at=scene.now())
    assert UnpaidTask.objects.get().staff == above
