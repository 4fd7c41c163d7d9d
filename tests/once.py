"""Scenes that are made once: tests one after the other that begin with the same scene share one transaction around them, in
which it was made, and each works in a savepoint of its own, with a copy of what the scene names.

To make a cast by the product's own actions takes longer than most tests. A test that begins with another scene, or with an
empty database, or commits, ends the transaction: it finds what it always found.
"""

from __future__ import annotations

import copy
import importlib
import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

Fixture = Callable[..., Any]
Step = tuple[Any, Callable[[Any], Any]]
"""By what a step is known again, and what it makes of a copy of what the step before it made."""


def begins_with(
    module: str, make: str, *, then: Callable[[pytest.FixtureRequest], list[Step]] | None = None
) -> Callable[[Fixture], Fixture]:
    """For a fixture: what it gives is made by a function of a module (imported late, once the settings are named), once for the
    tests that follow each other. The fixture asks for ``db`` first and gives ``SHARED.copy(...)``.

    ``then``: further steps for the test that asks, each in a savepoint inside the one before: tests of which only the last steps
    differ keep what they have in common. Such a test may not commit.
    """

    def told(fixture: Fixture) -> Fixture:
        fixture.begins_with = ((module, make), then)  # type: ignore[attr-defined]
        return fixture

    return told


class Made:
    """What a step made, and copies of it: by ``pickle``, which is several times quicker, where that can take it."""

    def __init__(self, made: Any) -> None:
        self._made = made
        self._packed: bytes | None = None
        with suppress(pickle.PicklingError, TypeError, AttributeError):  # it holds a function, an open file or the like
            self._packed = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)

    def copy(self) -> Any:
        """Nobody else's."""
        return copy.deepcopy(self._made) if self._packed is None else pickle.loads(self._packed)  # noqa: S301 - our own


class Shared:
    """The steps that are there now, each with what it made and the transaction around it."""

    def __init__(self) -> None:
        self._there: list[tuple[Any, Made, Any]] = []

    def fit(self, request: pytest.FixtureRequest, blocker: Any) -> None:
        """Before the transaction of a test begins: the scene that it begins with is there, or none."""
        wanted = [] if _commits(request) else _steps_of(request)
        common = 0
        for (name, _), (there, _, _) in zip(wanted, self._there, strict=False):
            if name != there:
                break
            common += 1
        if common == len(wanted) == len(self._there):
            return
        with blocker.unblock():
            self.end(common)
            for step in wanted[common:]:
                self._begin(step)

    def _begin(self, step: Step) -> None:
        from django.db import transaction

        name, make = step
        before = self._there[-1][1].copy() if self._there else None
        around = transaction.Atomic(using=None, savepoint=True, durable=False)
        around._from_testcase = True  # type: ignore[attr-defined]
        around.__enter__()
        try:
            made = make(before)
        except BaseException:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
            raise
        self._there.append((name, Made(made), around))

    def end(self, left: int = 0) -> None:
        """The database is as it was, but for the first steps."""
        from django.db import connection, transaction

        while len(self._there) > left:
            _, _, around = self._there.pop()
            # A test that closed the connection, or lost it, ended the transactions with it.
            if connection.in_atomic_block:
                transaction.set_rollback(True)
                around.__exit__(None, None, None)

    def copy(self, module: str, make: str) -> Any:
        """What the last step made, for one test; the scene made for it alone where it commits."""
        there = bool(self._there) and self._there[0][0] == (module, make)
        return self._there[-1][1].copy() if there else _make((module, make))


def _make(wanted: tuple[str, str]) -> Any:
    module, make = wanted
    return getattr(importlib.import_module(module), make)()


def _steps_of(request: pytest.FixtureRequest) -> list[Step]:
    known = request.node._fixtureinfo.name2fixturedefs
    told = [getattr(fixtures[-1].func, "begins_with", None) for fixtures in known.values()]
    found = {one for one in told if one is not None}
    if any(then is not None for _, then in found):  # asks for the scene by another fixture, and goes on from there
        found = {one for one in found if one[1] is not None}
    if len(found) != 1:
        return []
    scene, then = found.pop()
    return [(scene, lambda _: _make(scene)), *(then(request) if then else [])]


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
