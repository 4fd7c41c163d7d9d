"""The first page: what waits for the clerk, then how each employer stands; and which employer is worked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from mutualaid.core.money import shown
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.queries import covered_by_employer
from mutualaid.people import access
from mutualaid.people.models import EmployerApplication
from mutualaid.people.queries import registrations_of
from mutualaid.web.common.addresses import next_of
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name, whole
from mutualaid.web.employers.current import choose, current_employer
from mutualaid.web.employers.season import Line, OpenBill, Standing, lines, owed, standings, under_way


@dataclass(frozen=True)
class Task:
    """One thing that waits: ``meaning`` colours it, ``action`` is what the link says."""

    title: str
    text: str
    url: str
    action: str
    icon: str
    meaning: str = "wait"
    employer: str = ""


@clerks_only
@require_safe
def home(request: Request) -> HttpResponseBase:
    """待办 first."""
    found = standings(request)
    current = current_employer(request)
    now = next((one for one in found if one.employer == current), None)
    mine = access.applications_visible_to(actor=request.actor, on=request.on).select_related("office").order_by("-id")
    applications = list(mine[:20])
    enrolments = under_way(request) if found else []
    plans = lines(request, now, enrolments) if now is not None else []
    context = {
        "tasks": _tasks(request, applications, found, enrolments, plans),
        "standings": found,
        "applications": [one for one in applications if one.state != "approved"],
        "registrations": [] if found else registrations_of(account=request.account),
        "current": current,
        "plans": plans,
    }
    return TemplateResponse(request, "employers/home.html", context)


@clerks_only
@require_POST
def choice(request: Request) -> HttpResponseBase:
    """Work for another of one's employers."""
    employer = access.employer_for(actor=request.actor, code=request.POST.get("employer", ""), on=request.on)
    choose(request, employer)
    return HttpResponseRedirect(next_of(request, reverse("employers:home")))


@clerks_only
@require_safe
def employer_page(request: Request, code: str) -> HttpResponseBase:
    """What is known of an employer."""
    found = access.employer_for(actor=request.actor, code=code, on=request.on)
    covered = covered_by_employer(employers=[found.pk], on=request.on).get(found.pk, 0)
    clerks = access.clerks_visible_to(actor=request.actor, on=request.on).filter(employer=found, state="bound")
    context = {
        "employer": found,
        "covered": covered,
        "clerks": list(clerks.order_by("id")),
        "office": found.unit.parent,
        "into": found.merged_into,
        "formers": found.formers.select_related("unit").order_by("merged_on", "pk"),
        "application": access.applications_visible_to(actor=request.actor, on=request.on)
        .filter(employer=found)
        .first(),
    }
    return TemplateResponse(request, "employers/employer.html", context)


def _tasks(
    request: Request,
    applications: list[EmployerApplication],
    found: list[Standing],
    enrolments: list[Enrolment],
    plans: list[Line],
) -> list[Task]:
    """The urgent first: what was sent back, what is overdue, what is begun, whom to renew."""
    drafts = [one for one in enrolments if one.state == "draft"]
    bills = sorted(((bill, one) for one in enrolments for bill in owed(one)), key=lambda pair: pair[0].due_on)
    told = [_application(one) for one in applications if one.state == "returned"]
    told += _confirmations(sum(one.confirming for one in found))
    closed = {one.number for one in plans if not one.season.is_open}
    told += [_draft(one, closed) for one in drafts if one.remark]
    told += [_bill(bill, one, late=bill.due_on < request.on) for bill, one in bills]
    told += [_draft(one, closed) for one in drafts if not one.remark]
    told += [_renewal(one) for one in plans if one.told.renews]
    told += _registered([name for one in found for name in one.clerks][:5])
    return told if len(found) > 1 else [replace(one, employer="") for one in told]


def _renewal(one: Line) -> Task:
    left = ""
    if one.left is not None:
        left = ngettext("，办理时间还剩 %(days)s 天", "，办理时间还剩 %(days)s 天", one.left) % {"days": one.left}
    title, told = _("可以续保：%(plan)s") % {"plan": one.name}, one.told
    return Task(title, told.text + left, told.url, told.action, "refresh", "warn" if one.soon else "wait")


def _confirmations(count: int) -> list[Task]:
    if not count:
        return []
    told = ngettext("有 %(count)s 份申请等您确认", "有 %(count)s 份申请等您确认", count) % {"count": count}
    return [Task(_("会员身份确认"), told, reverse("employers:confirmations"), _("去确认"), "user-check", "warn")]


def _application(one: EmployerApplication) -> Task:
    return Task(
        _("登记申请被退回：%(name)s") % {"name": one.name},
        one.remark,
        reverse("employers:application", args=[one.number]),
        _("修改并重新提交"),
        "file-alert",
        "warn",
    )


def _draft(one: Enrolment, closed: set[str]) -> Task:
    persons: int = one.persons  # type: ignore[attr-defined]
    count = ngettext("名单中有 %(count)s 人", "名单中有 %(count)s 人", persons) % {"count": whole(persons)}
    if one.remark:
        returned = one.submitted_at is not None
        title = (_("参保单被退回：%(plan)s") if returned else _("参保单待核对：%(plan)s")) % {
            "plan": plan_name(one.version)
        }
        text, action, meaning = one.remark, _("按意见修改") if returned else _("核对名单"), "warn"
    else:
        title = _("参保单未提交：%(plan)s") % {"plan": plan_name(one.version)}
        text, action, meaning = (count if persons else _("还没有上传花名册")), _("继续办理"), "wait"
    if one.version.number in closed:
        text = _("现在不在办理时间内，不能提交")
    url = reverse("employers:enrolment", args=[one.number])
    return Task(title, text, url, action, "users-plus", meaning, one.employer.unit.name)


def _bill(bill: OpenBill, enrolment: Enrolment, *, late: bool) -> Task:
    amount = {"amount": shown(bill.amount), "due": bill.due_on}
    return Task(
        _("账单待缴费：%(plan)s") % {"plan": plan_name(enrolment.version)},
        (_("%(amount)s 元，应于 %(due)s 前缴纳，现已逾期") if late else _("%(amount)s 元，请于 %(due)s 前缴纳"))
        % amount,
        reverse("employers:bill", args=[bill.number]),
        _("去缴费"),
        "receipt-yuan",
        "bad" if late else "wait",
        enrolment.employer.unit.name,
    )


def _registered(names: list[str]) -> list[Task]:
    if not names:
        return []
    return [
        Task(
            _("代办员待工会审核"),
            _("%(names)s 的授权书正在审核，不需要您操作") % {"names": "、".join(names)},
            reverse("employers:clerks"),
            _("查看"),
            "id-badge-2",
            "info",
        )
    ]
