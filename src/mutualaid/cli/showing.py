"""``mutualaid plan show``: the documents that a plan needs, and its prose on the terminal."""

from __future__ import annotations

from pathlib import Path

import typer

from mutualaid.plans.checking import check_drafts
from mutualaid.plans.library import compile_drafts, read_drafts
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.prose.terminal import print_prose
from mutualaid.plans.reading import Draft, PlanError, PlanFault, read_document


def show(file: Path, others: list[Path], lang: str) -> int:
    """Print the plan; returns the exit status (1 when it has faults, after naming them on standard error)."""
    try:
        own = read_document(file)
        drafts = _with_parts(own, others or [file.parent])
        faults = [fault for fault in check_drafts(drafts) if fault.file == own.file]
    except PlanError as error:
        return _tell(error.faults, lang)
    if faults:
        return _tell(faults, lang)
    print_prose(plan_prose(own.document, lang, compile_drafts(drafts)))
    return 0


def _with_parts(own: Draft, others: list[Path]) -> list[Draft]:
    """The plan with those that it combines or excludes, as far as they are found."""
    document = own.document
    named = {*(document.combines or ()), *(document.excludes.plans if document.excludes else ())}
    if not named:
        return [own]
    found = [
        draft for draft in read_drafts(others)[0] if draft.document.plan in named or draft.document.family in named
    ]
    return [own, *(draft for draft in found if draft.document.plan != document.plan)]


def _tell(faults: list[PlanFault], lang: str) -> int:
    """Name the faults on standard error; returns the exit status."""
    for fault in faults:
        typer.echo(fault.text(lang), err=True)
    return 1
