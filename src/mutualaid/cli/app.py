"""Commands for actuaries, plan designers and other systems. Help teaches; exit codes are those of the public contract."""

from __future__ import annotations

import io
import os
import signal
import sys
from concurrent.futures.process import BrokenProcessPool
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from mutualaid.cli import deciding
from mutualaid.cli.options import Lang, LangOption
from mutualaid.cli.proving import register as register_proof
from mutualaid.cli.running import register
from mutualaid.cli.taking_over import register as register_takeover
from mutualaid.plans import caseload
from mutualaid.plans.case_errors import ColumnsError
from mutualaid.plans.library import Loaded, check_paths, load_library
from mutualaid.plans.reading import PlanError
from mutualaid.plans.schema import schema_text

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="""职工互助保障平台 · Mutualaid: mutual-aid benefit plans as data, decided to the fen.

    从这里开始 · Begin here:

    - `mutualaid demo` 在本机运行整个系统，用虚构的工会 · the whole product here, with an invented union
    - `mutualaid library` 核对计划库、计算随附案例、生成报告
    - `mutualaid plan show plans/guangxi-huzhubao-1-2025.yaml` 像会员一样读一个计划
    - `mutualaid adjudicate --plans plans --cases cases.jsonl --out decisions.jsonl` 理算
    """,
)
plan_app = typer.Typer(
    no_args_is_help=True, help="计划文件：核对、阅读、语言说明 · plan documents: check, show, schema"
)
app.add_typer(plan_app, name="plan")

errors = Console(stderr=True, highlight=False, soft_wrap=True)


class EngineName(StrEnum):
    """Which evaluator decides."""

    one = "one"
    batch = "batch"


def _print_version(wanted: bool) -> None:
    """Print the installed version and leave, if asked for."""
    if wanted:
        typer.echo(f"mutualaid {version('mutualaid')}")
        raise typer.Exit


@app.callback()
def main(
    _show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="显示版本 · show the version")
    ] = False,
) -> None:
    """Options of all commands."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Chinese is no reason to stop


def fail(message: str, code: int) -> NoReturn:
    """Say on standard error what is wrong, and leave."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def load(paths: list[Path], lang: Lang) -> Loaded:
    """The library of these paths, or every fault of it on standard error and exit 2."""
    try:
        return load_library(paths)
    except PlanError as error:
        for fault in error.faults:
            typer.echo(fault.text(lang.value), err=True)
        many = len(error.faults)
        fail(
            f"计划有 {many} 处错误，未作计算" if lang is Lang.zh else f"{many} faults in plans; nothing was decided", 2
        )


@plan_app.command("check")
def plan_check(
    files: Annotated[list[Path], typer.Argument(help="计划文件或文件夹 · plan documents or folders")],
    lang: LangOption = Lang.zh,
) -> None:
    """核对计划：找出每一处错误，给出文件、行、应为什么、怎样改。有错则退出码为 1。

    Check plans: every fault with file, line, what was expected and what to do. Exit status 1 if there is any.
    """
    try:
        drafts, faults = check_paths(files)
    except PlanError as error:
        drafts, faults = [], error.faults
    for fault in faults:
        typer.echo(fault.text(lang.value))
    if faults:
        raise typer.Exit(1)
    for draft in drafts:
        assumed = draft.document.status == "illustrative"
        note = (
            ("示例（含假定数值，不能向会员发布）" if assumed else "通过")
            if lang is Lang.zh
            else ("illustrative (assumed values; can't be published to members)" if assumed else "good")
        )
        typer.echo(f"{draft.file}: {draft.document.plan}: {note}")


@plan_app.command("show")
def plan_show(
    file: Annotated[Path, typer.Argument(help="计划文件 · a plan document")],
    lang: LangOption = Lang.zh,
    with_plans: Annotated[
        list[Path] | None,
        typer.Option("--with", help="组合计划所含单项计划的文件或文件夹（默认同一文件夹） · plans that it names"),
    ] = None,
) -> None:
    """像会员一样读一个计划：条款、表格、引擎算出的例子、假定之处。

    Read a plan as a member would: clauses, tables, an example computed by the engine, and what is assumed.
    """
    from mutualaid.cli.showing import show

    code = show(file, with_plans or [], lang.value)
    if code:
        raise typer.Exit(code)


