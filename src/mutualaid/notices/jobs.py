"""What the worker does for notices: short messages are handed over and asked after, programs are told of events."""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox, timer
from mutualaid.notices import gateway, webhooks
from mutualaid.notices.actions import messages
from mutualaid.notices.actions import webhooks as events
from mutualaid.notices.models import SmsMessage, WebhookDelivery
from mutualaid.notices.queries import delivery_by_key, message_by_key, messages_to_ask, secrets_of

BY = system("notices")
_log = logging.getLogger(__name__)


@outbox(messages.OUTBOX)
def deliver_message(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - our key makes it single
    """From the outbox: see ``send_message``."""
    send_message(key=wanted["message"], at=database_time())


@outbox(events.OUTBOX)
def deliver_event(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - the event has a key of its own
    """From the outbox: see ``send_event``."""
    send_event(key=wanted["delivery"], at=database_time())


@timer("* * * * *", name="notices.ask_messages")
def ask_messages(*, at: datetime.datetime) -> None:
    """Each minute: the provider is asked what became of messages whose turn it is."""
    with within([EVERYTHING]):
        due = list(messages_to_ask(at=at))
    for message in due:
        ask_message(message=message, at=at)


@timer("20 19 * * *", name="notices.clear")
def clear(*, at: datetime.datetime) -> None:
    """Each night: phones and deliveries that are of no more use are forgotten."""
    with within([EVERYTHING]):
        messages.forget_phones(by=BY, at=at)
    with within([EVERYTHING]):
        events.clear_deliveries(by=BY, at=at)


def send_message(*, key: str, at: datetime.datetime) -> None:
    """Hand a message over, once: that it is tried is committed before, and what is unclear is asked after, not sent again."""
    with within([EVERYTHING]):
        found = message_by_key(key=uuid.UUID(key))
        message = found and messages.begin_message(message=found, by=BY, at=at)
    if message is None:
        return
    try:
        receipt = gateway.provider().send(
            name=key, phone=message.phone, template=message.template, words=message.words, at=at
        )
    except gateway.NotTaken as fault:
        with within([EVERYTHING]):
            messages.fail_message(message=message, fault=str(fault), by=BY, at=at)
        return
    except gateway.Unclear as fault:
        _log.warning("message %s: sent, and %s", key, fault)
        with within([EVERYTHING]):
            messages.unclear_message(message=message, fault="no-answer", by=BY, at=at)
        return
    except (gateway.NotNow, gateway.SmsFault) as fault:
        _log.error("message %s waits: %s", key, fault)
        code = str(fault) if isinstance(fault, gateway.NotNow) else "configuration"
        with within([EVERYTHING]):
            messages.put_message_off(message=message, fault=code, by=BY, at=at)
        return
    with within([EVERYTHING]):
        messages.hand_message_over(message=message, receipt=receipt, by=BY, at=at)


def ask_message(*, message: SmsMessage, at: datetime.datetime) -> None:
    """Ask the provider what became of a message; without an answer it is asked later."""
    assert message.tried_at is not None
    try:
        report = gateway.provider().ask(
            name=message.key.hex, phone=message.phone, receipt=message.receipt, sent_at=message.tried_at, at=at
        )
    except (gateway.Unclear, gateway.NotNow, gateway.SmsFault) as fault:
        _log.warning("message %s: asked, and %s", message.key.hex, fault)
        with within([EVERYTHING]):
            messages.ask_later(message=message, by=BY, at=at)
        return
    with within([EVERYTHING]):
        messages.take_report(message=message, report=report, by=BY, at=at)


def send_event(*, key: str, at: datetime.datetime) -> None:
    """Tell a program of an event. It may be told twice, under the same name; where it does not take it, it is told later."""
    with within([EVERYTHING]):
        delivery = delivery_by_key(key=uuid.UUID(key))
        if delivery is None or delivery.state != "waiting":
            return
        if not _is_open(delivery, at):
            events.drop_delivery(delivery=delivery, by=BY, at=at)
            return
        secrets = secrets_of(endpoint=delivery.endpoint, at=at)
    body = webhooks.body_of(
        key=key,
        event=delivery.event,
        subject=delivery.subject,
        at=delivery.at.isoformat(),
        facts=delivery.facts,
    )
    told = webhooks.tell(
        address=delivery.endpoint.address,
        event=delivery.event,
        key=key,
        body=body,
        timestamp=int(at.timestamp()),
        secrets=secrets,
    )
    with within([EVERYTHING]):
        take = events.take_success if told.taken else events.take_failure
        take(delivery=delivery, answer=told.answer, by=BY, at=at)


def _is_open(delivery: WebhookDelivery, at: datetime.datetime) -> bool:
    """Who may no more ask us is no more told."""
    endpoint = delivery.endpoint
    client = endpoint.client
    return endpoint.closed_at is None and client.revoked_at is None and day_of(at) < client.expires_on
