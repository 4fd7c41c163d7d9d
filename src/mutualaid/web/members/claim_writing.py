"""Writing a claim, step by step: each step saves itself, and whoever comes back goes on where they stopped.

A form that is sent by htmx while somebody still types saves what can be saved and answers with a line that says so.
"""

from __future__ import annotations

import base64
import binascii
import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mutualaid.claims import access
from mutualaid.claims.actions.drafting import WRITTEN, set_payee, write_event
from mutualaid.claims.actions.filing import Expense, Payee
from mutualaid.claims.actions.signing import ASKED, sign_and_file
from mutualaid.claims.checklist import agreed_of, missing_of, signs_by_phone
from mutualaid.claims.models import Claim, ExpenseLine, Source
from mutualaid.claims.queries import applicant_of, facts_of, hospitals_of, pages_of, signatory, wanted_of
from mutualaid.claims.refusals import FactsFaulty, Refused, Unfinished
from mutualaid.claims.words import facts_in_words
from mutualaid.core.moves import IllegalMove
from mutualaid.core.papers import BadFile
from mutualaid.people.consents import current_text
from mutualaid.people.contacts import NotAContact, masked_card
from mutualaid.people.models import Consent, Purpose
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import members_and_kin
from mutualaid.web.common.requests import Request
from mutualaid.web.members.banks import bank_of_card
from mutualaid.web.members.claim_forms import BILLED, ITEMS, KIN_KINDS, KINDS, LINES_LEAST, Account, Costs, Visit
from mutualaid.web.members.claim_parts import being_written, boxes_of, page_of_step
from mutualaid.web.members.claim_tabs import SEEN, merged, seen_of
from mutualaid.web.members.claim_told import steps_of_writing
from mutualaid.web.members.consents import Answer, answers_of
from mutualaid.web.members.showing import lang

SAVING = (FactsFaulty, Refused, NotAContact)


def _to_write(request: Request, number: str, *, twice: bool = False) -> Claim | None:
    """The claim of a step; None when it was filed meanwhile and is only looked at (``twice``: or sent once more): then the step
    leads to where it stands. What is sent to it then is refused in a sentence. Raises NotFound, NotBeingWritten."""
    claim = access.claim_to_write(actor=request.actor, number=number, on=request.on)
    if claim.state not in WRITTEN and (twice or request.method != "POST"):
        return None
    return being_written(claim)


