"""The tables of a comparison, in words and figures, free of any medium: the page and the terminal show the same ones."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.datacentre.simulation.comparing import AGES, BURDENS
from mutualaid.datacentre.simulation.model import CaseRow, Comparison, GroupRow, Pair, share
from mutualaid.datacentre.simulation.wording import SimulationWording
from mutualaid.plans import document as d
from mutualaid.plans.prose.changes import Change
from mutualaid.plans.prose.writer import Writer
from mutualaid.plans.report.whatif import WhatIf


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure or words; ``small`` stands below; ``tone``: ``more``, ``less`` or nothing."""

    text: str
    small: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``sums``: it adds up the others. ``level`` 1: a part of the row above."""

    cells: tuple[Cell, ...]
    sums: bool = False
    level: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table whose first column is words and whose others are figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fees:
    """What comes in: fen per unit, and in all, before and after."""

    fee: Pair
    income: Pair

    def ratio(self, paid: Pair) -> tuple[int | None, int | None]:
        """Paid as basis points of what comes in."""
        return share(paid.before, self.income.before), share(paid.after, self.income.after)

    def surplus(self, paid: Pair) -> Pair:
        """What comes in less what is paid, fen."""
        return Pair(self.income.before - paid.before, self.income.after - paid.after)


def fees(found: Comparison, old: d.Document, new: d.Document) -> Fees | None:
    """Only where either version has exactly one price."""
    if len(old.price) != 1 or len(new.price) != 1:
        return None
    a, b = old.price[0].fee, new.price[0].fee
    return Fees(Pair(a, b), Pair(a * found.units, b * found.units))


class Tables:
    """Makes the tables of one comparison in one language."""

    def __init__(self, found: Comparison, say: SimulationWording, old: Writer, new: Writer) -> None:
        self.found, self.say, self.old, self.new = found, say, old, new
        self.fees = fees(found, old.document, new.document)
        self.sides = (say("sim.a"), say("sim.b"), say("sim.change"))
        self._order = list(dict.fromkeys(one.benefit for w in (new, old) for one in w.benefits))

    def benefit_name(self, benefit: str) -> str:
        """The name in the new version, else in the old one."""
        w = self.new if any(one.benefit == benefit for one in self.new.benefits) else self.old
        return self.say.title(w.benefit_name(benefit))

    def place(self, benefit: str) -> int:
        """Where a benefit stands in the plan: the order of rows and of colours."""
        return self._order.index(benefit) if benefit in self._order else len(self._order)

    # -- cells ----------------------------------------------------------------------------------------------------

    def money(self, pair: Pair, small: Pair | None = None) -> tuple[Cell, Cell, Cell]:
        """Before, after and the change, in yuan and per cent; ``small``: persons below."""
        say = self.say
        below = ("", "") if small is None else (self.people(small.before), self.people(small.after))
        return Cell(say.exact(pair.before), below[0]), Cell(say.exact(pair.after), below[1]), self.change(pair)

    def change(self, pair: Pair) -> Cell:
        """The change in yuan, and per cent below; only 0 where there is none."""
        percent = self.say.signed_rate(pair.change, pair.before) if pair.change else ""
        return Cell(self.say.signed(pair.change), percent, _tone(pair.change))

    def count(self, pair: Pair) -> tuple[Cell, Cell, Cell]:
        """The same for numbers."""
        change = f"{pair.change:+,}".replace("-", "−") if pair.change else "0"
        percent = self.say.signed_rate(pair.change, pair.before) if pair.change else ""
        return Cell(f"{pair.before:,}"), Cell(f"{pair.after:,}"), Cell(change, percent, _tone(pair.change))

    def people(self, number: int) -> str:
        """``1,234人``."""
        return self.say("sim.of", n=f"{number:,}")

    # -- tables ---------------------------------------------------------------------------------------------------

    def rules(self, changes: list[Change]) -> Grid:
        """What changed in the documents."""
        say = self.say
        rows = [
            Row((Cell(" · ".join(one.place)), Cell(one.before or say("sim.none")), Cell(one.after or say("sim.gone"))))
            for one in changes
        ]
        return Grid("", (say("col.rule"), *self.sides[:2]), tuple(rows), say("note.rules"))

    def totals(self) -> Grid:
        """Of the whole year, with fees where there is one price."""
        say, totals = self.say, self.found.totals
        rows = [
            Row((Cell(say("tot.paid")), *self.money(totals.paid)), sums=True),
            Row((Cell(say("tot.people")), *self.count(totals.people))),
            Row((Cell(say("tot.lines")), *self.count(totals.lines))),
            Row((Cell(say("tot.mean")), *self.money(totals.mean))),
            Row((Cell(say("tot.median")), *self.money(totals.median))),
            Row((Cell(say("tot.largest")), *self.money(totals.largest))),
        ]
        bad = Pair(self.found.bad_count, self.found.bad_count)
        faulty = [Row((Cell(say("tot.bad")), *self.count(bad)))] if self.found.bad_count else []
        note = say("note.totals")
        if self.fees is not None:
            a, b = self.fees.ratio(totals.paid)
            surplus = self.fees.surplus(totals.paid)
            points = Cell(say.signed_points(a, b), say("sim.points"))
            rows += [
                Row((Cell(say("tot.income")), *self.money(self.fees.income))),
                Row((Cell(say("tot.ratio")), Cell(say.rate(a)), Cell(say.rate(b)), points)),
                Row(
                    (
                        Cell(say("tot.surplus")),
                        *(Cell(say.minus(fen)) for fen in (surplus.before, surplus.after)),
                        Cell(say.signed(surplus.change), "", _tone(surplus.change)),
                    )
                ),
            ]
            note += say("note.space") + say("note.fee")
        return Grid("", (say("col.item"), *self.sides), (*rows, *faulty), note)

    def benefits(self) -> Grid:
        """By benefit."""
        say = self.say
        rows = [
            Row((Cell(self.benefit_name(row.benefit)), *self.money(row.paid, row.people)))
            for row in sorted(self.found.benefits, key=lambda row: self.place(row.benefit))
        ]
        rows.append(
            Row((Cell(say("col.all")), *self.money(self.found.totals.paid, self.found.totals.people)), sums=True)
        )
        return Grid("", (say("col.benefit"), *self.sides), tuple(rows), say("note.benefits"))

    def outcomes(self) -> Grid:
        """Lines by outcome and reason."""
        say = self.say
        rows = [
            Row(
                (
                    Cell(say.title(say(f"reason.{row.reason}" if row.reason else f"outcome.{row.outcome}"))),
                    *self.count(row.lines),
                ),
                level=1 if row.reason else 0,
            )
            for row in self.found.outcomes
        ]
        return Grid("", (say("col.outcome"), *self.sides), tuple(rows), say("note.outcomes"))

    def group_name(self, kind: str, row: GroupRow) -> str:
        """``1,000至3,000元``, ``30至39岁``, ``女``, ``三级``."""
        say = self.say
        if row.group < 0 or kind == "all":
            return say.title(say("col.all" if kind == "all" else "sim.unknown"))
        if kind == "burden":
            return say.title(say.band(BURDENS, row.group))
        if kind == "age":
            return say.title(say.band(AGES, row.group, age=True))
        return say.title(say(f"sim.sex_{row.group}" if kind == "sex" else f"level.{row.group}"))

    def groups(self, kind: str) -> Grid:
        """Who gains and who loses, by one question."""
        say = self.say
        rows = [
            Row(
                (
                    Cell(self.group_name(kind, row), self.people(row.people)),
                    Cell(
                        f"{row.gainers:,}", say.signed(row.gained) if row.gained else "", "more" if row.gained else ""
                    ),
                    Cell(f"{row.losers:,}", say.signed(-row.lost) if row.lost else "", "less" if row.lost else ""),
                    self.change(row.paid),
                )
            )
            for row in self.found.groups[kind]
        ]
        head = (say(f"col.group_{kind}"), say("col.gain"), say("col.lose"), say("col.net"))
        return Grid("", head, tuple(rows))

    def relief(self) -> Grid:
        """How much of the burden is paid, by band of burden."""
        say = self.say
        rows = [row for row in self.found.groups["burden"] if row.group >= 0]
        lines = [self._relief(self.group_name("burden", row), row) for row in rows]
        if rows:
            lines.append(Row(self._relief(say("col.all"), self.found.all).cells, sums=True))
        head = (say("col.group_burden"), say("col.burden"), *self.sides[:2])
        return Grid("", head, tuple(lines), say("note.relief"))

    def _relief(self, name: str, row: GroupRow) -> Row:
        say = self.say
        a, b = row.relief
        return Row(
            (
                Cell(name, self.people(row.people)),
                Cell(say.exact(row.burden)),
                Cell(say.rate(a), say.exact(row.relieved.before)),
                Cell(say.rate(b), say.exact(row.relieved.after), _tone(row.relieved.change)),
            )
        )

    def curve(self, what: WhatIf, of: str) -> Grid:
        """What both versions pay for some figures of a bill or numbers of days; of a stretch without change its ends."""
        pairs = [(x, Pair(paid[0][0], paid[-1][0])) for x, paid in what.rows]
        rows = []
        for i, (x, pair) in enumerate(pairs):
            if 0 < i < len(pairs) - 1 and pairs[i - 1][1] == pair == pairs[i + 1][1]:
                continue
            name = self.say.figure(x) if what.kind == "base" else f"{x:,}"
            rows.append(Row((Cell(name), *self.money(pair))))
        return Grid("", (of, *self.sides), tuple(rows))

    def percentiles(self) -> Grid:
        """What so many of a hundred receivers get at most."""
        say = self.say
        rows = [
            Row((Cell(say.title(say("pct.50" if part == 50 else "pct.other", n=part))), *self.money(pair)))
            for part, pair in self.found.percentiles
        ]
        return Grid("", (say("col.share"), *self.sides), tuple(rows))

    def months(self) -> Grid:
        """All benefits together, by month."""
        sums: dict[str, list[int]] = {}
        for row in self.found.months:
            month = sums.setdefault(row.month, [0, 0])
            month[0] += row.paid.before
            month[1] += row.paid.after
        rows = [Row((Cell(month), *self.money(Pair(*pair)))) for month, pair in sums.items()]
        return Grid("", (self.say("col.month"), *self.sides), tuple(rows))

    def extremes(self, *, gains: bool) -> Grid:
        """The persons with the largest changes."""
        say = self.say
        found = self.found.gains if gains else self.found.losses
        rows = [Row((Cell(row.case, self._about(row)), *self.money(row.paid))) for row in found]
        title = say("col.gains" if gains else "col.losses")
        return Grid(
            title, (say("col.case"), *self.sides), tuple(rows), say("note.no_gains" if gains else "note.no_losses")
        )

    def _about(self, row: CaseRow) -> str:
        say = self.say
        parts = [say("sim.events", n=row.events)]
        parts += [say("work.burden", amount=say.exact(row.burden))] if row.burden is not None else []
        return say("sim.comma").join(parts)


def _tone(change: int) -> str:
    return "more" if change > 0 else "less" if change < 0 else ""
