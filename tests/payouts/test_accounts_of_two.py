"""Another account for money that came back: entered by one person of finance, heard and entered again by another; the payee is
told. What was stopped is ordered again under a new number."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove, make_all
from mutualaid.core.row_security import within
from mutualaid.ledger.models import Entry
from mutualaid.notices.models import Notice
from mutualaid.payouts.access import account_change_for
from mutualaid.payouts.actions.accounts import (
    AskedAlready,
    OtherAccount,
    SameAccount,
    ask_account,
    confirm_account,
    refuse_account,
)
from mutualaid.payouts.actions.batches import NotAPerson, SamePerson, make_batch, release_batch
from mutualaid.payouts.actions.orders import (
    NotToCorrect,
    correct_account,
    order_stopped_again,
    retry_order,
    stop_order,
)
from mutualaid.payouts.models import AccountChange, BankResult, PaymentOrder
from mutualaid.payouts.queries import orders_of, owed, shares_of, steps_of, to_confirm
from mutualaid.payouts.refusals import BadAccount, NoReason
from mutualaid.payouts.states import PAYMENT_ORDER
from mutualaid.people.access import NotFound
from mutualaid.people.models import Member, RoleName
from tests.payouts.bank_side import released
from tests.payouts.scene import CARD, LATER, MEMBER, World
from tests.people.cast import AT, BY, ON, account, as_staff, staff

NEW = "6217000099998888"
TO: dict[str, Any] = {"payee_name": "林晓禾", "account_number": "6217 0000 9999 8888", "bank_name": "海市银行"}
WHY = "会员来电更换银行卡"


@pytest.fixture
def failing(world: World) -> PaymentOrder:
    """An order that the bank could not pay."""
    batch = released(world, [world.order(800)])
    (order,) = make_all(batch.orders.all(), PAYMENT_ORDER, "payout_failed", by=BY, at=LATER)
    return order


def asked(world: World, order: PaymentOrder, **facts: Any) -> AccountChange:
    """Entered by the one."""
    return ask_account(order=order, **{**TO, "reason": WHY, "by": world.by, "at": LATER, **facts})


def test_one_enters_and_another_confirms(world: World, failing: PaymentOrder) -> None:
    Member.objects.filter(pk=world.cast.lin.pk).update(account=account("lin"))
    change = asked(world, failing)
    assert (change.state, change.account_masked) == ("open", "**** 8888")
    assert PaymentOrder.objects.count() == 1, "nothing is ordered before"
    assert "account_to_confirm" in world.notices
    with pytest.raises(SamePerson):
        confirm_account(change=change, account_number=NEW, by=world.by, at=LATER)
    with pytest.raises(NotAPerson):
        confirm_account(change=change, account_number=NEW, by=BY, at=LATER)
    with pytest.raises(OtherAccount):
        confirm_account(change=change, account_number=NEW[:-1] + "9", by=world.other, at=LATER)
    anew = confirm_account(change=change, account_number="6217-0000 9999 8888", by=world.other, at=LATER)
    assert (anew.replaces_id, anew.account_number, anew.remark) == (failing.pk, NEW, WHY)
    change = AccountChange.objects.get()
    assert (change.state, change.made_id, change.decided_by_id) == ("confirmed", anew.pk, world.releaser.account_id)
    told = Notice.objects.get(template="payment_account_changed")
    assert told.words == {"number": failing.reference, "before": CARD[-4:], "tail": "8888"}
    with pytest.raises((IllegalMove, NotToCorrect)):
        confirm_account(change=change, account_number=NEW, by=world.other, at=LATER)
    assert NEW not in str(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_whoever_entered_it_does_not_release_it(world: World, failing: PaymentOrder) -> None:
    confirm_account(change=asked(world, failing), account_number=NEW, by=world.other, at=LATER)
    third = as_staff(staff("财务己", world.cast.city, RoleName.FINANCE))
    batch = make_batch(fund=world.fund, by=third, at=LATER)
    with pytest.raises(SamePerson):
        release_batch(batch=batch, by=world.by, at=LATER)
    assert release_batch(batch=batch, by=world.other, at=LATER).state == "released"


def test_what_cannot_be_asked(world: World, failing: PaymentOrder) -> None:
    for facts, refused in (
        ({"reason": " "}, NoReason),
        ({"account_number": "12"}, BadAccount),
        ({"by": BY}, NotAPerson),
        (
            {"payee_name": failing.payee_name, "account_number": CARD, "bank_name": failing.bank_name},
            SameAccount,
        ),
    ):
        with pytest.raises(refused):
            asked(world, failing, **facts)
    asked(world, failing)
    with pytest.raises(AskedAlready):
        asked(world, failing, account_number="6217000012345678")
    with pytest.raises(NotToCorrect):
        asked(world, world.order(5))


def test_it_is_refused_and_entered_anew(world: World, failing: PaymentOrder) -> None:
    change = asked(world, failing)
    with pytest.raises(NoReason):
        refuse_account(change=change, remark="", by=world.other, at=LATER)
    assert refuse_account(change=change, remark="会员说没有打过电话", by=world.other, at=LATER).state == "refused"
    with pytest.raises(IllegalMove):
        confirm_account(change=change, account_number=NEW, by=world.other, at=LATER)
    assert asked(world, failing).state == "open"


def test_one_person_of_staff_alone_changes_no_account(world: World, failing: PaymentOrder) -> None:
    with pytest.raises(SamePerson):
        correct_account(order=failing, **TO, by=world.by, at=LATER)
    again = retry_order(order=failing, reason="银行系统故障", by=world.by, at=LATER)
    assert (again.account_number, again.replaces_id) == (CARD, failing.pk)
    with pytest.raises(NotToCorrect):
        retry_order(order=failing, reason="再来", by=world.by, at=LATER)


def test_the_member_was_quicker(world: World, failing: PaymentOrder) -> None:
    change = asked(world, failing)
    correct_account(order=failing, **{**TO, "account_number": "6217000011110000"}, by=MEMBER, at=LATER)
    change.refresh_from_db()
    assert change.state == "refused"
    with pytest.raises((IllegalMove, NotToCorrect)):
        confirm_account(change=change, account_number=NEW, by=world.other, at=LATER)


def test_the_database_wants_two_persons(world: World, failing: PaymentOrder) -> None:
    change = asked(world, failing)
    rows = AccountChange.objects.filter(pk=change.pk)
    with pytest.raises(IntegrityError, match="account_change_of_two_persons"), transaction.atomic():
        rows.update(state="confirmed", decided_by=world.maker.account_id, made=failing)
    with pytest.raises(IntegrityError, match="account_change_one_open"), transaction.atomic():
        AccountChange.objects.create(
            order=failing, payee_name="x", account_number=NEW, bank_name="x", reason="x",
            asked_by_id=world.maker.account_id, asked_at=AT,
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_number FROM payouts_accountchange")
        assert NEW not in str(cursor.fetchall())


def test_who_sees_it(world: World, failing: PaymentOrder) -> None:
    change = asked(world, failing)
    assert account_change_for(actor=world.other, number=failing.number, on=ON).pk == change.pk
    elsewhere = as_staff(staff("财务庚", world.cast.other_city, RoleName.FINANCE))
    with pytest.raises(NotFound):
        account_change_for(actor=elsewhere, number=failing.number, on=ON)
    with within([world.cast.city.path]):
        assert AccountChange.objects.exists()
    for told in ([world.cast.other_city.path], [world.cast.mill.unit.path], []):
        with within(told):
            assert not AccountChange.objects.exists()
    orders = PaymentOrder.objects.all()
    for person, count in ((world.releaser, 1), (world.maker, 0)):
        found, _ = to_confirm(orders=orders, results=BankResult.objects.all(), account=person.account_id or 0)
        assert found.count() == count


# --- what was stopped -------------------------------------------------------------------------------------------------


def test_what_was_stopped_is_ordered_again(world: World) -> None:
    order = world.order(800)
    stopped = stop_order(order=order, reason="户名待核", by=world.by, at=LATER)
    with pytest.raises(NoReason):
        order_stopped_again(order=stopped, reason="", by=world.by, at=LATER)
    anew = order_stopped_again(order=stopped, reason="已核实", by=world.by, at=LATER)
    assert (anew.replaces_id, anew.root_id, anew.ordinal, anew.amount) == (order.pk, None, 1, order.amount)
    assert (anew.account_number, shares_of(order=anew)) == (CARD, shares_of(order=order))
    assert world.books == ("800.00", "-800.00", "0")
    assert owed(fund=world.fund) == 800
    with pytest.raises(NotToCorrect):
        order_stopped_again(order=stopped, reason="又一次", by=world.by, at=LATER)
    with pytest.raises(NotToCorrect):
        order_stopped_again(order=anew, reason="没有止付", by=world.by, at=LATER)
    assert [(row.state, row.replaced) for row in orders_of(reference=order.reference)] == [
        ("stopped", True),
        ("created", False),
    ]
    assert "ordered_anew" in [step.what for step in steps_of(reference=order.reference)]
    again = stop_order(order=anew, reason="又有疑问", by=world.by, at=LATER)
    assert world.books == ("0.00", "0.00", "0")
    third = order_stopped_again(order=again, reason="确无疑问", by=world.by, at=LATER)
    assert third.replaces_id == anew.pk
    assert Entry.objects.filter(event="approved").count() == 3


def test_the_database_keeps_one_live_order(world: World) -> None:
    order = stop_order(order=world.order(800), reason="户名待核", by=world.by, at=LATER)
    order_stopped_again(order=order, reason="已核实", by=world.by, at=LATER)
    facts: dict[str, Any] = {
        "reference": order.reference, "subject": order.subject, "fund": world.fund, "unit_path": order.unit_path,
        "payee_name": order.payee_name, "account_number": CARD, "bank_name": order.bank_name, "created_at": AT,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        PaymentOrder.objects.create(**facts, amount=order.amount, ordinal=1, replaces=order)
    other = stop_order(order=world.order(700), reason="户名待核", by=world.by, at=LATER)
    facts |= {"reference": other.reference}
    for changed in ({"amount": 701}, {"amount": 700, "account_number": NEW}, {"amount": 700, "root": other}):
        with pytest.raises(IntegrityError, match="made anew only"), transaction.atomic():
            PaymentOrder.objects.create(**{**facts, **changed}, ordinal=1, replaces=other)
