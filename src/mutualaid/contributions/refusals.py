"""What all refusals of this domain's actions have in common."""

from __future__ import annotations


class Refused(Exception):
    """It cannot be done; ``zh`` and ``en`` say what was expected, what was found and what to do. They hold no personal data."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


class NoReason(Refused):
    """Why a bill is cancelled, or a line set aside, has to be said."""


def said(reason: str) -> str:
    """The reason without space around it. Raises NoReason for an empty one."""
    if not reason.strip():
        raise NoReason("应写明原因，未填写；请填写后再提交", "expected a reason, found none; write why")
    return reason.strip()
