"""What is special about a combination's prose: whose rules hold, and one stay decided by all of its plans together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose import terms
from mutualaid.plans.prose.examples import facts
from mutualaid.plans.prose.model import Box, Point, Points, Remark, Row, Section, Table
from mutualaid.plans.prose.scenes import Asked, fen_of
from mutualaid.plans.prose.stays import Cause, Stay, before_cut, parts_of, stays, telling_bill
from mutualaid.plans.prose.wording import Wording
from mutualaid.plans.prose.writer import Writer

KEY = "example"
"""Key of the section that holds the worked example."""


def who(w: Writer, library: Loaded | None) -> Section:
    """The combination's own conditions, then those of each plan, which the plan itself checks."""
    own = terms.who(w)
    parts = [
        Point("", w.plan_name(part.plan), more=_conditions(w, part), plan=part.plan) for part in _parts(w, library)
    ]
    points = [point for block in own.blocks if isinstance(block, Points) for point in block.points]
    return replace(own, blocks=(Points((*points, Point(w.say("who.combined"), w.say("who"), more=tuple(parts)))),))


def _parts(w: Writer, library: Loaded | None) -> list[d.Document]:
    return [part for part in parts_of(w.document, library) if part is not w.document] if library is not None else []


def _conditions(w: Writer, part: d.Document) -> tuple[Point, ...]:
    """A plan's conditions in short: clauses, sources and readings stand on its own page."""
    blocks = terms.who(Writer(part, w.say.lang, {})).blocks
    return tuple(_bare(point) for block in blocks if isinstance(block, Points) for point in block.points)


def _bare(point: Point) -> Point:
    return replace(point, cite="", remarks=(), more=tuple(_bare(one) for one in point.more))


def combined_in(document: d.Document, library: Loaded) -> list[str]:
    """The combinations that take in a plan."""
    documents = (draft.document for draft in library.documents.values())
    return [other.plan for other in documents if document.plan in (other.combines or ())]


# -- one stay under all plans -------------------------------------------------------------------------------------------


def cause_name(say: Wording, cause: Cause) -> str:
    """Why somebody is in hospital."""
    return say.of(cause.name) if cause.name is not None else say(f"cause.{cause.kind}")


def told_stays(document: d.Document, library: Loaded | None) -> tuple[list[tuple[Cause, Stay]], int]:
    """The stays that are told of, and the bill of the worked example, which is the one for which most is paid.

    None for a single plan, and where the library has not got all plans of the combination.
    """
    if library is None or not {document.plan, *(document.combines or ())} <= set(library.documents):
        return [], 0
    found = stays(document, library) if is_combination(document) else []
    return found, telling_bill(_dearest(found)) if found else 0


def _dearest(found: list[tuple[Cause, Stay]]) -> Stay:
    return max((stay for _, stay in found), key=lambda stay: stay.paid(Asked())[0])


def example(w: Writer, library: Loaded | None) -> Section | None:
    """One stay, what each plan pays for it, and how far the caps over several plans are used; None where nothing is paid."""
    say = w.say
    found, bill = told_stays(w.document, library)
    if library is None or not found:
        return None
    stay = _dearest(found)
    case, lines = stay.lines(Asked(base=bill))
    paid = sum(fen_of(line) for line in lines)
    rows = [_row(w, library, line) for line in lines if line["outcome"] != "none"]
    rows.append(Row((say("example.sum"), say.exact(paid))))
    told = Points((*facts(w, case, stay.benefit), Point(say("example.intro"))))
    payments = Table((say("example.benefit"), say("if.paid")), tuple(rows), figures=frozenset({1}))
    caps = tuple(_caps(w, library, lines))
    head = (say("example.cap"), say("example.used"), say("example.most"))
    tables = (payments, Table(head, caps, figures=frozenset({1, 2}))) if caps else (payments,)
    end = Points((Point(say("example.all", amount=say.money(paid), bill=say.money(bill))),))
    return Section(KEY, say("title.combined"), (Box("example", say("title.example"), (told, *tables, end)),))


def _row(w: Writer, library: Loaded, line: dict[str, Any]) -> Row:
    """A line of the decision: plan and benefit, what is paid, and why not more."""
    say = w.say
    part = Writer(library.documents[line["plan"]].document, say.lang, {})
    reasons = [say(f"reason.{reason}") for reason in line["reasons"]]
    before = before_cut(line)
    reasons += [say("example.before_cap", amount=say.money(before))] if before is not None else []
    notes = [say.of(part.document.name)] + ([say.join(reasons, "clauses")] if reasons else [])
    name = say.title(part.benefit_name(line["benefit"]))
    return Row((name, say.exact(fen_of(line))), remarks=tuple(Remark("note", note) for note in notes))


def _caps(w: Writer, library: Loaded, lines: Iterable[dict[str, Any]]) -> Iterator[Row]:
    """The caps over several plans: how much of each this stay uses."""
    say, program = w.say, library.library.combinations[w.document.plan]
    paid = [((library.documents[line["plan"]].document.family, line["benefit"]), fen_of(line)) for line in lines]
    for cap, compiled in zip(w.document.shared_caps, program.shared_caps, strict=True):
        used = sum(fen for benefit, fen in paid if benefit in compiled.benefits)
        name = say.title(say.of(cap.name)) if cap.name is not None else say("cap")
        single = cap.amount[0] if len(cap.amount) == 1 and cap.amount[0].when is None else None
        most = say.exact(single.value) if single is not None else say("example.by_case")
        yield Row((say.join((name, say(f"per.{cap.per}"))), say.exact(used), most))
