"""Moves from state to state. A domain's ``states.py`` is a table of them; only ``make`` writes a ``state`` column."""

from __future__ import annotations

import datetime
from typing import Any, TypeVar

from django.db import models

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.state_table import Move, States

__all__ = ["IllegalMove", "Move", "States", "make"]

Row = TypeVar("Row", bound=models.Model)


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
