"""A claim is written: begun, its event and payee told step by step, pages of papers added and removed, signed; until it is filed.

Each step saves itself. What is given is checked at once, what is not given may come later: filing asks for all of it.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from benefit_engine.fact_reader import Fault
from benefit_engine.facts import CaseError
from mutualaid.claims.actions.filing import Payee
from mutualaid.claims.assessing import Expense, lock_member, write_expenses
from mutualaid.claims.checklist import ALL
from mutualaid.claims.history import Told, employer_of, library_of, office_above, standing_of
from mutualaid.claims.models import Claim, ClaimPaper, ExpenseLine, PapersWanted, Particulars, Source
from mutualaid.claims.pages import PAGE_SIZE_MOST as PAGE_SIZE_MOST  # noqa: PLC0414 - what callers of this module tell
from mutualaid.claims.pages import BadPage as BadPage  # noqa: PLC0414 - likewise
from mutualaid.claims.pages import page_type
from mutualaid.claims.refusals import FactsFaulty, Refused
from mutualaid.claims.states import CLAIM
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.contacts import NotAContact, read_bank_card, read_phone
from mutualaid.people.identity import IdentityKind, NotAnIdentity, read_identity
from mutualaid.people.models import Member

WRITTEN = ("draft", "returned")
"""States in which a claim is written."""
DRAFTS_MOST = 10
"""Drafts that a member may have at once."""
EXPENSES_MOST = 200
PAGES_MOST = 80
"""Pages of one claim."""
SIGNATURE = "signature"
"""The word of the signature among the pages."""
APPLICANT = ("name", "relation", "identity_kind", "identity_number", "phone")
"""What is told of who files for the member."""


class NotBeingWritten(Refused):
    """The claim is filed, decided or over: nothing of it is written any more."""


class TooMany(Refused):
    """More drafts, lines or pages than anybody needs."""


class BadApplicant(Refused):
    """Whoever files for a member has to say who they are."""


class NotOwnCard(Refused):
    """Benefits are paid to the member's own card, or to the family's where the member cannot ask any more."""


def begin_claim(
    *,
    member: Member,
    source: Source,
    kind: str = "",
    applicant: Mapping[str, str] | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """A draft, at the employer of the member's latest cover. ``kind``: of event, where it is known already; a draft of which
    nothing else is told is used again, so that a button pressed twice begins one. ``applicant``: who files for the member,
    by ``APPLICANT``; next of kin have to say so. Raises NotCovered, TooMany, BadApplicant, FactsFaulty."""
    told = _applicant(source, applicant)
    with within([EVERYTHING]):
        row = lock_member(member_id=member.pk)
        facts = {"kind": kind} if kind else {}
        empty = _untouched(row, source, facts, by) if kind else None
        if empty is not None:
            return empty
        if Claim.objects.filter(member=row, state="draft").count() >= DRAFTS_MOST:
            raise TooMany(
                f"填写中的申请最多 {DRAFTS_MOST} 份，已达上限；请先提交或删去不用的",
                f"expected at most {DRAFTS_MOST} claims being written; file some, or throw some away",
            )
        employer, path = employer_of(member=row, facts={})
        claim = Claim.objects.create(
            member=row,
            employer_id=employer,
            office_id=office_above(path),
            unit_path=path,
            source=source,
            by_kind=by.kind,
            by_key=by.key,
            begun_at=at,
        )
        if facts:
            _check(claim, facts)
        Particulars.objects.create(claim=claim, applicant=told, kind=kind, facts=json.dumps(facts))
        record(what="begin_claim", row=claim, by=by, at=at, source=source.value)
    return claim


def _untouched(member: Member, source: Source, facts: Mapping[str, str], by: Actor) -> Claim | None:
    """A draft that they began and of which nothing but the kind is told."""
    mine = Claim.objects.filter(member=member, state="draft", source=source, by_kind=by.kind, by_key=by.key)
    drafts = mine.filter(particulars__payee_name="", papers=None).select_related("particulars").order_by("id")
    return next((one for one in drafts if json.loads(one.particulars.facts) == facts), None)


def write_event(
    *,
    claim: Claim,
    facts: Mapping[str, Any],
    hospital: str = "",
    expenses: Sequence[Expense] = (),
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """What the claim tells of its event, in place of what it told before. ``facts``: the contract's event without its id, as far
    as it is known; each value that is given is checked. Raises NotBeingWritten, FactsFaulty, TooMany."""
    if len(expenses) > EXPENSES_MOST:
        raise TooMany(
            f"费用明细最多 {EXPENSES_MOST} 行，得到 {len(expenses)} 行；请按大类合并",
            f"expected at most {EXPENSES_MOST} lines of the bill, found {len(expenses)}; put them together",
        )
    with within([EVERYTHING]):
        row = _to_write(claim)
        told = row.particulars
        kept = {key: value for key, value in facts.items() if value not in (None, "", [], {})}
        _check(row, kept)
        before = json.loads(told.facts)
        if before.get("filed_on"):
            kept["filed_on"] = before["filed_on"]
        lines = row.expenses.order_by("line").values_list("item", "amount", "out_of_scope_amount")
        told_before = (before, told.hospital, [Expense(*line) for line in lines])
        if told_before == (kept, hospital.strip()[:100], list(expenses)):
            return row
        total = (kept.get("amounts") or {}).get("total")
        told.kind = kept.get("kind", "")
        told.started_on = kept.get("started_on")
        told.ended_on = kept.get("ended_on")
        told.hospital = hospital.strip()[:100]
        told.total_amount = None if total is None else Decimal(total)
        told.facts = json.dumps(kept, ensure_ascii=False)
        told.save(update_fields=["kind", "started_on", "ended_on", "hospital", "total_amount", "facts"])
        ExpenseLine.objects.filter(claim=row).delete()
        write_expenses(claim=row, expenses=expenses)
        _place(row, kept, by, at)
        record(what="write_event", row=row, by=by, at=at, fields=sorted(kept), lines=len(expenses))
    return row


def set_payee(*, claim: Claim, payee: Payee, by: Actor, at: datetime.datetime) -> Claim:
    """Whom to pay: the member, at a debit card of their own; next of kin where they file. Raises NotBeingWritten, NotOwnCard,
    NotAContact (no possible number)."""
    with within([EVERYTHING]):
        row = _to_write(claim)
        write_payee(claim=row, payee=payee, by=by, at=at)
    return row


def write_payee(*, claim: Claim, payee: Payee, by: Actor, at: datetime.datetime) -> Particulars:
    """The payee of a claim, checked and written, in the caller's transaction. Raises NotOwnCard, NotAContact."""
    card = read_bank_card(payee.account_number)
    name, bank = payee.name.strip(), payee.bank_name.strip()
    if not bank:
        raise NotOwnCard("应写明开户银行，请对照卡面填写", "expected the name of the bank, found none; see the card")
    if payee.bank_code and not (payee.bank_code.isascii() and payee.bank_code.isdigit() and len(payee.bank_code) == 12):
        raise NotAContact(
            "联行号应为 12 位数字；得到的不是，不清楚的可以不填",
            "expected 12 digits of the bank's code, found something else; leave it out if you do not know it",
        )
    _check_payee(claim, name)
    told = claim.particulars
    told.payee_name, told.account_number = name, card
    told.bank_name, told.bank_code = bank[:100], payee.bank_code
    told.save(update_fields=["payee_name", "account_number", "account_index", "bank_name", "bank_code"])
    record(what="set_payee", row=claim, by=by, at=at)
    return told


