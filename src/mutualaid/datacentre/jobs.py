"""Entry points of the data centre for the worker: the simulation of a version of a plan.

What simulates is imported when it is wanted: with it comes the compiler of the columns, for which no process should wait as it
starts.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import transaction

from mutualaid.core import papers
from mutualaid.core.work import Running, database_time, long_job
from mutualaid.datacentre.actions import SIMULATE
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of

if TYPE_CHECKING:
    from mutualaid.datacentre.versions_compared import Compared


@long_job(SIMULATE)
def simulate_version(job: Running) -> dict[str, Any]:
    """Compare two versions and keep the page as a file: the result is its figures and the file's ``key``. One piece: a worker
    that takes it up anew begins anew, and progress goes on from where it stood."""
    wanted = job.wanted
    version = PlanVersion.objects.select_related("office").get(pk=wanted["version"])
    before = PlanVersion.objects.get(pk=wanted["before"])
    with tempfile.TemporaryDirectory(prefix="mutualaid-") as folder:
        found = _compared(job, version, before, Path(folder))
    with transaction.atomic():
        kept = papers.store(
            content=found.html.encode(),
            name=f"simulation-{before.plan}-{version.plan}.html",
            kind="simulation",
            media_type=papers.HTML,
            unit_path=version.office.path,
            ours=True,
            by=job.asked_by,
            at=database_time(),
        )
        return {**found.summary, "file": str(kept.key), "invented": not wanted["year"]}


def _compared(job: Running, version: PlanVersion, before: PlanVersion, folder: Path) -> Compared:
    from mutualaid.datacentre.versions_compared import invented_year, simulate_texts, year_of

    wanted, invented = job.wanted, not job.wanted["year"]

    def tell(done: int, total: int, first: int, share: int) -> None:
        """Thousandths of the whole: inventing a union takes up to 300 of them."""
        reached = first + share * done // max(1, total)
        with transaction.atomic():
            job.progress(max(job.done, reached), 1000)

    if invented:
        year = invented_year(
            document=document_of(version=before),
            folder=folder,
            members=wanted["members"],
            year=wanted["calendar_year"],
            seed=wanted["seed"],
            on_progress=lambda done, total: tell(done, total, 0, 300),
        )
    else:
        year = year_of(wanted["year"])
    first = 300 if invented else 0
    return simulate_texts(
        before=before.text,
        after=version.text,
        year=year,
        lang=wanted["lang"],
        jobs=1,
        on_progress=lambda done, total: tell(done, total, first, 1000 - first),
    )
