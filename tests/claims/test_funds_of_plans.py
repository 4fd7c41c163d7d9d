"""Whatever is decided, paid, set off, returned and given back: each plan's fund is what came in less the benefits finally due by
it, what members owe and are owed is what the books say, and the figures of docs/rules/bookkeeping.md are these."""

from __future__ import annotations

import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.actions.giving_back import ask_repayment, confirm_repayment
from mutualaid.claims.actions.paying_anew import correct_payee, pay_again, stop_payment
from mutualaid.claims.actions.settling import settle, settle_together
from mutualaid.claims.assessing import latest
from mutualaid.claims.history import Computed
from mutualaid.claims.jobs import set_off_returns
from mutualaid.claims.models import Assessment, AssessmentLine, Claim, SetOff
from mutualaid.claims.parts import parts_of, parts_of_assessment
from mutualaid.claims.queries import beside_orders
from mutualaid.claims.refusals import Refused
from mutualaid.claims.unpaid import unpaid
from mutualaid.contributions.actions.bank import hold_line
from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.models import Payment, Statement, StatementLine
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from mutualaid.ledger.actions import Share, post_income
from mutualaid.ledger.chart import BANK, BENEFITS, BENEFITS_BACK, BENEFITS_PAYABLE, UNMATCHED, Account
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Entry, Posting
from mutualaid.ledger.queries import PlanFund, fund_by_plan, lines_of
from mutualaid.payouts.actions.orders import NotToCorrect
from mutualaid.payouts.bank.news import NewsRefused
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.queries import money_of, owed
from mutualaid.payouts.reconciling import differing
from tests.claims.scene import Scene, actor
from tests.claims.test_letters_and_money import left, member, paid, told_by_bank, yuan
from tests.ledger.books import check_now
from tests.ledger.test_bookkeeping import rows_of
from tests.people.cast import AT, BY

pytestmark = pytest.mark.django_db
TERM = (datetime.date(2025, 4, 1), datetime.date(2026, 4, 1))
CAME_IN = {"gx-1": Decimal(5000), "gx-2": Decimal(3000)}
REFUSALS = (Refused, IllegalMove, NotToCorrect, NewsRefused)


def computed(one: int, two: int) -> Computed:
    """What the engine would say: so much (yuan) by each plan."""
    lines: Any = tuple(
        SimpleNamespace(plan=plan, amount=amount * 100) for plan, amount in (("gx-1", one), ("gx-2", two)) if amount
    )
    return Computed(lines=lines, used={}, periods=(TERM,) * len(lines))


def assessed(scene: Scene, claim: Claim, found: Computed) -> int:
    """It is the computation that stands; its round."""
    before = latest(claim=claim)
    made = Assessment.objects.create(
        claim=claim, round=before.round + 1 if before else 1, at=scene.now(), total_amount=found.total,
        refers=False, refuses=False, provisional=False, sha256="0" * 64,
    )  # fmt: skip
    for place, (plan, period, amount) in enumerate(parts_of(found)):
        AssessmentLine.objects.create(
            assessment=made, place=place, plan=plan, benefit="b", outcome="pay", amount=amount, reasons=[],
            working="[]", period_from_on=period.from_on, period_until_on=period.until_on,
        )  # fmt: skip
    return made.round


def decided(scene: Scene, claim: Claim, one: int, two: int) -> None:
    """A review comes to so much by each plan."""
    found = computed(one, two)
    number = assessed(scene, claim, found)
    settle(claim=claim, number=number, parts=parts_of(found), by=BY, at=scene.now())


def together(scene: Scene, *found: tuple[Claim, int, int]) -> None:
    """Claims change together, as when they are put in another order."""
    rows = [(claim, computed(one, two)) for claim, one, two in found]
    rounds = [(claim, assessed(scene, claim, told), told) for claim, told in rows]
    settle_together(found=rounds, by=BY, at=scene.now())


