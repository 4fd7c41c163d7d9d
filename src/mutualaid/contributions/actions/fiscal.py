"""互助票据: wanted for a receipt, taken as the gateway tells it, undone by a red-letter note. The gateway is never asked inside a
transaction: ``fiscal.jobs`` asks, and hands what it said to ``take_told``."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction

from mutualaid.contributions.actions.telling import tell_payer
from mutualaid.contributions.fiscal.gateway import Told, configured
from mutualaid.contributions.fiscal_models import LIVE
from mutualaid.contributions.models import Bill, FiscalNote, Receipt
from mutualaid.contributions.refusals import Refused, said
from mutualaid.contributions.resting import due_amount
from mutualaid.contributions.states import FISCAL_NOTE
from mutualaid.contributions.titles import title_for
from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.actions import notify_office
from mutualaid.people.models import RoleName

ON_ITS_WAY = datetime.timedelta(minutes=10)
"""For so long the gateway may still come to hear of a request; then it is sent again, under the same number."""
FACE = "fiscal_face"
"""The kind of a stored file that is the face of a note."""
ENDED = ("issued", "refused", "undone")


class NoGateway(Refused):
    """This installation was given no gateway: there are receipts, and no fiscal notes."""


class NoteExists(Refused):
    """The receipt has a note, or one is on its way; or the note is being undone."""


class NothingToBill(Refused):
    """All of it was given back."""


class NotIssued(Refused):
    """Only an issued note can be undone, and a red-letter note never."""


class NothingToLookAt(Refused):
    """The note has no fault, and its result is known."""


@transaction.atomic
def want_note(*, receipt: Receipt, title: str = "", by: Actor, at: datetime.datetime) -> FiscalNote:
    """A fiscal note is wanted for a receipt; the worker asks the gateway after commit. ``title``: another form of the
    payer's name, empty for the receipt's. A note that the gateway refused may be wanted anew.

    Raises NoGateway, NoteExists, NothingToBill, BadTitle.
    """
    if not configured():
        raise NoGateway(
            "应已接通财政票据网关，尚未配置；目前只能使用收款凭证",
            "expected a fiscal billing gateway, none is configured; use the receipt",
        )
    with within([EVERYTHING]):
        receipt = Receipt.objects.select_for_update(no_key=True, of=("self",)).get(pk=receipt.pk)
        if FiscalNote.objects.filter(receipt=receipt, undoes=None, state__in=LIVE).exists():
            raise NoteExists(
                f"凭证 {receipt.number} 应尚无互助票据，已开具或正在开具；一笔款项只开一张，抬头有误的请先红冲",
                f"expected receipt {receipt.number} to have no note, it has one or will have; money is billed once, "
                "undo a wrong one first",
            )
        amount = due_amount(bill=receipt.bill)
        if amount <= 0:
            raise NothingToBill(
                "应有未退的款项，已全部退回；不再开具票据",
                "expected some of the money to be kept, all of it was given back; there is nothing to bill",
            )
        wanted = title_for(bill=receipt.bill, wanted=title) if title else receipt.payer_name
        return _want(FiscalNote(receipt=receipt, title=wanted, amount=amount, wanted_at=at), by, at)


@transaction.atomic
def reverse_note(
    *, note: FiscalNote, reason: str, next_title: str = "", by: Actor, at: datetime.datetime
) -> FiscalNote:
    """An issued note is to be undone by a red-letter note; with ``next_title`` another takes its place once that is issued.
    Raises NoGateway, NotIssued, NoteExists, NoReason, BadTitle."""
    reason = said(reason)[:200]
    with within([EVERYTHING]):
        title = title_for(bill=note.receipt.bill, wanted=next_title) if next_title else ""
        return _reverse(note, reason, title, due_amount(bill=note.receipt.bill) if title else Decimal(0), by, at)


@transaction.atomic
def bill_after_refund(*, bill: Bill, by: Actor, at: datetime.datetime) -> FiscalNote | None:
    """Money of a bill was given back: its note is undone, and another over what is left takes its place. One that is still on its
    way is seen to when it is issued. None where no note stands."""
    with within([EVERYTHING]):
        note = FiscalNote.objects.filter(receipt__bill=bill, undoes=None, state="issued").first()
        return _mended(note, by, at) if note is not None else None


@transaction.atomic
def take_told(*, note: FiscalNote, told: Told, by: Actor, at: datetime.datetime) -> FiscalNote:
    """What the gateway said of a request, in whatever order and however often: numbers are taken once, and what cannot be
    (another payer, amount or number) never. Raises nothing that the gateway could cause."""
    with within([EVERYTHING]):
        note = _locked(note, at)
        if told.standing == "issued":
            return _issued(note, told, by, at)
        if note.state in ENDED or note.fault:
            return note  # late news of a time before
        if told.standing == "refused":
            return _refused(note, told.words or told.refusal, by, at)
        if told.standing == "absent":
            return _absent(note, by, at)
        return note if note.state == "asked" else make(note, FISCAL_NOTE, "note_taken", by=by, at=at)


@transaction.atomic
def refuse_note(*, note: FiscalNote, words: str, by: Actor, at: datetime.datetime) -> FiscalNote:
    """The gateway did not take the request, and said so: finance hears of it. Raises nothing for one that went on meanwhile."""
    with within([EVERYTHING]):
        note = _locked(note, at)
        return note if note.state in ENDED else _refused(note, words, by, at)


@transaction.atomic
def mark_note_unclear(*, note: FiscalNote, by: Actor, at: datetime.datetime) -> FiscalNote:
    """The gateway's answer is missing: it is asked how the request stands, and nothing is asked for anew on a guess."""
    with within([EVERYTHING]):
        note = _locked(note, at)
        return make(note, FISCAL_NOTE, "note_unclear", by=by, at=at) if note.state in ("wanted", "asked") else note


