"""Values of the plan language: yuan, percentages, bilingual words, and choices, as a designer writes them.

Each turns into what the engine counts with (fen, basis points) and says in Chinese and English what was expected.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

YUAN_MOST = 10**12

_PERCENT = re.compile(r"(\d{1,5})(?:\.(\d{1,2}))?%", re.ASCII)


def fault(zh: str, en: str) -> PydanticCustomError:
    """An error of a value in both languages; the reader of documents shows the one asked for."""
    return PydanticCustomError("plan_value", "{en}", {"zh": zh, "en": en})


def shown(value: object) -> str:
    """A found value as the text has it, short enough for a message and on one line."""
    if isinstance(value, list):
        items = [shown(item) for item in value[:3]] + ["…"] * (len(value) > 3)
        text = f"[{', '.join(items)}]"
    elif isinstance(value, dict):
        keys = [f"{str(key)[:20]}: …" for key in list(value)[:3]]
        text = f"{{{', '.join(keys)}}}"
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    else:
        text = f'"{value[:60]}"' if isinstance(value, str) else str(value)
    # A message is one line, whatever the text holds: a scalar may run over several.
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def to_fen(value: Any) -> int:
    """Yuan (a whole number or a decimal with at most two places) -> fen."""
    number = value
    if isinstance(value, str):
        try:
            number = Decimal(value) if re.fullmatch(r"\d{1,15}(\.\d{1,10})?", value, re.ASCII) else None
        except ArithmeticError:
            number = None
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        raise fault(
            f"应为金额（元），如 1000 或 0.50；得到 {shown(value)}",
            f"expected yuan like 1000 or 0.50, found {shown(value)}",
        )
    if number < 0 or number > YUAN_MOST:
        raise fault(
            f"金额应在 0 到 {YUAN_MOST} 元之间；得到 {shown(value)}",
            f"expected 0 to {YUAN_MOST} yuan, found {shown(value)}",
        )
    fen = number * 100
    if fen != int(fen):
        raise fault(f"金额最多两位小数；得到 {shown(value)}", f"at most two decimals of a yuan, found {shown(value)}")
    return int(fen)


def to_bp(value: Any) -> int:
    """``"70%"``, ``"12.5%"`` -> basis points."""
    match = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault(
            f"应为百分数，如 70% 或 12.5%（最多两位小数）；得到 {shown(value)}",
            f"expected a percentage like 70% or 12.5% (at most two decimals), found {shown(value)}",
        )
    bp = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if bp > 1_000_000:
        raise fault(f"百分数过大：{shown(value)}", f"percentage too large: {shown(value)}")
    return bp


def to_words(value: Any) -> Any:
    """Plain text is Chinese."""
    if value is None or isinstance(value, int | Decimal | datetime.date | list):
        raise fault(
            f"应为文字，或 {{zh: …, en: …}}；得到 {shown(value)}",
            f"expected text, or {{zh: …, en: …}}, found {shown(value)}",
        )
    return {"zh": value} if isinstance(value, str) else value


def as_rows(value: Any) -> Any:
    """A plain value is a choice of one row."""
    return value if isinstance(value, list) else [{"value": value}]


def as_list(value: Any) -> Any:
    """One word is a list of one word."""
    return value if isinstance(value, list) or value is None else [value]


Yuan = Annotated[
    int,
    BeforeValidator(to_fen),
    WithJsonSchema(
        {"type": ["number", "string"], "minimum": 0, "description": "元，最多两位小数 / yuan, at most two decimals"}
    ),
]
Percent = Annotated[
    int,
    BeforeValidator(to_bp),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d{1,2})?%$", "description": "百分数，如 70% / percentage"}),
]