def entered(scene: Scene, one: int, two: int, path: str = "") -> Claim:
    """An approved claim of which so much is due by each plan, ordered to be paid."""
    claim = scene.enter("100.00")  # the plan of the scene pays nothing
    facts = {"state": "approved", "decided_at": scene.now(), "due_on": None, "unit_path": path or claim.unit_path}
    Claim.objects.filter(pk=claim.pk).update(**facts)
    claim = Claim.objects.select_related("particulars", "member").get(pk=claim.pk)
    decided(scene, claim, one, two)
    return claim


def funded(scene: Scene) -> None:
    """Contributions of both plans are earned."""
    for plan, amount in CAME_IN.items():
        share = Share(plan, Period(*TERM), "U1", amount)
        bill = f"contributions.bill:{plan}"
        post_income(book=scene.fund.book, bill=bill, shares=[share], on=TERM[0], by=BY, at=AT)


def money(scene: Scene, amount: Decimal) -> Payment:
    """It came in, and waits as 暂收款."""
    statement = Statement.objects.first() or Statement.objects.create(
        fund=scene.fund,
        file=papers.store(
            content=b"a,b\n",
            name="a.csv",
            kind="x",
            media_type=papers.CSV,
            unit_path=scene.cast.city.path,
            by=BY,
            at=AT,
        ),
        at=AT,
        lines_read=1,
        lines_new=1,
    )
    line = StatementLine.objects.create(
        statement=statement, fund=scene.fund, serial=f"S{StatementLine.objects.count()}", booked_on=TERM[1],
        amount=amount, payer_name="林晓禾",
    )  # fmt: skip
    return hold_line(line=line, reason="会员退回", by=actor(scene.finance), at=scene.now())


def give_back(scene: Scene, claim: Claim, amount: Decimal) -> None:
    """Two persons record it."""
    asked = ask_repayment(claim=claim, payment=money(scene, amount), by=actor(scene.finance), at=scene.now())
    confirm_repayment(repayment=asked, by=actor(scene.second_finance), at=scene.now())


def held(scene: Scene, account: Account, plan: str = "") -> Decimal:
    """What an account holds, debit positive; of one plan."""
    rows = Posting.objects.filter(entry__book=scene.fund.book_id, account__code=account.code)
    rows = rows.filter(account__plan=plan) if plan else rows
    return sum((row.amount for row in rows), Decimal(0))


def funds(scene: Scene) -> dict[str, PlanFund]:
    """By plan."""
    return {row.plan: row for row in fund_by_plan(book=scene.fund.book, on=datetime.date(2027, 1, 1))}


def booked(scene: Scene, since: int = 0) -> list[list[str]]:
    """Entries as the page writes them, without those of orders and payments."""
    found = Entry.objects.filter(book=scene.fund.book_id, pk__gt=since, event__in=["settled", "set_off", "repaid"])
    return [
        [
            "借" if line.debit else "贷",
            f"{line.account.code} {line.account.zh}",
            line.plan,
            f"{line.debit or line.credit:,.2f}",
        ]
        for entry in found.order_by("id")
        for line in lines_of(entry=entry)
    ]


def shown(scene: Scene) -> list[list[str]]:
    """The table of funds of the page."""
    return [
        [
            plan,
            *(
                f"{amount:,.2f}"
                for amount in (row.income, row.approved, row.paid, row.moved, row.payable, row.back, row.balance)
            ),
        ]
        for plan, row in sorted(funds(scene).items())
    ]


# --- the figures of the page ------------------------------------------------------------------------------------------


def test_what_one_plan_paid_too_much_another_takes_over(scene: Scene) -> None:
    funded(scene)
    claim = entered(scene, 600, 200)
    paid(scene, claim)
    decided(scene, claim, 500, 450)  # 100 less by the one, 250 more by the other: 150 are ordered
    assert [order.amount for order in PaymentOrder.objects.order_by("id")] == [800, 150]
    assert booked(scene) == rows_of("15.")
    assert shown(scene) == rows_of("16.")
    paid(scene, claim)
    assert (held(scene, BANK), held(scene, BENEFITS_PAYABLE)) == yuan(-950, 0)


