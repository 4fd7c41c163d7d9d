"""管理端: members – found, looked at with masked numbers, revealed for a reason, given an activation code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mutualaid.claims import access as claims_access
from mutualaid.enrolment import access as enrolment_access
from mutualaid.enrolment import queries as enrolments
from mutualaid.enrolment.correcting import open_correction
from mutualaid.enrolment.correction_access import CORRECT
from mutualaid.enrolment.tenure import unbroken
from mutualaid.people import access, contacts, identity, queries
from mutualaid.people.actions.activation import make_activation
from mutualaid.people.actions.members import reveal_member
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import Employment, Member, Purpose
from mutualaid.people.refusals import Refused
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.identity_forms import KINDS, SEXES
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.corrections import history_of
from mutualaid.web.workbench.listing import Asked, WordsField, page_of, sorted_by

PURPOSES = {
    Purpose.ENROLMENT: gettext_lazy("参保"),
    Purpose.CLAIM_HEALTH_DATA: gettext_lazy("理赔使用医疗健康信息"),
    Purpose.INSURANCE_QUERY: gettext_lazy("向医保查询结算信息"),
    Purpose.BANK_ACCOUNT: gettext_lazy("使用银行账户收款"),
    Purpose.MESSAGES: gettext_lazy("接收通知"),
}
SORTS = {"name": ("name", "id"), "number": ("number",), "birth": ("birth_date", "id")}


class MembersAsked(Asked):
    """What the list is asked."""

    alike = True

    q = WordsField(label=gettext_lazy("姓名、首字母、证件后四位、手机"))
    employer = WordsField(label=gettext_lazy("单位代码"), max_length=32)


def _asked(request: Request, asked: MembersAsked) -> QuerySet[Member]:
    rows = access.members_visible_to(actor=request.actor, on=request.on)
    if code := asked.given("employer"):
        rows = rows.filter(
            pk__in=Employment.objects.filter(queries.on_day(request.on), employer__unit__code=code).values("member")
        )
    if words := asked.given("q"):
        rows = queries.members_found(among=rows, text=words)
    works = Employment.objects.filter(queries.on_day(request.on)).select_related("employer__unit")
    return sorted_by(request, rows, SORTS).prefetch_related(Prefetch("employments", works, to_attr="current"))


@staff_only(roles=access.SEE_MEMBERS)
@require_safe
def members(request: Request) -> HttpResponseBase:
    """Members of the branches, numbers masked. Who looked for persons by name or number is written down."""
    asked = MembersAsked(request)
    page = page_of(request, _asked(request, asked))
    former = False
    if asked.given("q"):
        note_read(request, "search_members", request.account)
        found = list(page)
        former = len(found) == 1 and queries.found_by_former_number(member=found[0], text=asked.given("q"))
    context = {"form": asked, "page": page, "former": former}
    return TemplateResponse(request, "workbench/people/members.html", context)


@staff_only(roles=access.SEE_MEMBERS)
@require_safe
def members_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook, numbers masked."""
    note_read(request, "export_members", request.account)
    columns = [
        Column(_("会员编号"), lambda row: row.number),
        Column(_("姓名"), lambda row: row.name),
        Column(_("性别"), lambda row: str(SEXES[Sex(row.sex)]), width=6),
        Column(_("出生日期"), lambda row: row.birth_date, "day"),
        Column(_("证件号码"), lambda row: identity.masked(row.identity_number), width=22),
        Column(_("单位"), lambda row: row.current[0].employer.unit.name if row.current else "", width=36),
    ]
    return workbook(_("会员"), columns, _asked(request, MembersAsked(request)).iterator(chunk_size=2000))


class Reason(forms.Form):
    """Why somebody needs whole numbers."""

    reason = forms.CharField(
        label=gettext_lazy("查看原因"),
        help_text=gettext_lazy("写明办理的事项，例如“柜面核对银行卡”；会连同您的姓名记入审计"),
        min_length=2,
        max_length=200,
    )


