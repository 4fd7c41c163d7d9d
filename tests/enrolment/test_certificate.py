"""The certificate of a cover: what it says, and that it becomes a PDF with every name."""

from __future__ import annotations

import json

import pytest

from mutualaid.enrolment.actions.accepting import accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import submit_enrolment
from mutualaid.enrolment.certificate import certificate, facts_of
from mutualaid.enrolment.models import Cover
from mutualaid.plans.queries import Words
from tests.enrolment.rosters import ON, begun, person, taken, version
from tests.people.cast import AT, BY, Cast


@pytest.fixture
def cover(cast: Cast) -> Cover:
    """A cover of a person with a rare character and a dot in the name."""
    enrolment = submit_enrolment(
        enrolment=taken(begun(cast.mill, version(cast.city)), [person(21, "𠮷娅·乌拉木")]), by=BY, at=AT
    )
    accept_enrolment(enrolment=enrolment, by=BY, at=AT)
    begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT)
    return Cover.objects.get()


@pytest.mark.parametrize(("lang", "said"), [("zh", "不是保险单"), ("en", "no insurance policy")])
def test_what_it_says(cover: Cover, lang: str, said: str) -> None:
    facts = facts_of(cover=cover, lang=lang, on=ON)
    text = json.dumps(facts, ensure_ascii=False)
    for part in (
        said,
        "𠮷娅·乌拉木",
        "450502********",
        cover.number,
        "2025-07-01",
        "2026-06-30",
        "100.00",
        "海市办事处",
    ):
        assert part in text
    assert cover.member.identity_number not in text


def test_in_the_words_of_the_office(cover: Cover) -> None:
    text = str(facts_of(cover=cover, lang="zh", words=Words(contribution="会费", benefit="补助金"), on=ON))
    assert "会费（元）" in text
    assert "补助金项目" in text


def test_only_in_two_languages(cover: Cover) -> None:
    with pytest.raises(ValueError, match="expected the language zh or en"):
        facts_of(cover=cover, lang="fr", on=ON)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_becomes_a_pdf(cover: Cover, lang: str) -> None:
    made = certificate(cover=cover, lang=lang, on=ON)
    assert made.startswith(b"%PDF")
    assert made == certificate(cover=cover, lang=lang, on=ON)