def add_paper(*, claim: Claim, word: str, content: bytes, name: str, by: Actor, at: datetime.datetime) -> ClaimPaper:
    """A page of a paper of the checklist, see ``add_pages``."""
    return add_pages(claim=claim, word=word, files=[(name, content)], by=by, at=at)[0]


def add_pages(
    *, claim: Claim, word: str, files: Sequence[tuple[str, bytes]], by: Actor, at: datetime.datetime
) -> list[ClaimPaper]:
    """Pages of a paper of the checklist, by name and content, all or none: photos (JPEG, PNG) or PDF. The same page brought again
    (its answer was lost) is the page that is there. Files lie in the branch of the claim's office, so that the employer's
    clerks do not see them. Raises NotBeingWritten, BadPage, TooMany."""
    types = [_page_type(word, content) for _, content in files]
    with within([EVERYTHING]):
        row = _to_write(claim)
        return [
            _page(row, word, name, content, media_type, by, at)
            for (name, content), media_type in zip(files, types, strict=True)
        ]


def keep_page(*, claim: Claim, word: str, content: bytes, name: str, by: Actor, at: datetime.datetime) -> ClaimPaper:
    """A page of a claim in whatever state it is, under its lock: who asks has seen to that. Raises BadPage, TooMany."""
    media_type = _page_type(word, content)
    with within([EVERYTHING]):
        locked = Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=claim.pk)
        return _page(locked, word, name, content, media_type, by, at)


