"""The daily file of a UnionPay-style gateway: base64 of deflate of a ZIP whose ZM file has fields of fixed widths in GBK.

It holds account numbers; none of them leaves this module.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import io
import zipfile
import zlib

from mutualaid.contributions.channels.calls import FILE_BYTES_MOST, beijing
from mutualaid.contributions.gateway import DayEntry, Unclear

WIDTHS = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2, 6, 2, 4, 32, 1, 21, 15, 1, 15, 32),
    *(13, 13, 8, 32, 13, 13, 12, 2, 1, 32, 98),
)
"""Bytes of each field; one space between two."""
_TIME, _AMOUNT, _QUERY, _ORDER, _FEE, _TYPE, _MERCHANT = 4, 6, 9, 11, 15, 19, 27


def read_bill(told: str, merchant: str, day: datetime.date) -> tuple[bytes, tuple[DayEntry, ...]]:
    """The ZIP as it came, and the lines of its ZM file. Raises Unclear."""
    try:
        packed = zlib.decompressobj().decompress(base64.b64decode(told, validate=True), FILE_BYTES_MOST)
        with zipfile.ZipFile(io.BytesIO(packed)) as opened:
            (wanted,) = (info for info in opened.infolist() if "ZM_" in info.filename)
            if wanted.file_size > FILE_BYTES_MOST:
                raise Unclear("the file is too long")
            lines = opened.read(wanted).splitlines()
        return packed, tuple(_entry(_fields(line), merchant, day) for line in lines if line.strip())
    except (binascii.Error, zlib.error, zipfile.BadZipFile, ValueError, IndexError, OSError, NotImplementedError):
        raise Unclear("the file is not as it should be") from None


def _fields(line: bytes) -> list[str]:
    found, begins = [], 0
    for width in WIDTHS:
        found.append(line[begins : begins + width].decode("gb18030").strip())
        begins += width + 1
    return found


def _entry(fields: list[str], merchant: str, day: datetime.date) -> DayEntry:
    """Raises ValueError."""
    if fields[_MERCHANT] != merchant:
        raise ValueError("another merchant")
    fee = int(fields[_FEE][1:]) * (-1 if fields[_FEE][:1] == "D" else 1)
    fen = int(fields[_AMOUNT])
    # The time tells no year: that of the day, or, for what was made before New Year, the one before.
    made_at = beijing(f"{day.year}{fields[_TIME]}", "%Y%m%d%H%M%S")
    if made_at.date() > day + datetime.timedelta(days=1):
        made_at = made_at.replace(year=day.year - 1)
    if fields[_TYPE] == "01":
        return DayEntry("payment", fields[_ORDER], fields[_QUERY], fen, -fee, made_at)
    if fields[_TYPE] == "04":
        return DayEntry("refund", fields[_ORDER], fields[_QUERY], fen, -fee, made_at)
    raise ValueError("another kind")
