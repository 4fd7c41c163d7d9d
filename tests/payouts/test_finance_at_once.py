"""Two persons of finance at the same instant, on everything that finance does: one of them does it, once."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove, make_all
from mutualaid.ledger.models import Entry
from mutualaid.payouts.actions.accounts import (
    AskedAlready,
    ask_account,
    confirm_account,
    refuse_account,
)
from mutualaid.payouts.actions.batches import confirm_upload, make_batch, release_batch
from mutualaid.payouts.actions.by_hand import confirm_result, withdraw_result
from mutualaid.payouts.actions.orders import (
    NotToCorrect,
    correct_account,
    order_stopped_again,
    retry_order,
    stop_order,
)
from mutualaid.payouts.actions.results import look_at_result, take_result
from mutualaid.payouts.models import AccountChange, BankResult, PaymentOrder
from mutualaid.payouts.queries import owed
from mutualaid.payouts.reconciling import differing
from mutualaid.payouts.states import PAYMENT_ORDER
from mutualaid.people.models import RoleName
from tests.payouts import scene
from tests.payouts.bank_side import released, states
from tests.payouts.by_hand_side import brought, filled
from tests.payouts.scene import LATER, MEMBER, World
from tests.people.cast import AT, BY, as_staff, staff
from tests.racing import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TIMES = 5
NEW = "6217000099998888"
TO: dict[str, Any] = {"payee_name": "林晓禾", "account_number": NEW, "bank_name": "海市银行"}
LOST = (IllegalMove, NotToCorrect, AskedAlready)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scene, committed."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path / "data"))
    return scene.world(monkeypatch)


def failing(world: World) -> PaymentOrder:
    """An order that the bank could not pay."""
    batch = released(world, [world.order(800)])
    with transaction.atomic():
        return make_all(batch.orders.all(), PAYMENT_ORDER, "payout_failed", by=BY, at=LATER)[0]


def one_did(raised: list[BaseException | None]) -> None:
    """One did it, the others were told that somebody was quicker."""
    assert sum(fault is None for fault in raised) == 1, raised
    assert all(isinstance(fault, LOST) for fault in raised if fault), raised


def agreed(world: World) -> None:
    """Books and orders say the same."""
    assert differing(fund=world.fund) == []


def test_a_result_confirmed_by_two(world: World) -> None:
    third = as_staff(staff("财务己", world.cast.city, RoleName.FINANCE))
    for _ in range(TIMES):
        batch = confirm_upload(batch=released(world, [world.order(100)]), by=world.by, at=AT)
        waiting = brought(world, batch, filled(batch, ("成功", "2025-03-01", "")))
        one_did(together(*[partial(confirm_result, result=waiting, by=by, at=LATER) for by in (world.other, third)]))
    assert Entry.objects.filter(event="paid").count() == TIMES
    agreed(world)


def test_a_result_confirmed_and_withdrawn(world: World) -> None:
    for _ in range(TIMES):
        order = world.order(100)
        batch = confirm_upload(batch=released(world, [order]), by=world.by, at=AT)
        waiting = brought(world, batch, filled(batch, ("成功", "2025-03-01", "")))
        raised = together(
            partial(confirm_result, result=waiting, by=world.other, at=LATER),
            partial(withdraw_result, result=waiting, remark="不符", by=world.by, at=LATER),
        )
        one_did(raised)
        waiting.refresh_from_db()
        assert (waiting.state, states([order])) in (("taken", ["paid"]), ("withdrawn", ["sent"]))
    agreed(world)


def test_a_workbook_brought_twice(world: World) -> None:
    for _ in range(TIMES):
        batch = confirm_upload(batch=released(world, [world.order(100)]), by=world.by, at=AT)
        content = filled(batch, ("成功", "2025-03-01", ""))
        raised = together(*[partial(brought, world, batch, content, by=by) for by in (world.by, world.other)])
        assert raised == [None, None]
    assert BankResult.objects.count() == TIMES


def test_two_results_of_one_order(world: World) -> None:
    """Two workbooks that contradict each other, confirmed at once: the one counts, the other is a difference."""
    for _ in range(TIMES):
        order = world.order(100)
        batch = confirm_upload(batch=released(world, [order]), by=world.by, at=AT)
        waiting = [
            brought(world, batch, filled(batch, row))
            for row in (("成功", "2025-03-01", ""), ("失败", "", "账户已销户"))
        ]
        raised = together(*[partial(confirm_result, result=one, by=world.other, at=LATER) for one in waiting])
        assert raised == [None, None]
        found = sorted(BankResult.objects.filter(batch=batch).values_list("state", flat=True))
        assert found == ["refused", "taken"]
        assert states([order]) in (["paid"], ["failed"])
    agreed(world)


def test_a_difference_looked_at_by_two(world: World) -> None:
    for number in range(TIMES):
        data = f"<?xml version='1.0'?><a{number}/>".encode()
        result = take_result(fund=world.fund, data=data, name="a.xml", genuine=False, by=BY, at=AT)
        deeds = [partial(look_at_result, result=result, remark="核", by=by, at=LATER) for by in (world.by, world.other)]
        one_did(together(*deeds))


def test_an_account_asked_by_two(world: World) -> None:
    for _ in range(TIMES):
        order = failing(world)
        deeds = [
            partial(ask_account, order=order, **TO, reason="来电", by=by, at=LATER) for by in (world.by, world.other)
        ]
        one_did(together(*deeds))
    assert AccountChange.objects.count() == TIMES


def test_an_account_confirmed_by_two_refused_and_overtaken_by_the_member(world: World) -> None:
    third = as_staff(staff("财务己", world.cast.city, RoleName.FINANCE))
    for _ in range(TIMES):
        order = failing(world)
        change = ask_account(order=order, **TO, reason="来电", by=world.by, at=LATER)
        raised = together(
            partial(confirm_account, change=change, account_number=NEW, by=world.other, at=LATER),
            partial(confirm_account, change=change, account_number=NEW, by=third, at=LATER),
            partial(refuse_account, change=change, remark="不对", by=third, at=LATER),
            partial(correct_account, order=order, **TO, by=MEMBER, at=LATER),
            partial(retry_order, order=order, reason="银行故障", by=world.by, at=LATER),
        )
        assert all(fault is None or isinstance(fault, LOST) for fault in raised), raised
        assert PaymentOrder.objects.filter(replaces=order).count() == 1
        change.refresh_from_db()
        assert change.state in ("confirmed", "refused")
    agreed(world)


def test_what_was_stopped_is_ordered_again_by_two(world: World) -> None:
    for _ in range(TIMES):
        order = stop_order(order=world.order(800), reason="待核", by=world.by, at=LATER)
        deeds = [
            partial(order_stopped_again, order=order, reason="查清", by=by, at=LATER) for by in (world.by, world.other)
        ]
        one_did(together(*deeds))
    assert owed(fund=world.fund) == 800 * TIMES
    agreed(world)


def test_stopped_by_two_and_retried(world: World) -> None:
    for _ in range(TIMES):
        order = failing(world)
        raised = together(
            partial(stop_order, order=order, reason="待核", by=world.by, at=LATER),
            partial(stop_order, order=order, reason="待核", by=world.other, at=LATER),
            partial(retry_order, order=order, reason="银行故障", by=world.other, at=LATER),
        )
        one_did(raised)
    agreed(world)


def test_uploads_confirmed_by_two(world: World) -> None:
    for _ in range(TIMES):
        batch = released(world, [world.order(100)])
        raised = together(*[partial(confirm_upload, batch=batch, by=by, at=LATER) for by in (world.by, world.other)])
        assert raised == [None, None]
    assert AuditEntry.objects.filter(what="batch_sent").count() == TIMES


def test_made_and_released_by_each_other(world: World) -> None:
    """Each makes a batch and releases the other's, all at once."""
    for _ in range(TIMES):
        mine, theirs = world.order(10), world.order(20)
        first = make_batch(fund=world.fund, orders=[mine], by=world.by, at=AT)
        second = make_batch(fund=world.fund, orders=[theirs], by=world.other, at=AT)
        raised = together(
            partial(release_batch, batch=first, by=world.other, at=AT),
            partial(release_batch, batch=second, by=world.by, at=AT),
        )
        assert raised == [None, None]
    agreed(world)
