"""Files for the bank: pain.001.001.09 by our own profile (docs/channels/bank-files.md), the question after a batch, and the
workbook for paying by hand. The same facts give the same bytes."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET  # nosec B405  # writes only

import xlsxwriter

PAIN_001 = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
PACS_028 = "urn:iso:std:iso:20022:tech:xsd:pacs.028.001.03"
CURRENCY = "CNY"


@dataclass(frozen=True)
class Transfer:
    """One order as the bank gets it. ``own_bank``: the payee has their account at the payer's bank."""

    number: str
    reference: str
    amount: Decimal
    payee_name: str
    account_number: str
    bank_name: str
    bank_code: str
    own_bank: bool


@dataclass(frozen=True)
class PaymentFile:
    """A batch as the bank gets it."""

    number: str
    released_at: datetime.datetime
    on: datetime.date
    payer_name: str
    payer_account: str
    payer_bank: str
    transfers: tuple[Transfer, ...]


def payment_file(*, told: PaymentFile) -> bytes:
    """A pain.001: one group of payments for the own bank, one for others, each with its count and sum."""
    root = ET.Element("Document", xmlns=PAIN_001)
    body = ET.SubElement(root, "CstmrCdtTrfInitn")
    head = ET.SubElement(body, "GrpHdr")
    _add(head, "MsgId", told.number)
    _add(head, "CreDtTm", _moment(told.released_at))
    _sums(head, told.transfers)
    _add(head, "InitgPty/Nm", told.payer_name)
    for ending, own_bank in (("A", True), ("B", False)):
        among = [transfer for transfer in told.transfers if transfer.own_bank is own_bank]
        if among:
            _group(ET.SubElement(body, "PmtInf"), told, f"{told.number}-{ending}", among)
    return _written(root)


def question_file(*, number: str, at: datetime.datetime) -> bytes:
    """A pacs.028: what became of a batch?"""
    root = ET.Element("Document", xmlns=PACS_028)
    body = ET.SubElement(root, "FIToFIPmtStsReq")
    _add(body, "GrpHdr/MsgId", question_number(number=number, at=at))
    _add(body.find("GrpHdr"), "CreDtTm", _moment(at))
    about = ET.SubElement(body, "OrgnlGrpInf")
    _add(about, "OrgnlMsgId", number)
    _add(about, "OrgnlMsgNmId", "pain.001.001.09")
    return _written(root)


def question_number(*, number: str, at: datetime.datetime) -> str:
    """``Z00000017-Q20261122T013000``."""
    return f"{number}-Q{at.astimezone(datetime.UTC):%Y%m%dT%H%M%S}"


HEADINGS = ("序号", "支付单号", "收款户名", "收款账号", "开户银行", "联行号", "金额", "附言", "结果", "日期", "原因")
"""Of the workbook for paying by hand; the last three are filled in afterwards."""
RESULTS = {"成功": "paid", "失败": "rejected", "退回": "returned"}


def payment_workbook(*, told: PaymentFile) -> bytes:
    """The batch as a workbook: all cells are text, so that no long number is shortened. After the e-bank has paid, the last three
    columns are filled in and the same file is brought back."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": told.number, "created": told.released_at.replace(tzinfo=None)})
    bold, text = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(told.number)
    sheet.set_column(0, 0, 6)
    sheet.set_column(1, len(HEADINGS) - 1, 18, text)
    sheet.freeze_panes(1, 2)
    for column, heading in enumerate(HEADINGS):
        sheet.write_string(0, column, heading, bold)
    for line, transfer in enumerate(told.transfers, start=1):
        cells = (
            *(str(line), transfer.number, transfer.payee_name, transfer.account_number, transfer.bank_name),
            *(transfer.bank_code, f"{transfer.amount:.2f}", remittance(transfer), "", "", ""),
        )
        for column, cell in enumerate(cells):
            sheet.write_string(line, column, cell, text)
    last = len(told.transfers)
    sheet.data_validation(1, 8, last, 8, {"validate": "list", "source": list(RESULTS)})
    book.close()
    return made.getvalue()


def remittance(transfer: Transfer) -> str:
    """What the payee reads on the statement: nothing of health."""
    return f"互助金 {transfer.reference}"


def _group(made: ET.Element, told: PaymentFile, number: str, among: Sequence[Transfer]) -> None:
    _add(made, "PmtInfId", number)
    _add(made, "PmtMtd", "TRF")
    _sums(made, among)
    _add(made, "ReqdExctnDt/Dt", told.on.isoformat())
    _add(made, "Dbtr/Nm", told.payer_name)
    _add(made, "DbtrAcct/Id/Othr/Id", told.payer_account)
    _add(made, "DbtrAgt/FinInstnId/Nm", told.payer_bank)
    for transfer in among:
        one = ET.SubElement(made, "CdtTrfTxInf")
        _add(one, "PmtId/EndToEndId", transfer.number)
        amount = _add(one, "Amt/InstdAmt", f"{transfer.amount:.2f}")
        amount.set("Ccy", CURRENCY)
        agent = ET.SubElement(ET.SubElement(one, "CdtrAgt"), "FinInstnId")
        if transfer.bank_code:
            member = ET.SubElement(agent, "ClrSysMmbId")
            _add(member, "ClrSysId/Prtry", "CNAPS")
            _add(member, "MmbId", transfer.bank_code)
        _add(agent, "Nm", transfer.bank_name)
        _add(one, "Cdtr/Nm", transfer.payee_name)
        _add(one, "CdtrAcct/Id/Othr/Id", transfer.account_number)
        _add(one, "RmtInf/Ustrd", remittance(transfer))


def _sums(made: ET.Element, among: Sequence[Transfer]) -> None:
    _add(made, "NbOfTxs", str(len(among)))
    _add(made, "CtrlSum", f"{sum((transfer.amount for transfer in among), Decimal(0)):.2f}")


def _add(made: ET.Element | None, path: str, text: str) -> ET.Element:
    assert made is not None
    for name in path.split("/"):
        made = ET.SubElement(made, name)
    made.text = text
    return made


def _moment(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _written(root: ET.Element) -> bytes:
    ET.indent(root, space=" ")
    written: bytes = ET.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"
