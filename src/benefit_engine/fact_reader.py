"""Reading one line of cases field by field: every fault with its place, what was expected and what was found."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benefit_engine.money import parse_yuan

ITEMS_MOST = 10_000
"""Most covers, events, openings or payments of one person that a case may hold."""
TEXT_MOST = 200
"""Longest id, code or word."""
MISSING = object()
"""Found where a field is not there at all; a null that is there is another fault."""
FAULTS_MOST = 100
"""Most faults that are told of one line; a line of garbage must not make a message as long as itself."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a line of cases: where, and what was expected and found, in Chinese and English."""

    path: str
    zh: str
    en: str

    def text(self, lang: str = "zh") -> str:
        """``path: message``."""
        message = self.en if lang == "en" else self.zh
        return f"{self.path}: {message}" if self.path else message


REPEATED = Fault(
    "case",
    "案号重复，同一文件中只能出现一次，请换一个编号或删去一行",
    "duplicate case id; each may stand in a file once: give another, or remove a line",
)
"""What is wrong with a case whose id stood in the file before."""


class CaseError(ValueError):
    """A line of cases cannot be adjudicated. ``faults`` lists everything wrong with it; ``case`` is its id if readable."""

    def __init__(self, case: str | None, faults: list[Fault]) -> None:
        super().__init__("; ".join(fault.text("en") for fault in faults))
        self.case = case
        self.faults = faults

    def text(self, lang: str = "zh") -> str:
        """All faults in one line."""
        return ("；" if lang != "en" else "; ").join(fault.text(lang) for fault in self.faults)


def normal_code(code: str) -> str:
    """A diagnosis or operation code for comparison: no dots, no case. Contract, arithmetic 9."""
    return code.replace(".", "").strip().upper()