def test_what_was_paid_for_one_claim_counts_for_another_of_another_plan(scene: Scene) -> None:
    funded(scene)
    first, second = entered(scene, 880, 0), entered(scene, 0, 120)
    paid(scene, first)
    told_by_bank(scene, PaymentOrder.objects.get(reference=second.number), "paid")
    together(scene, (first, 120, 0), (second, 0, 700))
    assert SetOff.objects.count() == 2
    assert booked(scene) == rows_of("17.")
    found = funds(scene)
    assert (found["gx-1"].balance, found["gx-2"].balance) == yuan(5000 - 120, 3000 - 700)
    assert (found["gx-1"].moved, found["gx-2"].moved, found["gx-1"].back) == yuan(-580, 580, 180)


def test_what_is_given_back_goes_to_the_plans_that_paid_too_much(scene: Scene) -> None:
    funded(scene)
    claim = entered(scene, 600, 200)
    paid(scene, claim)
    decided(scene, claim, 520, 0)
    since = Entry.objects.latest("id").pk
    assert (held(scene, BENEFITS_BACK, "gx-1"), held(scene, BENEFITS_BACK, "gx-2")) == yuan(80, 200)
    give_back(scene, claim, Decimal(150))
    assert booked(scene, since) == rows_of("18.")
    assert (held(scene, BENEFITS_BACK, "gx-1"), held(scene, BENEFITS_BACK, "gx-2")) == yuan(0, 130)
    decided(scene, claim, 520, 150)  # 20 more than what was paid net
    assert held(scene, BENEFITS_BACK) == 0
    assert {plan: row.balance for plan, row in funds(scene).items()} == {"gx-1": 5000 - 520, "gx-2": 3000 - 150}


def test_one_dedicated_account_never_pays_for_another(scene: Scene) -> None:
    open_fund(
        unit=scene.cast.province, account_name="省专户", account_number="6222000033334444", bank_name="海市银行", by=BY, at=AT
    )  # fmt: skip
    first, second = entered(scene, 800, 0), entered(scene, 0, 100, path=scene.cast.province.path)
    paid(scene, first)
    together(scene, (first, 500, 0), (second, 0, 300))
    assert not SetOff.objects.exists()
    assert held(scene, BENEFITS_BACK) == 300
    assert money_of(reference=second.number).open == 300


# --- anything that can happen -----------------------------------------------------------------------------------------

_DUE = st.integers(0, 9)
_WHICH = st.integers(0, 2)


