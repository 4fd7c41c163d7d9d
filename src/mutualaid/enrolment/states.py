"""States of an enrolment and of a cover. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

ENROLMENT = States(
    names={
        "draft": ("填报中", "draft"),
        "submitted": ("待审核", "submitted"),
        "accepted": ("已核准", "accepted"),
        "cancelled": ("已取消", "cancelled"),
    },
    first="draft",
    moves={
        "submit_enrolment": Move(("draft",), "submitted"),
        "return_enrolment": Move(("submitted",), "draft"),
        "accept_enrolment": Move(("submitted",), "accepted"),
        "cancel_enrolment": Move(("draft", "submitted", "accepted"), "cancelled"),
        "take_over_enrolment": Move(("draft",), "accepted"),
    },
)
"""An employer enrols its staff in one version of a plan for one term. Whether it is paid, the bill says (``contributions``)."""

COVER = States(
    names={
        "pending": ("待缴费", "pending"),
        "begun": ("已生效", "begun"),
        "cancelled": ("已取消", "cancelled"),
    },
    first="pending",
    moves={
        "begin_cover": Move(("pending",), "begun"),
        "cancel_cover": Move(("pending",), "cancelled"),
        "take_over_cover": Move(("pending",), "begun"),
        "void_cover": Move(("begun",), "cancelled"),
    },
)
"""One member's cover. Begun means paid for: whether it is in force on a day, its days say.
Void is what a person was covered by twice: it counts as never begun."""

CORRECTION = States(
    names={
        "asked": ("待核对证件", "the office is to look at the document"),
        "entered": ("待另一人确认", "waits for a second person"),
        "done": ("已更正", "corrected"),
        "doubtful": ("已更正，保障待处理", "corrected, covers to be seen to"),
        "refused": ("不予更正", "not corrected"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="asked",
    moves={
        "enter_correction": Move(("asked",), "entered"),
        "confirm_correction": Move(("entered",), "done"),
        "confirm_doubtful_correction": Move(("entered",), "doubtful"),
        "settle_correction": Move(("doubtful",), "done"),
        "refuse_correction": Move(("asked", "entered"), "refused"),
        "withdraw_correction": Move(("asked", "entered"), "withdrawn"),
    },
)
"""Who a member is was written wrongly: one person of the office enters it from the document, another agrees."""
