"""Programs that come by the interface: tokens are made and revoked; their calls are counted, and done once for a key."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection

from django.db import connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.people.models import ApiCall, ApiClient, Scope, Unit
from mutualaid.people.queries import TOKEN_MARK, token_hash
from mutualaid.people.refusals import Refused

LONGEST = datetime.timedelta(days=366)
"""A token opens for a year at most: who still needs it makes another."""
KEPT = datetime.timedelta(hours=48)
"""So long an answer is kept to be given again."""
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_PREFIX_LENGTH = 8


class ClientUnfit(Refused):
    """Name, scopes or end of a token that cannot be."""


class RevokedAlready(Refused):
    """The token opens nothing any more."""


@transaction.atomic
def make_client(
    *,
    name: str,
    unit: Unit,
    scopes: Collection[str],
    expires_on: datetime.date,
    calls_a_minute: int = 600,
    by: Actor,
    at: datetime.datetime,
) -> tuple[ApiClient, str]:
    """A program that may do so much in the branch of a unit, until the day before ``expires_on``; and its token,
    ``mut_k7qm2xb4_…``, shown once: only a keyed hash of it is kept. Raises ClientUnfit."""
    on, wanted = day_of(at), sorted(set(scopes))
    if not name.strip() or not wanted or not set(wanted) <= set(Scope.values):
        raise ClientUnfit(
            "应有名称和至少一项权限；没有找到，请补全",
            "expected a name and at least one scope of the list, found none; add them",
        )
    if not on < expires_on <= on + LONGEST:
        raise ClientUnfit(
            f"到期日应在 {on} 之后、{on + LONGEST} 之前（含）；得到 {expires_on}，请改正",
            f"expected a day after {on} and not after {on + LONGEST}, found {expires_on}; correct it",
        )
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LENGTH))
    token = f"{TOKEN_MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    client = ApiClient.objects.create(
        name=name.strip()[:100],
        unit=unit,
        scopes=wanted,
        token_prefix=prefix,
        token_hash=token_hash(token=token),
        made_at=at,
        expires_on=expires_on,
        calls_a_minute=calls_a_minute,
    )
    client.refresh_from_db(fields=["number"])
    record(what="make_client", row=client, by=by, at=at, unit=unit.pk, scopes=wanted, expires_on=str(expires_on))
    return client, token


@transaction.atomic
def revoke_client(*, client: ApiClient, by: Actor, at: datetime.datetime) -> ApiClient:
    """From now on the token opens nothing. Raises RevokedAlready."""
    locked = ApiClient.objects.select_for_update(no_key=True, of=("self",)).get(pk=client.pk)
    if locked.revoked_at is not None:
        raise RevokedAlready(
            f"程序 {locked.number} 的凭证应尚未停用；已停用，无需再办",
            f"expected the token of {locked.number} to be open, found it revoked; there is nothing to do",
        )
    locked.revoked_at = at
    locked.save(update_fields=["revoked_at"])
    record(what="revoke_client", row=locked, by=by, at=at)
    return locked


@transaction.atomic
def count_call(*, client: ApiClient, by: Actor, at: datetime.datetime) -> int:  # noqa: ARG001 - the client itself
    """One more call; gives how many there were in this minute, this one included. One short statement."""
    minute = at.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_apiclient SET minute_calls = CASE WHEN minute_at = %s THEN minute_calls + 1 ELSE 1 END,"
            " minute_at = %s, last_used_on = %s WHERE id = %s RETURNING minute_calls",
            [minute, minute, day_of(at), client.pk],
        )
        (calls,) = cursor.fetchone()
    return int(calls)


# --- once for a key ---------------------------------------------------------------------------------------------------


@transaction.atomic
def claim_call(
    *,
    client: ApiClient,
    key: str,
    request_hash: str,
    by: Actor,  # noqa: ARG001 - the client itself
    at: datetime.datetime,
) -> ApiCall:
    """The call under a key of the client: a new one, or the one that was made with it before. Commit it before the work, so that
    a second one finds it."""
    call = ApiCall(client=client, key=key, request_hash=request_hash, claimed_at=at)
    ApiCall.objects.bulk_create([call], ignore_conflicts=True)
    return ApiCall.objects.get(client=client, key=key)


@transaction.atomic
def begin_call(*, call: ApiCall, by: Actor, at: datetime.datetime) -> ApiCall | None:  # noqa: ARG001 - as above
    """The call under a lock, in the transaction of its work; None while another works on it. A process that dies lets go of the
    lock, and what it did is rolled back: whoever asks again then does the work."""
    return ApiCall.objects.select_for_update(no_key=True, skip_locked=True, of=("self",)).filter(pk=call.pk).first()


@transaction.atomic
def answer_call(
    *,
    call: ApiCall,
    status: int,
    media_type: str,
    answer: str,
    location: str = "",
    by: Actor,  # noqa: ARG001 - as above
    at: datetime.datetime,
) -> ApiCall:
    """What was answered, in the transaction of what was done."""
    call.status, call.media_type, call.answer, call.location, call.answered_at = (
        status,
        media_type,
        answer,
        location,
        at,
    )
    call.save(update_fields=["status", "media_type", "answer", "location", "answered_at"])
    return call


@transaction.atomic
def clear_calls(*, by: Actor, at: datetime.datetime) -> int:  # noqa: ARG001 - the timer
    """Answers that were kept for long enough are forgotten; how many."""
    gone, _ = ApiCall.objects.filter(claimed_at__lt=at - KEPT).delete()
    return gone
