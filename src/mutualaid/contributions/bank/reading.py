"""Reading a bank's file, whichever of the known kinds it is, and the checks that all kinds share."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mutualaid.contributions.bank.camt import read_camt
from mutualaid.contributions.bank.csv_file import columns_asked, read_csv
from mutualaid.contributions.bank.layouts import Layout, Unknown
from mutualaid.contributions.bank.movements import Fault, Movement, Reading, StatementRefused

__all__ = ["BYTES_MOST", "ColumnsUnknown", "Fault", "Movement", "Reading", "StatementRefused", "read_statement"]

BYTES_MOST = 20_000_000


class ColumnsUnknown(StatementRefused):
    """A table whose header nobody knows yet: ``unknown`` has its words, for whoever says which column is which."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown
        found = "、".join(word for word in unknown.headers if word)[:60]
        super().__init__([Fault(unknown.line, "认识的表头", "a header that is known", found)])


def read_statement(*, data: bytes, account: str, layouts: Mapping[str, Layout] | None = None) -> Reading:
    """The credits of a statement of an account; ``layouts``: headers that finance confirmed before. Raises StatementRefused,
    ColumnsUnknown."""
    if len(data) > BYTES_MOST:
        raise StatementRefused([Fault(0, f"不超过 {BYTES_MOST} 字节", f"at most {BYTES_MOST} bytes", str(len(data)))])
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if start.startswith(b"<"):
        reading, told, faults = read_camt(data)
    else:
        unknown = columns_asked(data, layouts or {})
        if unknown is not None:
            raise ColumnsUnknown(unknown)
        reading, told, faults = read_csv(data, layouts or {})
    if told and _digits(told) != _digits(account):
        faults.append(Fault(0, "本专户的流水", "a statement of this account", f"…{_digits(told)[-4:]}"))
    faults.extend(_twice(reading.credits))
    if not faults and not reading.credits and not reading.debits:
        faults.append(Fault(0, "至少一笔流水", "at least one movement", "0"))
    if faults:
        raise StatementRefused(sorted(faults, key=lambda fault: fault.line))
    return reading


def _twice(entered: tuple[Movement, ...]) -> list[Fault]:
    """A serial that stands twice in one file."""
    first: dict[str, int] = {}
    faults = []
    for movement in entered:
        before = first.setdefault(movement.serial, movement.line)
        if before != movement.line:
            faults.append(
                Fault(
                    movement.line,
                    f"未出现过的流水号（第 {before} 行已有）",
                    f"a serial of its own (line {before} has it too)",
                    movement.serial,
                )
            )
    return faults


def _digits(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", text.upper())
