"""Asking our own server for pages: whether it answers, and whether everything that its first page links to does."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

FIRST_PAGE = "/demo/"
REDIRECTS_MOST = 5


class _Links(HTMLParser):
    """Addresses that a page names: to go to, and to be shown with."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = {"a": "href", "link": "href", "script": "src", "img": "src", "iframe": "src"}.get(tag)
        self.found += [value for name, value in attrs if name == wanted and value]


def answer(host: str, port: int, path: str) -> tuple[int, str, str] | None:
    """Status, where it leads to if elsewhere, and text of one GET; None when nobody listens."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        response = connection.getresponse()
        text = response.read().decode("utf-8", errors="replace")
        return response.status, response.headers.get("Location", ""), text
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def follow(host: str, port: int) -> Iterator[tuple[str, int]]:
    """The first page and each address on this server that it names: path, and the final status (0: no answer)."""
    status, text = _at_the_end(host, port, FIRST_PAGE)
    yield FIRST_PAGE, status
    page = _Links()
    page.feed(text)
    here = f"http://{host}:{port}"
    named = (urlsplit(urljoin(here + FIRST_PAGE, link)) for link in page.found)
    paths = {
        f"{parts.path}?{parts.query}" if parts.query else parts.path
        for parts in named
        if _ours(parts.netloc, host, port)
    }
    for path in sorted(paths - {FIRST_PAGE, ""}):
        yield path, _at_the_end(host, port, path)[0]


def _at_the_end(host: str, port: int, path: str) -> tuple[int, str]:
    for _ in range(REDIRECTS_MOST):
        found = answer(host, port, path)
        if found is None:
            return 0, ""
        status, location, text = found
        to = urlsplit(urljoin(f"http://{host}:{port}{path}", location))
        if status not in (301, 302, 303, 307, 308) or not _ours(to.netloc, host, port):
            return status, text
        path = f"{to.path}?{to.query}" if to.query else to.path
    return 310, ""


def _ours(netloc: str, host: str, port: int) -> bool:
    return netloc == f"{host}:{port}"
