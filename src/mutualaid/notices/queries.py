"""Reads of notices: an inbox as it is read in a language, short messages and deliveries that wait."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from mutualaid.core.actors import Actor
from mutualaid.notices.access import notices_visible_to
from mutualaid.notices.models import Endpoint, SmsMessage, WebhookDelivery
from mutualaid.notices.templates import render


@dataclass(frozen=True)
class Letter:
    """A notice as it is read."""

    key: uuid.UUID
    title: str
    text: str
    link: str
    at: datetime.datetime
    is_read: bool


def unread_count(*, actor: Actor) -> int:
    """How many of the actor's notices are new."""
    return notices_visible_to(actor=actor).filter(read_at=None).count()


def notices_of(*, actor: Actor, zh: bool, limit: int = 50, offset: int = 0) -> list[Letter]:
    """The actor's notices, latest first."""
    found = []
    for notice in notices_visible_to(actor=actor).order_by("-id")[offset : offset + limit]:
        said = render(notice.template, notice.words, zh=zh)
        found.append(Letter(notice.key, said.title, said.text, notice.link, notice.at, notice.read_at is not None))
    return found


def message_by_key(*, key: uuid.UUID) -> SmsMessage | None:
    """A short message, for the worker."""
    return SmsMessage.objects.filter(key=key).first()


def messages_to_ask(*, at: datetime.datetime, limit: int = 200) -> QuerySet[SmsMessage]:
    """Short messages of which the provider is to be asked now, the longest waiting first."""
    due = SmsMessage.objects.filter(ask_at__lte=at, state__in=["handed_over", "unknown"], phone__isnull=False)
    return due.order_by("ask_at")[:limit]


def delivery_by_key(*, key: uuid.UUID) -> WebhookDelivery | None:
    """A delivery with its address and program, for the worker."""
    return WebhookDelivery.objects.select_related("endpoint__client").filter(key=key).first()


def secrets_of(*, endpoint: Endpoint, at: datetime.datetime) -> list[str]:
    """With which an event is signed now: the secret, and the former one while it still counts."""
    former = endpoint.former_secret if endpoint.former_until is not None and at < endpoint.former_until else None
    return [endpoint.secret] + ([former] if former else [])


def deliveries_of(*, among: QuerySet[WebhookDelivery], limit: int = 50) -> list[WebhookDelivery]:
    """The last deliveries, latest first, with their addresses."""
    return list(among.select_related("endpoint").order_by("-id")[:limit])
