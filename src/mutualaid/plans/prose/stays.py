"""Made-up stays in hospital under a combination: each decided by all of its plans together.

A ``Stay`` is a ``Scene`` of a benefit that nobody wrote: it asks of the case whatever the combined plans ask of an ordinary
stay, and of the illness or accident for which one of them pays more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.scenes import Asked, Paid, Scene, fen_of
from mutualaid.plans.prose.wording import CATALOGUE

USUAL_BILL = 4_000_000
"""Fen: a bill of which a member bears an ordinary sum."""
BILLS = tuple(yuan * 100 for yuan in (20_000, 40_000, 60_000, 80_000, 100_000, 150_000, 200_000, 300_000, 500_000))
"""Bills among which the worked example is chosen."""
_STAY = "inpatient"
_COMBINED = "combined_cap"
"""The step with which a cap over several plans cuts a line."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why somebody is in hospital: for nothing in particular, for a listed illness (by name), after an accident."""

    kind: str
    name: d.Words | None = None


class Stay(Scene):
    """One stay under a combination; asked for a base, it has a bill of that total, of which the member bears 30 %."""

    scale = Fraction(10, 3)

    def __init__(
        self, document: d.Document, library: Loaded, when: d.Trigger | None = None, lead: d.Benefit | None = None
    ) -> None:
        parts = parts_of(document, library)
        asked = [one for part in parts for one in stay_benefits(part) if one.when is None]
        asked += [lead] if lead is not None else []
        bill = {"base": {"of": ["total"], "name": CATALOGUE["amount.total"][0]}}
        ways = [way for one in asked for way in one.greater_of or one.lesser_of or [one]]
        whole = d.Benefit.model_validate({"benefit": "all", "kinds": [_STAY], "when": when}).model_copy(
            update={
                "requires": [gate for one in asked for gate in one.requires],
                "greater_of": [d.Formula.model_validate(bill), *ways],
            }
        )
        together = document.model_copy(
            update={
                "who": [who for part in parts for who in part.who],
                "limits": [limit for part in parts for limit in part.limits],
                "lists": {key: listed for part in parts for key, listed in part.lists.items()},
            }
        )
        super().__init__(together, whole, library)

    def usual_base(self) -> int:
        return USUAL_BILL

    def paid(self, asked: Asked) -> Paid:
        """What all plans pay together; it is said to be cut where a cap over several plans cuts it."""
        _, lines = self.lines(asked)
        return sum(fen_of(line) for line in lines), ("cap_reached",) if any(
            before_cut(line) is not None for line in lines
        ) else ()


def parts_of(document: d.Document, library: Loaded) -> list[d.Document]:
    """The plans of a combination as far as the library has them, and the combination itself for its own benefits."""
    loaded = [library.documents[plan].document for plan in document.combines or () if plan in library.documents]
    return [*loaded, document]


def stay_benefits(document: d.Document) -> list[d.Benefit]:
    """The benefits of a plan that answer to a stay in hospital."""
    return [benefit for benefit in effective_benefits(document) if _STAY in (benefit.kinds or ())]


def before_cut(line: Mapping[str, Any]) -> int | None:
    """What a line came to before a cap over several plans cut it; None where no such cap says what is paid in the end."""
    cuts = [step for step in line["working"] if step["step"] == _COMBINED]
    if not cuts or cuts[-1]["after"] != line["amount"]:
        return None
    return fen_of({"amount": cuts[0]["after"]}) - fen_of(cuts[0])


def stays(document: d.Document, library: Loaded) -> list[tuple[Cause, Stay]]:
    """An ordinary stay, one for the illness for which most is paid, one after an accident: as far as they make a difference."""
    usual = Asked(base=USUAL_BILL)
    found: list[tuple[Cause, Stay, int]] = []
    for kind, tried in (
        ("ordinary", [(Cause("ordinary"), Stay(document, library))]),
        ("illness", list(_ill(document, library))),
        ("accident", list(_hurt(document, library))),
    ):
        ranked = [(cause, stay, stay.paid(usual)[0]) for cause, stay in tried]
        best = max(ranked, key=lambda one: one[2], default=None)
        if best is not None and best[2] and (kind == "ordinary" or best[2] != (found[0][2] if found else 0)):
            found.append(best)
    return [(cause, stay) for cause, stay, _ in found]


def _ill(document: d.Document, library: Loaded) -> Iterator[tuple[Cause, Stay]]:
    """A stay for each entry of each list for which a benefit of some plan pays."""
    for part in parts_of(document, library):
        for benefit in stay_benefits(part):
            when = benefit.when
            if when is not None:
                for entry in (entry for name in when.diseases or () for entry in part.lists[name].entries):
                    codes = {"diagnoses": entry.diagnoses or None, "operations": entry.operations or None}
                    one = when.model_copy(update={"diseases": None, **codes})
                    yield Cause("illness", entry.name), Stay(document, library, one, benefit)


def _hurt(document: d.Document, library: Loaded) -> Iterable[tuple[Cause, Stay]]:
    """A stay after an accident, for each benefit that asks for one."""
    for part in parts_of(document, library):
        for benefit in stay_benefits(part):
            if benefit.when is not None and benefit.when.accident:
                yield Cause("accident"), Stay(document, library, benefit.when, benefit)


def telling_bill(stay: Stay) -> int:
    """The least of some bills with which a cap over several plans cuts, else with which most is paid."""
    paid = [(bill, *stay.paid(Asked(base=bill))) for bill in BILLS]
    cut = next((bill for bill, _, reasons in paid if reasons), None)
    most = max(fen for _, fen, _ in paid)
    return cut or next(bill for bill, fen, _ in paid if fen == most)
