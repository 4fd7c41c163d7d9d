"""The whole log computed again from the rows of the audit trail: a row that was changed, taken out or passed over is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection

from mutualaid.core.audit import NotCanonical, content_of
from mutualaid.core.leaves import leaf_of
from mutualaid.core.models import AuditEntry
from mutualaid.proofs.heads import NotAKey, read_pem
from mutualaid.proofs.models import LOWEST, Leaf, TreeHead
from mutualaid.proofs.queries import head_of, kept_subtrees
from mutualaid.proofs.tree import Growing

PIECE = 4096
TOLD_MOST = 100
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class Difference:
    """Something that is not as it was recorded. ``what``: ``changed``, ``gone``, ``gap``, ``passed_over``, ``subtree``, ``head``,
    ``signature``."""

    what: str
    zh: str
    en: str


@dataclass
class LogReport:
    """What a check found: how many rows and heads were computed again, how many differ, and the first hundred of them."""

    leaves: int = 0
    heads: int = 0
    count: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, what: str, zh: str, en: str) -> None:
        """Note a difference."""
        self.count += 1
        if len(self.differences) < TOLD_MOST:
            self.differences.append(Difference(what, zh, en))


def check_log(*, told: Told = lambda done, total: None) -> LogReport:
    """Compute everything again. ``told`` hears how many leaves of how many are done. Reads a piece at a time, beside a sequencer
    at work: what it adds meanwhile is not looked at."""
    report = LogReport()
    last = TreeHead.objects.order_by("size").last()
    size = last.size if last else 0
    heads = iter(TreeHead.objects.filter(size__lte=size).select_related("key").order_by("size").iterator(PIECE))
    head = next(heads, None)
    growing, good_until, broken = Growing(), 0, False
    for first in range(0, size, PIECE):
        kept: dict[tuple[int, int], bytes] = {}
        for leaf in _piece(first, min(first + PIECE, size), report):
            kept.update(found for found in growing.add(leaf) if found[0][0] >= LOWEST)
            while head is not None and head.size == growing.size:
                if not broken and growing.root() != bytes(head.root):
                    _differs(report, head, good_until)
                    broken = True  # all later ones differ with it
                good_until = good_until if broken else head.size
                _signature(report, head)
                head = next(heads, None)
        _subtrees(report, kept, quiet=broken)
        report.leaves = growing.size
        told(growing.size, size)
    _passed_over(report)
    return report


def _piece(first: int, until: int, report: LogReport) -> Iterator[bytes]:
    """The leaves from a position on, computed from their rows; where a row is gone, the leaf as it was noted."""
    rows = {
        leaf.position: leaf
        for leaf in Leaf.objects.filter(position__gte=first, position__lt=until).order_by("position")
    }
    entries = AuditEntry.objects.in_bulk([leaf.entry_id for leaf in rows.values()])
    for position in range(first, until):
        leaf = rows.get(position)
        if leaf is None:
            report.add("gap", f"位置 {position} 没有叶子", f"position {position} has no leaf")
            yield bytes(32)
            continue
        entry = entries.get(leaf.entry_id)
        noted = bytes(leaf.hash)
        if entry is None:
            report.add(
                "gone",
                f"审计记录 {leaf.entry_id}（位置 {position}）不见了",
                f"row {leaf.entry_id} of the audit trail (position {position}) is gone",
            )
        elif {_computed(entry), bytes(entry.leaf)} != {noted}:
            report.add(
                "changed",
                f"审计记录 {entry.pk}（位置 {position}）被改动：内容与当时的哈希不符",
                f"row {entry.pk} of the audit trail (position {position}) was changed: it has another hash than it had",
            )
        yield noted


def _computed(entry: AuditEntry) -> bytes:
    try:
        return leaf_of(content_of(entry))
    except NotCanonical:
        return b""  # nothing that we wrote


def _differs(report: LogReport, head: TreeHead, good_until: int) -> None:
    report.add(
        "head",
        f"日志头 {head.size} 与重算的不符：位置 {good_until} 到 {head.size - 1} 之间有叶子连同其哈希被改动",
        f"head {head.size} differs from what was computed: between positions {good_until} and {head.size - 1} a leaf was "
        "changed together with its hash",
    )


def _signature(report: LogReport, head: TreeHead) -> None:
    report.heads += 1
    try:
        good = head_of(row=head).signed_by(read_pem(head.key.pem), bytes(head.signature))
    except NotAKey:
        good = False
    if not good:
        report.add(
            "signature",
            f"日志头 {head.size} 的签名不成立",
            f"the signature of head {head.size} does not hold",
        )


def _subtrees(report: LogReport, computed: dict[tuple[int, int], bytes], *, quiet: bool) -> None:
    """The hashes that proofs are made of. Where a head differs already, they say nothing more."""
    if quiet or not computed:
        return
    kept = kept_subtrees(nodes=list(computed))
    for node, found in computed.items():
        if kept.get(node) != found:
            report.add(
                "subtree",
                f"子树 {node[0]}/{node[1]} 的哈希与重算的不符",
                f"the hash of subtree {node[0]}/{node[1]} differs from what was computed",
            )


def _passed_over(report: LogReport) -> None:
    """Rows without a leaf that do not wait for one either, and what waits for a row that is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM core_auditentry AS entry WHERE NOT EXISTS (SELECT FROM proofs_leaf WHERE entry_id = entry.id)"
            " AND NOT EXISTS (SELECT FROM proofs_waitingleaf WHERE entry = entry.id) ORDER BY id LIMIT %s",
            [TOLD_MOST],
        )
        for (entry,) in cursor.fetchall():
            report.add(
                "passed_over",
                f"审计记录 {entry} 不在日志里，也不在等待",
                f"row {entry} of the audit trail is neither in the log nor waiting for it",
            )
        cursor.execute(
            "SELECT entry FROM proofs_waitingleaf WHERE NOT EXISTS (SELECT FROM core_auditentry WHERE id = entry)"
            " ORDER BY entry LIMIT %s",
            [TOLD_MOST],
        )
        for (entry,) in cursor.fetchall():
            report.add(
                "gone",
                f"审计记录 {entry} 还没有位置就不见了",
                f"row {entry} of the audit trail is gone before it had a position",
            )
