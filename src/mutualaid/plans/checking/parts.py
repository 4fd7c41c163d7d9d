"""What the checks of meaning share: the document under check with its faults, walks over its parts,
words for messages."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.reading import Draft, PlanFault
from mutualaid.plans.yaml_reader import Path

SHOWN_MOST = 12
"""Most words of a list that a message shows."""


@dataclass
class Check:
    """One document under check: its draft, its benefits with ``like`` resolved, and the faults found so far."""

    draft: Draft
    faults: list[PlanFault] = field(default_factory=list)
    benefits: list[d.Benefit] = field(init=False)
    misshapen: set[int] = field(default_factory=set)
    """Places of benefits with a fault so far: what they pay cannot be reasoned about."""

    def __post_init__(self) -> None:
        self.benefits = effective_benefits(self.document)

    @property
    def document(self) -> d.Document:
        """The document as read, ``like`` not resolved."""
        return self.draft.document

    def add(self, path: Path, zh: str, en: str, *, here: bool = False) -> None:
        """Note a fault where the text says it. A part taken over by ``like`` is faulted once, where it is written, or, when
        it is only wrong ``here``, at the benefit that takes it over."""
        home = self.home(path)
        for place in (path, home):
            if place[0] == "benefits" and len(place) > 1:
                self.misshapen.add(int(place[1]))
        fault = self.draft.fault(written(self.draft.read.value, path if here else home), zh, en)
        if fault not in self.faults:
            self.faults.append(fault)

    def sound(self, index: int) -> bool:
        """Is a benefit free of faults so far, and the one that it is like?"""
        benefit = self.document.benefits[index]
        models = [i for i in range(index) if self.document.benefits[i].benefit == benefit.like]
        return index not in self.misshapen and all(self.sound(i) for i in models)

    def dangling(self, index: int) -> bool:
        """Is a benefit like one that isn't there? What it lacks then is not known."""
        like = self.document.benefits[index].like
        return like is not None and all(one.benefit != like for one in self.document.benefits[:index])

    def line(self, path: Path) -> int:
        """Line on which a part is written."""
        return self.draft.read.line(written(self.draft.read.value, self.home(path)))

    def own(self, index: int, *names: str) -> bool:
        """Does a benefit say any of these itself? (One without ``like`` says all.)"""
        benefit = self.document.benefits[index]
        return benefit.like is None or not benefit.model_fields_set.isdisjoint(names)

    def parts(self) -> Iterator[tuple[Path, d.Part]]:
        """Every part of the document with its path, as written (``like`` not resolved)."""
        return parts(self.document)

    def home(self, path: Path) -> Path:
        """Where a part is written: for one taken over by ``like``, in the benefit that says it."""
        if len(path) < 3 or path[0] != "benefits" or not isinstance(path[1], int):
            return path
        index, name = path[1], path[2]
        ids = [benefit.benefit for benefit in self.document.benefits]
        while (benefit := self.document.benefits[index]).like is not None and name not in benefit.model_fields_set:
            if benefit.like not in ids[:index]:
                return ("benefits", index)
            index = ids.index(benefit.like)
        return ("benefits", index, *path[2:])


def written(value: Any, path: Path) -> Path:
    """The part of a path that the text has: shorthand (``rate: 70%``, one word for a list of one) has fewer steps."""
    found: list[str | int] = []
    skipping = False
    for step in path:
        if skipping and isinstance(step, int):
            skipping = False
        elif isinstance(value, dict) and isinstance(step, str):
            if step in value:
                found.append(step)
                value = value[step]
            elif step == "tables":
                skipping = True
            else:
                break
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            found.append(step)
            value = value[step]
        else:
            break
    return tuple(found)


def parts(part: d.Part, path: Path = ()) -> Iterator[tuple[Path, d.Part]]:
    """A part and every part inside it, with their paths by the names that the text uses."""
    yield path, part
    for name, info in type(part).model_fields.items():
        yield from _inside(getattr(part, name), (*path, info.alias or name))


def _inside(value: Any, path: Path) -> Iterator[tuple[Path, d.Part]]:
    if isinstance(value, d.Part):
        yield from parts(value, path)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _inside(item, (*path, i))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(item, (*path, key))


def listed(words: Iterable[object], lang: str) -> str:
    """Words of a list for a message: ``a、b`` or ``a, b``; the first few of a long one,
    and a word for an empty one."""
    texts = [str(word) for word in words]
    more = ["…"] if len(texts) > SHOWN_MOST else []
    texts = texts[:SHOWN_MOST] + more
    if lang == "zh":
        return "、".join(texts) or "（没有）"
    return ", ".join(texts) or "(none)"


def near(word: str, known: Collection[str]) -> tuple[str, str]:
    """A hint at the known word that was probably meant, in Chinese and English; empty when nothing is near."""
    found = difflib.get_close_matches(word[:60], sorted(known), 1, 0.6)
    return (f"是否想写 {found[0]}？", f"did you mean {found[0]}?") if found else ("", "")


def formulas_of(benefit: d.Benefit) -> list[tuple[Path, d.Formula]]:
    """The formulas of a benefit with their paths below it: its own, or those that it chooses among."""
    for name, several in (("greater_of", benefit.greater_of), ("lesser_of", benefit.lesser_of)):
        if several:
            return [((name, i), formula) for i, formula in enumerate(several)]
    return [((), benefit)]
