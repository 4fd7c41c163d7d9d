"""What the tests of notices share: the cast, and a provider of short messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.notices.provider import Phones
    from tests.people.cast import Cast


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.people import cast as module

    return module.cast()


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
