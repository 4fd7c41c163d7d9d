"""States of a version of a plan. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

VERSION = States(
    names={
        "draft": ("草稿", "draft"),
        "submitted": ("待批准", "submitted"),
        "published": ("已发布", "published"),
        "withdrawn": ("已停办", "withdrawn"),
        "discarded": ("已作废", "discarded"),
    },
    first="draft",
    moves={
        "submit_plan": Move(("draft",), "submitted"),
        "return_plan": Move(("submitted",), "draft"),
        "publish_plan": Move(("submitted",), "published"),
        "withdraw_plan": Move(("published",), "withdrawn"),
        "discard_plan": Move(("draft",), "discarded"),
    },
)
"""A version of a plan. What was published never changes; a withdrawn one takes no new enrolments, its covers go on."""
