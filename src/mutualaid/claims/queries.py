"""Reads of claims: what was computed, how it stands and what comes next, what of plans' limits is used up."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from benefit_engine.accumulators import Key
from mutualaid.claims.models import (
    Assessment,
    AssessmentLine,
    CallNote,
    Claim,
    ClaimPaper,
    Consumption,
    Merge,
    PapersWanted,
    Particulars,
    RepaidPart,
    ReviewTask,
    SetOff,
    Source,
    Step,
)
from mutualaid.claims.promises import DAYS_FOR_OBJECTION
from mutualaid.claims.states import LIVE, OPEN
from mutualaid.core.actors import ActorKind
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.models import AuditEntry, StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.written import written
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import EmployerClerk, Member, Staff
from mutualaid.people.queries import numbered

BEGUN_BY_KIN = Q(source=Source.KIN, by_kind=ActorKind.MEMBER, filed_on=None)
"""Claims that next of kin began by telephone and have not filed: nobody's business but theirs."""


@dataclass(frozen=True)
class LineTold:
    """One line of a computation, as people read it. ``working``: as the contract writes it."""

    plan: str
    benefit: str
    outcome: str
    amount: Decimal
    reasons: Sequence[str]
    missing: Sequence[str]
    provisional: bool
    working: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Stands:
    """The computation that stands, with its lines."""

    round: int
    at: datetime.datetime
    total: Decimal
    refers: bool
    refuses: bool
    provisional: bool
    sha256: str
    lines: Sequence[LineTold]


def stands(*, claim: Claim, number: int | None = None) -> Stands | None:
    """The computation of a claim that stands, or that of a round; None before it is filed. Two queries."""
    rounds = Assessment.objects.filter(claim=claim)
    found = (rounds.filter(round=number) if number is not None else rounds.order_by("-round")).first()
    if found is None:
        return None
    lines = [_told(line) for line in AssessmentLine.objects.filter(assessment=found).order_by("place")]
    return Stands(
        found.round,
        found.at,
        found.total_amount,
        found.refers,
        found.refuses,
        found.provisional,
        found.sha256,
        lines,
    )


def _told(line: AssessmentLine) -> LineTold:
    return LineTold(
        line.plan,
        line.benefit,
        line.outcome,
        line.amount,
        line.reasons,
        line.missing,
        line.provisional,
        json.loads(line.working),
    )


def as_contract(*, claim: Claim, found: Stands) -> list[dict[str, Any]]:
    """The lines as the contract writes them."""
    told = []
    for line in found.lines:
        shown: dict[str, Any] = {
            "event": claim.number,
            "plan": line.plan,
            "benefit": line.benefit,
            "outcome": line.outcome,
            "amount": f"{line.amount:.2f}",
            "reasons": list(line.reasons),
            "working": list(line.working),
        }
        if line.missing:
            shown["missing"] = list(line.missing)
        if line.provisional:
            shown["provisional"] = True
        told.append(shown)
    return told


def facts_of(*, claim: Claim) -> dict[str, Any]:
    """What a claim tells of its event, as the contract writes it, without the id."""
    found: dict[str, Any] = json.loads(claim.particulars.facts)
    return found


def applicant_of(*, claim: Claim) -> dict[str, str] | None:
    """Who files for the member: name, relation, identity_kind, identity_number, phone; None for the member."""
    told = claim.particulars.applicant
    return None if told is None else {key: text for key, text in json.loads(told).items() if isinstance(text, str)}


def signatory(*, claim: Claim) -> tuple[str, str]:
    """Who signs a claim by telephone, and what they are to the member; nothing for the member."""
    told = applicant_of(claim=claim) if claim.source == Source.KIN and claim.by_kind == ActorKind.MEMBER else None
    return (claim.member.name, "") if told is None else (told.get("name", ""), told.get("relation", ""))


def with_total(*, among: QuerySet[Claim]) -> QuerySet[Claim]:
    """Claims with ``total``: what the computation that stands comes to, None before one was made."""
    latest = Assessment.objects.filter(claim=OuterRef("pk")).order_by("-round").values("total_amount")[:1]
    return among.annotate(total=Subquery(latest))


@written
def first_of_member(*, member: int) -> QuerySet[Claim]:
    """The first claims of a member's list (``listed_for_member``), at most FIRST."""
    return listed_for_member(among=Claim.objects.filter(member=member).exclude(BEGUN_BY_KIN))[:FIRST]


@written
def first_live_of_member(*, member: int) -> QuerySet[Claim]:
    """Of those that wait for somebody, at most FIRST_LIVE."""
    live = Claim.objects.filter(member=member, state__in=LIVE).exclude(BEGUN_BY_KIN)
    return listed_for_member(among=live)[:FIRST_LIVE]


