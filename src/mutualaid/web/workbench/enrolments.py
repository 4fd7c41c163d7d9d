"""管理端: rosters that wait to be accepted, and how offices take rosters; covers are in ``covers``."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.contributions.access import SEE_BILLS
from mutualaid.contributions.actions.bills import take_on
from mutualaid.contributions.models import Bill
from mutualaid.contributions.split_queries import fee_split, standing_bills
from mutualaid.core.models import LongJob
from mutualaid.core.money import shown as yuan
from mutualaid.enrolment import access, queries
from mutualaid.enrolment.actions.enrolling import return_enrolment, set_office_setting
from mutualaid.enrolment.models import Enrolment, RosterRow
from mutualaid.enrolment.roster.told import shown
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.people.access import SEE_MEMBERS
from mutualaid.people.names import unit_key
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said as either
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.payers import kind_name, totals_of
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench import covers
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

SORTS = {
    "number": ("-id",),
    "submitted": ("submitted_at", "id"),
    "employer": ("employer__unit__name", "id"),
    "persons": ("persons", "id"),
}


class EnrolmentsAsked(Asked):
    """What the list is asked."""

    q = WordsField(label=gettext_lazy("编号或单位名称"))
    employer = WordsField(label=gettext_lazy("单位代码"), max_length=32)
    plan = WordsField(label=gettext_lazy("计划名称"))
    state = StateField(ENROLMENT)


@staff_only(roles=SEE_MEMBERS)
@require_safe
def enrolments(request: Request) -> HttpResponseBase:
    """Enrolments of the branches with their persons; above them how many stand in each state."""
    asked = EnrolmentsAsked(request)
    among = access.enrolments_visible_to(actor=request.actor, on=request.on)
    rows = queries.with_persons(among=among)
    if state := asked.given("state"):
        rows = rows.filter(state=state)
    if code := asked.given("employer"):
        rows = rows.filter(employer__unit__code=code)
    if plan := asked.given("plan"):
        rows = rows.filter(version__name_zh__contains=plan)
    if words := asked.given("q"):
        key = unit_key(words)
        by_number = rows.filter(number=words.upper())
        rows = by_number | rows.filter(employer__unit__name_key__contains=key) if key else by_number
    progress = queries.progress_of(among=among)
    context = {
        "form": asked,
        "page": page_of(request, sorted_by(request, rows, SORTS)),
        "progress": [(state, either(*ENROLMENT.names[state]), count) for state, count in progress.items()],
    }
    return TemplateResponse(request, "workbench/enrolments/list.html", context)


class Decision(forms.Form):
    """What is decided on a roster."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("审核结果"),
        widget=forms.RadioSelect,
        choices=[("accept", gettext_lazy("核准并出账单")), ("return", gettext_lazy("退回修改"))],
    )
    remark = forms.CharField(
        label=gettext_lazy("退回原因"),
        help_text=gettext_lazy("退回时必填；单位会看到这段话"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Who sends it back says why."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("outcome") == "return" and not given.get("remark", "").strip():
            self.add_error("remark", _("请写明需要修改的内容"))
        return given


@staff_only(roles=SEE_MEMBERS)
@require_safe
def enrolment(request: Request, number: str) -> HttpResponseBase:
    """An enrolment: headcount and share, its persons page by page, what was noticed about them."""
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    return _enrolment(request, found, Decision())


@staff_only(roles=access.DECIDE)
@require_POST
def enrolment_decision(request: Request, number: str) -> HttpResponseBase:
    """Accept it, by which it is billed; or send it back."""
    found = access.enrolment_to_decide(actor=request.actor, number=number, on=request.on)
    form = Decision(request.POST)
    if not form.is_valid():
        return _enrolment(request, found, form, status=422)
    try:
        if form.cleaned_data["outcome"] == "accept":
            bill = take_on(enrolment=found, by=request.actor, at=request.at)
            if isinstance(bill, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[bill.key]))
            if bill is None:
                messages.success(request, _("已核准；本计划无需缴费，保障即时生效"))
            else:
                told = {"bill": bill.number, "amount": yuan(bill.amount)}
                messages.success(request, _("已核准，账单 %(bill)s，应缴 %(amount)s 元") % told)
        else:
            return_enrolment(enrolment=found, remark=form.cleaned_data["remark"], by=request.actor, at=request.at)
            messages.success(request, _("已退回单位修改"))
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _enrolment(request, found, form, status=409)
    return HttpResponseRedirect(reverse("workbench:enrolment", args=[number]))


def _row(row: RosterRow) -> dict[str, Any]:
    """A person of a roster, numbers masked."""
    warnings = [either(one["zh"], one["en"]) for one in row.warnings]
    return {"row": row, "told": shown(row=row), "warnings": warnings}


def _bills(found: Enrolment) -> list[tuple[Bill, str]]:
    """The bills that stand, the employer's first, each with the kind of its payer; of members who pay themselves the first."""
    return [(bill, kind_name(bill.payer_kind)) for bill in standing_bills(enrolment=found)[:20]]


def _enrolment(request: Request, found: Enrolment, form: Decision, status: int = 200) -> HttpResponseBase:
    note_read(request, "read_roster", found)
    rows = queries.rows_of(enrolment=found)
    noticed = request.GET.get("rows") == "noticed"
    page = page_of(request, queries.with_warnings(rows=rows) if noticed else rows)
    persons, amount = queries.billable(enrolment=found)
    roles = request.standing.roles
    context = {
        "enrolment": found,
        "form": form,
        "page": page,
        "rows": [_row(row) for row in page],
        "noticed": noticed,
        "warned": queries.with_warnings(rows=rows).count(),
        "persons": persons,
        "amount": amount,
        "share": min(100, persons * 100 // found.headcount),
        "bills": _bills(found) if roles & frozenset(SEE_BILLS) else [],
        "payers": totals_of([fee_split(enrolment=found, on=request.on)]) if found.state == "submitted" else [],
        "may_decide": found.state == "submitted" and not found.package and bool(roles & frozenset(access.DECIDE)),
    }
    return TemplateResponse(request, "workbench/enrolments/enrolment.html", context, status=status)


# --- how offices take rosters -----------------------------------------------------------------------------------------


@staff_only(roles=access.DECIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request) -> HttpResponseBase:
    """For each office whether it accepts by itself what keeps all rules; the nearest above that says something holds."""
    offices = access.offices_to_set(actor=request.actor, on=request.on)
    if request.method == "POST":
        unit = access.office_to_set(actor=request.actor, code=request.POST.get("unit", ""), on=request.on)
        by_itself = request.POST.get("accepts_by_itself") == "1"
        set_office_setting(unit=unit, accepts_by_itself=by_itself, by=request.actor, at=request.at)
        messages.success(request, _("已保存：%s") % unit.name)
        return HttpResponseRedirect(reverse("workbench:settings"))
    return TemplateResponse(request, "workbench/enrolments/settings.html", {"page": page_of(request, offices)})


urlpatterns: list[URLPattern] = [
    path("enrolments", enrolments, name="enrolments"),
    path("enrolments/<str:number>", enrolment, name="enrolment"),
    path("enrolments/<str:number>/decision", enrolment_decision, name="enrolment_decision"),
    path("settings", settings, name="settings"),
    *covers.urlpatterns,
]
