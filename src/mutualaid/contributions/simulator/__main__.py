"""``python -m mutualaid.contributions.simulator --folder keys --port 8081``: run the simulated channel until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from mutualaid.contributions.simulator.cashier import MISBEHAVIOURS, Cashier
from mutualaid.contributions.simulator.sealing import OURS, THEIRS, Seals, set_up
from mutualaid.contributions.simulator.server import HERE, serve

PORT = 8081
NOTIFY = "http://127.0.0.1:8000/channels/neutral/notifications"


def main() -> None:
    """Make keys where there are none, say how the product is told of the channel, and serve."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the keys of both sides lie, or are made")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--notify", default=NOTIFY, help="where notifications are sent; used when keys are made")
    for name, means in MISBEHAVIOURS.items():
        parser.add_argument(f"--{name}", action="store_true", help=means)
    told = parser.parse_args()
    address = f"http://{HERE}:{told.port}"
    if not (told.folder / OURS).exists():
        set_up(told.folder, address, told.notify)
    flags = {name for name in MISBEHAVIOURS if getattr(told, name.replace("-", "_"))}
    cashier = Cashier(Seals.of(told.folder), address, time.time, flags)
    with serve(cashier, told.port) as server:
        sys.stdout.write(f"{address}\nMUTUALAID_CHANNELS=neutral={told.folder / THEIRS}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
