"""Between a roster that was brought and its preview: which column is which, what is mended at one click, the marked workbook."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.core import papers
from mutualaid.core.models import LongJob
from mutualaid.enrolment import access, queries
from mutualaid.enrolment.actions.mending import (
    ColumnsWrong,
    ask_for_marked,
    forget_mapping,
    map_columns,
    mend_certain,
)
from mutualaid.enrolment.models import HeaderMapping, RosterRow, RosterUpload
from mutualaid.enrolment.roster.columns import COLUMNS
from mutualaid.enrolment.roster.marking import Mark, Marks, marked
from mutualaid.enrolment.roster.mending import FIXES
from mutualaid.enrolment.roster.told import line_of
from mutualaid.web.common.answers import said as said_in
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.templatetags.shown import whole
from mutualaid.web.employers.faults import Fault, place, shown_row

MARKED_AT_ONCE = 3_000
"""Rows of a roster whose marked workbook is made while the clerk waits: a third of a second."""


class Columns(forms.Form):
    """One choice for each column of the file: what it means."""

    def __init__(self, *args: Any, columns: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        choices = [("", _("不读取")), *((one.field, place(one.field)) for one in COLUMNS)]
        for number, column in enumerate(columns):
            name = column["word"] or _("第 %(n)d 列") % {"n": number + 1}
            self.fields[f"column{number}"] = forms.ChoiceField(
                label=name, choices=choices, required=False, initial=column["proposed"]
            )

    def rows(self) -> Iterator[tuple[int, dict[str, Any], Any]]:
        """Number, column and field, for the table."""
        for number, column in enumerate(self.columns):
            yield number + 1, column, self[f"column{number}"]

    def chosen(self) -> dict[str, str]:
        """By label the field."""
        return {column["label"]: self.cleaned_data[f"column{n}"] for n, column in enumerate(self.columns)}


def columns_page(
    request: Request, found: RosterUpload, form: Columns | None = None, refusal: Exception | None = None
) -> HttpResponseBase:
    """Which column is which: asked before there is a preview."""
    asked = json.loads(found.asked or "{}")
    form = form or Columns(columns=asked["columns"])
    context = {"upload": found, "enrolment": found.enrolment, "form": form, "sheet": asked["sheet"], "refusal": refusal}
    status = 422 if refusal is not None or form.errors else 200
    return TemplateResponse(request, "employers/rosters/columns.html", context, status=status)


@clerks_only
@require_POST
def columns(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """The clerk says which column is which."""
    found = access.upload_for(actor=request.actor, number=number, upload=key, on=request.on)
    asked = json.loads(found.asked or "{}")
    form = Columns(request.POST, columns=asked.get("columns", []))
    if not form.is_valid():
        return columns_page(request, found, form)
    try:
        made = map_columns(upload=found, fields=form.chosen(), by=request.actor, at=request.at)
    except ColumnsWrong as refusal:
        return columns_page(request, found, form, refusal)
    messages.success(request, _("已按您确认的各列读取，下次上传同样的表头不再询问"))
    return _onwards(made, number, key)


@clerks_only
@require_POST
def mending(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """All that is certain is mended at one click."""
    found = access.upload_for(actor=request.actor, number=number, upload=key, on=request.on)
    made = mend_certain(upload=found, by=request.actor, at=request.at)
    messages.success(request, _("已全部改正并重新核对"))
    return _onwards(made, number, key)


def _onwards(made: RosterUpload | LongJob, number: str, key: uuid.UUID) -> HttpResponseBase:
    if isinstance(made, LongJob):
        return HttpResponseRedirect(reverse("common:job", args=[made.key]))
    return HttpResponseRedirect(reverse("employers:upload", args=[number, key]))


def fixes_said(counts: dict[str, int]) -> list[tuple[str, int]]:
    """What can be mended, or was, and how often."""
    return [(said_in(*FIXES[word]), counts[word]) for word in FIXES if word in counts]


def notes_said(notes: Iterable[dict[str, str]]) -> list[tuple[str, str]]:
    """Meaning and text of what a clerk should know of the file."""
    return [(note["meaning"], note["en"] if get_language() == "en" else note["zh"]) for note in notes]


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def marked_workbook(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """The same workbook with its bad cells marked, to be mended and uploaded again: a small one at once, a large one by the
    worker."""
    found = access.upload_for(actor=request.actor, number=number, upload=key, on=request.on)
    if request.method == "POST":
        job = ask_for_marked(upload=found, language=get_language() or "", by=request.actor, at=request.at)
        return HttpResponseRedirect(reverse("common:job", args=[job.key]))
    if found.rows_read > MARKED_AT_ONCE:
        return HttpResponseRedirect(reverse("employers:upload", args=[number, key]))
    note_read(request, "read_marked_roster", found)
    response = HttpResponse(marked_content(found), content_type=papers.XLSX)
    response["Content-Disposition"] = content_disposition_header(True, marked_name(found)) or "attachment"
    return response


def marked_name(found: RosterUpload) -> str:
    """What the marked workbook is called."""
    stem = found.file.name.rpartition(".")[0].removesuffix(_("（已标出问题）"))
    return papers.clean_name(f"{stem}{_('（已标出问题）')}.xlsx", kind="roster", media_type=papers.XLSX)


def marked_content(found: RosterUpload, told: Callable[[int], None] = lambda _row: None) -> bytes:
    """The bytes of the marked workbook, in the language of the page."""
    reading = found.reading
    rows = queries.rows_of_upload(upload=found, faulty=True).iterator(chunk_size=2000)
    marks = Marks(
        sheet=reading.get("sheet", ""),
        columns=reading.get("columns", []),
        last=reading.get("last", 0),
        faults={row.line: [_mark(row, fault) for fault in shown_row(row).faults] for row in rows},
        headers=[_("行号"), _("姓名"), _("栏目"), _("填写的内容"), _("原因"), _("怎样改"), _("建议值")],
        said=[
            _("红色的格子有问题，绿色的是一键改正过的。请在名册表中改好，直接上传本文件即可；本表不会被读取。"),
            _("共 %(bad)s 行有问题，%(good)s 行可以采用。")
            % {"bad": whole(found.rows_read - found.rows_good), "good": whole(found.rows_good)},
        ],
        mended=_mended(found),
    )
    return marked(content=papers.read(found.file), marks=marks, told=told)


def _mark(row: RosterRow, fault: Fault) -> Mark:
    comment = "\n".join(text for text in (fault.reason, fault.mend, fault.offered) if text)
    return Mark(fault.field, comment, (row.name, fault.place, fault.found, fault.reason, fault.mend, fault.offered))


def _mended(found: RosterUpload) -> dict[tuple[int, str], str]:
    """What stands in the cells that were mended, instead of what the file has."""
    changed: dict[int, set[str]] = {}
    for line, name, _fix in found.reading.get("changes", ()):
        changed.setdefault(line, set()).add(name)
    rows = found.rows.filter(line__in=changed) if changed else RosterRow.objects.none()
    return {
        (row.line, name): text
        for row in rows.iterator(chunk_size=2000)
        for name, text in line_of(row=row).told.items()
        if name in changed[row.line]
    }


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def headers(request: Request) -> HttpResponseBase:
    """What is remembered of the headers of rosters; one is forgotten."""
    if request.method == "POST":
        try:
            key = uuid.UUID(request.POST.get("mapping", ""))
        except ValueError:
            key = uuid.UUID(int=0)
        mapping = access.header_mapping_for(actor=request.actor, key=key)
        forget_mapping(mapping=mapping, by=request.actor, at=request.at)
        messages.success(request, _("已删除，下次上传这样的表头会再询问"))
        return HttpResponseRedirect(reverse("employers:headers"))
    found = access.header_mappings_visible_to(actor=request.actor).select_related("employer__unit")[:200]
    context = {"mappings": [(one, list(_pairs(one))) for one in found]}
    return TemplateResponse(request, "employers/rosters/headers.html", context)


def _pairs(one: HeaderMapping) -> Iterator[tuple[str, str]]:
    """The words of a header, and what they mean."""
    for number, (label, word) in enumerate(one.headers, start=1):
        name = one.fields.get(label, "")
        yield word or _("第 %(n)d 列") % {"n": number}, place(name) if name else ""
