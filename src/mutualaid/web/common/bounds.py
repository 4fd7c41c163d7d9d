"""The bounds of a request: each view runs in one transaction that sees only the actor's branches; a GET's cannot write.

GET and HEAD run READ ONLY, so that PostgreSQL itself refuses a write. They end with COMMIT, for psycopg throws away all prepared
statements of a connection at a ROLLBACK; what is set holds for the transaction alone, so that nothing stays either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType

from django.conf import settings
from django.db import connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.prepared import prepared
from mutualaid.people.roles import Known, known_of, remembering
from mutualaid.web.common.requests import PublicRequest, Standing

READS = frozenset({"GET", "HEAD", "OPTIONS"})
_NOTHING: Known = MappingProxyType({})
Told = tuple[str, str, str, str]
"""Time-out of a statement, branches, the own member, and the actor whose files are their own."""


def bounds_of(request: PublicRequest) -> AbstractContextManager[None]:
    """The transaction of a view of a page."""
    standing, read_only = request.standing, request.method in READS
    known = _NOTHING
    if standing is not None:
        known = known_of(actor=standing.actor, on=request.on, held=standing.held, member=standing.member)
    return bound(_told(standing), read_only=read_only, known=known)


@contextmanager
def bound(told: Told, *, read_only: bool, known: Known = _NOTHING) -> Iterator[None]:
    """A transaction of a view. Inside another one (tests) it is a savepoint, and leaves that as it was. One that only reads
    remembers the roles that were read for it, those ``known`` from the beginning; one that writes asks anew."""
    inside = connection.in_atomic_block
    with remembering(known if read_only else None), transaction.atomic():
        before = _tell(told, read_only=read_only)
        yield
        if not read_only:
            _tell(before, read_only=False)
        elif inside:
            transaction.set_rollback(True)


def told_of(branches: Iterable[str], actor: Actor | None, member: int | None = None) -> Told:
    """What PostgreSQL is told of somebody."""
    who = "" if actor is None else str(actor)
    return f"{settings.STATEMENT_TIMEOUT_MS}ms", " ".join(branches), "" if member is None else str(member), who


def _told(standing: Standing | None) -> Told:
    return told_of((), None) if standing is None else told_of(standing.branches, standing.actor, standing.member)


_TELL = """
WITH was AS MATERIALIZED (
    SELECT current_setting('statement_timeout') AS timeout,
           coalesce(current_setting('mutualaid.branches', true), '') AS branches,
           coalesce(current_setting('mutualaid.self', true), '') AS self,
           coalesce(current_setting('mutualaid.holder', true), '') AS holder
)
SELECT timeout, branches, self, holder,
       set_config('statement_timeout', %s, true), set_config('mutualaid.branches', %s, true),
       set_config('mutualaid.self', %s, true), set_config('mutualaid.holder', %s, true),
       CASE WHEN %s THEN set_config('transaction_read_only', 'on', true) END
FROM was
"""
"""MATERIALIZED: what was is read before anything is set."""


def _tell(told: Told, *, read_only: bool) -> Told:
    """Set what holds until the end of the transaction, in one statement (see ``core.row_security``); what held before
    comes back."""
    with prepared(), connection.cursor() as cursor:
        cursor.execute(_TELL, [*told, read_only])
        timeout, branches, own, holder, *_ = cursor.fetchone()
    return timeout, branches, own, holder
