"""The words of people are in the glossary: levels, roles, purposes, kinds of identity."""

from __future__ import annotations

from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Level, Purpose, RoleName
from tests.test_house_rules import glossary_words


def test_the_glossary_has_every_word_of_people() -> None:
    used = {*Level.values, *RoleName.values, *Purpose.values, *IdentityKind}
    assert used - set(glossary_words()) == set()
