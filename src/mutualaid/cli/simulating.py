"""``mutualaid simulate``: opens plans and cases, compares, prints the main tables and writes the page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from mutualaid.datacentre.simulation.comparing import compare, plans_in
from mutualaid.datacentre.simulation.deciding import decide_year
from mutualaid.datacentre.simulation.page import Told, notes, page_html, tell
from mutualaid.datacentre.simulation.tables import Cell, Grid
from mutualaid.datacentre.simulation.versions import Versions, load_versions
from mutualaid.datacentre.simulation.wording import SimulationWording
from mutualaid.datacentre.simulation.years import Year, YearError, open_year
from mutualaid.plans.caseload import whole_or_nothing
from mutualaid.plans.prose.flowing import Flowing
from mutualaid.plans.prose.wording import language
from mutualaid.plans.reading import PlanError

PAGE = "simulation.html"
BATCH = 32_768
"""Rows read at a time."""
_TONES = {"more": "blue", "less": "yellow"}
_PLANS_NAMED = 6


def simulate(
    plans: list[Path],
    others: list[Path],
    cases: Path,
    out: Path,
    lang: str,
    jobs: int | None = None,
    console: Console | None = None,
) -> int:
    """Compare two versions of a plan on a year; exit status 0, or 2 when plans, cases or arguments are at fault.

    Bad cases are named on standard error and left out of both sides.
    """
    say = SimulationWording(language(lang))
    if len(plans) != 2:
        return _fault(say("run.two", n=len(plans)))
    if out.exists() and not out.is_dir():
        return _fault(say("run.out", path=str(out)))
    try:
        versions = load_versions(plans[0], plans[1], others)
        with open_year(cases, lang, versions.old) as year:
            found = plans_in(year.cases)
            if versions.old not in dict(found):
                named = say.join(plan for plan, _ in found[:_PLANS_NAMED]) or say("sim.none")
                return _fault(say("run.absent", plan=versions.old, found=named))
            told, html = compare_year(versions, year, lang, jobs)
    except PlanError as error:
        for fault in error.faults:
            typer.echo(fault.text(lang), err=True)
        return 2
    except YearError as error:
        return _fault(error.en if lang == "en" else error.zh)
    except (pa.ArrowInvalid, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            return _fault(str(error))  # of the system, such as a full disk; Arrow's own have no number
        return _fault(say("run.unreadable", path=str(cases), why=str(error)))
    _print(told, console or Console(highlight=False))
    return _write(html, out, told, say)


def compare_year(versions: Versions, year: Year, lang: str, jobs: int | None) -> tuple[Told, str]:
    """Decide the year under both versions and add up: what is to be told, and the page. Raises ArrowInvalid when a value of
    the year can't be read."""
    say = SimulationWording(language(lang))
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(say("run.deciding"), total=year.cases.count_rows())

        def counted() -> Iterator[pa.RecordBatch]:
            for batch in year.batches(BATCH):
                bar.advance(task, batch.num_rows)
                yield batch

        with decide_year(versions, counted(), lang=lang, jobs=jobs, bad=year.bad) as decided:
            found = compare(
                decided.cases, decided.before, decided.after, old=versions.old, new=versions.new, bad=decided.bad
            )
            told = tell(found, versions, lang)
            return told, page_html(told, versions, decided.cases)


def _write(html: str, out: Path, told: Told, say: SimulationWording) -> int:
    """The page under its name, and what was left out on standard error."""
    page = out / PAGE
    try:
        out.mkdir(parents=True, exist_ok=True)
        with whole_or_nothing(str(page)) as sink:
            sink.write(html.encode())
    except OSError as error:
        return _fault(say("run.cannot_write", path=str(page), why=error.strerror or str(error)))
    found = told.tables.found
    for one in found.bad:
        typer.echo(f"{one.case}: {one.error}", err=True)
    if found.bad_count:
        typer.echo(say("run.bad", n=say.number(found.bad_count)), err=True)
    typer.echo(say("run.written", path=str(page)))
    return 0


def _fault(message: str) -> int:
    typer.echo(message, err=True)
    return 2


# -- on the terminal ----------------------------------------------------------------------------------------------------


def _print(told: Told, console: Console) -> None:
    tables, say = told.tables, told.tables.say
    console.print(Flowing(Text(told.sentences[0], style="bold")))
    for text in told.sentences[1:]:
        console.print(Flowing(Text(f"· {text}")))
    parts: list[tuple[str, Grid]] = []
    if told.changes:
        parts.append((say("sim.rules"), tables.rules(told.changes)))
    parts += [(say("sim.totals"), tables.totals()), (say("sim.benefits"), tables.benefits())]
    parts += [(say("sim.who"), tables.groups("burden")), (say("sim.relief"), tables.relief())]
    extremes = [tables.extremes(gains=gains) for gains in (False, True)]
    parts += [(grid.title, grid) for grid in extremes if grid.rows]
    for title, grid in parts:
        console.print()
        console.print(Rule(Text(title, style="bold cyan"), align="left", style="cyan"))
        console.print(_table(grid, figures=title != say("sim.rules")))
    for text in notes(tables):
        console.print(Flowing(Text(text, style="dim")))


def _table(grid: Grid, *, figures: bool) -> Table:
    """The same table as on the page; small figures stand behind."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for i, head in enumerate(grid.head):
        table.add_column(Text(head), justify="right" if i and figures else "left", no_wrap=bool(i and figures))
    for row in grid.rows:
        style = "bold" if row.sums else ""
        cells = [_cell(cell, style) for cell in row.cells]
        if row.level:
            cells[0] = Text("  ").append_text(cells[0])
        table.add_row(*(Flowing(cells[0]), *(cells[1:] if figures else map(Flowing, cells[1:]))))
    return table


def _cell(cell: Cell, style: str) -> Text:
    text = Text(cell.text, style=_TONES.get(cell.tone, "") or style)
    if cell.small:
        text.append(f"  {cell.small}", style="dim")
    return text
