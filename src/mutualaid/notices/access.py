"""Who may see which notices: everybody their own, in the end that they are working in. Staff see nobody else's."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound


def notices_visible_to(*, actor: Actor) -> QuerySet[Notice]:
    """The actor's own notices, in the end that they are working in."""
    if actor.kind is ActorKind.SYSTEM or not (actor.key.isascii() and actor.key.isdecimal()):
        return Notice.objects.none()
    return Notice.objects.filter(account=int(actor.key), account__is_active=True, portal=str(actor.kind))


def notice_for(*, actor: Actor, key: uuid.UUID | str) -> Notice:
    """One of them by its key. Raises NotFound."""
    try:
        wanted = uuid.UUID(str(key))
    except ValueError:
        wanted = uuid.UUID(int=0)
    notice = notices_visible_to(actor=actor).filter(key=wanted).first()
    if notice is None:
        raise NotFound("没有找到该通知", "no such notice was found")
    return notice
