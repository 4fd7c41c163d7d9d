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
                raise LineFault(f"重复的键 {shown}，请只留一个", f"duplicate key {shown}; keep one of them")
            seen.add(key)
    return found


def _no_constant(name: str) -> Any:
    raise LineFault(
        f'JSON 没有 {name}，金额请写成 "1200.00"，不明的写 null',
        f'JSON has no {name}; write amounts like "1200.00", and null for what is unknown',
    )


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def _not_json(error: json.JSONDecodeError) -> LineFault:
    found = error.doc[error.pos : error.pos + 20].strip()
    found = "".join(char if char.isprintable() else "\ufffd" for char in found)
    zh, en, do_zh, do_en = _EXPECTED.get(error.msg, _OTHER)
    if not found:
        do_zh, do_en = "补全，一个案例写在一行内", "complete it, a case stands on one line"
    return LineFault(
        f"不是 JSON：第 {error.colno} 个字符处应为{zh}，得到{f' {found}' if found else '行末'}，请{do_zh}",
        f"not JSON: expected {en} at character {error.colno}, found {found or 'the end of the line'}; {do_en}",
    )


_OTHER = ("JSON", "JSON", "检查引号、逗号和括号", "look at the quotes, commas and brackets")
_ESCAPE = ("正确的转义", "a known escape", "把 \\ 写成 \\\\", "write \\\\ for \\")
_LAST = ("最后一项，其后没有逗号", "a last item without a comma", "删去逗号", "remove the comma")
_EXPECTED = {
    "Expecting value": (
        "一个值",
        "a value",
        "补上或改正，文字加双引号，不明的写 null",
        "add or correct it, quote text, null for unknown",
    ),
    "Expecting property name enclosed in double quotes": (
        *("双引号中的字段名", "the name of a field in double quotes"),
        *("改用半角双引号，或删去多余的逗号", "use double quotes, or remove a stray comma"),
    ),
    "Expecting ':' delimiter": (
        "半角冒号",
        "a colon",
        "补上或改成半角冒号",
        "add it, or write it for a full-width one",
    ),
    "Expecting ',' delimiter": (
        "半角逗号或括号的另一半",
        "a comma or the closing bracket",
        "补上或改正",
        "add or correct it",
    ),
    "Unterminated string starting at": ("成对的双引号", "a closed quote", "补上末尾的双引号", "close it"),
    "Invalid control character at": (
        *("没有制表符、换行的文字", "text without tabs and line breaks"),
        *("删去，或写成 \\t、\\n", "remove it, or write \\t or \\n"),
    ),
    "Invalid \\escape": _ESCAPE,
    "Invalid \\escape: ": _ESCAPE,
    "Invalid \\uXXXX escape": _ESCAPE,
    "Extra data": (
        *("行末", "the end of the line"),
        *("一行只写一个案例，删去其后的内容", "write one case per line, and remove what follows"),
    ),
    "Illegal trailing comma before end of object": _LAST,
    "Illegal trailing comma before end of array": _LAST,
}


def parse_line(line: RawLine) -> Any:
    """The JSON value of a line. Raises LineFault."""
    if line.data is None:
        raise LineFault(
            f"一行最多 {LINE_MOST} 字节，得到更长的一行，请按人分行",
            f"a line has at most {LINE_MOST} bytes, found a longer one; write one person per line",
        )
    try:
        text = line.data.rstrip(b"\r\n").decode("utf-8")  # so that a fault at the end is told at its place
    except UnicodeDecodeError as error:
        raise LineFault(
            f"应为 UTF-8，第 {error.start + 1} 字节不是，请另存为 UTF-8",
            f"expected UTF-8; byte {error.start + 1} is not; save the file as UTF-8",
        ) from error
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from error
    except RecursionError as error:
        raise LineFault(
            "嵌套过深，案例至多四层，请检查多余的 [ 和 {",
            "nested too deeply, a case has at most four levels; look for stray [ and {",
        ) from error
    except ValueError as error:
        if isinstance(error, LineFault):
            raise
        raise LineFault(
            '数字过长，请改正，金额请写成 "1200.00"', 'a number is too long; correct it, write amounts like "1200.00"'
        ) from error
