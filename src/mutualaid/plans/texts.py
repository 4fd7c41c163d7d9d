"""Texts of plan documents read, checked among others and compiled, each once: what actions and reads of plans share."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from mutualaid.plans.checking import check_drafts
from mutualaid.plans.document import Document
from mutualaid.plans.library import Loaded, compile_drafts
from mutualaid.plans.reading import Draft, PlanFault, read_document

KEPT = 256
"""Documents that are kept read."""


@functools.lru_cache(maxsize=KEPT)
def read_text(text: str, name: str = "plan.yaml") -> Draft:
    """The document of a text; ``name`` stands before its faults. Raises PlanError with every fault of form."""
    return read_document(name, text.encode())


def faults_among(draft: Draft, beside: Iterable[Draft]) -> list[PlanFault]:
    """Faults of meaning of one document, read together with those of the others that it names; theirs are left aside, as is
    another edition with the same id."""
    named = names_of(draft.document)
    others = [
        one
        for one in beside
        if one.document.plan != draft.document.plan and {one.document.plan, one.document.family} & named
    ]
    return [fault for fault in check_drafts([draft, *others]) if fault.file == draft.file]


@functools.lru_cache(maxsize=32)
def compiled(texts: tuple[str, ...]) -> Loaded:
    """Documents that passed the checks, compiled together; parts of combinations must be among them."""
    return compile_drafts([read_text(text) for text in texts])


def names_of(document: Document) -> frozenset[str]:
    """Ids and families of other plans that a document names."""
    named = [name for rule in (document.excludes, document.on_top_of) if rule is not None for name in rule.plans]
    return frozenset([*(document.combines or ()), *named])
