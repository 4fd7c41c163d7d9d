"""What the tests of enrolment share: the cast of people, and a data folder of their own for files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with

if TYPE_CHECKING:
    from tests.people.cast import Cast


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


CAST = ("tests.people.cast", "cast")


@pytest.fixture
@begins_with(*CAST)
def cast(db: None) -> Cast:
    """The fixed cast."""
    found: Cast = SHARED.copy(*CAST)
    return found
