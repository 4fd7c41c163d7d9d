"""What a template of a notice is made of: a title and a text in two languages, perhaps a short message, a link. Plain data."""

from __future__ import annotations

import string
from dataclasses import dataclass

ENGLISH = "_en"
"""What the name of a word ends with that stands in the English text in place of a Chinese one."""


@dataclass(frozen=True)
class Said:
    """A notice in one language."""

    title: str
    text: str


@dataclass(frozen=True)
class Template:
    """Both languages; ``words`` are the names that the texts hold, the same in both: a word that is itself Chinese has an
    English one beside it, ``what`` and ``what_en``. ``sms``: the text of a short message, of some of the words, in Chinese
    as providers approve it; ``link``: the page behind it unless told otherwise."""

    zh: Said
    en: Said
    sms: str = ""
    link: str = ""

    @property
    def words(self) -> frozenset[str]:
        """The names of the words that it needs."""
        return _names(self.zh) | _names(self.en)

    @property
    def sms_words(self) -> frozenset[str]:
        """The names of the words that its short message needs."""
        return _names(Said("", self.sms))

    def __post_init__(self) -> None:
        if _names(self.zh) != {name.removesuffix(ENGLISH) for name in _names(self.en)}:
            raise ValueError(
                f"expected the same words in both languages, found {_names(self.zh)} and {_names(self.en)}"
            )
        if not (self.sms_words | _names(Said("", self.link))) <= self.words:
            raise ValueError(f"expected words of {self.words} in the short message and the link, found others")


def _names(said: Said) -> frozenset[str]:
    parsed = string.Formatter().parse(said.title + said.text)
    return frozenset(name for _, name, _, _ in parsed if name)


def template(zh: tuple[str, str], en: tuple[str, str], *, sms: str = "", link: str = "") -> Template:
    """One template, as the tables write it."""
    return Template(Said(*zh), Said(*en), sms, link)
