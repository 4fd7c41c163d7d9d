"""States of a take-over. Plain data."""

from __future__ import annotations

from mutualaid.core.state_table import Move, States

TAKEOVER = States(
    names={
        "uploaded": ("核对中", "being checked"),
        "checked": ("已核对", "checked"),
        "submitted": ("待签署", "to be signed"),
        "signed_off": ("已签署", "signed off"),
        "applied": ("已接管", "applied"),
        "discarded": ("已作废", "discarded"),
    },
    first="uploaded",
    moves={
        "check_takeover": Move(("uploaded",), "checked"),
        "submit_takeover": Move(("checked",), "submitted"),
        "return_takeover": Move(("submitted",), "checked"),
        "sign_off_takeover": Move(("submitted",), "signed_off"),
        "apply_takeover": Move(("signed_off",), "applied"),
        "discard_takeover": Move(("uploaded", "checked", "submitted", "signed_off"), "discarded"),
    },
)
"""A file of another system's. What is corrected is uploaded again, as another take-over; a signed one that has begun to be
applied is no longer discarded but goes on to its end."""
