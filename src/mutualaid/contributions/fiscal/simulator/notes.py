"""What the simulated gateway knows: its notes, its stock of numbers, and how it misbehaves."""

from __future__ import annotations

import datetime
import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MISBEHAVIOURS = {
    "late": "a note is pending until somebody lets it go (POST /control/issue)",
    "twice": "asked again, a note has another number",
    "down": "every call is answered 503, and nothing is done",
    "lose-response": "what is asked for is done, and the answer lost (503)",
    "forge": "answers are signed by somebody else",
    "wrong-title": "notes are issued to another payer than was asked",
    "wrong-face": "the face file is another than its hash says",
    "no-numbers": "the stock of numbers is empty",
}
REGION, KIND = "45", "9901"
"""eInvoiceCode: region, kind of note (invented), year."""


class Conflict(Exception):
    """A known request with other contents."""


@dataclass
class Note:
    """A request, and what became of it."""

    asked: dict[str, Any]
    state: str = "pending"
    facts: dict[str, Any] = field(default_factory=dict)
    face: bytes = b""


@dataclass
class Office:
    """All notes of one run. ``clock`` gives seconds since 1970."""

    flags: set[str]
    clock: Callable[[], float]
    notes: dict[str, Note] = field(default_factory=dict)
    numbers: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def ask_for(self, asked: dict[str, Any]) -> Note:
        """A note, or the one that is there for the same contents. Raises Conflict, KeyError, ValueError, TypeError."""
        with self.lock:
            there = self.notes.get(asked["request"])
            if there is not None:
                if there.asked != asked:
                    raise Conflict
                return there
            cents(asked["totalAmount"])
            note = Note(asked)
            self.notes[asked["request"]] = note
            if "late" not in self.flags:
                self.decide(note)
            return note

    def let_go(self) -> int:
        """Decide what is pending; how many that was."""
        with self.lock:
            found = [note for note in self.notes.values() if note.state == "pending"]
            for note in found:
                self.decide(note)
            return len(found)

    def decide(self, note: Note) -> None:
        """Issue it, or refuse it."""
        error = self._refusal(note.asked)
        if error is not None:
            note.state = "refused"
            note.facts = {"error": error[0], "message": error[1]}
            return
        self.numbers += 1
        payer = dict(note.asked["payerParty"])
        if "wrong-title" in self.flags:
            payer["name"] += "（他人）"
        day = datetime.datetime.fromtimestamp(self.clock(), datetime.UTC).date()
        note.facts = {
            "eInvoiceName": "互助票据（模拟）",
            "eInvoiceCode": f"{REGION}{KIND}{day:%y}",
            "eInvoiceNumber": f"{self.numbers:010d}",
            "randomNumber": secrets.token_hex(3),
            "issueDate": day.isoformat(),
            "totalAmount": note.asked["totalAmount"],
            "payerParty": payer,
            "relatedInvoiceCode": note.asked.get("relatedInvoiceCode", ""),
            "relatedInvoiceNumber": note.asked.get("relatedInvoiceNumber", ""),
        }
        note.face = face(note.facts)
        note.facts["faceSha256"] = hashlib.sha256(note.face).hexdigest()
        note.state = "issued"

    def told(self, note: Note) -> dict[str, Any]:
        """How a note stands, as the protocol says it."""
        facts = dict(note.facts)
        if "twice" in self.flags and note.state == "issued":
            facts["eInvoiceNumber"] = f"{int(facts['eInvoiceNumber']) + 5000:010d}"
        return {"request": note.asked["request"], "state": note.state, **facts}

    def _refusal(self, asked: dict[str, Any]) -> tuple[str, str] | None:
        name = asked["payerParty"]["name"].strip()
        if "no-numbers" in self.flags:
            return "NO_NUMBERS", "票号已用完，请领用新的票据号段"
        if not 2 <= len(name) <= 100 or "测试" in name:
            return "BAD_TITLE", "交款人名称不规范，请按登记名称填写"
        if cents(asked["totalAmount"]) > 0:
            return None
        undone = next((one for one in self.notes.values() if _is_undone_by(one, asked)), None)
        if undone is None:
            return "NO_SUCH_NOTE", "没有找到要冲红的原票据"
        if cents(undone.facts["totalAmount"]) + cents(asked["totalAmount"]) != 0:
            return "BAD_AMOUNT", "红字票据金额应与原票据相同"
        red = (one for one in self.notes.values() if one.state == "issued" and one.asked is not asked)
        if any(_same_relation(one.asked, asked) and cents(one.asked["totalAmount"]) < 0 for one in red):
            return "ALREADY_RED", "原票据已冲红"
        return None


def cents(text: str) -> int:
    """An amount such as ``-50.00`` in fen. Raises ValueError."""
    whole, _, part = text.partition(".")
    if len(part) != 2:
        raise ValueError("expected two decimals")
    return int(whole + part)


def _is_undone_by(note: Note, asked: dict[str, Any]) -> bool:
    named = (asked.get("relatedInvoiceCode"), asked.get("relatedInvoiceNumber"))
    return note.state == "issued" and (note.facts["eInvoiceCode"], note.facts["eInvoiceNumber"]) == named


def _same_relation(one: dict[str, Any], other: dict[str, Any]) -> bool:
    names = ("relatedInvoiceCode", "relatedInvoiceNumber")
    return all(one.get(name) == other.get(name) for name in names)


def face(facts: dict[str, Any]) -> bytes:
    """A page of PDF with the numbers, in letters that every reader has."""
    lines = ["SIMULATED - NOT A FISCAL NOTE"]
    lines += [
        f"{name}: {facts[name]}"
        for name in ("eInvoiceCode", "eInvoiceNumber", "randomNumber", "issueDate", "totalAmount")
    ]
    text = "BT /F1 14 Tf 60 780 Td 24 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    made += (
        f"xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF\n"
    )
    return made.encode("ascii")
