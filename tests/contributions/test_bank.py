"""Paying by bank transfer: files are read, lines matched, held, set aside; nothing is matched by itself."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from mutualaid.contributions.actions.bank import (
    NoBill,
    hold_line,
    import_statement,
    match_line,
    set_line_aside,
    take_line_back,
)
from mutualaid.contributions.actions.settling import OtherFund, WrongSum, match_payment
from mutualaid.contributions.bank.reading import Movement, StatementRefused, read_statement
from mutualaid.contributions.locking import AlreadyUsed
from mutualaid.contributions.matching import suggestions
from mutualaid.contributions.models import Fund, Payment, StatementLine
from mutualaid.contributions.queries import payments_waiting
from mutualaid.contributions.refusals import NoReason
from mutualaid.contributions.words import bill_numbers, payer_key
from mutualaid.core.moves import IllegalMove
from tests.contributions.scene import ACCOUNT, World
from tests.people.cast import AT

HEAD = "交易日期,借方发生额,贷方发生额,余额,对方户名,对方账号,摘要,附言,流水号\n"
ROWS = (
    "2025-03-01,,50.00,50.00,第1厂工会,6222 0001,转账,B00000001,A1\n"
    '20250302,,"1,200.00","1,250.00",甲公司,62220002,转账,,A2\n'
    "2025/3/3,8.00,,1242.00,银行,,手续费,,A3\n"
)
CSV = f'账号：{ACCOUNT},,\n单位：海市,,\n{HEAD}{ROWS}合计,8.00,"1,250.00",,,,,,\n'


def camt(
    entries: str, *, version: str = "02", account: str = ACCOUNT, summary: str = "", balances: str = "", head: str = ""
) -> bytes:
    """A statement as a bank writes it."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{balances}{summary}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def entry(
    amount: str = "50.00", side: str = "CRDT", serial: str = "A1", *, version: str = "02", extra: str = ""
) -> str:
    """One movement."""
    party = "<Nm>甲公司</Nm>" if version == "02" else "<Pty><Nm>甲公司</Nm></Pty>"
    status = "BOOK" if version == "02" else "<Cd>BOOK</Cd>"
    return (
        f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{extra}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>2025-03-01</Dt></BookgDt><AcctSvcrRef>{serial}</AcctSvcrRef><NtryDtls><TxDtls><RltdPties>"
        f"<Dbtr>{party}</Dbtr><DbtrAcct><Id><Othr><Id>6222</Id></Othr></Id></DbtrAcct></RltdPties>"
        "<RmtInf><Ustrd>B00000001</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def faults(data: bytes) -> list[tuple[int, str]]:
    """Line and what was found, of each fault of a file."""
    with pytest.raises(StatementRefused) as refused:
        read_statement(data=data, account=ACCOUNT)
    assert refused.value.zh
    assert refused.value.en
    return [(fault.line, fault.found) for fault in refused.value.faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("tabs", [False, True])
def test_a_csv_is_read_as_banks_write_it(encoding: str, tabs: bool) -> None:
    text = CSV.replace('"1,200.00"', "1200.00").replace('"1,250.00"', "1250.00")
    data = (text.replace(",", "\t") if tabs else CSV).encode(encoding)
    reading = read_statement(data=data, account=ACCOUNT)
    assert reading.debits == 1
    assert reading.credits[0] == Movement(
        4, "A1", datetime.date(2025, 3, 1), Decimal("50.00"), "第1厂工会", "62220001", "B00000001 转账"
    )
    assert [movement.amount for movement in reading.credits] == [Decimal("50.00"), Decimal("1200.00")]


def test_a_csv_with_one_column_of_amounts_and_a_side() -> None:
    data = "入账日期,交易金额(元),借贷标志,对方户名,流水号\n2025-03-01,50,贷,甲,1\n2025-03-01,9,借,乙,2\n2025-03-01,-9,,乙,3\n"
    reading = read_statement(data=data.encode(), account=ACCOUNT)
    assert [movement.serial for movement in reading.credits] == ["1"]
    assert reading.debits == 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("流水\n1\n", [(1, "流水")]),
        (f"{HEAD}2025-02-30,,5,,甲,,,,A1\n", [(2, "2025-02-30")]),
        (f"{HEAD}2025-02-01,,五,,甲,,,,A1\n", [(2, "五")]),
        (f"{HEAD}2025-02-01,,-5,,甲,,,,A1\n", [(2, "-5")]),
        (f"{HEAD}2025-02-01,,5,,甲,,,,\n", [(2, "")]),
        (f"{HEAD}2025-02-01,,,,甲,,,,A1\n", [(2, "")]),
        (f"{HEAD}2025-02-01,,5,,甲,,,,A1\n2025-02-01,,6,,甲,,,,A1\n", [(3, "A1")]),
        (f"{HEAD}2025-02-01,,5,,甲,,,,A1\n合计,,6,,,,,,\n", [(3, "6")]),
        (f"账号:62220000999999\n{HEAD}2025-02-01,,5,,甲,,,,A1\n", [(0, "…9999")]),
        (HEAD, [(0, "0")]),
        ("交易日期,交易金额,借贷标志,流水号\n2025-02-01,5,左,1\n2025-02-01,0,贷,2\n", [(2, "左"), (3, "0")]),
    ],
)
def test_each_fault_of_a_csv_is_told(text: str, found: list[tuple[int, str]]) -> None:
    assert faults(text.encode()) == found


