"""What the tests of the pages share: the cast, and a clock that stands still until a test moves it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with
from tests.quick_argon2 import full_cost, quick_argon2

if TYPE_CHECKING:
    from tests.web.api_scene import Api
    from tests.web.cast import Web

__all__ = ["full_cost", "quick_argon2"]


class Clock:
    """The pages' clock."""

    def __init__(self, at: datetime.datetime) -> None:
        self.at = at

    def __call__(self) -> datetime.datetime:
        return self.at

    def forward(self, **by: int) -> None:
        """Later by minutes, hours, days."""
        self.at += datetime.timedelta(**by)


@pytest.fixture
def web_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """At the moment of the cast."""
    from mutualaid.web.common import clock
    from tests.people.cast import AT

    found = Clock(AT)
    monkeypatch.setattr(clock, "now", found)
    return found


CAST = ("tests.web.cast", "web_cast")


@pytest.fixture
@begins_with(*CAST)
def web(db: None, web_clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The fixed cast with accounts; files lie in a folder of the test's own."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    found: Web = SHARED.copy(*CAST)
    return found


API = ("tests.web.api_scene", "api")


@pytest.fixture
@begins_with(*API)
def api(db: None, web_clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Programs at the interface, with what is around them."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    found: Api = SHARED.copy(*API)
    return found
