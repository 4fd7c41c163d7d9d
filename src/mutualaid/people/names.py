"""Names of people: what may stand in one, its normal form, and by what it is looked up. Pure.

Rare characters (GB 18030 reaches beyond the BMP) stay as they are: only width and the kind of dot between names are mended.
"""

from __future__ import annotations

import functools
import re
import unicodedata

LONGEST = 50
DOT = "·"
_SHORT = 4
"""Characters of a word that is looked through for phrases."""
# Planes 2 and 3 whole: characters are still being added there, and Python's table of Unicode is older than the newest.
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_BETWEEN_HAN = rf"(?<=[{_HAN}{_SELECTORS}])%s(?=[{_HAN}])"
_DOTS = re.compile(_BETWEEN_HAN % r"\s*[·・•‧.⋅∙･᛫●。｡]+\s*")
_GAPS = re.compile(_BETWEEN_HAN % r"\s+")
_IS_HAN = re.compile(rf"[{_HAN}]")
_PLAIN = re.compile(rf"[{_HAN}]{{1,{LONGEST}}}")
"""A name of Han characters alone, as most are: it is its own normal form and its own search key."""
_SIGNS = frozenset(f" {DOT}-'’.,")

# Surnames that are read otherwise than the character mostly is.
_SURNAMES = {
    "单": "S",
    "曾": "Z",
    "解": "X",
    "仇": "Q",
    "区": "O",
    "查": "Z",
    "翟": "Z",
    "盖": "G",
    "朴": "P",
    "缪": "M",
    "乐": "Y",
    "覃": "Q",
    "种": "C",
    "折": "S",
    "召": "S",
    "冼": "X",
    "谌": "C",
    "秘": "B",
    "繁": "P",
    "祭": "Z",
    "隗": "W",
    "能": "N",
    "万俟": "MQ",
    "尉迟": "YC",
    "长孙": "ZS",
    "令狐": "LH",
    "单于": "CY",
    "澹台": "TT",
    "宿": "S",
    "员": "Y",
    "黑": "H",
}


class NotAName(ValueError):
    """A text that is no name; ``zh`` and ``en`` say what was expected."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def read_name(text: str) -> str:
    """A name in its normal form. Raises NotAName."""
    if _PLAIN.fullmatch(text):
        return text
    narrow = "".join(
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" or c == "\u3000" else c for c in text
    )
    name = _GAPS.sub("", _DOTS.sub(DOT, re.sub(r"[ \t\u00a0]+", " ", narrow).strip()))
    if not 1 <= len(name) <= LONGEST:
        raise NotAName(
            f"姓名应为 1–{LONGEST} 个字符；得到 {len(name)} 个，请按证件填写",
            f"expected a name of 1 to {LONGEST} characters, found {len(name)}; write it as on the document",
        )
    for letter in name:
        if not _may_stand_in_a_name(letter):
            raise NotAName(
                f"姓名应由汉字或字母及间隔号组成；得到字符 U+{ord(letter):04X}，请按证件填写",
                f"expected letters and the dot between names, found U+{ord(letter):04X}; write it as on the document",
            )
    if not any(_is_letter(letter) for letter in name):
        raise NotAName(
            "姓名应含汉字或字母；得到的只有符号，请按证件填写", "expected a letter, found only signs; write the name"
        )
    return name


def _is_letter(letter: str) -> bool:
    return bool(_IS_HAN.fullmatch(letter)) or unicodedata.category(letter).startswith("L")


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Mc")


def _may_stand_in_a_name(letter: str) -> bool:
    return _is_letter(letter) or letter in _SIGNS or _is_mark(letter)


def search_key(text: str) -> str:
    """By which names are compared: letters and their marks alone, without case."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(letter for letter in text.casefold() if _is_letter(letter) or _is_mark(letter))


def unit_key(text: str) -> str:
    """By which names of units are compared: letters and digits alone, in one width, without case."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())


def initials(name: str) -> str:
    """``LXH`` for 林晓禾, the first letter of each word of a Latin name. What has no reading is left out."""
    found: list[str] = []
    for number, word in enumerate(re.split(rf"[ {DOT}\-]", name)):
        if not _IS_HAN.search(word):
            found.append(word[:1].upper())
            continue
        known = next((word[:size] for size in (2, 1) if number == 0 and word[:size] in _SURNAMES), "")
        found.append(_SURNAMES.get(known, ""))
        found.append(_read(word[len(known) :]))
    return "".join(letter for letter in "".join(found) if "A" <= letter <= "Z")


def _read(word: str) -> str:
    """The first letters of a word. Where no phrase that is read otherwise stands in it, character by character."""
    import pypinyin.constants  # its dictionaries take a third of a second, which no process should wait for as it starts

    phrases = pypinyin.constants.PHRASES_DICT
    ends = range(2, len(word) + 1)
    if len(word) > _SHORT or any(word[a:b] in phrases for b in ends for a in range(b - 1)):
        return _letters(word)
    return "".join(map(_letter, word))


@functools.lru_cache(maxsize=30_000)
def _letter(character: str) -> str:
    return _letters(character)


def _letters(word: str) -> str:
    import pypinyin

    readings = pypinyin.lazy_pinyin(word, style=pypinyin.Style.FIRST_LETTER, errors="ignore", strict=False)
    return "".join(reading[:1].upper() for reading in readings)
