"""Which codes of diagnoses and operations a condition means, and whether others leave any of them.

A range of codes is a range of prefixes of one length (``code_range``): ``C00-C97`` means every code that begins with one of
them. Two sets of ranges are compared by the shortest codes that tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mutualaid.plans import document as d
from mutualaid.plans.compiling import code_range

Range = tuple[str, str]
Book = Literal["diagnoses", "operations"]
BOOKS: tuple[Book, Book] = ("diagnoses", "operations")
_LETTERS, _DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"


def named(document: d.Document, condition: d.Part | None, book: Book, *, ruled_out: bool = False) -> set[Range] | None:
    """The codes of one book that a condition names, by codes or by lists; None when it names none. With ``ruled_out``
    those that it rules out."""
    before = "not_" if ruled_out else ""
    codes: list[str] | None = getattr(condition, before + book, None)
    lists: list[str] | None = getattr(condition, before + "diseases", None)
    if codes is None and lists is None:
        return None
    found = list(codes or ())
    for name in lists or ():
        entries = document.lists[name].entries if name in document.lists else ()
        found += [code for entry in entries for code in getattr(entry, book)]
    return {found_range for text in found if (found_range := code_range(text)) is not None}


def beyond(codes: Iterable[Range], others: Iterable[Range]) -> list[str]:
    """The codes of some ranges that no other range takes in, shortest first and neighbours together: ``C50``, ``D00-D09``."""
    taken = list(others)
    rest = [code for low, high in codes for code in _between(low, high) if not _covered(code, taken)]
    return _in_ranges(sorted(set(rest)))


def _between(low: str, high: str) -> list[str]:
    """Every prefix from ``low`` to ``high``, both of one length; they differ in letters only at the first place."""
    found = [low]
    while found[-1] < high:
        following = _next(found[-1])
        if following is None:
            break
        found.append(following)
    return found


def _next(code: str) -> str | None:
    """The prefix after this one; None after the last."""
    for place in range(len(code) - 1, -1, -1):
        signs = _LETTERS if code[place] in _LETTERS else _DIGITS
        if code[place] != signs[-1]:
            rest = "".join((_LETTERS if sign in _LETTERS else _DIGITS)[0] for sign in code[place + 1 :])
            return code[:place] + signs[signs.index(code[place]) + 1] + rest
    return None


def _covered(code: str, ranges: list[Range]) -> bool:
    """Does every code that begins so lie in one of the ranges?"""
    if any(low <= code[: len(low)] <= high for low, high in ranges if len(low) <= len(code)):
        return True
    narrower = [one for one in ranges if len(one[0]) > len(code) and one[0][: len(code)] <= code <= one[1][: len(code)]]
    return bool(narrower) and all(_covered(code + digit, narrower) for digit in _DIGITS)


def _in_ranges(codes: list[str]) -> list[str]:
    """Sorted codes with neighbours as one range."""
    runs: list[list[str]] = []
    for code in codes:
        if runs and len(runs[-1][-1]) == len(code) and _next(runs[-1][-1]) == code:
            runs[-1].append(code)
        else:
            runs.append([code])
    return [run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]


def left(document: d.Document, condition: d.Part | None, book: Book) -> list[str] | None:
    """The codes that a condition names and does not rule out again; None when it names none."""
    wanted = named(document, condition, book)
    return None if wanted is None else beyond(wanted, named(document, condition, book, ruled_out=True) or ())


def contradicts(document: d.Document, condition: d.Part) -> bool:
    """Does a condition name codes or lists, and rule out again all of them?"""
    found = [codes for book in BOOKS if (codes := left(document, condition, book)) is not None]
    asked = [named(document, condition, book) for book in BOOKS]
    return any(asked) and not any(found)


def lost(document: d.Document, trigger: d.Part, rows: Iterable[d.Part | None], book: Book) -> list[str]:
    """Codes that trigger a benefit, but for which no row of a choice can hold.

    A row that names no codes of this book holds whatever they are, and so may one with alternatives (``any_of``).
    """
    wanted = left(document, trigger, book)
    found: set[Range] = set()
    for row in rows:
        codes = named(document, row, book)
        if codes is None or getattr(row, "any_of", None):
            return []
        found |= codes
    return beyond((code for text in wanted or () if (code := code_range(text)) is not None), found)
