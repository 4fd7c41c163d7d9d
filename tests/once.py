"""Scenes that are made once: tests one after the other that begin with the same scene share one transaction around them, in
which it was made, and each works in a savepoint of its own, with a copy of what the scene names.

To make a cast by the product's own actions takes longer than most tests. A test that begins with another scene, or with an
empty database, or commits, ends the transaction: it finds what it always found.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from typing import Any

import pytest

Fixture = Callable[..., Any]


def begins_with(module: str, make: str) -> Callable[[Fixture], Fixture]:
    """For a fixture: what it gives is made by a function of a module (imported late, once the settings are named), once for the
    tests that follow each other. The fixture asks for ``db`` first and gives ``SHARED.copy(...)``."""

    def told(fixture: Fixture) -> Fixture:
        fixture.begins_with = (module, make)  # type: ignore[attr-defined]
        return fixture

    return told


class Shared:
    """The scene that is there now, if any, and the transaction around it."""

    def __init__(self) -> None:
        self._name: tuple[str, str] | None = None
        self._made: Any = None
        self._around: Any = None

    def fit(self, request: pytest.FixtureRequest, blocker: Any) -> None:
        """Before the transaction of a test begins: the scene that it begins with is there, or none."""
        wanted = None if _commits(request) else _scene_of(request)
        if wanted is not None and wanted == self._name:
            return
        with blocker.unblock():
            self.end()
            if wanted is not None:
                self._begin(wanted)

    def _begin(self, wanted: tuple[str, str]) -> None:
        from django.db import transaction

        around = transaction.Atomic(using=None, savepoint=True, durable=False)
        around._from_testcase = True  # type: ignore[attr-defined]
        around.__enter__()
        self._around = around
        self._made = _make(wanted)
        self._name = wanted

    def end(self) -> None:
        """The database is as it was."""
        from django.db import connection, transaction

        # A test that closed the connection, or lost it, ended the transaction with it.
        if self._around is not None and connection.in_atomic_block:
            transaction.set_rollback(True)
            self._around.__exit__(None, None, None)
        self._name = self._made = self._around = None

    def copy(self, module: str, make: str) -> Any:
        """What the scene names, for one test; made for it alone where it commits."""
        return copy.deepcopy(self._made) if self._name == (module, make) else _make((module, make))


def _make(wanted: tuple[str, str]) -> Any:
    module, make = wanted
    return getattr(importlib.import_module(module), make)()


def _scene_of(request: pytest.FixtureRequest) -> tuple[str, str] | None:
    known = request.node._fixtureinfo.name2fixturedefs
    told = [getattr(fixtures[-1].func, "begins_with", None) for fixtures in known.values()]
    found = {one for one in told if one is not None}
    return found.pop() if len(found) == 1 else None


def _commits(request: pytest.FixtureRequest) -> bool:
    marker = request.node.get_closest_marker("django_db")
    if request.node.get_closest_marker("slow") is not None:
        return True  # with browsers, threads and processes about, each begins with a database of its own
    by_marker = marker is not None and (marker.kwargs.get("transaction", False) or bool(marker.args))
    return by_marker or bool({"transactional_db", "live_server"} & set(request.fixturenames))


SHARED = Shared()


@pytest.fixture
def _django_db_helper(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """Before pytest-django's own, which begins the transaction of the test."""
    SHARED.fit(request, django_db_blocker)
    request.getfixturevalue("_django_db_helper")
