"""Moves of employers between offices, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.people.actions.moving import ask_unit_move, withdraw_unit_move
from mutualaid.people.move_models import UnitMove
from tests.people.cast import AT, ON
from tests.web.cast import Web
from tests.web.questions import Page

GIVES, TAKES = ("enrolment_clerk",), ("far_clerk",)
WRONG = ("reviewer", "finance", "senior_reviewer", "analyst", "system_admin", "clerk", "member")


def asked(web: Web) -> UnitMove:
    """The mill is to go to the other city; once for a cast."""
    if "move" not in web.made:
        web.made["move"] = ask_unit_move(
            unit=web.people.mill.unit, to=web.people.other_city, on=ON, reason="厂址迁至邕市",
            by=web.actor("enrolment_clerk"), at=AT,
        )  # fmt: skip
    return web.made["move"]


def withdrawn(web: Web) -> None:
    """The office took it back."""
    found = UnitMove.objects.get(pk=asked(web).pk)
    if found.state == "asked":
        withdraw_unit_move(move=found, by=web.actor("enrolment_clerk"), at=AT)


def of(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"workbench:{name}", args=[asked(web).number])


def mill(web: Web) -> str:
    return reverse("workbench:move_new", args=[web.people.mill.unit.code])


def typed(web: Web) -> dict[str, Any]:
    return {"to": web.people.other_city.code, "on": ON.isoformat(), "reason": "厂址迁至邕市"}


def act(name: str, who: tuple[str, ...], strangers: Any, **data: str) -> Page:
    """Something done with it."""
    return Page(
        f"workbench:{name}", who, WRONG, of(name), "post", lambda web: data, strangers=strangers, wrong_state=withdrawn,
        arrange=asked, expects=302, shows="/workbench/moves/U",
    )  # fmt: skip


PAGES = [
    Page("workbench:moves", (*GIVES, *TAKES), WRONG, arrange=asked, shows="待接收"),
    Page("workbench:moves_export", GIVES, WRONG, arrange=asked),
    Page("workbench:move", (*GIVES, *TAKES), WRONG, of("move"), strangers="both offices of the cast have a part in it",
         arrange=asked, shows="转入机构", wrong_state="a move is shown in every state"),
    Page("workbench:move_new", GIVES, WRONG, mill, strangers=TAKES, shows="转移日", wrong_state="an employer has no state"),
    Page("workbench:move_new", GIVES, WRONG, mill, "post", typed, strangers=TAKES, wrong_state=asked, expects=302,
         shows="/workbench/moves/U"),
    act("move_acceptance", TAKES, GIVES),
    act("move_refusal", TAKES, GIVES, reason="不在本市"),
    act("move_withdrawal", GIVES, TAKES),
]  # fmt: skip
