"""``python -m mutualaid.cli.seeding MEMBERS``: fills the demonstration's database with its invented union."""

from __future__ import annotations

import importlib
import sys

from mutualaid.core import preparing

MODULE = "mutualaid.web.demo.seeding"
"""Named, not imported: the portals know nothing of each other, and the command line is one of them."""

if __name__ == "__main__":
    preparing.begin()
    importlib.import_module(MODULE).seed(lambda zh, en: print(f"{zh} · {en}"), int(sys.argv[1]))  # noqa: T201
