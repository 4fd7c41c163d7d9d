"""Argon2 as always, with less work: tests that sign in often test no cost of guessing."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def quick_argon2(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the tests of the folder whose ``conftest`` names it, but for those that ask for ``full_cost``."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    if "full_cost" in request.fixturenames:
        return
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 64)
    monkeypatch.setattr(Argon2PasswordHasher, "parallelism", 1)


@pytest.fixture
def full_cost() -> None:
    """Passwords cost here what they cost in use."""
