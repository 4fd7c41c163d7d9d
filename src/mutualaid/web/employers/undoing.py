"""单位端: an enrolment that was handed in is taken back, as long as nothing is paid for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mutualaid.contributions.access import bills_visible_to
from mutualaid.contributions.actions.undoing import take_back_enrolment
from mutualaid.contributions.undoable import why_not_taken_back
from mutualaid.enrolment import access, queries
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
        take_back_enrolment(enrolment=found, by=request.actor, at=request.at)
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


urlpatterns: list[URLPattern] = [path("enrolments/<str:number>/undoing", undoing, name="undoing")]
