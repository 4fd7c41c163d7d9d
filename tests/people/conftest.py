"""What the tests of people share: the cast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with
from tests.quick_argon2 import full_cost, quick_argon2

if TYPE_CHECKING:
    from tests.people.cast import Cast

__all__ = ["full_cost", "quick_argon2"]
CAST = ("tests.people.cast", "cast")


@pytest.fixture
@begins_with(*CAST)
def cast(db: None) -> Cast:
    """The fixed cast."""
    found: Cast = SHARED.copy(*CAST)
    return found
