"""单位端: who left the employer, retired or died – reported one by one or by a file, which is looked at before it is applied."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.claims.refunding import hindered_by_claims
from mutualaid.contributions import refund_access
from mutualaid.contributions.models import RefundReason
from mutualaid.contributions.refundable import ends_for, offers
from mutualaid.core import papers
from mutualaid.enrolment import access
from mutualaid.enrolment.actions.leaving import bring_leavers, report_leavers
from mutualaid.enrolment.differences import REASONS
from mutualaid.enrolment.leavers import HEADERS, Told, check_leavers, read_leavers
from mutualaid.enrolment.models import Cover, Departure
from mutualaid.people.models import Employer
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import whole
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.told import REFUSALS, paged, refuse

_REASONS = (
    ("left", gettext_lazy("离职（含调出）")),
    ("retired", gettext_lazy("退休")),
    ("died", gettext_lazy("身故")),
)


class OneLeaver(forms.Form):
    """Somebody who left."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    identity_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.ChoiceField(label=gettext_lazy("原因"), choices=_REASONS, widget=forms.RadioSelect)
    last_on = DayField(label=gettext_lazy("最后工作日"))


class Upload(forms.Form):
    """A file of many."""

    leavers = forms.FileField(
        label=gettext_lazy("离职退休名单"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        help_text=gettext_lazy("xlsx、xls 或 csv，2 MB、5000 人以内；上传后先核对，不会直接办理"),
    )


@clerks_only
@sensitive_post_parameters("identity_number")
@require_http_methods(["GET", "HEAD", "POST"])
def leavers(request: Request) -> HttpResponseBase:
    """Those reported so far, and the two ways to report more."""
    employer = current_employer(request)
    if employer is None:
        return HttpResponseRedirect(reverse("employers:home"))
    one, upload = OneLeaver(), Upload()
    if request.method == "POST" and "leavers" in request.FILES:
        upload = Upload(request.POST, request.FILES)
        done = _brought(request, employer, upload)
    elif request.method == "POST":
        one = OneLeaver(request.POST)
        done = _reported(request, employer, one)
    else:
        done = None
    if done is not None:
        return done
    rows = access.departures_visible_to(actor=request.actor, on=request.on).filter(employer=employer)
    page = paged(request, rows.select_related("member").order_by("-last_on", "-id"))
    context = {
        "employer": employer,
        "form": one,
        "upload": upload,
        "page": page,
        "rows": _with_refunds(request, employer, list(page)),
    }
    status = 422 if one.errors or upload.errors else 200
    return TemplateResponse(request, "employers/leavers/leavers.html", context, status=status)


def _with_refunds(
    request: Request, employer: Employer, shown: list[Departure]
) -> list[tuple[Departure, str, list[tuple[Cover, str, Decimal]]]]:
    """Who was reported, the reason, and of each cover that still runs why its plan gives nothing back, or how much it would."""
    rows = refund_access.covers_to_refund(actor=request.actor, on=request.on).filter(
        employer=employer, member__in={one.member_id for one in shown}, state="begun", until_on__gt=request.on
    )
    covers = list(rows.order_by("id"))
    hindered = hindered_by_claims(covers=covers)
    told = [
        one
        for reason, some in (
            (RefundReason.BEFORE_COVER, [one for one in covers if one.from_on > request.on]),
            (RefundReason.EXIT, [one for one in covers if one.from_on <= request.on]),
        )
        for one in offers(
            covers=some,
            reason=reason,
            ends=ends_for(covers=some, last_on=None, on=request.on),
            asked_on=request.on,
            hindered=hindered,
        )
    ]
    by_member: dict[int, list[tuple[Cover, str, Decimal]]] = {}
    for one in told:
        why = said(*one.fault) if one.fault else ""
        by_member.setdefault(one.cover.member_id, []).append((one.cover, why, one.amount))
    return [(one, said(*REASONS[one.reason]), by_member.get(one.member_id, [])) for one in shown]


def _reported(request: Request, employer: Employer, form: OneLeaver) -> HttpResponseBase | None:
    if not form.is_valid():
        return None
    given = form.cleaned_data
    told = Told(1, given["name"], given["identity_number"], given["reason"], given["last_on"].isoformat())
    try:
        report_leavers(employer=employer, told=[told], by=request.actor, at=request.at)
    except REFUSALS as refusal:
        refuse(form, refusal)
        return None
    messages.success(request, _("已登记 %(name)s；本期保障到期前继续有效") % {"name": given["name"]})
    return HttpResponseRedirect(reverse("employers:leavers"))


def _brought(request: Request, employer: Employer, form: Upload) -> HttpResponseBase | None:
    if not form.is_valid():
        return None
    brought = form.cleaned_data["leavers"]
    try:
        file = bring_leavers(
            employer=employer, content=brought.read(), name=brought.name, by=request.actor, at=request.at
        )
    except REFUSALS as refusal:
        refuse(form, refusal, "leavers")
        return None
    return HttpResponseRedirect(reverse("employers:leavers_file", args=[file.key]))


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def leavers_file(request: Request, key: uuid.UUID) -> HttpResponseBase:
    """What a file would do; then it is done, or not."""
    file, employer = access.leavers_file_for(actor=request.actor, key=key, on=request.on)
    told = read_leavers(content=papers.read(file))
    if request.method == "POST":
        done = report_leavers(employer=employer, told=told, by=request.actor, at=request.at)
        count = sum(row.fault is None for row in done)
        text = ngettext("已登记 %(count)s 人", "已登记 %(count)s 人", count) % {"count": whole(count)}
        messages.success(request, text)
        return HttpResponseRedirect(reverse("employers:leavers"))
    rows = check_leavers(told=told, employer=employer, on=request.on)
    bad = [row for row in rows if row.fault is not None]
    shown = sorted(rows, key=lambda row: (row.fault is None, row.line))
    page = paged(request, shown)
    context: dict[str, Any] = {
        "file": file,
        "good": len(rows) - len(bad),
        "bad": len(bad),
        "page": page,
        "rows": [
            (row, said(*REASONS[row.reason]) if row.reason else "", said(*row.fault) if row.fault else "")
            for row in page
        ],
    }
    return TemplateResponse(request, "employers/leavers/file.html", context)


@clerks_only
@require_safe
def leavers_template(request: Request) -> HttpResponseBase:
    """An empty table to be filled in."""
    return workbook(_("离职退休名单"), [Column(header, str, width=24) for header in HEADERS], [])


urlpatterns: list[URLPattern] = [
    path("leavers", leavers, name="leavers"),
    path("leavers/template", leavers_template, name="leavers_template"),
    path("leavers/<uuid:key>", leavers_file, name="leavers_file"),
]
