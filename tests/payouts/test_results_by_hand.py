"""Results by hand: one person enters them with the bank's paper, another confirms them; the bank's own word stands."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.payouts import access
from mutualaid.payouts.actions.batches import NotAPerson, SamePerson, confirm_upload
from mutualaid.payouts.actions.by_hand import NoEvidence, confirm_result, withdraw_result
from mutualaid.payouts.bank.by_hand import WorkbookRefused
from mutualaid.payouts.bank.news import NewsRefused
from mutualaid.payouts.jobs import ask_banks
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.payouts.queries import outcomes_of, to_confirm
from mutualaid.payouts.refusals import NoReason
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from tests.payouts.bank_side import OWN, BankSide, released, states
from tests.payouts.by_hand_side import PAPER, brought, entered, filled
from tests.payouts.scene import LATER, World
from tests.people.cast import AT, BY, ON, as_staff, staff

DAYS_ON = AT + datetime.timedelta(days=5)


@pytest.fixture
def by_hand(world: World) -> Batch:
    """A batch of two that finance uploads itself."""
    batch = released(world, [world.order(100), world.order(200)])
    return confirm_upload(batch=batch, by=world.by, at=AT)


def test_results_entered_by_one_and_confirmed_by_another(world: World, by_hand: Batch) -> None:
    content = filled(by_hand, ("成功", datetime.date(2025, 3, 3), ""), ("失败", "", "账户已销户"))
    waiting = brought(world, by_hand, content, at=DAYS_ON)
    assert (waiting.state, waiting.kind, waiting.rows, waiting.changed) == ("open", "by_hand", 2, 0)
    orders = list(PaymentOrder.objects.order_by("id"))
    assert (states(orders), world.books) == (["sent", "sent"], ("300.00", "-300.00", "0")), "nothing is booked before"
    assert "result_to_confirm" in world.notices
    assert [one.told for one in outcomes_of(result=waiting)] == ["paid", "rejected"]
    result = confirm_result(result=waiting, by=world.other, at=DAYS_ON)
    assert (result.state, result.changed) == ("taken", 2)
    orders = list(PaymentOrder.objects.order_by("id"))
    assert [(row.state, row.bank_reason, str(row.paid_on), row.told_by_id) for row in orders] == [
        ("paid", "", "2025-03-03", result.pk),
        ("failed", "AC04", "None", result.pk),
    ]
    assert Batch.objects.get().state == "done"
    assert brought(world, by_hand, content, at=DAYS_ON).pk == result.pk, "the same bytes are brought once"
    entered(world, by_hand, ("退回", "2025/03/05", "AC04"), at=DAYS_ON)
    assert states(orders) == ["returned", "failed"]
    assert world.books == ("300.00", "-300.00", "0.00")


def test_one_person_alone_moves_nothing(world: World, by_hand: Batch) -> None:
    waiting = brought(world, by_hand, filled(by_hand, ("失败", "", "账户已销户")))
    with pytest.raises(SamePerson):
        confirm_result(result=waiting, by=world.by, at=LATER)
    with pytest.raises(NotAPerson):
        confirm_result(result=waiting, by=BY, at=LATER)
    with pytest.raises(NotAPerson):
        brought(world, by_hand, filled(by_hand, ("成功", "2025-03-01", "")), by=BY)
    assert set(states(PaymentOrder.objects.all())) == {"sent"}
    confirm_result(result=waiting, by=world.other, at=LATER)
    with pytest.raises(IllegalMove):
        confirm_result(result=waiting, by=world.other, at=LATER)


def test_the_database_wants_two_persons_and_the_paper(world: World, by_hand: Batch) -> None:
    waiting = brought(world, by_hand, filled(by_hand, ("失败", "", "账户已销户")))
    rows = BankResult.objects.filter(pk=waiting.pk)
    for changes, name in (
        ({"state": "taken"}, "bank_result_confirmed"),
        ({"confirmed_by": world.maker.account_id, "confirmed_at": LATER}, "bank_result_of_two_persons"),
        ({"evidence": None}, "bank_result_by_hand"),
        ({"brought_by": None}, "bank_result_by_hand"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**changes)


@pytest.mark.parametrize("evidence", [b"", b"PK\x03\x04", b"<?xml version='1.0'?><a/>", b"said on the telephone"])
def test_it_comes_with_the_banks_paper(world: World, by_hand: Batch, evidence: bytes) -> None:
    with pytest.raises(NoEvidence):
        brought(world, by_hand, filled(by_hand, ("成功", "2025-03-01", "")), evidence=evidence)
    assert not BankResult.objects.exists()


def test_who_may_look_at_the_paper(world: World, by_hand: Batch) -> None:
    waiting = brought(world, by_hand, filled(by_hand, ("成功", "2025-03-01", "")))
    key = str(waiting.key)
    assert access.evidence_for(actor=world.other, key=key, on=ON).size == len(PAPER)
    elsewhere = as_staff(staff("财务己", world.cast.other_city, RoleName.FINANCE))
    with pytest.raises(NotFound):
        access.evidence_for(actor=elsewhere, key=key, on=ON)


def test_it_waits_for_others_only(world: World, by_hand: Batch) -> None:
    brought(world, by_hand, filled(by_hand, ("成功", "2025-03-01", "")))
    orders, results = PaymentOrder.objects.all(), BankResult.objects.all()
    for person, count in ((world.releaser, 1), (world.maker, 0)):
        _, found = to_confirm(orders=orders, results=results, account=person.account_id or 0)
        assert found.count() == count


def test_what_is_not_right_is_withdrawn_and_brought_again(world: World, by_hand: Batch) -> None:
    content = filled(by_hand, ("成功", "2025-03-01", ""))
    waiting = brought(world, by_hand, content)
    with pytest.raises(NoReason):
        withdraw_result(result=waiting, remark=" ", by=world.other, at=LATER)
    gone = withdraw_result(result=waiting, remark="回单上没有这一笔", by=world.other, at=LATER)
    assert (gone.state, gone.remark) == ("withdrawn", "回单上没有这一笔")
    with pytest.raises(IllegalMove):
        confirm_result(result=gone, by=world.other, at=LATER)
    again = brought(world, by_hand, content)
    assert (again.state, again.pk != gone.pk) == ("open", True)


@pytest.mark.parametrize(
    ("told", "day", "found"),
    [
        ("成功", "2025-03-02", "得到 2025-03-02"),
        ("成功", "2025-02-28", "得到 2025-02-28"),
        ("退回", "2025-02-28", "2025-03-01（放行或付款日）"),
        ("失败", "2035-01-01", "2025-03-01（今天）"),
        ("成功", "9999-12-31", "得到 9999-12-31"),
    ],
)
def test_days_are_between_the_release_and_today(world: World, by_hand: Batch, told: str, day: str, found: str) -> None:
    with pytest.raises(WorkbookRefused) as refusal:
        brought(world, by_hand, filled(by_hand, (told, day, "")))
    assert found in refusal.value.zh
    assert "expected a day from 2025-03-01" in refusal.value.en
    assert not BankResult.objects.exists()


def test_money_comes_back_after_it_was_paid(world: World, by_hand: Batch) -> None:
    entered(world, by_hand, ("成功", "2025-03-04", ""), at=DAYS_ON)
    with pytest.raises(WorkbookRefused, match="from 2025-03-04"):
        brought(world, by_hand, filled(by_hand, ("退回", "2025-03-03", "")), at=DAYS_ON)


@pytest.mark.parametrize(
    ("rows", "changed", "told"),
    [
        ((), {}, "至少一行"),
        ((("好", "", ""),), {}, "第 2 行应为结果"),
        ((("成功", "昨天", ""),), {}, "第 2 行应为日期"),
        ((("成功", "", ""),), {}, "第 2 行应为日期"),
        ((("成功", "2025-03-01", ""),), {"G2": "1e3"}, "第 2 行应为金额"),
        ((), {"B1": "号"}, "表头"),
    ],
)
def test_faults_of_a_workbook(
    world: World, by_hand: Batch, rows: tuple[Any, ...], changed: dict[str, Any], told: str
) -> None:
    with pytest.raises(WorkbookRefused) as refusal:
        brought(world, by_hand, filled(by_hand, *rows, **changed))
    assert told in refusal.value.zh
    assert not BankResult.objects.exists()


def test_a_workbook_that_differs_from_the_batch(world: World, by_hand: Batch) -> None:
    number = PaymentOrder.objects.order_by("id")[0].number
    for changed, fault in (
        ({"G2": "100.01"}, "other_amount"),
        ({"B2": "F00000000"}, "unknown_number"),
        ({"B3": number, "G3": "100.00", "I3": "失败"}, "named_twice"),
    ):
        with pytest.raises(NewsRefused) as refusal:
            brought(world, by_hand, filled(by_hand, ("成功", "2025-03-01", ""), **changed))
        assert refusal.value.fault == fault
    assert set(states(PaymentOrder.objects.all())) == {"sent"}


def test_a_batch_that_was_never_released(world: World, by_hand: Batch) -> None:
    content = filled(by_hand, ("成功", "2025-03-01", ""))
    Batch.objects.update(state="withdrawn")
    with pytest.raises(NewsRefused) as refusal:
        brought(world, Batch.objects.get(pk=by_hand.pk), content)
    assert refusal.value.fault == "unknown_batch"


def test_paid_by_hand_is_not_failed_by_hand(world: World, by_hand: Batch) -> None:
    entered(world, by_hand, ("成功", "2025-03-01", ""))
    result = brought(world, by_hand, filled(by_hand, ("失败", "", "账户已销户")))
    assert (result.state, result.fault) == ("refused", "contradiction")
    assert states(PaymentOrder.objects.order_by("id")) == ["paid", "sent"]
    assert "bank_difference" in world.notices


# --- beside a bank that tells by itself -------------------------------------------------------------------------------


@pytest.fixture
def side(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BankSide:
    """The bank of the fund."""
    return BankSide.known(tmp_path / "bank", monkeypatch)


def workbook(world: World, batch: Batch, monkeypatch: pytest.MonkeyPatch, *rows: tuple[Any, ...]) -> bytes:
    """A workbook of a batch that went through the bank's folder, as somebody would make it."""
    import io

    import openpyxl

    from mutualaid.payouts.bank.writing import HEADINGS

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(HEADINGS))
    for order, row in zip(batch.orders.order_by("id"), rows, strict=False):
        cells = dict.fromkeys(HEADINGS, "")
        cells |= {"支付单号": order.number, "金额": f"{order.amount}", "结果": row[0], "日期": row[1], "原因": row[2]}
        sheet.append([cells[name] for name in HEADINGS])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_what_the_bank_told_nobody_changes_by_hand(
    world: World, side: BankSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [world.order(100, bank=OWN), world.order(200, bank=OWN, card="6217000012340001")]
    batch = released(world, orders)
    side.send(batch)
    side.round()
    assert states(orders) == ["paid", "failed"]
    before = world.books
    for rows in (
        (("失败", "", "x"),),
        (("退回", "2025-03-01", "x"),),
        (("成功", "2025-03-01", ""), ("成功", "2025-03-01", "")),
    ):
        result = brought(world, batch, workbook(world, batch, monkeypatch, *rows))
        assert (result.state, result.fault) == ("refused", "bank_said")
        assert result.fault_number in {order.number for order in orders}
    assert (states(orders), world.books) == (["paid", "failed"], before)
    same = brought(world, batch, workbook(world, batch, monkeypatch, ("成功", "2025-03-01", "")))
    assert confirm_result(result=same, by=world.other, at=LATER).changed == 0, "what agrees is taken, and moves nothing"


def test_a_bank_that_is_at_it_is_waited_for(world: World, side: BankSide, monkeypatch: pytest.MonkeyPatch) -> None:
    order = world.order(100)
    batch = released(world, [order])
    side.send(batch)
    with pytest.raises(NewsRefused) as refusal:
        brought(world, batch, workbook(world, batch, monkeypatch, ("失败", "", "x")))
    assert refusal.value.fault == "bank_tells"
    later = AT + datetime.timedelta(hours=25)
    ask_banks(at=later)
    assert states([order]) == ["unknown"]
    waiting = brought(world, batch, workbook(world, batch, monkeypatch, ("成功", "2025-03-02", "")), at=later)
    assert confirm_result(result=waiting, by=world.other, at=later).changed == 1
    assert states([order]) == ["paid"]


def test_the_bank_speaks_while_it_waits(world: World, side: BankSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entered as failed, and then the bank's file says paid: the second person's click books nothing, and is a difference."""
    order = world.order(100)
    batch = released(world, [order])
    side.misbehave("late")
    side.send(batch)
    side.round()
    later = AT + datetime.timedelta(hours=25)
    ask_banks(at=later)
    waiting = brought(world, batch, workbook(world, batch, monkeypatch, ("失败", "", "x")), at=later)
    side.later()
    side.bank.step()
    side.bank.send_held()
    assert side.collect() == []
    assert states([order]) == ["paid"]
    result = confirm_result(result=waiting, by=world.other, at=later)
    assert (result.state, result.fault, result.fault_number) == ("refused", "bank_said", order.number)
    assert states([order]) == ["paid"]
    assert AuditEntry.objects.filter(what="payout_failed").count() == 0


def test_by_hand_failed_and_the_bank_says_paid(world: World, side: BankSide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two persons were wrong: the bank's file is a difference, and nobody loses sight of it."""
    order = world.order(100)
    batch = released(world, [order])
    side.misbehave("late")
    side.send(batch)
    side.round()
    later = AT + datetime.timedelta(hours=25)
    ask_banks(at=later)
    waiting = brought(world, batch, workbook(world, batch, monkeypatch, ("失败", "", "x")), at=later)
    confirm_result(result=waiting, by=world.other, at=later)
    side.later()
    side.bank.step()
    side.bank.send_held()
    assert "contradiction" in side.collect()
    assert states([order]) == ["failed"]


def test_it_is_fenced(world: World, by_hand: Batch) -> None:
    brought(world, by_hand, filled(by_hand, ("成功", "2025-03-01", "")))
    with within([world.cast.other_city.path]):
        assert not BankResult.objects.exists()
