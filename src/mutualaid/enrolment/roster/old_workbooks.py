"""Inside an .xls before a spreadsheet library sees it: how great its tables become, which rows and columns are hidden.

The format (Excel 97-2003) is a small file system (OLE) with a stream of records in it. A cell far down and far right makes a
library fill all that lies between, and a count that is too great makes it ask for memory that there is not.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from itertools import pairwise

from mutualaid.enrolment.roster import limits
from mutualaid.enrolment.roster.archives import Inside
from mutualaid.enrolment.roster.limits import too_large, too_large_a_sheet

CELLS_MOST = 8_000_000
"""Of all tables together, with the empty ones between: 256 MB."""
_END = 0xFFFFFFFA
"""Numbers of sectors from here on say that there is no further one."""
_SMALL = 4096
"""A stream below this lies elsewhere in the file, and holds nothing great."""
_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _SST, _ROW, _COLINFO = 0x809, 0x0A, 0x2F, 0x85, 0xFC, 0x208, 0x7D
_MULRK = 0xBD
_CELLS = frozenset({0x06, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E, _MULRK})
"""Records of cells in which something stands, each with its row and column first."""
_ROW_HIDDEN, _COLUMN_HIDDEN = 0x20, 0x1


class Damaged(ValueError):
    """It cannot be followed to its end."""


def looked_into(content: bytes) -> list[Inside]:
    """Of each sheet, in the order of the workbook, what stands in it beside values. Raises NotARoster, Damaged."""
    stream = _stream(content)
    places = []
    for kind, body in _records(stream, 0, len(stream)):
        if kind == _FILEPASS:
            return []  # nothing can be told of what a password keeps
        if kind == _BOUNDSHEET and len(body) >= 4:
            places.append(struct.unpack_from("<I", body)[0])
        # Each text takes three bytes at least.
        if kind == _SST and len(body) >= 8 and struct.unpack_from("<I", body, 4)[0] > len(stream) // 3:
            raise Damaged("more texts than the file has room for")
    ends = dict(pairwise([*sorted(set(places)), len(stream)]))
    found, cells = {}, 0
    for place, end in ends.items():
        found[place], span = _sheet(stream, place, end)
        cells += span
        if cells > CELLS_MOST:
            raise too_large(f"{CELLS_MOST:,} 个格子 · cells")
    return [found[place] for place in places]


def _sheet(stream: bytes, place: int, end: int) -> tuple[Inside, int]:
    """Of one sheet, and how many cells lie between its first and last."""
    inside = Inside()
    rows, columns = [2**16, -1], [2**16, -1]
    for kind, body in _records(stream, place, end):
        if kind in _CELLS and len(body) >= 6:
            row, first = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == _MULRK else first
            rows = [min(rows[0], row), max(rows[1], row)]
            columns = [min(columns[0], first), max(columns[1], last)]
        elif kind == _ROW and len(body) >= 16:
            if struct.unpack_from("<I", body, 12)[0] & _ROW_HIDDEN:
                inside.hidden.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == _COLINFO and len(body) >= 10:
            first, last, _width, _style, options = struct.unpack_from("<5H", body)
            if options & _COLUMN_HIDDEN:
                inside.hidden_columns.update(range(first, min(last + 1, limits.COLUMNS_MOST)))
    if columns[1] >= limits.COLUMNS_MOST:
        raise too_large_a_sheet()
    return inside, max(0, rows[1] - rows[0] + 1) * max(0, columns[1] - columns[0] + 1)


def _records(stream: bytes, place: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place on to the end of their part, or ``end``; a part may stand within another, as a chart does."""
    depth = 0
    while place + 4 <= min(end, len(stream)):
        kind, length = struct.unpack_from("<HH", stream, place)
        if kind == _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 1:
            yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _stream(content: bytes) -> bytes:
    """The stream of the workbook; empty where it is small. Raises Damaged."""
    try:
        size = 1 << struct.unpack_from("<H", content, 0x1E)[0]
        if size not in (512, 4096):
            raise Damaged("sectors of a length that is not known")
        sectors = {number: content[size * (number + 1) : size * (number + 2)] for number in range(len(content) // size)}
        following = _following(content, sectors, size)
        directory = b"".join(_chain(struct.unpack_from("<I", content, 0x30)[0], following, sectors))
        for first in range(0, len(directory) - 127, 128):
            entry = directory[first : first + 128]
            name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace")
            start, length = struct.unpack_from("<II", entry, 116)
            if name.lower() in ("workbook", "book") and entry[66] == 2 and length >= _SMALL:
                return b"".join(_chain(start, following, sectors))[:length]
    except struct.error as fault:
        raise Damaged("it ends too early") from fault
    return b""


def _following(content: bytes, sectors: Mapping[int, bytes], size: int) -> list[int]:
    """Which sector follows which (the FAT), itself kept in sectors that are listed in the header and in a chain of lists."""
    listed = list(struct.unpack_from("<109I", content, 0x4C))
    further, seen = struct.unpack_from("<I", content, 0x44)[0], 0
    while further < _END:
        seen += 1
        if seen > len(sectors) or further not in sectors:
            raise Damaged("lists of sectors in a circle")
        *more, further = struct.unpack_from(f"<{size // 4}I", sectors[further])
        listed += more
    return [
        number
        for one in listed
        if one < _END and one in sectors
        for number in struct.unpack(f"<{len(sectors[one]) // 4}I", sectors[one][: len(sectors[one]) // 4 * 4])
    ]


def _chain(number: int, following: list[int], sectors: Mapping[int, bytes]) -> Iterator[bytes]:
    seen = 0
    while number < _END:
        seen += 1
        if seen > len(sectors) or number not in sectors or number >= len(following):
            raise Damaged("sectors in a circle, or beyond the end")
        yield sectors[number]
        number = following[number]