@staff_only(roles=access.SEE_MEMBERS)
@require_safe
def member(request: Request, number: str) -> HttpResponseBase:
    """A member: who they are (masked), where they work and worked, their covers and consents. The number of a double leads to the
    member into whom it was merged."""
    found = access.member_for(actor=request.actor, number=number, on=request.on)
    if found.number != number:
        address = reverse("workbench:member", args=[found.number])
        return HttpResponseRedirect(with_query(address, former=number))
    note_read(request, "read_member", found)
    return _member(request, found)


@staff_only(roles=access.SEE_MEMBERS)
@never_cache
@require_POST
def member_disclosure(request: Request, number: str) -> HttpResponseBase:
    """The page with whole numbers, once: for a reason that stands in the audit trail before they are shown."""
    found = access.member_for(actor=request.actor, number=number, on=request.on)
    form = Reason(request.POST)
    if not form.is_valid():
        return _member(request, found, form=form, status=422)
    try:
        reveal_member(member=found, reason=form.cleaned_data["reason"], by=request.actor, at=request.at)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _member(request, found, form=form, status=422)
    return _member(request, found, whole=True)


@staff_only(roles=access.COUNTER)
@never_cache
@require_POST
def member_activation(request: Request, number: str) -> HttpResponseBase:
    """A fresh activation code for a member at the counter, shown once. For one who has an account: refused."""
    found = access.member_to_activate(actor=request.actor, number=number, on=request.on)
    code = make_activation(member=found, by=request.actor, at=request.at)
    return _member(request, found, code=code)


def _member(
    request: Request,
    found: Member,
    *,
    form: Reason | None = None,
    whole: bool = False,
    code: str = "",
    status: int = 200,
) -> HttpResponseBase:
    roles = request.standing.roles
    seen = enrolment_access.covers_visible_to(actor=request.actor, on=request.on)
    context = {
        "member": found,
        "kind": KINDS[IdentityKind(found.identity_kind)],
        "sex": SEXES[Sex(found.sex)],
        "identity_number": found.identity_number if whole else identity.masked(found.identity_number),
        "phone": _shown(found.phone, contacts.masked_phone, whole=whole),
        "bank_card": _shown(found.bank_card, contacts.masked_card, whole=whole),
        "whole": whole,
        "form": form or Reason(),
        "code": code,
        "employments": list(found.employments.select_related("employer__unit").order_by("-from_on")),
        "covers": enrolments.covers_of_member(member=found, on=request.on, among=seen),
        "consents": [(PURPOSES[one], said_last) for one, said_last in queries.consents_standing(member=found)],
        "history": history_of(found),
        "runs": unbroken(member=found, on=request.on, seen=set(seen.filter(member=found).values_list("pk", flat=True))),
        "doubles": list(found.doubles.order_by("id").values_list("number", flat=True)),
        "former": request.GET.get("former", ""),
        "may_merge": bool(roles & frozenset(claims_access.MERGE_MEMBERS)),
        "may_claim": bool(roles & frozenset(claims_access.COUNTER)),
        "may_correct": bool(roles & frozenset(CORRECT)),
        "correcting": open_correction(member=found),
        "may_activate": bool(roles & frozenset(access.COUNTER)) and found.account_id is None and not code,
    }
    return TemplateResponse(request, "workbench/people/member.html", context, status=status)


def _shown(number: str | None, masked: Any, *, whole: bool) -> str:
    return "" if number is None else number if whole else masked(number)


urlpatterns: list[URLPattern] = [
    path("members", members, name="members"),
    path("members/export", members_export, name="members_export"),
    path("members/<str:number>", member, name="member"),
    path("members/<str:number>/disclosure", member_disclosure, name="member_disclosure"),
    path("members/<str:number>/activation", member_activation, name="member_activation"),
]