FIRST, FIRST_LIVE = 21, 3
_FOR_A_LIST = (
    *("number", "state", "due_on", "filed_on", "member_id"),
    *(f"particulars__{name}" for name in ("kind", "started_on", "hospital")),
)


def listed_for_member(*, among: QuerySet[Claim]) -> QuerySet[Claim]:
    """For the list that a member reads, with what it shows of the particulars and ``total``: those that wait for somebody first,
    then the latest; drafts thrown away are gone."""
    live_first = Case(When(state__in=LIVE, then=Value(0)), default=Value(1), output_field=IntegerField())
    kept = among.exclude(Q(state="withdrawn", filed_on=None)).select_related("particulars")
    return with_total(among=kept.only(*_FOR_A_LIST)).order_by(live_first, "-id")


def changed_since(*, among: QuerySet[Claim], at: datetime.datetime) -> QuerySet[Claim]:
    """Claims of which, or of whose payments, the audit trail tells something since a moment."""
    since = AuditEntry.objects.filter(at__gte=at)
    claim = since.filter(subject=_subject("claims.claim", OuterRef("pk")))
    paid = PaymentOrder.objects.filter(reference=OuterRef("number")).filter(
        Exists(since.filter(subject=_subject("payouts.paymentorder", OuterRef("pk"))))
    )
    return among.filter(Exists(claim) | Exists(paid))


def _subject(table: str, key: OuterRef) -> Concat:
    """As ``core.audit.subject_of`` names a row."""
    return Concat(Value(f"{table}:"), Cast(key, CharField()))


def wanted_of(*, claim: Claim) -> PapersWanted | None:
    """What the office asked for and waits for, with its named contact; None when nothing is open."""
    found = PapersWanted.objects.filter(claim=claim, answered_at=None).order_by("-id").first()
    if found is not None:
        # Whoever may read what is asked for may know whom to ask; members see no staff otherwise.
        with within([EVERYTHING]):
            found.contact = Staff.objects.get(pk=found.contact_id)
    return found


def pages_of(*, claim: Claim) -> list[ClaimPaper]:
    """The pages that were handed in and not removed, with their files, whoever brought them; in the order in which they came. Who
    may not read the pages (a clerk once it is filed) is given none."""
    pages = list(ClaimPaper.objects.filter(claim=claim, removed_at=None).order_by("id"))
    with within([EVERYTHING]):
        files = StoredFile.objects.in_bulk([page.file_id for page in pages])
    for page in pages:
        page.file = files[page.file_id]
    return pages


def office_may_answer(*, claim: Claim, on: datetime.date) -> bool:
    """Whether the office may find out about a membership in the employer's stead: it has no clerk, or their days are over."""
    if claim.due_on is not None and claim.due_on < on:
        return True
    with within([EVERYTHING], reads=True):  # an office that sees the claim need not see the clerks
        acts = Q(employer=claim.employer_id) | Q(employer__formers=claim.employer_id)
        return not EmployerClerk.objects.filter(acts, state="bound").exists()


def unanswered(*, on: datetime.date) -> QuerySet[Claim]:
    """Claims that wait for their employer beyond the days promised, and of which the office was not told."""
    return Claim.objects.filter(state="confirming", due_on__lt=on, office_asked_at=None).order_by("id")


def objected_from(*, claim: Claim, upto: datetime.datetime | None = None) -> datetime.datetime | None:
    """The moment from which the days to object run: of the newest decision that changed the outcome, the first one or that of a
    review; ``upto``: as it was then. None while it is not decided."""
    if claim.decided_at is None:
        return None
    changed = ReviewTask.objects.filter(claim=claim, changed=True, closed_at__gt=claim.decided_at)
    if upto is not None:
        changed = changed.filter(closed_at__lte=upto)
    return changed.aggregate(last=Max("closed_at"))["last"] or claim.decided_at


def may_object_until(*, claim: Claim, upto: datetime.datetime | None = None) -> datetime.date | None:
    """The last day on which the member may ask for a human review; None while it is not decided."""
    since = objected_from(claim=claim, upto=upto)
    return None if since is None else day_of(since) + datetime.timedelta(days=DAYS_FOR_OBJECTION)


def hospitals_of(*, member: Member) -> list[str]:
    """Names of hospitals that the member's claims told before, the latest first."""
    told = Particulars.objects.filter(claim__member=member).exclude(hospital="").order_by("-claim_id")
    return list(dict.fromkeys(told.values_list("hospital", flat=True)[:50]))


def used_up(*, member_id: int) -> dict[Key, int]:
    """What a member has used up of each counter: reserved less reversed, by the ledger; zeros are left out."""
    signed = Case(
        When(step=Step.RESERVED, then=F("quantity")), When(step=Step.REVERSED, then=-F("quantity")), default=0
    )
    rows = (
        Consumption.objects.filter(member=member_id).values_list("family", "counter", "key").annotate(sum=Sum(signed))
    )
    return {(family, counter, key): used for family, counter, key, used in rows if used}


