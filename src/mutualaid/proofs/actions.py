"""What happens to the log: rows of the audit trail get their positions and a signed head; documents are issued."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from django.db import connection, models, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.models import AuditEntry
from mutualaid.core.work import soon
from mutualaid.proofs.heads import Head, key_id, to_pem
from mutualaid.proofs.models import LOWEST, Leaf, PublicKey, Subtree, TreeHead, WaitingLeaf
from mutualaid.proofs.queries import hashes_of
from mutualaid.proofs.signing import signing_key
from mutualaid.proofs.tree import Growing, Node, complete

MOST = 10_000
"""Leaves that one transaction takes."""
_LOCK = 0x6D75_7475_616C  # "mutual": nobody else's advisory lock
_ROWS = 2_000


@transaction.atomic
def sequence_leaves(*, by: Actor, at: datetime.datetime, most: int = MOST) -> int:
    """Give positions to rows of the audit trail that were committed without one, in the order of their ids, and sign the head
    of the log as it is then; gives how many. All in one transaction, and one such transaction after the other: a second
    waits until the first is done. Raises KeyFault."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    waiting = list(WaitingLeaf.objects.order_by("entry").values_list("entry", flat=True)[:most])
    if not waiting:
        return 0
    last = TreeHead.objects.order_by("size").last()
    size = last.size if last else 0
    growing = Growing(size, hashes_of(nodes=complete((0, size))))
    hashes = dict(AuditEntry.objects.filter(id__in=waiting).values_list("id", "leaf"))
    leaves, subtrees = [], list[tuple[Node, bytes]]()
    for entry in waiting:
        leaf = bytes(hashes[entry])
        leaves.append(Leaf(position=growing.size, entry_id=entry, hash=leaf))
        subtrees += [found for found in growing.add(leaf) if found[0][0] >= LOWEST]
    Leaf.objects.bulk_create(leaves)  # one statement: the database compares its positions with those before
    Subtree.objects.bulk_create(
        [Subtree(height=height, index=index, hash=found) for (height, index), found in subtrees], batch_size=_ROWS
    )
    WaitingLeaf.objects.filter(entry__in=waiting).delete()
    # A clock that was set back does not set the log back.
    _sign(growing, by=by, at=max(at, last.at) if last else at)
    return len(waiting)


def _sign(growing: Growing, *, by: Actor, at: datetime.datetime) -> TreeHead:
    """The head of the log as it is now. The first with a new key records that, which is itself a leaf soon."""
    key = signing_key()
    public = key.public_key()
    row, new = PublicKey.objects.get_or_create(key_id=key_id(public), defaults={"pem": to_pem(public), "taken_at": at})
    if new:
        record(what="proof_key_taken", row=row, by=by, at=at, key=row.key_id)
    head = Head(growing.size, growing.root(), at, row.key_id)
    return TreeHead.objects.create(size=head.size, root=head.root, at=at, signature=head.sign(key), key=row)


def ask_for_sequencing(*, by: Actor, at: datetime.datetime) -> None:  # noqa: ARG001 - told as every action is
    """Let the worker give positions soon after the caller's commit, sooner than the timer of each minute: one statement."""
    soon(name="proofs.sequence")


@transaction.atomic
def issue_document(
    *, kind: str, number: str, row: models.Model, body: bytes, by: Actor, at: datetime.datetime, **facts: Any
) -> AuditEntry:
    """Record that a document was issued: its kind (``verifying.KINDS``), the number of the thing, the hash and size of its
    bytes, and facts that are no personal data. Keep the same bytes, or what gives them again: the proof is about them."""
    return record(
        what="document_issued",
        row=row,
        by=by,
        at=at,
        kind=kind,
        number=number,
        sha256=hashlib.sha256(body).hexdigest(),
        size=len(body),
        **facts,
    )
