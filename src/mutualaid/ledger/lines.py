"""What an entry is made of before it is stored: accounts with their dimensions, lines, and the checks of double entry.

Pure: the database checks the same once more at the end of the transaction.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mutualaid.core.money import CENT, MOST, shown
from mutualaid.ledger.chart import CHART, Account, Dimension

LINES_LEAST = 2


class LedgerError(ValueError):
    """What cannot be posted; ``zh`` and ``en`` say what was expected, what was found and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(en)


class WrongPeriod(LedgerError):
    """A period that is over before it begins."""


class UnknownAccount(LedgerError):
    """A code that is not in the chart."""


class WrongSplit(LedgerError):
    """An account with dimensions other than those that it is split by."""


class WrongAmount(LedgerError):
    """No amount above zero in whole fen."""


class Unbalanced(LedgerError):
    """Lines that are no entry: fewer than two, or debits and credits differ."""


@dataclass(frozen=True, order=True)
class Period:
    """Half-open, ``[from_on, until_on)``."""

    from_on: datetime.date
    until_on: datetime.date

    def __post_init__(self) -> None:
        if self.from_on >= self.until_on:
            raise WrongPeriod(
                f"终止日（不含）应晚于起始日 {self.from_on}，得到 {self.until_on}；请改正日期",
                f"expected an end after {self.from_on}, found {self.until_on}; correct the dates",
            )


@dataclass(frozen=True)
class AccountKey:
    """One account of a book: a code of the chart and the dimensions that it is split by. Raises UnknownAccount, WrongSplit."""

    code: str
    plan: str = ""
    period: Period | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        account = CHART.get(self.code)
        if account is None:
            raise UnknownAccount(
                f"应为科目表中的编号，得到“{self.code}”；请用 {'、'.join(CHART)} 之一",
                f"expected a code of the chart, found {self.code!r}; use one of {', '.join(CHART)}",
            )
        given = {Dimension.PLAN: self.plan, Dimension.PERIOD: self.period, Dimension.UNIT: self.unit}
        found = tuple(dimension for dimension, value in given.items() if value)
        if found != account.split_by and (found or not account.or_whole):
            wanted, got = (" + ".join(names) or "none" for names in (account.split_by, found))
            raise WrongSplit(
                f"科目 {self.code} {account.zh} 应按 {wanted} 核算，得到 {got}；请补全或去掉",
                f"expected account {self.code} to be split by {wanted}, found {got}; add or leave out what differs",
            )

    @property
    def order(self) -> tuple[str, ...]:
        """For sorting: everybody makes new accounts in one order, so that two who make the same ones cannot deadlock."""
        period = self.period
        return (self.code, self.plan, *((str(period.from_on), str(period.until_on)) if period else ("", "")), self.unit)


@dataclass(frozen=True)
class Line:
    """One side of an entry: a debit is positive, a credit negative. Made by ``debit`` and ``credit``."""

    account: AccountKey
    amount: Decimal


def key(account: Account, *, plan: str = "", period: Period | None = None, unit: str = "") -> AccountKey:
    """An account of the chart with its dimensions; those that it is not split by are left out."""
    split_by = account.split_by
    return AccountKey(
        account.code,
        plan if Dimension.PLAN in split_by else "",
        period if Dimension.PERIOD in split_by else None,
        unit if Dimension.UNIT in split_by else "",
    )


def debit(account: AccountKey, amount: Decimal) -> Line:
    """借. Raises WrongAmount."""
    return Line(account, _checked(amount))


def credit(account: AccountKey, amount: Decimal) -> Line:
    """贷. Raises WrongAmount."""
    return Line(account, -_checked(amount))


def check(lines: Sequence[Line]) -> None:
    """Are these an entry? Raises WrongAmount, Unbalanced."""
    for line in lines:
        _checked(abs(line.amount))
    if len(lines) < LINES_LEAST:
        raise Unbalanced(
            f"一笔分录应至少有借、贷两行，得到 {len(lines)} 行；请补全",
            f"expected an entry of at least two lines, found {len(lines)}; complete it",
        )
    in_debit = sum((line.amount for line in lines if line.amount > 0), Decimal(0))
    in_credit = -sum((line.amount for line in lines if line.amount < 0), Decimal(0))
    if in_debit != in_credit:
        raise Unbalanced(
            f"借贷应相等，得到借方 {shown(in_debit)}、贷方 {shown(in_credit)}；请核对各行金额",
            f"expected equal sides, found debits {shown(in_debit)} and credits {shown(in_credit)}; check the amounts",
        )


def _checked(amount: Decimal) -> Decimal:
    if not amount.is_finite() or not 0 < amount <= MOST or amount != amount.quantize(CENT):
        raise WrongAmount(
            f"应为大于零、最多两位小数的金额，得到 {amount}；方向由借、贷表示",
            f"expected an amount above zero in whole fen, found {amount}; the side is told by debit or credit",
        )
    return amount.quantize(CENT)
