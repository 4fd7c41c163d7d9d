"""Short messages: written in the transaction of what they tell, handed over after it, and asked after until it is known."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from django.db import connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import post
from mutualaid.notices import gateway
from mutualaid.notices.models import SmsMessage
from mutualaid.notices.states import SMS_MESSAGE
from mutualaid.notices.templates import TEMPLATES
from mutualaid.people.models import Member

OUTBOX = "notices.send_message"
TRIES_MOST = 3
STALE = datetime.timedelta(days=3)
"""What nobody could hand over by then is of no more use: the notice stands in the inbox."""
LATER = datetime.timedelta(hours=1)
"""A provider's limit, or an account that sends nothing for now, is given so long."""
QUESTIONS = tuple(datetime.timedelta(minutes=minutes) for minutes in (2, 5, 15, 60, 240, 1440, 2880))
"""After how long the provider is asked the next time; after the last it is asked no more."""
SURE = datetime.timedelta(minutes=20)
"""A provider that has not heard of a message so long after it was tried, did not get it."""
KEPT = datetime.timedelta(days=30)
"""So long a phone is kept with a message; providers answer questions about no older ones."""


def write_messages(
    *, told: Sequence[tuple[Member, Mapping[str, str]]], template: str, by: Actor, at: datetime.datetime
) -> Sequence[SmsMessage]:
    """Short messages that wait, to those of some members who have a phone and agreed, where there is a text and a provider; with
    their words. No statement at all without a provider or a phone, one where nobody agreed."""
    if not TEMPLATES[template].sms or not gateway.is_sent(template=template):
        return []
    reached = [(member, words) for member, words in told if member.phone]
    agreed = _agreed([member.pk for member, _ in reached]) if reached else set()
    if not agreed:
        return []
    needed = TEMPLATES[template].sms_words
    with within([EVERYTHING]):  # whom an action tells may stand outside its actor's branches
        made = SmsMessage.objects.bulk_create(
            (
                SmsMessage(
                    member=member,
                    template=template,
                    words={name: word for name, word in words.items() if name in needed},
                    phone=member.phone,
                    at=at,
                )
                for member, words in reached
                if member.pk in agreed
            ),
            batch_size=1000,
        )
        record_all(what="message_written", rows=((one, {"template": template}) for one in made), by=by, at=at)
        for one in made:
            post(name=OUTBOX, wanted={"message": one.key.hex})
    return made


@transaction.atomic
def begin_message(*, message: SmsMessage, by: Actor, at: datetime.datetime) -> SmsMessage | None:
    """The attempt to hand a message over stands in the database before it is made. None where there is nothing to send: it was
    handed over, is too old, or an attempt was begun of which nothing is known (then the provider is asked)."""
    found = SmsMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
    if found.state != "waiting":
        return None
    if found.tried_at is not None:
        unclear_message(message=found, fault="interrupted", by=by, at=at)
        return None
    if at - found.at > STALE:
        fail_message(message=found, fault="too-late", by=by, at=at)
        return None
    found.tried_at, found.tries = at, found.tries + 1
    found.save(update_fields=["tried_at", "tries"])
    return found


@transaction.atomic
def hand_message_over(*, message: SmsMessage, receipt: str, by: Actor, at: datetime.datetime) -> SmsMessage:
    """The provider took it, and is asked later whether it reached the phone. Raises IllegalMove."""
    found = make(message, SMS_MESSAGE, "message_handed_over", by=by, at=at)
    found.receipt, found.fault, found.questions, found.ask_at = receipt, "", 0, at + QUESTIONS[0]
    found.save(update_fields=["receipt", "fault", "questions", "ask_at"])
    return found


@transaction.atomic
def put_message_off(*, message: SmsMessage, fault: str, by: Actor, at: datetime.datetime) -> SmsMessage:
    """The provider sent nothing and takes nothing for now: the message waits, and is handed over later."""
    found = SmsMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
    found.tried_at, found.fault, found.tries = None, fault, max(found.tries - 1, 0)
    found.save(update_fields=["tried_at", "fault", "tries"])
    record(what="message_put_off", row=found, by=by, at=at, fault=fault)
    post(name=OUTBOX, wanted={"message": found.key.hex}, not_before=at + LATER)
    return found


