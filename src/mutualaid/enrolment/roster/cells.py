"""From the value of a cell to what it says: numbers that a spreadsheet has spoilt, days in all their spellings, signs that nobody
sees. What cannot be told for sure is a fault of the cell and is never guessed. Pure.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Any

from mutualaid.enrolment.roster import limits
from mutualaid.enrolment.roster.columns import BY_FIELD

Fault = dict[str, str]
LONG = ("identity_number", "bank_card")
"""Fields whose numbers have more digits than a spreadsheet keeps."""
_PLAIN = ("phone", "units", *LONG)
"""Fields of digits, in which a number has no decimal point."""
_KEPT = 10**15
"""Excel keeps 15 digits of a number: of a longer one the last are gone."""
_EXACT = 2**53
"""Up to here a number of 16 digits that does not end in 0 was never cut to 15."""
_UNSEEN = re.compile(
    "[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufffe\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|_x000D_"
)
_NOT_MEANT = re.compile("^['‘’`´＇]|" + _UNSEEN.pattern)
_POWER = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]\.[0-9]+[eE][0-9]+")
_POINT = re.compile(r"([0-9]+)\.0+")
_SERIAL_FIRST, _SERIAL_LAST = 367, 60_000
"""Days that a spreadsheet counts: from 1901 to 2064."""
_YEAR_LAST = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1[0-9]{4}")
_TIME = re.compile(r"[ T]0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?$")
_DAY = re.compile(r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日?")
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")


def text_of(name: str, cell: Any, *, since_1904: bool = False) -> tuple[str, Fault | None]:
    """What a cell of a column says, and what is wrong with the cell itself."""
    if isinstance(cell, str):
        return _of_text(name, cell, since_1904)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat(), None
    if isinstance(cell, datetime.date):
        return cell.isoformat(), None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _of_number(name, cell, since_1904)
    return str(cell).strip()[: limits.CELL_MOST], None


def is_plain(name: str, cell: Any) -> bool:
    """Whether a cell says just what is written, as most do: letters and digits alone."""
    return type(cell) is str and cell.isalnum() and name != "birth_date" and len(cell) <= limits.CELL_MOST


def is_tidied(cell: Any) -> bool:
    """Whether signs are left out that nobody sees, or the apostrophe by which a spreadsheet is told that it is text."""
    return isinstance(cell, str) and _NOT_MEANT.search(cell.strip()) is not None


def _of_number(name: str, cell: float, since_1904: bool) -> tuple[str, Fault | None]:
    whole = cell == int(cell)
    if name in LONG and abs(cell) >= _KEPT and (abs(cell) >= _EXACT or int(cell) % 10 == 0):
        return f"{cell:.0f}", _lost(name)
    if name == "birth_date" and whole and _SERIAL_FIRST <= cell <= _SERIAL_LAST:
        return _day_of(int(cell), since_1904), None
    return (str(int(cell)) if whole else str(cell)), None


def _of_text(name: str, cell: str, since_1904: bool) -> tuple[str, Fault | None]:
    text = cell.strip()
    if _NOT_MEANT.search(text):
        text = _UNSEEN.sub("", text).strip()
        text = (text[1:] if text[:1] in "'‘’`´＇" else text).strip()
    if name in _PLAIN:
        if "." in text or "+" in text:
            if name in LONG and _POWER.fullmatch(text):
                return text, _lost(name)  # so a CSV keeps a number that a spreadsheet once showed
            if pointed := _POINT.fullmatch(text):
                return pointed[1], _lost(name) if len(pointed[1]) > 15 and name in LONG else None
    elif name == "birth_date":
        return _day_in(text, since_1904)
    if text[:1] == "#" and text in _ERRORS:
        return text, _fault(
            name,
            "{zh}应是填写的内容或算出的值；得到公式的错误，请改为直接填写",
            "expected what is written or a calculated value, found the error of a formula; write the value itself",
        )
    return text[: limits.CELL_MOST], None


def _day_in(text: str, since_1904: bool) -> tuple[str, Fault | None]:
    """A day as it is told, in the form that is checked later; left as it is where it is none."""
    plain = _TIME.sub("", unicodedata.normalize("NFKC", text))
    plain = re.sub(r"\s+", "", plain)
    if _DAY.fullmatch(plain):
        return plain, None
    serial = re.fullmatch(r"([0-9]{5})(?:\.0)?", plain)  # four digits may be a year alone
    if serial is not None and int(serial[1]) <= _SERIAL_LAST:
        return _day_of(int(serial[1]), since_1904), None
    if _YEAR_LAST.fullmatch(plain):
        return plain, _fault(
            "birth_date",
            "{zh}应写明年、月、日的次序，如 1988-06-07；得到年在最后的写法，分不清日和月，请改为年在前",
            "expected a day with its year first, such as 1988-06-07, found one with its year last, which may be read in two "
            "ways; write the year first",
        )
    return text[: limits.CELL_MOST], None


def _day_of(serial: int, since_1904: bool) -> str:
    first = datetime.date(1904, 1, 1) if since_1904 else datetime.date(1899, 12, 30)
    return (first + datetime.timedelta(days=serial)).isoformat()


def not_calculated(name: str) -> Fault:
    """Of a formula that holds no value."""
    return _fault(
        name,
        "{zh}应有算出的值；得到没有算过的公式，请用 Excel 或 WPS 打开后保存，或改为直接填写",
        "expected a calculated value, found a formula that was never calculated; open the file in a spreadsheet and save it, "
        "or write the value itself",
    )


def _lost(name: str) -> Fault:
    return _fault(
        name,
        "{zh}应为文本；得到数字，Excel 只保留 15 位，末几位已丢失，请把该列设为文本后重新填写",
        "expected text, found a number: Excel keeps 15 digits and has lost the last; set the column to text and write it again",
    )


def _fault(name: str, zh: str, en: str) -> Fault:
    return {"field": name, "zh": zh.format(zh=BY_FIELD[name].zh), "en": en, "offered": ""}
