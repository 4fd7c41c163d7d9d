"""A gig worker goes to another city: the union there is theirs from a day on, and cover is unbroken."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from mutualaid.enrolment import access
from mutualaid.enrolment.actions.joining import move_worker
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request


class MoveForm(forms.Form):
    """Where to, and from when."""

    to = forms.ChoiceField(label=gettext_lazy("转到哪个工会"), widget=forms.RadioSelect)
    from_on = forms.DateField(
        label=gettext_lazy("从哪一天起"),
        help_text=gettext_lazy("90 天以内；这一天起归新的工会"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: Request) -> HttpResponse:
    """The union of another city is looked for (``?q=``), chosen, and the day told."""
    here = access.gig_work_of_member(actor=request.actor, on=request.on)
    text = (request.POST if request.method == "POST" else request.GET).get("q", "").replace("\x00", "").strip()[:40]
    unions = access.gig_unions_open(text=text, besides=here.employer)
    form = MoveForm(request.POST or None)
    form.fields["to"].choices = [  # type: ignore[attr-defined]
        (one.unit.code, f"{one.unit.name}（{one.unit.parent.name}）" if one.unit.parent else one.unit.name)
        for one in unions
    ]
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                to = access.gig_union_to_move_to(code=form.cleaned_data["to"])
                move_worker(
                    employment=here, to=to, from_on=form.cleaned_data["from_on"], by=request.actor, at=request.at
                )
            except (Refused, NotFound) as refusal:
                form.add_error(None, said_by(refusal))
            else:
                messages.success(request, _("已办理，原有的保障不变"))
                return HttpResponseRedirect(reverse("members:profile"))
    context = {"here": here, "unions": unions, "words": text, "form": form}
    return render(request, "members/move.html", context, status=status)
