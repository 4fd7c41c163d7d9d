"""管理端: persons whom stations name for places without names: the duty list is looked at, and they are confirmed or not."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import Case, Value, When
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.enrolment import access
from mutualaid.enrolment.actions.groups import accept_place, refuse_place
from mutualaid.enrolment.queries import groups_found, places_named
from mutualaid.people.models import RoleName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.group_naming import PersonForm, named
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read

ROLES = (RoleName.ENROLMENT_CLERK,)
_WAITING_FIRST = Case(When(state="named", then=Value(0)), default=Value(1))


class Decision(forms.Form):
    """What the duty list shows."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("核实结果"),
        widget=forms.RadioSelect,
        choices=[
            ("accept", gettext_lazy("确认：值班表上有此人，当日在岗人数不超过名额")),
            ("refuse", gettext_lazy("不确认")),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("不确认时必填；站点会看到这段话"),
        max_length=200,
        required=False,
    )


@staff_only(roles=ROLES)
@require_safe
def group_places(request: Request) -> HttpResponseBase:
    """Those who wait, then those decided, the newest first."""
    seen = access.places_to_decide(actor=request.actor, on=request.on)
    page = page_asked(request, seen.order_by(_WAITING_FIRST, "-id"), 50)
    shown = places_named(among=page.object_list)
    page.object_list = sorted(shown, key=lambda one: one.state != "named")
    waiting = seen.filter(state="named").count()
    context = {"page": page, "waiting": waiting}
    return TemplateResponse(request, "workbench/groups/places.html", context)


@staff_only(roles=ROLES)
@require_safe
def groups(request: Request) -> HttpResponseBase:
    """At the counter: for which station's places somebody is named."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    seen = access.groups_to_name(actor=request.actor, on=request.on)
    page = page_asked(request, groups_found(among=seen, text=text, on=request.on), 20)
    return TemplateResponse(request, "workbench/groups/groups.html", {"page": page, "words": text})


@staff_only(roles=ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def group_person_new(request: Request, number: str) -> HttpResponseBase:
    """Somebody is named at the counter with the duty list; another of the office confirms it."""
    found = access.group_to_name(actor=request.actor, number=number, on=request.on)
    form = PersonForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and named(request, found, form):
        messages.success(request, _("已登记，请另一位经办人员核实"))
        return HttpResponseRedirect(reverse("workbench:group_places"))
    context = {"form": form, "group": found, "enrolment": found.enrolment}
    return TemplateResponse(request, "workbench/groups/person.html", context, status=422 if form.errors else 200)


@staff_only(roles=ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def group_place(request: Request, number: str, member: str) -> HttpResponseBase:
    """One of them with the duty list; decided by whoever did not name them."""
    found = access.place_to_decide(actor=request.actor, number=number, member=member, on=request.on)
    form = Decision(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            if told["outcome"] == "accept":
                accept_place(place=found, by=request.actor, at=request.at)
            else:
                refuse_place(place=found, reason=told["reason"], by=request.actor, at=request.at)
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("已登记核实结果"))
            return HttpResponseRedirect(reverse("workbench:group_places"))
    if request.method != "POST":
        note_read(request, "read_member", found.member)
    context = {
        "own": found.named_by == str(request.actor),
        "place": found,
        "group": found.group,
        "enrolment": found.group.enrolment,
        "form": form,
    }
    return TemplateResponse(request, "workbench/groups/place.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern] = [
    path("group-places", group_places, name="group_places"),
    path("groups", groups, name="groups"),
    path("groups/<str:number>/persons/new", group_person_new, name="group_person_new"),
    path("groups/<str:number>/persons/<str:member>", group_place, name="group_place"),
]
