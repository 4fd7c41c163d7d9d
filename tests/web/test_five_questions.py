"""Every declared page is asked the five questions (``questions``).

What a page is asked about is made once for its questions, and what several pages arrange alike once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.once import SHARED, Step, begins_with
from tests.web.cast import Web
from tests.web.conftest import CAST, Clock
from tests.web.questions import QUESTIONS, Page, pages, reason_for_none

FOLDER = "folder of the files"


def _one_after_the_other() -> list[Page]:
    """Pages that arrange alike follow each other."""
    alike: dict[Any, list[Page]] = {}
    for page in pages():
        alike.setdefault(page.arrange, []).append(page)
    return [page for some in alike.values() for page in some]


ASKED = [
    pytest.param(page, question, id=f"{page}-{question.__name__}")
    for page in _one_after_the_other()
    for question in QUESTIONS
    if reason_for_none(page, question) is None
]


def _steps(request: pytest.FixtureRequest) -> list[Step]:
    """What the page arranges; then what is made to have an address."""
    page: Page = request.node.callspec.params["page"]
    return [
        (page.arrange, lambda web: _made(request, web, page.arrange)),
        (page, lambda web: _made(request, web, page.address or _nothing)),
    ]


def _nothing(web: Web) -> None:
    """A page that names no object."""


def _made(request: pytest.FixtureRequest, web: Web, make: Callable[[Web], object]) -> Web:
    """As in a test: the clock stands, and files lie in a folder that stays for the questions."""
    from mutualaid.web.common import clock

    if FOLDER not in web.made:
        web.made[FOLDER] = request.getfixturevalue("tmp_path_factory").mktemp("asked")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "now", Clock(web.at))
        patched.setenv("MUTUALAID_DATA", str(web.made[FOLDER]))
        make(web)
    return web


@pytest.fixture
@begins_with(*CAST, then=_steps)
def asked(db: None, web_clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Web:
    """The cast, with what the page is asked about."""
    found: Web = SHARED.copy(*CAST)
    monkeypatch.setenv("MUTUALAID_DATA", str(found.made[FOLDER]))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "question"), ASKED)
def test_a_page_answers(page: Page, question: Callable[[Page, Web], None], asked: Web) -> None:
    question(page, asked)


def test_a_question_is_left_out_for_a_reason() -> None:
    for page in pages():
        reasons = [reason_for_none(page, question) for question in QUESTIONS]
        assert all(reason is None or len(reason) >= 10 for reason in reasons), str(page)
        assert reasons.count(None) >= 3, str(page)
