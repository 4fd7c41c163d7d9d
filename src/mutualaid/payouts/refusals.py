"""Refusals that several actions of this domain share."""

from __future__ import annotations

from mutualaid.people.refusals import Refused

__all__ = ["BadAccount", "NoReason", "Refused", "said"]


class NoReason(Refused):
    """Why money is stopped, or an account corrected, has to be said."""


class BadAccount(Refused):
    """An account to which no money can be sent; the text never holds it."""


def said(reason: str) -> str:
    """The reason without space around it. Raises NoReason for an empty one."""
    if not reason.strip():
        raise NoReason("应写明原因，未填写；请填写后再提交", "expected a reason, found none; write why")
    return reason.strip()[:200]
