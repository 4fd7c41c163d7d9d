"""What changed between two versions of a plan, rule by rule, in the words of the plan's prose.

Both documents are told in prose, part by part (``mutualaid.plans.prose``, which leaves out nothing that counts), and the
statements at the same place are compared. Names, notes and sources are no rules; the worked-out parts of the prose are skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mutualaid.plans import document as d
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.prose.model import Point, Points, Prose, Section
from mutualaid.plans.prose.wording import Lang, Wording

_NO_RULES = frozenset({"about", "assumed", "not_covered", "sources"})
"""Sections of a plan's prose that are texts, or follow from the others."""
TOLD = 8
"""Statements shown of a benefit that is new or gone."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rule: where it stands, in words, and what it says before and after; None where it is not there."""

    place: tuple[str, ...]
    before: str | None
    after: str | None


@dataclass(slots=True)
class _Part:
    """One section or benefit: its title, and by place (shown, keys) the statements there in their order."""

    title: str
    said: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def add(self, place: tuple[str, ...], text: str) -> None:
        """Another statement at a place."""
        self.said.setdefault(place, []).append(text)


def changed_rules(old: d.Document, new: d.Document, lang: Lang) -> list[Change]:
    """Every rule that is not the same, in the order of the plan; rules that are gone stand where they stood."""
    say = Wording(lang, new.vocabulary)
    before, after = (_parts(document, lang) for document in (old, new))
    found: list[Change] = []
    for key in _in_order(before, after):
        a, b = before.get(key), after.get(key)
        if a is not None and b is not None:
            if a.title != b.title:
                found.append(Change((b.title, say("list.name")), a.title, b.title))
            for place in _in_order(a.said, b.said):
                found += _changes((b.title, *place), a.said.get(place, []), b.said.get(place, []))
        else:
            part = a or b or _Part("")
            text = _in_short(part, say)
            found.append(Change((part.title,), text if b is None else None, text if a is None else None))
    return found


def _in_order(a: Iterable[tuple[str, ...]], b: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """All keys of ``b`` in their order, those that only ``a`` has after the one that they followed there."""
    keys = list(b)
    last = -1
    for key in a:
        if key in keys:
            last = keys.index(key)
        else:
            last += 1
            keys.insert(last, key)
    return iter(keys)


def _changes(place: tuple[str, ...], a: list[str], b: list[str]) -> Iterator[Change]:
    """Statements of one place: what both say is left out, the rest is paired in order."""
    same = Counter(a) & Counter(b)
    gone, come = _without(a, same), _without(b, same)
    for i in range(max(len(gone), len(come))):
        yield Change(place, gone[i] if i < len(gone) else None, come[i] if i < len(come) else None)


def _without(texts: list[str], same: Counter[str]) -> list[str]:
    left = same.copy()
    found = []
    for text in texts:
        if left[text]:
            left[text] -= 1
        else:
            found.append(text)
    return found


# -- what a document says ---------------------------------------------------------------------------------------------


def _parts(document: d.Document, lang: Lang) -> dict[tuple[str, ...], _Part]:
    """Statements by section; each benefit and each list of diseases is a section of its own."""
    prose: Prose = plan_prose(document, lang)
    say = Wording(lang, document.vocabulary)
    found: dict[tuple[str, ...], _Part] = {}
    for section in prose.sections:
        if section.key == "lists":
            for name, point in zip(document.lists, _points(section), strict=True):
                part = found[("list", name)] = _Part(say.title(say.of(document.lists[name].name)))
                for row in point.table.rows if point.table is not None else ():
                    part.add((row.cells[0],), row.cells[1])
        elif section.key == "benefits":
            for one in section.parts:
                _tell(found.setdefault((one.key,), _Part(one.title)), one, say)
        elif section.key not in _NO_RULES:
            _tell(found.setdefault((section.key,), _Part(section.title)), section, say)
    return found


def _points(section: Section) -> list[Point]:
    return [point for block in section.blocks if isinstance(block, Points) for point in block.points]


def _tell(part: _Part, section: Section, say: Wording) -> None:
    for point in _points(section):
        _statements(part, (), point, say)


def _statements(part: _Part, place: tuple[str, ...], point: Point, say: Wording) -> None:
    here = (*place, point.label) if point.label else place
    glance = point.label == say("benefit.formula") and not point.more
    if point.text and not glance:
        part.add(here, point.text)
    if point.table is not None:
        shown = [i for i, head in enumerate(point.table.head) if i and head != say("bracket.total")]
        for row in point.table.rows:
            part.add((*here, row.cells[0]), say.join((row.cells[i] for i in shown if row.cells[i]), "clauses"))
    for more in point.more:
        _statements(part, here, more, say)


def _in_short(part: _Part, say: Wording) -> str:
    """The statements of a part that is new or gone."""
    told = [
        say("named", name=" · ".join(place), text=text) if place else text
        for place, texts in part.said.items()
        for text in texts
    ]
    return say.join([*told[:TOLD], *(["…"] if len(told) > TOLD else [])], "clauses")
