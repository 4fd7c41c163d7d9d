"""Packages (综合保障计划): composed for groups of staff, one roster for all plans, handed in and paid as a whole."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.contributions import payer_queries
from mutualaid.contributions.access import bills_visible_to
from mutualaid.contributions.actions.packages import hand_in_package
from mutualaid.contributions.split_queries import is_unpaid, other_payers, package_split, price_table
from mutualaid.core.models import LongJob
from mutualaid.core.moves import IllegalMove
from mutualaid.core.papers import XLSX
from mutualaid.enrolment import access, packages
from mutualaid.enrolment.actions.package_rosters import bring_package_roster, drop_package_upload, take_package
from mutualaid.enrolment.actions.packages import begin_package, cancel_package, declare_package
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.queries import shares_of
from mutualaid.enrolment.roster.columns import BY_FIELD
from mutualaid.enrolment.roster.package_template import package_template
from mutualaid.enrolment.standing import NotDraft
from mutualaid.people.identity import masked
from mutualaid.web.common import payers, roster_differences
from mutualaid.web.common.answers import said as said_in
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.templatetags.shown import plan_name, whole
from mutualaid.web.employers.composition import priced
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.forms import Upload
from mutualaid.web.employers.package_forms import PackageAbout, PackageDeclared
from mutualaid.web.employers.told import REFUSALS, paged, refuse

LINES_SHOWN = 100


@clerks_only
@require_safe
def package_list(request: Request) -> HttpResponseBase:
    """Those of the employer that is worked for."""
    employer = current_employer(request)
    seen = access.packages_visible_to(actor=request.actor, on=request.on)
    seen = seen.filter(employer=employer) if employer is not None else seen.none()
    context = {"page": paged(request, packages.with_counts(among=seen)), "employer": employer}
    return TemplateResponse(request, "employers/packages/packages.html", context)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_new(request: Request) -> HttpResponseBase:
    """First its name and the headcounts; the groups come on the next page."""
    employer = current_employer(request)
    if employer is None:
        return HttpResponseRedirect(reverse("employers:home"))
    form = PackageAbout(request.POST or None, initial={"headcount": employer.headcount_declared})
    if request.method == "POST" and form.is_valid():
        try:
            made = begin_package(employer=employer, by=request.actor, at=request.at, **form.cleaned_data)
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            return HttpResponseRedirect(reverse("employers:composition", args=[made.number]))
    context = {"form": form, "employer": employer}
    return TemplateResponse(request, "employers/packages/new.html", context, status=422 if form.errors else 200)


@clerks_only
@require_safe
def package(request: Request, number: str) -> HttpResponseBase:
    """What it is composed of, what one person costs and who pays, how far it is and what comes next."""
    found = access.package_for(actor=request.actor, number=number, on=request.on)
    return _page(request, found, Upload())


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_declaration(request: Request, number: str) -> HttpResponseBase:
    """Name, headcounts, and who pays the members' part, declared anew; composition and roster stay."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    initial = {name: getattr(found, name) for name in PackageAbout.base_fields}
    groups = packages.groups_of(package=found)
    form = PackageDeclared(request.POST or None, initial=initial, groups=groups)
    if request.method == "POST" and form.is_valid():
        try:
            declare_package(package=found, by=request.actor, at=request.at, **form.declared())
        except NotDraft:
            raise
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("申报内容已更正"))
            return HttpResponseRedirect(reverse("employers:package", args=[number]))
    context = {"package": found, "form": form}
    return TemplateResponse(request, "employers/packages/declaration.html", context, status=422 if form.errors else 200)


def _page(request: Request, found: Package, upload: Upload, status: int = 200) -> HttpResponseBase:
    enrolments = packages.open_enrolments(package=found)
    persons, amount = packages.persons_of(package=found)
    bills = bills_visible_to(actor=request.actor, on=request.on).filter(enrolment__in=enrolments)
    standing = list(bills.exclude(state="cancelled").select_related("enrolment__version").order_by("id"))
    unpaid = [bill for bill in standing if bill.state == "issued"]
    context = {
        "package": found,
        "enrolments": enrolments,
        "persons": persons,
        "amount": amount,
        "counts": _counts(found),
        "bills": standing,
        "unpaid": unpaid,
        "unpaid_amount": sum(bill.amount for bill in unpaid),
        "may_take_back": found.state == "submitted" or (found.state == "accepted" and is_unpaid(enrolments=enrolments)),
        "others": [(payers.kind_name(one.kind), one) for one in other_payers(enrolments=enrolments)],
        "waiting": packages.waiting_uploads(package=found) if found.state == "draft" else [],
        "upload": upload,
        **_prices(request, found),
    }
    return TemplateResponse(request, "employers/packages/package.html", context, status=status)


