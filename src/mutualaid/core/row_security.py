"""The second fence around rows: PostgreSQL itself shows a connection only the branches of the tree that it was told.

The product works under a role that owns no table, so that row-level security binds it; migrations run as the owner.
What a transaction may see is told at its beginning (``within``); who was told nothing sees nothing. The first fence
is ``access``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from django.db import Error, connection, migrations, transaction

EVERYTHING = "*"
SETTING = "mutualaid.branches"
SETTING_SELF = "mutualaid.self"
SETTING_HOLDER = "mutualaid.holder"
_PATH = re.compile(r"/(?:[0-9]+/)+|/account/[0-9]+/")

FUNCTION = """
CREATE FUNCTION core_told_paths() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(CASE told WHEN '*' THEN '' ELSE told END), '{}')
    FROM unnest(string_to_array(coalesce(current_setting('mutualaid.branches', true), ''), ' ')) AS told
    WHERE told <> ''
$$;
CREATE FUNCTION core_told_units() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(array_agg(coalesce((regexp_match(told, '^/(?:[0-9]+/)*([0-9]+)/$'))[1]::bigint, 0)), '{}')
    FROM unnest(core_told_paths()) AS told WHERE told = '' OR told ~ '^/([0-9]+/)+$'
$$;
CREATE FUNCTION core_may_see(path text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT path ^@ ANY (core_told_paths())
$$
"""
"""``core_told_paths()``: the branches told, everything as the empty path, with which all paths begin.
``core_told_units()``: the last unit of each, everything as 0; for rows that hold the units above them as an array.
Policies ask for them by ``(SELECT …)``: once for a statement, not for each row."""

INLINE = """
CREATE OR REPLACE FUNCTION core_told_paths() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT array_replace(
        array_remove(string_to_array(coalesce(current_setting('mutualaid.branches', true), ''), ' '), ''), '*', '')
$$
"""
"""The same paths by one expression, which PostgreSQL puts into the statement: it plans no function for each policy."""

FUNCTION_SELF = """
CREATE FUNCTION core_self() RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('mutualaid.self', true), '')::bigint
$$;
CREATE FUNCTION core_is_self(member bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT member = core_self()
$$
"""

TOLD_PATHS = "(SELECT core_told_paths())::text[]"
TOLD_UNITS = "(SELECT core_told_units())::bigint[]"
SELF = "(SELECT core_self())"

FUNCTION_HOLDER = """
CREATE FUNCTION core_is_holder(kind text, key text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT kind || ':' || key = current_setting('mutualaid.holder', true)
$$
"""

_ENSURE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mutualaid_app') THEN
        CREATE ROLE mutualaid_app NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- another installation on the same server was quicker
END $$;
GRANT mutualaid_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO mutualaid_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mutualaid_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO mutualaid_app;
"""


class OutOfBounds(ValueError):
    """A branch that is no path of units."""


def grant() -> None:
    """Make the role and let it work with all tables: after each migration, by the owner."""
    with connection.cursor() as cursor:
        cursor.execute(_ENSURE)


def secured(
    table: str, path: str, member: str | None = None, holder: tuple[str, str] | None = None
) -> migrations.RunSQL:
    """A step of a migration: rows of a table are seen, and written, only within the branches told. ``path``: an SQL
    expression of the row that gives the path of its unit, for instance ``(SELECT u.path FROM people_unit u WHERE
    u.id = unit_id)``; ``member``: one that gives the key of the member whose own row it is, who sees it too; ``holder``:
    the columns with the kind and the key of the actor who brought it, who sees it once ``core.papers.holding`` was told."""
    may = f"({path}) ^@ ANY ({TOLD_PATHS})" + (f" OR ({member}) = {SELF}" if member else "")
    return fenced(table, may + (f" OR core_is_holder({', '.join(holder)})" if holder else ""))


def fenced(table: str, may: str, *, read: str | None = None) -> migrations.RunSQL:
    """A step of a migration: rows of a table are seen and written where an SQL condition of the row holds, and seen, not
    written, where ``read`` holds beside it."""
    reading = f"CREATE POLICY {table}_read ON {table} FOR SELECT USING ({read});" if read else ""
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY {table}_branch ON {table} USING ({may}) WITH CHECK ({may});
        {reading}
        """,
        f"DROP POLICY {table}_branch ON {table}; DROP POLICY IF EXISTS {table}_read ON {table};"
        f" ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


def own_of(account: int | str) -> str:
    """What is told beside branches, in their form, to somebody who sees what is their account's own: ``/account/17/``."""
    return f"/account/{account}/"


@contextmanager
def within(branches: Iterable[str], *, member: int | None = None, reads: bool = False) -> Iterator[None]:
    """A transaction that sees the branches with these paths (``/1/7/``), or ``EVERYTHING`` for work of the system
    itself, and what is the own of ``member`` (the key of their row).

    A transaction inside another one sees what it was told, and the outer one again what it was told before. ``reads``:
    what only reads needs no savepoint of its own there. Raises OutOfBounds.
    """
    told = list(branches)
    for branch in told:
        if branch != EVERYTHING and not _PATH.fullmatch(branch):
            raise OutOfBounds(f"expected a path of units such as /1/7/, found {branch!r}")
    if reads and connection.in_atomic_block:
        before = _tell(" ".join(told), "" if member is None else str(member))
        try:
            yield
        except BaseException:
            with suppress(Error):  # refused where the transaction is lost, and with it what was told
                _tell(*before)
            raise
        _tell(*before)
        return
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        before = _tell(" ".join(told), "" if member is None else str(member))
        yield
        if not outermost:  # what was told ends with the transaction, and an exception rolls it back
            _tell(*before)


def see_everything() -> None:
    """For the process of the worker, before it connects: all its connections see all branches, outside transactions too,
    so that long work can commit piece by piece. Never for a process that answers requests."""
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c {SETTING}={EVERYTHING}".strip()
    connection.close()


def _tell(branches: str, member: str) -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(  # what stands first is read before what follows is set
            "SELECT coalesce(current_setting(%s, true), ''), coalesce(current_setting(%s, true), ''),"
            " set_config(%s, %s, true), set_config(%s, %s, true)",
            [SETTING, SETTING_SELF, SETTING, branches, SETTING_SELF, member],
        )
        told, own, *_ = cursor.fetchone()
    return str(told), str(own)
