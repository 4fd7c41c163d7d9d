"""The documents that come with the product: the library of real plans, and the invented ones of the demonstration."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from mutualaid.core.places import PROJECT
from mutualaid.plans.checking import check_drafts
from mutualaid.plans.document import Document
from mutualaid.plans.publication import Hindrance, why_not_publishable
from mutualaid.plans.reading import Draft, PlanError, read_document

LIBRARY = PROJECT / "plans"
DEMONSTRATION = Path(__file__).parent / "demo_plans"


@dataclass(frozen=True)
class LibraryDocument:
    """One shipped document: its text, what it says, whether it is invented, and why it cannot be published (empty: it can)."""

    text: str
    document: Document
    invented: bool
    hindrances: tuple[Hindrance, ...]

    @property
    def publishable(self) -> bool:
        """Whether an office could offer it as it stands."""
        return not self.hindrances


@functools.cache
def library_documents() -> tuple[LibraryDocument, ...]:
    """All shipped documents, the invented ones of the demonstration first, each in the order of its file's name.

    Raises PlanError when one has faults, which the tests of the library exclude.
    """
    found = [
        (file, folder == DEMONSTRATION) for folder in (DEMONSTRATION, LIBRARY) for file in sorted(folder.glob("*.yaml"))
    ]
    drafts = library_drafts()
    faults = check_drafts(list(drafts))
    if faults:
        raise PlanError(faults)
    return tuple(
        LibraryDocument(
            file.read_text(encoding="utf-8"), draft.document, invented, tuple(why_not_publishable(draft.document))
        )
        for (file, invented), draft in zip(found, drafts, strict=True)
    )


@functools.cache
def library_drafts() -> tuple[Draft, ...]:
    """The same documents as the reader gives them."""
    return tuple(read_document(file) for folder in (DEMONSTRATION, LIBRARY) for file in sorted(folder.glob("*.yaml")))


def library_document(*, plan: str) -> LibraryDocument | None:
    """The shipped document with a plan's id."""
    return next((one for one in library_documents() if one.document.plan == plan), None)
