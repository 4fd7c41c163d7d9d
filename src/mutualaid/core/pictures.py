"""Pictures that somebody drew and we print: whether a PNG is whole, and no larger than it may be, without opening it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_MARK = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by the colour type of PNG."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def is_whole_png(content: bytes, *, side_most: int) -> bool:
    """Whether bytes are a PNG as canvases of browsers write them (not interlaced) of at most so many pixels a side, with all of
    its rows: what is none would break each document in which it is printed, and a small file may hold a huge picture."""
    try:
        chunks = list(_chunks(content))
        width, height, depth, colour, packing, filtering, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    except (struct.error, IndexError, ValueError):
        return False
    kinds = [kind for kind, _ in chunks]
    in_order = kinds[0] == b"IHDR" and kinds[-1] == b"IEND" and kinds.count(b"IHDR") == 1
    plain = depth in _DEPTHS.get(colour, ()) and (packing, filtering, interlaced) == (0, 0, 0)
    if not (in_order and plain and 0 < width <= side_most and 0 < height <= side_most):
        return False
    if colour == 3 and b"PLTE" not in kinds:
        return False
    wanted = height * (1 + -(-width * depth * _SAMPLES[colour] // 8))
    return _unpacks_to(b"".join(data for kind, data in chunks if kind == b"IDAT"), wanted)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Raises ValueError, struct.error."""
    if not content.startswith(_MARK):
        raise ValueError("expected a PNG")
    place = len(_MARK)
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        (told,) = struct.unpack_from(">I", content, place + 8 + length)
        if told != zlib.crc32(kind + data):
            raise ValueError("expected a chunk as it was written")
        yield kind, data
        place += 12 + length


def _unpacks_to(packed: bytes, wanted: int) -> bool:
    """Never unpacks more than is wanted."""
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(packed, wanted + 1)
    except zlib.error:
        return False
    return len(found) == wanted and not stream.unconsumed_tail
