"""Moves from state to state. A domain's ``states.py`` is a table of them; only ``make`` writes a ``state`` column."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import models

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all, record_keys
from mutualaid.core.inserting import array_text, insert, insert_all
from mutualaid.core.state_table import Move, States

__all__ = ["IllegalMove", "Move", "States", "begin", "begin_all", "make", "make_all", "refuse_move"]

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


def begin(row: Row, states: States, move: str, *, by: Actor, at: datetime.datetime, **detail: Any) -> Row:
    """Make a row and its first move in one: it is inserted in the state to which a move from the first state leads, and the audit
    trail says so. For what begins complete, where a row in the first state would never be seen. Raises IllegalMove."""
    step = states.moves[move]
    if states.first not in step.sources:
        raise IllegalMove(row, states, move, states.first)
    row.state = step.target  # type: ignore[attr-defined]
    insert(row)
    record(what=move, row=row, by=by, at=at, **{"from": None, "to": step.target}, **detail)
    return row


def begin_all(
    rows: Sequence[Row], states: States, move: str, *, by: Actor, at: datetime.datetime, **detail: Any
) -> list[Row]:
    """Make many rows and their first moves at once, as ``begin`` does one; gives them with their keys. Raises IllegalMove."""
    step = states.moves[move]
    if rows and states.first not in step.sources:
        raise IllegalMove(rows[0], states, move, states.first)
    if not rows:
        return []
    for row in rows:
        row.state = step.target  # type: ignore[attr-defined]
    made = insert_all(rows)
    told = ((row, {"from": None, "to": step.target, **detail}) for row in made)
    record_all(what=move, rows=told, by=by, at=at)
    return made


def make(
    row: Row,
    states: States,
    move: str,
    *,
    by: Actor,
    at: datetime.datetime,
    also: Mapping[str, Any] | None = None,
    **detail: Any,
) -> Row:
    """Move a row: it is locked and read again, an illegal move is refused, and the audit trail says who and when.
    ``also``: columns that change with the state, in the same statement.

    Gives the row as it stands under the lock, with all its facts read anew. Raises IllegalMove.
    """
    model: Any = type(row)
    locked = model.objects.select_for_update(no_key=True, of=("self",)).get(pk=row.pk)
    found = locked.state
    step = states.moves[move]
    if found not in step.sources:
        raise IllegalMove(locked, states, move, found)
    locked.state = step.target
    for column, value in (also or {}).items():
        setattr(locked, column, value)
    locked.save(update_fields=["state", *(also or {})])
    record(what=move, row=locked, by=by, at=at, **{"from": found, "to": step.target}, **detail)
    return locked  # type: ignore[no-any-return]


def refuse_move(row: models.Model, states: States, move: str) -> None:
    """Refuse a move that a row could not make as it was read, before a worker is asked for it. Raises IllegalMove."""
    found = row.state  # type: ignore[attr-defined]
    if found not in states.moves[move].sources:
        raise IllegalMove(row, states, move, found)


def make_all(
    rows: models.QuerySet[Row],
    states: States,
    move: str,
    *,
    by: Actor,
    at: datetime.datetime,
    also: Mapping[str, Any] | None = None,
    **detail: Any,
) -> list[Row]:
    """Move many rows at once, as ``make`` does one: all are locked, in the order of their keys, and read again; one that is in
    another state refuses the whole. ``also``: columns that change with the state, alike in all. Gives the rows under the
    lock. Raises IllegalMove."""
    locked = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    step = states.moves[move]
    details = {source: {"from": source, "to": step.target, **detail} for source in step.sources}
    told: list[dict[str, Any]] = []
    for row in locked:
        found = row.state  # type: ignore[attr-defined]
        if found not in step.sources:
            raise IllegalMove(row, states, move, found)
        told.append(details[found])
        for column, value in {"state": step.target, **(also or {})}.items():
            setattr(row, column, value)
    keys = [row.pk for row in locked]
    wanted = rows.model._default_manager.extra(  # noqa: S610  # nosec B610 - one array
        where=[f'"{rows.model._meta.db_table}"."id" = ANY (%s::bigint[])'], params=[array_text(keys)]
    )
    wanted.update(state=step.target, **(also or {}))
    record_keys(what=move, model=rows.model, keys=keys, detail=told, by=by, at=at)
    return locked
