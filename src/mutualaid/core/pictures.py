"""Whether pictures that people bring open: whole, and no larger than a page or a signature is. Pillow reads them.

A photo that was cut off on its way shows nothing to who decides by it, and breaks each document in which it is printed; a small
file may hold a picture that fills all memory once it is opened.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator

from PIL import Image

JPEG_PIXELS_MOST, PNG_PIXELS_MOST = 250_000_000, 60_000_000
"""A telephone takes photos of up to 200 million pixels, as JPEG, of which an eighth of each side is read here; a screenshot has
up to 15 million, and is read as a whole: 240 MB."""
SIDE_MOST = 30_000
Image.MAX_IMAGE_PIXELS = None  # Pillow would refuse large photos without a word of their size: ``fault_of`` does it
_MARK = b"\x89PNG\r\n\x1a\n"
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by the colour type of PNG."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


def fault_of(content: bytes) -> tuple[str, str] | None:
    """What is wrong with a JPEG or PNG, in Chinese and English with what to do; None for a picture that opens."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what cameras write beside a picture
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as picture:
                width, height = picture.size
                most = JPEG_PIXELS_MOST if picture.format == "JPEG" else PNG_PIXELS_MOST
                if width * height > most or max(width, height) > SIDE_MOST:
                    return _too_large(width, height, most)
                if picture.format == "PNG":
                    picture.verify()
            with Image.open(
                io.BytesIO(content), formats=("JPEG", "PNG")
            ) as picture:  # what was verified cannot be loaded
                picture.draft("L", (width // 8, height // 8))
                picture.load()
    except (OSError, ValueError, SyntaxError, EOFError):
        return (
            "图片打不开或不完整（可能没有传完）；请重新拍照，或打开看得清楚后再上传",
            "expected a picture that opens, found one that is broken or was cut off; take it again, or see that it opens",
        )
    return None


def _too_large(width: int, height: int, most: int) -> tuple[str, str]:
    zh = f"图片最多 {most // 10**6} 百万像素、每边 {SIDE_MOST}，得到 {width}×{height}；请用手机直接拍照上传"
    en = f"expected a picture of at most {most // 10**6} million pixels and {SIDE_MOST} a side, found {width}×{height}"
    return zh, f"{en}; take a photo with the telephone"


def is_whole_png(content: bytes, *, side_most: int) -> bool:
    """Whether bytes are a PNG as canvases of browsers write them (not interlaced) of at most so many pixels a side, with all of
    its rows, as documents need it in which it is printed: Pillow, and whoever looks at it, puts up with less."""
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
