"""管理端: 来电记录 – notes of calls about a member or a claim: written where the person is, listed and searched for all."""

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
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.claims import access, queries
from mutualaid.claims.actions.desk import Empty, add_call_note
from mutualaid.claims.models import Claim
from mutualaid.people.access import SEE_MEMBERS, member_for
from mutualaid.people.models import Member
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayField, said
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.listing import Asked, WordsField, page_of, sorted_by

SEE = SEE_MEMBERS
SORTS = {"at": ("-at", "-id"), "follow": ("follow_up_on", "-id"), "member": ("member__name", "-id")}


class CallsAsked(Asked):
    """What the list is asked."""

    q = WordsField(label=gettext_lazy("会员、来电人、事由、编号"))
    follow = forms.ChoiceField(
        label=gettext_lazy("回访"),
        required=False,
        choices=[
            ("", gettext_lazy("不限")),
            ("due", gettext_lazy("已到回访日")),
            ("ahead", gettext_lazy("待回访")),
        ],
    )


@staff_only(roles=SEE)
@require_safe
def calls(request: Request) -> HttpResponseBase:
    """All notes about members of the branches."""
    asked = CallsAsked(request)
    rows = access.call_notes_visible_to(actor=request.actor, on=request.on).select_related("member", "claim")
    rows = queries.call_notes_found(among=rows, text=asked.given("q"))
    if asked.given("follow") == "due":
        rows = rows.filter(follow_up_on__lte=request.on)
    elif asked.given("follow") == "ahead":
        rows = rows.filter(follow_up_on__gt=request.on)
    page = page_of(request, sorted_by(request, rows, SORTS))
    note_read(request, "read_call_notes", request.account)
    return TemplateResponse(request, "workbench/calls/calls.html", {"form": asked, "page": page})


class CallForm(forms.Form):
    """A call as it is written down."""

    caller = forms.CharField(
        label=gettext_lazy("来电人"), help_text=gettext_lazy("本人，或家属、单位经办等，写明称谓"), max_length=50
    )
    subject = forms.CharField(label=gettext_lazy("事由"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("说了什么，怎样答复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    follow_up_on = DayField(label=gettext_lazy("回访日期"), required=False, help_text=gettext_lazy("不需要回访的不填"))

    def __init__(self, *args: Any, on: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on

    def clean_follow_up_on(self) -> datetime.date | None:
        """It is still to come."""
        day: datetime.date | None = self.cleaned_data["follow_up_on"]
        if day is not None and day < self.on:
            raise forms.ValidationError(_("回访日期应不早于今天，请改正"))
        return day


@staff_only(roles=SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def member_calls(request: Request, number: str) -> HttpResponseBase:
    """Calls about a member, and a form for one more."""
    member = member_for(actor=request.actor, number=number, on=request.on)
    return _calls(request, member, None)


@staff_only(roles=access.SEE_CLAIMS)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_calls(request: Request, number: str) -> HttpResponseBase:
    """Calls about a claim, and a form for one more."""
    claim = access.claim_for(actor=request.actor, number=number, on=request.on)
    return _calls(request, claim.member, claim)


def _calls(request: Request, member: Member, claim: Claim | None) -> HttpResponseBase:
    here = (
        reverse("workbench:claim_calls", args=[claim.number])
        if claim is not None
        else reverse("workbench:member_calls", args=[member.number])
    )
    form, status = CallForm(on=request.on, initial={"caller": _("本人")}), 200
    if request.method == "POST":
        form, status = CallForm(request.POST, on=request.on), 422
        if form.is_valid():
            try:
                add_call_note(member=member, claim=claim, **form.cleaned_data, by=request.actor, at=request.at)
            except Empty as refusal:
                form.add_error(None, said(refusal))
            else:
                messages.success(request, _("已记录来电"))
                return HttpResponseRedirect(here)
    rows = access.call_notes_visible_to(actor=request.actor, on=request.on).select_related("claim")
    rows = rows.filter(claim=claim) if claim is not None else rows.filter(member=member)
    note_read(request, "read_member", member)
    context = {"form": form, "member": member, "claim": claim, "page": page_of(request, rows.order_by("-at", "-id"))}
    return TemplateResponse(request, "workbench/calls/of.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("calls", calls, name="calls"),
    path("members/<str:number>/calls", member_calls, name="member_calls"),
    path("claims/<str:number>/calls", claim_calls, name="claim_calls"),
]
