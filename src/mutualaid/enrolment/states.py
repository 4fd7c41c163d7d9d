"""States of an enrolment, of a package and of a cover. Plain data."""

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
        "join_enrolment": Move(("draft",), "accepted"),
        "take_back_enrolment": Move(("submitted", "accepted"), "draft"),
    },
)
"""An employer enrols its staff in one version of a plan for one term. Whether it is paid, the bill says (``contributions``)."""

WINDOW = States(
    names={
        "proposed": ("待批准", "waits for approval"),
        "open": ("已生效", "in effect"),
        "refused": ("未批准", "refused"),
        "closed": ("已撤销", "withdrawn"),
    },
    first="proposed",
    moves={
        "open_window": Move(("proposed",), "open"),
        "refuse_window": Move(("proposed",), "refused"),
        "close_window": Move(("proposed", "open"), "closed"),
    },
)
"""When an office takes enrolments. One within the document's season is in effect at once; one beyond it, when the plan's
office approves it. Whether it is open on a day, its days say."""

PACKAGE = States(
    names=ENROLMENT.names,
    first="draft",
    moves={
        "submit_package": Move(("draft",), "submitted"),
        "return_package": Move(("submitted",), "draft"),
        "accept_package": Move(("submitted",), "accepted"),
        "take_back_package": Move(("submitted", "accepted"), "draft"),
        "cancel_package": Move(("draft", "submitted", "accepted"), "cancelled"),
    },
)
"""An employer's 综合保障计划: it moves with the enrolments of its plans, all of them at once."""

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
        "name_cover": Move(("pending",), "begun"),
    },
)
"""One member's cover. Begun means paid for: whether it is in force on a day, its days say.
Void is what a person was covered by twice: it counts as never begun."""

JOINING_PAGE = States(
    names={"open": ("开放中", "open"), "closed": ("已关闭", "closed")},
    first="open",
    moves={"close_joining_page": Move(("open",), "closed")},
)
"""A page by which gig workers join by themselves."""

GROUP_COVER = States(
    names={
        "pending": ("待缴费", "pending"),
        "begun": ("已生效", "begun"),
        "cancelled": ("已取消", "cancelled"),
    },
    first="pending",
    moves={
        "begin_group": Move(("pending",), "begun"),
        "cancel_group": Move(("pending",), "cancelled"),
    },
)
"""Places without names at a station."""

GROUP_PLACE = States(
    names={
        "named": ("待核实", "waits for the office"),
        "accepted": ("已确认", "accepted"),
        "refused": ("未确认", "refused"),
    },
    first="named",
    moves={
        "accept_place": Move(("named",), "accepted"),
        "refuse_place": Move(("named",), "refused"),
    },
)
"""A person who is found to have held a place."""

EMPLOYER_CHANGE = States(
    names={
        "asked": ("待确认", "waits for a second person"),
        "confirmed": ("已确认，待生效", "confirmed, waits for its day"),
        "applied": ("已生效", "in effect"),
        "refused": ("不予办理", "refused"),
        "withdrawn": ("已撤回", "withdrawn"),
    },
    first="asked",
    moves={
        "confirm_employer_change": Move(("asked",), "confirmed"),
        "apply_employer_change": Move(("confirmed",), "applied"),
        "refuse_employer_change": Move(("asked",), "refused"),
        "withdraw_employer_change": Move(("asked", "confirmed"), "withdrawn"),
    },
)
"""Employers become part of another one, or some of the staff of one go to another: asked by one person of the office,
confirmed by a second, done on the day."""

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
