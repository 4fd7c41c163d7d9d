"""What letters say is owed, against what was really paid and ordered: any order of corrections, payments, returns and stops."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.objections import ask_for_review, close_review_task
from mutualaid.claims.actions.paying_anew import (
    NotDue,
    NothingCameBack,
    confirm_payee,
    correct_payee,
    pay_again,
    stop_payment,
)
from mutualaid.claims.letters import decided_of, letter_facts
from mutualaid.claims.models import Claim, ReviewTask, Settlement
from mutualaid.claims.queries import facts_of, stands
from mutualaid.claims.unpaid import held_back, unpaid
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.money import parse
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.ledger.chart import BANK, BENEFITS, BENEFITS_BACK, BENEFITS_PAYABLE, Account
from mutualaid.ledger.models import Posting
from mutualaid.payouts.actions.accounts import ask_account
from mutualaid.payouts.actions.batches import make_batch, release_batch
from mutualaid.payouts.actions.orders import NotToCorrect
from mutualaid.payouts.actions.results import apply
from mutualaid.payouts.bank.news import News, NewsRefused, Outcome
from mutualaid.payouts.comparing import batch_of
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.queries import owed
from mutualaid.payouts.reconciling import compared, differing
from mutualaid.people.models import RoleName
from tests.claims.scene import Scene, actor
from tests.ledger.books import check_now
from tests.people.cast import BY, staff

pytestmark = pytest.mark.django_db
FUND_ACCOUNT = "6222000011112222"
REFUSALS = (IllegalMove, NotDue, NothingCameBack, NotToCorrect, NewsRefused)


def yuan(*amounts: int) -> tuple[Decimal, ...]:
    """As the books have them."""
    return tuple(Decimal(amount) for amount in amounts)


def held(scene: Scene, account: Account) -> Decimal:
    """What an account of the ledger holds, debit positive."""
    rows = Posting.objects.filter(entry__book=scene.fund.book_id, account__code=account.code)
    return sum((row.amount for row in rows), Decimal(0))


def member(scene: Scene) -> Actor:
    """The one whose claim it is."""
    return Actor(ActorKind.MEMBER, str(scene.lin.pk))


def corrected(scene: Scene, claim: Claim, self_paid: str) -> None:
    """A review finds that the member bears another amount; 80 % of what is above 100 is due, to 1000."""
    task = ReviewTask.objects.filter(claim=claim, state="open").first()
    if task is None:
        task = ask_for_review(claim=claim, text="金额不对", by=BY, at=scene.now())
    kept = facts_of(claim=Claim.objects.select_related("particulars").get(pk=claim.pk))
    facts = {**kept, "amounts": {"self_paid": self_paid, "out_of_scope": "0.00"}}
    close_review_task(task=task, facts=facts, answer="已核", by=_another(scene), at=scene.now())


def _another(scene: Scene) -> Actor:
    """A senior reviewer who had no part in the claim: nobody closes two reviews of one."""
    number = ReviewTask.objects.exclude(closed_by="").count()
    return actor(staff("复核" + chr(ord("甲") + number), scene.cast.province, RoleName.SENIOR_REVIEWER))


def told_by_bank(scene: Scene, order: PaymentOrder, told: Any) -> None:
    """The bank says what became of an order that was released."""
    on = scene.now().date() + datetime.timedelta(days=1)
    outcome = Outcome(order.number, told, order.amount, on, "AC01")
    back = told == "returned"
    batch = order.batch.number if order.batch and not back else ""
    news = News(kind="return" if back else "status", outcomes=(outcome,), batch=batch, account=FUND_ACCOUNT)
    apply(fund=scene.fund, batch=batch_of(fund=scene.fund, news=news), news=news, by=BY, at=scene.now())


def left(scene: Scene) -> None:
    """All that waits is batched by one and released by the other."""
    batch = make_batch(fund=scene.fund, by=actor(scene.finance), at=scene.now())
    release_batch(batch=batch, by=actor(scene.second_finance), at=scene.now())


def paid(scene: Scene, claim: Claim) -> None:
    """All that waits leaves and arrives."""
    left(scene)
    for order in PaymentOrder.objects.filter(reference=claim.number, state="released"):
        told_by_bank(scene, order, "paid")


def said(claim: Claim) -> str:
    """What the letter on the round that stands says of the money."""
    found = stands(claim=claim)
    assert found is not None
    row = Claim.objects.select_related("member", "employer__unit", "office").get(pk=claim.pk)
    decided = decided_of(claim=row, number=found.round)
    assert letter_facts(decided=decided, lang="en")["decided"]
    return " ".join(letter_facts(decided=decided, lang="zh")["decided"])


def figure(pattern: str, text: str) -> Decimal:
    """Yuan that a text names; 0 where it does not."""
    match = re.search(pattern, text)
    return parse(match.group(1)) if match else Decimal(0)


def figures(text: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Due in all, paid before, on its way, and what this letter adds; to be returned is negative."""
    due = figure(r"应付互助金合计 ([0-9,.]+) 元", text)
    before, way = figure(r"已支付 ([0-9,.]+) 元", text), figure(r"尚未到账的 ([0-9,.]+) 元", text)
    more = figure(r"(?:本次补付|按本决定支付) ([0-9,.]+) 元", text)
    return due, before, way, more - figure(r"多付 ([0-9,.]+) 元", text)


