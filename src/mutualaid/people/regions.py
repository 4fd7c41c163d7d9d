"""Codes of regions (GB/T 2260), those abolished too: whoever was registered under an old code keeps it for life."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def _names() -> dict[str, str]:
    text = (files("mutualaid.people") / "data" / "regions.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return {code: name for code, _, name in (line.partition(",") for line in lines)}


def region_name(code: str) -> str | None:
    """The name that a code has or last had; ``None`` when it is in no list known to us."""
    return _names().get(code)
