"""管理端: papers that members were asked for, followed up by a named person; who stands in for whom while away."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import access
from mutualaid.claims.actions.desk import announce_absence
from mutualaid.claims.actions.following import remind_of_papers
from mutualaid.claims.models import Absence, CallNote, Claim, PapersWanted
from mutualaid.claims.reviewers import colleagues_of, names_of_staff
from mutualaid.claims.reviewers import follow_ups as waiting_of
from mutualaid.people.refusals import Refused
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import DayField, said
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.claim_page import paper_name
from mutualaid.web.workbench.claims import PAGE

ROLES = access.FIRST_REVIEW
DAY = datetime.timedelta(days=1)


@staff_only(roles=ROLES)
@require_safe
def follow_ups(request: Request) -> HttpResponseBase:
    """What I follow up, the earliest term first; ``?whose=all``: what anybody does in my branches."""
    everybody = request.GET.get("whose") == "all"
    among = access.claims_visible_to(actor=request.actor, on=request.on)
    rows = waiting_of(among=among, contact=None if everybody else access.staff_of(actor=request.actor))
    page = page_asked(request, rows, PAGE)
    named = names_of_staff(keys=[one.contact_id for one in page])
    told = [
        (one, [paper_name(word) for word in one.words], (request.on - one.until_on).days, named.get(one.contact_id, ""))
        for one in page
    ]
    context = {"page": page, "rows": told, "everybody": everybody, "tab": "follow_ups"}
    return TemplateResponse(request, "workbench/claims/follow_ups.html", context)


@staff_only(roles=ROLES)
@require_safe
def follow_up(request: Request, number: str) -> HttpResponseBase:
    """One claim that waits for papers: what was asked for, calls, the reminder."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)
    return _follow_up(request, found)


def _follow_up(request: Request, claim: Claim, refusal: str = "", status: int = 200) -> HttpResponseBase:
    note_read(request, "read_claim", claim)
    asked = list(PapersWanted.objects.filter(claim=claim).order_by("-id"))
    named = names_of_staff(keys=[one.contact_id for one in asked])
    context = {
        "claim": claim,
        "asked": [(one, [paper_name(word) for word in one.words], named.get(one.contact_id, "")) for one in asked],
        "waits": any(one.answered_at is None for one in asked),
        "reminded": next((one.reminded_at for one in asked if one.answered_at is None), None),
        "calls": list(CallNote.objects.filter(claim=claim).order_by("-id")),
        "refusal": refusal,
    }
    return TemplateResponse(request, "workbench/claims/follow_up.html", context, status=status)


@staff_only(roles=ROLES)
@require_POST
def follow_up_reminder(request: Request, number: str) -> HttpResponseBase:
    """Remind the member, once."""
    found = access.claim_to_review(actor=request.actor, number=number, on=request.on)
    try:
        remind_of_papers(claim=found, by=request.actor, at=request.at)
    except Refused as refusal:
        return _follow_up(request, found, said(refusal), status=409)
    messages.success(request, _("已提醒会员补材料"))
    return HttpResponseRedirect(reverse("workbench:follow_up", args=[number]))


# --- absences ---------------------------------------------------------------------------------------------------------


class AbsenceForm(forms.Form):
    """Days away, and who sees my claims meanwhile."""

    deputy = forms.ChoiceField(label=gettext_lazy("代办人"))
    from_on = DayField(label=gettext_lazy("开始日期"))
    last_on = DayField(label=gettext_lazy("结束日期（含）"))

    def __init__(self, data: Any, deputies: list[Any]) -> None:
        super().__init__(data)
        people = [(one.account.name, f"{one.name} · {one.unit.name}") for one in deputies]
        self.fields["deputy"].choices = people  # type: ignore[attr-defined]


@staff_only(roles=ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: Request) -> HttpResponseBase:
    """My own days away, whom I stand in for, and a form."""
    mine = access.staff_of(actor=request.actor)
    assert mine is not None
    path_of = mine.unit.path if mine.unit_id else ""
    deputies = colleagues_of(path=path_of, on=request.on, besides=request.actor)
    form = AbsenceForm(request.POST if request.method == "POST" else None, deputies)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        deputy = next(one for one in deputies if one.account.name == given["deputy"])
        try:
            announce_absence(
                staff=mine, deputy=deputy, from_on=given["from_on"], until_on=given["last_on"] + DAY,
                by=request.actor, at=request.at,
            )  # fmt: skip
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("已登记，期间您名下的申请由 %s 代办") % deputy.name)
            return HttpResponseRedirect(reverse("workbench:absences"))
    rows = Absence.objects.order_by("-from_on", "-id")
    away, others = list(rows.filter(staff=mine)[:PAGE]), list(rows.filter(deputy=mine, until_on__gt=request.on)[:PAGE])
    named = names_of_staff(keys=[*(one.deputy_id for one in away), *(one.staff_id for one in others)])
    context = {
        "form": form,
        "mine": [(one, named.get(one.deputy_id, "")) for one in away],
        "others": [(one, named.get(one.staff_id, "")) for one in others],
        "tab": "absences",
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "workbench/claims/absences.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("follow-ups", follow_ups, name="follow_ups"),
    path("follow-ups/<claim_number:number>", follow_up, name="follow_up"),
    path("follow-ups/<claim_number:number>/reminder", follow_up_reminder, name="follow_up_reminder"),
    path("absences", absences, name="absences"),
]
