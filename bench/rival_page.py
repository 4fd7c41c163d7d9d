"""The rival of ``bench_pages``: Django with one view, one template and one indexed SELECT; no session, no middleware, no rights.

    python -m bench.rival_page PORT SIZE

It serves a page of SIZE bytes by the same server with as many processes and threads as ours: what a page of this size costs
at least here.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from mutualaid.core.places import database

LINE = "<li><b>{{ number }}</b> {{ name }}</li>\n"
"""As the template has it; shown it is about as long."""


def page(request: HttpRequest) -> HttpResponse:
    """One row by its key, in a page of the size that was asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, name FROM people_member WHERE id = %s", [1 + id(request) % 1000])
        number, name = cursor.fetchone()
    answer = render(request, "page.html", {"number": number, "name": name})
    answer["Content-Length"] = str(len(answer.content))
    return answer


urlpatterns: list[URLPattern] = [path("", page)]


def _configure(size: int) -> None:
    filler = "<p>" + "x" * (size - 100) + "</p>"
    templates: dict[str, Any] = {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [("django.template.loaders.locmem.Loader", {"page.html": f"<html>{LINE}{filler}</html>"})],
                )
            ]
        },
    }
    settings.configure(
        SECRET_KEY="of a benchmark",  # noqa: S106
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="bench.rival_page",
        DATABASES={
            "default": database(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
        },
        TEMPLATES=[templates],
    )


if "BENCH_PAGE_SIZE" in os.environ and not settings.configured:
    _configure(int(os.environ["BENCH_PAGE_SIZE"]))
    application = get_wsgi_application()


def main() -> None:
    """Serve until told to stop."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    from mutualaid.cli.serving import THREADS

    port, os.environ["BENCH_PAGE_SIZE"] = int(sys.argv[1]), sys.argv[2]
    Server(
        "bench.rival_page:application",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=2,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main()
