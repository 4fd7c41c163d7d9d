"""The form of a table of states: what a domain's ``states.py`` writes. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Move:
    """One thing that can happen to a row: from which states, to which."""

    sources: tuple[str, ...]
    target: str


@dataclass(frozen=True)
class States:
    """The states of one kind of row, each with its Chinese and English name, and its moves by name."""

    names: Mapping[str, tuple[str, str]]
    first: str
    moves: Mapping[str, Move]

    def __post_init__(self) -> None:
        said = {self.first, *(state for move in self.moves.values() for state in (*move.sources, move.target))}
        if said != set(self.names):
            raise ValueError(
                f"states that are named but never reached, or reached but not named: {said ^ set(self.names)}"
            )

    @property
    def choices(self) -> list[tuple[str, str]]:
        """For the column of the state."""
        return [(state, chinese) for state, (chinese, _) in self.names.items()]

    def possible(self, state: str) -> list[str]:
        """The moves that can be made from a state."""
        return [name for name, move in self.moves.items() if state in move.sources]