@transaction.atomic
def unclear_message(*, message: SmsMessage, fault: str, by: Actor, at: datetime.datetime) -> SmsMessage:
    """Nobody knows whether it was sent: the provider is asked, by our own name of it. Raises IllegalMove."""
    found = make(message, SMS_MESSAGE, "message_unclear", by=by, at=at, fault=fault)
    found.fault, found.questions, found.ask_at = fault, 0, at + QUESTIONS[0]
    found.save(update_fields=["fault", "questions", "ask_at"])
    return found


@transaction.atomic
def fail_message(*, message: SmsMessage, fault: str, by: Actor, at: datetime.datetime) -> SmsMessage:
    """It does not reach the phone. Raises IllegalMove."""
    found = make(message, SMS_MESSAGE, "message_failed", by=by, at=at, fault=fault)
    found.fault, found.ask_at = fault, None
    found.save(update_fields=["fault", "ask_at"])
    return found


@transaction.atomic
def take_report(*, message: SmsMessage, report: gateway.Report, by: Actor, at: datetime.datetime) -> SmsMessage:
    """What the provider says became of a message. One that it never heard of is sent again, so long as that is of use."""
    found = SmsMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
    if found.state not in ("handed_over", "unknown"):
        return found
    if report.fate == "failed":
        return fail_message(message=found, fault=report.code, by=by, at=at)
    if report.fate == "delivered":
        found = make(found, SMS_MESSAGE, "message_delivered", by=by, at=at)
        found.fault, found.ask_at = "", None
        found.save(update_fields=["fault", "ask_at"])
        return found
    if report.fate == "waiting" and found.state == "unknown":
        return hand_message_over(message=found, receipt=found.receipt, by=by, at=at)
    if report.fate == "absent" and found.state == "unknown" and not found.receipt and _is_sure(found, at):
        return _send_again(found, by, at)
    return ask_later(message=found, by=by, at=at)


@transaction.atomic
def ask_later(*, message: SmsMessage, by: Actor, at: datetime.datetime) -> SmsMessage:
    """The provider does not know yet, or did not answer: it is asked again after a longer while, and at last no more."""
    found = SmsMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
    found.questions += 1
    found.ask_at = at + QUESTIONS[found.questions] if found.questions < len(QUESTIONS) else None
    found.save(update_fields=["questions", "ask_at"])
    if found.ask_at is None and found.state == "handed_over":
        found = make(found, SMS_MESSAGE, "message_unclear", by=by, at=at, fault="no-report")
    return found


@transaction.atomic
def forget_phones(*, by: Actor, at: datetime.datetime) -> int:
    """Phones of messages of which nothing more can become; how many."""
    over = SmsMessage.objects.filter(
        at__lt=at - KEPT, phone__isnull=False, state__in=["delivered", "failed", "unknown"]
    )
    count = over.update(phone=None, ask_at=None)
    if count:
        record(what="phones_forgotten", row=SmsMessage(), by=by, at=at, count=count)
    return count


def _is_sure(message: SmsMessage, at: datetime.datetime) -> bool:
    return message.tried_at is not None and at - message.tried_at >= SURE


def _send_again(message: SmsMessage, by: Actor, at: datetime.datetime) -> SmsMessage:
    if message.tries >= TRIES_MOST:
        return fail_message(message=message, fault="never-arrived", by=by, at=at)
    found = make(message, SMS_MESSAGE, "message_again", by=by, at=at)
    found.tried_at, found.ask_at, found.questions = None, None, 0
    found.save(update_fields=["tried_at", "ask_at", "questions"])
    post(name=OUTBOX, wanted={"message": found.key.hex})
    return found


def _agreed(members: Sequence[int]) -> set[int]:
    """Whose last word about messages was yes, wherever the actor stands: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT who FROM unnest(%s::bigint[]) AS who WHERE notices_agreed_to_messages(who)", [list(members)]
        )
        return {int(row[0]) for row in cursor.fetchall()}
