"""Payment orders: ordered with the approval, stopped, ordered anew; each refusal; how few statements it takes."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import within
from mutualaid.ledger import accounts as ledger_accounts
from mutualaid.ledger.benefits import BenefitShare
from mutualaid.ledger.models import Entry
from mutualaid.ledger.queries import fund_by_plan
from mutualaid.payouts.actions.orders import NotToCorrect, SharesDiffer, correct_account, order_payment, stop_order
from mutualaid.payouts.models import Batch, OrderShare, PaymentOrder
from mutualaid.payouts.queries import money_of, orders_of, owed, shares_of, steps_of
from mutualaid.payouts.refusals import BadAccount, NoReason
from mutualaid.payouts.states import PAYMENT_ORDER
from tests.payouts.scene import CARD, COVER, LATER, World
from tests.people.cast import AT, BY

TO = {"payee_name": "林晓禾", "account_number": "6217 0000 9999 8888", "bank_name": "海市银行"}


def failed(world: World, order: PaymentOrder | None = None) -> PaymentOrder:
    """An order that the bank could not pay."""
    order = order or world.order()
    batch = Batch.objects.create(
        fund=world.fund, made_by_id=world.maker.account_id, made_at=AT, count=1, total=1, own_count=0, own_total=0
    )
    PaymentOrder.objects.filter(pk=order.pk).update(batch=batch)
    for move in ("payout_batched", "payout_released", "payout_failed"):
        order = make(order, PAYMENT_ORDER, move, by=BY, at=AT)
    return order


def test_a_benefit_that_is_approved_is_owed(world: World) -> None:
    order = world.order("880.51")
    assert (order.number[0], len(order.number), order.ordinal, order.state) == ("F", 9, 1, "created")
    assert order.account_masked == "**** 0000"
    assert [(row.plan, str(row.amount)) for row in shares_of(order=order)] == [("sea-1", "440.25"), ("sea-2", "440.26")]
    assert world.books == ("880.51", "-880.51", "0")
    entry = Entry.objects.get(subject=subject_of(order))
    assert (entry.event, entry.posted_on) == ("approved", AT.date())
    rows = {row.plan: row for row in fund_by_plan(book=world.fund.book, on=AT.date())}
    figures = rows["sea-2"].approved, rows["sea-2"].payable, rows["sea-2"].paid
    assert [str(figure) for figure in figures] == ["440.26", "440.26", "0.00"]
    assert rows["sea-1"].balance == Decimal("-440.25")
    assert owed(fund=world.fund) == Decimal("880.51")
    told = AuditEntry.objects.filter(subject=subject_of(order)).values_list("what", "detail")
    assert list(told) == [("payment_ordered", {"reference": order.reference, "amount": "880.51"})]


def test_a_second_payment_of_a_claim_has_the_next_ordinal(world: World) -> None:
    orders = [world.order(10, reference="L00000007") for _ in range(2)]
    assert [order.ordinal for order in orders] == [1, 2]
    assert [row.ordinal for row in orders_of(reference="L00000007")] == [1, 2]


def test_few_statements(world: World) -> None:
    """At most ten within the approval, its accounts known; the first of a plan makes them."""
    world.order()
    found = Entry.objects.latest("id").postings.select_related("account")
    ledger_accounts._remember(
        world.fund.book_id, {row.account.key: row.account_id for row in found}
    )  # as a commit does
    with CaptureQueriesContext(
        connection,
    ) as told:
        world.order()
    ledger_accounts._known.clear()
    assert len(told) <= 9, "\n".join(query["sql"][:120] for query in told.captured_queries)


@pytest.mark.parametrize(
    ("wrong", "zh"),
    [
        ({"payee_name": "  "}, "户名"),
        ({"payee_name": "长" * 101}, "户名"),
        ({"account_number": "6217"}, "得到 4 个字符"),
        ({"account_number": "6217x00001234000"}, "8 至 32 位数字"),
        ({"bank_name": ""}, "开户银行"),
        ({"bank_code": "1234"}, "联行号"),
    ],
)
def test_accounts_to_which_no_money_can_be_sent(world: World, wrong: dict[str, str], zh: str) -> None:
    order = failed(world)
    with pytest.raises(BadAccount) as refusal:
        correct_account(order=order, **{**TO, **wrong}, by=BY, at=AT)
    assert zh in refusal.value.zh
    assert "6217x" not in refusal.value.zh + refusal.value.en


def test_shares_make_up_the_amount(world: World) -> None:
    share = BenefitShare("sea-1", COVER, Decimal(5))
    with pytest.raises(SharesDiffer, match=r"expected shares of 6\.00 in all, found 5\.00"), transaction.atomic():
        order_payment(
            reference="L00000009", subject="claims.claim:9", fund=world.fund, member=None,
            unit_path=world.cast.county.path, **TO, amount=Decimal(6), shares=[share], by=BY, at=AT, on=AT.date(),  # type: ignore[arg-type]
        )  # fmt: skip
    assert not PaymentOrder.objects.exists()


def test_an_order_is_stopped_before_it_leaves(world: World) -> None:
    order = world.order()
    with pytest.raises(NoReason):
        stop_order(order=order, reason=" ", by=BY, at=LATER)
    order = stop_order(order=order, reason="申请人撤回", by=BY, at=LATER)
    assert (order.state, order.remark) == ("stopped", "申请人撤回")
    assert world.books == ("0.00", "0.00", "0")
    assert owed(fund=world.fund) == 0
    with pytest.raises(IllegalMove):
        stop_order(order=order, reason="再次", by=BY, at=LATER)
    assert world.order(reference=order.reference).ordinal == 2


def test_an_order_on_its_way_is_not_stopped(world: World) -> None:
    order = make(world.order(), PAYMENT_ORDER, "payout_batched", by=BY, at=AT)
    with pytest.raises(IllegalMove, match="found in a batch"):
        stop_order(order=order, reason="迟了", by=BY, at=LATER)


def test_what_failed_is_ordered_anew(world: World) -> None:
    order = failed(world)
    anew = correct_account(order=order, **TO, by=BY, at=LATER)
    assert (anew.reference, anew.ordinal, anew.amount, anew.state) == (order.reference, 1, order.amount, "created")
    assert (anew.replaces_id, anew.root_id, anew.account_number) == (order.pk, order.pk, "6217000099998888")
    assert shares_of(order=anew) == shares_of(order=order)
    assert world.books == ("880.50", "-880.50", "0")
    assert owed(fund=world.fund) == Decimal("880.50")
    detail = AuditEntry.objects.get(what="payment_ordered_anew").detail
    assert detail == {"instead_of": order.number, "other_account": True}
    with pytest.raises(NotToCorrect):
        correct_account(order=order, **TO, by=BY, at=LATER)
    with pytest.raises(NotToCorrect):
        stop_order(order=order, reason="重复", by=BY, at=LATER)
    with pytest.raises(NotToCorrect, match="it is to be paid"):
        correct_account(order=anew, **TO, by=BY, at=LATER)
    again = correct_account(order=failed(world, anew), **TO, by=BY, at=LATER)
    assert (again.root_id, again.replaces_id) == (order.pk, anew.pk)
    stop_order(order=again, reason="改为现场领取", by=BY, at=LATER)
    assert world.books == ("0.00", "0.00", "0")


def test_the_database_itself_refuses_a_second_live_order(world: World) -> None:
    order = world.order()
    facts = {"reference": order.reference, "subject": "claims.claim:1", "fund": world.fund, "unit_path": "/1/"}
    to = {"payee_name": "x", "account_number": CARD, "bank_name": "x", "amount": order.amount, "created_at": AT}
    with pytest.raises(IntegrityError, match="payment_order_one_live"), transaction.atomic():
        PaymentOrder.objects.create(**facts, **to, ordinal=1)
    with pytest.raises(IntegrityError, match="known to have failed"), transaction.atomic():
        PaymentOrder.objects.create(**facts, **to, ordinal=1, replaces=order, root=order)
    for column, value in (("amount", 1), ("account_number", "62170000000"), ("payee_name", "y")):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            PaymentOrder.objects.filter(pk=order.pk).update(**{column: value})
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        OrderShare.objects.filter(order=order).update(amount=1)


def test_the_timeline_of_a_payee(world: World) -> None:
    order = failed(world)
    PaymentOrder.objects.filter(pk=order.pk).update(bank_reason="AC04")
    assert [(step.what, step.reason and step.reason[0]) for step in steps_of(reference=order.reference)] == [
        ("ordered", None),
        ("batched", None),
        ("released", None),
        ("failed", "账户已销户"),
        ("to_correct", None),
    ]
    anew = correct_account(order=order, **TO, by=BY, at=LATER)
    steps = [step for step in steps_of(reference=order.reference) if step.number == anew.number]
    assert [(step.what, step.at) for step in steps] == [
        ("ordered_anew", LATER),
        ("batched", None),
        ("released", None),
        ("sent", None),
        ("paid", None),
    ]
    assert steps[-1].expected_on == (LATER + datetime.timedelta(days=6)).date()
    assert money_of(reference=order.reference).paid == 0
    shown = orders_of(reference=order.reference)
    assert [(row.state, row.replaced, row.account_masked) for row in shown] == [
        ("failed", True, "**** 0000"),
        ("created", False, "**** 8888"),
    ]


def test_rows_are_fenced(world: World) -> None:
    order = world.order()
    with within([world.cast.county.path]):
        assert PaymentOrder.objects.get(pk=order.pk).shares.count() == 2
    for told in ([world.cast.other_city.path], [world.cast.mill.unit.path], []):
        with within(told):
            assert not PaymentOrder.objects.exists()
            assert not OrderShare.objects.exists()
    with within([], member=world.cast.lin.pk):
        assert OrderShare.objects.count() == 2
        assert [step.what for step in steps_of(reference=order.reference)][:1] == ["ordered"]
    with within([], member=world.cast.wei.pk):
        assert not PaymentOrder.objects.exists()


def test_an_employer_reads_no_payment_of_its_members(world: World) -> None:
    order = world.order()
    PaymentOrder.objects.filter(pk=order.pk).update(unit_path=world.cast.mill.unit.path)  # as claims order it
    for told, seen in (([world.cast.mill.unit.path], 0), ([world.cast.city.path], 1), (["*"], 1)):
        with within(told):
            assert (PaymentOrder.objects.count(), OrderShare.objects.count()) == (seen, 2 * seen)
    with within([world.cast.county.path]):
        PaymentOrder.objects.filter(pk=order.pk).update(unit_path=world.cast.county.path)
        assert PaymentOrder.objects.count() == 1


def test_who_approves_below_writes_in_the_book_above(world: World) -> None:
    with within([world.cast.county.path]):
        order = world.order()
        with pytest.raises(IllegalMove):
            make(order, PAYMENT_ORDER, "payout_paid", by=BY, at=AT)
        assert not Entry.objects.exists()
        stop_order(order=order, reason="撤销", by=BY, at=LATER)
    assert world.books == ("0.00", "0.00", "0")
