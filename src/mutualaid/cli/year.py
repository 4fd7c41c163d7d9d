"""``mutualaid year``: an invented year of one city, decided by both engines, compared, and simulated under a changed plan."""

from __future__ import annotations

import itertools
import json
import os
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import typer
from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from benefit_engine.columns.layout import row_line
from mutualaid.cli import deciding
from mutualaid.cli.simulating import PAGE, compare_year
from mutualaid.cli.synthesising import synthesise
from mutualaid.datacentre.simulation.model import Pair
from mutualaid.datacentre.simulation.versions import load_versions
from mutualaid.datacentre.simulation.years import open_year
from mutualaid.datacentre.synthesis.calibration import (
    DEFAULT_SEED,
    PUBLISHED_MEMBERS,
    PUBLISHED_PAYMENTS,
    PUBLISHED_YUAN,
)
from mutualaid.plans.caseload import whole_or_nothing
from mutualaid.plans.columnar import Wanted, decide_tables
from mutualaid.plans.library import Loaded, load_library
from mutualaid.plans.prose.flowing import Flowing
from mutualaid.plans.reading import PlanError, PlanFault

YEAR = 2025
BAD = "0.2%"
SHOWN = 20
"""Differences that are named."""
CASES = "cases.parquet"
CHANGED = "changed.yaml"
_WHY = """\
      amount: 800
      per: stay
      assumed:
        zh: 测算用的假设：免补额由1000元降为800元，没有人公布过
        en: assumed for a simulation; nobody published a deductible of 800 instead of 1,000 yuan
"""
CHANGES = (
    ("plan: guangxi-huzhubao-1-2025\n", "plan: guangxi-huzhubao-1-2025-if\n"),
    ("互助1号（城镇互助保）2025年度\n", "互助1号（城镇互助保）2025年度，假如免补额为800元\n"),
    ("mutual aid no. 1 (urban), 2025\n", "mutual aid no. 1 (urban), 2025, if the deductible were 800 yuan\n"),
    ("      amount: 1000\n      per: stay\n", _WHY),
)
"""Texts of the plan that another stands for, so that the document says itself what was changed; the first place counts."""


class Decisions(NamedTuple):
    """How an engine fared: the file that it wrote, how long it took, and how many cases were bad."""

    file: Path
    seconds: float
    bad: int


@dataclass
class Compared:
    """What a comparison of two files of decisions found: lines and bad cases compared, differences, and the first of them."""

    lines: int = 0
    bad: int = 0
    differences: int = 0
    shown: list[str] = field(default_factory=list)

    def differ(self, what: str) -> None:
        """Note a difference."""
        self.differences += 1
        if len(self.shown) < SHOWN:
            self.shown.append(what)


class Paid(NamedTuple):
    """What a year's decisions pay: stays with a sum above zero, and all the yuan."""

    stays: int
    yuan: Decimal


