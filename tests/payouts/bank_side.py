"""The simulated bank in the tests' own process: its folder, its clock, and the product told of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import pytest

from mutualaid.payouts.jobs import ask_bank, collect_from, send_batch
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.payouts.simulator.bank import SimulatedBank
from mutualaid.payouts.simulator.keys import THEIRS, Seals, set_up
from tests.payouts.scene import World
from tests.people.cast import AT

OWN, OTHER = "海市银行海城支行", "邻市银行海城支行"


class BankSide:
    """A bank of the fund's own name; both sides' clocks are this one's."""

    def __init__(self, folder: Path) -> None:
        set_up(folder, "4505", "海市银行")
        self.folder = folder
        self.at = AT
        self.bank = SimulatedBank(Seals.of(folder), folder, self.clock, set(), 60)

    def clock(self) -> float:
        """Seconds since 1970."""
        return self.at.timestamp()

    @classmethod
    def known(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Self:
        """A bank that the product is told of."""
        made = cls(folder)
        monkeypatch.setenv("MUTUALAID_BANKS", f"sea={folder / THEIRS}")
        return made

    def misbehave(self, *flags: str) -> None:
        """From now on."""
        self.bank.flags = set(flags)

    def later(self, seconds: int = 61) -> None:
        """Time passes."""
        self.at += datetime.timedelta(seconds=seconds)

    def round(self) -> list[str]:
        """The bank works, and we take what it sent; the faults of what was refused."""
        self.bank.step()
        return self.collect()

    def collect(self) -> list[str]:
        """We take what the bank sent; the faults of what was refused."""
        before = BankResult.objects.order_by("-id").values_list("id", flat=True).first() or 0
        collect_from(name="sea", at=self.at)
        return [fault for fault in BankResult.objects.filter(pk__gt=before).values_list("fault", flat=True) if fault]

    def send(self, batch: Batch) -> None:
        """The worker sends a batch."""
        send_batch(number=batch.number, at=self.at)

    def ask(self, batch: Batch) -> None:
        """The worker asks after a batch."""
        ask_bank(number=batch.number, at=self.at)

    def to_end(self) -> list[str]:
        """Until returns have come, too."""
        faults = self.round()
        for _ in range(3):
            self.later()
            faults += self.round()
        return faults


def states(orders: Iterable[PaymentOrder]) -> list[str]:
    """How they stand now."""
    return [PaymentOrder.objects.get(pk=order.pk).state for order in orders]


def released(world: World, orders: Iterable[PaymentOrder]) -> Batch:
    """A batch of these, released."""
    from mutualaid.payouts.actions.batches import make_batch, release_batch

    batch = make_batch(fund=world.fund, orders=list(orders), by=world.by, at=AT)
    return release_batch(batch=batch, by=world.other, at=AT)
