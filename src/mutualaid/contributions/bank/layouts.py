"""Which column of a bank's CSV is which: by the words that the common net banks use, or as finance confirmed it once for a header
like this. What is neither is asked about, never guessed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEADERS: dict[str, tuple[str, ...]] = {
    "date": ("入账日期", "记账日期", "记账日", "交易日期", "交易时间", "交易日", "日期"),
    "credit": ("贷方发生额", "贷方金额", "贷方发生金额", "收入金额", "收入", "转入金额", "存入金额", "贷方"),
    "debit": ("借方发生额", "借方金额", "借方发生金额", "支出金额", "支出", "转出金额", "支取金额", "借方"),
    "amount": ("交易金额", "发生额", "发生金额", "金额"),
    "side": ("借贷标志", "借贷方向", "收支方向", "借贷", "收/支", "收支", "来往账标志"),
    "name": ("对方户名", "对方名称", "对方账户名称", "对方单位名称", "付款人名称", "付款人户名", "付款人"),
    "account": ("对方账号", "对方账户", "对方帐号", "付款人账号"),
    "text": ("附言", "摘要", "用途", "备注"),
    "serial": ("流水号", "交易流水号", "银行流水号", "核心流水号", "主机流水号", "交易流水", "流水编号", "凭证号"),
    "currency": ("币种", "币别", "货币"),
}
"""Headers of the common net banks; of two columns of one meaning the first named here counts, of texts all."""
MEANINGS: Mapping[str, tuple[str, str]] = {
    "date": ("入账日期", "day"),
    "credit": ("收入金额（贷方）", "money in (credit)"),
    "debit": ("支出金额（借方）", "money out (debit)"),
    "amount": ("金额（收支同列）", "amount, in and out"),
    "side": ("收支方向", "in or out"),
    "name": ("付款人名称", "payer"),
    "account": ("付款人账号", "payer's account"),
    "text": ("附言、摘要", "text"),
    "serial": ("银行流水号", "bank's serial"),
    "currency": ("币种", "currency"),
}
"""What a column can be, as people read it."""
PREAMBLE_MOST = 20
CELLS_LEAST = 3
SAMPLES = 3
_FIGURE = re.compile(r"[-+¥¥]?[\d,，.\s:/年月日-]+元?")
_DATED = re.compile(r"\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2}")

Layout = Mapping[str, str]
"""By the word of a column (``plain``) its meaning, empty for a column that is not read."""


@dataclass(frozen=True)
class Unknown:
    """A header that is not known: its words as they stand, what each column seems to be, some values of each."""

    line: int
    headers: tuple[str, ...]
    guesses: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]


class LayoutWrong(Exception):
    """Columns that make up no statement; says what was expected, what was found, what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def plain(cell: str) -> str:
    """A header without spaces, units and notes in brackets."""
    return re.sub(r"\(.*?\)|\s|\[.*?\]|[*:]", "", unicodedata.normalize("NFKC", cell)).strip("'`\"=")


def fingerprint(headers: Sequence[str]) -> str:
    """Of the words of a header, whatever their order."""
    words = sorted(word for word in map(plain, headers) if word)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def known_columns(row: Sequence[str]) -> dict[str, list[int]]:
    """Which columns the words of a row name by themselves."""
    cells = [plain(cell) for cell in row]
    found: dict[str, list[int]] = {}
    for name, headers in HEADERS.items():
        places = [cells.index(header) for header in headers if header in cells]
        if places:
            found[name] = places if name == "text" else places[:1]
    return found


def mapped_columns(row: Sequence[str], layout: Layout) -> dict[str, list[int]]:
    """Which columns finance said they are."""
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(row):
        meaning = layout.get(plain(cell), "")
        if meaning and (meaning == "text" or meaning not in found):
            found.setdefault(meaning, []).append(place)
    return found


def is_whole(columns: Mapping[str, object]) -> bool:
    """Whether that is enough to read movements."""
    return {"date", "serial"} <= columns.keys() and bool(columns.keys() & {"credit", "amount"})


def check_layout(layout: Layout) -> None:
    """Raises LayoutWrong."""
    told = [meaning for meaning in layout.values() if meaning]
    if set(told) - MEANINGS.keys():
        raise LayoutWrong("各列应选择列表中的含义；请重新选择", "expected meanings of the list; choose again")
    twice = sorted({one for one in told if one != "text" and told.count(one) > 1})
    if twice:
        raise LayoutWrong(
            f"除附言外每种含义应只选一列，“{MEANINGS[twice[0]][0]}”选了多列；请只保留一列",
            f"expected one column for each meaning but text, found several for {MEANINGS[twice[0]][1]}; keep one",
        )
    if not is_whole(dict.fromkeys(told)):
        raise LayoutWrong(
            "应指明入账日期、银行流水号，以及收入金额（或收支同列的金额）各是哪一列，没有选全；请补选",
            "expected to be told which columns are the day, the bank's serial and the money in, some are missing; choose them",
        )


def unknown_of(rows: Sequence[Sequence[str]]) -> Unknown | None:
    """What seems to be the header of a file whose words are not known: the first row of some words and no figures before a row
    with a date. None where nothing looks like a table."""
    for number, row in enumerate(rows[:PREAMBLE_MOST]):
        words = [cell.strip() for cell in row if cell.strip()]
        if len(words) < CELLS_LEAST or any(_FIGURE.fullmatch(word) for word in words):
            continue
        after = [
            one
            for one in rows[number + 1 : number + 1 + SAMPLES * 4]
            if len([c for c in one if c.strip()]) >= CELLS_LEAST
        ]
        if not any(_DATED.match(cell.strip("'`=\" \t")) for one in after for cell in one):
            continue
        taken = known_columns(row)
        guesses = {place: name for name, places in taken.items() for place in places}
        headers = tuple(cell.strip()[:60] for cell in row)
        samples = tuple(
            tuple(one[place].strip()[:40] for one in after[:SAMPLES] if place < len(one) and one[place].strip())
            for place in range(len(row))
        )
        return Unknown(number + 1, headers, tuple(guesses.get(place, "") for place in range(len(row))), samples)
    return None
