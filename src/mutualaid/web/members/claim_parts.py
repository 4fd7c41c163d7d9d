"""What the pages of writing a claim share: the frame of a step, and the checklist of papers with the pages in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from mutualaid.claims.actions.drafting import WRITTEN, NotBeingWritten
from mutualaid.claims.checklist import ALL, PaperWanted, checklist_of
from mutualaid.claims.kinship import kinship_of
from mutualaid.claims.models import Claim, ClaimPaper
from mutualaid.claims.queries import facts_of, pages_of, signatory, wanted_of
from mutualaid.web.common.requests import Request
from mutualaid.web.members.claim_told import steps_of_writing
from mutualaid.web.members.showing import lang


def being_written(claim: Claim) -> Claim:
    """A claim to which something may be sent. Raises NotBeingWritten, which is answered with a sentence."""
    if claim.state not in WRITTEN:
        raise NotBeingWritten(
            "这份申请已经提交，内容不能再改；请回到“理赔进度”查看",
            "this claim was filed, nothing of it can be changed; look at it under My claims",
        )
    return claim


TEMPLATES = {
    "event": "members/claims/event.html",
    "visit": "members/claims/visit.html",
    "costs": "members/claims/costs.html",
    "papers": "members/claims/papers.html",
    "account": "members/claims/account.html",
    "check": "members/claims/check.html",
}
"""Of each step."""
SAMPLES = {
    "identity": "identity",
    "bank_card": "card",
    "settlement": "settlement",
    "invoice": "invoice",
    "form": "form",
    "mandate": "form",
}
"""Papers with a sample picture of their own; all others have that of a stamped page."""


def where_listed(claim: Claim) -> str:
    """The page that lists a claim: the member's own, or of next of kin what they do for the member."""
    kinship = kinship_of(claim=claim)
    return reverse("members:claims") if kinship is None else reverse("members:kinship", args=[kinship.number])


@dataclass(frozen=True)
class Box:
    """A paper of the checklist with its pages. ``asked``: the office asked for it."""

    word: str
    name: str
    hint: str
    needed: bool
    asked: bool
    sample: str
    pages: list[ClaimPaper]
    refusal: str = ""


def boxes_of(*, claim: Claim, refused: str = "", refusal: str = "") -> list[Box]:
    """The checklist of a claim; ``refused``: the word at which a refusal is to be said."""
    pages, wanted = pages_of(claim=claim), wanted_of(claim=claim)
    asked = wanted.words if wanted is not None else []
    listed = {one.word: one for one in checklist_of(claim=claim)}
    for word in (*asked, *(page.word for page in pages)):
        if word in ALL:
            listed.setdefault(word, ALL[word])
    boxes = [
        _box(paper, [page for page in pages if page.word == word], word in asked, refusal if word == refused else "")
        for word, paper in listed.items()
    ]
    return sorted(boxes, key=lambda box: not box.asked)


def _box(paper: PaperWanted, pages: list[ClaimPaper], asked: bool, refusal: str) -> Box:
    english = lang() == "en"
    return Box(
        paper.word,
        paper.en if english else paper.zh,
        paper.hint_en if english else paper.hint_zh,
        paper.needed or asked,
        asked,
        f"members/samples/{SAMPLES.get(paper.word, 'stamped')}.svg",
        pages,
        refusal,
    )


def page_of_step(request: Request, claim: Claim, name: str, more: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page of a step."""
    pages = pages_of(claim=claim)
    steps = steps_of_writing(claim=claim, facts=facts_of(claim=claim), pages=pages, current=name)
    place = next(i for i, step in enumerate(steps) if step.current)
    listed = where_listed(claim)
    context = {
        "claim": claim,
        "told": claim.particulars,
        "steps": steps,
        "step": steps[place],
        "number": place + 1,
        "before": steps[place - 1].url if place else listed,
        "listed": listed,
        "signatory": signatory(claim=claim),
        "after": steps[place + 1].url if place + 1 < len(steps) else "",
        **more,
    }
    return render(request, TEMPLATES[name], context, status=status)
