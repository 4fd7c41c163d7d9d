"""Writing the audit trail, in the transaction of what it tells of."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.models import AuditEntry


class NotInTransaction(RuntimeError):
    """An action wrote outside a transaction: its row and its audit row could part."""


def subject_of(row: models.Model) -> str:
    """A row as the audit trail names it."""
    return f"{row._meta.label_lower}:{row.pk}"


def record(*, what: str, row: models.Model, by: Actor, at: datetime.datetime, **detail: Any) -> AuditEntry:
    """One row of the audit trail. Raises NotInTransaction."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(
            f"{what} {subject_of(row)}: expected an open transaction, found none; use transaction.atomic"
        )
    return AuditEntry.objects.create(
        at=at, actor_kind=by.kind, actor_key=by.key, what=what, subject=subject_of(row), detail=detail
    )


def record_all(
    *, what: str, rows: Iterable[tuple[models.Model, Mapping[str, Any]]], by: Actor, at: datetime.datetime
) -> int:
    """One row of the audit trail for each row and its detail, all of one kind, written together; gives how many. Raises
    NotInTransaction."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{what}: expected an open transaction, found none; use transaction.atomic")
    entries = [
        AuditEntry(at=at, actor_kind=by.kind, actor_key=by.key, what=what, subject=subject_of(row), detail=dict(detail))
        for row, detail in rows
    ]
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    return len(entries)
