"""A draft compared with another version of its plan on a year's cases: texts and a folder in, the page and its figures out."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from benefit_engine.money import yuan
from mutualaid.core.places import data_folder
from mutualaid.datacentre.simulation.comparing import compare, plans_in
from mutualaid.datacentre.simulation.deciding import decide_year
from mutualaid.datacentre.simulation.model import Comparison
from mutualaid.datacentre.simulation.page import page_html, tell
from mutualaid.datacentre.simulation.versions import Versions, load_versions
from mutualaid.datacentre.simulation.years import NAMES, YearError, open_year
from mutualaid.datacentre.synthesis.union import plan_union
from mutualaid.datacentre.synthesis.writing import write_union
from mutualaid.plans.document import Document
from mutualaid.plans.texts import read_text

BATCH = 32_768
"""Rows read at a time."""
MEMBERS_LEAST, MEMBERS_MOST = 100, 1_000_000
_YEAR_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9._\u4e00-\u9fff-]{0,59}")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Compared:
    """The page, complete in itself, and what a list of simulations shows: plain figures and sentences that JSON can hold."""

    html: str
    summary: dict[str, Any]


def simulate_texts(
    *,
    before: str,
    after: str,
    beside: Iterable[str] = (),
    year: Path,
    lang: str = "zh",
    jobs: int | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Compared:
    """Decide a year under two versions of a plan. ``before``, ``after``, ``beside``: texts of documents (the year's covers name
    ``before``; ``beside``: other plans of its members); ``year``: a file or folder of cases.

    ``on_progress`` gets the rows read and their total. Raises PlanError, and YearError when the year cannot be read or has
    no cover of the first version.
    """
    with tempfile.TemporaryDirectory(prefix="mutualaid-") as folder:
        versions = _versions(Path(folder), before, after, beside)
        with open_year(year, lang, versions.old) as opened:
            found = plans_in(opened.cases)
            if versions.old not in dict(found):
                named = "、".join(plan for plan, _ in found[:6])
                raise YearError(
                    f"数据里应有计划 {versions.old} 的参保记录；得到 {named or '没有参保记录'}，请换一年的数据，或改用合成数据",
                    f"expected covers of the plan {versions.old} in the data, found {named or 'none'}; "
                    "take another year or invented data",
                )
            total = opened.cases.count_rows()

            def counted() -> Iterator[pa.RecordBatch]:
                done = 0
                for batch in opened.batches(BATCH):
                    done += batch.num_rows
                    yield batch
                    on_progress(done, total)

            try:
                with decide_year(versions, counted(), lang=lang, jobs=jobs, bad=opened.bad) as decided:
                    sums = compare(
                        decided.cases,
                        decided.before,
                        decided.after,
                        old=versions.old,
                        new=versions.new,
                        bad=decided.bad,
                    )
                    told = tell(sums, versions, lang)
                    return Compared(page_html(told, versions, decided.cases), _summary(sums, versions, told.sentences))
            except pa.ArrowInvalid as error:
                raise YearError(f"数据无法读取：{error}", f"the data cannot be read: {error}") from error


def _versions(folder: Path, before: str, after: str, beside: Iterable[str]) -> Versions:
    files = []
    for i, text in enumerate((before, after, *beside)):
        # Where two versions have one name, the page tells them apart by the names of their files.
        files.append(folder / str(i) / f"{read_text(text).document.plan}.yaml")
        files[-1].parent.mkdir()
        files[-1].write_text(text, encoding="utf-8")
    return load_versions(files[0], files[1], files[2:])


def _summary(found: Comparison, versions: Versions, sentences: list[str]) -> dict[str, Any]:
    paid, whole = found.totals.paid, found.all
    return {
        "before": versions.old,
        "after": versions.new,
        "people": found.people,
        "events": found.events,
        "paid_before": yuan(paid.before),
        "paid_after": yuan(paid.after),
        "change": yuan(paid.change),
        "gainers": whole.gainers,
        "losers": whole.losers,
        "bad_cases": found.bad_count,
        "sentences": list(sentences),
    }


# -- where a year comes from --------------------------------------------------------------------------------------------


def years_folder() -> Path:
    """Where an installation keeps its years of data: a folder for each."""
    return data_folder() / "years"


def years() -> list[str]:
    """Names of the years of data that there are, latest name first."""
    folder = years_folder()
    if not folder.is_dir():
        return []
    found = [one for one in folder.iterdir() if any((one / name).is_file() for name in NAMES)]
    return sorted((one.name for one in found), reverse=True)


def year_of(name: str) -> Path:
    """The folder of a year of data. Raises YearError for a name that is none."""
    if not _YEAR_NAME.fullmatch(name) or name not in years():
        raise YearError(
            f"应为已有的数据年份；得到 {name[:60]}，请从列表中选",
            f"expected a year of data that is there, found {name[:60]}; choose one of the list",
        )
    return years_folder() / name


def invented_year(
    *,
    document: Document,
    folder: Path,
    members: int,
    year: int,
    seed: int,
    on_progress: Progress = lambda done, total: None,
) -> Path:
    """An invented union under one plan, written to a folder; the same seed gives the same union. A plan whose first term begins
    later has its first year. Raises YearError for a size outside the bounds."""
    if not MEMBERS_LEAST <= members <= MEMBERS_MOST:
        raise YearError(
            f"合成人数应为 {MEMBERS_LEAST} 到 {MEMBERS_MOST}；得到 {members}，请改正",
            f"expected {MEMBERS_LEAST} to {MEMBERS_MOST} invented members, found {members}; correct it",
        )
    first = document.term.first_on
    union = plan_union(
        {document.plan: document}, members=members, year=max(year, first.year if first else year), seed=seed
    )
    done = 0

    def more(count: int) -> None:
        nonlocal done
        done += count
        on_progress(done, members)

    write_union(union, folder, on_progress=more)
    return folder
