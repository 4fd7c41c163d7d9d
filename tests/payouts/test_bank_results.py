"""What banks say: taken as a whole or refused as a whole; late, twice, out of order, forged, in parts, silent."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.notices.actions.webhooks import make_endpoint
from mutualaid.notices.models import WebhookDelivery
from mutualaid.payouts.actions.batches import send_again
from mutualaid.payouts.actions.orders import correct_account
from mutualaid.payouts.actions.results import look_at_result
from mutualaid.payouts.bank.folder import FolderBank
from mutualaid.payouts.bank.sealing import seal
from mutualaid.payouts.jobs import ask_banks
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.payouts.queries import money_of, owed, steps_of
from mutualaid.payouts.refusals import NoReason
from mutualaid.payouts.simulator.bank import MISBEHAVIOURS
from mutualaid.people.actions.clients import make_client
from mutualaid.people.models import Member
from tests.payouts.bank_side import OTHER, OWN, BankSide, released, states
from tests.payouts.scene import LATER, MEMBER, World
from tests.people.cast import AT, BY, account

LATER_ON = AT.date() + datetime.timedelta(days=300)

CARDS = {
    "paid at once": ("6217000012340000", OWN),
    "paid later": ("6217000012341111", OTHER),
    "wrong account": ("6217000012340001", OWN),
    "name differs": ("6217000012340011", OTHER),
    "returned": ("6217000012340054", OWN),
}
ENDS = ["paid", "paid", "failed", "failed", "returned"]


@pytest.fixture
def side(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BankSide:
    """The bank of the fund."""
    return BankSide.known(tmp_path / "bank", monkeypatch)


@pytest.fixture
def orders(world: World) -> list[PaymentOrder]:
    """One of each kind, of 100.00 to 500.00."""
    return [world.order(100 * n, card=card, bank=bank) for n, (card, bank) in enumerate(CARDS.values(), start=1)]


@pytest.fixture
def batch(world: World, side: BankSide, orders: list[PaymentOrder]) -> Batch:
    """All of them, sent."""
    made = released(world, orders)
    side.send(made)
    return made


def at_end(world: World, orders: list[PaymentOrder]) -> None:
    """Everybody has what is theirs, once, and the books say so."""
    assert states(orders) == ENDS
    assert world.books == ("1500.00", "-1200.00", "-300.00")
    assert str(owed(fund=world.fund)) == "1200.00"
    assert Batch.objects.get().state == "done"


def test_paid_refused_and_returned(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    assert side.round() == []
    assert states(orders) == ["paid", "sent", "failed", "sent", "paid"]
    assert world.books == ("1500.00", "-900.00", "-600.00")
    side.later()
    assert side.round() == []
    assert states(orders) == ["paid", "paid", "failed", "failed", "paid"]
    assert Batch.objects.get().state == "done"
    assert side.to_end() == []
    at_end(world, orders)
    reasons = list(PaymentOrder.objects.order_by("id").values_list("bank_reason", flat=True))
    assert reasons == ["", "", "AC01", "BE01", "AC04"]
    assert [bool(money_of(reference=order.reference).paid) for order in orders] == [True, True, False, False, False]
    told = [step.what for step in steps_of(reference=orders[4].reference)]
    assert told == ["ordered", "batched", "released", "sent", "paid", "returned", "to_correct"]
    assert PaymentOrder.objects.get(pk=orders[0].pk).paid_on == AT.date()


def test_the_bank_dates_by_the_clock_of_its_own_country(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    side.at = AT.replace(hour=22)  # of UTC: the next day in Beijing
    side.bank.step()
    side.later()
    side.round()
    days = set(PaymentOrder.objects.filter(state="paid").values_list("paid_on", flat=True))
    assert days == {AT.date() + datetime.timedelta(days=1)}


def test_what_came_back_is_paid_to_another_account(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    side.to_end()
    to = {"payee_name": "林晓禾", "account_number": "6217000012349999", "bank_name": OWN}
    anew = [
        correct_account(order=PaymentOrder.objects.get(pk=order.pk), **to, by=MEMBER, at=LATER) for order in orders[2:]
    ]
    side.send(released(world, anew))
    assert side.round() == []
    assert states(anew) == ["paid"] * 3
    assert world.books == ("1500.00", "0.00", "-1500.00")
    assert owed(fund=world.fund) == 0
    paid = [money_of(reference=order.reference).paid for order in orders]
    assert [str(amount) for amount in paid] == ["100.00", "200.00", "300.00", "400.00", "500.00"]


HARMLESS = ("late", "twice", "out-of-order", "partial", "before-acknowledgement")


@pytest.mark.parametrize("misbehaviour", HARMLESS)
def test_news_come_as_they_like(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch, misbehaviour: str
) -> None:
    side.misbehave(misbehaviour)
    faults = side.to_end()
    side.bank.send_held()
    faults += side.collect()
    assert faults == []
    at_end(world, orders)


def test_everything_out_of_order(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    """The return before the payment, the payment before the acknowledgement, and all of it twice."""
    side.misbehave("late", "partial")
    side.to_end()
    side.bank.flags = {"out-of-order", "twice"}
    side.bank.send_held()
    assert side.collect() == []
    at_end(world, orders)


@pytest.mark.parametrize(
    ("misbehaviour", "fault"),
    [
        ("forge", "forged"),
        ("wrong-sum", "wrong_sums"),
        ("wrong-amount", "other_amount"),
        ("unknown-number", "unknown_number"),
    ],
)
def test_what_does_not_agree_is_refused_as_a_whole(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch, misbehaviour: str, fault: str
) -> None:
    side.misbehave(misbehaviour)
    faults = side.round()
    side.later()
    assert set(faults + side.round()) == {fault}
    assert set(states(orders)) == {"sent"}
    assert world.books == ("1500.00", "-1500.00", "0")
    assert "bank_difference" in world.notices
    result = BankResult.objects.filter(state="refused").order_by("id").first()
    assert result is not None
    with pytest.raises(NoReason):
        look_at_result(result=result, remark="", by=world.by, at=LATER)
    assert look_at_result(result=result, remark="已与银行核对", by=world.by, at=LATER).state == "looked_at"
    with pytest.raises(IllegalMove):
        look_at_result(result=result, remark="再看", by=world.by, at=LATER)
    side.misbehave()  # asked, the bank tells the truth
    side.ask(batch)
    assert side.round() == []
    assert states(orders)[:4] == ENDS[:4]


def test_paid_after_refused_is_a_contradiction(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    side.misbehave("contradict")
    assert side.round() == ["contradiction"]
    assert BankResult.objects.get(fault="contradiction").fault_number == orders[2].number
    assert states(orders)[2] == "failed"


def test_everything_comes_back(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    side.misbehave("return-after-paid")
    assert side.to_end() == []
    assert states(orders) == ["returned", "returned", "failed", "failed", "returned"]
    assert world.books == ("1500.00", "-1500.00", "0.00")


def test_a_silent_bank_is_asked_and_nothing_is_sent_again(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    side.misbehave("lose")
    assert side.round() == []
    day = AT + datetime.timedelta(hours=25)
    ask_banks(at=day)
    assert set(states(orders)) == {"unknown"}
    assert [step.what for step in steps_of(reference=orders[0].reference)][-2:] == ["unclear", "paid"]
    ask_banks(at=day + datetime.timedelta(minutes=10))  # asked a while ago: not again yet
    out = sorted(path.name for path in (side.folder / "exchange" / "out").glob("*.xml"))
    assert len(out) == 2
    assert out[0].endswith(".pacs028.xml")
    side.misbehave()
    side.bank.seen = {name for name in side.bank.seen if "pacs028" not in name}
    assert side.round() == ["not_received"]
    assert set(states(orders)) == {"unknown"}
    send_again(batch=Batch.objects.get(), by=world.by, at=LATER)
    assert world.outbox[-1] == ("send_batch", {"batch": batch.number})
    assert BankResult.objects.get(fault="not_received").state == "looked_at"
    side.bank.seen = {name for name in side.bank.seen if "pacs028" in name}
    side.send(batch)
    assert side.to_end() == []
    at_end(world, orders)


def test_asked_the_bank_says_that_it_is_at_it(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    side.misbehave("late")
    side.round()
    side.bank.held.clear()
    ask_banks(at=AT + datetime.timedelta(hours=25))
    side.misbehave()
    assert side.round() == []
    assert states(orders) == ["paid", "sent", "failed", "sent", "paid"]


def test_a_batch_that_the_bank_cannot_read(world: World, side: BankSide, orders: list[PaymentOrder]) -> None:
    batch = released(world, orders)
    side.send(batch)
    (path,) = (side.folder / "exchange" / "out").glob("*.xml")
    path.write_bytes(path.read_bytes().replace(b"100.00", b"900.00"))
    assert side.round() == []
    assert set(states(orders)) == {"failed"}
    assert set(PaymentOrder.objects.values_list("bank_reason", flat=True)) == {"DS02"}
    assert world.books == ("1500.00", "-1500.00", "0")


def test_a_number_that_the_bank_knows_otherwise_fails_nothing(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    side.round()
    (path,) = (side.folder / "exchange" / "out").glob("*.xml")
    (path.parent / f"{path.name}.sig").unlink()
    changed = path.read_bytes().replace(b"6217000012341111", b"6217000012342222")
    key = FolderBank.of(json.loads((side.folder / "bank.json").read_text())).private_key
    (path.parent / f"{path.name}.sig").write_bytes(seal(key=key, name=path.name, data=changed))
    path.write_bytes(changed)
    side.bank.seen.clear()
    assert side.round() == ["contradiction"]
    assert states(orders) == ["paid", "sent", "failed", "sent", "paid"]


def test_the_same_file_is_taken_once(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    side.round()
    before = BankResult.objects.count(), AuditEntry.objects.count()
    folder = side.folder / "exchange" / "in"
    for path in list((folder / "done").iterdir()):  # a worker died before they were laid aside
        path.replace(folder / path.name)
    assert side.collect() == []
    assert (BankResult.objects.count(), AuditEntry.objects.count()) == before


def test_a_genuine_file_is_taken_though_its_bytes_came_with_a_broken_seal_before(
    world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch
) -> None:
    folder = side.folder / "exchange" / "in"
    side.bank.step()
    seals = {path: path.read_bytes() for path in folder.glob("*.sig")}
    for path in seals:
        path.write_bytes(b"broken on its way")
    assert set(side.collect()) == {"forged"}
    assert set(states(orders)) == {"sent"}
    for path in list((folder / "done").iterdir()):  # the bank puts the very same files again, whole
        path.replace(folder / path.name)
    for path, seal_of_bank in seals.items():
        path.write_bytes(seal_of_bank)
    assert side.collect() == []
    assert states(orders) == ["paid", "sent", "failed", "sent", "paid"]
    before = BankResult.objects.count()
    for path in list((folder / "done").iterdir()):
        path.replace(folder / path.name)
    assert side.collect() == [], "and once"
    assert BankResult.objects.count() == before


def test_the_day_of_payment_is_chinas(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    side.at = datetime.datetime(2025, 3, 31, 16, 30, tzinfo=datetime.UTC)  # half past midnight on the first of April
    assert side.round() == []
    assert PaymentOrder.objects.get(pk=orders[0].pk).paid_on == datetime.date(2025, 4, 1)


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"<?xml version='1.0'?><a/>", b"<!DOCTYPE x>", b"x" * 20_000_001])
def test_rubbish_is_told_to_finance_and_laid_aside(world: World, side: BankSide, data: bytes) -> None:
    name = "00000001.pain002.xml"
    folder = side.folder / "exchange" / "in"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    (folder / f"{name}.sig").write_bytes(side.bank.seals.sealed(name, data))
    assert side.collect() in (["unreadable"], ["forged"])
    assert not list(folder.glob("*.xml"))
    assert side.collect() == []


def test_members_are_told(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    Member.objects.filter(pk=world.cast.lin.pk).update(account=account("lin"))
    side.to_end()
    told = [name for name in world.notices if name in ("payment_paid", "payment_returned", "payouts_failed")]
    assert sorted(set(told)) == ["payment_paid", "payment_returned", "payouts_failed"]
    assert (told.count("payment_paid"), told.count("payment_returned")) == (3, 3)


def test_programs_hear_of_it(world: World, side: BankSide, orders: list[PaymentOrder], batch: Batch) -> None:
    program, _ = make_client(
        name="医院系统", unit=world.cast.city, scopes=["claims:read"], expires_on=LATER_ON, by=BY, at=AT
    )
    wanted = ["claim.paid", "payment.returned"]
    make_endpoint(client=program, address="https://his.example.org/", events=wanted, by=BY, at=AT)
    side.to_end()
    told = [(one.event, one.subject, one.facts["state"]) for one in WebhookDelivery.objects.order_by("id")]
    references = {order.number: order.reference for order in orders}
    assert {event for event, _, _ in told} == set(wanted)
    assert {subject for _, subject, _ in told} <= set(references.values())
    assert all(state == "paid" for event, _, state in told if event == "claim.paid")
    assert all(state in ("failed", "returned") for event, _, state in told if event == "payment.returned")


def test_every_misbehaviour_is_tried_here() -> None:
    tried = {
        *HARMLESS,
        "forge",
        "wrong-sum",
        "wrong-amount",
        "unknown-number",
        "contradict",
        "return-after-paid",
        "lose",
    }
    assert tried == set(MISBEHAVIOURS)
