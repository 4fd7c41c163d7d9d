"""A plan as a member reads it: every rule of the document in words, with its source, and examples from the engine.

``plan_prose`` gives a ``Prose``, which ``prose_terminal`` prints and ``report`` turns into a page. Nothing of a document is
left out: ``tests/plans/test_prose.py`` changes each value of a document and looks for the change in the prose.
"""

from __future__ import annotations

from mutualaid.plans import document as d
from mutualaid.plans import prose_benefits, prose_terms
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose_examples import example_box
from mutualaid.plans.prose_model import Block, Box, Point, Points, Prose, Section
from mutualaid.plans.prose_writer import Writer
from mutualaid.plans.wording import Lang, Wording, language


def plan_prose(document: d.Document, lang: str = "zh", library: Loaded | None = None) -> Prose:
    """The plan in words. With a ``library`` that holds it: other plans by name, and worked examples.

    Raises ValueError for a language other than ``zh`` and ``en``.
    """
    chosen = language(lang)
    w = Writer(document, chosen, _plan_names(library, chosen))
    sections = [prose_terms.about(w), prose_terms.price_and_term(w)]
    if document.who or not document.combines or document.employer or document.excludes or document.goes_on:
        sections.append(prose_terms.who(w))
    sections.append(Section("common", w.say("title.common"), tuple(prose_terms.common(w))))
    benefits = tuple(_benefit(w, benefit, library) for benefit in w.benefits)
    if benefits:
        sections.append(Section("benefits", w.say("title.benefits"), (), benefits))
    sections += [part for part in (prose_benefits.together(w), prose_benefits.lists(w)) if part is not None]
    left_out = prose_benefits.not_covered(w)
    sections += [left_out] if left_out is not None else []
    if w.assumed:
        sections.append(Section("assumed", w.say("title.assumed"), (_assumed(w),)))
    sections.append(prose_benefits.sources(w))
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
        blocks: list[Block] = [Points(tuple(prose_benefits.benefit_points(w, benefit)))]
    if library is not None and w.document.plan in library.documents:
        blocks.append(example_box(w, benefit, library))
    return Section(f"benefit:{benefit.benefit}", w.say.title(name), tuple(blocks))


def _assumed(w: Writer) -> Box:
    """All that nobody published, in one box, and what follows from it."""
    points = [Point(w.say("assumed.intro")), *w.assumed]
    return Box("assumed", w.say("title.assumed"), (Points(tuple(points)),))
