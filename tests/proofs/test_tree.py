"""The tree of hashes beside the known answers of RFC 6962's implementations, a recursion as the RFC writes it, and a library."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from mutualaid.core.leaves import LEAF_PREFIX
from mutualaid.proofs import tree

INPUTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
"""The eight leaves with which implementations of Certificate Transparency are tested."""
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
INCLUSION = {
    (0, 1): (),
    (0, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (5, 8): (
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 3): ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",),
    (1, 5): (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}
CONSISTENCY = {
    (1, 1): (),
    (1, 8): (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ),
    (6, 8): (
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ),
    (2, 5): (
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ),
}


def leaf(content: bytes) -> bytes:
    return hashlib.sha256(LEAF_PREFIX + content).digest()


def grown(contents: list[bytes]) -> tuple[tree.Growing, dict[tree.Node, bytes]]:
    """A tree, and the hashes of all its complete subtrees."""
    growing, hashes = tree.Growing(), {}
    for place, content in enumerate(contents):
        hashes[0, place] = leaf(content)
        hashes |= dict(growing.add(leaf(content)))
    return growing, hashes


def by_the_rfc(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, by recursion."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return hashlib.sha256(b"\1" + by_the_rfc(leaves[:middle]) + by_the_rfc(leaves[middle:])).digest()


def path_of(contents: list[bytes], position: int, size: int) -> list[bytes]:
    _, hashes = grown(contents)
    return [tree.root_of(span, hashes) for span in tree.inclusion_spans(position=position, size=size)]


def between(contents: list[bytes], earlier: int, later: int) -> list[bytes]:
    _, hashes = grown(contents)
    return [tree.root_of(span, hashes) for span in tree.consistency_spans(earlier=earlier, later=later)]


def root(contents: list[bytes]) -> bytes:
    return grown(contents)[0].root()


def test_the_known_roots() -> None:
    assert root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [root(INPUTS[:size]).hex() for size in range(1, 9)] == list(ROOTS)


@pytest.mark.parametrize("place", INCLUSION)
def test_the_known_audit_paths(place: tuple[int, int]) -> None:
    position, size = place
    path = path_of(INPUTS, position, size)
    assert [step.hex() for step in path] == list(INCLUSION[place])
    found = tree.root_by_path(leaf=leaf(INPUTS[position]), position=position, size=size, path=path)
    assert found is not None
    assert found.hex() == ROOTS[size - 1]


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_the_known_consistency_proofs(sizes: tuple[int, int]) -> None:
    earlier, later = sizes
    path = between(INPUTS, earlier, later)
    assert [step.hex() for step in path] == list(CONSISTENCY[sizes])
    assert tree.consistent(
        earlier=earlier,
        earlier_root=bytes.fromhex(ROOTS[earlier - 1]),
        later=later,
        later_root=bytes.fromhex(ROOTS[later - 1]),
        path=path,
    )


def test_every_small_tree_beside_the_rfc_and_the_library() -> None:
    for size in range(1, 34):
        contents = [bytes([number]) for number in range(size)]
        other = InmemoryTree(algorithm="sha256")
        other.append_entries(contents)
        mine = root(contents)
        assert mine == by_the_rfc([leaf(content) for content in contents]) == other.get_root()
        for position in range(size):
            path = path_of(contents, position, size)
            theirs = other.prove_inclusion(position + 1)
            verify_inclusion(leaf(contents[position]), mine, theirs)
            assert [leaf(contents[position]), *path] == theirs.path
            assert tree.root_by_path(leaf=theirs.path[0], position=position, size=size, path=path) == mine
        for earlier in range(1, size + 1):
            proof = other.prove_consistency(earlier)
            before = root(contents[:earlier])
            verify_consistency(before, mine, proof)
            path = between(contents, earlier, size)
            facts: dict[str, Any] = {"earlier": earlier, "earlier_root": before, "later": size, "later_root": mine}
            assert tree.consistent(**facts, path=path)


def test_a_tree_goes_on_from_its_complete_subtrees() -> None:
    contents = [bytes([number]) for number in range(45)]
    for size in range(45):
        _, hashes = grown(contents[:size])
        growing = tree.Growing(size, hashes)
        for content in contents[size:]:
            growing.add(leaf(content))
        assert (growing.size, growing.root()) == (45, root(contents))


@given(size=st.integers(1, 70), data=st.data())
@example(size=3, data=None)
def test_no_other_path_leads_to_the_root(size: int, data: st.DataObject | None) -> None:
    contents = [bytes([number]) for number in range(size)]
    position = data.draw(st.integers(0, size - 1)) if data else 2
    path, mine, hashed = path_of(contents, position, size), root(contents), leaf(contents[position])
    for other in range(size + 3):
        if other != position:
            assert tree.root_by_path(leaf=hashed, position=other, size=size, path=path) != mine
    for wrong in ([*path, mine], path[:-1] if path else [mine], [mine, *path], path[::-1] if len(path) > 1 else [mine]):
        assert tree.root_by_path(leaf=hashed, position=position, size=size, path=wrong) != mine
    for place in range(len(path)):
        changed = [*path[:place], bytes(32), *path[place + 1 :]]
        assert tree.root_by_path(leaf=hashed, position=position, size=size, path=changed) != mine
    assert tree.root_by_path(leaf=bytes(32), position=position, size=size, path=path) != mine


@given(sizes=st.tuples(st.integers(1, 60), st.integers(1, 60)).map(sorted))
def test_a_tree_that_was_changed_is_not_consistent(sizes: list[int]) -> None:
    earlier, later = sizes
    contents = [bytes([number]) for number in range(later)]
    forged = [b"forged", *contents[1:]]
    path = between(contents, earlier, later)
    good: dict[str, Any] = {
        "earlier": earlier,
        "earlier_root": root(contents[:earlier]),
        "later": later,
        "later_root": root(contents),
    }
    assert tree.consistent(**good, path=path)
    bad = (
        {**good, "earlier_root": root(forged[:earlier])},
        {**good, "later_root": root(forged)},
        {**good, "later": earlier, "earlier": later} if earlier != later else {**good, "earlier": 0},
        {**good, "later": later + (1 if later & (later + 1) else 2) * 64},
    )
    for facts in bad:
        assert not tree.consistent(**facts, path=path)
    assert not tree.consistent(**good, path=[*path, bytes(32)])
    if path:
        assert not tree.consistent(**good, path=path[:-1])
        assert not tree.consistent(**good, path=[])
    assert not tree.consistent(**good, path=between(forged, earlier, later)) or 0 not in {
        place for span in tree.consistency_spans(earlier=earlier, later=later) for place in range(*span)
    }


def test_what_is_no_place_is_refused() -> None:
    for position, size in pairwise((-1, 0, 0, -1, 3)):
        if not 0 <= position < size:
            with pytest.raises(ValueError, match="expected a position"):
                tree.inclusion_spans(position=position, size=size)
    for earlier, later in ((0, 3), (4, 3), (-1, 3)):
        with pytest.raises(ValueError, match="expected an earlier size"):
            tree.consistency_spans(earlier=earlier, later=later)
