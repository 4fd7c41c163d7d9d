"""The simulated bank while the past is made: it works in our own process, by the moments that it is told."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from mutualaid.contributions.models import Fund
from mutualaid.payouts.gateway import NAME, bank_names
from mutualaid.payouts.jobs import collect_from, send_batch
from mutualaid.payouts.models import Batch
from mutualaid.payouts.simulator.bank import SimulatedBank
from mutualaid.payouts.simulator.keys import THEIRS, Seals, set_up
from mutualaid.web.demo.samples import BANK

AFTER = 5
"""Seconds until it answers, and again until money comes back."""


class PastBank:
    """A bank with its folder; its books are kept there for the one that runs later."""

    def __init__(self, folder: Path) -> None:
        self.at = datetime.datetime.now(datetime.UTC)
        self.bank = SimulatedBank(Seals.of(folder), folder, self.clock, set(), AFTER)

    def clock(self) -> float:
        """Seconds since 1970, of the moment that it was told last."""
        return self.at.timestamp()

    def pay(self, batch: Batch, at: datetime.datetime) -> None:
        """A released batch is sent, paid, and what comes back comes back: four days in all."""
        send_batch(number=batch.number, at=at)
        for days in (0, 1, 4):
            self.at = at + datetime.timedelta(days=days, minutes=20)
            self.bank.step()
            collect_from(name=bank_names()[0], at=self.at)
        self.bank.save()


@contextmanager
def past_bank(fund: Fund) -> Iterator[PastBank]:
    """The bank of which this process was told; where it was told of none, one for a moment."""
    given = os.environ.get(NAME, "")
    if given:
        yield PastBank(Path(given.partition("=")[2]).parent)
        return
    with TemporaryDirectory() as name:
        set_up(Path(name), fund.unit.code, BANK)
        os.environ[NAME] = f"bank={Path(name) / THEIRS}"
        try:
            yield PastBank(Path(name))
        finally:
            del os.environ[NAME]
