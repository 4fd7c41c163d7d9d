"""What all tests share: reproducible properties, and no network."""

import gc
import os
import socket
from typing import Any

import pytest
from hypothesis import settings

from tests.database import django_db_modify_db_settings, django_db_setup, pytest_configure, pytest_unconfigure
from tests.once import _django_db_helper
from tools.messages import compile_messages

__all__ = [
    "_django_db_helper",
    "django_db_modify_db_settings",
    "django_db_setup",
    "pytest_configure",
    "pytest_unconfigure",
]

# The same examples on every machine and every day: a red test is then about the change, not about luck.
settings.register_profile("house", derandomize=True, deadline=None)
# Other examples each time, to look for what the house's examples miss: `make soak`.
settings.register_profile("soak", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("soak" if os.environ.get("MUTUALAID_SOAK") else "house")


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end, millions of objects: the collector of cycles need not look through
    them again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _texts() -> None:
    """The English of the pages as it is written now."""
    compile_messages()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that connects to another machine fails; sockets of this machine are left alone."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to connect to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
