"""Asks for pages five times a second, in a process of its own: within the benchmark's, it would wait for that one's Python, not
for the server. ``python -m bench.roster_asking PORT COOKIE COOKIE`` writes a line for each page, with the moment and the
seconds that it took, until its input ends."""

from __future__ import annotations

import sys
import threading
import time
import urllib.request

PAGES = ("/employers/", "/employers/enrolments")


def main() -> None:
    """Ask until told to stop."""
    port, *cookies = sys.argv[1:]
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    turn = 0
    while not over.wait(0.2):
        path = PAGES[turn // 2 % 2]
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookies[turn % 2]})
        moment, began = time.time(), time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own server
            answer.read()
        print(moment, time.perf_counter() - began, flush=True)
        turn += 1


if __name__ == "__main__":
    main()
