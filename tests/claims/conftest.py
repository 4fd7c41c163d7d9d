"""What the tests of claims share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.claims.scene import Scene


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


@pytest.fixture
def scene(db: None) -> Scene:
    """The scene, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.claims.scene import made

    return made()
