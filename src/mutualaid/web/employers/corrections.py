"""单位端: a clerk asks to have put right who one of the staff is, with a photo of the document; how what was asked for stands."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.enrolment import correction_access as access
from mutualaid.enrolment.actions.correcting import ask_correction, withdraw_correction
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.identity_forms import REFUSALS, CorrectionAsked
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.employers.told import paged


@clerks_only
@require_safe
def corrections(request: Request) -> HttpResponseBase:
    """What the clerk asked for, the newest first."""
    seen = access.corrections_visible_to(actor=request.actor, on=request.on).select_related("member", "office")
    page = paged(request, seen.order_by("-id"))
    return TemplateResponse(request, "employers/corrections/corrections.html", {"page": page})


@clerks_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correction_new(request: Request, number: str) -> HttpResponseBase:
    """For one of the staff, by their number."""
    member = access.member_to_correct(actor=request.actor, number=number, on=request.on)
    form = CorrectionAsked(initial={"identity_kind": member.identity_kind, "name": member.name})
    status = 200
    if request.method == "POST":
        form, status = CorrectionAsked(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                made = ask_correction(
                    member=member,
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
                messages.success(request, _("更正申请 %s 已提交，经办机构核对证件后办理") % made.number)
                return HttpResponseRedirect(reverse("employers:corrections"))
    else:
        note_read(request, "read_member", member)
    context = {"member": member, "form": form}
    return TemplateResponse(request, "employers/corrections/new.html", context, status=status)


@clerks_only
@require_POST
def correction_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """The clerk takes it back."""
    found = access.correction_to_withdraw(actor=request.actor, number=number, on=request.on)
    withdraw_correction(correction=found, by=request.actor, at=request.at)
    messages.success(request, _("已撤回"))
    return HttpResponseRedirect(reverse("employers:corrections"))


urlpatterns: list[URLPattern] = [
    path("corrections", corrections, name="corrections"),
    path("corrections/<str:number>/withdrawal", correction_withdrawal, name="correction_withdrawal"),
    path("members/<str:number>/correction", correction_new, name="correction_new"),
]
