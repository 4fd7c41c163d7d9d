"""What PostgreSQL believes of the size of tables, and how a test makes it believe that there is nobody, as it does when they are
counted while a large transaction is under way, or after one that was taken back."""

from __future__ import annotations

from django.db import connection

from mutualaid.core.places import ROLE

_EMPTY = """
UPDATE pg_class SET relpages = greatest(relpages, 1000), reltuples = 0
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND (%s = '' OR relname = %s)
"""


def forget_sizes(table: str = "") -> None:
    """Of one table, or of all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(_EMPTY, [table, table])
        cursor.execute(f"SET LOCAL ROLE {ROLE}")


def believed(table: str) -> int:
    """How many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])
