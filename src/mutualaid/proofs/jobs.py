"""What the worker does for the log: each minute, and when somebody asks, positions are given and a head is signed; each hour
old counts of the public page go."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import system
from mutualaid.core.work import timer
from mutualaid.proofs.actions import MOST, forget_askings, sequence_leaves

BY = system("proofs")


@timer("* * * * *", name="proofs.sequence")
def sequence(*, at: datetime.datetime) -> None:
    """All that waits, a transaction for each ten thousand."""
    while sequence_leaves(by=BY, at=at) == MOST:
        pass


@timer("11 * * * *", name="proofs.forget_askings")
def forget(*, at: datetime.datetime) -> None:
    """Of a day ago and before."""
    forget_askings(by=BY, at=at)