@plan_app.command("schema")
def plan_schema() -> None:
    """计划语言的 JSON Schema（供编辑器提示与核对） · JSON Schema of the plan language, for editors and checks."""
    typer.echo(schema_text(), nl=False)


@app.command()
def adjudicate(
    plans: Annotated[
        list[Path], typer.Option("--plans", help="计划文件或文件夹，可多次给出 · plan documents or folders")
    ],
    cases: Annotated[
        str,
        typer.Option("--cases", help="案例 JSON Lines（每行一人，- 为标准输入）或 .parquet · cases, one person a line"),
    ],
    out: Annotated[
        str,
        typer.Option("--out", help="决定 JSON Lines（- 为标准输出）或 .parquet · decisions, in the order of the cases"),
    ],
    engine: Annotated[
        EngineName,
        typer.Option(
            "--engine", help="one 逐案解释；batch 列式，结果相同，不写算式 · explained, or columns without workings"
        ),
    ] = EngineName.one,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=256, help="并行进程数，默认按文件大小 · processes, by size if not given"),
    ] = None,
    verify: Annotated[
        int,
        typer.Option(
            "--verify",
            min=0,
            help="batch 之后抽约 N 案用 one 复算 · re-compute about N cases of a batch by the explained engine",
        ),
    ] = 0,
    lang: LangOption = Lang.zh,
    more_plans: Annotated[list[Path] | None, typer.Argument(hidden=True)] = None,
) -> None:
    """理算：案例逐行算成决定，每一分钱都有步骤与条款。

    坏行写成 `{"case":…,"line":…,"error":…}`，不影响其他行，退出码为 1；计划有错则退出码为 2，什么也不写。

    Decide cases line by line, with the working of every fen. A bad line becomes an error line and the exit status 1;
    a faulty plan is exit status 2 and nothing is written.
    """
    plans = [*plans, *(more_plans or [])]
    zh = lang is Lang.zh
    if verify and engine is EngineName.one:
        fail("--verify 用于 --engine batch" if zh else "--verify goes with --engine batch", 2)
    size = _check_files(cases, out, zh)
    loaded = load(plans, lang)
    workers = jobs or ((os.cpu_count() or 1) if size > 3_000_000 else 1)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        with caseload.whole_or_nothing(out) as sink, _progress(size) as bar:
            task = bar.add_task("理算" if zh else "deciding", total=size or None)
            tally = deciding.decide(
                deciding.Job(loaded.library, cases, out, engine.value, workers, lang.value, verify),
                sink,
                on_error=lambda number, text: errors.print(f"{cases}:{number}: {text}", markup=False),
                on_progress=lambda done: bar.advance(task, done),
            )
    except ColumnsError as error:
        fail(f"{cases}: {error.zh if zh else error.en}", 2)
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(1) from None
    except BrokenProcessPool:
        fail(
            "一个工作进程意外终止，没有写出结果；请重试，或用 --jobs 1"
            if zh
            else "a worker process died; no output was written; try again, or with --jobs 1",
            2,
        )
    except KeyboardInterrupt:
        fail("已中断，没有写出结果" if zh else "interrupted; no output was written", 130)
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror}", 2)
    if engine is EngineName.batch:
        typer.echo(deciding.summary(tally, lang.value), err=True)
    if tally.differences:
        shown = "\n".join(tally.differences[:20])
        fail(
            f"复算不一致 {len(tally.differences)} 处：\n{shown}"
            if zh
            else f"{len(tally.differences)} differences:\n{shown}",
            1,
        )
    if tally.bad:
        fail(
            f"{tally.decided} 案已计算，{tally.bad} 行有错（已写入结果中的错误行）"
            if zh
            else f"{tally.decided} cases decided, {tally.bad} bad lines (written as error lines)",
            1,
        )


