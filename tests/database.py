"""One private PostgreSQL for a whole run of tests: started when the first test asks for a database, removed at the end.

The controller of a run names the folder; its workers inherit the name, and whoever needs the server first starts it.
"""

from __future__ import annotations

import base64
import fcntl
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest

from mutualaid.core.cluster import Cluster
from mutualaid.core.places import ROLE
from mutualaid.core.row_security import EVERYTHING, SETTING, grant
from tests.once import SHARED

NAME = "MUTUALAID_TEST_CLUSTER"
MIGRATED = "mutualaid_migrated"
"""A database as the migrations leave it: whoever needs one first makes it, the other workers take a copy."""


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported that reads the settings."""
    # Where Python is told not to keep what it compiled, each worker, and each of the many processes that tests start, would
    # compile all of it anew: a tenth of the time of a run.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.core.settings")
    os.environ.setdefault("MUTUALAID_SECRET_KEY", "for tests only")
    zeros = base64.b64encode(bytes(32)).decode()
    os.environ.setdefault("MUTUALAID_FIELD_KEY", f"index:{zeros},1:{zeros}")
    os.environ.setdefault("MUTUALAID_AS_OWNER", "1")  # who makes the databases; see django_db_setup
    if "MUTUALAID_PROOF_KEY" not in os.environ:  # else it would be made in the data folder of this machine
        from mutualaid.proofs.signing import new_key

        os.environ["MUTUALAID_PROOF_KEY"] = new_key()
    if NAME not in os.environ:
        os.environ[NAME] = tempfile.mkdtemp(prefix="mutualaid-")
        Path(os.environ[NAME]).chmod(0o755)  # as root the server is another user
        config.stash[_OURS] = True
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = cluster().url("mutualaid")
        config.stash[_PRIVATE] = True
    if _only_directs(config):
        return
    import django

    django.setup()


def _only_directs(config: pytest.Config) -> bool:
    """Whether this process runs no test itself but has workers do it."""
    return bool(config.getoption("numprocesses", None)) and not hasattr(config, "workerinput")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if config.stash.get(_OURS, False):
        cluster().remove()
        Path(os.environ.pop(NAME)).rmdir()
    if config.stash.get(_PRIVATE, False):
        os.environ.pop("DATABASE_URL", None)


def cluster() -> Cluster:
    """The run's server."""
    return Cluster(Path(os.environ[NAME]) / "server", throwaway=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Before the first database is made (pytest-django): our server must run, if there is no other; each worker has a database of
    its own."""
    if os.environ["DATABASE_URL"] == cluster().url("mutualaid"):
        cluster().start()
        with django_db_blocker.unblock():
            _copy_or_wait()
    from django.db.backends.postgresql.operations import DatabaseOperations

    empty = DatabaseOperations.execute_sql_flush

    def emptied(self: Any, statements: list[str]) -> None:
        """Append-only tables refuse to be emptied; between two tests they must be, which only the superuser may. Tasks that wait
        are in tables that Django does not count as its own."""
        before, after = (
            ["SET ROLE NONE", "SET session_replication_role = replica", "TRUNCATE procrastinate_jobs CASCADE"],
            ["SET session_replication_role = origin"],
        )
        empty(self, [*before, *statements, *after, f"SET ROLE {ROLE}"])

    DatabaseOperations.execute_sql_flush = emptied  # type: ignore[method-assign, assignment]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The databases are made by their owner; tests then work under the role of the product, as its pages do, and see everything
    until they ask for less."""
    from django.db import connection

    with django_db_blocker.unblock():
        _leave_a_copy()
        grant()
        connection.close()
    owner = connection.settings_dict["OPTIONS"]
    connection.settings_dict["OPTIONS"] = {**owner, "options": f"-c role={ROLE} -c {SETTING}={EVERYTHING}"}
    yield
    with django_db_blocker.unblock():
        SHARED.end()
        connection.close()
        connection.settings_dict["OPTIONS"] = owner
        _wait_until_alone()
        connection.close()


def _copy_or_wait(seconds: int = 300) -> None:
    """The database of this worker will be a copy, or the first one, for which the others wait; not for ever, should it fail."""
    from django.db import connection

    lock = (cluster().folder / "migrating").open("w", encoding="ascii")
    for _ in range(10 * seconds):
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        time.sleep(0.1)
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [MIGRATED])
        if cursor.fetchone() is None:
            _migrating.append(lock)
            return
    lock.close()
    connection.settings_dict["TEST"]["TEMPLATE"] = MIGRATED


def _leave_a_copy() -> None:
    """Of the database that was made first; the others need not wait any longer."""
    from django.db import connection

    while _migrating:
        with _migrating.pop():
            connection.close()
            with connection._nodb_cursor() as cursor:
                name = connection.ops.quote_name(connection.settings_dict["NAME"])
                cursor.execute(f"CREATE DATABASE {MIGRATED} TEMPLATE {name}")


def _wait_until_alone(seconds: int = 30) -> None:
    """A killed process may leave the server a session for a while, and a database in use cannot be removed: the last test of the
    worker would be blamed for it. Whoever stays longer is sent away, and named."""
    from django.db import connection

    others = (
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    with connection.cursor() as cursor:
        for _ in range(10 * seconds):
            cursor.execute(f"SELECT count(*) {others}")
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.1)
        cursor.execute(f"SELECT pg_terminate_backend(pid), state, state_change, query {others}")
        print("sessions that a test left:", cursor.fetchall())


_migrating: list[IO[str]] = []
"""The lock of the one who migrates."""
_OURS, _PRIVATE = pytest.StashKey[bool](), pytest.StashKey[bool]()
