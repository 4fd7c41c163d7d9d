"""The worker of the tests that kill it: the product's own, with work that counts what was done, and quicker to notice a death.

``python -m tests.core.worker_for_tests``, with DATABASE_URL. Effects go into ``done_units`` (one row for each time that a unit
was done) and ``delivered`` (one for each try of a delivery).
"""

from __future__ import annotations

import sys
import time
from typing import Any

UNITS, PIECE = 9_000, 5


def declare() -> None:
    """The work."""
    from django.db import connection, transaction

    from mutualaid.core import taking, work

    taking.PACE.beat, taking.PACE.silence = 0.3, 1

    @work.long_job("counting")
    def count(job: work.Running) -> dict[str, Any]:
        for first in range(job.done, UNITS, PIECE):
            if job.cancelled():
                return {}
            with transaction.atomic(), connection.cursor() as cursor:
                units = list(range(first, min(first + PIECE, UNITS)))
                cursor.execute("INSERT INTO done_units SELECT %s, unnest(%s)", [str(job.row.key), units])
                time.sleep(0.01)
                job.progress(units[-1] + 1, UNITS, kept={"sum": job.kept.get("sum", 0) + sum(units)})
        return job.kept

    @work.outbox("counting")
    def deliver(*, delivery: str, wanted: dict[str, Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO delivered VALUES (%s, %s)", [delivery, wanted["n"]])
        time.sleep(0.08)


def main() -> int:
    """Work until stopped."""
    from mutualaid.core import preparing

    preparing.begin()
    declare()
    from mutualaid.core import serving

    serving.PAUSE = 0.3  # type: ignore[assignment]
    serving.serve(concurrency=2, once="--once" in sys.argv, said=lambda _zh, en: print(en, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