def _page(
    row: Claim, word: str, name: str, content: bytes, media_type: str, by: Actor, at: datetime.datetime
) -> ClaimPaper:
    """A photo (JPEG, PNG) or a PDF. The same page brought again (a lost answer) is the page that is there. Files lie in the
    branch of the claim's office, so that the employer's clerks do not see them. Raises TooMany."""
    pages = ClaimPaper.objects.filter(claim=row, word=word)
    digest = hashlib.sha256(content).hexdigest()
    twice = pages.filter(removed_at=None, file__sha256=digest).select_related("file").order_by("id").first()
    if twice is not None:
        return twice
    if ClaimPaper.objects.filter(claim=row, removed_at=None).count() >= PAGES_MOST:
        raise TooMany(
            f"一份申请最多 {PAGES_MOST} 页材料；请删去重复的，或合并成一个 PDF",
            f"expected at most {PAGES_MOST} pages of a claim; remove doubles, or put them into one PDF",
        )
    file = papers.store(
        content=content,
        name=name,
        kind="claim_paper",
        media_type=media_type,
        unit_path=row.office.path,
        by=by,
        at=at,
    )
    paper = ClaimPaper.objects.create(claim=row, file=file, word=word, page=pages.count() + 1, at=at)
    record(what="add_paper", row=paper, by=by, at=at, claim=row.number, word=word)
    return paper


def remove_paper(*, paper: ClaimPaper, by: Actor, at: datetime.datetime) -> ClaimPaper:
    """A page is taken away while the claim is written; what the office has had in hands stays. Raises NotBeingWritten,
    BadPage."""
    with within([EVERYTHING]):
        row = _to_write(paper.claim)
        locked = ClaimPaper.objects.select_for_update(no_key=True).get(pk=paper.pk)
        if locked.removed_at is not None:
            return locked
        asked = PapersWanted.objects.filter(claim=row).order_by("-id").first()
        if asked is not None and locked.at < asked.at:
            raise BadPage(
                "只能删去退回以后补交的材料；经办机构已看过的会保留，请直接补交新的",
                "only pages brought since the claim was returned can be removed; what the office has seen stays",
            )
        locked.removed_at = at
        locked.save(update_fields=["removed_at"])
        record(what="remove_paper", row=locked, by=by, at=at, claim=row.number, word=locked.word)
    return locked


# --- checks -----------------------------------------------------------------------------------------------------------


def _to_write(claim: Claim) -> Claim:
    """The claim under its lock. Its particulars are read after that: whoever waited for the lock sees what was written before.
    Raises NotBeingWritten."""
    locked = Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("office", "member")
    row = locked.get(pk=claim.pk)
    if row.state not in WRITTEN:
        chinese, english = CLAIM.names[row.state]
        raise NotBeingWritten(
            f"申请应在填写中或待补材料，现为“{chinese}”；已提交的内容不能再改，请看办理进度",
            f"expected a claim being written or waiting for papers, found it {english}; look how it stands",
        )
    return row


