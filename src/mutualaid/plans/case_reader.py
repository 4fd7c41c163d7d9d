"""JSON Lines of cases: raw lines from a stream, and one line to a JSON value, refusing what JSON leaves vague."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

LINE_MOST = 8_000_000
"""Longest line in bytes; a longer one is a fault of that line only."""


class RawLine(NamedTuple):
    """A line that is not blank: its number from 1, and its bytes, or None when it is longer than ``LINE_MOST``."""

    number: int
    data: bytes | None


class LineFault(ValueError):
    """A line is not a JSON value as cases use it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def raw_lines(stream: BinaryIO) -> Iterator[RawLine]:
    """Lines of a stream without ever holding more than one; an overlong line is skipped over, not loaded."""
    number = 0
    while chunk := stream.readline(LINE_MOST + 2):
        number += 1
        if len(chunk.rstrip(b"\r\n")) > LINE_MOST:
            while chunk and not chunk.endswith(b"\n"):
                chunk = stream.readline(LINE_MOST)
            yield RawLine(number, None)
            continue
        if number == 1:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        if chunk.strip():
            yield RawLine(number, chunk)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                shown = key[:40].encode("utf-8", "replace").decode()
                raise LineFault(f"重复的键 {shown}", f"duplicate key {shown}")
            seen.add(key)
    return found


def _no_constant(name: str) -> Any:
    raise LineFault(f"JSON 没有 {name}", f"JSON has no {name}")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse_line(line: RawLine) -> Any:
    """The JSON value of a line. Raises LineFault."""
    if line.data is None:
        raise LineFault(
            f"一行最多 {LINE_MOST} 字节；请按人分行", f"a line has at most {LINE_MOST} bytes; write one person per line"
        )
    try:
        text = line.data.rstrip(b"\r\n").decode("utf-8")  # so that a fault at the end is told at its place
    except UnicodeDecodeError as error:
        raise LineFault(
            f"应为 UTF-8，第 {error.start + 1} 字节不是", f"expected UTF-8; byte {error.start + 1} is not"
        ) from error
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise LineFault(
            f"不是 JSON：第 {error.colno} 个字符处 {error.msg}", f"not JSON: {error.msg} at character {error.colno}"
        ) from error
    except RecursionError as error:
        raise LineFault("嵌套过深", "nested too deeply") from error
    except ValueError as error:
        if isinstance(error, LineFault):
            raise
        raise LineFault("数字过长", "a number is too long") from error
