"""The roles of staff and the branches in which they hold: one look-up, which every module of ``access`` asks.

Within a request that only reads, what was read is remembered (``remembering``). Nothing is remembered from one request to
the next, nor in a transaction that writes: there every question is asked anew.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Q

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.models import RoleAssignment, RoleName
from mutualaid.people.queries import on_day

Held = tuple[RoleName, str]
"""A role, and the path of the unit in whose branch it is held."""
Known = Mapping[Hashable, Any]
Found = TypeVar("Found")

_MEMORY: ContextVar[dict[Hashable, Any] | None] = ContextVar("people_memory", default=None)


@contextmanager
def remembering(known: Known | None) -> Iterator[None]:
    """While it lasts, what is asked is read once; ``known`` was read already, for this request (``known_of``). ``None``
    remembers nothing, whatever is remembered around it: for what writes."""
    token = _MEMORY.set(None if known is None else dict(known))
    try:
        yield
    finally:
        _MEMORY.reset(token)


def known_of(*, actor: Actor, on: datetime.date, held: tuple[Held, ...], member: int | None) -> Known:
    """What the beginning of a request has read of who asks: roles on its day, and the key of their row if they are a member."""
    return {_key(actor, on): held, ("member", actor): member}


def remembered(key: Hashable, ask: Callable[[], Found]) -> Found:
    """What ``ask`` finds: once for a request that only reads, always anew elsewhere. What it raises is not remembered."""
    memory = _MEMORY.get()
    if memory is None:
        return ask()
    if key not in memory:
        memory[key] = ask()
    found: Found = memory[key]
    return found


def roles_of_staff(*, actor: Actor, on: datetime.date) -> tuple[Held, ...]:
    """The roles that a member of staff holds on a day, and where; none for others, and for an account that is closed."""
    if actor.kind is not ActorKind.STAFF:
        return ()
    return remembered(_key(actor, on), lambda: _read(actor, on))


def branches_of_staff(*, actor: Actor, on: datetime.date, roles: Iterable[RoleName] = tuple(RoleName)) -> list[str]:
    """Paths of the branches in which a member of staff holds one of some roles on a day, each once; none for others."""
    wanted = frozenset(roles)
    return sorted({path for role, path in roles_of_staff(actor=actor, on=on) if role in wanted})


def in_branches(*, branches: Iterable[str], column: str) -> Q:
    """Rows whose path begins with that of one of the branches; none without a branch."""
    wanted = Q(pk__in=[])
    for branch in branches:
        wanted |= Q(**{f"{column}__startswith": branch})
    return wanted


def account_of(*, actor: Actor) -> int:
    """The key of an actor's account; 0, which no account has, for a key that is none."""
    return int(actor.key) if actor.key.isascii() and actor.key.isdecimal() else 0


def _key(actor: Actor, on: datetime.date) -> tuple[str, Actor, datetime.date]:
    return "roles", actor, on


def _read(actor: Actor, on: datetime.date) -> tuple[Held, ...]:
    rows = RoleAssignment.objects.filter(
        on_day(on), staff__account=account_of(actor=actor), staff__account__is_active=True
    )
    return tuple((RoleName(role), path) for role, path in rows.values_list("role", "unit__path"))
