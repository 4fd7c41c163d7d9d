"""The chart of accounts of a mutual-aid fund, as data.

Names follow 民间非营利组织会计制度. There is deliberately no account for running costs (管理费用): they are borne by the body
that runs the scheme, in its own books, and what has no account here cannot be posted. What a payment channel keeps of the
contributions for its service is such a cost: the fund is owed it (``FEES_BACK``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What an account counts."""

    ASSET = "asset"
    LIABILITY = "liability"
    NET_ASSETS = "net_assets"
    INCOME = "income"
    EXPENSE = "expense"


class Side(StrEnum):
    """The two sides of an account. In postings a debit is positive and a credit negative."""

    DEBIT = "debit"
    CREDIT = "credit"


class Dimension(StrEnum):
    """By what an account may be split."""

    PLAN = "plan"
    PERIOD = "period"
    UNIT = "unit"


@dataclass(frozen=True)
class Account:
    """An account of the chart. ``split_by``: the dimensions that each posting to it must name; it may name no other.
    ``or_whole``: it may name none of them instead, for what belongs to no plan (interest of earlier years)."""

    code: str
    zh: str
    en: str
    kind: Kind
    split_by: tuple[Dimension, ...] = ()
    or_whole: bool = False

    @property
    def normal_side(self) -> Side:
        """The side on which it grows."""
        return Side.DEBIT if self.kind in (Kind.ASSET, Kind.EXPENSE) else Side.CREDIT


_COVER = (Dimension.PLAN, Dimension.PERIOD)
_BILLED = (Dimension.PLAN, Dimension.PERIOD, Dimension.UNIT)

BANK = Account("1002.01", "银行存款-互助专户", "Bank deposits: dedicated mutual-aid account", Kind.ASSET)
IN_TRANSIT = Account(
    "1012.01", "其他货币资金-支付渠道在途", "Other monetary funds: on its way from payment channels", Kind.ASSET
)
RECEIVABLE = Account("1121.01", "应收互助费", "Contributions receivable", Kind.ASSET, _BILLED)
BENEFITS_BACK = Account(
    "1122.01", "其他应收款-应退互助金", "Other receivables: benefits to be returned", Kind.ASSET, _COVER
)
FEES_BACK = Account(
    "1122.02", "其他应收款-应补支付服务费", "Other receivables: channels' fees to be made good", Kind.ASSET
)
BENEFITS_PAYABLE = Account("2202.01", "应付互助金", "Benefits payable", Kind.LIABILITY, _COVER)
UNEARNED = Account("2203.01", "预收互助费", "Contributions not yet earned", Kind.LIABILITY, _BILLED)
CREDITS = Account(
    "2203.02", "预收互助费-待抵余额", "Money kept for the payer's next bill", Kind.LIABILITY, (Dimension.UNIT,)
)
UNMATCHED = Account("2209.01", "暂收款", "Money received, not yet matched", Kind.LIABILITY)
REFUNDS_PAYABLE = Account("2209.02", "应付退款", "Refunds payable", Kind.LIABILITY, (Dimension.UNIT,))
RESTRICTED_NET_ASSETS = Account(
    "3102.01", "限定性净资产", "Restricted net assets", Kind.NET_ASSETS, _COVER, or_whole=True
)
CONTRIBUTIONS = Account("4201.01", "会费收入-限定性", "Contribution income, restricted", Kind.INCOME, _COVER)
INTEREST = Account("4901.01", "其他收入-专户利息", "Other income: interest of the dedicated account", Kind.INCOME)
BENEFITS = Account("5101.01", "业务活动成本-互助金", "Cost of activities: benefits", Kind.EXPENSE, _COVER)

CHART: Mapping[str, Account] = MappingProxyType(
    {
        account.code: account
        for account in (
            *(BANK, IN_TRANSIT, RECEIVABLE, BENEFITS_BACK, FEES_BACK),
            *(BENEFITS_PAYABLE, UNEARNED, CREDITS, UNMATCHED, REFUNDS_PAYABLE),
            *(RESTRICTED_NET_ASSETS, CONTRIBUTIONS, INTEREST, BENEFITS),
        )
    }
)
"""By code, in the order of codes. A code stays for ever; the database knows the same ones."""
