"""管理端: one claim in three panes: its papers, what it tells, what is computed; and what may be done with it now."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from mutualaid.claims import access, queries
from mutualaid.claims.actions.reviewing import REASONS
from mutualaid.claims.checklist import ALL, checklist_of
from mutualaid.claims.eyes import left_for_review
from mutualaid.claims.history import Told
from mutualaid.claims.letters import content_of, english_of, is_proven
from mutualaid.claims.limits import limits_used
from mutualaid.claims.models import Claim, ClaimNote, ClaimPaper, Letter, PapersWanted, ReviewTask, TaskKind
from mutualaid.claims.queries import Stands
from mutualaid.claims.reviewers import Turn, earlier_of, names_of_staff, turn_of, undecided_before
from mutualaid.claims.states import DECIDED
from mutualaid.claims.words import facts_in_words, kind_in_words, lines_in_words
from mutualaid.core import papers
from mutualaid.payouts.queries import balance, orders_of
from mutualaid.people.access import NotFound
from mutualaid.web.common.answers import said
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.serving import file_answer
from mutualaid.web.workbench.audit_words import what_told
from mutualaid.web.workbench.claim_forms import acts_of, preview_of
from mutualaid.web.workbench.claims import MEANINGS, SOURCES, flags_of, lang, queue_rows

GO_THROUGH_MOST = 500
"""Of so many claims of the queue the next and the one before are known."""


@dataclass(frozen=True)
class Around:
    """Where a claim stands in the visitor's queue. ``asked``: the query of the list."""

    asked: str
    before: str = ""
    after: str = ""
    place: int = 0
    count: int = 0

    @property
    def next(self) -> str:
        """To which claim one goes when this one is done; empty for none."""
        return self.after or self.before


def around_of(request: Request, number: str) -> Around:
    """The claims before and after one in the queue, in its kept order. One statement beside those of the visitor's roles."""
    asked = request.POST.get("list", request.GET.get("list", ""))[:500]
    if not request.standing.roles & frozenset(access.FIRST_REVIEW):
        return Around(asked)
    rows = queue_rows(request, QueryDict(asked))
    numbers = list(rows.values_list("number", flat=True)[:GO_THROUGH_MOST])
    if number not in numbers:
        return Around(asked, after=numbers[0] if numbers else "", count=len(numbers))
    place = numbers.index(number)
    after = numbers[place + 1] if place + 1 < len(numbers) else ""
    return Around(asked, numbers[place - 1] if place else "", after, place + 1, len(numbers))


# --- papers -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """One page that was handed in, and where it is read. ``new``: it came after papers were asked for."""

    address: str
    word: str
    place: int
    picture: bool
    new: bool


@dataclass(frozen=True)
class Bundle:
    """A paper of the checklist with its pages; without any where it is missing."""

    name: str
    sheets: Sequence[Sheet] = field(default_factory=list)
    needed: bool = False


def _bundles(claim: Claim, returns: Sequence[PapersWanted]) -> list[Bundle]:
    """In the order of the checklist; what is on no checklist comes last."""
    wanted = checklist_of(claim=claim)
    order = {paper.word: place for place, paper in enumerate(wanted)}
    rows = list(ClaimPaper.objects.filter(claim=claim, removed_at=None).select_related("file"))
    rows.sort(key=lambda one: (order.get(one.word, len(order)), one.word, one.page, one.pk))
    asked_at = max((one.at for one in returns), default=None)
    sheets = [
        Sheet(
            reverse("workbench:claim_paper", args=[claim.number, row.file.key]),
            row.word,
            place,
            row.file.media_type != papers.PDF,
            asked_at is not None and row.at > asked_at,
        )
        for place, row in enumerate(rows, start=1)
    ]
    held = {word: list(found) for word, found in groupby(sheets, key=lambda one: one.word)}
    missing = [Bundle(said(one.zh, one.en), needed=True) for one in wanted if one.needed and one.word not in held]
    return [*(Bundle(paper_name(word), found) for word, found in held.items()), *missing]


def paper_name(word: str) -> str:
    """A paper of the checklist in the language of the page."""
    if word == "signature":
        return said("签名", "Signature")
    return said(ALL[word].zh, ALL[word].en) if word in ALL else word


# --- the page ---------------------------------------------------------------------------------------------------------


