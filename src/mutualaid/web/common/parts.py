"""What views hand to components of pages: plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One step of a way. ``when`` is a text as it is shown, of the past for a step done, of the plan for one to come."""

    title: str
    text: str = ""
    when: str = ""
    state: str = "next"
    """``done``, ``now``, ``next`` or ``stopped`` (refused, cancelled: nothing comes after it)."""

    def __post_init__(self) -> None:
        if self.state not in MARKS:
            raise ValueError(f"expected one of {sorted(MARKS)}, found {self.state!r}")


MARKS = {"done": "check", "now": "point", "next": "circle-dashed", "stopped": "x"}


def journey_steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps with their numbers and marks, for the template."""
    return [{"step": step, "number": number, "mark": MARKS[step.state]} for number, step in enumerate(steps, start=1)]
