"""Statements as ISO 20022 camt.053, versions 001.02 to 001.13: of what is read here they differ in two places only (where a
state and a party stand), and both are looked for. A document type declaration is refused, and with it every entity."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from xml.parsers import expat  # nosec B407  # declarations are refused: see tree

from mutualaid.contributions.bank.movements import Fault, Movement, Reading
from mutualaid.core.money import CENT, shown

NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(0[2-9]|1[0-3])")
_OTHERS = {
    "052": ("camt.052 是当日账户报告，尚未入账", "camt.052 reports a day that is not over"),
    "054": ("camt.054 是逐笔入账通知，没有余额可核对", "camt.054 is an advice without balances"),
}
"""What is brought in place of a statement, and why it is none."""
DEPTH_MOST = 40
AMOUNT_MOST = Decimal(10) ** 12
"""Yuan: no movement has as much."""
_CURRENCY = "CNY"

Answer = tuple[Reading, str, list[Fault]]


@dataclass
class Element:
    """An element of the document, its name without the namespace."""

    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def all(self, path: str) -> Iterator[Element]:
        """Elements at a path such as ``NtryDtls/TxDtls``."""
        first, _, rest = path.partition("/")
        for child in self.children:
            if child.name == first:
                if rest:
                    yield from child.all(rest)
                else:
                    yield child

    def get(self, *paths: str) -> str:
        """The text at the first of these paths that has one."""
        for path in paths:
            for found in self.all(path):
                if found.text.strip():
                    return found.text.strip()
        return ""


class Unsafe(Exception):
    """A declaration or a depth that no statement has."""


def read_camt(data: bytes) -> Answer:
    """The movements of a file, the account that it is about, and the faults."""
    try:
        root, namespace = tree(data)
    except expat.ExpatError as fault:
        return _refused(Fault(fault.lineno, "格式正确的 XML", "well-formed XML", expat.ErrorString(fault.code)))
    except Unsafe as fault:
        return _refused(
            Fault(1, "不含 DTD 与实体声明的 XML", "XML without declarations of types and entities", str(fault))
        )
    if not NAMESPACE.fullmatch(namespace) or root.name != "Document" or not list(root.all("BkToCstmrStmt")):
        other = re.search(r"camt\.(\d{3})\.", namespace)
        why = _OTHERS.get(other.group(1) if other else "", ("", ""))
        zh = "camt.053 对账单（001.02 至 001.13）" + (f"；{why[0]}，请从网银导出对账单" if why[0] else "")
        en = "a statement in camt.053 (001.02 to 001.13)" + (f"; {why[1]}: export the statement" if why[1] else "")
        return _refused(Fault(1, zh, en, namespace[-40:] or root.name[:60]))
    faults: list[Fault] = []
    entered: list[Movement] = []
    debits, number, account = 0, 0, ""
    for statement in root.all("BkToCstmrStmt/Stmt"):
        account = statement.get("Acct/Id/Othr/Id", "Acct/Id/IBAN")
        before, out = len(entered), Decimal(0)
        for entry in statement.all("Ntry"):
            number += 1
            amount = _amount(entry, number, faults)
            if amount is None or not _is_booked(entry):
                continue
            if _is_credit(entry, number, faults):
                _add(entry, number, amount, entered, faults)
            else:
                debits, out = debits + 1, out + amount
        _check_sums(statement, entered[before:], out, faults)
    return Reading(tuple(entered), debits), account, faults


def _refused(fault: Fault) -> Answer:
    return Reading((), 0), "", [fault]


def tree(data: bytes) -> tuple[Element, str]:
    """The root of a document and its namespace. Raises expat.ExpatError, Unsafe."""
    parser = expat.ParserCreate(namespace_separator=" ")
    top = Element("", {}, 0)
    stack, spaces = [top], []

    def begin(name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if len(stack) > DEPTH_MOST:
            raise Unsafe(f"> {DEPTH_MOST}")
        spaces.append(space)
        element = Element(local, attributes, parser.CurrentLineNumber)
        stack[-1].children.append(element)
        stack.append(element)

    def refuse(*_: object) -> None:
        raise Unsafe("DOCTYPE")

    def more(text: str) -> None:
        stack[-1].text += text

    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = more
    parser.Parse(data, True)
    return top.children[0], spaces[0]


def _money(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
        fits = amount.is_finite() and 0 <= amount < AMOUNT_MOST and amount == amount.quantize(CENT)
    except InvalidOperation:
        return None
    return amount if fits else None


def _amount(entry: Element, number: int, faults: list[Fault]) -> Decimal | None:
    told = next(entry.all("Amt"), None)
    text = told.text.strip() if told else ""
    amount = _money(text)
    currency = told.attributes.get("Ccy", "") if told else ""
    if amount is None or amount == 0 or currency != _CURRENCY:
        faults.append(Fault(number, "大于零的人民币金额", "an amount above zero in CNY", f"{text} {currency}"[:30]))
        return None
    return amount


def _is_booked(entry: Element) -> bool:
    """Entries that are only expected (PDNG) or told for information (INFO) are no money yet."""
    return entry.get("Sts/Cd", "Sts") in ("BOOK", "")


def _is_credit(entry: Element, number: int, faults: list[Fault]) -> bool:
    side = entry.get("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        faults.append(Fault(number, "CRDT 或 DBIT", "CRDT or DBIT", side[:10]))
    return side == "CRDT"


def _add(entry: Element, number: int, amount: Decimal, entered: list[Movement], faults: list[Fault]) -> None:
    details = "NtryDtls/TxDtls"
    if entry.get("RvslInd") == "true":
        faults.append(Fault(number, "非冲正的入账；冲正请人工核对", "no reversal; look at it yourself", "RvslInd"))
        return
    serial = entry.get("AcctSvcrRef", f"{details}/Refs/AcctSvcrRef", "NtryRef")
    if not serial or len(serial) > 64:
        faults.append(Fault(number, "AcctSvcrRef（银行流水号）", "a bank's serial in AcctSvcrRef", serial[:30]))
        return
    written = entry.get("BookgDt/Dt", "BookgDt/DtTm")[:10]
    try:
        day = datetime.date.fromisoformat(written)
    except ValueError:
        faults.append(Fault(number, "BookgDt 中的日期", "a date in BookgDt", written))
        return
    parties = f"{details}/RltdPties"
    entered.append(
        Movement(
            number,
            serial,
            day,
            amount.quantize(CENT),
            entry.get(f"{parties}/Dbtr/Nm", f"{parties}/Dbtr/Pty/Nm")[:120],
            entry.get(f"{parties}/DbtrAcct/Id/Othr/Id", f"{parties}/DbtrAcct/Id/IBAN")[:40],
            entry.get(f"{details}/RmtInf/Ustrd", f"{details}/AddtlTxInf", "AddtlNtryInf")[:200],
        )
    )


def _check_sums(statement: Element, entered: list[Movement], out: Decimal, faults: list[Fault]) -> None:
    """The bank's own count and sum of credits, and opening balance plus movements against the closing one."""
    if faults:
        return
    total = sum((movement.amount for movement in entered), Decimal(0))
    told = _money(statement.get("TxsSummry/TtlCdtNtries/Sum"))
    if told is not None and told != total:
        faults.append(Fault(0, f"贷方合计 {shown(told)}", f"credits of {shown(told)}", shown(total)))
    count = statement.get("TxsSummry/TtlCdtNtries/NbOfNtries")
    if count.isdecimal() and int(count) != len(entered):
        faults.append(Fault(0, f"贷方 {count} 笔", f"{count} credits", str(len(entered))))
    balances = {}
    for balance in statement.all("Bal"):
        amount = _money(balance.get("Amt"))
        if amount is not None:
            balances[balance.get("Tp/CdOrPrtry/Cd")] = amount if balance.get("CdtDbtInd") == "CRDT" else -amount
    opening, closing = balances.get("OPBD"), balances.get("CLBD")
    if opening is not None and closing is not None and opening + total - out != closing:
        faults.append(
            Fault(
                0, f"期末余额 {shown(closing)}", f"a closing balance of {shown(closing)}", shown(opening + total - out)
            )
        )
