"""Rows of an audit trail for the tests of the log."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.audit import record
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Account

AT = datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC)
BY = system("proofs")
STAFF = Actor(ActorKind.STAFF, "7")


def later(minutes: int) -> datetime.datetime:
    """A moment after ``AT``."""
    return AT + datetime.timedelta(minutes=minutes)


def write(count: int, **detail: Any) -> list[AuditEntry]:
    """So many rows, each in a transaction of its own if none is open."""
    rows = []
    for number in range(count):
        with transaction.atomic():
            rows.append(record(what="registered", row=Account(pk=1), by=STAFF, at=AT, number=number, **detail))
    return rows


@contextmanager
def as_superuser() -> Iterator[Any]:
    """A cursor of somebody who owns the server and puts all rules aside."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = origin; SET ROLE mutualaid_app")
