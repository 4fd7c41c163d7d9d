"""Pictures that people bring: those that open are taken, broken and huge ones are told what is wrong."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from mutualaid.claims.pages import BadPage, page_type
from mutualaid.core import papers
from mutualaid.core.pictures import fault_of, is_whole_png
from tests import pictures


def _png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG that tells one size, whatever rows it has."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "1"])
def test_what_opens_is_taken(mode: str) -> None:
    for kind in ("JPEG", "PNG"):
        if (mode, kind) in {("CMYK", "PNG"), ("1", "JPEG")}:
            continue
        file = io.BytesIO()
        Image.new(mode, (300, 200)).save(file, kind)
        assert fault_of(file.getvalue()) is None
        assert fault_of(file.getvalue() + b"what a camera writes behind it") is None


@pytest.mark.parametrize("share", [0, 10, 50, 90])
def test_what_was_cut_off_is_told(share: int) -> None:
    for whole in (pictures.JPEG, pictures.PNG):
        fault = fault_of(whole[: len(whole) * share // 100])
        assert fault is not None
        assert "重新拍照" in fault[0]
        assert "take it again" in fault[1]


def test_a_small_file_of_a_huge_picture_is_not_opened() -> None:
    huge = _png(24_000, 24_000, bytes(24_000 * 100))
    assert len(huge) < 100_000
    fault = fault_of(huge)
    assert fault is not None
    assert "24000×24000" in fault[0]
    assert "24000×24000" in fault[1]
    assert fault_of(_png(40_000, 1, bytes(40_001))) is not None, "too long a side"


def test_a_photo_of_a_large_camera_is_taken() -> None:
    file = io.BytesIO()
    Image.new("L", (12_000, 9_000), 200).save(file, "JPEG")
    assert fault_of(file.getvalue()) is None


def test_rows_that_lack_are_seen() -> None:
    assert is_whole_png(_png(100, 100, bytes(101 * 100)), side_most=4000)
    assert not is_whole_png(_png(100, 100, bytes(101 * 40)), side_most=4000)
    assert not is_whole_png(_png(5000, 2, bytes(5001 * 2)), side_most=4000)
    assert not is_whole_png(pictures.JPEG, side_most=4000)
    assert is_whole_png(pictures.PNG, side_most=4000)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pictures.PDF[: len(pictures.PDF) // 2], "PDF 不完整"),
        (b"%PDF-1.7 nothing of one", "PDF 不完整"),
        (pictures.PNG[:60], "打不开"),
        (pictures.picture("GIF"), "照片（JPG、PNG）或 PDF"),
    ],
)
def test_pages_that_do_not_open_are_refused(content: bytes, told: str) -> None:
    with pytest.raises(BadPage, match="expected") as refusal:
        page_type(content=content)
    assert told in refusal.value.zh


def test_pages_that_open_are_what_they_show() -> None:
    assert page_type(content=pictures.PDF) == papers.PDF
    assert page_type(content=pictures.JPEG) == papers.JPEG
    assert page_type(content=pictures.PNG) == papers.PNG
