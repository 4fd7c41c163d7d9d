"""Five questions that every page is asked: anonymous, wrong role, somebody else's object, wrong state, success.

A portal declares its pages in ``tests/web/pages_<portal>.py``: ``PAGES = [Page(...), …]``; ``test_five_questions.py`` asks them,
and ``tests/test_house_rules.py`` sees that none is missing. Example, of a page of the workbench::

    Page(
        "workbench:member",
        who=("reviewer", "finance"),
        wrong=("analyst", "clerk", "member"),
        address=lambda web: reverse("workbench:member", args=[web.people.lin.number]),
        strangers=("outsider",),
        wrong_state="a member has no state",
        shows="林晓禾",
    )
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from tests.web.cast import Web

PORTALS = ("/members/", "/employers/", "/workbench/")


@dataclass(frozen=True)
class Page:
    """One address with one method; a view that takes GET and POST is declared twice.

    ``who``: persons of the cast who may (the first is asked for success); ``("anonymous",)`` alone: a public page. ``wrong``:
    persons who get the page 403. ``strangers``: persons who may use such a page, but not for this object: 404; or why there is no
    such object. ``wrong_state``: brings the object into a state in which it cannot be done, so that 409 is answered; or why there
    is no such state.
    """

    name: str
    who: tuple[str, ...]
    wrong: tuple[str, ...] = ()
    address: Callable[[Web], str] | None = None
    method: str = "get"
    data: Callable[[Web], dict[str, Any]] = field(default=lambda web: {})
    strangers: tuple[str, ...] | str = "names no object"
    wrong_state: Callable[[Web], object] | str = "has no state"
    arrange: Callable[[Web], object] = field(default=lambda web: None)
    """Before every question."""
    expects: int = 200
    shows: str = ""
    """A text on the page, or a part of the address to which it leads."""
    label: str = ""
    """To tell apart declarations of one name and one method."""

    @property
    def public(self) -> bool:
        """Whether it is for anybody."""
        return self.who == ("anonymous",)

    def ask(self, web: Web, person: str) -> HttpResponse:
        """The answer that a person gets."""
        address = self.address(web) if self.address else reverse(self.name)
        return getattr(web.client(person), self.method)(address, self.data(web))

    def __str__(self) -> str:
        return f"{self.method} {self.name} {self.label}".strip()


def pages() -> list[Page]:
    """All that is declared."""
    here = Path(__file__).parent
    modules = [importlib.import_module(f"tests.web.{path.stem}") for path in sorted(here.glob("pages_*.py"))]
    return [page for module in modules for page in module.PAGES]


def anonymous(page: Page, web: Web) -> None:
    """Nobody is sent to a portal's sign-in; a public page is theirs."""
    answer = page.ask(web, "anonymous")
    if page.public:
        assert answer.status_code == page.expects
        return
    assert answer.status_code == 302
    assert answer["Location"].startswith(tuple(f"{portal}sign-in" for portal in PORTALS)), answer["Location"]


def wrong_role(page: Page, web: Web) -> None:
    """Persons of another kind, or without the role, get 403."""
    assert {person: page.ask(web, person).status_code for person in page.wrong} == dict.fromkeys(page.wrong, 403)


def somebody_elses(page: Page, web: Web) -> None:
    """To strangers there is no such thing."""
    answers = {person: page.ask(web, person).status_code for person in page.strangers}
    assert answers == dict.fromkeys(page.strangers, 404)


def wrong_state(page: Page, web: Web) -> None:
    """What cannot be done now is refused, and said."""
    assert callable(page.wrong_state)
    page.wrong_state(web)
    assert page.ask(web, page.who[0]).status_code == 409


def success(page: Page, web: Web) -> None:
    """Who may gets what they came for; of a page that is only read, everybody who may."""
    for person in page.who if page.method == "get" else page.who[:1]:
        answer = page.ask(web, person)
        assert answer.status_code == page.expects, f"{person}: {answer.status_code}"
        told = answer["Location"] if answer.has_header("Location") else answer.content.decode(errors="replace")
        assert page.shows in told, f"{person}: expected {page.shows!r}"


QUESTIONS = (anonymous, wrong_role, somebody_elses, wrong_state, success)


def reason_for_none(page: Page, question: Callable[[Page, Web], None]) -> str | None:
    """Why a page is not asked a question; None when it is."""
    if question is somebody_elses:
        return page.strangers if isinstance(page.strangers, str) else None
    if question is wrong_state:
        return None if callable(page.wrong_state) else page.wrong_state
    return None