def _check(claim: Claim, facts: Mapping[str, Any]) -> None:
    """Every value that is given can be. Raises FactsFaulty with paths like ``amounts.total``."""
    standing = standing_of(member=claim.member)
    # What is not told yet stands in so that the rest can be checked.
    birth = standing.birth_date.isoformat()
    assumed = {"kind": "inpatient", "started_on": facts.get("accident_on") or birth}
    told = Told(claim.pk, claim.number, json.dumps({**assumed, **facts}, ensure_ascii=False))
    try:
        library_of(standing=standing).engine.parse(standing.case([told]))
    except CaseError as error:
        faults = [Fault(one.path.removeprefix("events[0]").removeprefix("."), one.zh, one.en) for one in error.faults]
        raise FactsFaulty(faults) from error


def _place(claim: Claim, facts: Mapping[str, Any], by: Actor, at: datetime.datetime) -> None:
    """The claim lies at the employer under whose cover the event falls; its files go with it."""
    if claim.filed_on is not None or "started_on" not in facts:
        return
    employer, path = employer_of(member=claim.member, facts=facts)
    if employer == claim.employer_id:
        return
    claim.employer_id, claim.unit_path, claim.office_id = employer, path, office_above(path)
    claim.save(update_fields=["employer", "unit_path", "office"])
    claim.refresh_from_db(fields=["office"])
    for file in StoredFile.objects.filter(pk__in=ClaimPaper.objects.filter(claim=claim).values("file")):
        papers.lay_in_branch(file=file, unit_path=claim.office.path, by=by, at=at)


def _check_payee(claim: Claim, name: str) -> None:
    applicant = json.loads(claim.particulars.applicant) if claim.particulars.applicant else {}
    allowed = {claim.member.name}
    if claim.source == Source.KIN or claim.particulars.kind == "death":
        allowed.add(applicant.get("name", ""))
    if not name or name not in allowed:
        raise NotOwnCard(
            "收款人应为会员本人（由近亲属申请的，为申请人），得到的是其他人；请填写本人的借记卡",
            "expected the member as payee (or next of kin who file), found somebody else; give the member's own debit card",
        )


def _applicant(source: Source, applicant: Mapping[str, str] | None) -> str | None:
    """JSON of who files, checked. Raises BadApplicant."""
    if applicant is None and source is not Source.KIN:
        return None
    told = {key: str((applicant or {}).get(key, "")).strip() for key in APPLICANT}
    lacking = [key for key in ("name", "relation", "identity_number", "phone") if not told[key]]
    if source is Source.KIN and lacking:
        raise BadApplicant(
            "近亲属申请的，应写明申请人姓名、与会员的关系、证件号码和手机号码；请补齐",
            "expected name, relation, identity number and phone of next of kin, found some missing; complete them",
        )
    try:
        if told["identity_number"]:
            kind = IdentityKind(told["identity_kind"] or IdentityKind.RESIDENT)
            told["identity_kind"], told["identity_number"] = (
                kind.value,
                read_identity(kind, told["identity_number"]).number,
            )
        if told["phone"]:
            told["phone"] = read_phone(told["phone"])
    except (NotAnIdentity, NotAContact) as error:
        raise BadApplicant(f"申请人：{error.zh}", f"who files: {error.en}") from error
    except ValueError as error:
        kinds = " / ".join(IdentityKind)
        raise BadApplicant(
            f"申请人的证件种类应为 {kinds} 之一；请重新选择",
            f"expected one of {kinds} as kind of document; choose anew",
        ) from error
    return json.dumps(told, ensure_ascii=False)


def _page_type(word: str, content: bytes) -> str:
    """The type of a page. Raises BadPage."""
    if word not in ALL and word != SIGNATURE:
        raise BadPage("没有这一种材料，请从清单中选择", "there is no such paper; choose one of the checklist")
    return page_type(content=content)
