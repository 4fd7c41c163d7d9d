"""Of what the story is made: chapters, and the buttons that lead into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from mutualaid.web.common.portals import portal_of
from mutualaid.web.demo import cast


@dataclass(frozen=True)
class Way:
    """A button: sign in as a person, and begin at an address."""

    person: cast.Person
    to: str
    label: str


@dataclass(frozen=True)
class Chapter:
    """One step. ``samples`` are files to take along: name of the address's part, and how the link is called."""

    title: str
    text: str
    ways: Sequence[Way]
    samples: Sequence[tuple[str, str]] = ()
    done: bool = False
    now: bool = False


def way(person: cast.Person, label: str, name: str, *parts: str, otherwise: str = "") -> Way:
    """To the page of a name, or to another where it has none yet, or home."""
    for wanted, args in ((name, parts), (otherwise, ())):
        try:
            return Way(person, reverse(wanted, args=args), label)
        except NoReverseMatch:
            continue
    return Way(person, portal_of(person.kind).home, label)
