"""Writing the audit trail, in the transaction of what it tells of.

Each row bears its leaf: the hash of its canonical content, which the log of proofs (``mutualaid.proofs``) takes up after
commit. It is computed here, from what is written anyway: no further statement.
"""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from django.db import models, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.inserting import Made, Same, insert, insert_all, insert_columns
from mutualaid.core.leaves import leaf_of, utc_text
from mutualaid.core.models import AuditEntry

SALT_BYTES = 16
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


class NotInTransaction(RuntimeError):
    """An action wrote outside a transaction: its row and its audit row could part."""


class NotCanonical(TypeError):
    """A detail that would be read back from the database as something else, so that its leaf could not be computed again."""


def content_of(entry: AuditEntry) -> str:
    """The canonical content of a row, of which its leaf is the hash: JSON with sorted keys and no blanks, UTF-8; ``at`` in
    UTC with microseconds (``2026-03-01T09:30:00.000000Z``), ``salt`` in hex. Raises NotCanonical."""
    return _encode(
        {
            "at": utc_text(entry.at),
            "actor_kind": str(entry.actor_kind),
            "actor_key": str(entry.actor_key),
            "what": str(entry.what),
            "subject": entry.subject,
            "detail": json.loads(json.dumps(entry.detail), parse_float=_refuse, parse_constant=_refuse),
            "salt": bytes(entry.salt).hex(),
        }
    )


def _refuse(found: str) -> NoReturn:
    raise NotCanonical(f"expected whole numbers and texts in the detail of an audit row, found the number {found}")


def _entry(what: str, row: models.Model, by: Actor, at: datetime.datetime, detail: Mapping[str, Any]) -> AuditEntry:
    """A row with its salt and leaf, not written yet. The salt keeps anybody from guessing a row by trying its hash."""
    entry = AuditEntry(
        at=at,
        actor_kind=by.kind,
        actor_key=by.key,
        what=what,
        subject=subject_of(row),
        detail=dict(detail),
        salt=secrets.token_bytes(SALT_BYTES),
    )
    entry.leaf = leaf_of(content_of(entry))
    return entry


def subject_of(row: models.Model) -> str:
    """A row as the audit trail names it."""
    return f"{row._meta.label_lower}:{row.pk}"


def record(*, what: str, row: models.Model, by: Actor, at: datetime.datetime, **detail: Any) -> AuditEntry:
    """One row of the audit trail. Raises NotInTransaction, NotCanonical."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(
            f"{what} {subject_of(row)}: expected an open transaction, found none; use transaction.atomic"
        )
    entry = _entry(what, row, by, at, detail)
    return insert(entry)


def record_all(
    *, what: str, rows: Iterable[tuple[models.Model, Mapping[str, Any]]], by: Actor, at: datetime.datetime
) -> int:
    """One row of the audit trail for each row and its detail, all of one kind, written together; gives how many. Raises
    NotInTransaction, NotCanonical."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{what}: expected an open transaction, found none; use transaction.atomic")
    entries = [_entry(what, row, by, at, detail) for row, detail in rows]
    insert_all(entries)
    return len(entries)


def record_keys(
    *,
    what: str,
    model: type[models.Model],
    keys: Sequence[int],
    detail: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    by: Actor,
    at: datetime.datetime,
) -> int:
    """As ``record_all``, for rows of a table by their keys, with one detail for all or one for each: for rosters, where to make a
    row of a model for each would take longer than all else. Raises NotInTransaction, NotCanonical."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"{what}: expected an open transaction, found none; use transaction.atomic")
    if not keys:
        return 0
    label, salts = model._meta.label_lower, _salts(len(keys))
    # What ``content_of`` writes, in its order of keys, of which only salt, subject and detail differ.
    who = f'{{"actor_key":{_encode(str(by.key))},"actor_kind":{_encode(str(by.kind))}'
    begins = f'{who},"at":"{utc_text(at)}","detail":'
    ends = f'","what":{_encode(what)}}}'
    details = _Details()
    each = [detail] * len(keys) if isinstance(detail, Mapping) else detail
    if len(each) != len(keys):
        raise ValueError(f"{what}: expected a detail for each of {len(keys)} rows, found {len(each)}")

    def leaves(piece: slice) -> list[bytes]:
        return [
            leaf_of(f'{begins}{details.of(one)},"salt":"{salt.hex()}","subject":"{label}:{key}{ends}')
            for salt, key, one in zip(salts[piece], keys[piece], each[piece], strict=True)
        ]

    insert_columns(
        AuditEntry,
        {
            "at": Same(at),
            "actor_kind": Same(by.kind),
            "actor_key": Same(by.key),
            "what": Same(what),
            "subject": Made(len(keys), lambda piece: [f"{label}:{key}" for key in keys[piece]]),
            "detail": Same(dict(detail)) if isinstance(detail, Mapping) else each,
            "salt": salts,
            "leaf": Made(len(keys), leaves),
        },
    )
    return len(keys)


def _salts(count: int) -> list[bytes]:
    drawn = secrets.token_bytes(SALT_BYTES * count)
    return [drawn[first : first + SALT_BYTES] for first in range(0, len(drawn), SALT_BYTES)]


class _Details:
    """Details in their canonical form: the same one again is not written again."""

    def __init__(self) -> None:
        self.known: dict[int, str] = {}

    def of(self, detail: Mapping[str, Any]) -> str:
        """As it stands in the content."""
        found = self.known.get(id(detail))
        if found is None:
            read_back = json.loads(json.dumps(detail), parse_float=_refuse, parse_constant=_refuse)
            found = self.known[id(detail)] = _encode(read_back)
        return found
