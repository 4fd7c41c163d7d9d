"""The daily bill of Alipay (业务明细): a ZIP with CSV in GBK, its counts and sums in lines that begin with ``#``."""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from mutualaid.contributions.channels.calls import FILE_BYTES_MOST
from mutualaid.contributions.channels.wechat_bill import fen_of
from mutualaid.contributions.gateway import DayEntry, Unclear

_COUNTS = re.compile(r"#(交易|退款)合计：([0-9]+)笔，商家实收共(-?[0-9.,]+)元")
_KINDS = {"交易": "payment", "退款": "refund"}


def read_bill(packed: bytes) -> tuple[DayEntry, ...]:
    """Its lines. Raises Unclear: no such file, or not its own counts and sums."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            names = [info for info in opened.infolist() if not _name(info).endswith("(汇总).csv")]
            (wanted,) = (info for info in names if _name(info).endswith(".csv"))
            if wanted.file_size > FILE_BYTES_MOST:
                raise Unclear("the bill is too long")
            text = opened.read(wanted).decode("gb18030")
    except (zipfile.BadZipFile, zlib.error, UnicodeDecodeError, ValueError, OSError, NotImplementedError, RuntimeError):
        raise Unclear("the bill cannot be unpacked") from None
    try:
        return _entries(text)
    except (ValueError, KeyError, IndexError):
        raise Unclear("the bill is not as it should be") from None


def _name(info: zipfile.ZipInfo) -> str:
    """Alipay writes names in GBK without saying so: ``zipfile`` then reads them as code page 437."""
    if info.flag_bits & 0x800:
        return info.filename
    return info.filename.encode("cp437").decode("gb18030", "replace")


def _entries(text: str) -> tuple[DayEntry, ...]:
    """Raises ValueError, KeyError, IndexError, Unclear."""
    lines = text.splitlines()
    rows = [[value.strip() for value in row] for row in csv.reader(line for line in lines if line and line[0] != "#")]
    entries = tuple(_entry(dict(zip(rows[0], row, strict=True))) for row in rows[1:])
    found = {word: (int(count), fen_of(total)) for word, count, total in _COUNTS.findall(text)}
    for word, kind in _KINDS.items():
        ours = [entry.fen for entry in entries if entry.kind == kind]
        sign = -1 if kind == "refund" else 1
        if found[word] != (len(ours), sign * sum(ours)):
            raise Unclear("the lines of the bill are not its totals")
    return entries


def _entry(row: Mapping[str, str]) -> DayEntry:
    """Raises KeyError, ValueError."""
    fee = -fen_of(row["服务费（元）"])  # told as what is taken away
    fen = fen_of(row["订单金额（元）"])
    if row["业务类型"] == "交易":
        return DayEntry("payment", row["商户订单号"], row["支付宝交易号"], fen, fee)
    if row["业务类型"] == "退款":
        return DayEntry("refund", row["退款批次号/请求号"], row["支付宝交易号"], -fen, fee)
    raise ValueError("another kind")
