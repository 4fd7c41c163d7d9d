"""Deeds at once: real threads, each on a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection

MOST = 120
"""Seconds that anybody may take on a machine that does much else."""


def together(*deeds: Callable[[], object]) -> list[BaseException | None]:
    """All at once; what each raised. A deed that never ends fails the test here, and not the next one that wants its rows."""
    raised: list[BaseException | None] = [None] * len(deeds)
    gate = threading.Barrier(len(deeds))

    def run(place: int, deed: Callable[[], object]) -> None:
        try:
            gate.wait(MOST)
            deed()
        except Exception as fault:  # noqa: BLE001 - the test looks at what was raised
            raised[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(MOST)
    assert not any(thread.is_alive() for thread in threads), "a deed has not ended"
    return raised
