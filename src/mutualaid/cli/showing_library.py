"""``mutualaid library``: the library checked, its cases decided and set beside published figures, one working, and the pages."""

from __future__ import annotations

import itertools
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from benefit_engine.facts import CaseError
from mutualaid.plans.library import Loaded, load_library
from mutualaid.plans.prose.flowing import Flowing
from mutualaid.plans.prose.wording import LANGS, Wording, language
from mutualaid.plans.prose.working import DETAIL, clause_in, english_names, working_rows
from mutualaid.plans.prose.writer import Writer
from mutualaid.plans.reading import PlanError
from mutualaid.plans.report import write_report
from mutualaid.plans.shipped_cases import ShippedCase, Verdict, judge, load_cases

SHOWN_PLAN = "guangxi-huzhubao-1-2025"
SHOWN_CASE: dict[str, Any] = {
    "case": "gx-1",
    "member": {
        "birth_date": "1985-04-02",
        "sex": "F",
        "employment": "in_service",
        "basic_insurance": "employee",
        "groups": ["hardship"],
    },
    "covers": [
        {
            "plan": SHOWN_PLAN,
            "units": 1,
            "from": "2025-01-01",
            "until": "2026-01-01",
            "joined_on": "2024-01-01",
            "consecutive_periods": 2,
        }
    ],
    "events": [
        {
            "event": "e1",
            "kind": "inpatient",
            "started_on": "2025-03-01",
            "ended_on": "2025-03-08",
            "settled_on": "2025-03-08",
            "filed_on": "2025-03-20",
            "hospital_level": 3,
            "diagnoses": ["C50.900"],
            "operations": [],
            "severity": None,
            "accident": False,
            "disability_grade": None,
            "amounts": {"total": "52000.00", "self_paid": "12000.00", "out_of_scope": "1500.00"},
        }
    ],
}
"""The example of the README, with its working in the terminal."""
WIDE = 120
"""Columns from which the table of published cases has room for plan and source."""
_RATIOS = {"plan": 3, "case": 4, "source": 3, "fit": 5}
_FIT_STYLE = {"true": "green", "near": "cyan", "false": "yellow", "unknown": "dim"}


