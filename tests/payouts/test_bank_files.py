"""The file that a bank gets, against the rules of docs/channels/bank-files.md; and what is no file of a bank's."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mutualaid.payouts import gateway
from mutualaid.payouts.bank.folder import FolderBank
from mutualaid.payouts.bank.news import FAULTS, NewsRefused
from mutualaid.payouts.bank.reading import CAMT_054, PAIN_002, read_news
from mutualaid.payouts.bank.reasons import REASONS, reason_of
from mutualaid.payouts.bank.sealing import holds, seal
from mutualaid.payouts.bank.writing import PAIN_001, PaymentFile, Transfer, payment_file, question_file
from mutualaid.payouts.simulator.forms import read_question, read_request
from mutualaid.payouts.simulator.keys import THEIRS, set_up

AT = datetime.datetime(2026, 11, 22, 1, 30, tzinfo=datetime.UTC)
PAGE = (Path(__file__).parents[2] / "docs" / "channels" / "bank-files.md").read_text(encoding="utf-8")


def transfer(number: int, amount: str, *, own: bool = True, code: str = "") -> Transfer:
    """One to somebody whose name needs escaping."""
    bank = "海市银行海城支行" if own else "邻市银行"
    payee = "阿<&>依·乌拉木"
    return Transfer(f"F{number:08}", "L00000007", Decimal(amount), payee, "6217000012340000", bank, code, own)


def told(*transfers: Transfer) -> PaymentFile:
    """A batch of these."""
    on = datetime.date(2026, 11, 22)
    return PaymentFile("Z00000017", AT, on, "海市职工互助保障专户", "62220001", "海市银行", transfers)


def test_the_file_keeps_the_rules() -> None:
    rows = (transfer(1, "880.50"), transfer(2, "0.01", own=False, code="102100099996"), transfer(3, "99999999.99"))
    data = payment_file(told=told(*rows))
    assert data == payment_file(told=told(*rows))
    root = ET.fromstring(data)  # noqa: S314 - our own
    at = {"p": PAIN_001}

    def text(element: ET.Element, path: str) -> str:
        return element.findtext("/".join(f"p:{name}" for name in path.split("/")), "", at)

    head = root.find("p:CstmrCdtTrfInitn/p:GrpHdr", at)
    assert head is not None
    assert (text(head, "MsgId"), text(head, "NbOfTxs"), text(head, "CtrlSum")) == ("Z00000017", "3", "100000880.50")
    assert text(head, "CreDtTm") == "2026-11-22T01:30:00Z"
    groups = root.findall("p:CstmrCdtTrfInitn/p:PmtInf", at)
    assert [(text(one, "PmtInfId"), text(one, "NbOfTxs"), text(one, "CtrlSum")) for one in groups] == [
        ("Z00000017-A", "2", "100000880.49"),
        ("Z00000017-B", "1", "0.01"),
    ]
    order = ["PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "ReqdExctnDt", "Dbtr", "DbtrAcct", "DbtrAgt", "CdtTrfTxInf"]
    for group in groups:
        names = list(dict.fromkeys(child.tag.partition("}")[2] for child in group))
        assert names == order
    numbers = [text(row, "PmtId/EndToEndId") for group in groups for row in group.findall("p:CdtTrfTxInf", at)]
    assert numbers == ["F00000001", "F00000003", "F00000002"]
    assert all(re.fullmatch(r"F[0-9]{8,}", number) and len(number) <= 35 for number in numbers)
    (row,) = groups[1].findall("p:CdtTrfTxInf", at)
    amount = row.find("p:Amt/p:InstdAmt", at)
    assert amount is not None
    assert (amount.text, amount.get("Ccy")) == ("0.01", "CNY")
    assert text(row, "CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") == "102100099996"
    assert (text(row, "Cdtr/Nm"), text(row, "RmtInf/Ustrd")) == ("阿<&>依·乌拉木", "互助金 L00000007")


def test_the_bank_reads_what_we_write() -> None:
    request = read_request(payment_file(told=told(transfer(1, "880.50"), transfer(2, "7.00", own=False))).decode())
    assert (request.number, request.count, request.fen, request.payer_account) == ("Z00000017", 2, 88750, "62220001")
    assert [(row.number, row.group, row.fen, row.account) for row in request.payments] == [
        ("F00000001", "Z00000017-A", 88050, "6217000012340000"),
        ("F00000002", "Z00000017-B", 700, "6217000012340000"),
    ]
    assert read_question(question_file(number="Z00000017", at=AT).decode()) == "Z00000017"


def report(inner: str, *, namespace: str = PAIN_002, name: str = "CstmrPmtStsRpt") -> bytes:
    """A file with something inside."""
    return f'<?xml version="1.0"?><Document xmlns="{namespace}"><{name}>{inner}</{name}></Document>'.encode()


ABOUT = "<OrgnlGrpInfAndSts><OrgnlMsgId>K1</OrgnlMsgId><GrpSts>{0}</GrpSts></OrgnlGrpInfAndSts>"
ROW = (
    "<OrgnlPmtInfAndSts><NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>{status}</DtldSts><DtldCtrlSum>{amount}"
    "</DtldCtrlSum></NbOfTxsPerSts><TxInfAndSts><OrgnlEndToEndId>{number}</OrgnlEndToEndId><TxSts>{status}</TxSts>{more}"
    '<OrgnlTxRef><Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>'
)
GOOD = {"status": "ACSC", "amount": "1.00", "number": "F1", "currency": "CNY"}
PAID = "<AccptncDtTm>2026-11-22T01:00:00Z</AccptncDtTm>"


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "unreadable"),
        (b"<a", "unreadable"),
        (b'<!DOCTYPE d [<!ENTITY e "x">]><Document/>', "unreadable"),
        (b"<a>" * 100, "unreadable"),
        (report("", namespace="urn:other"), "unreadable"),
        (report("", name="Other"), "incomplete"),
        (report(""), "incomplete"),
        (report(ABOUT.format("ACSC")), "incomplete"),
        (report(ABOUT.format("")), "incomplete"),
        (report(ABOUT.format("PART") + ROW.format(**{**GOOD, "number": ""}, more=PAID)), "incomplete"),
        (report(ABOUT.format("PART") + ROW.format(**GOOD, more="")), "incomplete"),
        (report(ABOUT.format("PART") + ROW.format(**{**GOOD, "status": "XXXX"}, more=PAID)), "incomplete"),
        (report(ABOUT.format("PART") + ROW.format(**{**GOOD, "status": "RJCT"}, more="")), "incomplete"),
        (report(ABOUT.format("PART") + ROW.format(**{**GOOD, "currency": "USD"}, more=PAID)), "incomplete"),
        *(
            (report(ABOUT.format("PART") + ROW.format(**{**GOOD, "amount": amount}, more=PAID)), "incomplete")
            for amount in ("", "x", "-1.00", "0", "1.001", "NaN", "1e30", "9999999999999")
        ),
        (report("<Ntfctn/>", namespace=CAMT_054, name="BkToCstmrDbtCdtNtfctn"), "incomplete"),
    ],
)
def test_what_is_no_file_of_a_bank(data: bytes, fault: str) -> None:
    with pytest.raises(NewsRefused) as refusal:
        read_news(data=data)
    assert refusal.value.fault == fault


def test_a_row_is_read() -> None:
    news = read_news(data=report(ABOUT.format("PART") + ROW.format(**GOOD, more=PAID)))
    (row,) = news.outcomes
    assert (row.number, row.told, str(row.amount), row.on) == ("F1", "paid", "1.00", datetime.date(2026, 11, 22))
    twice = ROW.format(**GOOD, more=PAID).replace("<DtldNbOfTxs>1", "<DtldNbOfTxs>2")
    with pytest.raises(NewsRefused, match="its count or sum"):
        read_news(data=report(ABOUT.format("PART") + twice))


def test_a_seal_holds_for_its_name_and_bytes_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(tmp_path, "4505", "海市银行")
    monkeypatch.setenv(gateway.NAME, f"sea={tmp_path / THEIRS}")
    bank = gateway.bank_for("sea")
    assert isinstance(bank, FolderBank)
    sealed = seal(key=bank.private_key, name="a.xml", data=b"x")
    ours = bank.private_key.public_key()
    assert holds(key=ours, name="a.xml", data=b"x", seal=sealed)
    for name, data, told_seal in (("b.xml", b"x", sealed), ("a.xml", b"y", sealed), ("a.xml", b"x", b"?")):
        assert not holds(key=ours, name=name, data=data, seal=told_seal)
    assert not holds(key=bank.bank_key, name="a.xml", data=b"x", seal=sealed)
    assert gateway.bank_of_fund("4505") == "sea"
    assert gateway.bank_of_fund("4501") == ""
    assert (tmp_path / THEIRS).stat().st_mode & 0o077 == 0


def test_what_the_product_is_told_of_banks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(gateway.NAME, raising=False)
    assert gateway.bank_names() == []
    with pytest.raises(gateway.UnknownBank):
        gateway.bank_for("sea")
    path = tmp_path / "bank.json"
    monkeypatch.setenv(gateway.NAME, f"sea={path}")
    for wrong in ("", "{}", '{"zh": 1}'):
        path.write_text(wrong)
        with pytest.raises(gateway.BankFault, match=r"bank-files\.md"):
            gateway.bank_for("sea")


def test_a_folder_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(tmp_path, "4505", "海市银行")
    monkeypatch.setenv(gateway.NAME, f"sea={tmp_path / THEIRS}")
    (tmp_path / "exchange").write_text("a file where the folder should be")
    bank = gateway.bank_for("sea")
    with pytest.raises(gateway.Unreachable):
        bank.put(name="a.xml", data=b"x")
    with pytest.raises(gateway.Unreachable):
        list(bank.arrived())


def test_the_page_names_what_we_know() -> None:
    for word in (*REASONS, *FAULTS, gateway.NAME, PAIN_001, PAIN_002, CAMT_054):
        assert f"`{word}" in PAGE, word
    assert reason_of("ZZ99") == REASONS["MS03"]
    assert reason_of("") is None
