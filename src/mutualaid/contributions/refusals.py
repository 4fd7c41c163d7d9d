"""Refusals that several actions of this domain share."""

from __future__ import annotations

from mutualaid.people.refusals import Refused

__all__ = ["NoFund", "NoReason", "Refused", "said"]


class NoFund(Refused):
    """No office above the employer has an account to pay into."""


class NoReason(Refused):
    """Why a bill is cancelled, or a line set aside, has to be said."""


def said(reason: str) -> str:
    """The reason without space around it. Raises NoReason for an empty one."""
    if not reason.strip():
        raise NoReason("应写明原因，未填写；请填写后再提交", "expected a reason, found none; write why")
    return reason.strip()