def _stands(number: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("members:claim", args=[number]))


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def claim_event(request: Request, number: str) -> HttpResponse:
    """Another kind of event."""
    claim = _to_write(request, number)
    if claim is None:
        return _stands(number)
    kind = request.POST.get("kind", "")
    known = KIN_KINDS if signs_by_phone(claim=claim) else KINDS
    if request.method != "POST" or kind not in known:
        kinds = [(word, *known[word]) for word in known]
        return page_of_step(request, claim, "event", {"kinds": kinds}, status=422 if request.method == "POST" else 200)
    facts = {**facts_of(claim=claim), "kind": kind}
    for name in ("ended_on", "settled_on") if kind != "inpatient" else ("disability_grade",):
        facts.pop(name, None)
    try:
        _save(request, claim, facts, claim.particulars.hospital, _lines(claim))
    except SAVING as refused:
        return page_of_step(request, claim, "event", {"kinds": [], "refusal": said_by(refused)}, status=409)
    return _next(claim, "visit")


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def claim_visit(request: Request, number: str) -> HttpResponse:
    """When, and at which hospital."""
    claim = _to_write(request, number)
    if claim is None:
        return _stands(number)
    told, facts = claim.particulars, facts_of(claim=claim)
    initial = {**facts, "hospital": told.hospital, "diagnoses": ", ".join(facts.get("diagnoses", []))}
    asked: dict[str, Any] = {
        "kind": told.kind,
        "on": request.on,
        "initial": {name: "" if value is None else value for name, value in initial.items()},
    }
    stored = form = Visit(None, **asked)
    if request.method == "POST":
        form = Visit(merged(request.POST, stored), **asked)
    # What the member's other claims tell is no business of next of kin.
    hospitals = [] if signs_by_phone(claim=claim) else hospitals_of(member=claim.member)
    more: dict[str, Any] = {"form": form, "hospitals": hospitals}
    if request.method != "POST":
        return page_of_step(request, claim, "visit", more | {"seen": seen_of(form)})
    valid = form.is_valid()
    kept = {name: value for name, value in facts.items() if name not in Visit.OWN}
    hospital = form.cleaned_data.get("hospital", told.hospital)
    more["seen"] = seen_of(form, request.POST if request.htmx else None)
    try:
        _save(request, claim, {**kept, **form.facts()}, hospital, _lines(claim))
    except SAVING as refused:
        form.add_error(None, said_by(refused))
        valid, more["seen"] = False, request.POST.get(SEEN, "")
    if request.htmx:
        return _saved(request, form, more["seen"])
    return _next(claim, "visit", after=True) if valid else page_of_step(request, claim, "visit", more, status=422)


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def claim_costs(request: Request, number: str) -> HttpResponse:
    """The amounts as on the bill; where they do not agree it is said at once, and the member may say that they are printed so."""
    claim = _to_write(request, number)
    if claim is None:
        return _stands(number)
    facts, lines = facts_of(claim=claim), _lines(claim)
    if claim.particulars.kind not in BILLED:
        return _next(claim, "papers")
    initial: dict[str, Any] = dict(facts.get("amounts") or {})
    for row, line in enumerate(lines):
        initial |= {f"item-{row}": line.item, f"amount-{row}": line.amount, f"scope-{row}": line.out_of_scope}
    rows = max(LINES_LEAST, len(lines) + 1)
    form = Costs(None, rows=rows, initial=initial)
    more: dict[str, Any] = {"form": form, "items": ITEMS, "seen": seen_of(form)}
    if request.method != "POST":
        return page_of_step(request, claim, "costs", more)
    sent = merged(request.POST, form)
    rows = Costs.rows_in(sent)
    more["form"] = form = Costs(sent, rows=rows, initial=initial)
    valid = form.is_valid()
    more["seen"] = seen_of(form, request.POST if request.htmx else None)
    try:
        amounts = form.amounts()
        told = {name: value for name, value in facts.items() if name != "amounts"}
        _save(request, claim, {**told, "amounts": amounts}, claim.particulars.hospital, form.expenses())
    except SAVING as refused:
        form.add_error(None, said_by(refused))
        valid, more["seen"] = False, request.POST.get(SEEN, "")
    more["disagreements"] = form.disagreements()
    if request.htmx:
        return _saved(request, form, more["seen"], more["disagreements"])
    if valid and "more" in request.POST:
        initial = {**form.cleaned_data}
        more["form"] = Costs(None, rows=rows + LINES_LEAST, initial=initial)
        more |= {"lines_open": True, "seen": seen_of(more["form"])}
        return page_of_step(request, claim, "costs", more)
    if valid and (not more["disagreements"] or form.cleaned_data["as_printed"]):
        return _next(claim, "costs", after=True)
    return page_of_step(request, claim, "costs", more, status=422)


@members_and_kin
@require_http_methods(["GET", "HEAD"])
def claim_papers(request: Request, number: str) -> HttpResponse:
    """The checklist with what was handed in (``claim_pages`` takes it)."""
    claim = _to_write(request, number)
    if claim is None:
        return _stands(number)
    return page_of_step(request, claim, "papers", {"boxes": boxes_of(claim=claim)})


