"""What the tests of payouts share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with

if TYPE_CHECKING:
    from pathlib import Path

    from tests.payouts.scene import World


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path / "data"))


MADE = ("tests.payouts.scene", "made")


@pytest.fixture
@begins_with(*MADE)
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scene, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.payouts import scene

    return scene.world(monkeypatch, SHARED.copy(*MADE))
