"""An employer asks to be registered: the office is chosen, data and stamped papers are brought, mended when sent back."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core import papers
from mutualaid.core.models import StoredFile
from mutualaid.core.papers import BadFile
from mutualaid.people import access
from mutualaid.people.actions.applications import (
    ApplicationOpen,
    EmployerKnown,
    NoStampedForm,
    resubmit_application,
    submit_application,
)
from mutualaid.people.models import EmployerApplication, Unit
from mutualaid.people.queries import offices
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.forms import Application
from mutualaid.web.employers.steps import application_steps
from mutualaid.web.employers.told import REFUSALS, refuse, searched

KINDS = dict.fromkeys(Application.FILES)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def application_new(request: Request) -> HttpResponseBase:
    """First the office, then the form; refused, what was typed and brought stays."""
    code = request.GET.get("office", "")
    if not code:
        return _choosing(request)
    office = access.office_to_apply_to(code=code)
    form = Application(request.POST or None, request.FILES or None)
    kept: list[StoredFile] = []
    if request.method == "POST":
        kept = _papers(request, form)
        if form.is_valid():
            try:
                made = submit_application(
                    account=request.account, office=office, papers=kept, by=request.actor, at=request.at, **_said(form)
                )
            except REFUSALS as refusal:
                refuse(form, refusal, _field(refusal))
            else:
                messages.success(request, _("登记申请已提交，审核结果会通知您"))
                return HttpResponseRedirect(reverse("employers:application", args=[made.number]))
    return _form(request, form, office, kept, None)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: Request, number: str) -> HttpResponseBase:
    """How an application stands; one that was sent back is mended here, the remark beside the form."""
    found = access.application_for(actor=request.actor, number=number, on=request.on)
    if found.state != "returned" and request.method != "POST":
        context = {"application": found, "steps": application_steps(found), "papers": _labelled(found.papers.all())}
        return TemplateResponse(request, "employers/applications/application.html", context)
    mended = access.application_to_mend(actor=request.actor, number=number, on=request.on)
    office = access.office_to_apply_to(code=request.GET["office"]) if request.GET.get("office") else mended.office
    if request.method != "POST":
        before = {name: getattr(mended, name) for name in _FIELDS}
        return _form(request, Application(initial=before), office, list(mended.papers.all()), mended)
    form = Application(request.POST, request.FILES)
    kept = _papers(request, form)
    if form.is_valid():
        told: dict[str, Any] = {"office": office, "papers": kept, "by": request.actor, "at": request.at} | _said(form)
        try:
            resubmit_application(application=mended, **told)
        except REFUSALS as refusal:
            refuse(form, refusal, _field(refusal))
        else:
            messages.success(request, _("已重新提交，审核结果会通知您"))
            return HttpResponseRedirect(reverse("employers:application", args=[number]))
    return _form(request, form, office, kept, mended)


@clerks_only
@require_safe
def registration_form(request: Request) -> HttpResponseBase:
    """The form of an employer's registration, to be printed and stamped."""
    office = request.GET.get("office", "")[:100]
    return TemplateResponse(request, "employers/applications/registration_form.html", {"office": office})


@clerks_only
@require_safe
def authorisation_form(request: Request) -> HttpResponseBase:
    """The form by which an employer authorises a clerk, to be printed and stamped."""
    employer = current_employer(request)
    return TemplateResponse(request, "employers/applications/authorisation_form.html", {"employer": employer})


_FIELDS = ("name", "credit_code", "headcount_declared", "contact_name", "contact_phone")


def _said(form: Application) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in _FIELDS}


def _field(refusal: Exception) -> str | None:
    """At which field a refusal is shown."""
    if isinstance(refusal, EmployerKnown | ApplicationOpen):
        return "credit_code"
    return "stamped_form" if isinstance(refusal, NoStampedForm) else None


def _choosing(request: Request) -> HttpResponseBase:
    """Offices by a part of the name, or step by step down the tree."""
    text, under = searched(request), request.GET.get("under", "")[:32]
    found = offices(text=text, under=under)
    while not text and len(found) == 1 and not found[0].takes and found[0].below:
        found = offices(under=found[0].unit.code)  # the national body alone is no choice
    context = {"text": text, "under": under, "offices": found, "mending": request.GET.get("for", "")[:20]}
    return TemplateResponse(request, "employers/applications/office.html", context)


def _papers(request: Request, form: Application) -> list[StoredFile]:
    """What was brought now, and what was brought before and is to stay. They stay when the form is refused."""
    papers.holding(by=request.actor)
    keys = [key for key in request.POST.getlist("kept") if _is_key(key)]
    own = StoredFile.objects.filter(key__in=keys, by_kind=request.actor.kind, by_key=request.actor.key)
    kept = {one.kind: one for one in own if one.kind in KINDS}
    for kind in Application.FILES:
        brought = request.FILES.get(kind)
        if brought is None or (brought.size or 0) > Application.base_fields[kind].max_size:  # type: ignore[attr-defined]
            continue
        try:
            kept[kind] = _stored(request, kind, brought)
        except BadFile as refusal:
            form.full_clean()
            refuse(form, refusal, kind)
    return list(kept.values())


def _stored(request: Request, kind: str, brought: UploadedFile[Any]) -> StoredFile:
    content = brought.read()
    shown = papers.type_of(content)
    if content and shown not in (papers.PDF, papers.JPEG, papers.PNG):
        raise BadFile(
            "材料应为 PDF、JPG 或 PNG；得到其他格式，请拍照或另存为 PDF 后再上传",
            "expected a PDF, JPEG or PNG, found another format; take a photo or save it as PDF",
        )
    return papers.store(
        content=content,
        name=brought.name or kind,
        kind=kind,
        media_type=shown or papers.PDF,
        by=request.actor,
        at=request.at,
    )


def _form(
    request: Request, form: Application, office: Unit, kept: list[StoredFile], returned: EmployerApplication | None
) -> HttpResponseBase:
    context = {
        "form": form,
        "office": office,
        "kept": _labelled(kept),
        "returned": returned,
        "steps": application_steps(returned) if returned else [],
    }
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, "employers/applications/form.html", context, status=status)


def _labelled(files: Any) -> list[tuple[str, StoredFile]]:
    labels = {name: field.label for name, field in Application.base_fields.items()}
    return [(str(labels.get(one.kind, _("材料"))), one) for one in files]


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
