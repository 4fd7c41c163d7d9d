"""Load on one page: so many browsers at once over HTTP on this machine, each asks again as soon as it was answered.

One thread with plain sockets, for it takes its share of the cores that are measured: some 50 microseconds for a page.
"""

from __future__ import annotations

import itertools
import selectors
import socket
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

IN_FLIGHT = 8
WARM_UP = 2.0
"""Seconds before the clock starts: workers connect, templates are compiled."""
PIECE = 1 << 18
WAIT = 30.0
"""Seconds after which a page that is not answered has failed."""


class NotServed(RuntimeError):
    """A page did not answer 200."""


@dataclass(frozen=True)
class Load:
    """What a page took: answers in a second, and seconds of the median and the slowest hundredth; bytes of one answer; seconds
    of processor that the load itself took for one."""

    per_second: float
    median: float
    slowest: float
    answers: int
    size: int
    own: float


@dataclass
class Browser:
    """One connection, when it asked, and what it was answered so far."""

    link: socket.socket
    asked: float = 0.0
    answer: bytes = b""

    def ask(self, request: bytes) -> None:
        """Ask for a page."""
        self.answer, self.asked = b"", time.perf_counter()
        self.link.sendall(request)


def load(port: int, path: str, cookies: Sequence[str], *, seconds: float, in_flight: int = IN_FLIGHT) -> Load:
    """Ask for a page with the cookies in turn. Raises NotServed."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: "
    turn = itertools.cycle([f"{head}{cookie}\r\n\r\n".encode() for cookie in cookies])
    times: list[float] = []
    sizes: list[int] = []
    with selectors.DefaultSelector() as waiting:
        for _ in range(in_flight):
            link = socket.create_connection(("127.0.0.1", port))
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            browser = Browser(link)
            waiting.register(link, selectors.EVENT_READ, browser)
            browser.ask(next(turn))
        worked = time.process_time()
        begun = time.perf_counter() + WARM_UP
        answered = 0
        while (now := time.perf_counter()) < begun + seconds:
            ready = waiting.select(WAIT)
            if not ready:
                raise NotServed(f"expected an answer of {path} within {WAIT:.0f} s, found none")
            for key, _ in ready:
                browser = key.data
                size = _size(browser, path)
                if size is None:
                    continue
                answered += 1
                now = time.perf_counter()
                if browser.asked >= begun:
                    times.append(now - browser.asked)
                    sizes.append(size)
                browser.ask(next(turn))
        worked = time.process_time() - worked
        for key in list(waiting.get_map().values()):
            key.data.link.close()
    if len(times) < 2:
        raise NotServed(f"expected answers of {path} within {seconds} s, found {len(times)}; measure for longer")
    slowest = statistics.quantiles(times, n=100)[98]
    size = int(statistics.median(sizes))
    return Load(len(times) / seconds, statistics.median(times), slowest, len(times), size, worked / answered)


def _size(browser: Browser, path: str) -> int | None:
    """Bytes of the page, once it is there as a whole."""
    piece = browser.link.recv(PIECE)
    browser.answer += piece
    head, found, body = browser.answer.partition(b"\r\n\r\n")
    if not piece or (found and not head.startswith(b"HTTP/1.1 200 ")):
        raise NotServed(f"expected 200 of {path}, found {head[:60]!r}")
    if not found:
        return None
    told = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    if not told:
        raise NotServed(f"expected the length of {path} in its head, found none")
    return len(body) if len(body) >= int(told) else None
