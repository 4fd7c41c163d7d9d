"""Who of the staff is covered: the list and its export, certificates, and codes by which members open their account."""

from __future__ import annotations

import datetime

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.enrolment import access
from mutualaid.enrolment.certificate import certificate as certificate_pdf
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.queries import standing_of
from mutualaid.people import access as people_access
from mutualaid.people.actions.activation import AlreadyActivated, make_activations
from mutualaid.people.identity import masked
from mutualaid.people.models import Activation, Employer, Employment, Member
from mutualaid.people.queries import members_found, on_day
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.templatetags.shown import last_day, plan_name
from mutualaid.web.employers.bills import pdf_response
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.forms import CoverFilter
from mutualaid.web.employers.told import paged, searched

SORTS = {"name": "member__name", "from": "from_on", "number": "id", "fee": "fee_amount"}
CODES_MOST = 200
"""Codes of one page of slips."""
MEANINGS = {"pending": "wait", "ahead": "info", "in_force": "ok", "past": "quiet", "cancelled": "quiet"}


@clerks_only
@require_safe
def covers_here(request: Request) -> HttpResponseBase:
    """Of the employer that is worked for."""
    employer = current_employer(request)
    if employer is None:
        return HttpResponseRedirect(reverse("employers:home"))
    return HttpResponseRedirect(reverse("employers:covers", args=[employer.unit.code]))


@clerks_only
@require_safe
def covers(request: Request, code: str) -> HttpResponseBase:
    """Covers of who works there, searched and filtered."""
    employer = people_access.employer_for(actor=request.actor, code=code, on=request.on)
    seen = _seen(request, employer)
    form = _filter(request, seen)
    listed = _listed(request, seen, form)
    page = paged(request, listed)
    standings = [(cover, standing_of(cover=cover, on=request.on)) for cover in page.object_list]
    page.object_list = [(cover, standing_words(word), MEANINGS[word]) for cover, word in standings]
    context = {"employer": employer, "page": page, "form": form, "query": request.GET.urlencode()}
    return TemplateResponse(request, "employers/staff/covers.html", context)


@clerks_only
@require_safe
def covers_export(request: Request, code: str) -> HttpResponseBase:
    """The same list as a workbook; that it was taken away stands in the audit trail."""
    employer = people_access.employer_for(actor=request.actor, code=code, on=request.on)
    seen = _seen(request, employer)
    listed = _listed(request, seen, _filter(request, seen))
    note_read(request, "export_covers", employer)
    columns = (
        Column(_("姓名"), lambda one: one.member.name),
        Column(_("证件号码"), lambda one: masked(one.member.identity_number), width=24),
        Column(_("计划"), lambda one: plan_name(one.version), width=30),
        Column(_("保障编号"), lambda one: one.number),
        Column(_("份数"), lambda one: one.units, "whole", width=8),
        Column(_("起始日"), lambda one: one.from_on, "day", width=12),
        Column(_("终止日"), lambda one: last_day(one.until_on), "day"),
        Column(_("互助费（元）"), lambda one: one.fee_amount, "amount"),
        Column(_("状态"), lambda one: standing_words(standing_of(cover=one, on=request.on)), width=12),
    )
    rows = listed.iterator(chunk_size=2000)
    return workbook(f"{_('职工保障')} {employer.unit.name}", columns, rows)


def standing_words(standing: str) -> str:
    """How a cover stands on a day, for people."""
    return {
        "pending": _("待缴费"),
        "ahead": _("未到起始日"),
        "in_force": _("保障中"),
        "past": _("已到期"),
        "cancelled": _("已取消"),
    }[standing]


@clerks_only
@require_safe
def certificate(request: Request, number: str) -> HttpResponseBase:
    """The certificate of one cover."""
    cover = access.cover_for(actor=request.actor, number=number, on=request.on)
    note_read(request, "read_certificate", cover)
    lang = "en" if get_language() == "en" else "zh"
    return pdf_response(f"{_('保障凭证')} {cover.number}.pdf", certificate_pdf(cover=cover, lang=lang, on=request.on))


