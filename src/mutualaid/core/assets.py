"""What browsers are served: collected into the data folder once for each state of the sources, hashed and compressed."""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from mutualaid.core.places import data_folder

LEFT_OUT = ["libs"]
"""Folders of the packages that no page uses: other people's libraries, some with references to files that are not there."""


def missing() -> list[Path]:
    """Folders of browser packages that `npm ci` has not brought yet."""
    return [Path(folder) for _, folder in settings.STATICFILES_DIRS if not Path(folder).is_dir()]


def fresh() -> bool:
    """Is what was collected made from the sources as they are now?"""
    mark = _mark()
    return mark.exists() and mark.read_text(encoding="ascii") == _fingerprint()


def collect() -> bool:
    """Collect unless it is done already; several processes may ask at once. True when this call did it."""
    data_folder().mkdir(parents=True, exist_ok=True)
    with (data_folder() / "static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if fresh():
            return False
        _mark().unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=LEFT_OUT)
        _mark().write_text(_fingerprint(), encoding="ascii")
        return True


def _mark() -> Path:
    return data_folder() / "static.collected"


def _fingerprint() -> str:
    """Of every source: its name, size and time of change."""
    found = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list(LEFT_OUT):
            about = Path(storage.path(name)).stat()
            found.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode())
    return found.hexdigest()
