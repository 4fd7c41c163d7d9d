"""What can be mended for certain: the same person is meant, written otherwise. Pure.

A resident ID of 15 places has exactly one of 18. Spaces, hyphens, full-width digits and a small x change nothing of a number.
Whatever needs a guess is not here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from mutualaid.enrolment.roster.columns import KINDS, said
from mutualaid.enrolment.roster.reading import Line
from mutualaid.people.identity import IdentityKind, NotAnIdentity, normal, read_identity

FIXES: Mapping[str, tuple[str, str]] = {
    "fifteen": ("15 位身份证号补为 18 位", "15 places of a resident ID made 18"),
    "spaces": ("去掉号码里的空格和短横", "spaces and hyphens taken out of numbers"),
    "width": ("全角数字、字母改为半角", "full-width digits and letters made half-width"),
    "small": ("末位 x 改为大写 X", "a last x made X"),
}
"""What can be done, as people read it."""
_NUMBERS = ("identity_number", "bank_card", "phone")
_WORDS = ("identity_kind", "sex", "units", "employment", "basic_insurance")
_PLAIN = re.compile(r"[0-9]{1,14}|[0-9]{16,17}[0-9X]?|[0-9]{19,}")
_OLD = re.compile(r"[0-9]{15}")
_GAPS = re.compile(r"[\s\-]")


def mended(line: Line) -> tuple[Line, tuple[tuple[str, str], ...]]:
    """A line as it was certainly meant, and what was mended: pairs of a field and a word of ``FIXES``."""
    told = line.told
    faulty = {one["field"] for one in line.faults}
    done: list[tuple[str, str]] = []
    now: dict[str, str] = {}
    for name in _NUMBERS:
        text = told.get(name)
        if text is None or name in faulty or (text.isascii() and text[:17].isdigit() and _PLAIN.fullmatch(text)):
            continue
        _number(name, text, told, done, now)
    for name in _WORDS:
        text = told.get(name)
        if text is None or text.isascii():
            continue
        plain = _word(text)
        if plain != text:
            done.append((name, "spaces" if re.search(r"\s", text) else "width"))
            now[name] = plain
    if not done:
        return line, ()
    return Line(line.line, told | now, line.faults), tuple(done)


@lru_cache(1000)
def _word(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _number(name: str, text: str, told: Mapping[str, str], done: list[tuple[str, str]], now: dict[str, str]) -> None:
    plain = normal(text)
    if name == "phone":
        plain = plain.replace("(", "").replace(")", "")
    if not plain:
        return
    if plain != text:
        narrow = unicodedata.normalize("NFKC", text)
        found = [
            fix
            for fix, is_there in (
                ("width", narrow != text and _GAPS.sub("", narrow) != _GAPS.sub("", text)),
                ("spaces", len(plain) != len(narrow)),
                ("small", name == "identity_number" and narrow.rstrip()[-1:] == "x"),
            )
            if is_there
        ]
        if not found:
            return
        done.extend((name, fix) for fix in found)
        now[name] = plain
    if name == "identity_number" and _OLD.fullmatch(plain):
        offered = _of_eighteen(plain, told)
        if offered is not None:
            done.append((name, "fifteen"))
            now[name] = offered


def offered_number(told: Mapping[str, str]) -> str | None:
    """The number of today, where a resident ID of 15 places was told."""
    plain = normal(told.get("identity_number", ""))
    return _of_eighteen(plain, told) if _OLD.fullmatch(plain) else None


def _of_eighteen(plain: str, told: Mapping[str, str]) -> str | None:
    """The number of today, of a resident ID of 15 places."""
    word = said("identity_kind", told.get("identity_kind", "居民身份证"))
    if KINDS.get(word) is not IdentityKind.RESIDENT:
        return None
    try:
        read_identity(IdentityKind.RESIDENT, plain)
    except NotAnIdentity as refusal:
        return refusal.offered
    return None


def counted(lines: Iterable[Line]) -> dict[str, int]:
    """How many cells could be mended, by words of ``FIXES``, and under ``rows`` how many rows."""
    found: Counter[str] = Counter()
    for line in lines:
        _, done = mended(line)
        if done:
            found.update(fix for _, fix in done)
            found["rows"] += 1
    return dict(found)
