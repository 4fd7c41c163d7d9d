"""单位端: an enrolment or a package that was handed in is taken back, as long as nothing is paid for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mutualaid.contributions.access import bills_visible_to
from mutualaid.contributions.actions.bills import call_back
from mutualaid.contributions.actions.packages import call_back_package
from mutualaid.contributions.split_queries import other_payers
from mutualaid.contributions.undoable import package_not_taken_back, why_not_taken_back
from mutualaid.core.models import LongJob
from mutualaid.enrolment import access, queries
from mutualaid.enrolment.packages import open_enrolments, persons_of
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.faults import fault_page
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name, yuan


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def undoing(request: Request, number: str) -> HttpResponseBase:
    """First what it means; then it is done, and the roster is there to be mended."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    back = reverse("employers:enrolment", args=[number])
    if request.method == "POST":
        made = call_back(enrolment=found, by=request.actor, at=request.at)
        if isinstance(made, LongJob):
            return HttpResponseRedirect(reverse("common:job", args=[made.key]))
        messages.success(request, _("已撤回，名单可以修改后重新提交"))
        return HttpResponseRedirect(back)
    if found.state not in ("submitted", "accepted"):
        return HttpResponseRedirect(back)
    bills = list(
        bills_visible_to(actor=request.actor, on=request.on).filter(enrolment=found).exclude(state="cancelled")
    )
    refusal = why_not_taken_back(bills=bills)
    if refusal is not None:
        return fault_page(request, "conflict", text=said(refusal))
    persons, _amount = queries.billable(enrolment=found)
    facts = [
        (_("计划"), plan_name(found.version)),
        (_("名单人数"), f"{persons} {_('人')}"),
    ]
    warning = _("名单回到填报中，可以修改后重新提交。经办机构会收到通知。")
    if found.state == "accepted":
        facts += [(_("作废的账单"), "、".join(f"{one.number}（{yuan(one.amount)} {_('元')}）" for one in bills) or "—")]
        warning = _(
            "账单作废，待缴费的保障取消，名单回到填报中；因本单转入的职工恢复原单位。请勿再按原账单付款。经办机构会收到通知。"
        )
    return confirmation(
        request,
        base="common/base_office.html",
        question=_("撤回这张参保单吗？"),
        facts=facts,
        warning=warning,
        action=_("确认撤回"),
        danger=True,
        back=back,
    )


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_undoing(request: Request, number: str) -> HttpResponseBase:
    """The same for a package with all its plans."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    back = reverse("employers:package", args=[number])
    if request.method == "POST":
        made = call_back_package(package=found, by=request.actor, at=request.at)
        if isinstance(made, LongJob):
            return HttpResponseRedirect(reverse("common:job", args=[made.key]))
        messages.success(request, _("已撤回，各单项计划和名单可以修改后重新提交"))
        return HttpResponseRedirect(back)
    if found.state not in ("submitted", "accepted"):
        return HttpResponseRedirect(back)
    seen = bills_visible_to(actor=request.actor, on=request.on).filter(enrolment__package=found)
    bills = list(seen.exclude(state="cancelled").order_by("id"))
    refusal = package_not_taken_back(package=found)
    if refusal is not None:
        return fault_page(request, "conflict", text=said(refusal))
    persons, _amount = persons_of(package=found)
    facts = [(_("综合保障计划"), f"{found.name} {found.number}"), (_("名单人数"), str(persons))]
    warning = _("各单项计划一并撤回：名单回到填报中，可以修改后重新提交。经办机构会收到通知。")
    if found.state == "accepted":
        others = other_payers(enrolments=open_enrolments(package=found))
        facts += [
            (_("作废的本单位账单"), "、".join(f"{one.number}（{yuan(one.amount)} {_('元')}）" for one in bills) or "—"),
            (_("一并作废的其他各方账单"), str(sum(one.bills for one in others))),
        ]
        warning = _(
            "各单项计划一并撤回：各方的账单作废，待缴费的保障取消，名单回到填报中，占用的补贴预算退回。请勿再按原账单付款。"
            "经办机构会收到通知。"
        )
    return confirmation(
        request,
        base="common/base_office.html",
        question=_("撤回这份综合保障计划吗？"),
        facts=facts,
        warning=warning,
        action=_("确认撤回"),
        danger=True,
        back=back,
    )


urlpatterns: list[URLPattern] = [
    path("enrolments/<str:number>/undoing", undoing, name="undoing"),
    path("packages/<str:number>/undoing", package_undoing, name="package_undoing"),
]
