"""The union of the demonstration, seeded once for the tests that follow each other; its files lie in a folder of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.test import override_settings

from mutualaid.web.demo import seeding

_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Kept as long as the tests run."""


def union_60() -> Path:
    """Of 60 members; where its files are."""
    return _seeded(60)


def union_130() -> Path:
    """Of 130 members; where its files are."""
    return _seeded(130)


def _seeded(members: int) -> Path:
    folder = tempfile.TemporaryDirectory(prefix="mutualaid-")
    _FOLDERS.append(folder)
    with pytest.MonkeyPatch.context() as patched, override_settings(DEMO=True):
        patched.setenv("MUTUALAID_DATA", folder.name)
        seeding.seed(lambda zh, en: None, members=members)
    return Path(folder.name)
