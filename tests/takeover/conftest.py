"""What the tests of take-overs share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.takeover.moving import Moving


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


@pytest.fixture
def moving(db: None) -> Moving:
    """The scene, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.takeover.moving import made

    return made()
