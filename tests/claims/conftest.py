"""What the tests of claims share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with

if TYPE_CHECKING:
    from pathlib import Path

    from tests.claims.scene import Scene


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


MADE = ("tests.claims.scene", "made")


@pytest.fixture
@begins_with(*MADE)
def scene(db: None) -> Scene:
    """The scene."""
    found: Scene = SHARED.copy(*MADE)
    return found
