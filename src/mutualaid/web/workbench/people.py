"""管理端: employers – lists, details, registration at the counter; members are in ``members``."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.contributions import access as contributions_access
from mutualaid.enrolment import access as enrolment_access
from mutualaid.enrolment import change_access
from mutualaid.enrolment import queries as enrolments
from mutualaid.enrolment.changing import changes_of
from mutualaid.enrolment.models import Cover
from mutualaid.people import access
from mutualaid.people.actions.applications import register_at_counter
from mutualaid.people.contacts import NotAContact, masked_phone
from mutualaid.people.models import Employer, RoleName
from mutualaid.people.names import NotAName, unit_key
from mutualaid.people.queries import clerks_of
from mutualaid.people.refusals import Refused
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench import members
from mutualaid.web.workbench.listing import Asked, WordsField, page_of, sorted_by

CLERK = (RoleName.ENROLMENT_CLERK,)
SHOWN = 10
"""Enrolments and bills on the page of an employer; the rest is in the lists."""
SORTS = {
    "name": ("unit__name", "unit__code"),
    "code": ("unit__code",),
    "headcount": ("headcount_declared", "unit__code"),
    "covered": ("covered", "unit__code"),
}


class EmployersAsked(Asked):
    """What the list is asked."""

    q = WordsField(label=gettext_lazy("单位名称或代码"))
    office = forms.ChoiceField(label=gettext_lazy("所属机构"), required=False)

    def __init__(self, request: Request) -> None:
        offices = access.units_visible_to(actor=request.actor, on=request.on).exclude(level="grassroots")
        self.offices = list(offices.order_by("path").values_list("code", "name", "path"))
        super().__init__(request)

    def full_clean(self) -> None:
        """The offices are those that the visitor sees."""
        self.fields["office"].choices = [  # type: ignore[attr-defined]
            ("", _("全部")),
            *((code, name) for code, name, _path in self.offices),
        ]
        super().full_clean()

    def branch(self) -> str:
        """The path of the office that was asked for; empty for all."""
        return next((path for code, _name, path in self.offices if code == self.given("office")), "")


def _asked(request: Request, asked: EmployersAsked) -> QuerySet[Employer]:
    seen = access.employers_visible_to(actor=request.actor, on=request.on)
    rows = seen.select_related("unit__parent", "merged_into__unit")
    if words := asked.given("q"):
        by_code = rows.filter(unit__code__iexact=words) | rows.filter(credit_code=words.upper())
        key = unit_key(words)
        # Whoever looks for a former employer finds the one of which it became part, too.
        former = Q(formers__unit__code__iexact=words) | Q(formers__credit_code=words.upper())
        if key:
            by_code |= rows.filter(unit__name_key__contains=key)
            former |= Q(formers__unit__name_key__contains=key)
        rows = by_code | rows.filter(pk__in=rows.filter(former).values("pk"))
    if branch := asked.branch():
        rows = rows.filter(unit_path__startswith=branch)
    kept = Q(heir=None, employer=OuterRef("pk")) | Q(heir=OuterRef("pk"))
    covers = Cover.objects.filter(kept, enrolments.in_force(on=request.on)).order_by()
    kept_there = covers.annotate(keeper=Coalesce("heir", "employer")).values("keeper")
    counted = kept_there.annotate(n=Count("member", distinct=True)).values("n")
    rows = rows.annotate(covered=Coalesce(Subquery(counted, output_field=IntegerField()), 0))
    return sorted_by(request, rows, SORTS)


@staff_only()
@require_safe
def employers(request: Request) -> HttpResponseBase:
    """Employers of the branches, with how many are covered."""
    asked = EmployersAsked(request)
    page = page_of(request, _asked(request, asked))
    context = {
        "form": asked,
        "page": page,
        "may_register": RoleName.ENROLMENT_CLERK in request.standing.roles,
        "sees_covers": sees_persons(request),
    }
    return TemplateResponse(request, "workbench/people/employers.html", context)


@staff_only()
@require_safe
def employers_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    rows = _asked(request, EmployersAsked(request))
    columns = [
        Column(_("单位代码"), lambda row: row.unit.code),
        Column(_("单位名称"), lambda row: row.unit.name, width=36),
        Column(_("统一社会信用代码"), lambda row: row.credit_code, width=22),
        Column(_("上级机构"), lambda row: row.unit.parent.name, width=24),
        Column(_("申报职工（人）"), lambda row: row.headcount_declared, "whole"),
    ]
    if sees_persons(request):
        columns.append(Column(_("在保（人）"), lambda row: row.covered, "whole"))
    return workbook(_("单位"), columns, rows.iterator(chunk_size=2000))


def sees_persons(request: Request) -> bool:
    """Whether the visitor deals with persons."""
    return bool(request.standing.roles & frozenset(access.SEE_MEMBERS))


@staff_only()
@require_safe
def employer(request: Request, code: str) -> HttpResponseBase:
    """An employer: its data, clerks, latest enrolments and bills, and who is covered."""
    actor, on = request.actor, request.on
    found = access.employer_for(actor=actor, code=code, on=on)
    covers = enrolment_access.covers_visible_to(actor=actor, on=on).filter(enrolments.kept_by(employer=found.pk))
    rosters = enrolment_access.enrolments_visible_to(actor=actor, on=on).filter(employer=found)
    bills = contributions_access.bills_visible_to(actor=actor, on=on).filter(employer=found)
    people = sees_persons(request)
    if people:
        note_read(request, "read_contact", found)
    among = change_access.changes_visible_to(actor=actor, on=on)
    context = {
        "employer": found,
        "formers": found.formers.select_related("unit").order_by("merged_on", "pk"),
        "changes": changes_of(employer=found, among=among)[:SHOWN],
        "phone": found.contact_phone if people else masked_phone(found.contact_phone),
        "people": people,
        "covered": enrolments.persons_covered(among=covers, on=on) if people else None,
        "clerks": clerks_of(among=access.clerks_visible_to(actor=actor, on=on), employer=found.pk),
        "reviews_clerks": RoleName.ENROLMENT_CLERK in request.standing.roles,
        "enrolments": list(enrolments.with_persons(among=rosters)[:SHOWN]),
        "bills": list(bills.select_related("enrolment__version").order_by("-id")[:SHOWN]),
        "sees_bills": bool(request.standing.roles & frozenset(contributions_access.SEE_BILLS)),
    }
    return TemplateResponse(request, "workbench/people/employer.html", context)


class Registration(forms.Form):
    """What an employer says of itself at the counter."""

    office = forms.ChoiceField(label=gettext_lazy("受理单位"), help_text=gettext_lazy("单位的工会设在它之下"))
    name = forms.CharField(label=gettext_lazy("单位名称"), help_text=gettext_lazy("与公章一致的全称"), max_length=100)
    credit_code = forms.CharField(label=gettext_lazy("统一社会信用代码"), max_length=40)
    headcount_declared = forms.IntegerField(
        label=gettext_lazy("职工人数"), min_value=1, max_value=2**31 - 1, widget=forms.NumberInput({"data-unit": "人"})
    )
    contact_name = forms.CharField(label=gettext_lazy("联系人"), max_length=50)
    contact_phone = forms.CharField(label=gettext_lazy("联系人手机"), max_length=40)

    def __init__(self, offices: list[Any], *args: Any) -> None:
        super().__init__(*args)
        choices = [(one.code, one.name) for one in offices]
        self.fields["office"].choices = choices if len(choices) == 1 else [("", _("请选择")), *choices]  # type: ignore[attr-defined]


@staff_only(roles=CLERK)
@require_http_methods(["GET", "HEAD", "POST"])
def employer_new(request: Request) -> HttpResponseBase:
    """Register an employer that came to the counter with its papers."""
    offices = list(access.offices_to_register_at(actor=request.actor, on=request.on))
    form = Registration(offices, *([request.POST] if request.method == "POST" else []))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            office = access.office_to_register_at(actor=request.actor, code=given.pop("office"), on=request.on)
            try:
                made = register_at_counter(office=office, **given, by=request.actor, at=request.at)
            except (Refused, NotAContact, NotAName) as refusal:
                form.add_error(None, said(refusal))
                status = 409
            else:
                messages.success(
                    request, _("已登记：%(name)s，单位代码 %(code)s") % {"name": made.unit.name, "code": made.unit.code}
                )
                return HttpResponseRedirect(reverse("workbench:employer", args=[made.unit.code]))
    return TemplateResponse(request, "workbench/people/employer_new.html", {"form": form}, status=status)


urlpatterns: list[URLPattern] = [
    path("employers", employers, name="employers"),
    path("employers/export", employers_export, name="employers_export"),
    path("employers/new", employer_new, name="employer_new"),
    path("employers/<str:code>", employer, name="employer"),
    *members.urlpatterns,
]
