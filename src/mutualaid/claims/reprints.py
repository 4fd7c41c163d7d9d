"""The documents that were issued for a member, and copies of them that say that they are printed again."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from mutualaid.claims.forms import acknowledgement
from mutualaid.claims.letters import decided_of, letter_facts
from mutualaid.claims.models import Claim, Letter
from mutualaid.contributions.models import Receipt
from mutualaid.contributions.receipts import facts_of as receipt_facts
from mutualaid.core.dates import day_of
from mutualaid.core.documents import pdf
from mutualaid.enrolment.certificate import facts_of as certificate_facts
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member

NAMES: dict[str, tuple[str, str]] = {
    "certificate": ("保障凭证", "Certificate of cover"),
    "receipt": ("收款凭证（单位）", "Receipt (employer's)"),
    "acknowledgement": ("理赔受理回执", "Acknowledgement of a claim"),
    "letter": ("决定书", "Letter on a decision"),
}


@dataclass(frozen=True)
class Issued:
    """A document: its kind (``NAMES``), the number under which it is printed again, its day, and what it is about."""

    kind: str
    number: str
    on: datetime.date
    about: str


def documents_of(
    *, member: Member, covers: QuerySet[Cover], claims: QuerySet[Claim], receipts: QuerySet[Receipt]
) -> list[Issued]:
    """What was issued for a member, the latest first; ``covers``, ``claims`` and ``receipts``: what somebody sees of them."""
    mine = covers.filter(member=member).exclude(state="cancelled").select_related("version")
    found = [Issued("certificate", one.number, one.from_on, one.version.name_zh) for one in mine]
    enrolments = mine.values("enrolment")
    theirs = Q(bill__payer_member=None) | Q(bill__payer_member=member)
    paid = receipts.filter(theirs, bill__enrolment__in=enrolments)
    found += [Issued("receipt", one.number, day_of(one.issued_at), one.payer_name) for one in paid]
    filed = claims.filter(member=member, filed_on__isnull=False)
    found += [Issued("acknowledgement", one.number, one.filed_on or day_of(one.begun_at), "") for one in filed]
    letters = Letter.objects.filter(claim__in=filed).order_by("claim", "-id").distinct("claim").select_related("claim")
    found += [Issued("letter", one.claim.number, day_of(one.at), "") for one in letters]
    return sorted(found, key=lambda one: (one.on, one.number), reverse=True)


def reprinted(*, kind: str, row: Any, lang: str, on: datetime.date) -> bytes:
    """A copy marked 补打, of a cover, a receipt or a claim. A letter's copy bears no proof: that stays with the file of the
    original, which whoever got it has."""
    mark = {"again": f"补打 · re-print {on}"}
    if kind == "certificate":
        return pdf("enrolment/certificate", {**certificate_facts(cover=row, lang=lang, on=on), **mark}, on=on)
    if kind == "receipt":
        return pdf("contributions/receipt", {**receipt_facts(receipt=row, lang=lang), **mark}, on=on)
    if kind == "letter":
        letter = Letter.objects.filter(claim=row).latest("round")
        decided = decided_of(claim=row, number=letter.round)
        return pdf("claims/letter", {**letter_facts(decided=decided, lang=lang), **mark}, on=on)
    return acknowledgement(claim=row, lang=lang, on=on, again=True)