def test_800_then_400_then_720(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    paid(scene, claim)
    corrected(scene, claim, "600.00")
    assert "已支付 800.00 元。多付 400.00 元，应予退回，不再另行支付" in said(claim)
    assert (held(scene, BENEFITS_BACK), held(scene, BENEFITS)) == yuan(400, 400)
    corrected(scene, claim, "1000.00")
    text = said(claim)
    assert "已支付 800.00 元。多付 80.00 元，应予退回，不再另行支付" in text
    assert "补付" not in text
    assert (held(scene, BENEFITS_BACK), held(scene, BENEFITS), held(scene, BANK)) == yuan(80, 720, -800)
    corrected(scene, claim, "1200.00")
    assert "已支付 800.00 元。本次补付 80.00 元。" in said(claim)
    assert (held(scene, BENEFITS_BACK), held(scene, BENEFITS)) == yuan(0, 880)


def test_exactly_what_was_paid(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    paid(scene, claim)
    corrected(scene, claim, "600.00")
    corrected(scene, claim, "1100.00")
    assert said(claim).endswith("已支付 800.00 元。不再另行支付。")
    assert held(scene, BENEFITS_BACK) == 0


def test_nothing_had_been_paid(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    corrected(scene, claim, "600.00")
    assert said(claim).endswith("尚未支付。按本决定支付 400.00 元。")


def test_the_first_letter_stays_as_it_was(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    before = said(claim)
    stop_payment(order=PaymentOrder.objects.get(), reason="待核", by=actor(scene.finance), at=scene.now())
    assert said(claim) == before


def test_what_finance_stopped_is_ordered_again(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    order = PaymentOrder.objects.get()
    by = actor(scene.finance)
    stop_payment(order=order, reason="户名待核", by=by, at=scene.now())
    assert [(row.number, row.missing, row.stopped) for row in held_back()] == [
        (claim.number, Decimal(800), order.number)
    ]
    assert unpaid() == held_back()
    with within([scene.cast.other_city.path]):
        assert held_back() == []
    anew = pay_again(order=order, reason="已核实", by=by, at=scene.now())
    assert (anew.replaces_id, anew.amount) == (order.pk, 800)
    assert unpaid() == []
    with pytest.raises(NotDue):
        pay_again(order=order, reason="再付", by=by, at=scene.now())
    assert [row.difference for row in compared(funds=[scene.fund])] == [0]


def test_of_a_stopped_order_only_what_is_due_is_ordered_again(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    order = PaymentOrder.objects.get()
    corrected(scene, claim, "600.00")  # 800 stopped, 400 ordered
    first = PaymentOrder.objects.get(pk=order.pk)
    with pytest.raises(NotDue):
        pay_again(order=first, reason="再付", by=actor(scene.finance), at=scene.now())
    second = PaymentOrder.objects.latest("id")
    stop_payment(order=second, reason="待核", by=actor(scene.finance), at=scene.now())
    anew = pay_again(order=first, reason="已核实", by=actor(scene.finance), at=scene.now())
    assert (anew.amount, anew.replaces_id) == (400, None)
    assert owed(fund=scene.fund) == 400


def test_too_much_that_came_back_is_not_paid_again(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    left(scene)
    corrected(scene, claim, "600.00")
    assert held(scene, BENEFITS_BACK) == 400
    order = PaymentOrder.objects.get()
    told_by_bank(scene, order, "rejected")
    change = ask_account(
        order=order, payee_name="林晓禾", account_number="6217000099998888", bank_name="海市银行", reason="来电",
        by=actor(scene.finance), at=scene.now(),
    )  # fmt: skip
    with pytest.raises(NotDue, match=r"400\.00 yuan too much"):
        confirm_payee(change=change, account_number="6217000099998888", by=actor(scene.second_finance), at=scene.now())
    payee = Payee("林晓禾", "6217000012340002", "海市银行")
    anew = correct_payee(claim=claim, payee=payee, by=member(scene), at=scene.now())
    assert anew is not None
    assert (anew.amount, held(scene, BENEFITS_BACK), owed(fund=scene.fund)) == yuan(400, 0, 400)


def test_too_much_that_finance_stops(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    left(scene)
    corrected(scene, claim, "600.00")
    order = PaymentOrder.objects.get()
    told_by_bank(scene, order, "rejected")
    by = actor(scene.finance)
    with pytest.raises(NotDue):
        pay_again(order=order, reason="银行故障", by=by, at=scene.now())
    stop_payment(order=order, reason="金额已变", by=by, at=scene.now())
    assert (held(scene, BENEFITS_BACK), held(scene, BENEFITS)) == yuan(0, 0)
    assert pay_again(order=order, reason="按新决定", by=by, at=scene.now()).amount == 400


def test_the_database_takes_only_figures_that_add_up(scene: Scene) -> None:
    claim = scene.approve(scene.enter("1100.00"))
    corrected(scene, claim, "600.00")
    row = Settlement.objects.get()
    facts = {"claim": claim, "round": 9, "at": row.at, "of_decision": True}
    for amounts, name in (
        ({"entitled_amount": 10, "paid_amount": 5, "open_amount": 0}, "settlement_adds_up"),
        ({"entitled_amount": 5, "paid_amount": 5, "open_amount": 5, "ordered_amount": -5}, "settlement_amounts"),
        (
            {"entitled_amount": 5, "paid_amount": 5, "open_amount": 0, "ordered_amount": 5, "overpaid_amount": 5},
            "settlement_one_way",
        ),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Settlement.objects.create(**facts, **amounts)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Settlement.objects.update(round=3)
    with within([scene.cast.mill.unit.path]):
        assert not Settlement.objects.exists()
    with within([scene.cast.city.path]):
        assert Settlement.objects.exists()


class Money(RuleBasedStateMachine):
    """One claim: corrected, paid, returned, stopped and ordered again in any order."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.claim = self.scene.approve(self.scene.enter("1100.00"))
        self.by = actor(self.scene.finance)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def orders(self, *names: str) -> list[PaymentOrder]:
        """Those of some states."""
        rows = PaymentOrder.objects.filter(reference=self.claim.number)
        return list((rows.filter(state__in=names) if names else rows).order_by("id"))

    def try_it(self, deed: Any, **facts: Any) -> None:
        """Done, or refused in words."""
        try:
            with transaction.atomic():
                deed(**facts, at=self.scene.now())
        except REFUSALS as refusal:
            assert refusal.zh  # noqa: PT017 - the state machine goes on

    @rule(hundreds=st.integers(1, 14))
    def correct(self, hundreds: int) -> None:
        before = {order.number: order.state for order in self.orders()}
        net = sum((order.amount for order in self.orders("paid")), Decimal(0))
        rounds = stands(claim=self.claim)
        corrected(self.scene, self.claim, f"{hundreds * 100}.00")
        found = stands(claim=self.claim)
        assert rounds is not None
        assert found is not None
        assert found.round == rounds.round + 1
        due, had, way, adds = figures(said(self.claim))
        assert (due, had) == (found.total, net), "paid net, whatever was decided before"
        assert adds == due - had - way, "what letters say is what is due less what was paid and is on its way"
        new = [order for order in self.orders() if order.number not in before]
        assert sum((order.amount for order in new), Decimal(0)) == max(adds, Decimal(0))

    @precondition(lambda self: self.orders("created"))
    @rule()
    def leave(self) -> None:
        left(self.scene)

    @precondition(lambda self: self.orders("released", "paid"))
    @rule(told=st.sampled_from(["paid", "paid", "rejected", "returned"]), place=st.integers(0, 5))
    def bank_says(self, told: str, place: int) -> None:
        orders = self.orders("released", "paid")
        order = orders[place % len(orders)]
        try:
            with transaction.atomic():
                told_by_bank(self.scene, order, told)
        except NewsRefused:
            assert (order.state, told) == ("paid", "rejected")

    @precondition(lambda self: self.orders("created", "failed", "returned"))
    @rule(place=st.integers(0, 5))
    def stop(self, place: int) -> None:
        orders = self.orders("created", "failed", "returned")
        self.try_it(stop_payment, order=orders[place % len(orders)], reason="待核", by=self.by)

    @precondition(lambda self: self.orders("failed", "returned", "stopped"))
    @rule(place=st.integers(0, 5))
    def again(self, place: int) -> None:
        orders = self.orders("failed", "returned", "stopped")
        self.try_it(pay_again, order=orders[place % len(orders)], reason="查清了", by=self.by)

    @precondition(lambda self: self.orders("failed", "returned"))
    @rule()
    def another_card(self) -> None:
        payee = Payee("林晓禾", "6217000012340002", "海市银行")
        self.try_it(correct_payee, claim=self.claim, payee=payee, by=member(self.scene))

    @invariant()
    def books_and_orders_agree(self) -> None:
        check_now()
        found = stands(claim=self.claim)
        assert found is not None
        net = sum((order.amount for order in self.orders("paid")), Decimal(0))
        open_ = owed(fund=self.scene.fund)
        assert differing(fund=self.scene.fund) == []
        assert held(self.scene, BENEFITS_PAYABLE) == -open_
        assert held(self.scene, BANK) == -net
        assert held(self.scene, BENEFITS_BACK) == max(net + open_ - found.total, Decimal(0))
        assert held(self.scene, BENEFITS) == min(net + open_, found.total), "cost is what is due and not held back"


def test_any_sequence_of_corrections_and_payments(scene: Scene) -> None:
    scene.senior = staff("复核壬", scene.cast.city, RoleName.REVIEWER)
    Money.scene = scene
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=8, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
