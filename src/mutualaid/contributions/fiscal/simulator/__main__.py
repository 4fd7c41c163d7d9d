"""``python -m mutualaid.contributions.fiscal.simulator --folder keys --port 8082``: run the simulated gateway until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from mutualaid.contributions.fiscal.simulator.notes import MISBEHAVIOURS, Office
from mutualaid.contributions.fiscal.simulator.server import HERE, OURS, THEIRS, Keys, serve, set_up

PORT = 8082


def main() -> None:
    """Make keys where there are none, say how the product is told of the gateway, and serve."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the keys of both sides lie, or are made")
    parser.add_argument("--port", type=int, default=PORT)
    for name, means in MISBEHAVIOURS.items():
        parser.add_argument(f"--{name}", action="store_true", help=means)
    told = parser.parse_args()
    if not (told.folder / OURS).exists():
        set_up(told.folder, f"http://{HERE}:{told.port}")
    flags = {name for name in MISBEHAVIOURS if getattr(told, name.replace("-", "_"))}
    office = Office(flags, time.time)
    with serve(office, Keys.of(told.folder), told.port) as server:
        sys.stdout.write(f"http://{HERE}:{told.port}\nMUTUALAID_FISCAL={told.folder / THEIRS}\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