def _counts(found: Package) -> list[tuple[str, int, int | None]]:
    """Each group: how many of it are on the roster, and how many were reckoned with."""
    there = packages.group_counts(package=found)
    return [(one.name, there.get(one.name, 0), one.headcount) for one in packages.groups_of(package=found)]


def _prices(request: Request, found: Package) -> dict[str, Any]:
    """The table of what one person costs, by group, plan and payer."""
    return priced(price_table(package=found, on=request.on))


@clerks_only
@require_safe
def package_form(request: Request, number: str) -> HttpResponseBase:
    """The workbook to be filled in."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    response = HttpResponse(package_template(package=found), content_type=XLSX)
    name = f"{_('花名册')} {found.name} {found.number}.xlsx"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_roster(request: Request, number: str) -> HttpResponseBase:
    """A roster is brought; what is good in it, what is not and why; then it is taken, or nothing of it."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    if request.method == "POST":
        return _brought(request, found) if "rows" not in request.POST else _taken(request, found)
    return _preview(request, found)


def _brought(request: Request, found: Package) -> HttpResponseBase:
    form = Upload(request.POST, request.FILES)
    if form.is_valid():
        brought = form.cleaned_data["roster"]
        try:
            made = bring_package_roster(
                package=found, content=brought.read(), name=brought.name, by=request.actor, at=request.at
            )
        except NotDraft:
            raise
        except REFUSALS as refusal:
            refuse(form, refusal, "roster")
        else:
            if isinstance(made, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[made.key]))
            return HttpResponseRedirect(reverse("employers:package_roster", args=[found.number]))
    return _page(request, found, form, status=422)


def _taken(request: Request, found: Package) -> HttpResponseBase:
    rows = request.POST["rows"]
    if rows == "drop":
        drop_package_upload(package=found, by=request.actor, at=request.at)
        messages.success(request, _("已全部放弃，名单没有变化"))
    else:
        try:
            taken = take_package(package=found, leave_out_faulty=rows == "good", by=request.actor, at=request.at)
        except NotDraft:
            raise
        except REFUSALS as refusal:
            return _preview(request, found, refusal)
        if isinstance(taken, LongJob):
            return HttpResponseRedirect(reverse("common:job", args=[taken.key]))
        messages.success(request, _("已采用 %(count)s 人") % {"count": whole(taken)})
    return HttpResponseRedirect(reverse("employers:package", args=[found.number]))


def _preview(request: Request, found: Package, refusal: Exception | None = None) -> HttpResponseBase:
    uploads = packages.waiting_uploads(package=found) if found.state == "draft" else []
    if not uploads:
        return HttpResponseRedirect(reverse("employers:package", args=[found.number]))
    read, good = packages.preview_counts(uploads=uploads)
    faulty = request.GET.get("rows", "faulty" if good < read else "good") == "faulty"
    blocks = [
        (one.enrolment.version, roster_differences.block(enrolment=one.enrolment, on=request.on, upload=one))
        for one in uploads
    ]
    changes = [
        (version, [(figure.label, figure.count.persons) for figure in block.figures])
        for version, block in blocks
        if block.anybody
    ]
    lines = packages.preview_lines(uploads=uploads, faulty=faulty, first=0, most=LINES_SHOWN)
    context = {
        "package": found,
        "file": uploads[0].file,
        "read": read,
        "good": good,
        "bad": read - good,
        "faulty": faulty,
        "lines": [(line, [_said(fault) for fault in (line.faults or line.warnings)]) for line in lines],
        "cut": (read - good if faulty else good) > LINES_SHOWN,
        "refusal": refusal,
        "changes": changes,
        "kinds": [label for label, _count in changes[0][1]] if changes else [],
    }
    return TemplateResponse(request, "employers/packages/preview.html", context, status=422 if refusal else 200)


