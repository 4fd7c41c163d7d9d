"""What the tests of an operator's commands share: one installation, made by the command."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.test_operating import Installed


@pytest.fixture(scope="session")
def installed() -> Iterator[Installed]:
    """A data folder of its own, whose database the command has made: to make it takes longer than all that is asked of it."""
    from mutualaid.core.cluster import Cluster
    from tests.cli.test_operating import Installed, mutualaid

    with tempfile.TemporaryDirectory(prefix="mutualaid-") as folder:
        Path(folder).chmod(0o755)  # as root the server is another user
        yield Installed(Path(folder), mutualaid("migrate", MUTUALAID_DATA=folder))
        Cluster(Path(folder) / "postgresql").remove()


@pytest.fixture
def data(installed: Installed) -> Path:
    """The folder of the installation."""
    assert installed.first.returncode == 0, installed.first.stderr
    return installed.data
