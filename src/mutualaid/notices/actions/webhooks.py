"""Programs are told of events: their addresses and secrets, and what becomes of each delivery."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from django.db import connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import post
from mutualaid.notices.actions.telling import notify_office
from mutualaid.notices.models import Endpoint, Event, WebhookDelivery
from mutualaid.notices.states import WEBHOOK_DELIVERY
from mutualaid.notices.webhooks import AddressUnfit, check_address
from mutualaid.people.models import ApiClient, Level, RoleName

OUTBOX = "notices.send_event"
WAITS = tuple(datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
"""After each attempt that failed; after one more the delivery is given up: 45 hours after the event."""
OVERLAP = datetime.timedelta(hours=24)
"""So long the former secret signs beside a new one."""
KEPT = datetime.timedelta(days=90)
ADDRESSES_MOST = 10


class EndpointUnfit(Exception):
    """An address, or events, that cannot be; ``zh`` and ``en`` say what was expected and found."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@transaction.atomic
def make_endpoint(
    *, client: ApiClient, address: str, events: Collection[str], by: Actor, at: datetime.datetime
) -> tuple[Endpoint, str]:
    """A program is told of events of its branch, from now on; and the secret with which that is signed, shown once. Raises
    EndpointUnfit."""
    wanted = sorted(set(events))
    if not wanted or not set(wanted) <= set(Event.values):
        raise EndpointUnfit(
            "应选至少一种事件；没有找到，请勾选", "expected at least one event of the list, found none; choose"
        )
    try:
        check_address(address)
    except AddressUnfit as fault:
        raise EndpointUnfit(fault.zh, fault.en) from None
    if client.endpoints.filter(closed_at=None).count() >= ADDRESSES_MOST:
        raise EndpointUnfit(
            f"每个程序最多 {ADDRESSES_MOST} 个地址；请先停用不用的",
            f"expected at most {ADDRESSES_MOST} addresses of a program; switch off one that is not used",
        )
    secret = _new_secret()
    endpoint = Endpoint.objects.create(client=client, address=address, events=wanted, secret=secret, made_at=at)
    endpoint.refresh_from_db(fields=["number", "unit_path"])
    record(what="make_endpoint", row=endpoint, by=by, at=at, client=client.number, events=wanted)
    return endpoint, secret


@transaction.atomic
def change_secret(*, endpoint: Endpoint, by: Actor, at: datetime.datetime) -> tuple[Endpoint, str]:
    """A new secret, shown once; the former one signs beside it for a day. Raises EndpointUnfit."""
    found = _open(endpoint)
    secret = _new_secret()
    found.former_secret, found.former_until, found.secret = found.secret, at + OVERLAP, secret
    found.save(update_fields=["former_secret", "former_until", "secret"])
    record(what="change_secret", row=found, by=by, at=at)
    return found, secret


@transaction.atomic
def close_endpoint(*, endpoint: Endpoint, by: Actor, at: datetime.datetime) -> Endpoint:
    """Nothing more is told there; what waits is not sent. Raises EndpointUnfit."""
    found = _open(endpoint)
    found.closed_at = at
    found.save(update_fields=["closed_at"])
    record(what="close_endpoint", row=found, by=by, at=at)
    return found


def announce(
    *,
    event: str,
    unit_path: str,
    subject: str,
    facts: Mapping[str, Any],
    sealed: Collection[str] = (),
    by: Actor,
    at: datetime.datetime,
) -> int:
    """Tell programs of an event, in the transaction of the event; how many. ``unit_path``: of the unit that it belongs to: told
    are programs of that unit and of those above it. ``subject``: the number of the thing; ``facts``: numbers, states, and
    amounts as texts, what JSON can hold: no names, nothing of health; ``sealed``: those of them that an employer's own programs
    are not told. One statement where nobody listens."""
    if event not in Event.values:
        raise ValueError(f"expected an event of {Event.values}, found {event!r}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT notices_listeners(%s, %s)", [event, unit_path])
        listeners = [row[0] for row in cursor.fetchall()]
    if not listeners:
        return 0
    with within([EVERYTHING]):  # a program above the actor's branch listens, too
        employers = _of_employers(listeners) if sealed else set()
        told = {key: value for key, value in facts.items() if key not in sealed}
        made = WebhookDelivery.objects.bulk_create(
            WebhookDelivery(
                endpoint_id=one, event=event, subject=subject, facts=told if one in employers else dict(facts), at=at
            )
            for one in listeners
        )
        record_all(what="announce", rows=((one, {"event": event}) for one in made), by=by, at=at)
        for one in made:
            post(name=OUTBOX, wanted={"delivery": one.key.hex})
    return len(made)


