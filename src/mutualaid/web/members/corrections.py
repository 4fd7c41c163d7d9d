"""会员端: a member asks to have put right who they are, with a photo of the document, and sees how it stands."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.enrolment import correction_access as access
from mutualaid.enrolment.actions.correcting import ask_correction, withdraw_correction
from mutualaid.enrolment.correcting import open_correction
from mutualaid.people.access import member_self
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.identity_forms import REFUSALS, CorrectionAsked
from mutualaid.web.common.requests import Request


@members_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: Request) -> HttpResponse:
    """What was asked for and how it stands; the form where nothing waits."""
    member = member_self(actor=request.actor)
    form = CorrectionAsked(initial={"identity_kind": member.identity_kind, "name": member.name})
    status = 200
    if request.method == "POST":
        form, status = CorrectionAsked(request.POST, request.FILES), 422
        if form.is_valid():
            try:
                ask_correction(
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
                messages.success(request, _("更正申请已提交，核对证件后会通知您"))
                return HttpResponseRedirect(reverse("members:correction"))
    seen = access.corrections_visible_to(actor=request.actor, on=request.on)
    waits = open_correction(member=member)
    context = {
        "member": member,
        "form": form,
        "waits": waits,
        "own": waits is not None and (waits.asked_kind, waits.asked_by) == (request.actor.kind, request.actor.key),
        "past": list(seen.exclude(state__in=["asked", "entered"]).order_by("-id")[:20]),
    }
    return render(request, "members/correction.html", context, status=status)


@members_only
@require_POST
def correction_withdrawal(request: Request, number: str) -> HttpResponse:
    """The member takes it back."""
    found = access.correction_to_withdraw(actor=request.actor, number=number, on=request.on)
    withdraw_correction(correction=found, by=request.actor, at=request.at)
    messages.success(request, _("已撤回"))
    return HttpResponseRedirect(reverse("members:correction"))