class Year:
    """One run: where it writes and prints, and in which language."""

    def __init__(self, plan: Path, out: Path, lang: str, jobs: int | None, console: Console | None = None) -> None:
        self.plan, self.out, self.lang = plan, out, lang
        self.jobs = jobs or os.cpu_count() or 1
        self.console = console or Console(highlight=False)

    def say(self, zh: str, en: str, style: str = "") -> None:
        """One line of text in the language of the run."""
        self.console.print(Flowing(Text(en if self.lang == "en" else zh, style=style)))

    # -- the steps ----------------------------------------------------------------------------------------------------

    def draw(self, loaded: Loaded) -> None:
        """The invented union, as columns and as JSON Lines; says itself what was written."""
        zh = self.lang != "en"
        synthesise(loaded, PUBLISHED_MEMBERS, YEAR, DEFAULT_SEED, BAD, self.out, jsonl=True, zh=zh)

    def prepare(self, loaded: Loaded) -> None:
        """Some first cases, so that the kernel is compiled before anything is timed."""
        self.say(
            "准备列式引擎（第一次要编译，最多约一分钟；以后直接取用）……",
            "preparing the columnar engine (it is compiled the first time, up to a minute; later it is at hand) …",
        )
        started = time.perf_counter()
        first = next(pq.ParquetFile(self.out / CASES).iter_batches(1000))
        list(decide_tables(loaded.library, [(1, pa.Table.from_batches([first]))], 1, Wanted(self.lang)))
        seconds = time.perf_counter() - started
        self.say(f"就绪，用时 {seconds:.1f} 秒", f"ready after {seconds:.1f} s")

    def decide(self, loaded: Loaded, engine: str, cases: str, out: str) -> Decisions:
        """All cases by one engine."""
        file, started = self.out / out, time.perf_counter()
        job = deciding.Job(loaded.library, str(self.out / cases), str(file), engine, self.jobs, self.lang, 0)
        with whole_or_nothing(str(file)) as sink:
            tally = deciding.decide(job, sink, on_error=lambda number, text: None, on_progress=lambda size: None)
        return Decisions(file, time.perf_counter() - started, tally.bad)

    def simulate(self, plan: str) -> Pair:
        """The year under a changed ``plan`` (its document), as a page; what was paid before and after, in fen."""
        changed = self.out / CHANGED
        changed.write_text(plan, encoding="utf-8")
        versions = load_versions(self.plan, changed)
        with open_year(self.out / CASES, self.lang, versions.old) as year:
            told, html = compare_year(versions, year, self.lang, self.jobs)
            with whole_or_nothing(str(self.out / PAGE)) as sink:
                sink.write(html.encode())
        return told.tables.found.totals.paid

    def summary(self, batch: Decisions, one: Decisions, found: Compared, change: Pair) -> None:
        """What people should take away."""
        en = self.lang == "en"
        paid = paid_in(self.out / CASES, batch.file)
        self.console.print()
        title = "The invented year, in short" if en else "虚构的一年：小结"
        self.console.print(Rule(Text(title, style="bold cyan"), align="left", style="cyan"))
        table = Table(box=box.SIMPLE_HEAD)
        for head in ("", "invented", "published, Beihai") if en else ("", "虚构", "北海公布"):
            table.add_column(head, justify="right" if head else "left")
        for name, mine, published in (
            ("members" if en else "会员", PUBLISHED_MEMBERS, PUBLISHED_MEMBERS),
            ("stays paid" if en else "住院给付（次）", paid.stays, PUBLISHED_PAYMENTS),
            ("yuan paid" if en else "给付合计（元）", int(paid.yuan), PUBLISHED_YUAN),
        ):
            table.add_row(name, f"{mine:,}", f"{published:,}")
        self.console.print(table)
        self.say(
            "以上会员、住院和票据全部是合成的，没有一个人是真的；只有公布的三个数来自现实，合成数据按它们校准。",
            "Members, stays and bills are all synthetic; no person is real. Only the three published figures are, and the "
            "synthetic data are calibrated to them.",
            "bold",
        )
        self.say(
            f"· 列式引擎 {batch.seconds:.1f} 秒（Parquet，不写算式）；逐案引擎 {one.seconds:.1f} 秒（JSON Lines，写出每一步）",
            f"· columnar engine {batch.seconds:.1f} s (Parquet, no workings); explained engine {one.seconds:.1f} s "
            "(JSON Lines, every step written)",
        )
        self.say(
            f"· 两个引擎逐行比较：{found.lines:,} 行、{found.bad:,} 个坏案例，不一致 {found.differences:,} 处",
            f"· both engines line by line: {found.lines:,} lines, {found.bad:,} bad cases, {found.differences:,} differences",
            "bold red" if found.differences else "green",
        )
        cost, share = change.change // 100, 100 * change.change / change.before if change.before else 0
        self.say(
            f"· 免补额由1,000元降为800元：多付 {cost:,} 元（{share:+.1f}%）；改后的计划 {self.out / CHANGED}",
            f"· a deductible of 800 instead of 1,000 yuan: {cost:,} yuan more ({share:+.1f} %); the changed plan: "
            f"{self.out / CHANGED}",
        )
        self.say(f"· 测算页面：{self.out / PAGE}", f"· page of the simulation: {self.out / PAGE}")
        self.say(
            f"· 每一案的算式：{one.file}；列式的决定：{batch.file}",
            f"· the working of every case: {one.file}; the decisions as columns: {batch.file}",
        )