class Funds(RuleBasedStateMachine):
    """Three claims of one member, borne by two plans."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.claims: list[Claim] = []
        self.came_in = Decimal(0)
        self.by = actor(self.scene.finance)

    def teardown(self) -> None:
        for row in unpaid():
            decided_again(self.scene, next(claim for claim in self.claims if claim.number == row.number))
        self.each_fund_shows_the_truth()
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    def orders(self, *names: str) -> list[PaymentOrder]:
        """Those of some states."""
        return list(PaymentOrder.objects.filter(state__in=names).order_by("id"))

    def try_it(self, deed: Any) -> bool:
        """Done, or refused in words."""
        try:
            with transaction.atomic():
                deed()
        except REFUSALS:
            return False
        return True

    @initialize(parts=st.lists(st.tuples(_DUE, st.integers(1, 9)), min_size=3, max_size=3))
    def begin(self, parts: list[tuple[int, int]]) -> None:
        funded(self.scene)
        self.claims = [entered(self.scene, one * 100, two * 100) for one, two in parts]

    @rule(which=_WHICH, one=_DUE, two=_DUE)
    def correct(self, which: int, one: int, two: int) -> None:
        decided(self.scene, self.claims[which], one * 100, two * 100)

    @rule(which=_WHICH, one=_DUE, two=_DUE, three=_DUE, four=_DUE)
    def set_off(self, which: int, one: int, two: int, three: int, four: int) -> None:
        first, second = self.claims[which], self.claims[(which + 1) % 3]
        together(self.scene, (first, one * 100, two * 100), (second, three * 100, four * 100))

    @rule(told=st.sampled_from(["paid", "paid", "paid", "rejected"]))
    def pay(self, told: str) -> None:
        if self.orders("created"):
            left(self.scene)
        for order in self.orders("released"):
            told_by_bank(self.scene, order, told)

    @rule(place=st.integers(0, 5), at_once=st.booleans())
    def come_back(self, place: int, at_once: bool) -> None:
        if found := self.orders("paid"):
            told_by_bank(self.scene, found[place % len(found)], "returned")
        if at_once:
            set_off_returns(at=self.scene.now())

    @rule(which=_WHICH, hundreds=st.integers(1, 6))
    def give(self, which: int, hundreds: int) -> None:
        if self.try_it(lambda: give_back(self.scene, self.claims[which], Decimal(hundreds * 100))):
            self.came_in += hundreds * 100

    @rule(place=st.integers(0, 5))
    def stop(self, place: int) -> None:
        if found := self.orders("created", "failed", "returned"):
            order = found[place % len(found)]
            self.try_it(lambda: stop_payment(order=order, reason="待核", by=self.by, at=self.scene.now()))

    @rule(place=st.integers(0, 9))
    def again(self, place: int) -> None:
        if found := self.orders("stopped", "failed", "returned"):
            order = found[place % len(found)]
            self.try_it(lambda: pay_again(order=order, reason="已核实", by=self.by, at=self.scene.now()))

    @rule(which=_WHICH)
    def another_card(self, which: int) -> None:
        payee, claim = Payee("林晓禾", "6217000012340002", "海市银行"), self.claims[which]
        self.try_it(lambda: correct_payee(claim=claim, payee=payee, by=member(self.scene), at=self.scene.now()))

    @invariant()
    def each_fund_shows_the_truth(self) -> None:
        check_now()
        scene, rows = self.scene, funds(self.scene)
        due = {plan: Decimal(0) for plan in CAME_IN}
        over, missing = Decimal(0), Decimal(0)
        for claim in self.claims:
            stands = latest(claim=claim)
            assert stands is not None
            for plan, _, amount in parts_of_assessment(stands):
                due[plan] += amount
            sums = money_of(reference=claim.number)
            rest = sums.paid + sums.open + beside_orders(claim=claim) - stands.total_amount
            over, missing = over + max(rest, Decimal(0)), missing + max(-rest, Decimal(0))
        net = sum((order.amount for order in self.orders("paid")), Decimal(0))
        assert sum((row.missing for row in unpaid()), Decimal(0)) == missing
        assert held(scene, BENEFITS_BACK) == over, "what members owe"
        assert held(scene, BENEFITS_PAYABLE) == -owed(fund=scene.fund), "what they are owed"
        assert differing(fund=scene.fund) == []
        assert held(scene, BANK) == self.came_in - net
        assert held(scene, UNMATCHED) == 0, "what was not to be returned was rolled back"
        assert held(scene, BENEFITS) == sum(due.values()) - missing, "what was not ordered is no cost yet"
        if not missing and rows:
            for plan, amount in CAME_IN.items():
                assert rows[plan].balance == amount - due[plan], "came in less what is finally due"
        assert sum(row.moved for row in rows.values()) == 0
        for row in rows.values():
            given = -held_by(scene, "repaid", row.plan)
            assert row.approved == row.paid + row.payable + row.moved - row.back - given


def held_by(scene: Scene, event: str, plan: str) -> Decimal:
    """What entries of one kind posted to what is to be returned."""
    rows = Posting.objects.filter(entry__book=scene.fund.book_id, entry__event=event, account__code=BENEFITS_BACK.code)
    return sum((row.amount for row in rows.filter(account__plan=plan)), Decimal(0))


def decided_again(scene: Scene, claim: Claim) -> None:
    """All that is due is ordered, as finance does for what it stopped."""
    stands = latest(claim=claim)
    assert stands is not None
    settle(claim=claim, number=stands.round, parts=parts_of_assessment(stands), by=BY, at=scene.now())


@pytest.mark.slow
def test_after_anything_each_plan_bears_what_is_due_by_it(scene: Scene) -> None:
    Funds.scene = scene
    run_state_machine_as_test(
        Funds,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
