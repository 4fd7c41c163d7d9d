"""The pages behind a real socket, in the test's own transaction: for browsers that send files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

from tests.web.cast import Web

ANSWERING = threading.RLock()
"""Held while a request is answered: the test shares its connection, and may not write amid a page that only reads."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing: the test says what went wrong."""


class _Server(WSGIServer):
    """Answers one request after another, on the connection of the test."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser hung up: it left the page."""


@contextmanager
def served() -> Iterator[str]:
    """The address of the site."""
    shared = connections["default"]
    shared.inc_thread_sharing()
    # A request would close what the test still needs.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    class Handler(WSGIHandler):
        """Every request sees the test's connection, and leaves it open."""

        def __call__(self, environ: Any, start_response: Any) -> Any:
            connections["default"] = shared
            with ANSWERING:
                return super().__call__(environ, start_response)

    server = make_server("127.0.0.1", 0, StaticFilesHandler(Handler()), server_class=_Server, handler_class=_Quiet)
    running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    running.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        running.join()
        server.server_close()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        shared.dec_thread_sharing()


def cookies_of(web: Web, person: str, site: str, *, care: bool = False, english: bool = False) -> list[dict[str, str]]:
    """A browser's cookies of somebody who is signed in."""
    with ANSWERING:
        client = web.client(person)
    kept = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
    kept |= {"care": "1"} if care else {}
    kept |= {settings.LANGUAGE_COOKIE_NAME: "en"} if english else {}
    return [{"name": name, "value": value, "url": site} for name, value in kept.items()]