@members_and_kin
@sensitive_post_parameters("account_number")
@require_http_methods(["GET", "HEAD", "POST"])
def claim_account(request: Request, number: str) -> HttpResponse:
    """The card to which it is paid."""
    claim = _to_write(request, number)
    if claim is None:
        return _stands(number)
    cards = cards_known(claim)
    told = claim.particulars
    initial = {"which": cards[0][0] if cards else "other", "bank_name": told.bank_name or _bank(cards, claim)}
    initial["payee"] = payee_name(claim)
    sent = request.POST if request.method == "POST" else None
    form = Account(sent, cards=cards, initial=initial, payees=payees_of(claim), told_payee=told.payee_name)
    if request.method != "POST":
        return page_of_step(request, claim, "account", {"form": form, "name": payee_name(claim)})
    if form.is_valid():
        try:
            set_payee(claim=claim, payee=payee_of(form, claim), by=request.actor, at=request.at)
        except SAVING as refused:
            form.add_error("account_number" if isinstance(refused, NotAContact) else None, said_by(refused))
        else:
            return _next(claim, "account", after=True)
    return page_of_step(request, claim, "account", {"form": form, "name": payee_name(claim)}, status=422)


@members_and_kin
@require_http_methods(["GET", "HEAD", "POST"])
def claim_check(request: Request, number: str) -> HttpResponse:
    """All that was told, the two consents, the signature; POST files it, once however often it is sent."""
    claim = _to_write(request, number, twice=True)
    if claim is None:
        return _stands(number)
    if request.method != "POST":
        return _check(request, claim)
    wanted = {purpose: request.POST.get(f"consent-{purpose.value}", "") for purpose in ASKED}
    agreed: dict[Purpose, str] = {purpose: version for purpose, version in wanted.items() if version}
    try:
        filed = sign_and_file(
            claim=claim,
            agreed=agreed,
            drawn=_drawn(request.POST.get("drawn", "")),
            typed=request.POST.get("typed", "").strip(),
            by=request.actor,
            at=request.at,
        )
    except Unfinished as refused:
        return _check(request, claim, missing=[said(zh, en) for _word, zh, en in refused.missing], status=409)
    except (FactsFaulty, Refused, IllegalMove, BadFile) as refused:
        return _check(request, claim, refusal=said_by(refused), status=409)
    messages.success(request, _("已提交，申请编号 %(number)s") % {"number": filed.number})
    return HttpResponseRedirect(reverse("members:claim", args=[filed.number]))


# --- what they share --------------------------------------------------------------------------------------------------


def cards_known(claim: Claim) -> list[tuple[str, str]]:
    """Cards that need not be typed again: what the claim says, and what the member has registered, which is no business of next
    of kin."""
    known: dict[str, str] = {}
    told = claim.particulars
    if told.account_number:
        known["told"] = _("已填的卡 尾号 %(tail)s") % {"tail": told.account_number[-4:]}
    card = claim.member.bank_card
    if card and card != told.account_number and not signs_by_phone(claim=claim):
        known["registered"] = _("登记的卡 尾号 %(tail)s") % {"tail": card[-4:]}
    return list(known.items())


def payee_name(claim: Claim) -> str:
    """In whose name the card is; of a claim by next of kin, until it is told, theirs after a death, else the member's."""
    told = claim.particulars
    heir = payees_of(claim)[-1:] if told.kind == "death" else []
    return told.payee_name or (heir[0] if heir else claim.member.name)


def payees_of(claim: Claim) -> list[str]:
    """Of a claim by next of kin, who may be paid: by the rules of one that is written at the counter. Empty for others."""
    name, relation = signatory(claim=claim)
    return list(dict.fromkeys([claim.member.name, name])) if relation else []


def payee_of(form: Account, claim: Claim) -> Payee:
    """What a valid form says."""
    chosen = {"told": claim.particulars.account_number, "registered": claim.member.bank_card}
    if signs_by_phone(claim=claim):
        del chosen["registered"]
    number = chosen.get(form.cleaned_data["which"]) or form.cleaned_data["account_number"]
    digits = "".join(sign for sign in number if sign.isdigit())
    return Payee(
        form.cleaned_data.get("payee") or payee_name(claim),
        number,
        form.cleaned_data["bank_name"] or bank_of_card(digits),
    )


