"""Which papers a plan's kinds of events ask for, what a plan says about a matter, and how long it waits."""

from __future__ import annotations

import datetime

import pytest

from benefit_engine.words import KINDS
from mutualaid.plans.claim_papers import BY_KIND, papers_for
from mutualaid.plans.document import Document, Vocabulary
from mutualaid.plans.offering import waits_until
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.queries import Words, points_about
from mutualaid.plans.shipped import library_document, library_documents

INPATIENT = "demo-inpatient-2026"
DAY = datetime.date(2026, 1, 1)


def document(plan: str = INPATIENT) -> Document:
    found = library_document(plan=plan)
    assert found is not None
    return found.document


def test_every_kind_of_the_engine_has_its_papers() -> None:
    assert tuple(one.kind for one in BY_KIND) == KINDS


def test_only_kinds_for_which_the_plan_pays() -> None:
    assert [one.kind for one in papers_for(documents=[document()])] == ["inpatient", "disability", "death"]
    assert papers_for(documents=[]) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_plan_says_about_a_matter(lang: str) -> None:
    words = Words(claim="申领")
    prose = plan_prose(document().model_copy(update={"vocabulary": Vocabulary(claim="申领")}), lang)
    found = points_about(prose=prose, words=words, keys=["limit.filing", "waiting", "price.fee"])
    assert len(found) == 3
    assert "180" in found[0].text
    assert "30" in found[1].text


def test_how_long_a_plan_waits() -> None:
    assert waits_until(document(), joined_on=DAY) == datetime.date(2026, 1, 31)
    without = next(one.document for one in library_documents() if one.document.waiting is None)
    assert waits_until(without, joined_on=DAY) is None
