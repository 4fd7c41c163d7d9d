"""The command ``synth``: checks its options, draws a union, and says what was written."""

from __future__ import annotations

import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from mutualaid.datacentre.synthesis.offers import TooEarly
from mutualaid.datacentre.synthesis.people import BLOCK, MEMBERS_MOST
from mutualaid.datacentre.synthesis.union import plan_union
from mutualaid.datacentre.synthesis.writing import write_union
from mutualaid.plans.library import Loaded

YEAR_FIRST, YEAR_LAST = 1990, 2100
BAD_MOST = 50


def share(text: str) -> int | None:
    """``0.2%`` or ``0.002`` in millionths; None when it is no share from 0 to ``BAD_MOST`` per cent."""
    try:
        value = Decimal(text.removesuffix("%"))
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    per_million = value * (10_000 if text.endswith("%") else 1_000_000)
    return int(per_million) if 0 <= per_million <= BAD_MOST * 10_000 else None


def fault(members: int, year: int, seed: int, bad: str, out: Path, zh: bool) -> str | None:
    """What is wrong with the options, or None."""
    if not 1 <= members <= MEMBERS_MOST:
        return (
            f"--members 应为 1 到 {MEMBERS_MOST:,}，得到 {members:,}"
            if zh
            else f"--members: expected 1 to {MEMBERS_MOST:,}, found {members:,}"
        )
    if not YEAR_FIRST <= year <= YEAR_LAST:
        return (
            f"--year 应为 {YEAR_FIRST} 到 {YEAR_LAST}，得到 {year}"
            if zh
            else f"--year: expected {YEAR_FIRST} to {YEAR_LAST}, found {year}"
        )
    if seed < 0:
        return f"--seed 不能为负，得到 {seed}" if zh else f"--seed: expected no negative number, found {seed}"
    if share(bad) is None:
        return (
            f"--bad 应为 0% 到 {BAD_MOST}% 的比例，如 0.2%，得到 {bad}"
            if zh
            else f"--bad: expected a share from 0% to {BAD_MOST}%, such as 0.2%, found {bad}"
        )
    if out.exists() and not out.is_dir():
        return f"--out {out}: 不是文件夹" if zh else f"--out {out}: is no folder"
    at = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    if not at.is_dir() or not os.access(at, os.W_OK | os.X_OK):
        return f"--out {out}: 不能在 {at} 写入" if zh else f"--out {out}: can't write in {at}"
    return None


def synthesise(
    loaded: Loaded, members: int, year: int, seed: int, bad: str, out: Path, *, jsonl: bool, zh: bool
) -> None:
    """Draw and write the union. Raises TooEarly and OSError; the options must have passed ``fault``."""
    documents = {plan: draft.document for plan, draft in loaded.documents.items()}
    union = plan_union(documents, members=members, year=year, seed=seed, bad=share(bad) or 0)
    with progress(members) as bar:
        task = bar.add_task("生成" if zh else "drawing", total=members)
        done = write_union(union, out, jsonl=jsonl, on_progress=lambda more: bar.advance(task, more))
    wrong = sum(done.faults.values())
    typer.echo(
        f"{out}: {members:,} 名会员，{done.employers:,} 个单位，{done.events:,} 件事，{wrong:,} 个坏案例（全部虚构）"
        if zh
        else f"{out}: {members:,} members, {done.employers:,} employers, {done.events:,} events, "
        f"{wrong:,} bad cases (all invented)"
    )


def progress(members: int) -> Progress:
    """A bar on a terminal for long work, nothing otherwise."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not (sys.stderr.isatty() and members > BLOCK),
    )


__all__ = ["TooEarly", "fault", "synthesise"]
