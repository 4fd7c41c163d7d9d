"""``python -m mutualaid.payouts.simulator --folder bank --fund 4505``: run the simulated bank until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from mutualaid.payouts.simulator.bank import AFTER, MISBEHAVIOURS, SimulatedBank
from mutualaid.payouts.simulator.keys import OURS, THEIRS, Seals, set_up

LOOK_EVERY = 0.5


def main() -> None:
    """Make keys where there are none, say how the product is told of the bank, and watch the folder."""
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the keys of both sides lie, or are made")
    parser.add_argument("--fund", default="", help="code of the office whose fund it pays; used when keys are made")
    parser.add_argument("--bank", default="示例银行", help="the bank's name; accounts of it are paid at once")
    parser.add_argument("--after", type=int, default=AFTER, help="seconds until other banks have answered")
    for name, means in MISBEHAVIOURS.items():
        parser.add_argument(f"--{name}", action="store_true", help=means)
    told = parser.parse_args()
    if not (told.folder / OURS).exists():
        if not told.fund:
            parser.error("--fund is needed when keys are made")
        set_up(told.folder, told.fund, told.bank)
    flags = {name for name in MISBEHAVIOURS if getattr(told, name.replace("-", "_"))}
    bank = SimulatedBank(Seals.of(told.folder), told.folder, time.time, flags, told.after)
    bank.load()
    sys.stdout.write(f"MUTUALAID_BANKS=simulated={told.folder / THEIRS}\n")
    sys.stdout.flush()
    try:
        while True:
            bank.step()
            bank.save()
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
