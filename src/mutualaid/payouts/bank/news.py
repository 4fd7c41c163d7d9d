"""What a bank tells of orders once its file is read, whatever kind it is; and why a file is refused, as a table of words."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Told = Literal["pending", "paid", "rejected", "returned"]


@dataclass(frozen=True)
class Outcome:
    """What became of one order. ``amount``: yuan, as the bank says it; ``on``: the day on which it was paid or came back;
    ``reason``: a code of ISO 20022, ``message``: the bank's own words."""

    number: str
    told: Told
    amount: Decimal
    on: datetime.date | None = None
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class News:
    """A whole file. ``batch``: its number, empty where a file is not about one; ``count`` and ``total``: of the batch, as the
    bank has it. ``group``: what it says of the whole batch without naming orders; ``absent``: it never received the batch."""

    kind: Literal["status", "return", "by_hand"]
    outcomes: tuple[Outcome, ...]
    batch: str = ""
    count: int | None = None
    total: Decimal | None = None
    group: Told | None = None
    reason: str = ""
    absent: bool = False
    account: str = ""


FAULTS: Mapping[str, tuple[str, str]] = {
    "forged": (
        "签名无效：不是银行发出的，或途中被改动",
        "the signature does not hold: not of the bank, or changed on its way",
    ),
    "unreadable": ("不是本协议规定的文件", "not a file of our profile"),
    "incomplete": ("缺少必填项，或其内容不合规定", "something that must be there is missing or cannot be"),
    "wrong_sums": ("笔数或合计与明细不符", "its count or sum is not that of its rows"),
    "unknown_batch": ("批次不是本专户已放行的批次", "the batch is none that this fund released"),
    "other_sums": ("银行收到的笔数或合计与我方批次不同", "the bank has another count or sum of the batch than we"),
    "unknown_number": ("有支付单不在该批次或该专户中", "an order is not in the batch, or not of the fund"),
    "named_twice": ("同一支付单出现两次", "an order is named twice"),
    "other_amount": ("有支付单的金额与我方不同", "an order has another amount than ours"),
    "contradiction": ("与先前的结果矛盾", "it contradicts what was told before"),
    "bank_said": (
        "人工登记的结果与银行文件已告知的结果不同，以银行文件为准",
        "by hand something else was entered than the bank's own file has told, which stands",
    ),
    "bank_tells": (
        "该批次经银行通道支付，结果由银行文件告知；银行超过 24 小时没有答复（结果未知）的，才可人工登记",
        "the batch goes through a bank's folder, whose files tell the result; by hand only what is unknown after 24 hours",
    ),
    "not_received": ("银行称没有收到该批次", "the bank says that it never received the batch"),
    "other_account": ("不是本专户的账户", "about another account than the fund's"),
}


class NewsRefused(Exception):
    """A file of the bank that is not taken: ``fault`` is a word of ``FAULTS``, ``number`` the order at which it shows, if it is
    one. ``zh`` and ``en`` say what to do; they hold no account and no name."""

    def __init__(self, fault: str, number: str = "") -> None:
        self.fault, self.number = fault, number[:35]
        chinese, english = FAULTS[fault]
        where = f"（{self.number}）" if number else ""
        self.zh = f"银行文件应与我方支付单一致：{chinese}{where}；未入账任何一笔，请与银行核对后重新取得文件"
        self.en = (
            f"expected a file that agrees with our orders: {english}{f' ({self.number})' if number else ''}; nothing was "
            "taken, ask the bank and get another file"
        )
        super().__init__(self.en)
