"""Statistics that say that a table is empty while many rows come into it."""

from __future__ import annotations

import datetime

import psycopg
import pytest
from django.db import connection

from mutualaid.core.inserting import insert_all
from mutualaid.core.models import AuditEntry
from mutualaid.core.sizes import FIRST, learn_size, pieces
from tests.believed import believed, forget_sizes

AT = datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC)
TABLE = "core_auditentry"


def entries(count: int) -> list[AuditEntry]:
    told = {"at": AT, "actor_kind": "system", "actor_key": "t", "what": "w", "detail": {}, "salt": bytes(16)}
    return [AuditEntry(**told, subject=f"s:{n}", leaf=bytes(32)) for n in range(count)]


@pytest.mark.parametrize(
    ("rows", "cut"),
    [
        (0, []),
        (FIRST, [(0, FIRST)]),
        (FIRST + 1, [(0, FIRST), (FIRST, FIRST + 1)]),
        (2500, [(0, FIRST), (FIRST, FIRST + 1000), (FIRST + 1000, FIRST + 2000), (FIRST + 2000, 2500)]),
    ],
)
def test_rows_come_in_pieces(rows: int, cut: list[tuple[int, int]]) -> None:
    assert [(one.start, one.stop) for one in pieces(rows, 1000)] == cut


@pytest.mark.django_db
def test_a_table_is_looked_at_while_many_rows_come() -> None:
    forget_sizes(TABLE)
    insert_all(entries(FIRST))
    assert believed(TABLE) == 0  # so few may be compared with each other
    assert not learn_size(AuditEntry, FIRST)
    insert_all(entries(3 * FIRST))
    # After the first of them, with those that this transaction wrote before.
    assert believed(TABLE) == AuditEntry.objects.count() - 2 * FIRST
    assert learn_size(AuditEntry, 10 * FIRST)
    assert believed(TABLE) == AuditEntry.objects.count()
    assert not learn_size(AuditEntry, FIRST + 1)  # it is believed to hold more


@pytest.mark.django_db
def test_whoever_finds_another_looking_does_not_wait() -> None:
    forget_sizes(TABLE)
    own = connection.settings_dict
    with psycopg.connect(
        dbname=own["NAME"], host=own["HOST"], port=own["PORT"] or None, user=own["USER"], password=own["PASSWORD"]
    ) as other:
        other.execute(f"LOCK TABLE {TABLE} IN SHARE UPDATE EXCLUSIVE MODE")  # as autovacuum does
        assert not learn_size(AuditEntry, 1000)
    assert AuditEntry.objects.count() >= 0  # the transaction goes on
    assert believed(TABLE) == 0
