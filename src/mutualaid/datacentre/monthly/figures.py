"""The figures of the three reports: what each is called and how it is counted, in both languages. docs/reports.md and the cover
of the workbook say the same words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Generic, TypeVar


@dataclass(frozen=True)
class Figure:
    """One figure: its field, what it is called, how it is counted, and ``whole``, ``amount`` (yuan) or ``days``."""

    key: str
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str
    kind: str = "whole"


@dataclass(frozen=True)
class Enrolled:
    """参保 of a group: covers and persons."""

    new: int = 0
    renewed: int = 0
    ended: int = 0
    in_force: int = 0
    persons: int = 0


@dataclass(frozen=True)
class Income:
    """收入 of a group, in yuan. ``unmatched`` is of funds, and None for groups that have none."""

    billed: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    outstanding: Decimal = Decimal(0)
    earned: Decimal = Decimal(0)
    unmatched: Decimal | None = None


@dataclass(frozen=True)
class Benefits:
    """支付 of a group. ``persons``: members of whom anything is counted; ``days_decided`` of all claims decided, ``days_paid`` of
    ``orders_paid`` payments together."""

    filed: int = 0
    approved: int = 0
    refused: int = 0
    returned: int = 0
    approved_amount: Decimal = Decimal(0)
    paid_amount: Decimal = Decimal(0)
    returned_amount: Decimal = Decimal(0)
    persons: int = 0
    days_decided: int = 0
    days_paid: int = 0
    orders_paid: int = 0

    @property
    def decision_days(self) -> Decimal | None:
        """From complete filing to decision, on the average; None where nothing was decided."""
        return _mean(self.days_decided, self.approved + self.refused)

    @property
    def money_days(self) -> Decimal | None:
        """From complete filing to payment, on the average; None where nothing was paid."""
        return _mean(self.days_paid, self.orders_paid)


def _mean(days: int, count: int) -> Decimal | None:
    return (Decimal(days) / count).quantize(Decimal("0.1")) if count else None


Figures = TypeVar("Figures")


@dataclass(frozen=True)
class Row(Generic[Figures]):
    """A group of a report: ``code`` of the office, plan or employer; ``leads``: an office with reports of its own."""

    code: str
    zh: str
    en: str
    figures: Figures
    leads: bool = False


@dataclass(frozen=True)
class Report(Generic[Figures]):
    """One report of a month and an office: its sum, and the same by what stands below the office, by plan and by employer."""

    total: Figures
    offices: tuple[Row[Figures], ...]
    plans: tuple[Row[Figures], ...]
    employers: tuple[Row[Figures], ...]


def added(first: Figures, second: Figures) -> Figures:
    """Two groups together, figure by figure. What one lacks (None) is what the other has."""
    sums: dict[str, Any] = {}
    for one in fields(first):  # type: ignore[arg-type]
        here, there = getattr(first, one.name), getattr(second, one.name)
        sums[one.name] = here if there is None else there if here is None else here + there
    return type(first)(**sums)


ENROLLED = (
    Figure(
        "new", "新增参保（人次）", "New covers",
        "已生效且保障起始日在本月的保障凭证数，一人参加两个计划计两次",
        "covers that were paid for and whose first day lies in the month; somebody in two plans counts twice",
    ),
    Figure(
        "renewed", "其中续保（人次）", "of them renewed",
        "新增参保中，连续参保期数为第 2 期及以后的",
        "of the new covers, those in the second unbroken period or a later one",
    ),
    Figure(
        "ended", "期满（人次）", "Ended",
        "已生效且最后一个保障日的次日在本月的保障凭证数",
        "covers that were paid for and are no longer in force from a day of the month on",
    ),
    Figure(
        "in_force", "月末在保（人次）", "In force at month end",
        "本月最后一天有效的保障凭证数，等于上月末在保加新增参保减期满",
        "covers in force on the last day of the month: those of the month before, and the new ones less the ended ones",
    ),
    Figure(
        "persons", "月末在保（人）", "Persons at month end",
        "本月最后一天有保障的人数，每行按人去重；一人在两行中都有保障时各计一次，故各行之和可大于合计",
        "persons with a cover on the last day of the month, each once in a row; who is covered in two rows stands in both, so"
        " that rows may sum to more than the total",
    ),
)  # fmt: skip

INCOME = (
    Figure(
        "billed", "开具账单（元）", "Billed (yuan)",
        "本月记账的应收互助费借方发生额；作废账单在作废当月以红字冲减",
        "debits of contributions receivable in the month; a cancelled bill is taken off in the month of cancelling", "amount",
    ),
    Figure(
        "received", "收到互助费（元）", "Received (yuan)",
        "本月核销账单的款项，即应收互助费贷方发生额，按到账日或核销日记账",
        "money set against bills in the month: credits of contributions receivable, by the day of receipt or of matching",
        "amount",
    ),
    Figure(
        "outstanding", "月末应收（元）", "Outstanding at month end (yuan)",
        "月末应收互助费余额：已开具、未作废、尚未缴清的账单",
        "balance of contributions receivable at the end of the month: bills that are neither paid nor cancelled", "amount",
    ),
    Figure(
        "earned", "确认收入（元）", "Earned (yuan)",
        "本月保障开始而由预收转为会费收入的互助费，即预收互助费借方发生额；账簿的会费收入还减去重复参保的退费",
        "contributions that became income as cover began: debits of contributions not yet earned; the books take off refunds",
        "amount",
    ),
    Figure(
        "unmatched", "月末暂收款（元）", "Unmatched at month end (yuan)",
        "月末专户中已到账、尚未核销到账单的款项；属于专户，不分计划和单位，只列在机构表中专户所在的一行",
        "money in the dedicated account at the end of the month that is set against no bill yet; it belongs to the account, so"
        " that it stands in the row of its office only",
        "amount",
    ),
)  # fmt: skip

BENEFITS = (
    Figure(
        "filed", "提交申请（件）", "Claims filed",
        "首次提交日在本月的理赔申请，后来撤回的也计入",
        "claims first filed in the month, those withdrawn later included",
    ),
    Figure(
        "approved", "核准（件）", "Approved",
        "本月作出决定、现为已核准的申请", "claims decided in the month that are approved",
    ),
    Figure(
        "refused", "不予支付（件）", "Refused",
        "本月作出决定、现为不予支付的申请", "claims decided in the month that are refused",
    ),
    Figure(
        "returned", "退回补材料（次）", "Returned for papers",
        "本月要求补材料的次数，同一申请退回两次计两次",
        "times that papers were asked for in the month; a claim returned twice counts twice",
    ),
    Figure(
        "approved_amount", "核准金额（元）", "Amount approved (yuan)",
        "本月记账的业务活动成本-互助金，撤销的以红字冲减",
        "cost of benefits booked in the month; what was undone is taken off", "amount",
    ),
    Figure(
        "paid_amount", "支付金额（元）", "Amount paid (yuan)",
        "本月银行已付出的互助金，按银行的付款日记账", "benefits that the bank paid in the month, by its day", "amount",
    ),
    Figure(
        "returned_amount", "退票金额（元）", "Amount returned (yuan)",
        "本月银行退回的互助金，不从支付金额中扣减",
        "benefits that came back from the bank in the month; not taken off the amount paid", "amount",
    ),
    Figure(
        "persons", "涉及人数", "Persons",
        "本行各数字涉及的人数，每行按人去重；按单位列出时，不足 5 人的单位合并为一行，不单独显示",
        "persons whom the row is about, each once; employers with fewer than 5 of them are put together in one row",
    ),
    Figure(
        "decision_days", "申请到决定（平均天数）", "Days to decision (mean)",
        "本月决定的申请，从材料齐全提交到作出决定的日历天数的平均值",
        "calendar days from complete filing to decision, mean of the claims decided in the month", "days",
    ),
    Figure(
        "money_days", "申请到支付（平均天数）", "Days to payment (mean)",
        "本月支付的各笔，从材料齐全提交到银行付款日的日历天数的平均值",
        "calendar days from complete filing to the bank's day, mean of the payments of the month", "days",
    ),
)  # fmt: skip
