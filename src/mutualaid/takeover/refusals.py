"""Why a take-over does not go on; each says what was expected, what was found and what to do."""

from __future__ import annotations

from mutualaid.people.refusals import Refused
from mutualaid.takeover.reading import NotATakeover

__all__ = ["Begun", "Faulty", "NoFund", "NotATakeover", "Refused", "SamePerson", "Unexplained"]


class Faulty(Refused):
    """The file has faults."""


class Unexplained(Refused):
    """Totals differ, and nobody said why."""


class SamePerson(Refused):
    """Whoever brought or submitted it does not sign it."""


class Begun(Refused):
    """It is being applied."""


class NoFund(Refused):
    """There is money, and no dedicated account to book it in."""
