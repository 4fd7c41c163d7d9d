"""Files of the bank: pain.002.001.10 (what became of a batch) and camt.054.001.08 (what came back), by our own profile
(docs/channels/bank-files.md). Counts and sums are checked here; whether they are ours, by the action."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from xml.parsers import expat  # nosec B407  # declarations of types and entities are refused by tree

from mutualaid.contributions.bank.camt import Element, Unsafe, tree
from mutualaid.core.dates import day_of
from mutualaid.payouts.bank.news import News, NewsRefused, Outcome, Told

PAIN_002 = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
CAMT_054 = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
BYTES_MOST = 20_000_000
MOST = Decimal(10) ** 12
"""Yuan: no payment has as much."""
_TOLD: dict[str, Told] = {
    **dict.fromkeys(("RCVD", "ACTC", "ACCP", "ACSP", "ACWC", "PDNG"), "pending"),
    **dict.fromkeys(("ACSC", "ACCC"), "paid"),
    "RJCT": "rejected",
}
_NEVER_RECEIVED = "NOOR"


def read_news(*, data: bytes) -> News:
    """What a file of the bank says. Raises NewsRefused."""
    if len(data) > BYTES_MOST:
        raise NewsRefused("unreadable")
    try:
        root, namespace = tree(data)
    except (expat.ExpatError, Unsafe, ValueError, IndexError):
        raise NewsRefused("unreadable") from None
    if root.name == "Document" and namespace == PAIN_002:
        return _status(_one(root, "CstmrPmtStsRpt"))
    if root.name == "Document" and namespace == CAMT_054:
        return _returned(_one(root, "BkToCstmrDbtCdtNtfctn/Ntfctn"))
    raise NewsRefused("unreadable")


def _status(report: Element) -> News:
    about = _one(report, "OrgnlGrpInfAndSts")
    outcomes: list[Outcome] = []
    for group in report.all("OrgnlPmtInfAndSts"):
        here = [_outcome(row) for row in group.all("TxInfAndSts")]
        _expect_sums(group, group.all("TxInfAndSts"), here)
        outcomes.extend(here)
    group_status = about.get("GrpSts")
    reason = _code(about.get("StsRsnInf/Rsn/Cd"))
    whole: Told | None = None
    if not outcomes:
        whole = _TOLD.get(group_status)
        if whole not in ("pending", "rejected"):
            raise NewsRefused("incomplete")
    return News(
        kind="status",
        outcomes=tuple(outcomes),
        batch=about.get("OrgnlMsgId"),
        count=_count(about.get("OrgnlNbOfTxs")),
        total=_money(about.get("OrgnlCtrlSum")),
        group=whole,
        reason=reason,
        absent=whole == "rejected" and reason == _NEVER_RECEIVED,
    )


def _outcome(row: Element) -> Outcome:
    number, status = row.get("OrgnlEndToEndId"), row.get("TxSts")
    told = _TOLD.get(status)
    if told is None or not number:
        raise NewsRefused("incomplete", number)
    on = _day(row.get("AccptncDtTm"), number) if told == "paid" else None
    reason = _code(row.get("StsRsnInf/Rsn/Cd")) if told == "rejected" else ""
    if told == "rejected" and not reason:
        raise NewsRefused("incomplete", number)
    amount = _amount(row, "OrgnlTxRef/Amt/InstdAmt", number)
    return Outcome(number, told, amount, on, reason, row.get("StsRsnInf/AddtlInf")[:200])


def _expect_sums(group: Element, rows: Iterable[Element], outcomes: list[Outcome]) -> None:
    """For each status that occurs, the bank's own count and sum; none that does not occur."""
    statuses = [row.get("TxSts") for row in rows]
    wanted: dict[str, tuple[int, Decimal]] = {}
    for status, outcome in zip(statuses, outcomes, strict=True):
        count, total = wanted.get(status, (0, Decimal(0)))
        wanted[status] = (count + 1, total + outcome.amount)
    found = {
        row.get("DtldSts"): (_count(row.get("DtldNbOfTxs")), _money(row.get("DtldCtrlSum")))
        for row in group.all("NbOfTxsPerSts")
    }
    if found != wanted:
        raise NewsRefused("wrong_sums")


def _returned(told: Element) -> News:
    outcomes = []
    for entry in told.all("Ntry"):
        number = entry.get("NtryDtls/TxDtls/Refs/EndToEndId")
        is_return = entry.get("CdtDbtInd") == "CRDT" and entry.get("Sts/Cd") == "BOOK"
        reason = _code(entry.get("NtryDtls/TxDtls/RtrInf/Rsn/Cd"))
        if not is_return or not number or not reason:
            raise NewsRefused("incomplete", number)
        message = entry.get("NtryDtls/TxDtls/RtrInf/AddtlInf")[:200]
        on = _day(entry.get("BookgDt/Dt"), number)
        outcomes.append(Outcome(number, "returned", _amount(entry, "Amt", number), on, reason, message))
    sums = (_count(told.get("TxsSummry/TtlCdtNtries/NbOfNtries")), _money(told.get("TxsSummry/TtlCdtNtries/Sum")))
    if not outcomes or sums != (len(outcomes), sum((row.amount for row in outcomes), Decimal(0))):
        raise NewsRefused("wrong_sums" if outcomes else "incomplete")
    return News(kind="return", outcomes=tuple(outcomes), account=told.get("Acct/Id/Othr/Id"))


def _one(root: Element, path: str) -> Element:
    found = list(root.all(path))
    if len(found) != 1:
        raise NewsRefused("incomplete")
    return found[0]


def _amount(row: Element, path: str, number: str) -> Decimal:
    told = next(row.all(path), None)
    amount = _money(told.text.strip()) if told else None
    if told is None or amount is None or amount == 0 or told.attributes.get("Ccy") != "CNY":
        raise NewsRefused("incomplete", number)
    return amount


def _money(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
        fits = amount.is_finite() and 0 <= amount < MOST and amount == amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return amount.quantize(Decimal("0.01")) if fits else None


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _code(text: str) -> str:
    return text if re.fullmatch(r"[A-Z0-9]{4}", text) else ""


def _day(text: str, number: str) -> datetime.date:
    """The day of a date, or of a moment: here, where it says its zone."""
    try:
        told = datetime.datetime.fromisoformat(text)
    except ValueError:
        raise NewsRefused("incomplete", number) from None
    return told.date() if told.tzinfo is None else day_of(told)