@staff_only(roles=access.SEE_CLAIMS)
@require_safe
def claim(request: Request, number: str) -> HttpResponseBase:
    """Papers, facts and computation; for reviewers what to do."""
    return claim_shown(request, number)


def claim_to_see(request: Request, number: str) -> Claim:
    """A claim that was filed, with all that the page shows. Raises NotFound; also for a draft, which is its writer's alone."""
    found = access.claim_for(actor=request.actor, number=number, on=request.on)
    if found.state == "draft":
        raise NotFound("没有找到该申请，请核对编号", "no such claim was found; check the number")
    joined = ("member", "employer__unit", "particulars", "office", "assigned_to", "same_as")
    return Claim.objects.select_related(*joined).get(pk=found.pk)


def claim_shown(request: Request, number: str, *, form: Any = None, status: int = 200) -> HttpResponse:
    """The page; with a form that was refused, as it was typed."""
    found = claim_to_see(request, number)
    note_read(request, "read_claim", found)
    stands = queries.stands(claim=found)
    turn = _turn(request, found, stands)
    acts = acts_of(request, found, stands, turn, form)
    context = {
        "claim": found,
        "particulars": found.particulars,
        "around": around_of(request, number),
        **_told(found),
        **_computed(found, stands),
        **_around_it(found, stands, request.on),
        "turn": turn,
        "acts": acts,
        "stray": form if form is not None and not any(act.open for act in acts) else None,
        "may_review": _reviews_of(request, found),
        "preview": preview_of(found, request.on),
    }
    return TemplateResponse(request, "workbench/claims/claim.html", context, status=status)


def _reviews_of(request: Request, claim: Claim) -> list[str]:
    """The kinds of human reviews of a claim whose pages the visitor may open."""
    if not request.standing.roles & frozenset(access.FIRST_REVIEW):
        return []
    tasks = access.tasks_visible_to(actor=request.actor, on=request.on).filter(claim=claim)
    return list(tasks.values_list("kind", flat=True))


def _turn(request: Request, claim: Claim, stands: Stands | None) -> Turn | None:
    """What the visitor may decide; None where it is not theirs, or not under review."""
    if claim.state not in ("first_review", "final_review") or stands is None:
        return None
    try:
        access.claim_to_review(actor=request.actor, number=claim.number, on=request.on)
    except NotFound:
        return None
    return turn_of(claim=claim, found=stands, actor=request.actor)


def _told(claim: Claim) -> dict[str, Any]:
    """Papers and facts."""
    facts = queries.facts_of(claim=claim)
    returns = list(PapersWanted.objects.filter(claim=claim).order_by("id"))
    contacts = names_of_staff(keys=[one.contact_id for one in returns]) if returns else {}
    expenses = list(claim.expenses.order_by("line"))
    total = claim.particulars.total_amount
    summed = sum((one.amount for one in expenses), Decimal(0))
    shown = facts_in_words(facts=facts, lang=lang())
    bundles = _bundles(claim, returns)
    return {
        "bundles": bundles,
        "sheets": [sheet for bundle in bundles for sheet in bundle.sheets],
        "kind": kind_in_words(kind=claim.particulars.kind, lang=lang()) if claim.particulars.kind else "",
        "facts": [one for one in shown if one.group == "event" and one.name != "kind"],
        "amounts": [one for one in shown if one.group == "amounts"],
        "expenses": expenses,
        "expenses_sum": summed,
        "expenses_agree": not expenses or total is None or summed == total,
        "applicant": queries.applicant_of(claim=claim),
        "source": SOURCES[claim.source],
        "returns": [
            (one, [paper_name(word) for word in one.words], contacts.get(one.contact_id, "")) for one in returns
        ],
        "confirmations": list(claim.confirmations.select_related("office").order_by("id")),
    }


def _computed(claim: Claim, stands: Stands | None) -> dict[str, Any]:
    """What is computed, of all lines those that the event touches first."""
    if stands is None:
        return {"stands": None}
    lines = lines_in_words(lines=stands.lines, lang=lang())
    limits = limits_used(
        member=claim.member,
        used=queries.used_up(member_id=claim.member_id),
        touched=queries.touched_by(claim=claim),
        lang=lang(),
        claim=Told(claim.pk, claim.number, claim.particulars.facts),
    )
    missing = list(dict.fromkeys(name for line in lines if line.outcome == "refer" for name in line.missing))
    return {
        "stands": stands,
        "lines": [line for line in lines if line.outcome != "none"],
        "untouched": [line for line in lines if line.outcome == "none"],
        "missing": missing,
        "flags": [(MEANINGS[word], name) for word, name in flags_of_stands(claim, stands)],
        "limits": limits,
        "limits_rest": sum(1 for group in limits if not group.touched),
    }


