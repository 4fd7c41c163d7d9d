"""One private PostgreSQL for a whole run of tests: started when the first test asks for a database, removed at the end.

The controller of a run names the folder; its workers inherit the name, and whoever needs the server first starts it.
"""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from mutualaid.core.cluster import Cluster

NAME = "MUTUALAID_TEST_CLUSTER"


def pytest_configure(config: pytest.Config) -> None:
    """Before anything is imported that reads the settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.core.settings")
    os.environ.setdefault("MUTUALAID_SECRET_KEY", "for tests only")
    zeros = base64.b64encode(bytes(32)).decode()
    os.environ.setdefault("MUTUALAID_FIELD_KEY", f"index:{zeros},1:{zeros}")
    if NAME not in os.environ:
        os.environ[NAME] = tempfile.mkdtemp(prefix="mutualaid-")
        Path(os.environ[NAME]).chmod(0o755)  # as root the server is another user
        config.stash[_OURS] = True
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = cluster().url("mutualaid")
        config.stash[_PRIVATE] = True


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
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before the first database is made (pytest-django): the server must run, and each worker has a database of its own."""
    cluster().start()
    from django.db.backends.postgresql.operations import DatabaseOperations

    empty = DatabaseOperations.execute_sql_flush

    def emptied(self: Any, statements: list[str]) -> None:
        """Append-only tables refuse to be emptied; between two tests they must be."""
        empty(self, ["SET session_replication_role = replica", *statements, "SET session_replication_role = origin"])

    DatabaseOperations.execute_sql_flush = emptied  # type: ignore[method-assign, assignment]


_OURS, _PRIVATE = pytest.StashKey[bool](), pytest.StashKey[bool]()
