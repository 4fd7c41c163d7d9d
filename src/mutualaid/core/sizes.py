"""What PostgreSQL knows of the size of a table that many rows come into.

It plans by statistics, which are taken now and then, of what is committed. In the transaction that brings a large roster into a
young table they may say that there is nobody, or a few; then all indexes are as good as each other to the planner, even to a
foreign key's check, and what should take a minute compares each with each and takes hours. So PostgreSQL looks at the table, the
first rows are written, it looks again, and then the others come.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection
from django.db.models import Model

FIRST = 200
"""So many rows may be compared with each other; and they are enough to look at."""


def learn_size(model: type[Model], rows: int) -> bool:
    """Have PostgreSQL look at a table in which so many rows are worked on, if it believes that there are fewer; whether it did.
    Of few rows it is not asked. Within a transaction."""
    if rows <= FIRST:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT core_learn_size(%s::regclass, %s)", [model._meta.db_table, rows])
        return bool(cursor.fetchone()[0])


def pieces(rows: int, most: int) -> Iterator[slice]:
    """So many rows in pieces of at most ``most``; of more than FIRST a few come first, after which to look."""
    first = 0
    if rows > FIRST:
        yield slice(0, FIRST)
        first = FIRST
    while first < rows:
        yield slice(first, min(first + most, rows))
        first += most
