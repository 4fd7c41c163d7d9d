"""The first page: what waits for the clerk, then how each employer stands; and which employer is worked for."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions.access import bills_visible_to
from mutualaid.contributions.models import Bill
from mutualaid.core.money import shown
from mutualaid.enrolment.access import enrolments_visible_to
from mutualaid.enrolment.models import Enrolment
from mutualaid.enrolment.queries import covered_by_employer, with_persons
from mutualaid.people import access
from mutualaid.people.models import Employer, EmployerApplication
from mutualaid.people.queries import clerks_waiting, registrations_of
from mutualaid.plans.offering import Season, season
from mutualaid.plans.queries import document_of, offered
from mutualaid.web.common.addresses import next_of
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name, whole
from mutualaid.web.employers.claims import confirmations_waiting
from mutualaid.web.employers.current import choose, current_employer, employers_of
from mutualaid.web.employers.plans import window_shown


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


@dataclass(frozen=True)
class Standing:
    """How an employer stands today."""

    employer: Employer
    covered: int
    now: bool

    @property
    def percent(self) -> int:
        """Of the declared headcount, at most 100."""
        return min(100, self.covered * 100 // self.employer.headcount_declared)


@clerks_only
@require_safe
def home(request: Request) -> HttpResponseBase:
    """待办 first."""
    employers, current = employers_of(request), current_employer(request)
    mine = access.applications_visible_to(actor=request.actor, on=request.on).select_related("office").order_by("-id")
    applications = list(mine[:20])
    registrations = [] if employers else registrations_of(account=request.account)
    covered = covered_by_employer(employers=[one.pk for one in employers], on=request.on) if employers else {}
    context = {
        "tasks": _tasks(request, applications, several=len(employers) > 1),
        "standings": [Standing(one, covered.get(one.pk, 0), one == current) for one in employers],
        "applications": [one for one in applications if one.state != "approved"],
        "registrations": registrations,
        "current": current,
        "seasons": _seasons(request, current) if current is not None else [],
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


def _seasons(request: Request, employer: Employer) -> list[tuple[str, str, Season]]:
    """Name and number of each plan that is offered, and its season."""
    return [
        (plan_name(one), one.number, season(document_of(version=one), on=request.on, own=window_shown(one, request)))
        for one in offered(unit=employer.unit, on=request.on)
    ]


def _tasks(request: Request, applications: list[EmployerApplication], *, several: bool) -> list[Task]:
    """The urgent first: what was sent back, what is overdue, what is begun."""
    seen = enrolments_visible_to(actor=request.actor, on=request.on).filter(state="draft")
    drafts = list(with_persons(among=seen)[:50])
    bills = bills_visible_to(actor=request.actor, on=request.on).filter(state="issued")
    open_bills = list(bills.select_related("employer__unit", "enrolment__version").order_by("due_on", "id")[:50])
    found = [_application(one) for one in applications if one.state == "returned"]
    found += _confirmations(confirmations_waiting(request, employers_of(request)))
    found += [_draft(one) for one in drafts if one.remark]
    found += [_bill(one, late=one.due_on < request.on) for one in open_bills]
    found += [_draft(one) for one in drafts if not one.remark]
    waiting = clerks_waiting(among=access.clerks_visible_to(actor=request.actor, on=request.on))[:5]
    found += _registered([clerk.name for clerk in waiting])
    if several:
        return found
    return [Task(one.title, one.text, one.url, one.action, one.icon, one.meaning) for one in found]


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


def _draft(one: Enrolment) -> Task:
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
    url = reverse("employers:enrolment", args=[one.number])
    return Task(title, text, url, action, "users-plus", meaning, one.employer.unit.name)


def _bill(one: Bill, *, late: bool) -> Task:
    amount = {"amount": shown(one.amount), "due": one.due_on}
    return Task(
        _("账单待缴费：%(plan)s") % {"plan": plan_name(one.enrolment.version)},
        (_("%(amount)s 元，应于 %(due)s 前缴纳，现已逾期") if late else _("%(amount)s 元，请于 %(due)s 前缴纳"))
        % amount,
        reverse("employers:bill", args=[one.number]),
        _("去缴费"),
        "receipt-yuan",
        "bad" if late else "wait",
        one.employer.unit.name,
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
