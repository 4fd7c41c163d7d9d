"""Each test of the log signs with a key of its own."""

from __future__ import annotations

import pytest

from mutualaid.proofs.signing import NAME, new_key


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, new_key())
