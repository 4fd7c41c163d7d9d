"""``mutualaid takeover``: the template of a take-over, and a check of a file that writes nothing."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from mutualaid.cli.options import Lang, LangOption

if TYPE_CHECKING:
    from mutualaid.takeover.checking.rows import Row

FAULTS_SHOWN = 200


def register(app: typer.Typer, errors: Console) -> None:
    """Add the commands to the application; ``errors`` is its console on standard error."""
    group = typer.Typer(
        no_args_is_help=True, help="接管旧系统：模板、核对 · taking over from another system: template, check"
    )
    app.add_typer(group, name="takeover")

    @group.command()
    def template(file: Annotated[Path, typer.Argument(help="写到哪个 .xlsx · the workbook to write")]) -> None:
        """写出接管模板（.xlsx）。Write the template of a take-over."""
        code = write_template(file, errors)
        if code:
            raise typer.Exit(code)

    @group.command()
    def check(
        file: Annotated[
            Path, typer.Argument(help=".xlsx、.zip 或 CSV 文件夹 · a workbook, a zip or a folder of CSV files")
        ],
        office: Annotated[str, typer.Option("--office", help="接管机构的编码 · code of the office")],
        cutover: Annotated[
            datetime.datetime | None,
            typer.Option("--cutover", formats=["%Y-%m-%d"], help="接管基准日，默认今天 · first day here"),
        ] = None,
        lang: LangOption = Lang.zh,
    ) -> None:
        """核对接管文件，不写入任何数据；有错误退出码为 1，文件读不了为 2。

        Check a file; nothing is written. Exit status 1 with faults, 2 when it cannot be read.
        """
        code = run_check(file, office, cutover.date() if cutover else None, Console(), errors, zh=lang is Lang.zh)
        if code:
            raise typer.Exit(code)


def write_template(file: Path, errors: Console) -> int:
    """Exit status: 0, or 2 when it cannot be written."""
    from mutualaid.core import preparing

    preparing.begin()
    from mutualaid.takeover.template import takeover_template

    try:
        file.write_bytes(takeover_template())
    except OSError as error:
        errors.print(f"{file}: {error.strerror}", markup=False)
        return 2
    return 0


def run_check(
    file: Path, office: str, cutover_on: datetime.date | None, console: Console, errors: Console, *, zh: bool
) -> int:
    """Exit status: 0 good, 1 with faults, 2 when it cannot be looked at."""
    from mutualaid.core import preparing
    from mutualaid.core.cluster import ClusterError
    from mutualaid.core.places import PlaceError

    try:
        preparing.begin()
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return 2
    return checked(file, office, cutover_on, console, errors, zh=zh)


def checked(
    file: Path, office: str, cutover_on: datetime.date | None, console: Console, errors: Console, *, zh: bool
) -> int:
    """The check itself, once the database is there; see ``run_check``."""
    from django.utils import timezone

    from mutualaid.core.row_security import EVERYTHING, within
    from mutualaid.people.models import Unit
    from mutualaid.takeover.checking.run import check_file
    from mutualaid.takeover.columns import BY_WORD
    from mutualaid.takeover.reading import NotATakeover, open_file, read_folder

    faults: Counter[str] = Counter()

    def tell(rows: Sequence[Row]) -> None:
        for row in rows:
            for one in row.faults:
                faults["all"] += 1
                if faults["all"] <= FAULTS_SHOWN:
                    sheet = BY_WORD[row.line.sheet]
                    where = f"{sheet.zh if zh else sheet.word}:{row.line.line}"
                    console.print(
                        f"{where}: {one['zh'] if zh else one['en']}", markup=False, highlight=False, soft_wrap=True
                    )

    try:
        content = read_folder(file) if file.is_dir() else file.read_bytes()
        with within([EVERYTHING]):
            found = Unit.objects.filter(code=office).first()
            if found is None:
                errors.print(f"没有编码为 {office} 的机构" if zh else f"no office has the code {office}", markup=False)
                return 2
            today = timezone.localdate()
            report = check_file(
                open_file(content, name=file.name if file.is_file() else "folder.zip"),
                office=found,
                cutover_on=cutover_on or today,
                on=today,
                controls={},
                sink=tell,
            )
    except OSError as error:
        errors.print(f"{file}: {error.strerror}", markup=False)
        return 2
    except NotATakeover as error:
        errors.print(error.zh if zh else error.en, markup=False)
        return 2
    if faults["all"] > FAULTS_SHOWN:
        more = faults["all"] - FAULTS_SHOWN
        console.print(f"另有 {more} 处错误未列出" if zh else f"{more} more faults are not shown", highlight=False)
    _summary(report, console, zh=zh)
    return 1 if report["faults"] else 0


def _summary(report: dict[str, Any], console: Console, *, zh: bool) -> None:
    from mutualaid.takeover.columns import BY_WORD, CONTROLS

    for one in report["across"]:
        console.print(one["zh"] if zh else one["en"], markup=False, highlight=False, soft_wrap=True)
    names = (
        ("表", "读到", "新建", "已有", "不接管", "有误") if zh else ("sheet", "read", "new", "here", "left", "faulty")
    )
    table = Table(*names)
    for word, counts in report["sheets"].items():
        figures = (str(counts[name]) for name in ("read", "make", "match", "leave", "faulty"))
        table.add_row(BY_WORD[word].zh if zh else word, *figures)
    console.print(table)
    totals = Table(
        *(("核对", "旧系统", "读到", "将接管", "差异") if zh else ("total", "told", "read", "made", "difference"))
    )
    for one in report["controls"]:
        chinese, english, _ = CONTROLS[one["word"]]
        name = chinese if zh else english
        totals.add_row(name, *(one[key] or "—" for key in ("told", "read", "made", "difference")))
    console.print(totals)
