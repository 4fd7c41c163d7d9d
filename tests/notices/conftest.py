"""What the tests of notices share: the cast, and a provider of short messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.notices.provider import Phones
    from tests.people.cast import Cast


CAST = ("tests.people.cast", "cast")


@pytest.fixture
@begins_with(*CAST)
def cast(db: None) -> Cast:
    """The fixed cast."""
    found: Cast = SHARED.copy(*CAST)
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    """The provider, running for the tests of a module."""
    from tests.notices.provider import Phones

    found = Phones.start(tmp_path_factory.mktemp("sms"))
    yield found
    found.stop()


@pytest.fixture
def phones(running: Phones, monkeypatch: pytest.MonkeyPatch) -> Phones:
    """The provider behaving well, known to the product."""
    running.misbehave()
    monkeypatch.setenv("MUTUALAID_SMS", str(running.file))
    return running
