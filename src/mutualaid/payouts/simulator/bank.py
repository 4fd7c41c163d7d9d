"""What the simulated bank does: takes batches from the folder, pays, refuses by endings of accounts, returns, misbehaves."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mutualaid.payouts.simulator.forms import (
    BadForm,
    Request,
    Row,
    Wanted,
    read_question,
    read_request,
    refusal,
    return_notice,
    status_report,
)
from mutualaid.payouts.simulator.keys import Seals

REFUSED = {"0001": "AC01", "0004": "AC04", "0006": "AC06", "0011": "BE01", "0021": "RC01"}
"""Accounts that end so are refused, with this reason."""
RETURNED = {"0054": "AC04"}
"""Accounts that end so are paid, and the money comes back."""
CHINA = datetime.timezone(datetime.timedelta(hours=8))
SILENT = "0099"
"""Of accounts that end so nothing is ever told, but that they are being dealt with."""
MISBEHAVIOURS = {
    "late": "results wait until they are asked for",
    "twice": "each file comes twice, under two names",
    "out-of-order": "the files of one round come in the reverse order",
    "forge": "files are sealed by somebody else",
    "wrong-sum": "the sums of statuses are 1.00 too high",
    "wrong-amount": "each row tells 1.00 more than was ordered",
    "unknown-number": "a payment is told of that nobody ordered",
    "partial": "results come row by row, each in a file of its own",
    "before-acknowledgement": "results come before the file is acknowledged",
    "return-after-paid": "everything that was paid comes back",
    "lose": "files of the payer are lost",
    "contradict": "what was refused is told as paid afterwards",
}
AFTER = 20
"""Seconds from a batch to the results of other banks, and from these to returns, unless told otherwise."""


@dataclass
class Payment:
    """A payment in the bank's books."""

    number: str
    group: str
    fen: int
    account: str
    is_own: bool
    status: str = "ACSP"
    reason: str = ""
    on: str = ""


@dataclass
class Held:
    """A batch in the bank's books."""

    request: Request
    received: float
    payments: list[Payment]
    told_others: bool = False
    told_returns: bool = False


