"""From the text of a plan document to a validated ``Document``, or every fault with file, line and what to do."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mutualaid.plans.document import Document
from mutualaid.plans.values import shown
from mutualaid.plans.yaml_reader import BYTES_MOST, Path, Read, YamlFault, read_yaml
from mutualaid.plans.yaml_syntax import wide_hint

FAULTS_MOST = 100
"""Most faults of form that are told of one document: more would only hide the first."""


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


def unreadable(file: str, error: OSError) -> PlanFault:
    """A file that the machine does not let us read."""
    zh, en = _UNREADABLE.get(
        type(error), (f"{error.strerror or error}；请检查磁盘", f"{error.strerror or error}; see to the disk")
    )
    return PlanFault(file, 1, "", f"无法读取文件：{zh}", f"cannot read the file: {en}")


_UNREADABLE: dict[type[OSError], tuple[str, str]] = {
    FileNotFoundError: (
        "没有这个文件；请检查文件名和所在文件夹",
        "there is none of this name; check the name and folder",
    ),
    IsADirectoryError: ("这是文件夹；请给出其中的文件", "this is a folder; name a file in it"),
    PermissionError: (
        "没有读取权限；请改权限或换一个文件",
        "it may not be read; change its permissions or take another",
    ),
}


def read_document(file: FilePath | str, data: bytes | None = None) -> Draft:
    """Read one plan document. Raises PlanError with every fault of form; ``data`` instead of the file's content."""
    name = str(file)
    if data is None:
        try:
            with FilePath(file).open("rb") as stream:
                data = stream.read(BYTES_MOST + 1)
        except OSError as error:
            raise PlanError([unreadable(name, error)]) from error
    try:
        read = read_yaml(data)
    except YamlFault as fault:
        raise PlanError([PlanFault(name, fault.line, "", fault.zh, fault.en)]) from fault
    if not isinstance(read.value, dict):
        found = "" if read.value is None else shown(read.value)
        zh = f"应为计划文件（顶层有 plan: 与 family:），得到 {found or '空文件'}；请照 docs/plan-language.md 的第一步写起"
        en = "expected a plan document (with plan: and family: at the top), "
        en += f"found {found or 'nothing'}; begin with step 1 of docs/plan-language.md"
        raise PlanError([PlanFault(name, 1, "", zh, en)])
    try:
        return Draft(name, read, Document.model_validate(read.value))
    except ValidationError as error:
        details = error.errors(include_url=False)
        told = [_fault(name, read, one) for one in details[:FAULTS_MOST]]
        faults = sorted(_merged(told), key=lambda fault: fault.line)
        if len(details) > FAULTS_MOST:
            more = len(details) - FAULTS_MOST
            faults.append(
                PlanFault(
                    name,
                    faults[-1].line,
                    "",
                    f"另有 {more} 处错误；请先改正以上各处",
                    f"{more} more faults; correct these first",
                )
            )
        raise PlanError(faults) from error


def _merged(faults: Iterable[PlanFault]) -> list[PlanFault]:
    """One fault per place: where the language offers alternatives, each says what it expected."""
    found: dict[tuple[int, str], PlanFault] = {}
    for fault in faults:
        key = (fault.line, fault.place)
        first = found.get(key)
        found[key] = (
            fault
            if first is None
            else replace(first, zh=f"{first.zh}（或：{fault.zh}）", en=f"{first.en} (or: {fault.en})")
        )
    return list(found.values())


