"""管理端: 更正身份信息 – asked for by members and clerks or begun here, entered from the document, agreed to by another."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims.access import SEE_CLAIMS, claims_visible_to
from mutualaid.core import papers
from mutualaid.core.actors import ActorKind
from mutualaid.enrolment import correction_access as access
from mutualaid.enrolment.actions.correcting import (
    confirm_correction,
    enter_correction,
    propose_correction,
    refuse_correction,
    settle_correction,
    withdraw_correction,
)
from mutualaid.enrolment.correcting import corrections_found, doubts, former_identities, holder_of
from mutualaid.enrolment.models import Correction
from mutualaid.enrolment.states import CORRECTION
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.identity_forms import KINDS, REFUSALS, SEXES, CorrectionAsked, Identity
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.serving import file_answer
from mutualaid.web.workbench.acting import acted
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

SORTS = {"at": ("-id",), "name": ("member__name", "-id"), "office": ("office__name", "-id")}
ASKERS = {
    ActorKind.MEMBER: gettext_lazy("会员本人"),
    ActorKind.CLERK: gettext_lazy("单位代办员"),
    ActorKind.STAFF: gettext_lazy("经办机构"),
}


class CorrectionsAsked(Asked):
    """What the list is asked."""

    state = StateField(CORRECTION)
    q = WordsField(label=gettext_lazy("编号、会员编号、姓名"))


@staff_only(roles=access.CORRECT)
@require_safe
def corrections(request: Request) -> HttpResponseBase:
    """Corrections of members of the branches, the newest first."""
    form = CorrectionsAsked(request)
    page = page_of(request, _asked(request, form))
    note_read(request, "search_members", request.account)
    rows = [(row, ASKERS.get(ActorKind(row.asked_kind), "")) for row in page]
    return TemplateResponse(request, "workbench/corrections/list.html", {"form": form, "page": page, "rows": rows})


@staff_only(roles=access.CORRECT)
@require_safe
def corrections_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    note_read(request, "export_members", request.account)
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("会员编号"), lambda row: row.member.number),
        Column(_("姓名"), lambda row: row.member.name),
        Column(_("机构"), lambda row: row.office.name, width=30),
        Column(_("申请人"), lambda row: str(ASKERS.get(ActorKind(row.asked_kind), ""))),
        Column(_("申请时间"), lambda row: row.asked_at, "moment"),
        Column(_("录入人"), lambda row: row.entered_name),
        Column(_("确认人"), lambda row: row.decided_name),
        Column(_("办理时间"), lambda row: row.decided_at, "moment"),
        Column(_("状态"), lambda row: said(*CORRECTION.names[row.state])),
    ]
    rows = _asked(request, CorrectionsAsked(request)).iterator(chunk_size=2000)
    return workbook(_("更正身份信息"), columns, rows)


def _asked(request: Request, form: CorrectionsAsked) -> Any:
    rows = access.corrections_visible_to(actor=request.actor, on=request.on).select_related("member", "office")
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    return sorted_by(request, corrections_found(among=rows, text=form.given("q")), SORTS)


@staff_only(roles=access.CORRECT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def member_identity(request: Request, number: str) -> HttpResponseBase:
    """The office enters who a member really is, from the document that lies before it; another person agrees."""
    found = access.member_to_correct(actor=request.actor, number=number, on=request.on)
    form = CorrectionAsked(initial={"identity_kind": found.identity_kind, "name": found.name})
    status = 200
    if request.method == "POST":
        form, status = CorrectionAsked(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                made = propose_correction(
                    member=found,
                    said=form.said(),
                    reason=form.cleaned_data["reason"],
                    photo=form.photo(),
                    by=request.actor,
                    at=request.at,
                )
            except REFUSALS as refusal:
                form.add_error(None, said_by(refusal))
                status = 409
            else:
                messages.success(request, _("已录入更正 %s，等待另一人确认") % made.number)
                return HttpResponseRedirect(reverse("workbench:correction", args=[made.number]))
    return TemplateResponse(request, "workbench/people/identity.html", {"member": found, "form": form}, status=status)


@staff_only(roles=access.CORRECT)
@never_cache
@require_safe
def correction(request: Request, number: str) -> HttpResponseBase:
    """One with the document beside what is written and what it shall be."""
    return _page(request, access.correction_to_decide(actor=request.actor, number=number, on=request.on))


def _page(
    request: Request, found: Correction, *, form: Identity | None = None, refusal: str = "", status: int = 200
) -> HttpResponseBase:
    note_read(request, "read_member", found.member)
    member, key = found.member, request.actor.key
    waits = found.state in ("asked", "entered")
    holder = holder_of(kind=found.identity_kind, number=found.identity_number, besides=member) if waits else None
    context = {
        "correction": found,
        "member": member,
        "rows": _rows(found),
        "asker": ASKERS.get(ActorKind(found.asked_kind), ""),
        "picture": found.file.media_type != papers.PDF,
        "form": (form or Identity(initial=_initial(found))) if found.state == "asked" else None,
        "own": key in (found.entered_by, found.asked_by),
        "asked_it": (found.asked_kind, found.asked_by) == (request.actor.kind, key),
        "waits": waits,
        "holder": holder,
        "doubts": _doubts(found, request.on)
        if waits
        else [(one["cover"], said(one["zh"], one["en"])) for one in found.doubts],
        "claims": _claims(request, found) if found.state != "withdrawn" else [],
        "refusal": refusal,
        "typed": request.POST if request.method == "POST" else {},
    }
    return TemplateResponse(request, "workbench/corrections/correction.html", context, status=status)


def _initial(found: Correction) -> dict[str, object]:
    names = ("identity_kind", "identity_number", "name", "sex", "birth_date")
    return {name: getattr(found, name) for name in names}


def _rows(found: Correction) -> list[tuple[str, str, str, bool]]:
    """Label, what is or was written, what it shall be or is, whether they differ."""
    was: Any = found.change or found.member
    return [
        (label, tell(was), tell(found), tell(was) != tell(found))
        for label, tell in (
            (_("证件种类"), lambda row: str(KINDS[IdentityKind(row.identity_kind)])),
            (_("证件号码"), lambda row: str(row.identity_number)),
            (_("姓名"), lambda row: str(row.name)),
            (_("性别"), lambda row: str(SEXES[Sex(row.sex)])),
            (_("出生日期"), lambda row: row.birth_date.isoformat()),
        )
    ]


def _doubts(found: Correction, on: datetime.date) -> list[tuple[str, str]]:
    member = found.member
    told = doubts(
        member=member,
        birth_date=found.birth_date,
        sex=found.sex,
        on=on,
        was=(member.birth_date, str(member.sex)),
    )
    return [(one.cover, said(one.zh, one.en)) for one in told]


def _claims(request: Request, found: Correction) -> list[Any]:
    """Claims of the member on which nobody has decided yet: whoever does sees the corrected facts."""
    if not request.standing.roles & frozenset(SEE_CLAIMS):
        return []
    seen = claims_visible_to(actor=request.actor, on=request.on).filter(member=found.member)
    return list(seen.filter(decided_at=None).exclude(state="withdrawn").order_by("-id")[:20])


@staff_only(roles=access.CORRECT)
@require_safe
def correction_paper(request: Request, number: str) -> HttpResponseBase:
    """The photographed document."""
    file = access.correction_paper_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_file", file)
    return file_answer(file, papers.read(file), saved="save" in request.GET)


@staff_only(roles=access.CORRECT)
@never_cache
@require_POST
def correction_entry(request: Request, number: str) -> HttpResponseBase:
    """What a member or clerk asked for is entered, as the document says it."""
    found = access.correction_to_decide(actor=request.actor, number=number, on=request.on)
    form = Identity(request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, status=422)
    try:
        enter_correction(correction=found, said=form.said(), by=request.actor, at=request.at)
    except REFUSALS as refusal:
        form.add_error(None, said_by(refusal))
        return _page(request, found, form=form, status=409)
    messages.success(request, _("已录入，等待另一人确认"))
    return HttpResponseRedirect(reverse("workbench:correction", args=[number]))


def _done(
    request: Request, found: Correction, told: str, action: Callable[..., object], **more: Any
) -> HttpResponseBase:
    """One action and back to the page; a refusal is shown there, with what was typed and how it then stands."""

    def refused(why: str) -> HttpResponseBase:
        again = access.correction_to_decide(actor=request.actor, number=found.number, on=request.on)
        return _page(request, again, refusal=why, status=409)

    return acted(
        request,
        do=partial(action, correction=found, by=request.actor, at=request.at, **more),
        told=told,
        to=reverse("workbench:correction", args=[found.number]),
        refused=refused,
    )


@staff_only(roles=access.CORRECT)
@require_POST
def correction_confirmation(request: Request, number: str) -> HttpResponseBase:
    """Another person agrees, having looked at the document."""
    found = access.correction_to_decide(actor=request.actor, number=number, on=request.on)
    if "looked" not in request.POST:
        return _page(request, found, refusal=_("请先核对证件照片，并勾选确认"), status=422)
    return _done(request, found, _("已更正"), confirm_correction)


@staff_only(roles=access.CORRECT)
@require_POST
def correction_refusal(request: Request, number: str) -> HttpResponseBase:
    """It is not put right, and the office says why."""
    found = access.correction_to_decide(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已退回，不予更正"), refuse_correction, reason=request.POST.get("reason", ""))


@staff_only(roles=access.CORRECT)
@require_POST
def correction_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """Whoever asked for it takes it back."""
    found = access.correction_to_decide(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已撤回"), withdraw_correction)


@staff_only(roles=access.CORRECT)
@require_POST
def correction_settlement(request: Request, number: str) -> HttpResponseBase:
    """What came of the covers whose rules are broken."""
    found = access.correction_to_decide(actor=request.actor, number=number, on=request.on)
    return _done(request, found, _("已记录处理结果"), settle_correction, text=request.POST.get("text", ""))


def history_of(member: Any) -> list[tuple[Any, str]]:
    """Who a member was said to be, for the member's page: the former row and the name of its kind of document."""
    return [(one, str(KINDS[IdentityKind(one.change.identity_kind)])) for one in former_identities(member=member)]


urlpatterns: list[URLPattern] = [
    path("corrections", corrections, name="corrections"),
    path("corrections/export", corrections_export, name="corrections_export"),
    path("corrections/<str:number>", correction, name="correction"),
    path("corrections/<str:number>/paper", correction_paper, name="correction_paper"),
    path("corrections/<str:number>/entry", correction_entry, name="correction_entry"),
    path("corrections/<str:number>/confirmation", correction_confirmation, name="correction_confirmation"),
    path("corrections/<str:number>/refusal", correction_refusal, name="correction_refusal"),
    path("corrections/<str:number>/withdrawal", correction_withdrawal, name="correction_withdrawal"),
    path("corrections/<str:number>/settlement", correction_settlement, name="correction_settlement"),
    path("members/<str:number>/identity", member_identity, name="member_identity"),
]
