"""The pen of a plan's prose: turns a rule into a statement with its clause, sources, note, reading and assumption.

It also remembers everything that is assumed, for the box that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.document import Benefit, Document, Rule
from mutualaid.plans.prose.model import Point, Remark, Row, Table
from mutualaid.plans.prose.wording import Lang, Wording


class Writer:
    """Writes one plan in one language."""

    def __init__(self, document: Document, lang: Lang, names: dict[str, str]) -> None:
        self.document = document
        self.say = Wording(lang, document.vocabulary)
        self.benefits = effective_benefits(document)
        self.assumed: list[Point] = []
        self._names = names
        self._places: list[str] = []

    # -- names ------------------------------------------------------------------------------------------------------

    def benefit_name(self, benefit_id: str) -> str:
        """The name of a benefit of this plan, else the usual name of such a benefit."""
        benefit = next((one for one in self.benefits if one.benefit == benefit_id), None)
        return self.say.named("benefit_name", benefit_id) if benefit is None else self.name_of(benefit)

    def name_of(self, benefit: Benefit) -> str:
        """The benefit's own name, else the usual one."""
        return self.say.of(benefit.name) if benefit.name else self.say.named("benefit_name", benefit.benefit)

    def plan_name(self, plan_id: str) -> str:
        """A plan's name with its id; the id alone where the plan isn't loaded."""
        name = self._names.get(plan_id)
        return plan_id if name is None else self.say("about.plan", name=name, plan=plan_id)

    def list_name(self, name: str) -> str:
        """The title of a list of diseases."""
        listed = self.document.lists.get(name)
        return self.say("quote.list", text=self.say.of(listed.name) if listed else name)

    # -- statements -------------------------------------------------------------------------------------------------

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Within a part of the plan: named before whatever is assumed in it."""
        self._places.append(place)
        try:
            yield
        finally:
            self._places.pop()

    def point(
        self,
        rule: Rule | Sequence[Rule] | None,
        text: str,
        label: str = "",
        *,
        table: Table | None = None,
        more: Iterable[Point] = (),
        about: str = "",
    ) -> Point:
        """A statement with what the rule (or several rules that it tells together) says about itself.

        ``about`` names it in the box of assumptions; else its label, or its text.
        """
        rules = [] if rule is None else [rule] if isinstance(rule, Rule) else rule
        told = [self._about(one, about or label or text) for one in rules]
        cite = " ".join(dict.fromkeys(cite for cite, _ in told if cite))
        remarks = tuple(remark for _, remarks in told for remark in remarks)
        return Point(text, label, cite, remarks, table, tuple(more))

    def row(self, rule: Rule, cells: Iterable[str], about: str) -> Row:
        """A table's row with what its rule says about itself."""
        cite, remarks = self._about(rule, about)
        return Row(tuple(cells), cite, remarks)

    def origin(self, rule: Rule, text: str, label: str) -> list[Point]:
        """A statement only for what the rule says about itself; nothing when it says nothing."""
        point = self.point(rule, text, label)
        return [point] if point.cite or point.remarks else []

    def _about(self, rule: Rule, about: str) -> tuple[str, tuple[Remark, ...]]:
        sources = "".join(f"[{source}]" for source in rule.source)
        clause = self.say.clause(rule.clause) if rule.clause is not None else ""
        cite = " ".join(part for part in (clause, sources) if part)
        remarks: list[Remark] = []
        if rule.note is not None:
            remarks.append(Remark("note", self.say("remark.note", text=self.say.of(rule.note))))
        if rule.reading is not None:
            remarks.append(Remark("reading", self.say("remark.reading", text=self.say.of(rule.reading))))
        if rule.assumed is not None:
            remarks.append(Remark("assumed", self.say("remark.assumed")))
            place = " › ".join([*self._places, about])
            self.assumed.append(Point(self.say.of(rule.assumed), place))
        return cite, tuple(remarks)
