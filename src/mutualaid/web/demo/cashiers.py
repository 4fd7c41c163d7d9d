"""The simulated payment channels of the demonstration: where the payer's side of each is. A code to scan is scanned by no
phone here; whoever pays by one finds the order there."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mutualaid.contributions.gateway import NAME
from mutualaid.web.common.answers import said


@dataclass(frozen=True)
class Cashier:
    """A simulated channel, and its list of orders."""

    name: str
    address: str


def cashiers() -> list[Cashier]:
    """Those that this demonstration was given; one whose file is not there yet is left out."""
    found = []
    for pair in os.environ.get(NAME, "").split(","):
        try:
            facts = json.loads(Path(pair.partition("=")[2]).read_text(encoding="utf-8"))
            parts = urlsplit(facts["address"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.append(Cashier(said(facts["zh"], facts["en"]), f"{parts.scheme}://{parts.netloc}/"))
    return found
