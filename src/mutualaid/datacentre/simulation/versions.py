"""Two versions of a plan, each in a library with the other plans that members hold, and cases read under each of them.

Under the first version cases are read as they are, as ``mutualaid adjudicate`` reads them; for the second, a cover that names
the first version is read as one of the second.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from benefit_engine.columns.layout import PAID
from mutualaid.plans import document as d
from mutualaid.plans.calendar import load_corrections
from mutualaid.plans.checking import check_drafts
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.library import Loaded, compile_drafts, read_drafts
from mutualaid.plans.reading import Draft, PlanError, PlanFault


@dataclass(frozen=True)
class Versions:
    """Plan ``old`` and plan ``new`` (ids), each in its own library, and the ids of the plans beside them."""

    old: str
    new: str
    before: Loaded
    after: Loaded
    others: frozenset[str]

    @property
    def old_document(self) -> d.Document:
        """The document of the first version."""
        return self.before.documents[self.old].document

    @property
    def new_document(self) -> d.Document:
        """The document of the second version."""
        return self.after.documents[self.new].document


def load_versions(first: Path, second: Path, others: Iterable[Path] = ()) -> Versions:
    """Read, check and compile both versions, each with the same other plans. Raises PlanError with every fault."""
    others = list(others)
    a, b = _single(first), _single(second)
    old, new = a.document.plan, b.document.plan
    for path in others:
        if path.is_dir() and (path / "calendar.csv").exists():
            load_corrections(path / "calendar.csv")
    beside, faults = read_drafts(others)
    beside = [draft for draft in beside if draft.document.plan not in (old, new)]
    beside = [draft for draft in beside if old == new or new not in (draft.document.combines or ())]
    libraries = []
    for draft in (a, b):
        drafts = [draft, *(_combining(one, old, draft.document.plan) for one in beside)]
        faults += check_drafts(drafts)
        if faults:
            raise PlanError(list(dict.fromkeys(faults)))
        libraries.append(compile_drafts(drafts))
    names = frozenset(draft.document.plan for draft in beside)
    return Versions(old, new, libraries[0], libraries[1], names)


def _combining(draft: Draft, old: str, new: str) -> Draft:
    """A combination of plan ``old`` as one of plan ``new``; other documents as they are."""
    document = draft.document
    if old == new or old not in (document.combines or ()):
        return draft

    def renamed(plans: list[str] | None) -> list[str] | None:
        return None if plans is None else [new if plan == old else plan for plan in plans]

    caps = [cap.model_copy(update={"plans": renamed(cap.plans)}) for cap in document.shared_caps]
    changed = document.model_copy(update={"combines": renamed(document.combines), "shared_caps": caps})
    return dataclasses.replace(draft, document=changed)


def _single(file: Path) -> Draft:
    """The document of a file; it must be one plan and no combination."""
    if not file.is_file():
        raise PlanError([PlanFault(str(file), 1, "", "没有这个文件", "no such file")])
    drafts, faults = read_drafts([file])
    if faults:
        raise PlanError(faults)
    if is_combination(drafts[0].document):
        zh = "这是组合计划；请比较它所含的单项计划"
        raise PlanError([PlanFault(str(file), 1, "combines", zh, "a combination; compare the single plans in it")])
    return drafts[0]


def as_after(table: pa.Table, versions: Versions) -> pa.Table:
    """Cases that hold the first version as cases of the second: its covers, its family. What was really paid was paid under
    the first, so it is left aside."""
    cover = table["cover_plan"]
    own = pc.fill_null(pc.equal(cover, versions.old), False)
    table = _put(table, "cover_plan", pc.if_else(own, versions.new, cover))
    for name, kind in PAID.items():
        table = _put(table, name, pa.nulls(table.num_rows, kind))
    old, new = versions.old_document.family, versions.new_document.family
    if old != new:
        named = table["opening_family"]
        same = pc.fill_null(pc.equal(named, old), False)
        table = _put(table, "opening_family", pc.if_else(same, new, named))
    return table


def _put(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), values.cast(table.schema.field(name).type))
