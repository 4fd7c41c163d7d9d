"""Who may see which notices: everybody their own, in the end that they are working in, staff nobody else's; and who keeps the
addresses at which programs are told of events."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.notices.models import Endpoint, Notice, WebhookDelivery
from mutualaid.people.access import NotFound, client_to_manage, clients_visible_to
from mutualaid.people.models import ApiClient


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


def endpoints_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Endpoint]:
    """Addresses of the programs that the actor sees: system and security administrators, in their branches."""
    return Endpoint.objects.filter(client__in=clients_visible_to(actor=actor, on=on))


def endpoint_to_manage(*, actor: Actor, number: str, on: datetime.date) -> Endpoint:
    """An address that the actor may change: system administrators, in their branches. Raises NotFound."""
    endpoint = Endpoint.objects.filter(number=number).select_related("client").first()
    if endpoint is not None:
        client_to_manage(actor=actor, number=endpoint.client.number, on=on)
        return endpoint
    raise NotFound("没有找到该推送地址，请核对编号", "no such address was found; check the number")


def client_seen(*, actor: Actor, number: str, on: datetime.date) -> ApiClient:
    """A program whose addresses the actor may look at. Raises NotFound."""
    client = clients_visible_to(actor=actor, on=on).filter(number=number).select_related("unit").first()
    if client is None:
        raise NotFound("没有找到该程序，请核对编号", "no such program was found; check the number")
    return client


def deliveries_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[WebhookDelivery]:
    """What the programs that the actor sees were told."""
    return WebhookDelivery.objects.filter(endpoint__in=endpoints_visible_to(actor=actor, on=on))


def delivery_to_repeat(*, actor: Actor, key: str, on: datetime.date) -> WebhookDelivery:
    """One that the actor may have tried again: system administrators, in their branches. Raises NotFound."""
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        wanted = uuid.UUID(int=0)
    delivery = WebhookDelivery.objects.filter(key=wanted).select_related("endpoint__client").first()
    if delivery is not None:
        client_to_manage(actor=actor, number=delivery.endpoint.client.number, on=on)
        return delivery
    raise NotFound("没有找到该推送，请核对", "no such delivery was found; check it")
