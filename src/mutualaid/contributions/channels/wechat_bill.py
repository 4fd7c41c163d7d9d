"""The daily bill of WeChat Pay (交易账单): gzip with a SHA-1, columns by name, values behind a backtick, totals at the end."""

from __future__ import annotations

import csv
import gzip
import hashlib
import hmac
import io
import zlib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from mutualaid.contributions.channels.calls import FILE_BYTES_MOST
from mutualaid.contributions.gateway import DayEntry, Unclear

_LAST = "总交易单数"


def read_bill(packed: bytes, sha1: str, mchid: str) -> tuple[bytes, tuple[DayEntry, ...]]:
    """The file unpacked, and its lines. Raises Unclear: another hash, another merchant, not its own totals, or no such file."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as opened:
            content = opened.read(FILE_BYTES_MOST + 1)
    except (OSError, EOFError, zlib.error):
        raise Unclear("the bill cannot be unpacked") from None
    found = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if len(content) > FILE_BYTES_MOST or not hmac.compare_digest(found, sha1.lower()):
        raise Unclear("the bill is too long, or has another hash than was told")
    return content, _entries(content, mchid)


def _entries(content: bytes, mchid: str) -> tuple[DayEntry, ...]:
    try:
        rows = [
            [value.strip().lstrip("`") for value in row] for row in csv.reader(content.decode("utf-8-sig").splitlines())
        ]
        last = next(number for number, row in enumerate(rows) if row and row[0] == _LAST)
        lines = [dict(zip(rows[0], row, strict=True)) for row in rows[1:last]]
        totals = dict(zip(rows[last], rows[last + 1], strict=True))
        entries = tuple(_entry(line, mchid) for line in lines)
        count, refunds = int(totals[_LAST]), fen_of(totals["退款总金额"])
        fees = fen_of(totals["手续费总金额"])
    except (ValueError, KeyError, IndexError, StopIteration):
        raise Unclear("the bill is not as it should be") from None
    back = sum(entry.fen for entry in entries if entry.kind == "refund")
    if (count, refunds, fees) != (len(entries), back, sum(entry.fee_fen for entry in entries)):
        raise Unclear("the lines of the bill are not its totals")
    return entries


def _entry(line: Mapping[str, str], mchid: str) -> DayEntry:
    """Raises KeyError, ValueError."""
    if line["商户号"] != mchid:
        raise ValueError("another merchant")
    fee = fen_of(line["手续费"])
    if line["交易状态"] == "SUCCESS":
        return DayEntry("payment", line["商户订单号"], line["微信订单号"], fen_of(line["订单金额"]), fee)
    if line["交易状态"] in ("REFUND", "REVOKED"):
        return DayEntry("refund", line["商户退款单号"], line["微信退款单号"], fen_of(line["退款金额"]), fee)
    raise ValueError("another state")


def fen_of(yuan: str) -> int:
    """Fen of yuan with any number of decimals, of which two count (a fee of 0.60000). Raises ValueError."""
    try:
        fen = Decimal(yuan.replace(",", "") or "0") * 100
    except InvalidOperation:
        raise ValueError("no amount") from None
    if not fen.is_finite() or fen != fen.to_integral_value():
        raise ValueError("not of whole fen")
    return int(fen)
