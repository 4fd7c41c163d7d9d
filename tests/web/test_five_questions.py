"""Every declared page is asked the five questions (``questions``)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests.web.cast import Web, web_cast
from tests.web.questions import QUESTIONS, Page, pages, reason_for_none

ASKED = [
    pytest.param(page, question, id=f"{page}-{question.__name__}")
    for page in pages()
    for question in QUESTIONS
    if reason_for_none(page, question) is None
]


@pytest.fixture
def _django_db_helper() -> None:
    """In place of pytest-django's: its transaction for each test would end the one around all of them."""


@pytest.fixture(scope="module")
def everybody(django_db_setup: None, django_db_blocker: Any) -> Iterator[Web]:
    """The cast, made once for all questions in a transaction around them: making it takes longer than most answers."""
    with django_db_blocker.unblock(), _undone():
        yield web_cast()


@pytest.fixture
def web(everybody: Web, web_clock: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The cast as it was made, whatever the question before did to it."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    with _undone():
        yield copy.deepcopy(everybody)


class _undone(transaction.Atomic):  # noqa: N801 - it is used as a function
    """A transaction, or a part of one, that comes to nothing."""

    def __init__(self) -> None:
        super().__init__(using=None, savepoint=True, durable=False)
        self._from_testcase = True

    def __exit__(self, kind: Any, value: Any, traceback: Any) -> None:
        if kind is None:
            transaction.set_rollback(True)
        super().__exit__(kind, value, traceback)


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "question"), ASKED)
def test_a_page_answers(page: Page, question: Callable[[Page, Web], None], web: Web) -> None:
    page.arrange(web)
    question(page, web)


def test_a_question_is_left_out_for_a_reason() -> None:
    for page in pages():
        reasons = [reason_for_none(page, question) for question in QUESTIONS]
        assert all(reason is None or len(reason) >= 10 for reason in reasons), str(page)
        assert reasons.count(None) >= 3, str(page)
