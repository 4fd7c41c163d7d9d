"""What the tests of take-overs share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with

if TYPE_CHECKING:
    from pathlib import Path

    from tests.takeover.moving import Moving


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


MADE = ("tests.takeover.moving", "made")


@pytest.fixture
@begins_with(*MADE)
def moving(db: None) -> Moving:
    """The scene, in the test's own transaction."""
    found: Moving = SHARED.copy(*MADE)
    return found
