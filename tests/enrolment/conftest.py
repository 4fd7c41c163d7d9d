"""What the tests of enrolment share: the cast of people, and a data folder of their own for files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.people.cast import Cast


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.people import cast as module

    return module.cast()
