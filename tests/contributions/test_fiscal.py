"""互助票据 at the simulated gateway, a program of its own: issued once, undone and replaced, whatever the gateway does."""

from __future__ import annotations

import datetime
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mutualaid.contributions import access
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.fiscal import (
    NoGateway,
    NoteExists,
    NothingToBill,
    NothingToLookAt,
    NotIssued,
    bill_after_refund,
    look_at_note_again,
    reverse_note,
    take_told,
    want_note,
)
from mutualaid.contributions.actions.receipts import replace_receipt
from mutualaid.contributions.actions.refunds import confirm_refund_payment, enter_refund_payment, refund_money
from mutualaid.contributions.fiscal import gateway, jobs
from mutualaid.contributions.fiscal.gateway import Told
from mutualaid.contributions.fiscal.simulator.notes import Office
from mutualaid.contributions.fiscal.simulator.server import OURS, THEIRS, Keys, serve, set_up
from mutualaid.contributions.models import Bill, FiscalNote, Fund, Receipt, Refund
from mutualaid.contributions.refusals import NoReason
from mutualaid.contributions.resting import due_amount
from mutualaid.contributions.titles import BadTitle, title_for
from mutualaid.core import papers
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import within
from mutualaid.people.models import RoleName
from tests.contributions.scene import World
from tests.people.cast import as_clerk, as_staff, staff

NOW = datetime.datetime.now(datetime.UTC)
"""When a test began: the gateway refuses what is far from its own clock, and a run of all tests is longer than that."""
LONG = datetime.timedelta(minutes=11)


@dataclass
class Running:
    """A gateway on this machine, and what it knows."""

    office: Office
    folder: Path
    port: int

    @property
    def file(self) -> str:
        """What the environment tells the product."""
        return str(self.folder / THEIRS)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.NOW", datetime.datetime.now(datetime.UTC))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The gateway's own server, in a thread: what it does wrong is set here."""
    folder = tmp_path_factory.mktemp("fiscal")
    set_up(folder, "http://127.0.0.1:1")
    office = Office(set(), time.time)
    server = serve(office, Keys.of(folder), 0)
    facts = json.loads((folder / THEIRS).read_text(encoding="utf-8"))
    facts["address"] = f"http://127.0.0.1:{server.server_port}"
    (folder / THEIRS).write_text(json.dumps(facts), encoding="utf-8")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Running(office, folder, server.server_port)
    server.shutdown()
    server.server_close()


