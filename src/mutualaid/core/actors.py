"""Who does something: a person of one of the three ends, another program, or the system itself. Every action is told by whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """On which side an actor stands."""

    STAFF = "staff"
    CLERK = "clerk"
    MEMBER = "member"
    SYSTEM = "system"
    CLIENT = "client"


@dataclass(frozen=True)
class Actor:
    """``key``: the account's number, the name of a job of the system's own, or the number of a program at the interface
    (``K00000017``: never digits alone, so that none is taken for an account)."""

    kind: ActorKind
    key: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


def system(job: str) -> Actor:
    """The system in one of its jobs."""
    return Actor(ActorKind.SYSTEM, job)