def _said(fault: Any) -> tuple[str, str]:
    field = BY_FIELD.get(fault["field"])
    return (field.zh if field is not None else _("计划规定")), said_in(fault["zh"], fault["en"])


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_submission(request: Request, number: str) -> HttpResponseBase:
    """What is handed in, for how many, how much and who pays; then it is handed in."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    refusal: Exception | None = None
    if request.method == "POST":
        try:
            made = hand_in_package(package=found, by=request.actor, at=request.at)
        except IllegalMove:
            raise
        except REFUSALS as raised:
            refusal = raised
        else:
            if isinstance(made, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[made.key]))
            messages.success(request, _("已核准，账单已开出") if made else _("已提交，等待工会审核"))
            return HttpResponseRedirect(reverse("employers:package", args=[number]))
    persons, amount = packages.persons_of(package=found)
    enrolments = packages.open_enrolments(package=found)
    shares = [
        (one, share)
        for one in enrolments
        for share in shares_of(enrolment=one, persons=one.rows.filter(taken=True).count())
    ]
    context = {
        "package": found,
        "persons": persons,
        "amount": amount,
        "shares": shares,
        "refusal": refusal,
        **split_context(request, found),
    }
    return TemplateResponse(
        request, "employers/packages/submission.html", context, status=422 if refusal is not None else 200
    )


def split_context(request: Request, found: Package) -> dict[str, Any]:
    """The table of a package's fees: by plan and group what each payer bears of one person, and of all."""
    several = package_split(package=found, on=request.on)
    columns = payers.payers_among(one.split.totals() for one in several)
    rows = [(one.enrolment, piece, payers.cells(columns, piece.each)) for one in several for piece in one.split.slices]
    beyond = sum(count for one in several for count in one.split.beyond.values())
    return {
        "split_rows": rows,
        "split_payers": [payers.payer_name(payer) for payer in columns],
        "split_totals": payers.totals_of(one.split for one in several),
        "beyond": beyond,
    }


@clerks_only
@require_safe
def package_split_export(request: Request, number: str) -> HttpResponseBase:
    """The same table as a workbook."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    columns = (
        Column(_("计划"), lambda row: plan_name(row[0].enrolment.version), width=30),
        Column(_("参保组"), lambda row: row[1]),
        Column(_("人数"), lambda row: row[2], "whole"),
        Column(_("每人费用（元）"), lambda row: row[3], "amount"),
        Column(_("出资方"), lambda row: payers.payer_name(row[4]), width=30),
        Column(_("每人承担（元）"), lambda row: row[5], "amount"),
        Column(_("合计（元）"), lambda row: row[5] * row[2], "amount"),
    )
    return workbook(_("费用分担"), columns, iter(payers.split_rows(package_split(package=found, on=request.on))))


@clerks_only
@require_safe
def package_persons_export(request: Request, number: str) -> HttpResponseBase:
    """What each payer bears of each person, for the employer's accounts, once it was billed; that it was taken away stands in
    the audit trail."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    if found.state != "accepted":
        return HttpResponseRedirect(reverse("employers:package", args=[number]))
    note_read(request, "export_covers", found)
    names, rows = payer_queries.persons_split(package=found)
    columns = [
        Column(_("姓名"), lambda row: row.cover.member.name),
        Column(_("证件号码"), lambda row: masked(row.cover.member.identity_number), width=24),
        Column(_("参保组"), lambda row: row.cover.package_group),
        Column(_("计划"), lambda row: plan_name(row.cover.version), width=30),
        Column(_("保障编号"), lambda row: row.cover.number),
        Column(_("每人费用（元）"), lambda row: row.cover.fee_amount, "amount"),
        *(
            Column(
                f"{payers.named(*one)}{_('（元）')}",
                lambda row, one=one: row.each.get(one, Decimal(0)),  # type: ignore[misc]
                "amount",
                width=22,
            )
            for one in names
        ),
    ]
    return workbook(f"{_('每人费用分担')} {found.number}", columns, rows)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_cancellation(request: Request, number: str) -> HttpResponseBase:
    """A package is given up, with all its plans."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    if request.method == "POST":
        cancel_package(package=found, by=request.actor, at=request.at)
        messages.success(request, _("综合保障计划已取消"))
        return HttpResponseRedirect(reverse("employers:packages"))
    if found.state == "accepted":
        return HttpResponseRedirect(reverse("employers:package", args=[number]))
    persons, _amount = packages.persons_of(package=found)
    return confirmation(
        request,
        base="common/base_office.html",
        question=_("取消这份综合保障计划吗？"),
        facts=[(_("名称"), found.name), (_("编号"), found.number), (_("名单人数"), str(persons))],
        warning=_("取消后各单项计划的名单都不再使用，需要时请新办一份。"),
        action=_("确认取消"),
        danger=True,
        back=reverse("employers:package", args=[number]),
    )
