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

from mutualaid.plans.yaml_syntax import syntax_message

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
            f"文件应不大于 {BYTES_MOST} 字节，得到 {len(data)} 字节或更多；请检查是否选错了文件，过大的计划请分成几个",
            f"expected at most {BYTES_MOST} bytes, found {len(data)} or more; see that it is the right file, or split the plan",
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise YamlFault(
            line,
            f"应为 UTF-8 编码，得到字节 0x{data[error.start]:02X}；请另存为 UTF-8",
            f"expected UTF-8, found the byte 0x{data[error.start]:02X}; save the file as UTF-8",
        ) from error
    try:
        return _build(text)
    except yaml.MarkedYAMLError as error:
        raise YamlFault(*syntax_message(text, error)) from error
    except ReaderError as error:
        line = text.encode()[: error.position].count(b"\n") + 1
        code = f"U+{ord(error.character):04X}" if isinstance(error.character, str) else f"U+{int(error.character):04X}"
        raise YamlFault(
            line,
            f"应为可见的文字，得到控制字符 {code}；请删去",
            f"expected text, found control character {code}; remove it",
        ) from error
    except yaml.YAMLError as error:
        raise YamlFault(
            1,
            "应为 YAML 文字，得到无法读取的内容；请另存为 UTF-8",
            "expected YAML text, found what cannot be read; save as UTF-8",
        ) from error


def _build(text: str) -> Read:
    read = Read(None)
    stack: list[_Open] = []
    documents = 0
    for items, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        line = event.start_mark.line + 1 if event.start_mark is not None else 1
        if items > ITEMS_MOST:
            raise YamlFault(
                line,
                f"应不超过 {ITEMS_MOST} 项，读到这一行已超过；请检查是否重复粘贴，过大的计划请分成几个",
                f"expected at most {ITEMS_MOST} items, found more up to this line; look for repeated text, or split the plan",
            )
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlFault(
                    line,
                    "一个文件只写一个计划，得到 --- 之后的第二个；请分成两个文件，或删去 ---",
                    "expected one plan per file, found a second after ---; use two files, or remove the ---",
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
            "不支持锚点与别名（以 & 或 * 开头的值）；文字请加引号，相同的待遇请用 like",
            "expected no anchors or aliases (values that begin with & or *); quote text, use `like` for equal benefits",
        )
    if getattr(event, "tag", None) not in (None, "!"):
        raise YamlFault(
            line,
            "不支持 YAML 标签（以 ! 开头的值）；请删去，文字请加引号",
            "expected no YAML tags (values that begin with !); remove it, or quote text",
        )
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
            raise YamlFault(
                line,
                f"应不超过 {DEPTH_MOST} 层，得到更深的嵌套；请检查多余的 [、{{、- 和缩进",
                f"expected at most {DEPTH_MOST} levels, found deeper nesting; look for stray [, {{, - and indentation",
            )
        stack.append(_Open(value, path))


def _take_key(read: Read, top: _Open, event: Event, line: int) -> None:
    if not isinstance(event, ScalarEvent):
        raise YamlFault(
            line,
            "键应为文字，得到列表或 键: 值 的组合；请改写为一个词，文字以 [、{ 或 ? 开头请加引号",
            "expected a key of plain text, found a list or mapping; write one word, or quote text that begins with [, { or ?",
        )
    key = str(event.value)
    if key in top.container:
        first = read.lines.get((*top.path, key), 0)
        raise YamlFault(
            line,
            f"重复的键 {_short(key)}（首次在第 {first} 行）；同一级的键只写一次，请合并或删去一处",
            f"duplicate key {_short(key)} (first on line {first}); expected each key once: merge or remove one",
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