def _bank(cards: list[tuple[str, str]], claim: Claim) -> str:
    known = any(word == "registered" for word, _label in cards)
    return bank_of_card(claim.member.bank_card) if known and claim.member.bank_card else ""


def _lines(claim: Claim) -> list[Expense]:
    rows = ExpenseLine.objects.filter(claim=claim).order_by("line")
    return [Expense(*row) for row in rows.values_list("item", "amount", "out_of_scope_amount")]


def _save(request: Request, claim: Claim, facts: dict[str, Any], hospital: str, expenses: Any) -> None:
    write_event(claim=claim, facts=facts, hospital=hospital, expenses=expenses, by=request.actor, at=request.at)


def _saved(request: Request, form: Any, seen: str, disagreements: list[str] | None = None) -> HttpResponse:
    """The line that says what was saved while somebody types."""
    context = {"at": request.at, "wrong": form.errors, "seen": seen, "disagreements": disagreements}
    return render(request, "members/claims/saved.html", context)


def _next(claim: Claim, name: str, *, after: bool = False) -> HttpResponse:
    """To a step, or to the one after it."""
    steps = steps_of_writing(claim=claim, facts=facts_of(claim=claim), pages=())
    place = next(i for i, step in enumerate(steps) if step.name == name)
    return HttpResponseRedirect(steps[place + (1 if after else 0)].url)


def _check(
    request: Request, claim: Claim, *, missing: list[str] | None = None, refusal: str = "", status: int = 200
) -> HttpResponse:
    pages = pages_of(claim=claim)
    facts = facts_in_words(facts=_worded(facts_of(claim=claim)), lang=lang())
    told = claim.particulars
    own = claim.source == Source.MEMBER or signs_by_phone(claim=claim)
    lacking = [one for one in missing_of(claim=claim) if not one[0].startswith("consent_") and one[0] != "signature"]
    context = {
        "events": [one for one in facts if one.group == "event"],
        "amounts": [one for one in facts if one.group == "amounts"],
        "lines": _lines(claim),
        "billed": told.kind in BILLED,
        "pages": [page for page in pages if page.word != "signature"],
        "missing": missing if missing is not None else [said(zh, en) for _word, zh, en in lacking],
        "refusal": refusal,
        "consents": consents_asked(claim) if own else [],
        "own": own,
        "signed": any(page.word == "signature" for page in pages),
        "account": masked_card(told.account_number) if told.account_number else "",
        "wanted": wanted_of(claim=claim),
    }
    return page_of_step(request, claim, "check", context, status=status)


def consents_asked(claim: Claim) -> list[Answer]:
    """What who signs is asked to agree to, with what they said: the member of all claims, next of kin of this one."""
    if not signs_by_phone(claim=claim):
        return [one for one in answers_of(member=claim.member) if one.purpose in ASKED]
    agreed, day = agreed_of(claim=claim), (applicant_of(claim=claim) or {}).get("agreed_on", "")
    if not day:
        return [Answer(purpose, current_text(purpose), None) for purpose in ASKED]
    at = datetime.datetime.fromisoformat(f"{day}T12:00:00+08:00")
    given = {
        purpose: Consent(purpose=purpose, version=version, given=True, at=at) for purpose, version in agreed.items()
    }
    return [Answer(purpose, current_text(purpose), given.get(purpose)) for purpose in ASKED]


def _worded(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name != "filed_on"}


def _drawn(text: str) -> bytes:
    """The picture that the canvas sends as ``data:image/png;base64,…``; empty when there is none."""
    head, comma, body = text.partition(",")
    if not comma or head != "data:image/png;base64":
        return b""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return b"\0"
