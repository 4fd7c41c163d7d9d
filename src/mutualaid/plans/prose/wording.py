"""Words for readers of plans: the catalogue in one piece, and how money, shares, days and dates are written in each language.

Every fixed word that a member, an auditor or a visitor of the report sees comes from here, so that translating means
editing the ``wording_*`` modules and nothing else. Words of a plan document are its author's and are shown as they are;
where they have no English, the Chinese stands on the English page too.
"""

from __future__ import annotations

import datetime
import string
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from benefit_engine.money import percent, yuan
from mutualaid.plans.document import Vocabulary, Words
from mutualaid.plans.prose.clauses import in_english
from mutualaid.plans.prose.wording_names import NAMES
from mutualaid.plans.prose.wording_pages import PAGES
from mutualaid.plans.prose.wording_sentences import SENTENCES

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")

CATALOGUE: Mapping[str, tuple[str, str]] = MappingProxyType({**SENTENCES, **NAMES, **PAGES})
"""Key -> (Chinese, English)."""

_EN_WORDS = {"enrol": "enrol", "contribution": "contribution", "benefit": "benefit", "claim": "claim"}
_MONTHS = "January February March April May June July August September October November December".split()


def language(text: str) -> Lang:
    """``"zh"`` or ``"en"``. Raises ValueError for another."""
    for lang in LANGS:
        if text == lang:
            return lang
    raise ValueError(f"语言应为 zh 或 en，得到 {text!r} / expected the language zh or en, found {text!r}")


class Wording:
    """Fixed words in one language, with the office's own words for paying in and being paid."""

    catalogue: Mapping[str, tuple[str, str]] = CATALOGUE
    """Where the words are looked up; a part of the house with words of its own has a wording with more of them."""

    def __init__(self, lang: Lang, vocabulary: Vocabulary | None = None) -> None:
        self.lang = lang
        self.zh = lang == "zh"
        self._own = (vocabulary or Vocabulary()).model_dump() if self.zh else _EN_WORDS

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, filled in. Raises KeyError for a key that the catalogue does not have."""
        text = self.catalogue[key][0 if self.zh else 1]
        if not self.zh and "|" in text:
            one, many = text.split("|")
            text = one if values.get("n") in (1, "1") else many
        return text.format(**self._own, **values)

    def named(self, area: str, word: str) -> str:
        """The name of a word of a vocabulary; a word of the plan's own is shown as it stands."""
        pair = self.catalogue.get(f"{area}.{word}")
        return self.quote(word) if pair is None else pair[0 if self.zh else 1]

    def of(self, words: Words) -> str:
        """A text of the document: in this language where it has one, else in Chinese."""
        return words.zh if self.zh or words.en is None else words.en

    def clause(self, words: Words) -> str:
        """A clause; in English its own, else put into English by rule, else as it stands."""
        if self.zh or words.en is not None:
            return self.of(words)
        return in_english(words.zh) or words.zh

    def title(self, text: str) -> str:
        """As a heading or a label: in English with a capital."""
        return text if self.zh else text[:1].upper() + text[1:]

    def cite(self, cite: str) -> str:
        """A clause in brackets, keys of sources in those that they have; nothing for nothing."""
        if not cite:
            return ""
        return f" {cite}" if cite.startswith("[") else self("cite", cite=cite)

    def quote(self, text: str) -> str:
        """In quotation marks."""
        return self("quote", text=text)

    def join(self, parts: Iterable[str], how: str = "and") -> str:
        """``how``: ``and`` (list), ``or``, or ``clauses`` (parts of a sentence)."""
        words = list(parts)
        if how == "or" and len(words) > 2:
            words = [self("join.and").join(words[:-1]), words[-1]]
        return self(f"join.{how}").join(words)

    # -- figures --------------------------------------------------------------------------------------------------

    def money(self, fen: int) -> str:
        """Yuan with the unit; in Chinese round sums from ten thousand on in 万."""
        amount, cents = divmod(fen, 100)
        if self.zh and cents == 0 and amount >= 10_000 and amount % 1_000 == 0:
            wan, rest = divmod(amount, 10_000)
            if rest == 0 and wan % 10_000 == 0:
                return f"{wan // 10_000:,}亿元"
            return f"{wan:,}{f'.{rest // 1000}' if rest else ''}万元"
        return f"{self.figure(fen)}元" if self.zh else f"{self.figure(fen)} yuan"

    @staticmethod
    def figure(fen: int) -> str:
        """Yuan without the unit, for tables: ``1,234.50``, whole yuan without decimals."""
        amount, cents = divmod(abs(fen), 100)
        return f"{'-' if fen < 0 else ''}{amount:,}{f'.{cents:02d}' if cents else ''}"

    @staticmethod
    def exact(fen: int) -> str:
        """Yuan with both decimals, for workings."""
        text = yuan(fen)
        whole, _, cents = text.partition(".")
        return f"{int(whole):,}.{cents}" if whole != "-0" else text

    @staticmethod
    def percent(bp: int) -> str:
        """Basis points as a percentage."""
        return percent(bp)

    def days(self, n: int) -> str:
        """A number of days."""
        return self("unit.days", n=n)

    def date(self, day: datetime.date) -> str:
        """A date in words."""
        if self.zh:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"

    def month(self, number: int) -> str:
        """A month's name."""
        return f"{number}月" if self.zh else _MONTHS[number - 1]

    def month_day(self, text: str) -> str:
        """``"03-01"`` in words; a day that no year has is shown as it stands."""
        month, day = int(text[:2]), int(text[3:])
        if not 1 <= month <= 12 or not 1 <= day <= 31:
            return text
        return f"{month}月{day}日" if self.zh else f"{day} {_MONTHS[month - 1]}"

    def between(self, least: int | None, most: int | None, unit: str) -> str:
        """A range of whole numbers with its unit, a key whose text has ``{n}``."""
        if least is not None and most is not None:
            if least == most:
                return self(unit, n=least)
            return self("range.both", a=least, b=self(unit, n=most))
        if least is not None:
            return self("range.least", a=self(unit, n=least))
        return self("range.most", b=self(unit, n=most)) if most is not None else self("range.any")


def fields_of(text: str) -> set[str]:
    """Names of the places that a catalogue text has to be filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