def _check_files(cases: str, out: str, zh: bool) -> int:
    """Faults of the arguments before anything is computed; returns the size of the cases in bytes (0: unknown)."""
    size = 0
    if cases != "-":
        path = Path(cases)
        if not path.is_file():
            fail(f"{cases}: 没有这个文件" if zh else f"{cases}: no such file", 2)
        size = path.stat().st_size
        if out != "-" and Path(out).exists() and Path(out).samefile(path):
            fail("--out 不能与 --cases 是同一文件" if zh else "--out must not be the file of --cases", 2)
    if out != "-":
        if Path(out).is_dir():
            fail(f"{out}: 是文件夹，应为文件名" if zh else f"{out}: is a folder; name a file", 2)
        if not Path(out).absolute().parent.is_dir():
            fail(f"{out}: 所在文件夹不存在" if zh else f"{out}: its folder does not exist", 2)
    return size


def _progress(size: int) -> Progress:
    """A bar on a terminal for long work, nothing otherwise."""
    shown = sys.stderr.isatty() and size > 200_000
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not shown,
    )


def _interrupted(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@app.command("library")
def show_library(
    plans: Annotated[Path, typer.Option("--plans", help="计划库 · the library")] = Path("plans"),
    cases: Annotated[Path, typer.Option("--cases", help="随附案例 · the shipped cases")] = Path("tests/engine/cases"),
    out: Annotated[Path, typer.Option("--out", help="报告文件夹 · folder of the report")] = Path("build/report"),
    lang: LangOption = Lang.zh,
) -> None:
    """计划库：核对计划，计算随附的公布案例，展开一个完整算式，生成每个计划的网页。

    The library: check the plans, decide the published cases, show one full working, write a page for every plan.
    """
    from mutualaid.cli.showing_library import show_library as run

    code = run(plans, cases, out, lang.value)
    if code:
        raise typer.Exit(code)


@app.command()
def synth(
    members: Annotated[int, typer.Option("--members", help="会员人数 · how many members")],
    year: Annotated[int, typer.Option("--year", help="事件所在年度 · the year of the events")],
    plans: Annotated[
        list[Path], typer.Option("--plans", help="计划文件或文件夹，可多次给出 · plan documents or folders")
    ],
    out: Annotated[Path, typer.Option("--out", help="写入的文件夹 · the folder to write")],
    seed: Annotated[int, typer.Option("--seed", help="随机种子 · the same seed gives the same data")] = 2025,
    bad: Annotated[str, typer.Option("--bad", help="坏记录的比例 · share of bad cases")] = "0.2%",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="另写 cases.jsonl · also write cases.jsonl")] = False,
    lang: LangOption = Lang.zh,
    more_plans: Annotated[list[Path] | None, typer.Argument(hidden=True)] = None,
) -> None:
    """合成数据：虚构一个工会的单位、会员、参保、一年的事件和票据，以及已知比例的坏记录。

    Draw an invented union: employers, members, covers, a year's events and bills, and a known share of bad records.
    """
    from mutualaid.cli.synthesising import TooEarly, fault, synthesise

    zh = lang is Lang.zh
    wrong = fault(members, year, seed, bad, out, zh)
    if wrong:
        fail(wrong, 2)
    loaded = load([*plans, *(more_plans or [])], lang)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        synthesise(loaded, members, year, seed, bad, out, jsonl=jsonl, zh=zh)
    except TooEarly as error:
        fail(error.zh if zh else error.en, 2)
    except KeyboardInterrupt:
        fail("已中断，没有写出文件" if zh else "interrupted; no files were written", 130)
    except OSError as error:
        fail(f"{error.filename or out}: {error.strerror}", 2)