def _of_employers(listeners: Collection[int]) -> set[int]:
    rows = Endpoint.objects.filter(pk__in=listeners, client__unit__level=Level.GRASSROOTS)
    return set(rows.values_list("pk", flat=True))


@transaction.atomic
def take_success(*, delivery: WebhookDelivery, answer: str, by: Actor, at: datetime.datetime) -> WebhookDelivery:
    """The program took it. Raises IllegalMove."""
    found = make(delivery, WEBHOOK_DELIVERY, "webhook_delivered", by=by, at=at)
    _tried(found, answer, at)
    Endpoint.objects.filter(pk=found.endpoint_id).update(failures=0, is_told_off=False)
    return found


@transaction.atomic
def take_failure(*, delivery: WebhookDelivery, answer: str, by: Actor, at: datetime.datetime) -> WebhookDelivery:
    """The program did not take it: it is tried again after a longer while; after the last try its office is told, once."""
    found = WebhookDelivery.objects.select_for_update(no_key=True).get(pk=delivery.pk)
    if found.state != "waiting":
        return found
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(pk=found.endpoint_id)
    endpoint.failures += 1
    _tried(found, answer, at)
    if found.tries <= len(WAITS):
        post(name=OUTBOX, wanted={"delivery": found.key.hex}, not_before=at + WAITS[found.tries - 1])
    else:
        found = make(found, WEBHOOK_DELIVERY, "webhook_given_up", by=by, at=at, answer=answer)
        if not endpoint.is_told_off:
            endpoint.is_told_off = True
            _tell_office(endpoint, found, by, at)
    endpoint.save(update_fields=["failures", "is_told_off"])
    return found


@transaction.atomic
def drop_delivery(*, delivery: WebhookDelivery, by: Actor, at: datetime.datetime) -> WebhookDelivery:
    """Its address was switched off, or its program's token ended, before it was told. Raises IllegalMove."""
    found = make(delivery, WEBHOOK_DELIVERY, "webhook_given_up", by=by, at=at, answer="closed")
    found.answer = "closed"
    found.save(update_fields=["answer"])
    return found


@transaction.atomic
def deliver_again(*, delivery: WebhookDelivery, by: Actor, at: datetime.datetime) -> WebhookDelivery:
    """One that was given up is tried again, from the first try on. Raises IllegalMove, EndpointUnfit."""
    _open(delivery.endpoint)
    found = make(delivery, WEBHOOK_DELIVERY, "webhook_again", by=by, at=at)
    found.tries = 0
    found.save(update_fields=["tries"])
    post(name=OUTBOX, wanted={"delivery": found.key.hex})
    return found


@transaction.atomic
def clear_deliveries(*, by: Actor, at: datetime.datetime) -> int:
    """What was told, or given up, long ago is forgotten; and former secrets that sign no more. How many deliveries."""
    Endpoint.objects.filter(former_until__lt=at).update(former_secret=None, former_until=None)
    gone, _ = WebhookDelivery.objects.filter(at__lt=at - KEPT).exclude(state="waiting").delete()
    if gone:
        record(what="deliveries_cleared", row=WebhookDelivery(), by=by, at=at, count=gone)
    return gone


def _tell_office(endpoint: Endpoint, delivery: WebhookDelivery, by: Actor, at: datetime.datetime) -> None:
    notify_office(
        unit=endpoint.client.unit,
        roles=(RoleName.SYSTEM_ADMIN,),
        template="webhook_given_up",
        words={"number": endpoint.number, "event": delivery.event},
        link=f"/workbench/clients/{endpoint.client.number}/endpoints",
        by=by,
        at=at,
    )


def _tried(delivery: WebhookDelivery, answer: str, at: datetime.datetime) -> None:
    delivery.tries, delivery.tried_at, delivery.answer = delivery.tries + 1, at, answer[:40]
    delivery.save(update_fields=["tries", "tried_at", "answer"])


def _open(endpoint: Endpoint) -> Endpoint:
    """Under its lock. Raises EndpointUnfit."""
    found = Endpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
    if found.closed_at is not None:
        raise EndpointUnfit(
            f"推送地址 {found.number} 应在使用中；已停用，请另设一个",
            f"expected {found.number} to be in use, found it switched off; make another",
        )
    return found


def _new_secret() -> str:
    return f"mws_{secrets.token_urlsafe(32)}"
