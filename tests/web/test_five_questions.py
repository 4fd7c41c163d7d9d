"""Every declared page is asked the five questions (``questions``)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.cast import Web
from tests.web.questions import QUESTIONS, Page, pages


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
@pytest.mark.parametrize("page", pages(), ids=str)
def test_a_page_answers(page: Page, question: Callable[[Page, Web], None], web: Web) -> None:
    page.arrange(web)
    question(page, web)