@app.command()
def simulate(
    plans: Annotated[
        list[Path], typer.Option("--plans", help="原计划和新计划两个文件：--plans A.yaml B.yaml · before and after")
    ],
    cases: Annotated[
        Path, typer.Option("--cases", help="一年的案例：.parquet、.jsonl 或含有它们的文件夹 · a year of cases")
    ],
    out: Annotated[Path, typer.Option("--out", help="结果文件夹 · folder of the page")],
    others: Annotated[
        list[Path] | None,
        typer.Option("--with", help="会员同时参加的其他计划，可多次给出 · other plans that members hold"),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, max=256, help="并行线程数 · threads, all cores if not given")
    ] = None,
    lang: LangOption = Lang.zh,
    more_plans: Annotated[list[Path] | None, typer.Argument(hidden=True)] = None,
) -> None:
    """测算：同一批案例按两个版本的计划各算一遍，比较花费、受益的人和每一处规则。

    What would this plan have cost: the same year of cases under two versions of a plan; tables here, the rest in
    `simulation.html` in the folder. Exit status 2 for faulty plans, cases or arguments.
    """
    from mutualaid.cli.simulating import simulate as run

    code = run([*plans, *(more_plans or [])], others or [], cases, out, lang.value, jobs)
    if code:
        raise typer.Exit(code)


@app.command()
def year(
    out: Annotated[Path, typer.Option("--out", help="写入的文件夹 · the folder to write")] = Path("build/year"),
    plan: Annotated[Path, typer.Option("--plan", help="计划文件 · the plan's document")] = Path(
        "plans/guangxi-huzhubao-1-2025.yaml"
    ),
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=1, max=256, help="并行数，默认全部核心 · workers, all cores if not given"),
    ] = None,
    lang: LangOption = Lang.zh,
) -> None:
    """虚构的一年：合成一个城市 103,300 名会员的一年，两个引擎各算一遍并逐行比较，再测算免补额降为 800 元要多付多少。

    An invented year of one city: drawn, decided by both engines, compared line by line, and simulated under a changed
    plan. Exit status 1 if the engines disagree.
    """
    from mutualaid.cli.year import year as run

    code = run(plan, out, lang.value, jobs)
    if code:
        raise typer.Exit(code)


register(app, errors)
register_proof(app, errors)
register_takeover(app, errors)


@app.command()
def migrate(lang: LangOption = Lang.zh) -> None:
    """准备数据库：没有 DATABASE_URL 时启动自带的 PostgreSQL，建库，把数据表升到本版本。可重复执行。

    Make the database ready: start the private PostgreSQL unless DATABASE_URL names another, make the database, bring
    its tables to this version. Does no harm when repeated.
    """
    from mutualaid.cli.operating import migrate as run

    code = run(Console(), errors, zh=lang is Lang.zh)
    if code:
        raise typer.Exit(code)


@app.command()
def check(lang: LangOption = Lang.zh) -> None:
    """部署检查：密钥、数据库版本、角色与行级权限、迁移。只看不改；有问题退出码为 1。

    Look at a deployment: key, database, role, migrations. Changes nothing; exit status 1 when something is wrong.
    """
    from mutualaid.cli.operating import check as run

    code = run(Console(soft_wrap=True), errors, zh=lang is Lang.zh)
    if code:
        raise typer.Exit(code)


@app.command()
def worker(
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=64, help="同时进行的任务数 · tasks at the same time")
    ] = 2,
    once: Annotated[bool, typer.Option("--once", help="做完等待的任务就退出 · leave when nothing waits")] = False,
    lang: LangOption = Lang.zh,
) -> None:
    """后台：导入、对账、通知、定时任务都由它完成。收到 SIGTERM 或 Ctrl-C 时，做完手头的一段再退出；随时可以重新启动。

    The worker: imports, matching, notices, timers. Told to stop it finishes the piece in hand; killed, another takes up its work.
    """
    from mutualaid.cli.working import work

    code = work(Console(), errors, concurrency, once=once, zh=lang is Lang.zh)
    if code:
        raise typer.Exit(code)