class Showing:
    """One showing: where it prints and in which language."""

    def __init__(self, lang: str, console: Console | None = None) -> None:
        self.say = Wording(language(lang))
        self.console = console or Console(highlight=False)
        if not self.console.is_terminal:
            self.console.width = max(self.console.width, 160)

    # -- printing -----------------------------------------------------------------------------------------------------

    def heading(self, key: str) -> None:
        """A heading with a line."""
        self.console.print()
        self.console.print(Rule(Text(self.say(key), style="bold cyan"), align="left", style="cyan"))

    def line(self, text: str, style: str = "") -> None:
        """One line of text, never taken for markup."""
        self.console.print(Padding(Flowing(Text(text, style=style)), (0, 0, 0, 2)))

    # -- the steps ----------------------------------------------------------------------------------------------------

    def library(self, plans: Path) -> Loaded | None:
        """Check and load the library; None when it has faults, which are then printed."""
        self.heading("library.library")
        try:
            loaded = load_library([plans])
        except PlanError as error:
            for fault in error.faults:
                self.line(fault.text(self.say.lang), "red")
            self.line(self.say("library.library_bad", n=len(error.faults)), "bold red")
            return None
        counts = Counter(draft.document.status for draft in loaded.documents.values())
        self.line(
            "✓ "
            + self.say(
                "library.library_good",
                n=len(loaded.documents),
                published=counts["published"],
                illustrative=counts["illustrative"],
            ),
            "green",
        )
        return loaded

    def cases(self, cases: Path, loaded: Loaded) -> bool:
        """Decide the shipped cases and show how they stand; True when all say what they should."""
        self.heading("library.cases")
        try:
            shipped = load_cases(cases, loaded)
            verdicts = [judge(case, loaded.engine) for case in shipped]
        except PlanError as error:
            for fault in error.faults:
                self.line(fault.text(self.say.lang), "red")
            return False
        except CaseError as error:
            self.line(f"{error.case}: {error.text(self.say.lang)}", "red")
            return False
        published = [verdict for verdict in verdicts if verdict.shipped.entry.published is not None]
        for part in _published_tables(published, loaded, self.say, self.console.width):
            self.console.print(part)
        self.console.print(_counts_table(verdicts, loaded, self.say))
        return self._tell_differences(verdicts, len(published))

    def _tell_differences(self, verdicts: list[Verdict], published: int) -> bool:
        say = self.say
        bad = [verdict for verdict in verdicts if not verdict.holds]
        for verdict in bad:
            self.line(f"{verdict.shipped.file}:{verdict.shipped.line}: {verdict.shipped.entry.name}", "red")
            for one in verdict.differences:
                self.line(
                    "  " + say("library.difference", what=one.what, expected=one.expected, found=one.found), "red"
                )
        if bad:
            self.line(say("library.cases_bad", n=len(bad)), "bold red")
            return False
        self.line("✓ " + say("library.cases_good", n=len(verdicts), published=published), "green")
        return True

    def tree(self, loaded: Loaded) -> None:
        """The full working of one decision as a tree."""
        if SHOWN_PLAN not in loaded.documents:
            return
        self.heading("library.tree")
        self.console.print(Padding(decision_tree(SHOWN_CASE, loaded, self.say), (0, 0, 0, 2)))

    def report(self, out: Path, loaded: Loaded) -> bool:
        """Write the pages; False when they can't be written."""
        self.heading("library.report")
        try:
            with Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                console=self.console,
                transient=True,
                disable=not self.console.is_terminal,
            ) as bar:
                task = bar.add_task(self.say("library.writing"), total=len(loaded.documents) * len(LANGS))
                written = write_report(loaded, out / "plans.html", lambda: bar.advance(task))
        except OSError as error:
            why = error.strerror or str(error)
            self.line(self.say("library.cannot_write", path=str(error.filename or out), why=why), "red")
            return False
        for file in written:
            self.line("✓ " + self.say("library.written", path=str(file)), "green")
        return True

    def next(self, out: Path, plans: Path) -> None:
        """What to do next."""
        say = self.say
        command = own_name()
        page = out / ("plans.html" if say.zh else "plans.en.html")
        example = plans / f"{SHOWN_PLAN}.yaml"
        self.console.print()
        self.console.print(Text(say("library.next"), style="bold"))
        self.line("· " + say("library.next_open", path=str(page)))
        self.line("· " + say("library.next_show", command=f"{command} plan show {example}"))
        decide = f"{command} adjudicate --plans {plans} --cases docs/examples/gx-1.jsonl --out -"
        self.line("· " + say("library.next_decide", command=decide))
        self.line("· " + say("library.next_write", path=str(example), command=f"{command} plan check"))


def show_library(plans: Path, cases: Path, out: Path, lang: str, console: Console | None = None) -> int:
    """Show the library; exit status 0, or 1 when the library has faults, a case fails or a file is missing."""
    run = Showing(lang, console)
    for path, key in ((plans, "library.no_plans"), (cases, "library.no_cases")):
        if not path.exists():
            run.line(run.say(key, path=str(path)), "red")
            run.line(run.say("library.where"))
            return 1
    run.console.print(Text(run.say("library.title"), style="bold"))
    loaded = run.library(plans)
    if loaded is None:
        return 1
    good = run.cases(cases, loaded)
    run.tree(loaded)
    good = run.report(out, loaded) and good
    run.next(out, plans)
    return 0 if good else 1


def own_name() -> str:
    """How this program was called, so that what is shown can be typed: ``.venv/bin/mutualaid`` from a source tree."""
    called = Path(sys.argv[0])
    if called.name != "mutualaid":
        return "mutualaid"
    if shutil.which("mutualaid") is not None:
        return "mutualaid"
    here = Path.cwd()
    return str(called.relative_to(here) if called.is_relative_to(here) else called)


# -- tables -------------------------------------------------------------------------------------------------------------


def _published_tables(verdicts: list[Verdict], loaded: Loaded, say: Wording, width: int) -> Iterable[RenderableType]:
    """Cases with a published figure: one table, or on a narrow terminal one for each plan without the sources."""
    if width >= WIDE:
        yield Text(say("library.published"), style="italic")
        yield _published_table(verdicts, loaded, say, ("plan", "case", "engine", "figure", "source", "fit"))
        return
    for plan, group in itertools.groupby(verdicts, key=lambda verdict: _plan_names(verdict.shipped, loaded, say)):
        yield Flowing(Text(say("named", name=say("library.published"), text=plan), style="italic"))
        yield _published_table(group, loaded, say, ("case", "engine", "figure", "fit"))


