"""What the worker does for 互助票据: requests are sent to the gateway, asked after, and faces fetched. Declared by ``jobs``."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from mutualaid.contributions.actions.fiscal import keep_face, mark_note_unclear, refuse_note, take_told
from mutualaid.contributions.fiscal import gateway
from mutualaid.contributions.models import FiscalNote
from mutualaid.core.actors import system
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox, timer

BY = system("fiscal_notes")
ASK_EVERY = datetime.timedelta(minutes=1)
LEFT_BEHIND = datetime.timedelta(minutes=5)
"""What was to be sent or fetched so long ago is seen to again."""
_log = logging.getLogger(__name__)


@outbox("contributions.send_note")
def deliver_note(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - our number makes it single
    """From the outbox: see ``send_note``."""
    send_note(number=wanted["note"], at=database_time())


@outbox("contributions.ask_note")
def deliver_note_question(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - asking changes nothing
    """From the outbox: see ``ask_note``."""
    ask_note(number=wanted["note"], at=database_time())


@outbox("contributions.fetch_face")
def deliver_face(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - kept once
    """From the outbox: see ``fetch_face``."""
    fetch_face(number=wanted["note"], at=database_time())


@timer("* * * * *", name="contributions.ask_notes")
def ask_notes(*, at: datetime.datetime) -> None:
    """Each minute: notes of which nothing is known are asked after; what was left behind is sent, and faces that lack fetched."""
    if not gateway.configured():
        return
    with within([EVERYTHING]):
        asked = list(notes_to_ask(at=at).values_list("number", flat=True))
        unsent = list(notes_left(at=at).filter(state="wanted").values_list("number", flat=True))
        faceless = list(notes_left(at=at).exclude(state="wanted").values_list("number", flat=True))
    for number in asked:
        ask_note(number=number, at=at)
    for number in unsent:
        send_note(number=number, at=at)
    for number in faceless:
        fetch_face(number=number, at=at)


def send_note(*, number: str, at: datetime.datetime) -> None:
    """Ask the gateway for a note. Without a clear answer it is unknown, and asked after: it is not sent again."""
    note = _note(number)
    if note.state != "wanted":
        return
    member = note.receipt.bill.payer_member_id is not None
    asked = gateway.Asked(
        note.number,
        note.title,
        gateway.PERSON if member else gateway.UNIT,
        note.amount,
        "职工互助保障互助费",
        f"{note.receipt.bill.number} {note.reason}".strip(),
        note.undoes.code if note.undoes else "",
        note.undoes.serial if note.undoes else "",
    )
    try:
        told = gateway.gateway().ask_for(asked=asked, at=at)
    except gateway.NotTaken as fault:
        with within([EVERYTHING]):
            refuse_note(note=note, words=str(fault), by=BY, at=at)
        return
    except gateway.Unclear as fault:
        _log.warning("fiscal note %s: sent, and %s", number, fault)
        with within([EVERYTHING]):
            mark_note_unclear(note=note, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_told(note=note, told=told, by=BY, at=at)


def ask_note(*, number: str, at: datetime.datetime) -> None:
    """Ask the gateway how a request stands."""
    note = _note(number)
    if note.state not in ("wanted", "asked", "unknown") or note.fault:
        return
    try:
        told = gateway.gateway().stands(request=number, at=at)
    except gateway.Unclear as fault:
        _log.warning("fiscal note %s: asked, and %s", number, fault)
        with within([EVERYTHING]):
            mark_note_unclear(note=note, by=BY, at=at)
        return
    with within([EVERYTHING]):
        take_told(note=note, told=told, by=BY, at=at)


def fetch_face(*, number: str, at: datetime.datetime) -> None:
    """Fetch the face of an issued note; without a clear answer it is fetched later."""
    note = _note(number)
    if not note.face_sha256 or note.face_id is not None:
        return
    try:
        content = gateway.gateway().face(request=number, sha256=note.face_sha256, at=at)
    except gateway.Unclear as fault:
        _log.warning("fiscal note %s: its face was asked for, and %s", number, fault)
        return
    with within([EVERYTHING]):
        keep_face(note=note, content=content, by=BY, at=at)


def notes_to_ask(*, at: datetime.datetime) -> QuerySet[FiscalNote]:
    """Notes of which the gateway was not asked for a while; those with a fault wait for finance."""
    quiet = Q(asked_at=None) | Q(asked_at__lte=at - ASK_EVERY)
    return FiscalNote.objects.filter(quiet, state__in=["asked", "unknown"], fault="").order_by("id")


def notes_left(*, at: datetime.datetime) -> QuerySet[FiscalNote]:
    """Notes that were to be sent, or whose faces were to be fetched, a while ago."""
    left = Q(state="wanted") | Q(state__in=["issued", "undone"], face=None)
    quiet = Q(asked_at=None) | Q(asked_at__lte=at - LEFT_BEHIND)
    return FiscalNote.objects.filter(left, quiet, wanted_at__lte=at - LEFT_BEHIND).order_by("id")


def _note(number: str) -> FiscalNote:
    with within([EVERYTHING]):
        return FiscalNote.objects.select_related("receipt__bill", "undoes").get(number=number)