@transaction.atomic
def keep_face(*, note: FiscalNote, content: bytes, by: Actor, at: datetime.datetime) -> FiscalNote:
    """The face of an issued note, as the gateway made it, is kept; the second time nothing is done."""
    with within([EVERYTHING]):
        note = FiscalNote.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)
        if note.face_id is None:
            unit = note.receipt.bill.employer.unit
            note.face = papers.store(
                content=content, name=f"{note.code}-{note.serial}.pdf", kind=FACE, media_type=papers.PDF,
                unit_path=unit.path, ours=True, by=by, at=at,
            )  # fmt: skip
            note.save(update_fields=["face"])
            record(what="fiscal_face_kept", row=note, by=by, at=at)
    return note


@transaction.atomic
def look_at_note_again(*, note: FiscalNote, by: Actor, at: datetime.datetime) -> FiscalNote:
    """Finance has looked at a note about which the gateway said what cannot be, or nothing clear: it is asked about at once.
    Raises NothingToLookAt."""
    with within([EVERYTHING]):
        note = FiscalNote.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)
        if not note.fault and note.state not in ("unknown", "asked"):
            raise NothingToLookAt(
                f"票据申请 {note.number} 应有异常或结果未知，均没有；无需处理",
                f"expected request {note.number} to have a fault or an unknown result, it has neither; there is nothing to do",
            )
        note.fault = ""
        note.save(update_fields=["fault"])
        record(what="fiscal_note_looked_at", row=note, by=by, at=at)
        work.post(name="contributions.ask_note", wanted={"note": note.number})
    return note


def _want(note: FiscalNote, by: Actor, at: datetime.datetime) -> FiscalNote:
    note.save(force_insert=True)
    note.refresh_from_db(fields=["number"])
    record(what="fiscal_note_wanted", row=note, by=by, at=at, amount=str(note.amount))
    work.post(name="contributions.send_note", wanted={"note": note.number})
    return note


def _reverse(
    note: FiscalNote, reason: str, next_title: str, next_amount: Decimal, by: Actor, at: datetime.datetime
) -> FiscalNote:
    note = FiscalNote.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)
    if note.state != "issued" or note.undoes_id is not None:
        raise NotIssued(
            f"票据申请 {note.number} 应为已开具的蓝字票据，才能红冲；请刷新后再看",
            f"expected {note.number} to be an issued note and no red-letter one; look again",
        )
    if note.red_notes.filter(state__in=LIVE).exists():
        raise NoteExists(
            f"票据 {note.code} {note.serial} 应尚未红冲，红字票据已在开具；请等待结果",
            f"expected note {note.code} {note.serial} not to be undone, a red-letter note is on its way; wait for it",
        )
    red = FiscalNote(
        receipt_id=note.receipt_id,
        undoes=note,
        title=note.title,
        amount=-note.amount,
        reason=reason,
        next_title=next_title,
        next_amount=next_amount,
        wanted_at=at,
    )
    return _want(red, by, at)


