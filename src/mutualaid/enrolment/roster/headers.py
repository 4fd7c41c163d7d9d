"""Which row of a sheet is its header, and which column is which: known words, a remembered layout, else a proposal that a clerk
confirms. Pure.

A header may take two rows (电话 over 手机 and 座机), may be merged, moved or renamed, or missing. What is not certain is asked: a
column is never taken for another by likeness alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mutualaid.enrolment.roster.cells import text_of
from mutualaid.enrolment.roster.columns import KINDS, SEXES, header, said
from mutualaid.enrolment.roster.files import Cells, Numbered
from mutualaid.enrolment.roster.limits import HEADER_WITHIN
from mutualaid.people.identity import masked, normal

Layouts = Mapping[str, Mapping[str, str]]
"""What is remembered: by fingerprint of a header, the field of each label."""
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]
HEAD_MOST = 230
"""Rows that are looked at: those among which the header may be, and a sample below."""
SAMPLES = 3
NEEDED = frozenset({"name", "identity_number"})
_WORD_MOST = 40

_LIKE: tuple[tuple[str, str, str], ...] = (
    ("identity_kind", r"(证件|身份证).{0,3}(种类|类型|类别|名称)|id.?type", ""),
    (
        "identity_number",
        r"身份证|证件号|证件编?号|公民身份|id.?(number|no|card)|identity",
        r"有效|地址|住址|签发|日期|页|照",
    ),
    ("birth_date", r"出生|生日|birth", r"地|籍"),
    ("phone", r"手机|移动电话|联系(方式|电话)|电话|mobile|phone|tel", r"紧急|固定|座机|办公|单位|家庭|家属|传真|备用"),
    ("bank_card", r"银行|卡号|账号|帐号|bank|card", r"开户|支行|户名|社保|医保|工会|会员|名称|行号"),
    ("sex", r"性\s*别|男.?女|gender", ""),
    ("units", r"份数|几份|份额", ""),
    ("employment", r"(用工|职工|人员|在职).{0,2}(身份|性质|类别|类型|状态)", ""),
    ("basic_insurance", r"(医保|医疗保险).{0,4}(种类|类型|类别|险种|参保)|参保险种", r"号|金额|缴|基数"),
    ("option", r"(参加|参保|互助)?档次|套餐", ""),
    ("risk_class", r"(职业|风险|工种).{0,2}(类别|等级)", ""),
    ("groups", r"(参保|所属)?人群", ""),
    (
        "name",
        r"姓\s*名|名字|人员|职工$|员工$|参保人$|\bname\b",
        r"单位|部门|紧急|配偶|家属|监护|联系人|户名|编号|类别|性质|开户",
    ),
)
"""Fields that a header may mean, by what stands in it and what must not: grounds for a proposal, never for more."""


@dataclass(frozen=True)
class Asked:
    """A column that a clerk is shown. ``samples``: masked; ``proposed``: a field, or none."""

    label: str
    word: str
    samples: tuple[str, ...]
    proposed: str


@dataclass(frozen=True)
class Header:
    """``first``, ``last``: the numbers of its rows, 0 where there is none. ``words``: as written, by place. ``fields``: what the
    columns are. ``remembered``: whether by a layout that a clerk confirmed. ``asked``: all columns, where it is not certain."""

    first: int
    last: int
    words: tuple[str, ...]
    fields: tuple[str | None, ...]
    fingerprint: str
    remembered: bool = False
    asked: tuple[Asked, ...] = ()


def labels(words: Sequence[str]) -> tuple[str, ...]:
    """What columns are remembered by: their words, with the place where a word is empty or stands twice."""
    plain = [_plain(word) for word in words]
    counted = Counter(plain)
    return tuple(word if word and counted[word] == 1 else f"{word}#{place}" for place, word in enumerate(plain))


def fingerprint(words: Sequence[str]) -> str:
    """Of a header, whatever the order of its columns."""
    return fingerprint_of(labels(words))


def fingerprint_of(named: Iterable[str]) -> str:
    """Of the labels of a header."""
    return hashlib.sha256("\n".join(sorted(named)).encode()).hexdigest()


def find(head: Sequence[Numbered], merged: Merged, layouts: Layouts) -> Header | None:
    """The header among the first rows of a sheet: certain, or with all columns ``asked``; none where nothing looks like one."""
    within = [row for row in head[:HEADER_WITHIN] if row[0] <= HEADER_WITHIN + 20]
    pairs = [(row, below if _goes_on(row, below) else None) for row, below in pairwise([*within, (0, [])])]
    whole = [({header(_word(cell)) for cell in row[1]} >= NEEDED, row, below) for row, below in pairs]
    # A row that says all by itself goes before two that only do so together: above it may stand a title.
    tried = [(row, below) for is_whole, row, below in whole if is_whole] + [(row, None) for _, row, _ in whole]
    for row, below in [*tried, *((row, below) for _, row, below in whole if below is not None)]:
        found = _known(_words(row, below, merged), row[0], (below or row)[0], head, layouts)
        if found is not None:
            return found
    return _guessed(head, within, layouts)


def _known(words: tuple[str, ...], first: int, last: int, head: Sequence[Numbered], layouts: Layouts) -> Header | None:
    print_ = fingerprint(words)
    layout = layouts.get(print_)
    if layout is not None:
        fields = tuple(layout.get(label) or None for label in labels(words))
        return Header(first, last, words, fields, print_, remembered=True)
    fields = tuple(header(word) for word in words)
    if not set(fields) >= NEEDED:
        return None
    unsure = {
        guess for word, field in zip(words, fields, strict=True) if field is None and (guess := _like(word)) is not None
    }
    if unsure - set(fields) or _twice(fields):
        return Header(first, last, words, fields, print_, asked=_asked(words, fields, head, last))
    return Header(first, last, words, fields, print_)


def _twice(fields: Sequence[str | None]) -> bool:
    named = [field for field in fields if field is not None]
    return len(named) != len(set(named))


def _guessed(head: Sequence[Numbered], within: Sequence[Numbered], layouts: Layouts) -> Header | None:
    """From the column that holds identity numbers, or words that are like those we know."""
    ids = Counter(place for _, cells in head for place, cell in enumerate(cells) if _kind(cell) == "identity_number")
    if ids:
        column = ids.most_common(1)[0][0]
        start = next(
            i for i, (_, cells) in enumerate(head) if column < len(cells) and _kind(cells[column]) == "identity_number"
        )
        above = next((row for row in reversed(head[:start]) if _is_header(row[1], column)), None)
    else:
        above = next((row for row in within if {_like(_word(cell)) for cell in row[1]} >= NEEDED), None)
        if above is None:
            return None
    words = tuple(_word(cell) for cell in above[1]) if above is not None else ()
    if above is None:  # every row is a person: the layout is known by what stands in the columns
        width = max(len(cells) for _, cells in head)
        words = tuple(f"?{_content(head, 0, place) or ''}" for place in range(width))
    words = _trimmed(words)
    last = above[0] if above is not None else 0
    print_ = fingerprint(words)
    if (layout := layouts.get(print_)) is not None:
        fields = tuple(layout.get(label) or None for label in labels(words))
        return Header(last, last, words, fields, print_, remembered=True)
    fields = tuple(header(word) for word in words)
    return Header(last, last, words, fields, print_, asked=_asked(words, fields, head, last))


def _is_header(cells: Cells, column: int) -> bool:
    """A row of at least two short texts, none of them a number."""
    told = [_word(cell) for cell in cells if cell != ""]
    texts = [word for word in told if word and not re.search(r"[0-9]{4,}", word)]
    return len(texts) >= 2 and len(texts) == len(told) and column < len(cells) and cells[column] != ""


def _asked(
    words: Sequence[str], fields: Sequence[str | None], head: Sequence[Numbered], last: int
) -> tuple[Asked, ...]:
    proposed = _proposed(words, fields, head, last)
    return tuple(
        Asked(label, word if not word.startswith("?") else "", _samples(head, last, place), proposed[place])
        for place, (label, word) in enumerate(zip(labels(words), words, strict=True))
    )


def _proposed(words: Sequence[str], fields: Sequence[str | None], head: Sequence[Numbered], last: int) -> list[str]:
    """For each column one field at most, and each field once: by known words, then by likeness, then by content."""
    given: list[str] = [""] * len(words)
    free = set(range(len(words)))
    grounds: tuple[Callable[[int], str | None], ...] = (
        lambda place: fields[place],
        lambda place: _like(words[place]),
        lambda place: _content(head, last, place),
    )
    for ground in grounds:
        for place in sorted(free):
            field = ground(place)
            if field is not None and field not in given:
                given[place] = field
                free.discard(place)
    return given


def _like(word: str) -> str | None:
    plain = _plain(word)
    if not plain:
        return None
    for field, has, has_not in _LIKE:
        if re.search(has, plain) and not (has_not and re.search(has_not, plain)):
            return field
    return None


def _content(head: Sequence[Numbered], last: int, place: int) -> str | None:
    """What most cells of a column look like."""
    told = [cells[place] for number, cells in head if number > last and place < len(cells) and cells[place] != ""]
    kinds = Counter(_kind(cell) for cell in told)
    if not kinds:
        return None
    kind, count = kinds.most_common(1)[0]
    return kind if kind is not None and count * 2 > len(told) else None


def _kind(cell: Any) -> str | None:
    """A field whose values look like this one; none for anything else."""
    text, fault = text_of("identity_number", cell)
    plain = normal(text)
    if re.fullmatch(r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]|[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}", plain):
        return "identity_number"
    if fault is not None and re.match(r"[1-9]\.[0-9]+E\+?1[78]$", text):
        return "identity_number"
    if re.fullmatch(r"(?:\+?86)?1[3-9][0-9]{9}", plain):
        return "phone"
    if re.fullmatch(r"[3-9][0-9]{15,18}", plain):
        return "bank_card"
    if said("sex", plain) in SEXES:
        return "sex"
    if isinstance(cell, str) and re.fullmatch(r"[\u3400-\u9fff]{2,4}(?:·[\u3400-\u9fff]{2,6})?", cell.strip()):
        return "name"
    return None


def _samples(head: Sequence[Numbered], last: int, place: int) -> tuple[str, ...]:
    found = [
        _veiled(_word(cells[place]))
        for number, cells in head
        if number > last and place < len(cells) and cells[place] != ""
    ]
    return tuple(list(dict.fromkeys(found))[:SAMPLES])


def _veiled(text: str) -> str:
    """A value that may be anything of a person: what is long or a name is masked, short words stay."""
    if len(re.sub(r"[^0-9]", "", text)) >= 5:
        return masked(normal(text))
    if re.fullmatch(r"[\u3400-\u9fff][\w·]{1,7}", text) and said("identity_kind", text) not in KINDS:
        return text[0] + "*" * (len(text) - 1)
    return text if len(text) <= 4 else f"{text[:2]}***"


def _words(row: Numbered, below: Numbered | None, merged: Merged) -> tuple[str, ...]:
    """The words of a header of one or two rows: of each column the word that is known, else both."""
    upper = [_word(cell) for cell in row[1]]
    if below is None:
        return _trimmed(upper)
    lower = [_word(cell) for cell in below[1]]
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    for (top, left), (_, right) in merged:
        if top == row[0] - 1:
            upper[left : right + 1] = [upper[left]] * len(upper[left : right + 1]) if left < width else []
    return _trimmed([_joined(above, under) for above, under in zip(upper, lower, strict=True)])


def _joined(above: str, under: str) -> str:
    if not under or not above or above == under:
        return under or above
    for word in (above + under, under, above):
        if header(word) is not None:
            return word
    return above + under


def _goes_on(row: Numbered, below: Numbered) -> bool:
    """Whether the row below belongs to the same header: words only, and where both have one, the upper is over several."""
    if below[0] != row[0] + 1:
        return False
    under = [_word(cell) for cell in below[1]]
    told = [word for word in under if word]
    if not told or any(_kind(cell) in ("identity_number", "phone", "bank_card") for cell in below[1]):
        return False
    above = {header(_word(cell)) for cell in row[1]}
    if above >= NEEDED:  # whole by itself: what stands below must be words too, under another column or under nothing
        places = [place for place, cell in enumerate(row[1]) if header(_word(cell)) in NEEDED]
        return all(place >= len(under) or not under[place] for place in places) and any(header(word) for word in told)
    return not any(re.search("[0-9]", word) for word in told)


def _word(cell: Any) -> str:
    if isinstance(cell, str):
        return " ".join(cell.split())[:_WORD_MOST]
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell)


def _plain(word: str) -> str:
    return re.sub(r"[\s*:：★●]", "", unicodedata.normalize("NFKC", word)).lower()


def _trimmed(words: Sequence[str]) -> tuple[str, ...]:
    end = len(words)
    while end and not words[end - 1]:
        end -= 1
    return tuple(words[:end])
