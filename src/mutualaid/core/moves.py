"""Moves from state to state. A domain's ``states.py`` is a table of them; only ``make`` writes a ``state`` column."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record

Row = TypeVar("Row", bound=models.Model)


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


class IllegalMove(Exception):
    """The row is in another state than the move needs, for instance since somebody else was quicker."""

    def __init__(self, row: models.Model, states: States, move: str, found: str) -> None:
        wanted = [states.names[state] for state in states.moves[move].sources]
        chinese, english = states.names[found]
        self.zh = f"应为“{'”或“'.join(zh for zh, _ in wanted)}”，现为“{chinese}”；可能已被他人处理，请刷新后再看"
        named = " or ".join(en for _, en in wanted)
        self.en = f"expected {named}, found {english}; somebody else may have been quicker, look again"
        super().__init__(f"{row._meta.label_lower}:{row.pk} {move}: {self.en}")


def make(row: Row, states: States, move: str, *, by: Actor, at: datetime.datetime, **detail: Any) -> Row:
    """Move a row: it is locked and read again, an illegal move is refused, and the audit trail says who and when.

    Gives the row as it stands under the lock, with all its facts read anew. Raises IllegalMove.
    """
    model: Any = type(row)
    locked = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    found = locked.state
    step = states.moves[move]
    if found not in step.sources:
        raise IllegalMove(locked, states, move, found)
    locked.state = step.target
    locked.save(update_fields=["state"])
    record(what=move, row=locked, by=by, at=at, **{"from": found, "to": step.target}, **detail)
    return locked  # type: ignore[no-any-return]