def flags_of_stands(claim: Claim, stands: Stands) -> list[tuple[str, Any]]:
    """Flags of a claim by the computation that stands."""
    return flags_of(claim, stands)  # type: ignore[arg-type]


def _is_asked(task: ReviewTask) -> bool:
    return task.kind == TaskKind.OBJECTION and task.state == "open"


def _around_it(claim: Claim, stands: Stands | None, on: datetime.date) -> dict[str, Any]:
    """The member's other claims, notes, what happened, the letter, payments."""
    tasks = list(ReviewTask.objects.filter(claim=claim).order_by("-id"))
    others = earlier_of(claim=claim)
    happened = queries.happened(claim=claim)
    letter = Letter.objects.filter(claim=claim).select_related("file").order_by("-id").first()
    word = claim.particulars.reason_word
    return {
        "others": others,
        "before": undecided_before(claim=claim, others=others) if stands and stands.provisional else [],
        "notes": list(ClaimNote.objects.filter(claim=claim).order_by("-id")),
        "happened": _together([(one, _told_what(one)) for one in happened]),
        "letter": letter,
        "proven": letter is not None and is_proven(letter=letter),
        "letter_waits": letter is None and claim.state in DECIDED,
        **_money(claim, stands),
        "set_off": queries.set_off_of(claim=claim) if claim.state in DECIDED else [],
        "tasks": tasks,
        "left": left_for_review(claim=claim, on=on) if any(_is_asked(one) for one in tasks) else None,
        "reason": said(*REASONS[word]) if word in REASONS else word,
    }


def _money(claim: Claim, stands: Stands | None) -> dict[str, Any]:
    if claim.state != "approved" or stands is None:
        return {"payments": []}
    payments = orders_of(reference=claim.number)
    return {
        "payments": payments,
        "money": balance(due=stands.total - queries.beside_orders(claim=claim), orders=payments),
    }


def _together(rows: list[tuple[queries.Happened, str]]) -> list[tuple[queries.Happened, str, int]]:
    """What the same person did several times in a row is told once, as of the last time, with how often: somebody who writes
    saves each minute, and who reads opens the page again."""
    told: list[tuple[queries.Happened, str, int]] = []
    for one, text in rows:
        if told and told[-1][1] == text and _who(told[-1][0]) == _who(one):
            told[-1] = (one, text, told[-1][2] + 1)
        else:
            told.append((one, text, 1))
    return told


def _who(one: queries.Happened) -> tuple[str, str, str]:
    return one.by_kind, one.office, one.name


def _told_what(one: queries.Happened) -> str:
    """What was done, and at which review it was decided."""
    told = what_told(one.what)
    if one.what not in ("approve_claim", "refuse_claim"):
        return told
    return said(f"{'复审' if one.final else '初审'}：{told}", f"{'Final' if one.final else 'First'} review: {told}")


# --- files ------------------------------------------------------------------------------------------------------------


@staff_only(roles=access.SEE_CLAIMS)
@require_safe
def claim_paper(request: Request, number: str, paper: uuid.UUID) -> HttpResponseBase:
    """A page that was handed in."""
    found = claim_to_see(request, number)
    file = access.paper_for(actor=request.actor, number=found.number, paper=str(paper), on=request.on)
    note_read(request, "read_file", file)
    return file_answer(file, papers.read(file), saved="save" in request.GET)


@staff_only(roles=access.SEE_CLAIMS)
@require_safe
def claim_letter(request: Request, number: str) -> HttpResponseBase:
    """The decision letter with its proof, to be saved or printed again; ``?lang=en``: the reading in English."""
    letter = access.letter_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_letter", letter)
    english = request.GET.get("lang") == "en"
    content = english_of(letter=letter) if english else content_of(letter=letter)
    return file_answer(letter.file, content, saved="save" in request.GET)


urlpatterns: list[URLPattern] = [
    path("claims/<claim_number:number>", claim, name="claim"),
    path("claims/<claim_number:number>/papers/<uuid:paper>", claim_paper, name="claim_paper"),
    path("claims/<claim_number:number>/letter", claim_letter, name="claim_letter"),
]
