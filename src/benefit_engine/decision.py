"""What the engine answers: lines with outcome, amount, reasons and working, in the shape of the public contract."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benefit_engine.accumulators import Accumulators
from benefit_engine.money import yuan
from benefit_engine.steps import Step


@dataclass(slots=True)
class Line:
    """Decision on one event × plan × benefit. ``amount`` fen, 0 unless ``outcome`` is ``pay``."""

    event: str
    plan: str
    benefit: str
    outcome: str = "none"
    amount: int = 0
    reasons: list[str] = field(default_factory=list)
    working: list[Step] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    provisional: bool = False
    paid_before: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The line as the contract writes it."""
        shown: dict[str, Any] = {
            "event": self.event,
            "plan": self.plan,
            "benefit": self.benefit,
            "outcome": self.outcome,
            "amount": yuan(self.amount),
            "reasons": self.reasons,
            "working": self.working,
        }
        if self.missing:
            shown["missing"] = self.missing
        if self.provisional:
            shown["provisional"] = True
        if self.paid_before is not None:
            shown["paid_before"] = yuan(self.paid_before)
            shown["due"] = yuan(self.amount - self.paid_before)
        return shown


@dataclass(slots=True)
class Decision:
    """All lines of one case in the contract's order, and the counters after it."""

    case: str
    lines: list[Line]
    accumulators: Accumulators

    @property
    def total(self) -> int:
        """Fen paid."""
        return sum(line.amount for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """The decision as the contract writes it."""
        return {"case": self.case, "total": yuan(self.total), "lines": [line.as_dict() for line in self.lines]}
