"""What the actions and reads of plans refuse, each with what was expected, what was found and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from mutualaid.people.refusals import Refused
from mutualaid.plans.publication import Hindrance
from mutualaid.plans.reading import PlanFault


class PlanRefused(Refused):
    """A document has faults: ``faults`` lists every one with its line. Nothing is kept; the text stays with who wrote it."""

    def __init__(self, faults: Sequence[PlanFault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(
            f"计划文件应没有错误；得到 {len(self.faults)} 处，请逐处改正。第 {first.line} 行：{first.zh}",
            f"expected a document without faults, found {len(self.faults)}; correct each. Line {first.line}: {first.en}",
        )


class NotPublishable(Refused):
    """The plan cannot be offered: ``hindrances`` lists every reason."""

    def __init__(self, hindrances: Sequence[Hindrance]) -> None:
        self.hindrances = tuple(hindrances)
        super().__init__(
            f"计划应可以向会员公布；得到 {len(self.hindrances)} 个原因不能：{self.hindrances[0].text('zh')}",
            f"expected a plan that may be offered, found {len(self.hindrances)} reasons against it: "
            f"{self.hindrances[0].text('en')}",
        )


class SamePerson(Refused):
    """Nobody approves a plan that they had a hand in."""


class ChangedSince(Refused):
    """The text is not the one that the approver looked at."""


class OfferedTooEarly(Refused):
    """The day from which a version is offered has passed, or an earlier edition holds from that day or a later one."""


class NotAnOffice(Refused):
    """Plans are drafted, and words chosen, by offices, not by an employer's union."""


class StillNeeded(Refused):
    """A combination that is offered needs the plan."""


class NothingSaid(Refused):
    """A text that is needed is empty or too long."""


__all__ = [
    "ChangedSince",
    "NotAnOffice",
    "NotPublishable",
    "NothingSaid",
    "OfferedTooEarly",
    "PlanRefused",
    "SamePerson",
    "StillNeeded",
]