def test_what_is_no_text_or_too_long_is_refused() -> None:
    assert faults(b"\xff\xff\x00\xff") == [(0, "其他编码")]
    assert faults(b" " * 20_000_001)[0][0] == 0


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_camt_is_read(version: str) -> None:
    out = entry("8.00", "DBIT", "A2", version=version)
    summary = "<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>50.00</Sum></TtlCdtNtries></TxsSummry>"
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
        for code, amount in (("OPBD", "10.00"), ("CLBD", "52.00"))
    )
    reading = read_statement(
        data=camt(entry(version=version) + out, version=version, summary=summary, balances=balances), account=ACCOUNT
    )
    assert reading.debits == 1
    assert reading.credits == (
        Movement(1, "A1", datetime.date(2025, 3, 1), Decimal("50.00"), "甲公司", "6222", "B00000001"),
    )


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (camt(entry(), head='<!DOCTYPE d [<!ENTITY a "b">]>'), 1),
        (camt(entry(), head='<!DOCTYPE d SYSTEM "file:///etc/hostname">'), 1),
        (camt(entry())[:-9], 1),
        (camt(entry(), version="01"), 1),
        (b"<a/>", 1),
        (b"<a>" * 50, 1),
        (camt(entry(), account="62229999"), 0),
        (camt(entry("0.00")), 1),
        (camt(entry("5.005")), 1),
        (camt(entry().replace("CNY", "USD")), 1),
        (camt(entry(side="X")), 1),
        (camt(entry(serial="")), 1),
        (camt(entry().replace("2025-03-01", "2025-13-01")), 1),
        (camt(entry() + entry()), 2),
        (camt(entry(extra="<RvslInd>true</RvslInd>")), 1),
        (camt(entry(), summary="<TxsSummry><TtlCdtNtries><Sum>51.00</Sum></TtlCdtNtries></TxsSummry>"), 0),
        (camt(entry(), summary="<TxsSummry><TtlCdtNtries><NbOfNtries>2</NbOfNtries></TtlCdtNtries></TxsSummry>"), 0),
        (
            camt(
                entry(),
                balances="".join(
                    f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt>9.00</Amt>"
                    "<CdtDbtInd>CRDT</CdtDbtInd></Bal>"
                    for code in ("OPBD", "CLBD")
                ),
            ),
            0,
        ),
    ],
)
def test_each_fault_of_a_camt_is_told(data: bytes, line: int) -> None:
    assert faults(data)[0][0] == line


@pytest.mark.parametrize("amount", ["1E+30", "1000000000000.00", "1E-30", "sNaN"])
def test_an_amount_that_no_column_holds_is_a_fault(amount: str) -> None:
    assert faults(camt(entry(amount=amount)))


def test_entries_that_are_only_expected_are_no_money() -> None:
    pending = entry(serial="A2").replace("BOOK", "PDNG")
    assert len(read_statement(data=camt(entry() + pending), account=ACCOUNT).credits) == 1


def test_a_file_is_imported_once_whatever_overlaps(world: World) -> None:
    first = import_statement(fund=world.fund, file=world.file(CSV.encode()), by=world.by, at=AT)
    again = import_statement(fund=world.fund, file=world.file(CSV.encode("gb18030")), by=world.by, at=AT)
    more = f"{HEAD}{ROWS}2025-03-04,,7.00,,丙,,,,A4\n"
    later = import_statement(fund=world.fund, file=world.file(more.encode()), by=world.by, at=AT)
    assert [(row.lines_read, row.lines_new) for row in (first, again, later)] == [(2, 2), (2, 0), (3, 1)]
    assert StatementLine.objects.count() == 3
    assert {line.state for line in StatementLine.objects.all()} == {"unmatched"}
    assert not Payment.objects.exists()


def test_a_known_serial_with_other_figures_refuses_the_file(world: World) -> None:
    import_statement(fund=world.fund, file=world.file(CSV.encode()), by=world.by, at=AT)
    other = f"{HEAD}2025-03-01,,51.00,,甲,,,,A1\n2025-03-09,,3.00,,甲,,,,A9\n"
    with pytest.raises(StatementRefused) as refused:
        import_statement(fund=world.fund, file=world.file(other.encode()), by=world.by, at=AT)
    assert [fault.line for fault in refused.value.faults] == [2]
    assert StatementLine.objects.count() == 2


