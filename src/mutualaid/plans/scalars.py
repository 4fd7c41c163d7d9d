"""Where each plain value of a YAML text stands, so that one of them can be written anew and everything else stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from yaml.events import MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from mutualaid.plans.yaml_reader import Path

_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff][\w\u4e00-\u9fff（）《》、。，；—·. -]*", re.ASCII)
"""Texts that mean themselves without quotes, inside brackets too."""
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """Characters ``[start, end)`` of the text; ``quoted``: in one or the other kind of quotes; ``block``: a text of several
    lines after ``|`` or ``>``."""

    start: int
    end: int
    quoted: bool
    block: bool


def scalars_of(text: str) -> dict[Path, Scalar]:
    """Every value that is no collection, by its path. The text must be one that ``read_yaml`` takes."""
    found: dict[Path, Scalar] = {}
    stack: list[tuple[Path, list[str | int | None]]] = []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            stack.pop()
            continue
        if not isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent):
            continue
        path = _path(stack, event)
        if path is None:
            continue
        if isinstance(event, ScalarEvent):
            style = event.style or ""
            start, end = event.start_mark, event.end_mark
            if start is not None and end is not None:
                found[path] = Scalar(start.index, end.index, style in ("'", '"'), style in ("|", ">"))
        else:
            stack.append((path, [None] if isinstance(event, MappingStartEvent) else [0]))
    return found


def _path(stack: list[tuple[Path, list[str | int | None]]], event: yaml.events.Event) -> Path | None:
    """Where the event's value stands; None for a key, which is remembered for the value after it."""
    if not stack:
        return ()
    around, at = stack[-1]
    if isinstance(at[0], int):
        at[0] += 1
        return (*around, at[0] - 1)
    if at[0] is None:
        at[0] = str(getattr(event, "value", ""))
        return None
    key, at[0] = at[0], None
    return (*around, key)


def rewritten(text: str, values: Mapping[Path, str]) -> str:
    """The text with other values at some paths; each is written as it stands (``quoted`` makes one of a text). Comments, order
    and all else stay. Raises KeyError for a path at which no value stands."""
    places = scalars_of(text)
    for path in sorted(values, key=lambda path: places[path].start, reverse=True):
        place = places[path]
        text = text[: place.start] + values[path] + text[place.end :]
    return text


def quoted(value: str, *, always: bool = False) -> str:
    """A text as a value of YAML: plain where it means itself, else in double quotes."""
    if not always and _PLAIN.fullmatch(value) and value.lower() not in _WORDS and value == value.strip():
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
