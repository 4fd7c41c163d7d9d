"""The union of the demonstration, seeded once for the tests that follow each other; its files lie in a folder of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.test import override_settings

from mutualaid.web.demo import seeding

MEMBERS = 60
_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Kept as long as the tests run."""


def union() -> Path:
    """Of ``MEMBERS``; where its files are."""
    folder = tempfile.TemporaryDirectory(prefix="mutualaid-")
    _FOLDERS.append(folder)
    with pytest.MonkeyPatch.context() as patched, override_settings(DEMO=True):
        patched.setenv("MUTUALAID_DATA", folder.name)
        seeding.seed(lambda zh, en: None, members=MEMBERS)
    return Path(folder.name)
