"""Clauses of a Chinese text as an English reader cites them: 第八条第二款 is "Art. 8, para. 2".

Only what is understood to the last character is put into English; a clause that says more stays Chinese.
"""

from __future__ import annotations

import re

_DIGITS = {char: i for i, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_UNITS = {
    "编": "Part",
    "章": "Chapter",
    "节": "Section",
    "条": "Art.",
    "款": "para.",
    "项": "item",
    "目": "sub-item",
}
_COUNT = "[零〇一二两三四五六七八九十百千]+|[0-9０-９]+"
_STEP = re.compile(rf"第?[(（]?({_COUNT})[)）]?([编章节条款项目])(?:之({_COUNT}))?")
_ITEM = re.compile(rf"[(（]({_COUNT})[)）]")
_ANNEX = re.compile(rf"附[件录表]({_COUNT})?")
_BETWEEN = {"、": ", ", "，": ", ", "；": "; ", "和": " and ", "及": " and ", "与": " and ", "或": " or ", "至": " to "}


def number(text: str) -> int | None:
    """A whole number under ten thousand in Chinese numerals (``二十三``) or digits; None for a muddle of numerals."""
    if text.isdecimal():
        return int(text)
    total, digit = 0, None
    power_before = 10_000
    for char in text:
        power = _POWERS.get(char)
        if power is None:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[char]
        elif power >= power_before or (digit == 0 and total):
            return None
        else:
            total += (1 if digit is None else digit) * power
            digit, power_before = None, power
    return total + (digit or 0)


def in_english(clause: str) -> str | None:
    """The clause in English; None where the rule doesn't understand all of it."""
    text, told = "".join(clause.split()), ""
    within = False
    while text:
        between = _BETWEEN.get(text[0]) if within else None
        if between is not None:
            told, text, within = told + between, text[1:], False
            continue
        found = _one(text)
        if found is None:
            return None
        words, length = found
        told += f", {words}" if within and not words.startswith("(") else words
        text, within = text[length:], True
    return told if within else None


def _one(text: str) -> tuple[str, int] | None:
    """The step with which a text begins, in English, and how many characters it takes."""
    step, item, annex = (pattern.match(text) for pattern in (_STEP, _ITEM, _ANNEX))
    if step is not None:
        counts = [number(count) for count in (step[1], step[3]) if count is not None]
        if None in counts:
            return None
        return f"{_UNITS[step[2]]} {'-'.join(map(str, counts))}", step.end()
    if item is not None:
        count = number(item[1])
        return None if count is None else (f"({count})", item.end())
    if annex is not None:
        count = number(annex[1]) if annex[1] is not None else None
        if annex[1] is not None and count is None:
            return None
        return "Annex" if count is None else f"Annex {count}", annex.end()
    return None
