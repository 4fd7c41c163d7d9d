"""What the worker does for payouts: batches are sent, what banks sent is taken, and a silent bank is asked."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping
from typing import Any

from mutualaid.contributions.models import Fund
from mutualaid.core import papers
from mutualaid.core.actors import system
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import database_time, outbox, timer
from mutualaid.payouts import gateway
from mutualaid.payouts.actions.batches import ask_after, mark_sent
from mutualaid.payouts.actions.reconciling import tell_difference
from mutualaid.payouts.actions.results import take_result
from mutualaid.payouts.bank.writing import question_file, question_number
from mutualaid.payouts.queries import batch_by_number, batches_to_ask, batches_to_send
from mutualaid.payouts.reconciling import compared

BY = system("payouts")
_log = logging.getLogger(__name__)


@outbox("payouts.send_batch")
def deliver_batch(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - its number makes it single
    """From the outbox: see ``send_batch``."""
    send_batch(number=wanted["batch"], at=database_time())


@timer("* * * * *", name="payouts.collect")
def collect(*, at: datetime.datetime) -> None:
    """Each minute: what banks have sent is taken, and laid aside. Taken twice, since a worker died between, it counts once."""
    for name in gateway.bank_names():
        collect_from(name=name, at=at)


@timer("*/10 * * * *", name="payouts.ask_banks")
def ask_banks(*, at: datetime.datetime) -> None:
    """Each ten minutes: released batches whose delivery was given up are sent; banks that are silent are asked."""
    with within([EVERYTHING]):
        unsent = [batch.number for batch in batches_to_send(at=at)]
        silent = [batch.number for batch in batches_to_ask(at=at)]
    for number in unsent:
        send_batch(number=number, at=at)
    for number in silent:
        ask_bank(number=number, at=at)


@timer("30 1 * * *", name="payouts.reconcile")
def reconcile(*, at: datetime.datetime) -> None:
    """Each night: benefits payable in the books are what the orders owe, or finance hears of it."""
    with within([EVERYTHING]):
        for row in compared(funds=Fund.objects.select_related("unit").order_by("pk")):
            if row.difference:
                _log.error("fund %s: the books owe %s, its orders %s", row.fund.unit.code, row.booked, row.owed)
                tell_difference(fund=row.fund, booked=row.booked, owed=row.owed, by=BY, at=at)


def send_batch(*, number: str, at: datetime.datetime) -> None:
    """Give the bank the file of a released batch. Done twice, the bank has the same file once."""
    with within([EVERYTHING]):
        batch = batch_by_number(number=number)
        if batch is None or not batch.way or batch.file is None or batch.state == "done":
            return
        data = papers.read(batch.file)
    gateway.bank_for(batch.way).put(name=f"{number}.pain001.xml", data=data)
    with within([EVERYTHING]):
        mark_sent(batch=batch, by=BY, at=at)


def ask_bank(*, number: str, at: datetime.datetime) -> None:
    """Ask what became of a batch. The answer comes as a file of its own; nothing is sent again."""
    with within([EVERYTHING]):
        batch = batch_by_number(number=number)
        if batch is None or not batch.way:
            return
        batch = ask_after(batch=batch, by=BY, at=at)
    name = f"{question_number(number=number, at=at)}.pacs028.xml"
    gateway.bank_for(batch.way).put(name=name, data=question_file(number=number, at=at))


def collect_from(*, name: str, at: datetime.datetime) -> None:
    """What one bank has sent. What cannot be of a fund of ours stays where it is, and is logged."""
    bank = gateway.bank_for(name)
    with within([EVERYTHING]):
        fund = Fund.objects.filter(unit__code=bank.fund).first()
    if fund is None:
        _log.error("bank %s: its fund %s is not entered; nothing is taken", name, bank.fund)
        return
    for file in bank.arrived():
        with within([EVERYTHING]):
            result = take_result(fund=fund, data=file.data, name=file.name, genuine=file.genuine, by=BY, at=at)
        if result.fault:
            _log.warning("bank %s: a file of %d bytes was refused: %s", name, len(file.data), result.fault)
        bank.lay_aside(name=file.name)
