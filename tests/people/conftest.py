"""What the tests of people share: the cast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.people.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.people import cast as module

    return module.cast()
