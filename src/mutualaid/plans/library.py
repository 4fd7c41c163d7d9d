"""The plans of a run: files and folders read, checked together, and compiled for the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benefit_engine.decide import Engine
from benefit_engine.plan import Library
from mutualaid.plans.calendar import load_corrections
from mutualaid.plans.checking import check_drafts
from mutualaid.plans.compiling import compile_combination, compile_plan, is_combination
from mutualaid.plans.reading import Draft, PlanError, PlanFault, read_document


@dataclass(frozen=True)
class Loaded:
    """Checked documents by plan id, the compiled library, and an engine on it."""

    documents: dict[str, Draft]
    library: Library
    engine: Engine


def plan_files(paths: Iterable[Path]) -> list[Path]:
    """Plan documents among files and folders, in a fixed order. Raises PlanError for a path that is neither."""
    files: list[Path] = []
    faults: list[PlanFault] = []
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.suffix in (".yaml", ".yml") and file.is_file())
            if not found:
                faults.append(
                    PlanFault(str(path), 1, "", "文件夹里没有 .yaml 计划文件", "no .yaml plan documents in this folder")
                )
            files += found
        elif path.exists():
            files.append(path)
        else:
            faults.append(PlanFault(str(path), 1, "", "没有这个文件或文件夹", "no such file or folder"))
    if faults:
        raise PlanError(faults)
    return list(dict.fromkeys(files))


def read_drafts(paths: Iterable[Path]) -> tuple[list[Draft], list[PlanFault]]:
    """All documents that have the right form, and the faults of form of the others."""
    drafts: list[Draft] = []
    faults: list[PlanFault] = []
    for file in plan_files(paths):
        try:
            drafts.append(read_document(file))
        except PlanError as error:
            faults += error.faults
    return drafts, faults


def check_paths(paths: Iterable[Path]) -> tuple[list[Draft], list[PlanFault]]:
    """Read and check: the drafts of right form, and every fault of form and of meaning."""
    drafts, faults = read_drafts(paths)
    return drafts, faults + check_drafts(drafts)


def load_library(paths: Iterable[Path]) -> Loaded:
    """Read, check and compile. Raises PlanError with every fault of every document."""
    paths = list(paths)
    for path in paths:
        table = path / "calendar.csv"
        if path.is_dir() and table.exists():
            load_corrections(table)
    drafts, faults = check_paths(paths)
    if faults:
        raise PlanError(faults)
    return compile_drafts(drafts)


def compile_drafts(drafts: list[Draft]) -> Loaded:
    """Compile documents that passed the checks."""
    singles = [draft.document for draft in drafts if not is_combination(draft.document)]
    plans = {document.plan: compile_plan(document) for document in singles}
    combinations = {
        draft.document.plan: compile_combination(draft.document, plans)
        for draft in drafts
        if is_combination(draft.document)
    }
    library = Library(plans, combinations)
    return Loaded({draft.document.plan: draft for draft in drafts}, library, Engine(library))
