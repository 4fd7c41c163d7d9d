"""From the text of a plan document to a validated ``Document``, or every fault with file, line and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mutualaid.plans.document import Document
from mutualaid.plans.values import shown
from mutualaid.plans.yaml_reader import Path, Read, YamlFault, read_yaml


@dataclass(frozen=True, slots=True)
class PlanFault:
    """One fault of a plan document: ``file:line``, the place in it, what was expected and found, what to do."""

    file: str
    line: int
    place: str
    zh: str
    en: str

    def text(self, lang: str = "zh") -> str:
        """``file:line: place: message``."""
        message = self.en if lang == "en" else self.zh
        return (
            f"{self.file}:{self.line}: {self.place}: {message}" if self.place else f"{self.file}:{self.line}: {message}"
        )


class PlanError(ValueError):
    """Plan documents cannot be used; ``faults`` lists everything wrong with them."""

    def __init__(self, faults: list[PlanFault]) -> None:
        super().__init__("\n".join(fault.text("en") for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Draft:
    """A document as read: its file, its text with lines, and its validated content."""

    file: str
    read: Read
    document: Document

    def fault(self, path: Path, zh: str, en: str) -> PlanFault:
        """A fault at a path of the document."""
        return PlanFault(self.file, self.read.line(path), dotted(path), zh, en)


def read_document(file: FilePath | str, data: bytes | None = None) -> Draft:
    """Read one plan document. Raises PlanError with every fault of form; ``data`` instead of the file's content."""
    name = str(file)
    if data is None:
        try:
            data = FilePath(file).read_bytes()
        except OSError as error:
            why = error.strerror or str(error)
            raise PlanError([PlanFault(name, 1, "", f"无法读取文件：{why}", f"cannot read the file: {why}")]) from error
    try:
        read = read_yaml(data)
    except YamlFault as fault:
        raise PlanError([PlanFault(name, fault.line, "", fault.zh, fault.en)]) from fault
    if not isinstance(read.value, dict):
        zh, en = (
            "应为计划文件（顶层有 plan: 与 family:）",
            "expected a plan document (with plan: and family: at the top)",
        )
        raise PlanError([PlanFault(name, 1, "", zh, en)])
    try:
        return Draft(name, read, Document.model_validate(read.value))
    except ValidationError as error:
        faults = [_fault(name, read, details) for details in error.errors(include_url=False)]
        raise PlanError(sorted(faults, key=lambda fault: fault.line)) from error


def dotted(path: Path) -> str:
    """``("benefits", 0, "rate")`` -> ``benefits[0].rate``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _fault(file: str, read: Read, details: ErrorDetails) -> PlanFault:
    path = _existing(read.value, details["loc"])
    zh, en = _message(details, path)
    return PlanFault(file, read.line(path), dotted(path), zh, en)


def _existing(value: Any, loc: tuple[int | str, ...]) -> Path:
    """The part of an error's place that the text has: wrapping by the reader adds steps that are not in it."""
    path: list[str | int] = []
    for part in loc:
        if isinstance(value, dict) and isinstance(part, str):
            if part in value:
                value = value[part]
            elif part != loc[-1]:
                continue
            path.append(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            path.append(part)
    return tuple(path)


def _message(details: ErrorDetails, path: Path) -> tuple[str, str]:
    kind, found, ctx = details["type"], shown(details["input"]), details.get("ctx", {})
    if kind == "plan_value":
        return str(ctx["zh"]), str(ctx["en"])
    if kind == "missing":
        return "缺少这一项，请补上", "missing; add it"
    if kind == "extra_forbidden":
        near = _near(str(path[-1]) if path else "")
        hint = f"；是否想写 {near}" if near else ""
        return (
            f"没有这个键{hint}（全部键见 mutualaid plan schema）",
            f"unknown key{f'; did you mean {near}' if near else ''}",
        )
    if kind == "literal_error":
        return f"应为 {ctx['expected']} 之一，得到 {found}", f"expected {ctx['expected']}, found {found}"
    expected = _EXPECTED.get(kind)
    if expected is not None:
        zh, en = (text.format(**ctx) for text in expected)
        return f"应为{zh}，得到 {found}", f"expected {en}, found {found}"
    return f"{details['msg']}，得到 {found}", f"{details['msg']}, found {found}"


_EXPECTED = {
    "string_type": ("文字（数字请加引号）", "text (quote numbers)"),
    "int_type": ("整数", "a whole number"),
    "bool_type": ("true 或 false", "true or false"),
    "list_type": ("列表（每项以 - 开头）", "a list (items begin with -)"),
    "dict_type": ("键: 值 的组合", "a mapping of keys to values"),
    "model_type": ("键: 值 的组合", "a mapping of keys to values"),
    "model_attributes_type": ("键: 值 的组合", "a mapping of keys to values"),
    "date_type": ("日期 YYYY-MM-DD", "a date YYYY-MM-DD"),
    "greater_than_equal": ("不小于 {ge} 的数", "a number of at least {ge}"),
    "less_than_equal": ("不大于 {le} 的数", "a number of at most {le}"),
    "string_too_short": ("至少 {min_length} 个字", "at least {min_length} characters"),
    "string_too_long": ("至多 {max_length} 个字", "at most {max_length} characters"),
    "too_short": ("至少 {min_length} 项", "at least {min_length} items"),
    "too_long": ("至多 {max_length} 项", "at most {max_length} items"),
    "string_pattern_mismatch": ("符合 {pattern} 的文字", "text of the form {pattern}"),
}


def _near(key: str) -> str | None:
    """The nearest key that the language knows, whatever the part."""
    import difflib

    known = sorted({name for model in _models() for name in model})
    near = difflib.get_close_matches(key[:60], known, 1, 0.75)
    return near[0] if near else None


def _models() -> list[list[str]]:
    from mutualaid.plans import document
    from mutualaid.plans.document import Part

    models = [model for model in vars(document).values() if isinstance(model, type) and issubclass(model, Part)]
    return [[field.alias or name for name, field in model.model_fields.items()] for model in models]
