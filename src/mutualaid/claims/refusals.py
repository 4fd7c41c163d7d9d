"""Refusals that several actions of claims share."""

from __future__ import annotations

from collections.abc import Sequence

from benefit_engine.fact_reader import Fault
from mutualaid.people.refusals import Refused

__all__ = ["FactsFaulty", "NoReason", "NotCovered", "NotYours", "Refused", "Stale", "Unfinished"]


class FactsFaulty(Refused):
    """What is told of the event cannot be; ``faults`` names each field (``amounts.total``) with what was expected and found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(
            "填写的内容应前后一致，有 {} 处不对：{}".format(len(faults), "；".join(one.zh for one in faults)),
            "expected facts that can be, found {} faults: {}".format(
                len(faults), "; ".join(f"{one.path} {one.en}" for one in faults)
            ),
        )


class Unfinished(Refused):
    """Something is missing before it can be filed; ``missing`` names all of it, as (word, zh, en)."""

    def __init__(self, missing: Sequence[tuple[str, str, str]]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            "提交前还缺：{}；请补齐后再提交，已填写的内容都已保存".format("、".join(zh for _, zh, _ in missing)),
            "before it can be filed there is still missing: {}; complete it, what you wrote is kept".format(
                ", ".join(en for _, _, en in missing)
            ),
        )


class NotCovered(Refused):
    """Nothing covers the member, so that nobody could decide."""


class Stale(Refused):
    """What was looked at is no longer what stands."""


class NotYours(Refused):
    """Somebody else has to do this."""


class NoReason(Refused):
    """Why it is refused, returned or objected to has to be said."""
