"""What was done with a file that its clerk should know: rows left out, rows that were hidden, sheets not read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mutualaid.enrolment.roster.files import Sheet
from mutualaid.enrolment.roster.headers import Header

Note = dict[str, str]
"""``{"meaning": "info" | "warn", "zh", "en"}``; holds no personal data."""
_LISTED_MOST = 10


@dataclass
class Noticed:
    """While reading. Numbers of rows; ``others``: names of sheets that have a header too; ``tidied``: how many cells."""

    sheet: Sheet
    sheets: Sequence[Sheet] = ()
    others: Sequence[str] = ()
    hidden_rows: list[int] = field(default_factory=list)
    sums: list[int] = field(default_factory=list)
    signatures: list[int] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    tidied: int = 0


def notes_of(noticed: Noticed, header: Header) -> tuple[Note, ...]:
    """What is told of a file that was read, what needs a look first."""
    return tuple(
        note
        for note in (
            _rows(
                "warn",
                noticed.hidden_rows,
                "隐藏的行也已读取，请核对：{}",
                "hidden rows were read as well, check them: {}",
            ),
            _hidden_columns(noticed, header),
            _other_sheets(noticed),
            _hidden_sheets(noticed),
            _rows("info", noticed.sums, "合计行未作为人员读取：{}", "rows of totals were left out: {}"),
            _rows(
                "info",
                noticed.signatures,
                "制表、签字等说明行未读取：{}",
                "rows of signatures and remarks were left out: {}",
            ),
            _rows(
                "info",
                noticed.again,
                "重复的表头或标题行未读取：{}",
                "headers and titles that stand again were left out: {}",
            ),
            _columns_left_out(header),
            _tidied(noticed),
            _layout(header),
        )
        if note is not None
    )


def _note(meaning: str, zh: str, en: str) -> Note:
    return {"meaning": meaning, "zh": zh, "en": en}


def _rows(meaning: str, rows: Sequence[int], zh: str, en: str) -> Note | None:
    if not rows:
        return None
    listed, more = rows[:_LISTED_MOST], len(rows) > _LISTED_MOST
    zh_rows = f"第 {'、'.join(map(str, listed))} 行" + (f"等 {len(rows)} 行" if more else "")
    en_rows = f"{'row' if len(rows) == 1 else 'rows'} {', '.join(map(str, listed))}" + (
        f" and others, {len(rows)} in all" if more else ""
    )
    return _note(meaning, zh.format(zh_rows), en.format(en_rows))


def _hidden_columns(noticed: Noticed, header: Header) -> Note | None:
    hidden = [
        header.words[place]
        for place, name in enumerate(header.fields)
        if name is not None and place in noticed.sheet.inside.hidden_columns
    ]
    if not hidden:
        return None
    return _note(
        "warn",
        f"隐藏的列也已读取，请核对：{'、'.join(hidden)}",
        f"hidden columns were read as well, check them: {', '.join(hidden)}",
    )


def _other_sheets(noticed: Noticed) -> Note | None:
    if not noticed.others:
        return None
    names = noticed.others[:_LISTED_MOST]
    return _note(
        "warn",
        f"只读取了“{noticed.sheet.name}”；“{'”“'.join(names)}”也像名册，没有读取，请合并到一张表或分别上传",
        f"only “{noticed.sheet.name}” was read; {', '.join(f'“{name}”' for name in names)} may be a roster too: put them "
        "together or upload each",
    )


def _hidden_sheets(noticed: Noticed) -> Note | None:
    names = [one.name for one in noticed.sheets if one.hidden][:_LISTED_MOST]
    if not names:
        return None
    return _note(
        "warn",
        f"隐藏的表没有读取：“{'”“'.join(names)}”",
        f"hidden sheets were not read: {', '.join(f'“{name}”' for name in names)}",
    )


def _columns_left_out(header: Header) -> Note | None:
    names = [word for word, name in zip(header.words, header.fields, strict=True) if name is None and word]
    names = [word for word in names if not word.startswith("?")]
    if not names:
        return None
    return _note(
        "info",
        f"以下各列用不到，没有读取：{'、'.join(names[:20])}",
        f"these columns are not needed and were not read: {', '.join(names[:20])}",
    )


def _tidied(noticed: Noticed) -> Note | None:
    if not noticed.tidied:
        return None
    return _note(
        "info",
        f"有 {noticed.tidied} 格含看不见的字符或开头的撇号，读取时已去掉",
        f"signs that nobody sees, or a leading apostrophe, were taken off {noticed.tidied} cells",
    )


def _layout(header: Header) -> Note | None:
    if not header.remembered:
        return None
    return _note("info", "各列按本单位以前确认过的表头读取", "columns were read as this employer confirmed them before")
