"""The first screen of the demonstration."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """Where the story begins."""
    return render(request, "demo/first.html")
