"""What the worker does for people: answers kept for programs are forgotten in time, employers go to their new office."""

from __future__ import annotations

import datetime
import logging

from mutualaid.core.actors import system
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import timer
from mutualaid.people.actions.clients import clear_calls
from mutualaid.people.actions.moving import apply_unit_move
from mutualaid.people.move_models import UnitMove
from mutualaid.people.refusals import Refused

_log = logging.getLogger(__name__)


@timer("40 18 * * *", name="people.clear_calls")
def clear_api_calls(*, at: datetime.datetime) -> None:
    """Each night: answers to programs that are older than they are kept."""
    with within([EVERYTHING]):
        clear_calls(by=system("people"), at=at)


@timer("5 16 * * *", name="people.apply_moves")
def apply_moves(*, at: datetime.datetime) -> None:
    """Each night, after midnight in China: employers whose day has come go to their new office."""
    with within([EVERYTHING]):
        due = list(UnitMove.objects.filter(state="accepted", on_day__lte=day_of(at)).order_by("id"))
    for move in due:
        try:
            apply_unit_move(move=move, by=system("people"), at=at)
        except (Refused, IllegalMove):  # withdrawn meanwhile, or another union took the name: a person has to see to it
            _log.exception("move %s could not be made", move.number)
