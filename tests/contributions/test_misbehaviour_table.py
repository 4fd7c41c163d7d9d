"""The table of docs/channels/reconciliation.md names every way in which a simulator misbehaves, and for each a test that uses
it."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

from mutualaid.contributions.simulator.books import MISBEHAVIOURS

PAGE = Path(__file__).parents[2] / "docs" / "channels" / "reconciliation.md"
ROW = re.compile(r"^\| `([a-z-]+)` .*\| `(test_\w+)\.(test_\w+)` \|$", re.MULTILINE)


def test_every_misbehaviour_has_a_row_and_a_test_that_uses_it() -> None:
    rows = {flag: (module, test) for flag, module, test in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    assert rows.keys() == MISBEHAVIOURS.keys()
    for flag, (module, test) in rows.items():
        found = getattr(import_module(f"tests.contributions.{module}"), test)
        assert "scene" in inspect.signature(found).parameters  # it runs for each of the real channels
        assert re.search(rf'misbehave\([^)]*"{flag}"', inspect.getsource(found)), flag
