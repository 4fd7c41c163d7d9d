"""Exports of Chinese net banks as they really come, made from the same movements by a generator; and headers that nobody
knows, which finance is asked about once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.contributions.actions.bank import ColumnsWrong, import_statement, keep_layout
from mutualaid.contributions.bank.reading import ColumnsUnknown, StatementRefused, read_statement
from mutualaid.contributions.models import StatementLayout, StatementLine
from mutualaid.contributions.queries import preview
from tests.contributions.scene import ACCOUNT, World
from tests.contributions.test_bank import camt, entry, faults
from tests.people.cast import AT

Row = tuple[str, str, str, str, str, str]
MOVEMENTS: list[Row] = [
    ("2025-03-01", "in", "1200.00", "第1厂工会", "62220001", "A100000000000000001"),
    ("2025-03-02", "out", "8.00", "海市银行", "", "A100000000000000002"),
    ("2025-03-03", "in", "50.50", "甲、乙公司", "62220002", "A100000000000000003"),
]
READ = [(datetime.date(2025, 3, 1), Decimal("1200.00"), "第1厂工会", "62220001", "A100000000000000001"),
        (datetime.date(2025, 3, 3), Decimal("50.50"), "甲、乙公司", "62220002", "A100000000000000003")]  # fmt: skip


def grouped(amount: str) -> str:
    return f"{Decimal(amount):,.2f}"


@dataclass
class Export:
    """How a bank writes its file; each quirk changes one thing of it."""

    head: list[str] = field(
        default_factory=lambda: ["交易日期", "借方发生额", "贷方发生额", "对方户名", "对方账号", "流水号"]
    )
    before: list[list[str]] = field(default_factory=lambda: [["账号：" + ACCOUNT], ["起止日期：20250301-20250331"]])
    after: list[list[str]] = field(default_factory=list)
    day: Callable[[str], str] = lambda day: day
    money: Callable[[str], str] = grouped
    cell: Callable[[str], str] = lambda cell: cell
    quote: bool = True
    separator: str = ","
    encoding: str = "utf-8"
    middle: list[list[str]] = field(default_factory=list)
    signed: Callable[[str, str], list[str]] | None = None

    def rows(self) -> list[list[str]]:
        """All of the file."""
        made = []
        for day, side, amount, name, account, serial in MOVEMENTS:
            out, income = (self.money(amount), "") if side == "out" else ("", self.money(amount))
            amounts = [out, income] if self.signed is None else self.signed(side, self.money(amount))
            made.append([self.cell(one) for one in (self.day(day), *amounts, name, account, serial)])
        return [*self.before, self.head, made[0], *self.middle, *made[1:], *self.after]

    def data(self) -> bytes:
        """As it is sent."""
        lines = []
        for row in self.rows():
            quoted = [
                f'"{one}"' if self.quote and ("," in one or "\t" in one) and '"' not in one else one for one in row
            ]
            lines.append(self.separator.join(quoted))
        return ("\r\n".join(lines) + "\r\n").encode(self.encoding)


SIGNED = ["交易时间", "交易金额", "对方户名", "对方账号", "交易流水号"]
SIDED = ["记账日期", "收支方向", "发生额(元)", "对方户名", "对方账号", "流水号"]
FOOT = [["合计", "8.00", "1,250.50"], [], ["打印时间：2025-04-01 09:00:00"], ["*** 以下为空白 ***"]]


def sided(word_in: str, word_out: str) -> Callable[[str, str], list[str]]:
    return lambda side, amount: [word_in if side == "in" else word_out, amount]


def one_column(form: str) -> Callable[[str, str], list[str]]:
    return lambda side, amount: [amount if side == "in" else form % amount]


QUIRKS: dict[str, Export] = {
    "plain": Export(),
    "gbk": Export(encoding="gb18030"),
    "a byte order mark": Export(encoding="utf-8-sig"),
    "unicode text of a spreadsheet": Export(encoding="utf-16", separator="\t", quote=False),
    "tabs": Export(separator="\t", quote=False, encoding="gb18030"),
    "semicolons": Export(separator=";", quote=False),
    "bars": Export(separator="|", quote=False),
    "a tab after each cell": Export(cell=lambda cell: f"{cell}\t"),
    "a tab before each cell, gbk": Export(cell=lambda cell: f"\t{cell}", encoding="gb18030"),
    "formulas that keep digits": Export(cell=lambda cell: f'="{cell}"' if cell.isdigit() or cell[:1] == "A" else cell),
    "apostrophes": Export(cell=lambda cell: f"'{cell}" if cell else cell),
    "backticks": Export(cell=lambda cell: f"`{cell}"),
    "spaces around": Export(cell=lambda cell: f"  {cell} 　"),
    "full-width figures": Export(money=lambda amount: grouped(amount).translate(str.maketrans("0123456789,.",
    "０１２３４５６７８９，．"))),
    "a sign of yuan": Export(money=lambda amount: f"¥{grouped(amount)}"),
    "RMB before amounts": Export(money=lambda amount: f"RMB {grouped(amount)}"),
    "without separators of thousands": Export(money=lambda amount: amount),
    "zeros in the other column": Export(money=grouped, signed=lambda side, amount: ["0.00", amount] if side == "in" else
    [amount, "0.00"]),
    "dashes in the other column": Export(signed=lambda side, amount: ["--", amount] if side == "in" else [amount, "--"]),
    "days without dashes": Export(day=lambda day: day.replace("-", "")),
    "days with slashes, and a time": Export(day=lambda day: day.replace("-", "/") + " 10:11:12"),
    "days in Chinese": Export(day=lambda day: "{}年{}月{}日".format(*day.split("-"))),
    "days with a time of a machine": Export(day=lambda day: day + " 10:11:12.000"),
    "one column with a sign": Export(head=SIGNED, signed=one_column("-%s")),
    "one column, plus and minus": Export(head=SIGNED, signed=lambda side, amount: [("+" if side == "in" else "-") + amount]),
    "one column, the sign behind": Export(head=SIGNED, signed=one_column("%s-")),
    "one column, in brackets": Export(head=SIGNED, signed=one_column("(%s)")),
    "a side in words": Export(head=SIDED, signed=sided("贷", "借")),
    "a side as in and out": Export(head=SIDED, signed=sided("转入", "转出")),
    "a side as letters": Export(head=SIDED, signed=sided("C", "D")),
    "a side as a sign": Export(head=SIDED, signed=sided("+", "-")),
    "titles, empty lines and a table of the account": Export(
        before=[["海市银行对公账户明细查询"], [], ["户名", "海市职工互助保障专户"], ["账号", ACCOUNT, "币种", "人民币"], []]
    ),
    "totals and notes at the foot": Export(after=FOOT),
    "totals by side": Export(after=[["贷方合计", "", "1,250.50"], ["借方合计", "8.00", ""], ["总笔数：3"]]),
    "subtotals of pages, and the header again": Export(
        middle=[["本页小计", "0.00", "1,200.00"], ["交易日期", "借方发生额", "贷方发生额", "对方户名", "对方账号", "流水号"]]
    ),
    "a balance carried over": Export(middle=[["2025-03-01", "", "", "承前余额", "", ""]]),
    "units in the header": Export(head=["交易日期", "借方发生额(元)", "贷方发生额（元）", "对方户名", "对方账号", "流 水 号"]),
    "a currency": Export(
        head=["交易日期", "币种", "借方发生额", "贷方发生额", "对方户名", "对方账号", "流水号"],
        signed=lambda side, amount: ["人民币", "", amount] if side == "in" else ["人民币", amount, ""],
    ),
}  # fmt: skip


@pytest.mark.parametrize("export", QUIRKS.values(), ids=QUIRKS.keys())
def test_what_banks_really_write_is_read(export: Export) -> None:
    reading = read_statement(data=export.data(), account=ACCOUNT)
    found = [(one.booked_on, one.amount, one.payer_name, one.payer_account, one.serial) for one in reading.credits]
    assert found == READ
    assert reading.debits == 1


def test_what_cannot_be_believed_is_a_fault() -> None:
    figures = Export(cell=lambda cell: "1.00E+17" if cell.endswith("1") and cell.startswith("A") else cell)
    assert faults(figures.data()) == [(4, "1.00E+17")]
    dollars = Export(
        head=["交易日期", "币种", "借方发生额", "贷方发生额", "对方户名", "对方账号", "流水号"],
        signed=lambda side, amount: ["美元", "", amount] if side == "in" else ["", amount, ""],
    )
    assert faults(dollars.data()) == [(4, "美元"), (6, "美元")]
    assert faults(Export(after=[["合计", "", "1,250.51"]]).data()) == [(7, "1,250.51")]
    assert faults(Export(before=[["账号：62229999888877"]]).data()) == [(0, "…8877")]


STRANGE = Export(head=["日子", "去", "来", "哪个付的", "他的号", "编码"])
MEANT = {"日子": "date", "去": "debit", "来": "credit", "哪个付的": "name", "他的号": "account", "编码": "serial"}


def test_a_header_that_nobody_knows_is_asked_about_once(world: World) -> None:
    file = world.file(STRANGE.data())
    with pytest.raises(ColumnsUnknown) as asked:
        preview(fund=world.fund, data=STRANGE.data())
    unknown = asked.value.unknown
    assert (unknown.line, unknown.headers) == (3, tuple(STRANGE.head))
    assert unknown.samples[2] == ("1,200.00", "50.50")
    kept: dict[str, Any] = {"fund": world.fund, "file": file, "by": world.by, "at": AT}
    for wrong in (
        {},
        {**MEANT, "编码": ""},
        {**MEANT, "去": "credit"},
        {**MEANT, "去": "nonsense"},
        {**MEANT, "来": "", "去": "side"},
    ):
        with pytest.raises(ColumnsWrong):
            keep_layout(columns=wrong, **kept)
    assert not StatementLayout.objects.exists()
    keep_layout(columns={**MEANT, "不在文件里": "text"}, **kept)
    import_statement(fund=world.fund, file=file, by=world.by, at=AT)
    assert StatementLine.objects.count() == 2
    # The next file of this bank is read by what is known, the columns in whatever order; that of another account is asked about.
    later = Export(head=STRANGE.head, encoding="gb18030", after=FOOT).data()
    assert preview(fund=world.fund, data=later).fresh == ()
    with pytest.raises(ColumnsUnknown):
        read_statement(data=later, account=ACCOUNT)
    keep_layout(columns={**MEANT, "哪个付的": "text"}, **kept)  # said otherwise, it is remembered so
    assert StatementLayout.objects.get().columns["哪个付的"] == "text"


def test_what_is_no_table_is_refused_and_not_asked_about() -> None:
    for text in ("流水\n1\n", "甲,乙,丙\n丁,戊,己\n", "", "1,2,3\n2025-01-01,2,3\n"):
        with pytest.raises(StatementRefused) as refused:
            read_statement(data=text.encode(), account=ACCOUNT)
        assert not isinstance(refused.value, ColumnsUnknown)


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
def test_versions_of_camt_053_are_read_by_their_structure(version: str) -> None:
    shape = "02" if int(version) < 8 else "08"
    reading = read_statement(data=camt(entry(version=shape), version=version), account=ACCOUNT)
    assert [(one.serial, one.amount, one.payer_name) for one in reading.credits] == [("A1", Decimal("50.00"), "甲公司")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            camt(entry()).replace(b"camt.053", b"camt.052").replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt"),
            "当日账户报告",
        ),
        (
            camt(entry()).replace(b"camt.053", b"camt.054").replace(b"BkToCstmrStmt", b"BkToCstmrDbtCdtNtfctn"),
            "入账通知",
        ),
        (camt(entry(), version="14"), "001.02 至 001.13"),
        (camt(entry()).replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt"), "对账单"),
        (camt(entry()).replace(b"camt.053.001.02", b"pain.001.001.03"), "对账单"),
    ],
)
def test_other_messages_are_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(StatementRefused) as refused:
        read_statement(data=data, account=ACCOUNT)
    assert said in refused.value.zh