@dataclass
class SimulatedBank:
    """One folder's bank. ``clock`` gives seconds since 1970; a round of work is ``step``."""

    seals: Seals
    folder: Path
    clock: Callable[[], float]
    flags: set[str]
    after: float = AFTER
    batches: dict[str, Held] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    held: list[tuple[str, str]] = field(default_factory=list)
    sent: int = 0

    @property
    def exchange(self) -> Path:
        """Where files change hands."""
        return self.folder / "exchange"

    @property
    def now(self) -> datetime.datetime:
        """By the bank's clock."""
        return datetime.datetime.fromtimestamp(int(self.clock()), datetime.UTC)

    @property
    def today(self) -> str:
        """The day of business, which is China's."""
        return self.now.astimezone(CHINA).date().isoformat()

    def step(self) -> int:
        """Take what came, tell what is due; how many files were told."""
        made: list[tuple[str, str]] = []
        for path in sorted((self.exchange / "out").glob("*.xml")):
            if path.name in self.seen:
                continue
            self.seen.add(path.name)
            if "lose" not in self.flags:
                made += self._take(path)
        for batch in self.batches.values():
            made += self._due(batch)
        if "late" in self.flags:
            self.held += made
            made = []
        return self._tell(made)

    def send_held(self) -> int:
        """Tell what waits."""
        held, self.held = self.held, []
        return self._tell(held)

    # --- taking -------------------------------------------------------------------------------------------------------

    def _take(self, path: Path) -> list[tuple[str, str]]:
        data = path.read_bytes()
        sealed = path.with_name(path.name + ".sig")
        number = path.name.partition(".")[0]
        if not sealed.exists() or not self.seals.holds(path.name, data, sealed.read_bytes()):
            return [(number, refusal(self._message(), number, "", "", "DS02", self.now))]
        text = data.decode()
        if path.name.endswith(".pacs028.xml"):
            return self._answer(read_question(text))
        try:
            request = read_request(text)
        except BadForm as fault:
            return [(number, refusal(self._message(), number, "", "", str(fault), self.now))]
        there = self.batches.get(request.number)
        if there is not None:
            same = there.request == request
            return [] if same else [(number, self._refused(request, "DU01"))]
        payments = [self._payment(wanted) for wanted in request.payments]
        self.batches[request.number] = Held(request, self.clock(), payments)
        acknowledged = (number, status_report(self._message(), request, [], self.now, group="ACTC"))
        results = self._results(self.batches[request.number], own=True)
        return [*results, acknowledged] if "before-acknowledgement" in self.flags else [acknowledged, *results]

    def _payment(self, wanted: Wanted) -> Payment:
        return Payment(
            wanted.number, wanted.group, wanted.fen, wanted.account, wanted.bank_name.startswith(self.seals.bank_name)
        )

    def _answer(self, number: str) -> list[tuple[str, str]]:
        """How a batch stands now."""
        batch = self.batches.get(number)
        if batch is None:
            return [(number, refusal(self._message(), number, "", "", "NOOR", self.now))]
        return [(number, self._report(batch, [self._row(payment) for payment in batch.payments]))]

    # --- paying -------------------------------------------------------------------------------------------------------

    def _due(self, batch: Held) -> list[tuple[str, str]]:
        waited = self.clock() - batch.received
        made: list[tuple[str, str]] = []
        if not batch.told_others and waited >= self.after:
            batch.told_others = True
            made += self._results(batch, own=False)
        if not batch.told_returns and waited >= 2 * self.after:
            batch.told_returns = True
            made += self._returns(batch)
        return made

    def _results(self, batch: Held, *, own: bool) -> list[tuple[str, str]]:
        among = [payment for payment in batch.payments if payment.is_own is own and payment.account[-4:] != SILENT]
        for payment in among:
            payment.reason = REFUSED.get(payment.account[-4:], "")
            payment.status, payment.on = ("RJCT", "") if payment.reason else ("ACSC", self.today)
        rows = [self._row(payment) for payment in among]
        if not rows:
            return []
        number = batch.request.number
        if "partial" in self.flags:
            return [(number, self._report(batch, [row])) for row in rows]
        made = [(number, self._report(batch, rows))]
        if "contradict" in self.flags:
            lies = [Row(row.number, row.group, row.fen, "ACSC", "", self.today) for row in rows if row.status == "RJCT"]
            made += [(number, self._report(batch, lies))] if lies else []
        return made

    def _returns(self, batch: Held) -> list[tuple[str, str]]:
        rows = []
        for payment in batch.payments:
            reason = RETURNED.get(payment.account[-4:], "AC04" if "return-after-paid" in self.flags else "")
            if payment.status == "ACSC" and reason:
                rows.append(Row(payment.number, payment.group, payment.fen, "RTRN", reason, self.today))
        if not rows:
            return []
        account = batch.request.payer_account
        return [(batch.request.number, return_notice(self._message(), account, rows, self.now))]

    # --- telling ------------------------------------------------------------------------------------------------------

    def _row(self, payment: Payment) -> Row:
        fen = payment.fen + (100 if "wrong-amount" in self.flags else 0)
        return Row(payment.number, payment.group, fen, payment.status, payment.reason, payment.on)

    def _report(self, batch: Held, rows: Iterable[Row]) -> str:
        listed = list(rows)
        if "unknown-number" in self.flags:
            listed.append(Row("F99999999", listed[0].group, 100, "ACSP"))
        text = status_report(self._message(), batch.request, listed, self.now)
        if "wrong-sum" in self.flags:
            text = text.replace("<DtldCtrlSum>", "<DtldCtrlSum>1")
        return text

    def _refused(self, request: Request, reason: str) -> str:
        total = f"{request.fen // 100}.{request.fen % 100:02}"
        return refusal(self._message(), request.number, str(request.count), total, reason, self.now)

    def _message(self) -> str:
        self.sent += 1
        return f"BANK{self.sent:08}"

    def _tell(self, made: list[tuple[str, str]]) -> int:
        folder = self.exchange / "in"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if "out-of-order" in self.flags:
            made.reverse()
        told = 0
        for number, text in made:
            kind = "camt054" if "camt.054" in text else "pain002"
            for _ in range(2 if "twice" in self.flags else 1):
                self.sent += 1
                name = f"{self.sent:08}-{number}.{kind}.xml"
                data = text.encode()
                _write(folder / (name + ".sig"), self.seals.sealed(name, data, forged="forge" in self.flags))
                _write(folder / name, data)
                told += 1
        return told

    # --- keeping ------------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Keep the books for the next run."""
        facts = {
            "seen": sorted(self.seen),
            "sent": self.sent,
            "held": self.held,
            "batches": [asdict(batch) for batch in self.batches.values()],
        }
        _write(self.folder / "books.json", json.dumps(facts, ensure_ascii=False).encode())

    def load(self) -> None:
        """What the last run kept."""
        path = self.folder / "books.json"
        if not path.exists():
            return
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        self.seen, self.sent = set(facts["seen"]), facts["sent"]
        self.held = [(number, text) for number, text in facts["held"]]
        for told in facts["batches"]:
            request = told["request"]
            wanted = tuple(Wanted(**row) for row in request["payments"])
            batch = Held(
                Request(**{**request, "payments": wanted}),
                told["received"],
                [Payment(**row) for row in told["payments"]],
                told["told_others"],
                told["told_returns"],
            )
            self.batches[batch.request.number] = batch


def _write(path: Path, data: bytes) -> None:
    made = path.with_name(f".{path.name}.part")
    made.write_bytes(data)
    os.replace(made, path)