def dotted(path: Path) -> str:
    """``("benefits", 0, "rate")`` -> ``benefits[0].rate``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _fault(file: str, read: Read, details: ErrorDetails) -> PlanFault:
    path = _existing(read.value, details["loc"], missing=details["type"] == "missing")
    zh, en = _message(details, path)
    return PlanFault(file, read.line(path), dotted(path), zh, en)


def _existing(value: Any, loc: tuple[int | str, ...], *, missing: bool) -> Path:
    """The part of an error's place that the text has, and the key that it should have: wrapping by the reader and the
    alternatives of a value add steps that are not in it."""
    path: list[str | int] = []
    for i, part in enumerate(loc):
        if isinstance(value, dict) and isinstance(part, str):
            if part in value:
                value = value[part]
            elif not missing or i < len(loc) - 1:
                continue
            path.append(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
            path.append(part)
    return tuple(path)


def _message(details: ErrorDetails, path: Path) -> tuple[str, str]:
    kind, found, ctx = details["type"], shown(details["input"]), details.get("ctx", {})
    if kind == "plan_value":
        return f"{ctx['zh']}；请改正", f"{ctx['en']}; correct it"
    if kind == "missing":
        example = example_of(path)
        return f"缺少这一项，请补上，如 {example}", f"missing; add it, as in {example}"
    if kind == "extra_forbidden":
        key = str(path[-1]) if path else ""
        slip = wide_hint(key)
        if slip is not None:
            return f"没有这个键；{slip[0]}", f"unknown key; {slip[1]}"
        near = _near(key)
        if near == key:
            return (
                f"这里没有 {key} 这个键，它用在别处；请移到它所属的部分，或删去（全部键见 mutualaid plan schema）",
                f"{key} is no key of this part, but of others; move or remove it (mutualaid plan schema lists all keys)",
            )
        hint = f"；是否想写 {near}" if near else ""
        return (
            f"没有这个键{hint}（全部键见 mutualaid plan schema）",
            f"unknown key{f'; did you mean {near}' if near else ''} (mutualaid plan schema lists all keys)",
        )
    if kind == "literal_error":
        en = str(ctx["expected"]).replace("'", "")
        zh = en.replace(" or ", "、").replace(", ", "、")
        return f"应为 {zh} 之一，得到 {found}；请改正", f"expected {en}, found {found}; correct it"
    expected = _PATTERNS.get(str(ctx.get("pattern"))) or _EXPECTED.get(kind)
    if expected is not None:
        zh, en = (text.format(**ctx) for text in expected)
        slip = wide_hint(details["input"]) if kind in _MAPPINGS and isinstance(details["input"], str) else None
        if slip is not None:
            return f"应为{zh}，得到 {found}；{slip[0]}", f"expected {en}, found {found}; {slip[1]}"
        return f"应为{zh}，得到 {found}；请改正", f"expected {en}, found {found}; correct it"
    return f"{details['msg']}，得到 {found}；请改正", f"{details['msg']}, found {found}; correct it"


def example_of(path: Path) -> str:
    """A key that is required, as it may be written: ``family: my-plan``."""
    *around, key = (part for part in path if isinstance(part, str))
    inside = f"{around[-1]}.{key}" if around else key
    return f"{key}: {_EXAMPLES.get(inside) or _EXAMPLES.get(key, '…')}"


_EXAMPLES = {
    "plan": "my-plan-2026",
    "family": "my-plan",
    "status": "published",
    "name": "住院补助",
    "organiser": "某市总工会",
    "term": '{years: 1, begins: fixed, on: "01-01"}',
    "years": "1",
    "title": "某市职工互助保障办法",
    "zh": "住院补助",
    "fee": "80",
    "payer": "member",
    "sex": "F",
    "most": "2",
    "tenure_bonus.most": "10%",
    "least_share": "80%",
    "earlier_stay": "stands",
    "plans": "[other-plan]",
    "after": "[retiring]",
    "when": "{accident: true}",
    "within": "{days: 90}",
    "of": "[self_paid]",
    "limits.of": "discharge",
    "top_up.of": "[critical_illness]",
    "amount": "500",
    "over": "0",
    "value": "500",
    "share.value": "70%",
    "rate": "50%",
    "per": "period",
    "per_day": "50",
    "days": "90",
    "within_days": "15",
    "tables": "[{rate: 50%}]",
    "benefit": "inpatient",
    "benefits": "[disability, death]",
    "rule": "larger",
    "entries": "[{name: 恶性肿瘤, diagnoses: [C00-C97]}]",
}

_EXPECTED = {
    "string_type": ("文字（数字请加引号）", "text (quote numbers)"),
    "int_type": ("整数", "a whole number"),
    "bool_type": (" true 或 false", "true or false"),
    "list_type": ("列表（每项以 - 开头）", "a list (items begin with -)"),
    "dict_type": ("键: 值 的组合", "a mapping of keys to values"),
    "model_type": ("键: 值 的组合", "a mapping of keys to values"),
    "model_attributes_type": ("键: 值 的组合", "a mapping of keys to values"),
    "date_type": ("日期 YYYY-MM-DD（须存在，不加引号）", "a date YYYY-MM-DD (one that exists, without quotes)"),
    "greater_than_equal": ("不小于 {ge} 的数", "a number of at least {ge}"),
    "less_than_equal": ("不大于 {le} 的数", "a number of at most {le}"),
    "string_too_short": ("至少 {min_length} 个字", "at least {min_length} characters"),
    "string_too_long": ("至多 {max_length} 个字", "at most {max_length} characters"),
    "too_short": ("至少 {min_length} 项", "at least {min_length} items"),
    "too_long": ("至多 {max_length} 项", "at most {max_length} items"),
    "string_pattern_mismatch": ("符合 {pattern} 的文字", "text of the form {pattern}"),
}


_MAPPINGS = ("dict_type", "model_type", "model_attributes_type")

_PATTERNS = {
    r"^[a-z0-9]+([-_][a-z0-9]+)*$": (
        "小写字母和数字组成的编号（可用 - 或 _ 连接）",
        "an id of lower-case letters and digits (joined by - or _)",
    ),
    r"^\d\d-\d\d$": ("月日 MM-DD", "a month and day MM-DD"),
}


def _near(key: str) -> str | None:
    """The nearest key that the language knows, whatever the part."""
    near = difflib.get_close_matches(key[:60], _known_keys(), 1, 0.75)
    return near[0] if near else None


@functools.cache
def _known_keys() -> list[str]:
    from mutualaid.plans import document
    from mutualaid.plans.document import Part

    models = [model for model in vars(document).values() if isinstance(model, type) and issubclass(model, Part)]
    return sorted({field.alias or name for model in models for name, field in model.model_fields.items()})
