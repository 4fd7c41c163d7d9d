"""What a bank's file says once it is read: movements, and faults that name the line, what was expected and what was found."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Movement:
    """Money that came in. ``line`` counts from 1: the row of a CSV, the entry (Ntry) of a camt.053."""

    line: int
    serial: str
    booked_on: datetime.date
    amount: Decimal
    payer_name: str
    payer_account: str
    text: str


@dataclass(frozen=True)
class Reading:
    """The credits of a file in its order; ``debits`` is how many movements went out and were left."""

    credits: tuple[Movement, ...]
    debits: int


@dataclass(frozen=True)
class Fault:
    """What is wrong with a line (0: with the file as a whole)."""

    line: int
    zh: str
    en: str
    found: str


FAULTS_SHOWN = 20


class StatementRefused(Exception):
    """A file that cannot be taken as it is; ``faults`` has all of them."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[:FAULTS_SHOWN]
        more = len(self.faults) - len(first)
        self.zh = (
            "；".join(
                f"{f'第 {fault.line} 行' if fault.line else '文件'}应为{fault.zh}，得到“{fault.found}”"
                for fault in first
            )
            + (f"；另有 {more} 处" if more else "")
            + "。请改正文件或重新从网银导出后再导入"
        )
        self.en = (
            "; ".join(
                f"{f'line {fault.line}' if fault.line else 'the file'}: expected {fault.en}, found {fault.found!r}"
                for fault in first
            )
            + (f"; {more} more" if more else "")
            + "; correct the file or export it again"
        )
        super().__init__(self.en)
