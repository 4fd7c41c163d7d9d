"""What the tests in a browser share: the demonstration with all its processes, and Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.demonstration import Demonstration, demonstration

CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="session")
def demo() -> Iterator[Demonstration]:
    """`mutualaid demo` on a port of its own: its database, its server, its worker, its simulated channel."""
    with demonstration() as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser, for a module: while it is open no other test of the process may open one or ask the database. Without Chromium
    these tests fail: what they show cannot be shown otherwise."""
    if not CHROMIUM.exists():
        pytest.fail(
            f"expected Chromium at {CHROMIUM}, found none; install it: make browser (Debian: apt-get install chromium)"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()
