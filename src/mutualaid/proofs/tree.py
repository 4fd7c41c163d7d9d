"""The tree of hashes of RFC 6962 (section 2.1): roots, audit paths, consistency proofs. Knows no database.

Positions count from 0. A complete subtree is named by height and index: ``(3, 2)`` has the 8 leaves from 16 on. Whatever is
asked, the answer is made of few of them: ``needed`` says of which, ``Hashes`` holds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

NODE_PREFIX = b"\1"
HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
SIZE_MOST = 1 << 62
"""What a database's column holds, and more than there will be."""

Node = tuple[int, int]
Hashes = Mapping[Node, bytes]
Span = tuple[int, int]
"""Leaves from the first position to before the second."""


def node_of(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(NODE_PREFIX + left + right).digest()


def complete(span: Span) -> list[Node]:
    """The largest complete subtrees that make up a span of the tree, from left to right."""
    first, end = span
    nodes = []
    while first < end:
        height = (end - first).bit_length() - 1
        nodes.append((height, first >> height))
        first += 1 << height
    return nodes


def inclusion_spans(*, position: int, size: int) -> list[Span]:
    """Whose hashes make up the audit path of a leaf, from the leaf up. Raises ValueError."""
    if not 0 <= position < size:
        raise ValueError(f"expected a position before {size}, found {position}")
    first, end = 0, size
    spans = []
    while end - first > 1:
        middle = first + _left_width(end - first)
        if position < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first = middle
    return spans[::-1]


def consistency_spans(*, earlier: int, later: int) -> list[Span]:
    """Whose hashes show that a tree of ``later`` leaves begins with the ``earlier`` ones. Raises ValueError."""
    if not 0 < earlier <= later:
        raise ValueError(f"expected an earlier size from 1 to {later}, found {earlier}")
    first, end = 0, later
    spans = []
    known = True  # while we look at the earlier tree as a whole, its root is known to who asks
    while earlier != end:
        middle = first + _left_width(end - first)
        if earlier <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((first, middle))
            first, known = middle, False
    if not known:
        spans.append((first, end))
    return spans[::-1]


def needed(spans: Iterable[Span]) -> list[Node]:
    """The complete subtrees whose hashes are needed for some spans."""
    return [node for span in spans for node in complete(span)]


def root_of(span: Span, hashes: Hashes) -> bytes:
    """The hash of a span of the tree, of those of its complete subtrees."""
    parts = [hashes[node] for node in complete(span)]
    if not parts:
        return EMPTY_ROOT
    found = parts.pop()
    while parts:
        found = node_of(parts.pop(), found)
    return found


def root_by_path(*, leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root to which an audit path leads; None if it is too long or too short for that place in a tree of that size."""
    if not 0 <= position < size <= SIZE_MOST:
        return None
    found, last = leaf, size - 1
    for step in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            found = node_of(step, found)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = node_of(found, step)
        position, last = position >> 1, last >> 1
    return found if last == 0 else None


def consistent(*, earlier: int, earlier_root: bytes, later: int, later_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether a path shows that the later tree begins with all leaves of the earlier one."""
    if not 0 < earlier <= later <= SIZE_MOST:
        return False
    if earlier == later:
        return not path and earlier_root == later_root
    steps = [earlier_root, *path] if earlier & (earlier - 1) == 0 else list(path)
    if not steps:
        return False
    place, last = earlier - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_of(step, old), node_of(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_of(new, step)
        place, last = place >> 1, last >> 1
    return last == 0 and old == earlier_root and new == later_root


class Growing:
    """A tree to which leaves are added at its end: it remembers its complete subtrees only, at most one of each height."""

    def __init__(self, size: int = 0, hashes: Hashes | None = None) -> None:
        self.size = size
        self._peaks = [(height, (hashes or {})[height, index]) for height, index in complete((0, size))]

    def add(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add a leaf; gives the subtrees that are complete with it, the lowest first, without the leaf itself."""
        height, found = 0, leaf
        done: list[tuple[Node, bytes]] = []
        while self._peaks and self._peaks[-1][0] == height:
            found = node_of(self._peaks.pop()[1], found)
            height += 1
            done.append(((height, self.size >> height), found))
        self._peaks.append((height, found))
        self.size += 1
        return done

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = node_of(peak, found)
        return found


def _left_width(width: int) -> int:
    """How many leaves are left of the middle: the largest power of two below the width."""
    return 1 << (width - 1).bit_length() - 1