def test_a_line_settles_its_bill(world: World) -> None:
    bill = world.bill()
    payment = match_line(line=world.line(50), bills=[bill], by=world.by, at=AT)
    bill.refresh_from_db()
    assert bill.state == "paid"
    assert [row.amount for row in payment.settlements.all()] == [Decimal("50.00")]
    assert {cover.state for cover in bill.enrolment.covers.all()} == {"begun"}
    assert world.held() == 50
    assert world.waiting == 0
    assert len(bill.receipt.check_code) == 16
    assert world.notices == ["enrolment_accepted", "bill_issued", "bill_paid"]
    with pytest.raises(IllegalMove):
        match_line(line=world.line(50), bills=[bill], by=world.by, at=AT)
    assert world.held() == 50


def test_a_line_settles_several_bills_that_make_it_up(world: World) -> None:
    bills = [world.bill(), world.bill(world.cast.yard)]
    line = world.line(100)
    with pytest.raises(NoBill):
        match_line(line=line, bills=[], by=world.by, at=AT)
    with pytest.raises(WrongSum):
        match_line(line=line, bills=bills[:1], by=world.by, at=AT)
    match_line(line=line, bills=bills, by=world.by, at=AT)
    with pytest.raises(IllegalMove):
        match_line(line=line, bills=bills, by=world.by, at=AT)
    assert world.held() == 100


def test_another_amount_waits_as_a_whole_and_is_matched_later(world: World) -> None:
    bill = world.bill()
    line = world.line(60)
    with pytest.raises(NoReason):
        hold_line(line=line, reason="", by=world.by, at=AT)
    held = hold_line(line=line, reason="多缴", by=world.by, at=AT)
    assert world.held() == 60
    assert world.waiting == 60
    with pytest.raises(WrongSum):
        match_payment(payment=held, bills=[bill], by=world.by, at=AT)
    fitting = hold_line(line=world.line(50), reason="待查", by=world.by, at=AT)
    assert payments_waiting(among=Payment.objects.all()).count() == 2
    match_payment(payment=fitting, bills=[bill], by=world.by, at=AT)
    with pytest.raises(AlreadyUsed):
        match_payment(payment=fitting, bills=[bill], by=world.by, at=AT)
    assert world.held() == 110
    assert world.waiting == 60
    assert payments_waiting(among=Payment.objects.all()).get() == held


def test_a_bill_of_another_fund_is_refused(world: World) -> None:
    bill = world.bill()
    other = Fund.objects.exclude(pk=bill.fund_id).first()
    assert other is None
    from mutualaid.contributions.actions.bills import open_fund

    world.fund = open_fund(
        unit=world.cast.province, account_name="省", account_number="62", bank_name="银行", by=world.by, at=AT
    )
    with pytest.raises(OtherFund):
        match_line(line=world.line(50), bills=[bill], by=world.by, at=AT)


def test_a_line_is_set_aside_and_taken_back(world: World) -> None:
    line = world.line(50)
    with pytest.raises(NoReason):
        set_line_aside(line=line, reason=" ", by=world.by, at=AT)
    line = set_line_aside(line=line, reason="利息", by=world.by, at=AT)
    assert (line.state, line.remark) == ("set_aside", "利息")
    with pytest.raises(IllegalMove):
        match_line(line=line, bills=[world.bill()], by=world.by, at=AT)
    assert take_line_back(line=line, by=world.by, at=AT).state == "unmatched"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("海市 第一纺织有限责任公司", "海市第一纺织有限公司工会委员会"),
        ("（海市）纺织厂工会", "(海市)纺织厂"),
        ("ABC（海市）有限公司", "ＡＢＣ(海市)有限公司"),
    ],
)
def test_names_of_companies_are_compared_in_one_form(one: str, other: str) -> None:
    assert payer_key(one) == payer_key(other)


def test_numbers_are_found_however_spaced() -> None:
    assert bill_numbers("互助费 b 0000 0012，B00000013") == ["B00000012", "B00000013"]
    assert bill_numbers("缴Ｂ００００００１２ 电话13800000000") == ["B00000012"]
    assert bill_numbers("B0OOO0OI2;BOOOOOO13/B00000012") == ["B00000012", "B00000013"]
    assert bill_numbers("B123456789 第2批") == ["B123456789"]
    assert bill_numbers("BOOK 8 号") == []


def test_suggestions_tell_their_reasons_and_are_ranked(world: World) -> None:
    one, two = world.bill(), world.bill()
    other = world.bill(world.cast.yard)
    found = suggestions(line=world.line(50, text=f"互助费{one.number}", name="第1厂"))
    assert (found[0].bills, found[0].reasons, found[0].clear) == ((one,), ("number", "amount", "name"), True)
    assert [row.bills for row in found[1:]] == [(two,), (other,)]
    assert found[2].reasons == ("amount",)
    group = suggestions(line=world.line(100, name="第1厂工会委员会"))[0]
    assert (group.bills, group.reasons, group.clear) == ((one, two), ("amount", "name"), False)
    assert group.total == 100
    assert suggestions(line=world.line(3)) == []
