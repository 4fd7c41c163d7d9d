"""Two versions of a plan, each in a library with the other plans that members hold, and cases read under each of them.

A cover that names the first version is read as one of the version in question. Covers of plans that were not loaded, events
of kinds that no loaded plan knows, and what was really paid are left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from benefit_engine.columns.layout import AMOUNTS, COVER, EVENT, PAID
from benefit_engine.words import KINDS
from mutualaid.datacentre.simulation.deciding import whole_cases
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
    ids = {a.document.plan, b.document.plan}
    for path in others:
        if path.is_dir() and (path / "calendar.csv").exists():
            load_corrections(path / "calendar.csv")
    beside, faults = read_drafts(others)
    beside = [
        draft for draft in beside if draft.document.plan not in ids and not ids & set(draft.document.combines or ())
    ]
    libraries = []
    for draft in (a, b):
        drafts = [draft, *beside]
        faults += check_drafts(drafts)
        if faults:
            raise PlanError(list(dict.fromkeys(faults)))
        libraries.append(compile_drafts(drafts))
    names = frozenset(draft.document.plan for draft in beside)
    return Versions(a.document.plan, b.document.plan, libraries[0], libraries[1], names)


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


def read_under(batches: Iterable[pa.RecordBatch], versions: Versions, *, after: bool) -> Iterator[pa.RecordBatch]:
    """Cases that hold the first version, as cases of one version: its covers, its family, nothing that its library does not
    know. Rows in the order in which they come; cases without an event, which get no line, are left out."""
    loaded = versions.after if after else versions.before
    plan = versions.new if after else versions.old
    family = (versions.new_document if after else versions.old_document).family
    kinds = sorted(known_kinds(loaded))
    others = pa.array(sorted(versions.others), pa.string())
    for batch in whole_cases(batches, versions.old):
        table = pa.Table.from_batches([batch])
        cover, kind = table["cover_plan"], table["kind"]
        own = pc.fill_null(pc.equal(cover, versions.old), False)
        kept = pc.or_(own, pc.is_in(cover, others))
        table = _only(table, COVER, kept)
        table = _put(table, "cover_plan", pc.if_else(own, plan, table["cover_plan"]))
        table = _only(table, ["cover_combination"], pc.is_in(table["cover_combination"], others))
        known = pc.or_(pc.is_null(kind), pc.is_in(kind, pa.array(kinds)))
        own_amounts = [name for name in table.column_names if name.startswith("x_")]
        table = _only(table, [*EVENT, *AMOUNTS, *own_amounts], known)
        table = _only(table, PAID, pa.scalar(False))
        if family != versions.old_document.family:
            named = table["opening_family"]
            same = pc.fill_null(pc.equal(named, versions.old_document.family), False)
            table = _put(table, "opening_family", pc.if_else(same, family, named))
        yield from table.combine_chunks().to_batches()


def known_kinds(loaded: Loaded) -> frozenset[str]:
    """Kinds of event that some plan of the library answers to, and those that all plans may use."""
    named = {
        kind
        for draft in loaded.documents.values()
        for benefit in draft.document.benefits
        for kind in _kinds_of(benefit)
        if loaded.engine.knows_kind(kind)
    }
    return frozenset(KINDS) | named


def _kinds_of(benefit: d.Benefit) -> Iterator[str]:
    yield from benefit.kinds or ()
    for way in (benefit, *(benefit.greater_of or ()), *(benefit.lesser_of or ())):
        if way.base is not None:
            yield from way.base.collects or ()


def _put(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, table.schema.field(name), values.cast(table.schema.field(name).type))


def _only(table: pa.Table, names: Iterable[str], keep: pa.ChunkedArray | pa.Scalar) -> pa.Table:
    """These columns where ``keep`` holds, null elsewhere."""
    for name in names:
        table = _put(table, name, pc.if_else(keep, table[name], pa.scalar(None, table.schema.field(name).type)))
    return table
