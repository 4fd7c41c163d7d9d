"""A plan as a member reads it: every rule of the document in words, with its source, and examples from the engine.

``plan_prose`` gives a ``Prose``, which ``prose_terminal`` prints and ``report`` turns into a page. Nothing of a document is
left out: ``tests/plans/test_prose.py`` changes each value of a document and looks for the change in the prose.
"""

from __future__ import annotations

from mutualaid.plans import document as d
from mutualaid.plans.compiling import is_combination
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose import benefits, combinations, terms
from mutualaid.plans.prose.examples import example_box
from mutualaid.plans.prose.model import Block, Box, Point, Points, Prose, Section
from mutualaid.plans.prose.wording import Lang, Wording, language
from mutualaid.plans.prose.writer import Writer


def plan_prose(document: d.Document, lang: str = "zh", library: Loaded | None = None) -> Prose:
    """The plan in words. With a ``library`` that holds it: other plans by name, and worked examples.

    Raises ValueError for a language other than ``zh`` and ``en``.
    """
    chosen = language(lang)
    w = Writer(document, chosen, _plan_names(library, chosen))
    inside = combinations.combined_in(document, library) if library is not None else ()
    sections = [terms.about(w, inside), terms.price_and_term(w)]
    sections.append(combinations.who(w, library) if is_combination(document) else terms.who(w))
    sections.append(Section("common", w.say("title.common"), tuple(terms.common(w))))
    parts = tuple(_benefit(w, benefit, library) for benefit in w.benefits)
    if parts:
        sections.append(Section("benefits", w.say("title.benefits"), (), parts))
    more = (benefits.together(w), combinations.example(w, library), benefits.lists(w), benefits.not_covered(w))
    sections += [part for part in more if part is not None]
    if w.assumed:
        sections.append(Section("assumed", w.say("title.assumed"), (_assumed(w),)))
    sections.append(benefits.sources(w))
    return Prose(
        document.plan,
        chosen,
        w.say.of(document.name),
        document.status,
        w.say(f"badge.{document.status}"),
        w.say.of(document.summary) if document.summary else "",
        tuple(sections),
    )


def _plan_names(library: Loaded | None, lang: Lang) -> dict[str, str]:
    say = Wording(lang)
    drafts = library.documents.values() if library is not None else ()
    return {draft.document.plan: say.of(draft.document.name) for draft in drafts}


def _benefit(w: Writer, benefit: d.Benefit, library: Loaded | None) -> Section:
    name = w.name_of(benefit)
    with w.at(name):
        blocks: list[Block] = [Points(tuple(benefits.benefit_points(w, benefit)))]
    if library is not None and w.document.plan in library.documents:
        blocks.append(example_box(w, benefit, library))
    return Section(f"benefit:{benefit.benefit}", w.say.title(name), tuple(blocks))


def _assumed(w: Writer) -> Box:
    """All that nobody published, in one box, and what follows from it."""
    points = [Point(w.say("assumed.intro")), *w.assumed]
    return Box("assumed", w.say("title.assumed"), (Points(tuple(points)),))
