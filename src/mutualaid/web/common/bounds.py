"""The bounds of a request: each view runs in one transaction that sees only the actor's branches; a GET's cannot write.

GET and HEAD run READ ONLY, so that PostgreSQL itself refuses a write, and are rolled back: nothing that they set stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction

from mutualaid.core.row_security import SETTING, SETTING_HOLDER, SETTING_SELF
from mutualaid.web.common.requests import PublicRequest, Standing

READS = frozenset({"GET", "HEAD", "OPTIONS"})
_NAMES = ("statement_timeout", SETTING, SETTING_SELF, SETTING_HOLDER)

Told = tuple[str, str, str, str]
"""A value for each of these names."""


@contextmanager
def bounds_of(request: PublicRequest) -> Iterator[None]:
    """The transaction of a view. Inside another one (tests) it is a savepoint, and leaves that as it was."""
    read_only = request.method in READS
    with transaction.atomic():
        before = _tell(_told(request.standing), read_only=read_only)
        yield
        if read_only:
            transaction.set_rollback(True)
        else:
            _tell(before, read_only=False)


def _told(standing: Standing | None) -> Told:
    timeout = f"{settings.STATEMENT_TIMEOUT_MS}ms"
    if standing is None:
        return timeout, "", "", ""
    member = "" if standing.member is None else str(standing.member)
    return timeout, " ".join(standing.branches), member, str(standing.actor)


def _tell(told: Told, *, read_only: bool) -> Told:
    """Set what holds until the end of the transaction, in one statement; what held before comes back.

    PostgreSQL evaluates the columns of a row from left to right, but promises it to nobody: what was is read in a part that is
    finished first (MATERIALIZED).
    """
    setting = ", ".join(["set_config(%s, %s, true)"] * len(_NAMES))
    reading = ", ".join(f"coalesce(current_setting(%s, true), '') AS was{place}" for place in range(len(_NAMES)))
    only = ", set_config('transaction_read_only', 'on', true)" if read_only else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH was AS MATERIALIZED (SELECT {reading}) SELECT was.*, {setting}{only} FROM was",  # noqa: S608 - no input
            [*_NAMES, *(part for pair in zip(_NAMES, told, strict=True) for part in pair)],
        )
        found: Told = cursor.fetchone()[: len(_NAMES)]
    return found
