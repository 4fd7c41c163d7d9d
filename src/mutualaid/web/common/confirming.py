"""The page that asks “are you sure”: what is about to happen, with a button that posts and a way back. Needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def confirmation(
    request: HttpRequest,
    *,
    base: str,
    question: str,
    action: str,
    back: str,
    facts: Sequence[tuple[str, str]] = (),
    warning: str = "",
    danger: bool = False,
    form: Any = None,
) -> HttpResponse:
    """The page in the shell ``base`` (a template's name). ``action`` labels the button, ``back`` is a path."""
    context = {"base": base, "question": question, "action": action, "back": back, "facts": facts}
    return render(request, "common/confirm.html", {**context, "warning": warning, "danger": danger, "form": form})
