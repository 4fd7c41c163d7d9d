"""What the worker does for the log: each minute, and when somebody asks, positions are given and a head is signed."""

from __future__ import annotations

import datetime

from mutualaid.core.actors import system
from mutualaid.core.work import timer
from mutualaid.proofs.actions import MOST, sequence_leaves

BY = system("proofs")


@timer("* * * * *", name="proofs.sequence")
def sequence(*, at: datetime.datetime) -> None:
    """All that waits, a transaction for each ten thousand."""
    while sequence_leaves(by=BY, at=at) == MOST:
        pass
