"""Pages by which gig workers join by themselves: a union opens them, prints the poster, sees who joined, and closes them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.contributions.joining_prices import Quote, quotes
from mutualaid.enrolment import access
from mutualaid.enrolment.actions.joining_pages import close_joining_page, open_joining_page
from mutualaid.enrolment.models import JoiningPage, WhoPays
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of, offered
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.told import REFUSALS, paged, refuse

PAYERS = {
    WhoPays.MEMBER: gettext_lazy("本人缴费"),
    WhoPays.EMPLOYER: gettext_lazy("本工会补助"),
    WhoPays.UPPER_UNION: gettext_lazy("上级工会补助"),
    WhoPays.ADMINISTRATION: gettext_lazy("行政补助"),
    WhoPays.PLATFORM: gettext_lazy("平台企业承担"),
}


class PageForm(forms.Form):
    """For which plan, and who pays."""

    plan = forms.ChoiceField(label=gettext_lazy("计划"))
    payer_kind = forms.ChoiceField(
        label=gettext_lazy("谁来缴费"),
        choices=list(PAYERS.items()),
        help_text=gettext_lazy("免费的计划选“本人缴费”即可，参加后即有保障"),
    )
    payer_name = forms.CharField(
        label=gettext_lazy("缴费方名称"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("由上级工会、行政或平台企业承担时填写，账单开给它"),
    )

    def __init__(self, *args: Any, versions: list[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = [(one.number, plan_name(one)) for one in versions]  # type: ignore[attr-defined]


@clerks_only
@require_safe
def joining_pages(request: Request) -> HttpResponseBase:
    """Those of the union that is worked for, the newest first, and how many joined by each."""
    employer = current_employer(request)
    seen = access.joining_pages_of_clerk(actor=request.actor).filter(employer=employer)
    joined = Count("enrolments__covers", filter=~Q(enrolments__covers__state="cancelled"))
    context = {
        "page": paged(request, seen.annotate(joined=joined).order_by("state", "-id")),
        "payers": PAYERS,
        "employer": employer,
    }
    return TemplateResponse(request, "employers/joining/pages.html", context)


def _versions(request: Request) -> list[PlanVersion]:
    """Plans whose term begins with the payment, of those offered to the union."""
    employer = current_employer(request)
    found = offered(unit=employer.unit, on=request.on) if employer is not None else []
    return [one for one in found if document_of(version=one).term.begins != "fixed"]


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def joining_page_new(request: Request) -> HttpResponseBase:
    """A page is opened."""
    employer = current_employer(request)
    access.joining_pages_of_clerk(actor=request.actor)
    versions = _versions(request)
    form = PageForm(request.POST or None, versions=versions)
    if request.method == "POST" and employer is not None and form.is_valid():
        told = form.cleaned_data
        try:
            made = open_joining_page(
                employer=employer,
                version=next(one for one in versions if one.number == told["plan"]),
                payer_kind=told["payer_kind"],
                payer_name=told["payer_name"],
                by=request.actor,
                at=request.at,
            )
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            return HttpResponseRedirect(reverse("employers:joining_page", args=[made.code]))
    context = {"form": form, "versions": versions, "employer": employer}
    return TemplateResponse(request, "employers/joining/new.html", context, status=422 if form.errors else 200)


@clerks_only
@require_safe
def joining_page(request: Request, code: str) -> HttpResponseBase:
    """The poster with its QR code, and who joined on which days."""
    found = access.joining_page_of_clerk(actor=request.actor, code=code)
    address = request.build_absolute_uri(reverse("members:join", args=[found.code]))
    context = {
        "joining": found,
        "address": address,
        "image": segno.make(address, error="m").svg_data_uri(scale=6, border=4, omitsize=False),
        "payer": PAYERS[WhoPays(found.payer_kind)],
        "prices": [(row.option or "", price) for row, price in _prices(found, request.on)],
        "days": _days(found, request.on),
    }
    return TemplateResponse(request, "employers/joining/page.html", context)


def _prices(page: JoiningPage, on: datetime.date) -> Iterable[tuple[Any, Quote]]:
    """What who joins now pays, and who bears the rest, for each option of the plan."""
    rows = document_of(version=page.version).price
    return zip(rows, quotes(page=page, fees=[Decimal(row.fee) / 100 for row in rows], on=on), strict=True)


def _days(page: JoiningPage, on: datetime.date) -> list[tuple[datetime.date, int]]:
    """How many joined on each of the last thirty days on which somebody did."""
    counted = (
        page.enrolments.filter(accepted_at__date__gt=on - datetime.timedelta(days=30))
        .exclude(state="cancelled")
        .values_list("accepted_at__date")
        .annotate(joined=Count("covers", filter=~Q(covers__state="cancelled")))
        .order_by("-accepted_at__date")
    )
    return [(day, joined) for day, joined in counted]


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def joining_page_closing(request: Request, code: str) -> HttpResponseBase:
    """Nobody joins by it any more."""
    found = access.joining_page_of_clerk(actor=request.actor, code=code)
    back = reverse("employers:joining_page", args=[code])
    if request.method == "POST":
        close_joining_page(page=found, by=request.actor, at=request.at)
        messages.success(request, _("页面已关闭，已参加的保障不变"))
        return HttpResponseRedirect(back)
    return confirmation(
        request,
        base="common/base_office.html",
        question=_("关闭这个参加页面？"),
        action=_("确认关闭"),
        back=back,
        facts=[(_("计划"), plan_name(found.version))],
        warning=_("关闭后，已印发的二维码不再能参加；已参加的保障不变。"),
        danger=True,
    )
