"""管理端: packages (综合保障计划) that wait to be accepted as a whole, with who pays what."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions.access import SEE_BILLS
from mutualaid.contributions.actions.packages import take_on_package
from mutualaid.contributions.models import Bill
from mutualaid.contributions.split_queries import package_split
from mutualaid.core.models import LongJob
from mutualaid.core.money import shown
from mutualaid.enrolment import access, packages
from mutualaid.enrolment.actions.packages import return_package
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.states import PACKAGE
from mutualaid.people.access import SEE_MEMBERS
from mutualaid.people.names import unit_key
from mutualaid.people.refusals import Refused
from mutualaid.web.common import payers
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.enrolments import Decision
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of

BILLS_SHOWN = 100


class PackagesAsked(Asked):
    """What the list is asked."""

    q = WordsField(label=gettext_lazy("编号或单位名称"))
    state = StateField(PACKAGE)


@staff_only(roles=SEE_MEMBERS)
@require_safe
def package_list(request: Request) -> HttpResponseBase:
    """Packages of the branches."""
    asked = PackagesAsked(request)
    rows = packages.with_counts(among=access.packages_visible_to(actor=request.actor, on=request.on))
    if state := asked.given("state"):
        rows = rows.filter(state=state)
    if words := asked.given("q"):
        key = unit_key(words)
        by_number = rows.filter(number=words.upper())
        rows = by_number | rows.filter(employer__unit__name_key__contains=key) if key else by_number
    return TemplateResponse(request, "workbench/packages/list.html", {"form": asked, "page": page_of(request, rows)})


@staff_only(roles=SEE_MEMBERS)
@require_safe
def package(request: Request, number: str) -> HttpResponseBase:
    """A package: its plans, its groups, who pays what."""
    found = access.package_for(actor=request.actor, number=number, on=request.on)
    return _package(request, found, Decision())


@staff_only(roles=access.DECIDE)
@require_POST
def package_decision(request: Request, number: str) -> HttpResponseBase:
    """Accept all of it, by which each payer is billed; or send it back."""
    found = access.package_to_decide(actor=request.actor, number=number, on=request.on)
    form = Decision(request.POST)
    if not form.is_valid():
        return _package(request, found, form, status=422)
    try:
        if form.cleaned_data["outcome"] == "accept":
            bills = take_on_package(package=found, by=request.actor, at=request.at)
            if isinstance(bills, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[bills.key]))
            if bills:
                told = {"n": len(bills), "amount": shown(sum((bill.amount for bill in bills), Decimal(0)))}
                messages.success(request, _("已核准，开出 %(n)s 张账单，合计 %(amount)s 元") % told)
            else:
                messages.success(request, _("已核准；无需缴费，保障即时生效"))
        else:
            return_package(package=found, remark=form.cleaned_data["remark"], by=request.actor, at=request.at)
            messages.success(request, _("已退回单位修改"))
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _package(request, found, form, status=409)
    return HttpResponseRedirect(reverse("workbench:package", args=[number]))


def _package(request: Request, found: Package, form: Decision, status: int = 200) -> HttpResponseBase:
    several = package_split(package=found, on=request.on)
    columns = payers.payers_among(one.split.totals() for one in several)
    persons, amount = packages.persons_of(package=found)
    roles = request.standing.roles
    enrolments = packages.open_enrolments(package=found)
    sees = bool(roles & frozenset(SEE_BILLS))
    # Members who pay themselves have as many bills as the roster has persons: the others come first, and a hundred are shown.
    standing = Bill.objects.filter(enrolment__in=enrolments if sees else []).exclude(state="cancelled")
    bills = standing.order_by(F("payer_member").asc(nulls_first=True), "id")[:BILLS_SHOWN]
    context = {
        "package": found,
        "form": form,
        "persons": persons,
        "amount": amount,
        "counts": packages.group_counts(package=found),
        "enrolments": enrolments,
        "split_payers": [payers.payer_name(payer) for payer in columns],
        "split_rows": [
            (one.enrolment, piece, payers.cells(columns, piece.each)) for one in several for piece in one.split.slices
        ],
        "split_totals": payers.totals_of(one.split for one in several),
        "beyond": sum(count for one in several for count in one.split.beyond.values()),
        "bills": [(bill, payers.kind_name(bill.payer_kind)) for bill in bills],
        "bills_many": standing.count(),
        "bills_shown": BILLS_SHOWN,
        "may_decide": found.state == "submitted" and bool(roles & frozenset(access.DECIDE)),
    }
    return TemplateResponse(request, "workbench/packages/package.html", context, status=status)


urlpatterns: list[URLPattern] = [
    path("packages", package_list, name="packages"),
    path("packages/<str:number>", package, name="package"),
    path("packages/<str:number>/decision", package_decision, name="package_decision"),
]