class FactReader:
    """Collects faults while it reads one line."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.untold = 0

    def fault(self, path: str, zh: str, en: str) -> None:
        if len(self.faults) < FAULTS_MOST:
            self.faults.append(Fault(path, zh, en))
        else:
            self.untold += 1

    def all_faults(self) -> list[Fault]:
        """What was found, with the number of faults that are left out."""
        if not self.untold:
            return self.faults
        return [
            *self.faults,
            Fault(
                "", f"另有 {self.untold} 处错误，请先改正以上各处", f"{self.untold} more faults; correct these first"
            ),
        ]

    def wrong(self, path: str, zh: str, en: str, found: object) -> None:
        zh = f" {zh}" if zh[0].isascii() else zh
        if found is MISSING:
            self.fault(path, f"缺少这一项，应为{zh}，请补上", f"missing; expected {en}; add it")
            return
        shown_zh, shown_en = _shown(found)
        self.fault(path, f"应为{zh}，得到 {shown_zh}，请改正", f"expected {en}, found {shown_en}; correct it")

    def mapping(self, value: object, path: str, known: frozenset[str]) -> Mapping[str, Any] | None:
        if type(value) is not dict:
            self.wrong(path, "对象 {…}", "an object {…}", value)
            return None
        for key in value:
            if key not in known and not key.startswith("x_"):
                place = f"{path}.{clip(key)}" if path else clip(key)
                near = _nearest(key, known) if len(self.faults) < FAULTS_MOST else None
                self.fault(
                    place,
                    f"没有这个字段，{f'是否想写 {near}' if near else '请删去或改正'}（自定义字段请以 x_ 开头）",
                    f"unknown field; {f'did you mean {near}' if near else 'remove or correct it'} (own fields begin with x_)",
                )
        return value

    def items(self, data: Mapping[str, Any], key: str, path: str, *, required: bool) -> list[Any]:
        value = data.get(key)
        if value is None and not required:
            return []
        if key not in data:
            self.wrong(path, "列表 […]（没有内容写 []）", "a list […] ([] when there is nothing)", MISSING)
            return []
        if type(value) is not list:
            self.wrong(path, "列表 […]", "a list […]", value)
            return []
        if len(value) > ITEMS_MOST:
            self.fault(
                path,
                f"最多 {ITEMS_MOST} 项，得到 {len(value)} 项，请检查是否重复，一行只写一个人",
                f"at most {ITEMS_MOST} items, found {len(value)}; look for repeated ones, a line holds one person",
            )
            return []
        return value

    def text(self, data: Mapping[str, Any], key: str, path: str, *, required: bool = False) -> str | None:
        value = data.get(key)
        if value is None and not required:
            return None
        if type(value) is not str or not value.strip() or len(value) > TEXT_MOST or not value.isprintable():
            self.wrong(
                _join(path, key),
                f"非空文字（至多 {TEXT_MOST} 字）",
                f"non-empty text (at most {TEXT_MOST} characters)",
                data.get(key, MISSING),
            )
            return None
        return value

    def word(self, data: Mapping[str, Any], key: str, path: str, allowed: tuple[str, ...]) -> str | None:
        value = data.get(key)
        if value is None:
            return None
        if type(value) is not str or value not in allowed:
            words = " / ".join(allowed)
            self.wrong(_join(path, key), f"{words} 之一或 null", f"one of {words}, or null", value)
            return None
        return value

    def words(self, data: Mapping[str, Any], key: str, path: str) -> tuple[str, ...] | None:
        value = data.get(key)
        if value is None:
            return None
        good = type(value) is list and len(value) <= ITEMS_MOST
        if not good or not all(type(word) is str and 0 < len(word) <= TEXT_MOST for word in value):
            self.wrong(_join(path, key), '文字列表，如 ["甲", "乙"]', 'a list of words like ["a", "b"]', value)
            return None
        return tuple(value)

    def codes(self, data: Mapping[str, Any], key: str, path: str) -> tuple[str, ...] | None:
        words = self.words(data, key, path)
        if words is None:
            return None
        codes = tuple(normal_code(word) for word in words)
        if not all(code and code.isascii() for code in codes):
            bad = next(word for word in words if not normal_code(word) or not word.isascii())
            self.wrong(_join(path, key), "编码，如 C50.900", "codes like C50.900", bad)
            return None
        return codes

    def date(self, data: Mapping[str, Any], key: str, path: str, *, required: bool = False) -> datetime.date | None:
        value = data.get(key)
        if value is None and not required:
            return None
        if type(value) is str and len(value) == 10 and value[4] == "-" and value[7] == "-" and value.isascii():
            try:
                return datetime.date.fromisoformat(value)
            except ValueError:
                pass
        self.wrong(
            _join(path, key),
            "日期 YYYY-MM-DD，如 2025-03-01",
            "a date YYYY-MM-DD like 2025-03-01",
            data.get(key, MISSING),
        )
        return None

    def whole(self, data: Mapping[str, Any], key: str, path: str, least: int, most: int) -> int | None:
        value = data.get(key)
        if value is None:
            return None
        if type(value) is not int or not least <= value <= most:
            self.wrong(_join(path, key), f"{least} 到 {most} 的整数", f"a whole number from {least} to {most}", value)
            return None
        return value

    def flag(self, data: Mapping[str, Any], key: str, path: str) -> bool | None:
        value = data.get(key)
        if value is not None and type(value) is not bool:
            self.wrong(_join(path, key), "true、false 或 null", "true, false or null", value)
            return None
        return value

    def amount(self, value: object, path: str, *, negative: bool) -> int | None:
        fen = parse_yuan(value) if type(value) is str else None
        if fen is None:
            self.wrong(
                path, '两位小数的金额字符串，如 "1200.00"', 'an amount string with two decimals like "1200.00"', value
            )
            return None
        if fen < 0 and not negative:
            self.wrong(
                path, "不为负的金额（只有 reverses 冲销事件可为负）", "no negative amount (only with reverses)", value
            )
            return None
        return fen


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def clip(text: str) -> str:
    """Short, and fit to be written as UTF-8 (a lone surrogate is not)."""
    safe = "".join(char if char.isprintable() else "\ufffd" for char in text[:41])
    return safe if len(safe) <= 40 else f"{safe[:37]}…"


def _shown(value: object) -> tuple[str, str]:
    """A found value for a message, in Chinese and English: short, and with its type where the type is what is wrong."""
    if isinstance(value, list):
        return f"列表（{len(value)} 项）", f"a list of {len(value)}"
    if isinstance(value, dict):
        return f"对象（{len(value)} 项）", f"an object of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**40:
        return "很大的整数", "a huge number"
    if isinstance(value, float):
        return f"小数 {value}", f"the decimal {value}"
    text = _CONSTANTS[value] if value is None or isinstance(value, bool) else clip(str(value))
    text = f'"{text}"' if isinstance(value, str) else text
    return text, text


_CONSTANTS = {None: "null", True: "true", False: "false"}


def _nearest(key: str, known: frozenset[str]) -> str | None:
    if len(key) > TEXT_MOST:
        return None
    near = difflib.get_close_matches(key, sorted(known), 1, 0.75)
    return near[0] if near else None