def touched_by(*, claim: Claim) -> set[Key]:
    """The counters of which the claim's computation that stands uses some."""
    rounds = Consumption.objects.filter(claim=claim, step=Step.RESERVED)
    last = Assessment.objects.filter(claim=claim).order_by("-round").values("round")[:1]
    return set(rounds.filter(round=Subquery(last)).values_list("family", "counter", "key"))


@dataclass(frozen=True)
class Happened:
    """A step of a claim that was taken. ``what``: the word of the audit trail; ``office`` and ``name``: of the member of staff
    who took it, empty for others. Members are told the office, never the name."""

    what: str
    at: datetime.datetime
    by_kind: str
    detail: Mapping[str, Any]
    office: str = ""
    name: str = ""

    @property
    def final(self) -> bool:
        """Whether a decision was made at the final review."""
        return self.detail.get("from") == "final_review"


def happened(*, claim: Claim) -> list[Happened]:
    """What was done with a claim, oldest first: its moves, computations and reviews. Two queries."""
    entries = list(AuditEntry.objects.filter(subject=subject_of(claim)).order_by("id"))
    keys = {int(one.actor_key) for one in entries if one.actor_kind == "staff" and one.actor_key.isdecimal()}
    with within([EVERYTHING], reads=True):  # members see no staff, offices not those of others
        staff = Staff.objects.filter(account__in=keys).values_list("account_id", "unit__name", "name")
        known = {str(account): (office, name) for account, office, name in (staff if keys else ())}
    return [Happened(one.what, one.at, one.actor_kind, one.detail, *known.get(one.actor_key, ())) for one in entries]


def next_step(*, claim: Claim) -> tuple[str, str]:
    """What comes next, in Chinese and English."""
    told: dict[str, tuple[str, str]] = {
        "draft": ("补全后提交", "Complete it and hand it in"),
        "returned": ("补交所缺材料", "Hand in the papers that are missing"),
        "confirming": ("单位工会确认会员身份", "The employer's union confirms the membership"),
        "first_review": ("办事机构审核材料和理算结果", "The office checks papers and computation"),
        "final_review": ("另一名审核人员复审", "A second reviewer decides"),
        "approved": ("财务付款，到账后通知会员本人", "Finance pays; the member is told when it has arrived"),
        "refused": ("如有异议，可申请人工复核", "Who does not agree may ask for a human review"),
        "withdrawn": ("已结束，可重新申请", "It is over; the member may apply anew"),
    }
    return told[claim.state]


def open_claims(*, among: QuerySet[Claim]) -> QuerySet[Claim]:
    """Those that are under review."""
    return among.filter(state__in=OPEN)


def call_notes_found(*, among: QuerySet[CallNote], text: str) -> QuerySet[CallNote]:
    """Notes of calls by the member's name or number, the claim's number, who called, or a part of what it was about; what was
    said is encrypted and not searched. All for an empty text."""
    wanted = text.strip()
    if not wanted:
        return among
    by_number = numbered(number=wanted.upper(), of="member") | Q(claim__number=wanted.upper())
    by_words = Q(member__name=wanted) | Q(caller__icontains=wanted) | Q(subject__icontains=wanted)
    return among.filter(by_number | by_words)


def set_off_of(*, claim: Claim, upto: datetime.datetime | None = None) -> list[tuple[str, Decimal]]:
    """What of other claims' payments counts for this one (yuan, above zero), or of this one's for others (below), by their
    numbers; as it was at a moment, or is now."""
    then = Q() if upto is None else Q(at__lte=upto)
    rows = SetOff.objects.filter(then, claim=claim).order_by().values_list("other__number").annotate(sum=Sum("amount"))
    return [(number, amount) for number, amount in rows.order_by("other__number") if amount]


def set_off_sum(*, claim: Claim) -> Decimal:
    """Yuan that count for this claim beside its own payments; below zero where its own count for others."""
    return SetOff.objects.filter(claim=claim).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def repaid_sum(*, claim: Claim) -> Decimal:
    """Yuan that the member gave back of what was paid too much for a claim."""
    parts = RepaidPart.objects.filter(repayment__claim=claim)
    return parts.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def beside_orders(*, claim: Claim) -> Decimal:
    """Yuan that count for a claim beside its own orders: of other claims' payments, less what the member gave back."""
    return set_off_sum(claim=claim) - repaid_sum(claim=claim)


def merges_found(*, among: QuerySet[Merge], text: str) -> QuerySet[Merge]:
    """Merges by their number, or by number or name of either member; all for an empty text."""
    wanted = text.strip()
    if not wanted:
        return among
    numbers = Q(number=wanted.upper()) | Q(kept__number=wanted.upper()) | Q(merged__number=wanted.upper())
    return among.filter(numbers | Q(kept__name=wanted) | Q(merged__name=wanted))
