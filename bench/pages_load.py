"""Load on one page: so many browsers at once over HTTP on this machine, each asks again as soon as it was answered."""

from __future__ import annotations

import asyncio
import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

IN_FLIGHT = 8
WARM_UP = 2.0
"""Seconds before the clock starts: workers connect, templates are compiled."""


class NotServed(RuntimeError):
    """A page did not answer 200."""


@dataclass(frozen=True)
class Load:
    """What a page took: answers in a second, and seconds of the median and the slowest hundredth; bytes of one answer."""

    per_second: float
    median: float
    slowest: float
    answers: int
    size: int


def load(port: int, path: str, cookies: Sequence[str], *, seconds: float, in_flight: int = IN_FLIGHT) -> Load:
    """Ask for a page with the cookies in turn. Raises NotServed."""
    return asyncio.run(_load(port, path, cookies, seconds, in_flight))


async def _load(port: int, path: str, cookies: Sequence[str], seconds: float, in_flight: int) -> Load:
    turn = itertools.cycle(cookies)
    times: list[float] = []
    sizes: list[int] = []
    begun = time.perf_counter() + WARM_UP

    async def browse() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (asked := time.perf_counter()) < begun + seconds:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {next(turn)}\r\n\r\n".encode())
            size = await _answer(reader, path)
            if asked >= begun:
                times.append(time.perf_counter() - asked)
                sizes.append(size)
        writer.close()

    await asyncio.gather(*(browse() for _ in range(in_flight)))
    slowest = statistics.quantiles(times, n=100)[98]
    return Load(len(times) / seconds, statistics.median(times), slowest, len(times), int(statistics.median(sizes)))


async def _answer(reader: asyncio.StreamReader, path: str) -> int:
    """Bytes of the body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = head.split(" ", 2)[1]
    length = next((line.partition(":")[2] for line in head.split("\r\n") if line.startswith("content-length:")), None)
    if length is not None:
        body = len(await reader.readexactly(int(length)))
    else:
        body = 0
        while chunk := int(await reader.readline(), 16):
            body += len(await reader.readexactly(chunk + 2)) - 2
        await reader.readline()
    if status != "200":
        raise NotServed(f"expected 200 of {path}, found {status}")
    return body
