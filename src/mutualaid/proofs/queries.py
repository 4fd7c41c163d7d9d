"""Reads of the log: proofs of rows, what is between two heads. Each asks for a few dozen hashes, however long the log is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from django.db import connection, models
from django.db.models import F, Q, QuerySet, Subquery

from mutualaid.core.audit import content_of, subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.proofs.heads import Head, fingerprint, read_pem
from mutualaid.proofs.models import LOWEST, Leaf, PublicKey, TreeHead
from mutualaid.proofs.paper import with_proof
from mutualaid.proofs.proof import Proof
from mutualaid.proofs.tree import (
    Hashes,
    Node,
    consistency_spans,
    inclusion_spans,
    needed,
    node_of,
    root_of,
)
from mutualaid.proofs.verifying import Verdict, verify


class BadSizes(ValueError):
    """Two sizes between which there is nothing to prove; ``zh`` and ``en`` say why."""

    def __init__(self, earlier: int, later: int) -> None:
        self.zh = f"应为两个已签署的日志头的大小，前者不大于后者；得到 {earlier} 和 {later}"
        self.en = (
            f"expected the sizes of two signed heads, the earlier not above the later; found {earlier} and {later}"
        )
        super().__init__(self.en)


@dataclass(frozen=True)
class Between:
    """That a later head only adds to an earlier one: the path that shows it."""

    earlier: TreeHead
    later: TreeHead
    path: tuple[bytes, ...]


def latest_head() -> TreeHead | None:
    """The head of the log as it is now; none while it is empty."""
    return TreeHead.objects.select_related("key").order_by("-size").first()


def heads() -> QuerySet[TreeHead]:
    """All heads, the latest first."""
    return TreeHead.objects.select_related("key").order_by("-size")


def head_of(*, row: TreeHead) -> Head:
    """What a head says."""
    return Head(row.size, bytes(row.root), row.at, row.key_id)


def is_ours(*, head: Head) -> bool:
    """Whether a head is one that we signed and keep. One that bears our signature and is not here shows two histories."""
    row = TreeHead.objects.filter(size=head.size).first()
    return row is not None and head_of(row=row) == head


def verify_here(*, content: bytes) -> Verdict:
    """Check a document, or a proof by itself, as ``verifying.verify`` does, with the key that we keep of those that its head
    names, and whether the head is one of ours."""
    verdict = verify(content)
    if verdict.fault not in ("", "bad_signature"):
        return verdict
    assert verdict.proof is not None
    head = verdict.proof.head
    kept = PublicKey.objects.filter(key_id=head.key_id).first()
    if kept is None or fingerprint(read_pem(kept.pem)) != fingerprint(verdict.proof.key):
        return replace(verdict, fault="unknown_key")
    if verdict.good and not is_ours(head=head):
        return replace(verdict, fault="unknown_head", trusted=True)
    return replace(verdict, trusted=True)


def with_positions(*, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """The same rows, each with its ``position`` in the log (None while it waits), and ``head_size`` and ``head_at`` of the latest
    head, which is the same for all: a list of them costs no further statement."""
    latest = TreeHead.objects.order_by("-size")
    return entries.annotate(
        position=F("in_log__position"),
        head_size=Subquery(latest.values("size")[:1]),
        head_at=Subquery(latest.values("at")[:1]),
    )


def public_keys() -> QuerySet[PublicKey]:
    """All keys that heads were signed with, the latest first."""
    return PublicKey.objects.order_by("-id")


def links(*, sizes: Sequence[int]) -> dict[int, tuple[bytes, ...]]:
    """For each signed size but the smallest: the path that shows that its head only adds to that of the next smaller one. All
    together two statements."""
    spans = {later: consistency_spans(earlier=earlier, later=later) for earlier, later in pairwise(sorted(set(sizes)))}
    hashes = hashes_of(nodes=needed(span for found in spans.values() for span in found))
    return {later: tuple(root_of(span, hashes) for span in found) for later, found in spans.items()}


def waiting() -> int:
    """How many rows of the audit trail have no position yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM proofs_waitingleaf")
        (count,) = cursor.fetchone()
    return int(count)


def proof_of(*, entry: AuditEntry, head: TreeHead | None = None) -> Proof | None:
    """The proof of a row of the audit trail under a head, else under the latest; none while the row has no position there."""
    leaf = Leaf.objects.filter(entry=entry).first()
    head = head or latest_head()
    if leaf is None or head is None or leaf.position >= head.size:
        return None
    spans = inclusion_spans(position=leaf.position, size=head.size)
    hashes = hashes_of(nodes=needed(spans))
    return Proof(
        content=content_of(entry),
        position=leaf.position,
        path=tuple(root_of(span, hashes) for span in spans),
        head=head_of(row=head),
        signature=bytes(head.signature),
        key=read_pem(head.key.pem),
    )


def issue_of(*, row: models.Model, sha256: str) -> AuditEntry | None:
    """The record that a document with this hash was issued for a row, the first if it was issued twice."""
    issued = AuditEntry.objects.filter(subject=subject_of(row), what="document_issued", detail__sha256=sha256)
    return issued.order_by("id").first()


def with_its_proof(*, row: models.Model, body: bytes) -> bytes:
    """A document as it is handed out: the bytes that ``issue_document`` recorded for a row with their proof after them, under the
    latest head; the bytes alone while their record has no position, a minute at most, or when they were never issued. Four
    statements."""
    entry = issue_of(row=row, sha256=hashlib.sha256(body).hexdigest())
    proof = proof_of(entry=entry) if entry else None
    return with_proof(body=body, proof=proof) if proof else body


def between(*, earlier: int, later: int) -> Between:
    """That the head of one size begins with all that the head of another had. Raises BadSizes."""
    found = {head.size: head for head in heads().filter(size__in=(earlier, later))}
    if not 0 < earlier <= later or {earlier, later} - found.keys():
        raise BadSizes(earlier, later)
    return Between(found[earlier], found[later], links(sizes=(earlier, later)).get(later, ()))


def hashes_of(*, nodes: Iterable[Node]) -> Hashes:
    """The hashes of complete subtrees of the log: those that are kept, and lower ones from their leaves. Two statements."""
    wanted = set(nodes)
    high = sorted(node for node in wanted if node[0] >= LOWEST)
    found = kept_subtrees(nodes=high) if high else {}
    low = sorted(wanted - found.keys())
    leaves = _leaves(low)
    for node in low:
        found[node] = _from_leaves(node, leaves)
    return found


def kept_subtrees(*, nodes: list[Node]) -> dict[Node, bytes]:
    """The hashes of complete subtrees that are kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT height, index, hash FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (height, index)"
            " JOIN proofs_subtree USING (height, index)",
            [[height for height, _ in nodes], [index for _, index in nodes]],
        )
        return {(height, index): bytes(found) for height, index, found in cursor.fetchall()}


def _leaves(nodes: list[Node]) -> dict[int, bytes]:
    """The leaves of some low subtrees, by position."""
    spans = Q(pk__in=[])
    for height, index in nodes:
        spans |= Q(position__gte=index << height, position__lt=(index + 1) << height)
    rows = Leaf.objects.filter(spans).values_list("position", "hash")
    return {position: bytes(found) for position, found in rows}


def _from_leaves(node: Node, leaves: dict[int, bytes]) -> bytes:
    height, index = node
    if height == 0:
        return leaves[index]
    left, right = ((height - 1, 2 * index), (height - 1, 2 * index + 1))
    return node_of(_from_leaves(left, leaves), _from_leaves(right, leaves))
