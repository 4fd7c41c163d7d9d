"""What the tests of contributions share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contributions.scene import World


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scene, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.contributions import scene

    return scene.world(monkeypatch)
