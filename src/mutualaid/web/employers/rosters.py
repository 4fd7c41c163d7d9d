"""The roster of an enrolment: a file is brought and looked at, its good rows are taken or none; persons added and removed."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.core.models import LongJob
from mutualaid.enrolment import access, queries
from mutualaid.enrolment.actions.rosters import (
    add_person,
    bring_roster,
    drop_upload,
    remove_row,
    take_rows,
)
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.enrolment.roster.reading import BYTES_MOST
from mutualaid.enrolment.standing import NotDraft, RosterFaulty, TakenAlready
from mutualaid.people.access import NotFound
from mutualaid.plans.offering import most_units, needed_facts
from mutualaid.plans.queries import document_of, parts_of
from mutualaid.web.common import roster_differences
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import whole
from mutualaid.web.employers.enrolments import enrolment_page
from mutualaid.web.employers.faults import fault_text, place, said_group, shown_row
from mutualaid.web.employers.forms import Person, RosterFilter, Upload
from mutualaid.web.employers.mending import MARKED_AT_ONCE, columns_page, fixes_said, notes_said
from mutualaid.web.employers.told import REFUSALS, paged, refuse, searched


@clerks_only
@require_POST
def uploads(request: Request, number: str) -> HttpResponseBase:
    """A file is brought: a small one is previewed at once, a large one by the worker."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    form = Upload(request.POST, request.FILES)
    if form.is_valid():
        brought = form.cleaned_data["roster"]
        if brought.size > BYTES_MOST:
            form.add_error("roster", _("文件最大 64 MB，请拆成几个文件分次上传"))
            return enrolment_page(request, found, upload=form, status=422)
        try:
            made = bring_roster(
                enrolment=found, content=brought.read(), name=brought.name, by=request.actor, at=request.at
            )
        except NotDraft:
            raise
        except REFUSALS as refusal:
            refuse(form, refusal, "roster")
        else:
            if isinstance(made, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[made.key]))
            return HttpResponseRedirect(reverse("employers:upload", args=[number, made.file.key]))
    return enrolment_page(request, found, upload=form, status=422)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A preview: what is good, what is not and why; then the good rows are taken, or nothing."""
    try:
        found = access.upload_for(actor=request.actor, number=number, upload=key, on=request.on)
    except NotFound:
        # Dropped or replaced meanwhile, as by a second tab: the enrolment says how it stands.
        access.enrolment_for(actor=request.actor, number=number, on=request.on)
        if request.method == "POST":
            raise TakenAlready(
                "应为尚未采用或放弃的名单；该名单已放弃或被新的上传取代，名单没有变化，请打开参保单查看",
                "expected an upload that was neither taken nor dropped, found that it was dropped or replaced by a later one; "
                "the roster is as it was, see the enrolment",
            ) from None
        return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    if request.method == "POST":
        return _decided(request, found)
    if found.taken_at is not None:
        return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    return columns_page(request, found) if found.asked else _preview(request, found)


def _decided(request: Request, found: RosterUpload) -> HttpResponseBase:
    number = found.enrolment.number
    if request.POST.get("rows") == "drop":
        drop_upload(upload=found, by=request.actor, at=request.at)
        messages.success(request, _("已全部放弃，名单没有变化"))
        return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    try:
        made = take_rows(upload=found, by=request.actor, at=request.at)
    except (NotDraft, TakenAlready):
        raise
    except REFUSALS as refusal:
        return _preview(request, found, refusal)
    if isinstance(made, LongJob):
        return HttpResponseRedirect(reverse("common:job", args=[made.key]))
    told = ngettext("已采用 %(count)s 人", "已采用 %(count)s 人", made) % {"count": whole(made)}
    messages.success(request, told)
    return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))


def _preview(request: Request, found: RosterUpload, refusal: Exception | None = None) -> HttpResponseBase:
    groups = queries.faults_grouped(upload=found)
    fields = [(name, place(name)) for name in dict.fromkeys(group.field for group in groups)]
    bad = found.rows_read - found.rows_good
    asked = {"rows": "faulty" if bad else "good"} | request.GET.dict()
    form = RosterFilter(asked, fields=fields)
    chosen = form.cleaned_data if form.is_valid() else {"rows": "all", "field": ""}
    faulty = {"faulty": True, "good": False}.get(chosen["rows"])
    rows = queries.rows_of_upload(upload=found, faulty=faulty, field=chosen["field"])
    counts = {"faulty": bad, "good": found.rows_good}
    page = paged(request, rows, known=None if chosen["field"] else counts.get(chosen["rows"], found.rows_read))
    page.object_list = [shown_row(row) for row in page.object_list]
    said_groups = [(group, *said_group(group.field, group.zh, group.en)) for group in groups]
    context = {
        "upload": found,
        "enrolment": found.enrolment,
        "bad": bad,
        "marked_later": found.rows_read > MARKED_AT_ONCE,
        "groups": said_groups,
        "differences": roster_differences.block(enrolment=found.enrolment, on=request.on, upload=found),
        "page": page,
        "form": form,
        "only": chosen["rows"],
        "notes": notes_said(found.reading.get("notes", ())),
        "certain": fixes_said(found.reading.get("certain", {})),
        "certain_rows": found.reading.get("certain", {}).get("rows", 0),
        "mended": fixes_said(found.reading.get("mended", {})),
        "compared": found.reading.get("compared"),
        "refusal": refusal,
    }
    template = "employers/rosters/upload.html"
    return TemplateResponse(request, template, context, status=409 if refusal is not None else 200)


@clerks_only
@require_safe
def faults(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """The faults of a preview as a workbook, to be mended beside one's own file."""
    found = access.upload_for(actor=request.actor, number=number, upload=key, on=request.on)
    rows = queries.rows_of_upload(upload=found, faulty=True)
    columns = (
        Column(_("行号"), lambda pair: pair[0].line, "whole", width=8),
        Column(_("姓名"), lambda pair: pair[0].name),
        Column(_("栏目"), lambda pair: pair[1].place),
        Column(_("原因"), lambda pair: pair[1].reason, width=50),
        Column(_("怎样改"), lambda pair: pair[1].mend, width=40),
        Column(_("建议值"), lambda pair: pair[1].offered, width=24),
    )
    pairs = ((row, fault) for row in rows.iterator(chunk_size=2000) for fault in shown_row(row).faults)
    return workbook(f"{_('名册问题')} {number}", columns, pairs)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def rows(request: Request, number: str) -> HttpResponseBase:
    """The persons of an enrolment; of a draft one is taken off."""
    if request.method == "POST":
        key = request.POST.get("row", "")
        row = access.row_for(
            actor=request.actor,
            number=number,
            row=int(key[:18]) if key.isascii() and key.isdecimal() else 0,
            on=request.on,
        )
        remove_row(row=row, by=request.actor, at=request.at)
        messages.success(request, _("已从名单中移除 %(name)s") % {"name": row.name})
        return HttpResponseRedirect(reverse("employers:rows", args=[number]))
    found = access.enrolment_for(actor=request.actor, number=number, on=request.on)
    text = searched(request)
    page = paged(request, queries.rows_named(rows=queries.rows_of(enrolment=found), text=text))
    page.object_list = [shown_row(row) for row in page.object_list]
    context = {"enrolment": found, "page": page, "text": text}
    return TemplateResponse(request, "employers/rosters/rows.html", context)


@clerks_only
@sensitive_post_parameters("identity_number", "bank_card", "phone")
@require_http_methods(["GET", "HEAD", "POST"])
def row_new(request: Request, number: str) -> HttpResponseBase:
    """One person by hand; on success the form is there for the next."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    if request.method != "POST" and found.state != "draft":
        return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))
    form = _person(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_person(enrolment=found, by=request.actor, at=request.at, **form.told())
        except RosterFaulty as refusal:
            for _line, fault in refusal.faults:
                name = fault["field"]
                form.add_error(name if name in form.fields else None, fault_text(fault))
        except NotDraft:
            raise
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("已加入 %(name)s，可以继续添加") % {"name": row.name})
            return HttpResponseRedirect(reverse("employers:row_new", args=[number]))
    persons, amount = queries.billable(enrolment=found)
    context = {"enrolment": found, "form": form, "persons": persons, "amount": amount}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "employers/rosters/row_new.html", context, status=status)


def _person(found: Enrolment, data: Any) -> Person:
    document = document_of(version=found.version)
    parts = [document_of(version=part) for part in parts_of(version=found.version)]
    return Person(data, needs=needed_facts(document, parts=parts), most=most_units(document))
