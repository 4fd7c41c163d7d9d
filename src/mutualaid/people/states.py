"""States of the people's rows and the moves between them."""

from __future__ import annotations

from mutualaid.core.moves import Move, States

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
