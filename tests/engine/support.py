"""The engine as tests call it: plan ids and a contract case in, the contract's decision out."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from mutualaid.plans.library import Loaded, load_library

PLANS = Path(__file__).parents[2] / "plans"


@functools.cache
def shipped() -> Loaded:
    """The whole shipped library, checked and compiled once per process."""
    return load_library([PLANS])


def decide(plan_ids: list[str], case: dict[str, Any]) -> dict[str, Any]:
    """The decision on one case; the ids must be of shipped plans."""
    loaded = shipped()
    unknown = [plan_id for plan_id in plan_ids if not loaded.engine.knows(plan_id)]
    if unknown:
        raise LookupError(f"no shipped plan {unknown}")
    return loaded.engine.decide(loaded.engine.parse(case)).as_dict()
