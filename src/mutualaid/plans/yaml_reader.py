"""YAML as plan documents need it: read by events, with the line of every value.

Only a safe and unsurprising part of YAML: one document, no aliases (no bombs), no tags, no duplicate keys, plain scalars
by YAML 1.2 (``on`` and ``no`` are words), decimals exact, dates as dates. Every fault names its line.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

BYTES_MOST = 1_000_000
DEPTH_MOST = 30
ITEMS_MOST = 50_000

Path = tuple[str | int, ...]

_INT = re.compile(r"-?\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,10}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


class YamlFault(ValueError):
    """The text is not YAML as plan documents use it; ``line`` counts from 1."""

    def __init__(self, line: int, zh: str, en: str) -> None:
        super().__init__(f"line {line}: {en}")
        self.line = line
        self.zh = zh
        self.en = en


@dataclass(slots=True)
class Read:
    """A value and the line on which each path in it begins."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Line of a path, or of the nearest part around it that the text has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    container: Any
    path: Path
    key: str | None = None


def read_yaml(data: bytes) -> Read:
    """Parse one document. Raises YamlFault."""
    if len(data) > BYTES_MOST:
        raise YamlFault(
            1,
            f"文件应小于 {BYTES_MOST} 字节，得到 {len(data)} 字节",
            f"expected fewer than {BYTES_MOST} bytes, found {len(data)}",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YamlFault(line, "应为 UTF-8 编码，请另存为 UTF-8", "expected UTF-8; save the file as UTF-8") from error
    try:
        return _build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        what = error.problem or "syntax"
        raise YamlFault(line, f"YAML 语法错误：{what}；请检查缩进、冒号和引号", f"YAML syntax: {what}") from error
    except ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        code = f"U+{ord(error.character):04X}" if isinstance(error.character, str) else f"U+{int(error.character):04X}"
        raise YamlFault(line, f"不能有控制字符 {code}，请删去", f"control character {code}; remove it") from error
    except yaml.YAMLError as error:
        raise YamlFault(1, f"无法读取的字符：{_short(str(error))}", f"unreadable: {_short(str(error))}") from error


def _build(text: str) -> Read:
    read = Read(None)
    stack: list[_Open] = []
    documents = 0
    for items, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if items > ITEMS_MOST:
            raise YamlFault(line, f"内容过多（超过 {ITEMS_MOST} 项）", f"too much content (over {ITEMS_MOST} items)")
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlFault(
                    line, "一个文件只写一个计划，不要用 --- 分段", "one plan per file; no second document after ---"
                )
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            stack.pop()
        elif isinstance(event, AliasEvent | ScalarEvent | MappingStartEvent | SequenceStartEvent):
            _take(read, stack, event, line)
    return read


def _take(read: Read, stack: list[_Open], event: Event, line: int) -> None:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise YamlFault(
            line,
            "不支持锚点与别名（& 和 *）；相同的待遇请用 like",
            "no anchors or aliases; use `like` for equal benefits",
        )
    if getattr(event, "tag", None) not in (None, "!"):
        raise YamlFault(line, "不支持 YAML 标签（!…）", "no YAML tags (!…)")
    top = stack[-1] if stack else None
    if top is not None and isinstance(top.container, dict) and top.key is None:
        _take_key(read, top, event, line)
        return
    if isinstance(event, ScalarEvent):
        value: Any = _scalar(event)
    else:
        value = {} if isinstance(event, MappingStartEvent) else []
    path = _place(read, top, value)
    read.lines.setdefault(path, line)
    if not isinstance(event, ScalarEvent):
        if len(stack) >= DEPTH_MOST:
            raise YamlFault(line, f"嵌套过深（超过 {DEPTH_MOST} 层）", f"nested deeper than {DEPTH_MOST}")
        stack.append(_Open(value, path))


def _take_key(read: Read, top: _Open, event: Event, line: int) -> None:
    if not isinstance(event, ScalarEvent):
        raise YamlFault(line, "键应为文字", "expected a key of plain text")
    key = str(event.value)
    if key in top.container:
        first = read.lines.get((*top.path, key), 0)
        raise YamlFault(
            line,
            f"重复的键 {_short(key)}（首次在第 {first} 行）",
            f"duplicate key {_short(key)} (first on line {first})",
        )
    top.key = key
    read.lines[(*top.path, key)] = line
    top.container[key] = None


def _place(read: Read, top: _Open | None, value: Any) -> Path:
    if top is None:
        read.value = value
        return ()
    if isinstance(top.container, list):
        top.container.append(value)
        return (*top.path, len(top.container) - 1)
    key = top.key or ""
    top.container[key] = value
    top.key = None
    return (*top.path, key)


def _scalar(event: ScalarEvent) -> Any:
    """Quoted scalars are text; plain ones are words, whole numbers, decimals, dates, true, false or null."""
    text: str = event.value
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
