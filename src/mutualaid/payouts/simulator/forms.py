"""The bank's side of the files: reading what the payer sends, writing results and returns. Amounts are whole fen."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape  # nosec B406  # writes only

PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
CAMT_054 = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"


class BadForm(Exception):
    """A file of the payer that the bank does not take; the text is the code of the reason."""


@dataclass(frozen=True)
class Wanted:
    """One payment that the payer wants."""

    number: str
    group: str
    fen: int
    bank_name: str
    account: str
    name: str


@dataclass(frozen=True)
class Request:
    """A batch as the bank read it."""

    number: str
    count: int
    fen: int
    payer_account: str
    payments: tuple[Wanted, ...]


def fen_of(text: str) -> int:
    """``880.50`` as 88050. Raises BadForm."""
    found = re.fullmatch(r"([0-9]{1,12})\.([0-9]{2})", text)
    if found is None:
        raise BadForm("AM10")
    return int(found[1]) * 100 + int(found[2])


def yuan_of(fen: int) -> str:
    """88050 as ``880.50``."""
    return f"{fen // 100}.{fen % 100:02}"


def read_request(text: str) -> Request:
    """A pain.001. Counts and sums of the whole and of each group must be those of the rows. Raises BadForm."""
    head = _inside(text, "GrpHdr")
    payments: list[Wanted] = []
    account = ""
    for group in _all(text, "PmtInf"):
        own = group[: group.index("<CdtTrfTxInf>")] if "<CdtTrfTxInf>" in group else group
        account = _inside(_inside(own, "DbtrAcct"), "Id", deepest=True)
        rows = [
            Wanted(
                _inside(row, "EndToEndId"),
                _inside(own, "PmtInfId"),
                fen_of(_inside(row, "InstdAmt")),
                _inside(_inside(row, "CdtrAgt"), "Nm"),
                _inside(_inside(row, "CdtrAcct"), "Id", deepest=True),
                _inside(_inside(row, "Cdtr"), "Nm"),
            )
            for row in _all(group, "CdtTrfTxInf")
        ]
        _expect(own, rows)
        payments.extend(rows)
    _expect(head, payments)
    return Request(_inside(head, "MsgId"), len(payments), sum(row.fen for row in payments), account, tuple(payments))


def read_question(text: str) -> str:
    """The number of the batch that a pacs.028 asks after."""
    return _inside(text, "OrgnlMsgId")


@dataclass(frozen=True)
class Row:
    """What became of one payment."""

    number: str
    group: str
    fen: int
    status: str
    reason: str = ""
    on: str = ""


def status_report(
    message: str, request: Request, rows: Iterable[Row], at: datetime.datetime, *, group: str = "PART", reason: str = ""
) -> str:
    """A pain.002 about a batch: row by row, or, without rows, of the whole."""
    parts = [_about(request.number, str(request.count), yuan_of(request.fen), group, reason)]
    by_group: dict[str, list[Row]] = {}
    for row in rows:
        by_group.setdefault(row.group, []).append(row)
    for name, among in by_group.items():
        sums: dict[str, tuple[int, int]] = {}
        for row in among:
            count, fen = sums.get(row.status, (0, 0))
            sums[row.status] = (count + 1, fen + row.fen)
        parts.append(f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{name}</OrgnlPmtInfId>{_sums(sums)}")
        parts.extend(_row(row) for row in among)
        parts.append("</OrgnlPmtInfAndSts>")
    return _document(PAIN_002, f"<CstmrPmtStsRpt>{_head(message, at)}{''.join(parts)}</CstmrPmtStsRpt>")


def refusal(message: str, number: str, count: str, total: str, reason: str, at: datetime.datetime) -> str:
    """A pain.002 that refuses a file as a whole."""
    about = _about(number, count, total, "RJCT", reason)
    return _document(PAIN_002, f"<CstmrPmtStsRpt>{_head(message, at)}{about}</CstmrPmtStsRpt>")


def return_notice(message: str, account: str, rows: Iterable[Row], at: datetime.datetime) -> str:
    """A camt.054: money that came back to the payer's account."""
    listed = list(rows)
    entries = "".join(
        f'<Ntry><Amt Ccy="CNY">{yuan_of(row.fen)}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{row.on}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{row.number}</EndToEndId></Refs>"
        f"<RtrInf><Rsn><Cd>{row.reason}</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"
        for row in listed
    )
    sums = f"<NbOfNtries>{len(listed)}</NbOfNtries><Sum>{yuan_of(sum(row.fen for row in listed))}</Sum>"
    inner = (
        f"<Ntfctn><Id>{message}</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>"
        f"<TxsSummry><TtlCdtNtries>{sums}</TtlCdtNtries></TxsSummry>{entries}</Ntfctn>"
    )
    return _document(CAMT_054, f"<BkToCstmrDbtCdtNtfctn>{_head(message, at)}{inner}</BkToCstmrDbtCdtNtfctn>")


def _about(number: str, count: str, total: str, group: str, reason: str) -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    sums = f"<OrgnlNbOfTxs>{count}</OrgnlNbOfTxs><OrgnlCtrlSum>{total}</OrgnlCtrlSum>" if count else ""
    return (
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{number}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{sums}"
        f"<GrpSts>{group}</GrpSts>{why}</OrgnlGrpInfAndSts>"
    )


def _sums(sums: Mapping[str, tuple[int, int]]) -> str:
    return "".join(
        f"<NbOfTxsPerSts><DtldNbOfTxs>{count}</DtldNbOfTxs><DtldSts>{status}</DtldSts>"
        f"<DtldCtrlSum>{yuan_of(fen)}</DtldCtrlSum></NbOfTxsPerSts>"
        for status, (count, fen) in sums.items()
    )


def _row(row: Row) -> str:
    why = f"<StsRsnInf><Rsn><Cd>{row.reason}</Cd></Rsn></StsRsnInf>" if row.reason else ""
    when = f"<AccptncDtTm>{row.on}T00:00:00+08:00</AccptncDtTm>" if row.on else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{row.number}</OrgnlEndToEndId><TxSts>{row.status}</TxSts>{why}{when}"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">{yuan_of(row.fen)}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>'
    )


def _head(message: str, at: datetime.datetime) -> str:
    return f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>{at.isoformat(timespec='seconds')}</CreDtTm></GrpHdr>"


def _document(namespace: str, inner: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{escape(namespace)}">{inner}</Document>\n'


def _expect(told: str, rows: list[Wanted]) -> None:
    if _inside(told, "NbOfTxs") != str(len(rows)) or not rows:
        raise BadForm("AM18")
    if fen_of(_inside(told, "CtrlSum")) != sum(row.fen for row in rows):
        raise BadForm("AM10")


def _all(text: str, name: str) -> list[str]:
    return re.findall(rf"<{name}(?: [^>]*)?>(.*?)</{name}>", text, flags=re.DOTALL)


def _inside(text: str, name: str, *, deepest: bool = False) -> str:
    """What stands in the first element of a name; ``deepest``: in the innermost of them."""
    found = re.search(rf"<{name}(?: [^>]*)?>([^<]*)</{name}>", text) if deepest else None
    if deepest and found:
        return found[1].strip()
    whole = _all(text, name)
    if not whole:
        raise BadForm("AM18")
    return whole[0].strip()
