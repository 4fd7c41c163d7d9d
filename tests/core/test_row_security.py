"""The second fence: a connection sees the branches that it was told, and nothing when it was told nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from mutualaid.core.places import ROLE
from mutualaid.core.row_security import EVERYTHING, OutOfBounds, grant, secured, within

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rows() -> None:
    """A table of the owner's, with a row in each of three units."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; CREATE TABLE secret (path text)")
        cursor.execute(str(secured("secret", "path").sql))
        cursor.execute("INSERT INTO secret VALUES ('/1/'), ('/1/7/'), ('/1/77/')")
        grant()
        cursor.execute(f"SET ROLE {ROLE}; SELECT set_config('mutualaid.branches', '', true)")


def seen() -> list[str]:
    """What the connection sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT path FROM secret ORDER BY path")
        return [path for (path,) in cursor.fetchall()]


def test_who_was_told_nothing_sees_nothing() -> None:
    assert seen() == []


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (["/1/7/"], ["/1/7/"]),
        (["/1/"], ["/1/", "/1/7/", "/1/77/"]),
        (["/1/7/", "/1/77/"], ["/1/7/", "/1/77/"]),
        (["/2/"], []),
        ([], []),
        ([EVERYTHING], ["/1/", "/1/7/", "/1/77/"]),
    ],
)
def test_who_was_told_a_branch_sees_it(told: list[str], expected: list[str]) -> None:
    with within(told):
        assert seen() == expected
    assert seen() == []


@pytest.mark.parametrize("reads", [False, True])
def test_a_branch_inside_another(*, reads: bool) -> None:
    with within(["/1/77/"]):
        with within(["/1/7/"], reads=reads):
            assert seen() == ["/1/7/"]
        with pytest.raises(ZeroDivisionError), within([EVERYTHING], reads=reads):
            raise ZeroDivisionError
        assert seen() == ["/1/77/"]
    assert seen() == []


@pytest.mark.parametrize("reads", [False, True])
@pytest.mark.parametrize("parameter", ["x", "\0"])
def test_a_fault_of_the_database_inside_another(parameter: str, *, reads: bool) -> None:
    """Refused by the server, or already by the driver, which loses no transaction."""
    with within(["/1/77/"]):
        asking = within([EVERYTHING], reads=reads)
        with pytest.raises(DatabaseError), transaction.atomic(), asking, connection.cursor() as cursor:
            cursor.execute("SELECT %s::integer", [parameter])
        assert seen() == ["/1/77/"]


def test_what_only_reads_has_no_savepoint(django_assert_num_queries: Any) -> None:
    with within(["/1/77/"]), django_assert_num_queries(2), within([EVERYTHING], reads=True):
        pass
    with within(["/1/77/"]), django_assert_num_queries(4), within([EVERYTHING]):
        pass


def test_rows_elsewhere_are_neither_written_nor_changed() -> None:
    with within(["/1/7/"]), connection.cursor() as cursor:
        cursor.execute("INSERT INTO secret VALUES ('/1/7/3/')")
        cursor.execute("UPDATE secret SET path = path || 'x' WHERE path = '/1/77/'")
        assert cursor.rowcount == 0
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            cursor.execute("INSERT INTO secret VALUES ('/1/77/3/')")
    with within([EVERYTHING]):
        assert seen() == ["/1/", "/1/7/", "/1/7/3/", "/1/77/"]


def test_the_role_cannot_lift_the_fence() -> None:
    for attempt in ("ALTER TABLE secret DISABLE ROW LEVEL SECURITY", "DROP TABLE secret", "TRUNCATE secret"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt)


@pytest.mark.parametrize("branch", ["", "/", "1/7", "/1/7", "/1/ /2/", "**"])
def test_a_branch_is_a_path(branch: str) -> None:
    with pytest.raises(OutOfBounds), within([branch]):
        pass