def _mended(note: FiscalNote, by: Actor, at: datetime.datetime) -> FiscalNote | None:
    """A note over another amount than is to be billed is undone, and replaced by one over that."""
    due = due_amount(bill=note.receipt.bill)
    if note.amount == due or note.red_notes.filter(state__in=LIVE).exists():
        return None
    return _reverse(note, "退费", note.title if due > 0 else "", max(due, Decimal(0)), by, at)


def _locked(note: FiscalNote, at: datetime.datetime) -> FiscalNote:
    FiscalNote.objects.filter(pk=note.pk).update(asked_at=at)
    return FiscalNote.objects.select_for_update(no_key=True, of=("self",)).get(pk=note.pk)


def _issued(note: FiscalNote, told: Told, by: Actor, at: datetime.datetime) -> FiscalNote:
    if note.state in ("issued", "undone"):
        same = (note.code, note.serial) == (told.code, told.number)
        return note if same else _faulty(note, by, at)
    if note.state == "refused":
        return _faulty(note, by, at)  # it said that it never would
    taken = FiscalNote.objects.filter(code=told.code, serial=told.number).exists()
    if taken or (told.title, told.amount) != (note.title, note.amount):
        return _faulty(note, by, at)
    also = {
        "code": told.code,
        "serial": told.number,
        "check_code": told.check,
        "issued_on": told.issued_on,
        "face_sha256": told.face_sha256,
        "fault": "",
    }
    note = make(note, FISCAL_NOTE, "note_issued", by=by, at=at, also=also)
    work.post(name="contributions.fetch_face", wanted={"note": note.number})
    if note.undoes is None:
        words = {"number": note.receipt.bill.number, "code": note.code, "serial": note.serial}
        tell_payer(bill=note.receipt.bill, template="fiscal_note_issued", words=words, by=by, at=at)
        _mended(note, by, at)
        return note
    make(note.undoes, FISCAL_NOTE, "note_reversed", by=by, at=at)
    if note.next_amount > 0:
        following = FiscalNote(receipt_id=note.receipt_id, title=note.next_title, amount=note.next_amount, wanted_at=at)
        _want(following, by, at)
    return note


def _refused(note: FiscalNote, words: str, by: Actor, at: datetime.datetime) -> FiscalNote:
    note = make(note, FISCAL_NOTE, "note_refused", by=by, at=at, also={"refusal": words[:200]})
    _tell_finance(note, by, at)
    return note


def _absent(note: FiscalNote, by: Actor, at: datetime.datetime) -> FiscalNote:
    if note.state == "wanted":
        return note
    if note.wanted_at + ON_ITS_WAY > at:
        return make(note, FISCAL_NOTE, "note_unclear", by=by, at=at) if note.state == "asked" else note
    note = make(note, FISCAL_NOTE, "note_absent", by=by, at=at)
    work.post(name="contributions.send_note", wanted={"note": note.number})
    return note


def _faulty(note: FiscalNote, by: Actor, at: datetime.datetime) -> FiscalNote:
    if not note.fault:
        note.fault = "otherwise"
        note.save(update_fields=["fault"])
        record(what="fiscal_fault_found", row=note, by=by, at=at)
        _tell_finance(note, by, at)
    return make(note, FISCAL_NOTE, "note_unclear", by=by, at=at) if note.state in ("wanted", "asked") else note


def _tell_finance(note: FiscalNote, by: Actor, at: datetime.datetime) -> None:
    notify_office(
        unit=note.receipt.bill.fund.unit, roles=[RoleName.FINANCE], template="fiscal_note_refused",
        words={"number": note.number}, link=f"/workbench/fiscal-notes/{note.number}", by=by, at=at,
    )  # fmt: skip
