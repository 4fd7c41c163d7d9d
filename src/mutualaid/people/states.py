"""States of the people's rows and the moves between them."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

CLERK = States(
    names={
        "registered": ("待审核", "registered"),
        "bound": ("已绑定", "bound"),
        "released": ("已解除", "released"),
    },
    first="registered",
    moves={
        "bind_clerk": Move(("registered",), "bound"),
        "release_clerk": Move(("registered", "bound"), "released"),
    },
)
"""A clerk (代办员) of an employer: the stamped form is looked at before the clerk may do anything for it."""

APPLICATION = States(
    names={
        "submitted": ("待审核", "submitted"),
        "returned": ("退回补正", "returned"),
        "approved": ("已通过", "approved"),
        "refused": ("不予登记", "refused"),
    },
    first="submitted",
    moves={
        "return_application": Move(("submitted",), "returned"),
        "resubmit_application": Move(("returned",), "submitted"),
        "approve_application": Move(("submitted",), "approved"),
        "refuse_application": Move(("submitted",), "refused"),
    },
)
"""An employer asks to be registered: data and stamped papers are looked at by the office before it is a unit of the tree."""

UNIT_MOVE = States(
    names={
        "asked": ("待接收", "waits for the office that takes it"),
        "accepted": ("已接收，待生效", "accepted, waits for its day"),
        "applied": ("已转移", "moved"),
        "refused": ("不接收", "not taken"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="asked",
    moves={
        "accept_unit_move": Move(("asked",), "accepted"),
        "apply_unit_move": Move(("accepted",), "applied"),
        "refuse_unit_move": Move(("asked",), "refused"),
        "withdraw_unit_move": Move(("asked", "accepted"), "withdrawn"),
    },
)
"""An employer's union goes to another office: both agree, and on the day all that is the employer's goes along."""