def _published_table(verdicts: Iterable[Verdict], loaded: Loaded, say: Wording, columns: Sequence[str]) -> Table:
    """What the engine says, what was published, and how they fit."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for key in columns:
        ratio = _RATIOS.get(key)
        table.add_column(say(f"library.{key}"), justify="left" if ratio else "right", ratio=ratio)
    before = ""
    for verdict in verdicts:
        entry = verdict.shipped.entry
        fit = Text(say(f"fit.{entry.fits}"), style=_FIT_STYLE[entry.fits])
        if entry.why is not None:
            fit.append(say("named", name="", text=entry.why), style="dim")
        plan = _plan_names(verdict.shipped, loaded, say)
        cells = {
            "plan": Text(plan if plan != before else ""),
            "case": Text(entry.name),
            "engine": Text(_money(verdict.decision["total"])),
            "figure": Text(_money(entry.published or "")),
            "source": Text(_sources(verdict.shipped, loaded, say), style="dim"),
            "fit": fit,
        }
        table.add_row(*(Flowing(cells[key]) for key in columns))
        before = plan
    return table


def _counts_table(verdicts: Iterable[Verdict], loaded: Loaded, say: Wording) -> Table:
    """By plan: how many cases, and how many of them hold."""
    table = Table(box=box.SIMPLE_HEAD, title=Text(say("library.by_plan")), title_justify="left")
    for key, justify in (("plan", "left"), ("all", "right"), ("held", "right")):
        table.add_column(say(f"library.{key}"), justify="right" if justify == "right" else "left")
    counts: dict[str, list[int]] = {}
    for verdict in verdicts:
        if verdict.shipped.entry.published is None:
            count = counts.setdefault(_plan_names(verdict.shipped, loaded, say), [0, 0])
            count[0] += 1
            count[1] += verdict.holds
    for name, (cases, held) in counts.items():
        style = "" if cases == held else "red"
        table.add_row(Flowing(Text(name)), Text(str(cases)), Text(str(held), style=style))
    return table


def _plan_names(shipped: ShippedCase, loaded: Loaded, say: Wording) -> str:
    return say.join((say.of(loaded.documents[plan].document.name) for plan in shipped.plans), "clauses")


def _sources(shipped: ShippedCase, loaded: Loaded, say: Wording) -> str:
    """Titles of the case's sources, their keys where the plan doesn't list them."""
    known = {
        key: say.of(source.title)
        for plan in shipped.plans
        for key, source in loaded.documents[plan].document.sources.items()
    }
    return say.join((known.get(key, key) for key in shipped.entry.source or ()), "clauses")


def _money(text: str) -> str:
    whole, _, cents = text.partition(".")
    return f"{int(whole):,}.{cents}" if cents else text


# -- one decision -------------------------------------------------------------------------------------------------------


def decision_tree(case: dict[str, Any], loaded: Loaded, say: Wording) -> Tree:
    """A decision with every step of its working: total, lines, steps with what they add and the clause that they rest on."""
    decision = loaded.engine.decide(loaded.engine.parse(case)).as_dict()
    tree = Tree(Text(say("library.tree_case")), guide_style="dim")
    for line in decision["lines"]:
        document = loaded.documents[line["plan"]].document
        w = Writer(document, say.lang, {})
        branch = tree.add(_line_text(line, w.benefit_name(line["benefit"]), say))
        names = english_names(document)
        for step in line["working"]:
            steps = working_rows([step], say, names)
            clause = clause_in(step.get("clause", ""), say, names)
            node = branch.add(_step_text(steps[0].cells, clause, say))
            for part in steps[1:]:
                node.add(_step_text((part.cells[0].removeprefix(DETAIL), part.cells[1], ""), "", say))
    tree.add(Text(say("library.total", amount=say.money(int(decision["total"].replace(".", "")))), style="bold green"))
    return tree


def _line_text(line: dict[str, Any], name: str, say: Wording) -> Text:
    amount = say.money(int(line["amount"].replace(".", ""))) if line["outcome"] == "pay" else ""
    text = Text(say("library.line", name=name, outcome=say(f"outcome.{line['outcome']}"), amount=amount), style="bold")
    if line["reasons"]:
        reasons = say.join((say(f"reason.{reason}") for reason in line["reasons"]), "clauses")
        text.append(say("example.cut", reasons=reasons), style="yellow")
    return text


def _step_text(cells: Iterable[str], clause: str, say: Wording) -> Flowing:
    label, amount, after = cells
    text = Text(label)
    text.append(f"  {amount}", style="cyan")
    if after:
        text.append(f"  = {after}", style="bold")
    if clause:
        text.append(say("cite", cite=clause), style="dim")
    return Flowing(text)