def year(plan: Path, out: Path, lang: str, jobs: int | None = None, console: Console | None = None) -> int:
    """Run all steps; exit status 0, 1 when the engines disagree, 2 when plan or folder are at fault."""
    run = Year(plan, out, lang, jobs, console)
    if not plan.is_file():
        run.say(
            f"{plan}: 没有这个文件；请在源代码文件夹里运行，或用 --plan 指明",
            f"{plan}: no such file; run this in the source tree, or name it with --plan",
            "red",
        )
        return 2
    try:
        loaded = load_library([plan])
        changed = changed_plan(plan.read_text(encoding="utf-8"), str(plan))
        run.say(
            f"虚构一个 {PUBLISHED_MEMBERS:,} 名会员的城市的一年，数据全部是合成的。",
            f"One year of an invented city of {PUBLISHED_MEMBERS:,} members; all data are synthetic.",
            "bold",
        )
        run.draw(loaded)
        run.prepare(loaded)
        run.say("两个引擎各算一遍……", "deciding by both engines …")
        batch = run.decide(loaded, "batch", CASES, "decisions.parquet")
        one = run.decide(loaded, "one", "cases.jsonl", "decisions.jsonl")
        found = compared(one.file, batch.file)
        run.say("按改后的计划测算……", "simulating the changed plan …")
        change = run.simulate(changed)
        total = int(100 * paid_in(out / CASES, batch.file).yuan)
        if total != change.before:
            found.differ(
                f"{total} / {change.before}: 测算与理算的合计不同 · simulation and adjudication pay other totals"
            )
    except PlanError as error:
        for fault in error.faults:
            typer.echo(fault.text(lang), err=True)
        return 2
    except OSError as error:
        typer.echo(f"{error.filename or out}: {error.strerror}", err=True)
        return 2
    run.summary(batch, one, found, change)
    for text in found.shown:
        typer.echo(text, err=True)
    return 1 if found.differences else 0


def changed_plan(text: str, file: str) -> str:
    """The plan's document with a deductible of 800 instead of 1,000 yuan. Raises PlanError when it is another plan."""
    for old, new in CHANGES:
        if old not in text:
            what = " ".join(old.split())
            zh, en = f"没有“{what}”，不是要测算的那份计划", f"no “{what}”: not the plan that is simulated"
            raise PlanError([PlanFault(file, 1, "", zh, en)])
        text = text.replace(old, new, 1)
    return text


def compared(one: Path, batch: Path) -> Compared:
    """Decisions of the explained engine (JSON Lines) and of the columnar one (Parquet): line by line, without the working.

    An id may stand for a good case and for a bad one that repeats it.
    """
    rows = pq.read_table(batch).to_pylist()
    grouped = itertools.groupby(rows, key=lambda row: (row["case"], row["error"] is not None))
    others = {key: list(group) for key, group in grouped}
    found, order = Compared(), []
    with one.open(encoding="utf-8") as stream:
        for decision in map(json.loads, stream):
            case, key = decision["case"], (decision["case"], "error" in decision)
            mine, theirs = _said(decision), [_row_said(row) for row in others.get(key, [])]
            if mine:
                order.append(key)
            if "error" in decision:
                found.bad += 1
            else:
                found.lines += len(mine)
            for a, b in itertools.zip_longest(mine, theirs):
                if a != b:
                    found.differ(f"{case}: {a} / {b}")
    if order != list(others):
        found.differ("other cases, or another order · 案例或次序不同")
    return found


def _said(decision: dict[str, Any]) -> list[dict[str, Any]]:
    """What a decision says, without workings: its lines, or its error alone."""
    if "error" in decision:
        return [{"error": decision["error"]}]
    return [{key: value for key, value in line.items() if key != "working"} for line in decision["lines"]]


def _row_said(row: dict[str, Any]) -> dict[str, Any]:
    if row["error"] is not None:
        return {"error": row["error"]}
    return {key: value for key, value in row_line(row).items() if key != "working"}


def paid_in(cases: Path, decisions: Path) -> Paid:
    """What the decisions on cases pay. Of cases that share an id the first one was decided."""
    query = """
        SELECT count(*) FILTER (kind = 'inpatient'), coalesce(sum(paid), 0) FROM (
          SELECT "case", event, sum(amount) AS paid FROM read_parquet($decisions) WHERE outcome = 'pay' GROUP BY ALL
        ) JOIN (
          SELECT "case", event, arg_min(kind, file_row_number) AS kind
          FROM read_parquet($cases, file_row_number = true) WHERE event IS NOT NULL GROUP BY ALL
        ) USING ("case", event)"""
    with duckdb.connect() as db:
        found = db.execute(query, {"cases": str(cases), "decisions": str(decisions)}).fetchone()
    assert found is not None
    return Paid(*found)
