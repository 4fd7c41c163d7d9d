"""What happens to the log: rows of the audit trail get their positions and a signed head; documents are issued, and brought to
be verified."""

from __future__ import annotations

import datetime
import hashlib
import ipaddress
from typing import Any

from django.db import connection, models, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import keys
from mutualaid.core.models import AuditEntry
from mutualaid.core.work import soon
from mutualaid.proofs.heads import Head, key_id, to_pem
from mutualaid.proofs.models import LOWEST, Asking, PublicKey, TreeHead, WaitingLeaf
from mutualaid.proofs.queries import hashes_of
from mutualaid.proofs.signing import signing_key
from mutualaid.proofs.tree import Growing, Node, complete

MOST = 10_000
"""Leaves that one transaction takes."""
ASKINGS_MOST, ASKINGS_WITHIN = 30, datetime.timedelta(minutes=10)
"""Documents that are verified for one address within so long. Many people share one (an office, a mobile network), so it is
not tight: it keeps a program from using up what is there for all."""
ASKINGS_KEPT = datetime.timedelta(days=1)
_NETWORK_BITS = 64  # of an IPv6 address: what one household or office is given
_LOCK = 0x6D75_7475_616C  # "mutual": nobody else's advisory lock


@transaction.atomic
def sequence_leaves(*, by: Actor, at: datetime.datetime, most: int = MOST) -> int:
    """Give positions to rows of the audit trail that were committed without one, in the order of their ids, and sign the head
    of the log as it is then; gives how many. All in one transaction, and one such transaction after the other: a second
    waits until the first is done. Raises KeyFault."""
    waiting = _waiting(most)
    if not waiting:
        return 0
    last = TreeHead.objects.order_by("size").last()
    size = last.size if last else 0
    growing = Growing(size, hashes_of(nodes=complete((0, size))))
    leaves = [leaf for _, leaf in waiting]
    subtrees = [found for leaf in leaves for found in growing.add(leaf) if found[0][0] >= LOWEST]
    _write(size, [entry for entry, _ in waiting], leaves, subtrees)
    # A clock that was set back does not set the log back.
    _sign(growing, by=by, at=max(at, last.at) if last else at)
    return len(waiting)


def _waiting(most: int) -> list[tuple[int, bytes]]:
    """Rows without a position and their leaves, once no other sequencer is at work. A row that somebody took out by force waits
    for ever, which the check of the log tells, and holds up nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    # Two statements, no join: however old its statistics are, PostgreSQL looks these rows up by their keys.
    taken = list(WaitingLeaf.objects.order_by("entry").values_list("entry", flat=True)[:most])
    found = AuditEntry.objects.filter(id__in=taken).order_by("id").values_list("id", "leaf")
    return [(entry, bytes(leaf)) for entry, leaf in found] if taken else []


def _write(size: int, entries: list[int], leaves: list[bytes], subtrees: list[tuple[Node, bytes]]) -> None:
    """Put leaves behind the ``size`` that there are. A statement for each table: the database compares all positions of a
    statement with those before, and arrays are quicker than rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO proofs_leaf (position, entry_id, hash)"
            " SELECT %s + place - 1, entry, hash"
            " FROM unnest(%s::bigint[], %s::bytea[]) WITH ORDINALITY AS given (entry, hash, place)",
            [size, entries, leaves],
        )
        if subtrees:
            cursor.execute(
                "INSERT INTO proofs_subtree (height, index, hash)"
                " SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])",
                [
                    [height for (height, _), _ in subtrees],
                    [index for (_, index), _ in subtrees],
                    [found for _, found in subtrees],
                ],
            )
        cursor.execute("DELETE FROM proofs_waitingleaf WHERE entry = ANY(%s::bigint[])", [entries])


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


class TooManyAskings(Exception):
    """More documents were brought from one address than are verified; ``zh`` and ``en`` say how many are, and ``wait`` is the
    time until the next one is taken."""

    def __init__(self, wait: datetime.timedelta) -> None:
        self.wait = wait
        span, minutes = ASKINGS_WITHIN.seconds // 60, -(-int(wait.total_seconds()) // 60)
        self.zh = (
            f"同一网络 {span} 分钟内最多核验 {ASKINGS_MOST} 份文书，已超过；请 {minutes} 分钟后再试。"
            "要核验很多份的，请下载公钥，用命令 mutualaid proof verify 在自己的电脑上核验，不限份数"
        )
        self.en = (
            f"expected at most {ASKINGS_MOST} documents in {span} minutes from one network, found more; try again in "
            f"{minutes} minutes. For many of them download the public key and use the command mutualaid proof verify on your "
            "own computer, as often as you like"
        )
        super().__init__(self.en)


@transaction.atomic
def count_asking(*, address: str, by: Actor, at: datetime.datetime) -> None:  # noqa: ARG001 - told as every action is
    """One more document from a network address. Counted in one statement, so that two processes count together; not in the
    audit trail, which a program could fill by it. Raises TooManyAskings, and what was counted stays."""
    hashed = keys().blind(_network(address), purpose="proofs_asking.address_hash")
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO proofs_asking AS a (address_hash, begun_at, times) VALUES (%(hashed)s, %(at)s, 1)
            ON CONFLICT (address_hash) DO UPDATE SET
                times = CASE WHEN a.begun_at <= %(before)s THEN 1 ELSE least(a.times + 1, %(most)s + 1) END,
                begun_at = CASE WHEN a.begun_at <= %(before)s THEN %(at)s ELSE a.begun_at END
            RETURNING times, begun_at
            """,
            {"hashed": hashed, "at": at, "before": at - ASKINGS_WITHIN, "most": ASKINGS_MOST},
        )
        times, begun_at = cursor.fetchone()
    if times > ASKINGS_MOST:
        raise TooManyAskings(max(begun_at + ASKINGS_WITHIN - at, datetime.timedelta(seconds=1)))


def _network(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 one; what is none is one address of its own."""
    try:
        read = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ipaddress.ip_network((int(read), _NETWORK_BITS), strict=False))
    return str(read)


@transaction.atomic
def forget_askings(*, by: Actor, at: datetime.datetime) -> int:  # noqa: ARG001 - told as every action is
    """Counts that limit nobody any more go; gives how many."""
    return Asking.objects.filter(begun_at__lt=at - ASKINGS_KEPT).delete()[0]
