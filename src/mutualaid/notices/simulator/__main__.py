"""``python -m mutualaid.notices.simulator --folder keys --port 8082``: run the simulated provider until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from mutualaid.notices.simulator.exchange import MISBEHAVIOURS, Exchange
from mutualaid.notices.simulator.sealing import OURS, THEIRS, Account, set_up
from mutualaid.notices.simulator.server import HERE, LATE_SECONDS, serve

PORT = 8082


def main() -> None:
    """Make keys where there are none, say how the product is told of the provider, and serve."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the keys of both sides lie, or are made")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--late-seconds", type=int, default=LATE_SECONDS, help="how late a late answer is")
    for name, means in MISBEHAVIOURS.items():
        parser.add_argument(f"--{name}", action="store_true", help=means)
    told = parser.parse_args()
    address = f"http://{HERE}:{told.port}"
    if not (told.folder / OURS).exists():
        set_up(told.folder, address)
    flags = {name for name in MISBEHAVIOURS if getattr(told, name.replace("-", "_"))}
    exchange = Exchange(Account.of(told.folder), time.time, flags)
    with serve(exchange, told.port, late=told.late_seconds) as server:
        sys.stdout.write(f"{address}\nMUTUALAID_SMS={told.folder / THEIRS}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