@clerks_only
@require_safe
def activations_here(request: Request) -> HttpResponseBase:
    """Of the employer that is worked for."""
    employer = current_employer(request)
    if employer is None:
        return HttpResponseRedirect(reverse("employers:home"))
    return HttpResponseRedirect(reverse("employers:activations", args=[employer.unit.code]))


@clerks_only
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def activations(request: Request, code: str) -> HttpResponseBase:
    """Who has no account yet; for those that are chosen codes are made and shown once, as slips to print."""
    employer = people_access.employer_for(actor=request.actor, code=code, on=request.on)
    seen = people_access.members_visible_to(actor=request.actor, on=request.on)
    here = Employment.objects.filter(on_day(request.on), member=OuterRef("pk"), employer=employer)
    staff = seen.filter(Exists(here))
    if request.method == "POST":
        numbers = request.POST.getlist("member")[:CODES_MOST]
        chosen = list(staff.filter(number__in=numbers).order_by("name", "id"))
        if chosen:
            try:
                slips = make_activations(members=chosen, by=request.actor, at=request.at)
            except AlreadyActivated:
                messages.error(request, _("所选人员中有人已开通账号，请刷新后重新选择"))
                return HttpResponseRedirect(reverse("employers:activations", args=[code]))
            context = {"employer": employer, "slips": slips, "until": request.at + datetime.timedelta(days=30)}
            return TemplateResponse(request, "employers/staff/slips.html", context)
        messages.error(request, _("请先勾选要发放激活码的职工"))
        return HttpResponseRedirect(reverse("employers:activations", args=[code]))
    text = searched(request)
    without = staff.filter(account=None)
    found = members_found(among=without, text=text) if text else without.order_by("name", "id")
    open_codes = Activation.objects.filter(member=OuterRef("pk"), used_at=None, expires_at__gt=request.at)
    page = paged(request, found.annotate(has_code=Exists(open_codes)))
    context = {
        "employer": employer,
        "page": page,
        "text": text,
        "staff": staff.count(),
        "without": without.count(),
    }
    return TemplateResponse(request, "employers/staff/activations.html", context)


def _seen(request: Request, employer: Employer) -> QuerySet[Cover]:
    return access.covers_visible_to(actor=request.actor, on=request.on).filter(employer=employer)


def _filter(request: Request, seen: QuerySet[Cover]) -> CoverFilter:
    plans = seen.order_by("version__name_zh").values_list("version__number", "version__name_zh").distinct()
    terms = seen.order_by("-from_on").values_list("from_on", flat=True).distinct()
    return CoverFilter(request.GET or None, plans=list(plans[:100]), terms=[str(one) for one in terms[:60]])


def _listed(request: Request, seen: QuerySet[Cover], form: CoverFilter) -> QuerySet[Cover]:
    asked = form.cleaned_data if form.is_valid() else {}
    wanted = Q()
    if asked.get("plan"):
        wanted &= Q(version__number=asked["plan"])
    if asked.get("term"):
        wanted &= Q(from_on=asked["term"])
    if asked.get("state"):
        wanted &= Q(state=asked["state"])
    else:  # of an enrolment that was taken back everybody would stand there twice
        wanted &= ~Q(state="cancelled")
    rows = seen.filter(wanted)
    if asked.get("q", "").strip():
        rows = rows.filter(member__in=_members(request, asked["q"].strip()))
    sort = request.GET.get("sort", "")
    order = ("-" if sort.startswith("-") else "") + SORTS.get(sort.lstrip("-"), "member__name")
    return rows.select_related("member", "version").order_by(order, "-id")


def _members(request: Request, text: str) -> QuerySet[Member]:
    among = people_access.members_visible_to(actor=request.actor, on=request.on)
    return members_found(among=among, text=text).order_by().values("pk")  # type: ignore[return-value]
