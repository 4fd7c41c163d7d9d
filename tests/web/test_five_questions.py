"""Every declared page is asked the five questions (``questions``)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.cast import Web
from tests.web.questions import QUESTIONS, Page, pages, reason_for_none

ASKED = [
    pytest.param(page, question, id=f"{page}-{question.__name__}")
    for page in pages()
    for question in QUESTIONS
    if reason_for_none(page, question) is None
]


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
