"""One search box: each way to look, only what the actor may see, nothing that fails, a bounded number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mutualaid.core.row_security import within
from mutualaid.people import search as module
from mutualaid.people.access import branches_of
from mutualaid.people.search import Hit, register_finder, search
from tests.people.cast import BY, ON, Cast, as_clerk, as_staff, credit_code, resident_id


def found(text: str, actor: Any = BY) -> list[tuple[str, str]]:
    return [(hit.kind, hit.title) for hit in search(actor=actor, text=text, on=ON).hits]


MILL, YARD = ("employer", "第1厂工会"), ("employer", "第2厂工会")


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("林晓禾", [("member", "林晓禾")]),
        ("晓禾", [("member", "林晓禾")]),
        ("yca", [("member", "尉迟安")]),
        (resident_id(order=4)[-4:], [("member", "尉迟安")]),
        ("139 0000 0001", [("member", "林晓禾")]),
        ("第１厂", [MILL]),
        ("g2", [YARD]),
        (credit_code(1).lower(), [MILL]),
        ("hsbsc", [("unit", "海市办事处")]),
        ("海城区", [("unit", "海城区工会")]),
        ("", []),
        ("   ", []),
        ("\x00", []),
        ("%", []),
        ("_", []),
        ("'; --", []),
        ("\ud800", []),
        ("\\", []),
        ("𠮷" * 300, []),
        ("9" * 400, []),
    ],
)
def test_what_is_found(cast: Cast, text: str, hits: list[tuple[str, str]]) -> None:
    assert found(text) == hits


def test_a_hit_says_where_a_member_works(cast: Cast) -> None:
    result = search(actor=BY, text=cast.lin.number, on=ON)
    assert result.hits == (Hit("member", cast.lin.number, "林晓禾", "第1厂工会"),)
    assert (result.persons, result.more) == (1, False)


def test_only_what_the_actor_may_see(cast: Cast) -> None:
    actor = as_staff(cast.outsider)
    assert found("林晓禾", actor) == []
    assert found("G1", actor) == []
    assert found("G3", actor) == [("employer", "第3厂工会")]
    assert found("林晓禾", as_staff(cast.analyst)) == []
    assert found("第", as_clerk(cast.clerk)) == [MILL]
    with within(branches_of(actor=as_clerk(cast.clerk), on=ON)):
        assert found("林晓禾", as_clerk(cast.clerk)) == [("member", "林晓禾")]
        assert found("尉迟安", as_clerk(cast.clerk)) == []


def test_more_than_wanted(cast: Cast) -> None:
    result = search(actor=BY, text="第", on=ON, limit=2)
    assert (len(result.hits), result.more) == (2, True)


def test_the_number_of_statements_is_bounded(cast: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(5):
        search(actor=as_staff(cast.reviewer), text="第", on=ON)


def test_another_domain_adds_its_finder(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def bills(*, actor: Any, text: str, on: Any, limit: int) -> Sequence[Hit]:
        return [Hit("bill", text, "36.00", "")] if text == "B1" else []

    monkeypatch.setattr(module, "_FINDERS", list(module._FINDERS))
    register_finder(bills)
    register_finder(bills)
    assert found("B1") == [("bill", "36.00")]