@pytest.fixture
def fiscal(served: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The gateway behaving well and knowing nothing, told to the product."""
    served.office.flags = set()
    served.office.notes.clear()
    monkeypatch.setenv(gateway.NAME, served.file)
    return served


def receipt(world: World) -> Receipt:
    """Of a paid bill."""
    bill = world.bill()
    match_line(line=world.line(50), bills=[bill], by=world.by, at=NOW)
    return Receipt.objects.select_related("bill__fund").get(bill=bill)


def wanted(world: World, **more: Any) -> FiscalNote:
    """A note that is wanted, and not asked for yet."""
    return want_note(receipt=receipt(world), by=world.by, at=NOW, **more)


def deliver(world: World, at: datetime.datetime | None = None) -> None:
    """What stands in the outbox is delivered, each twice, the last first."""
    does = {"send_note": jobs.send_note, "ask_note": jobs.ask_note, "fetch_face": jobs.fetch_face}
    while found := [(name, one["note"]) for name, one in world.outbox if name in does]:
        world.outbox[:] = []
        for name, number in [*found[::-1], *found]:
            does[name](number=number, at=at or NOW)


def fresh(note: FiscalNote) -> FiscalNote:
    """As it stands now."""
    return FiscalNote.objects.get(pk=note.pk)


def test_a_note_is_issued_with_its_numbers_and_its_face(world: World, fiscal: Running) -> None:
    note = wanted(world)
    assert note.state == "wanted"
    deliver(world)
    note = fresh(note)
    assert note.state == "issued"
    assert [len(note.code), len(note.serial), len(note.check_code)] == [8, 10, 6]
    assert note.face is not None
    assert papers.read(note.face).startswith(b"%PDF-")
    assert len(fiscal.office.notes) == 1
    assert world.notices[-1] == "fiscal_note_issued"
    with pytest.raises(NoteExists):
        want_note(receipt=note.receipt, by=world.by, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        FiscalNote.objects.create(receipt=note.receipt, title="甲甲", amount=Decimal(50), wanted_at=NOW)
    with pytest.raises(NothingToLookAt):
        look_at_note_again(note=note, by=world.by, at=NOW)


def test_without_a_gateway_there_are_no_notes(world: World) -> None:
    with pytest.raises(NoGateway):
        wanted(world)
    jobs.ask_notes(at=NOW)
    assert not FiscalNote.objects.exists()


@pytest.mark.parametrize("flag", ["late", "down", "lose-response", "forge"])
def test_unknown_is_a_state_and_the_janitor_asks(world: World, fiscal: Running, flag: str) -> None:
    note = wanted(world)
    fiscal.office.flags = {flag}
    deliver(world)
    assert fresh(note).state == ("asked" if flag == "late" else "unknown")
    jobs.ask_notes(at=NOW + datetime.timedelta(minutes=2))
    assert fresh(note).state in ("asked", "unknown")
    fiscal.office.flags = set()
    fiscal.office.let_go()
    jobs.ask_notes(at=NOW + datetime.timedelta(minutes=4))
    if flag == "down":  # it never heard of it: while it may be on its way nothing is sent again
        assert fresh(note).state == "unknown"
        fiscal_time = note.wanted_at - LONG
        FiscalNote.objects.filter(pk=note.pk).update(wanted_at=fiscal_time, asked_at=None)
        jobs.ask_note(number=note.number, at=NOW)
        assert fresh(note).state == "wanted"
    deliver(world)
    assert (fresh(note).state, len(fiscal.office.notes)) == ("issued", 1)
    assert fresh(note).face_id is not None


@pytest.mark.parametrize(("flag", "title"), [("wrong-title", ""), ("no-numbers", "")])
def test_what_cannot_be_is_not_taken_and_finance_hears_of_it(
    world: World, fiscal: Running, flag: str, title: str
) -> None:
    fiscal.office.flags = {flag}
    note = wanted(world, title=title)
    deliver(world)
    note = fresh(note)
    assert "fiscal_note_refused" in world.notices
    assert note.serial == ""
    fiscal.office.flags = set()
    if flag == "no-numbers":
        assert (note.state, note.refusal) == ("refused", "票号已用完，请领用新的票据号段")
        again = want_note(receipt=note.receipt, by=world.by, at=NOW)
        deliver(world)
        assert (fresh(again).state, fresh(note).state) == ("issued", "refused")
        return
    assert (note.state, note.fault) == ("unknown", "otherwise")
    jobs.ask_notes(at=NOW + datetime.timedelta(minutes=5))
    assert fresh(note).fault == "otherwise"  # not asked until somebody has looked
    fiscal.office.notes[note.number].facts["payerParty"]["name"] = note.title
    look_at_note_again(note=note, by=world.by, at=NOW)
    deliver(world)
    assert fresh(note).state == "issued"


def test_another_number_for_the_same_request_is_a_fault(world: World, fiscal: Running) -> None:
    note = wanted(world)
    deliver(world)
    first = fresh(note)
    fiscal.office.flags = {"twice"}
    told = gateway.gateway().stands(request=note.number, at=NOW)
    assert told.number != first.serial
    take_told(note=note, told=told, by=world.by, at=NOW)
    assert (fresh(note).serial, fresh(note).fault, fresh(note).state) == (first.serial, "otherwise", "issued")
    other = wanted(world)
    same = Told(
        other.number, "issued", other.title, other.amount, first.code, first.serial, "abcdef", NOW.date(), "0" * 64
    )
    take_told(note=other, told=same, by=world.by, at=NOW)
    assert (fresh(other).state, fresh(other).fault) == ("unknown", "otherwise")


def test_a_face_that_is_another_is_fetched_again(world: World, fiscal: Running) -> None:
    fiscal.office.flags = {"wrong-face"}
    note = wanted(world)
    deliver(world)
    assert (fresh(note).state, fresh(note).face_id) == ("issued", None)
    fiscal.office.flags = set()
    FiscalNote.objects.filter(pk=note.pk).update(wanted_at=NOW - LONG, asked_at=NOW - LONG)
    jobs.ask_notes(at=NOW)
    assert fresh(note).face_id is not None


def test_a_note_is_undone_in_red_and_replaced(world: World, fiscal: Running) -> None:
    Fund.objects.update(titles_fixed=False)
    note = wanted(world)
    with pytest.raises(NotIssued):
        reverse_note(note=note, reason="抬头有误", by=world.by, at=NOW)
    deliver(world)
    with pytest.raises(NoReason):
        reverse_note(note=note, reason=" ", by=world.by, at=NOW)
    red = reverse_note(note=note, reason="抬头有误", next_title="第1厂工会委员会", by=world.by, at=NOW)
    with pytest.raises(NoteExists):
        reverse_note(note=note, reason="抬头有误", by=world.by, at=NOW)
    deliver(world)
    assert (fresh(red).state, fresh(note).state, fresh(red).amount) == ("issued", "undone", Decimal(-50))
    asked = fiscal.office.notes[red.number].asked
    assert (asked["relatedInvoiceCode"], asked["relatedInvoiceNumber"]) == (fresh(note).code, fresh(note).serial)
    last = FiscalNote.objects.latest("pk")
    assert (last.state, last.title, last.undoes, last.amount) == ("issued", "第1厂工会委员会", None, Decimal(50))
    with pytest.raises(NotIssued):
        reverse_note(note=red, reason="再冲", by=world.by, at=NOW)


def test_a_bill_that_is_lowered_has_its_note_made_anew(world: World, fiscal: Running) -> None:
    """Receipt and note then say the same: what the bill is for."""
    note = wanted(world)
    deliver(world)
    note = fresh(note)
    bill = note.receipt.bill
    Bill.objects.filter(pk=bill.pk).update(amount=30)
    bill = Bill.objects.get(pk=bill.pk)
    made = replace_receipt(bill=bill, by=world.by, at=NOW)
    assert made is not None
    assert (made.amount, made.old.get().amount, made.old.get().reason) == (30, 50, "账单调减")
    assert replace_receipt(bill=bill, by=world.by, at=NOW) is None
    bill_after_refund(bill=bill, by=world.by, at=NOW)
    deliver(world)
    last = FiscalNote.objects.latest("pk")
    assert (fresh(note).state, last.state, last.amount, last.receipt) == ("undone", "issued", 30, made)


def given_back(world: World, bill: Bill, amount: int) -> None:
    """A part of a bill's fee is owed, and paid by two persons of finance."""
    refund = Refund.objects.create(fund=bill.fund, bill=bill, amount=amount, approved_at=NOW)
    before = due_amount(bill=bill)
    enter_refund_payment(refund=refund, paid_on=day_of(NOW), serial=f"OUT{refund.pk}", by=world.by, at=NOW)
    assert due_amount(bill=bill) == before  # not before it is paid
    other = as_staff(staff(f"财务{'子丑寅卯'[Refund.objects.count()]}", world.cast.city, RoleName.FINANCE))
    confirm_refund_payment(refund=refund, by=other, at=NOW)
    assert due_amount(bill=bill) == before - amount


def billed() -> list[Decimal]:
    """Amounts of the notes that stand."""
    return list(FiscalNote.objects.filter(state="issued", undoes=None).values_list("amount", flat=True))


def test_after_a_refund_a_note_is_over_what_is_left(world: World, fiscal: Running) -> None:
    note = wanted(world)
    deliver(world)
    bill = note.receipt.bill
    given_back(world, bill, 20)
    red = FiscalNote.objects.get(undoes=note)
    assert (red.amount, red.next_amount, red.next_title, red.reason) == (-50, 30, note.title, "退费")
    given_back(world, bill, 5)  # while the red-letter note is on its way
    assert FiscalNote.objects.count() == 2
    deliver(world)
    assert billed() == [Decimal(25)]
    given_back(world, bill, 25)
    deliver(world)
    assert billed() == []
    with pytest.raises(NothingToBill):
        want_note(receipt=note.receipt, by=world.by, at=NOW)


def test_a_note_that_is_on_its_way_or_wanted_later_is_over_what_is_left(world: World, fiscal: Running) -> None:
    note = wanted(world)
    with pytest.raises(NoteExists):  # it is on its way
        want_note(receipt=note.receipt, by=world.by, at=NOW)
    given_back(world, note.receipt.bill, 20)
    deliver(world)
    assert (fresh(note).state, billed()) == ("undone", [Decimal(30)])
    later = receipt(world)
    given_back(world, later.bill, 10)
    assert want_note(receipt=later, by=world.by, at=NOW).amount == 40


def test_money_over_the_bill_that_goes_back_is_nothing_to_its_note(world: World, fiscal: Running) -> None:
    bill = world.bill()
    payment = match_line(line=world.line(60), bills=[bill], inexact=True, by=world.by, at=NOW)
    note = want_note(receipt=Receipt.objects.get(bill=bill), by=world.by, at=NOW)
    deliver(world)
    refund = refund_money(payment=payment, like=bill, reason="多缴", by=world.by, at=NOW)
    enter_refund_payment(refund=refund, paid_on=day_of(NOW), serial="OUT1", by=world.by, at=NOW)
    other = as_staff(staff("财务壬", world.cast.city, RoleName.FINANCE))
    confirm_refund_payment(refund=refund, by=other, at=NOW)
    assert (due_amount(bill=bill), billed(), note.red_notes.exists()) == (Decimal(50), [Decimal(50)], False)


def test_another_amount_or_news_after_a_refusal_are_a_fault(world: World, fiscal: Running) -> None:
    def told(note: FiscalNote, amount: int) -> FiscalNote:
        found = Told(
            note.number, "issued", note.title, Decimal(amount), "45060126", "0000000077", "abcdef", NOW.date(), "0" * 64
        )
        return take_told(note=note, told=found, by=world.by, at=NOW)

    note = wanted(world)
    found = told(note, 51)
    assert (found.state, found.fault, found.serial) == ("unknown", "otherwise", "")
    assert world.notices[-1] == "fiscal_note_refused"
    refused = wanted(world)
    take_told(note=refused, told=Told(refused.number, "refused", words="抬头有误"), by=world.by, at=NOW)
    found = told(refused, 50)  # it said that it never would
    assert (found.state, found.fault, found.serial) == ("refused", "otherwise", "")


def test_a_title_is_the_payers(world: World) -> None:
    bill = receipt(world).bill
    assert title_for(bill=bill, wanted=" ") == bill.payer_name
    with pytest.raises(BadTitle, match="as the region says"):
        title_for(bill=bill, wanted="第1厂工会委员会")
    bill.fund.titles_fixed = False
    assert title_for(bill=bill, wanted=" 第1厂工会委员会 ") == "第1厂工会委员会"
    for wrong in ("别家公司", "甲", "长" * 101, "第1厂\u202e"):
        with pytest.raises(BadTitle):
            title_for(bill=bill, wanted=wrong)
    bill.payer_member = world.cast.lin  # a person has one name
    with pytest.raises(BadTitle, match="the payer's own name"):
        title_for(bill=bill, wanted="第1厂工会委员会")


def test_notes_are_seen_with_their_receipts(world: World, fiscal: Running) -> None:
    note = wanted(world)
    with within([world.cast.mill.unit.path]):
        assert FiscalNote.objects.filter(pk=note.pk).exists()
    with within([world.cast.yard.unit.path]):
        assert not FiscalNote.objects.filter(pk=note.pk).exists()
    seen = access.notes_visible_to(actor=as_clerk(world.cast.clerk), on=NOW.date())
    assert list(seen) == [note]


def test_the_simulator_is_a_program_that_checks_seals(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mutualaid.contributions.fiscal.simulator", "--folder", str(tmp_path), "--port", "0"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("http://127.0.0.1")
        assert process.stdout.readline().strip() == f"MUTUALAID_FISCAL={tmp_path / THEIRS}"
        assert (tmp_path / OURS).stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def test_a_request_without_a_seal_is_refused(fiscal: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", fiscal.port, timeout=5)
    connection.request("POST", "/v1/notes", body=b"{}")
    assert connection.getresponse().status == 401
    connection.close()
    assert not fiscal.office.notes
