"""A roster file comes in parts (``employers.js``): begun or gone on with, whole, given up. A plain form works too."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.core.models import LongJob
from mutualaid.enrolment import access
from mutualaid.enrolment.actions.transfers import (
    PART_MOST,
    OutOfStep,
    add_part,
    begin_transfer,
    drop_transfer,
    finish_transfer,
)
from mutualaid.enrolment.models import RosterTransfer
from mutualaid.enrolment.standing import NotDraft
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.told import REFUSALS


def _told(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What would be a page of its own is told to the program of the page, which shows it beside the file."""

    @wraps(view)
    def answered(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (NotFound, Refused) as refusal:
            if request.accepts("text/html"):
                raise
            return _refused(said(refusal), 404 if isinstance(refusal, NotFound) else 409)

    return answered


@clerks_only
@_told
@require_POST
def transfers(request: Request, number: str) -> HttpResponseBase:
    """A file is to come; of one that is on its way already, where it stopped."""
    found = access.enrolment_of_clerk(actor=request.actor, number=number, on=request.on)
    size, sha256 = request.POST.get("size", ""), request.POST.get("sha256", "")
    if not re.fullmatch(r"[0-9]{1,12}", size, re.ASCII) or not re.fullmatch(r"[0-9a-f]{64}", sha256):
        return _refused(_("上传没有说明文件大小和校验值，请刷新页面后重试"), 422)
    try:
        made = begin_transfer(
            enrolment=found,
            name=request.POST.get("name", ""),
            size=int(size),
            sha256=sha256,
            by=request.actor,
            at=request.at,
        )
    except NotDraft:
        raise
    except REFUSALS as refusal:
        return _refused(said(refusal), 422)
    return _standing(number, made)


@clerks_only
@_told
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """Which bytes are there; or it is given up."""
    found = access.transfer_for(actor=request.actor, number=number, key=key, on=request.on)
    if request.method != "POST":
        return _standing(number, found)
    drop_transfer(transfer=found, by=request.actor, at=request.at)
    if not request.accepts("text/html"):  # said at once, and not once more by the next page
        return JsonResponse({})
    messages.success(request, _("已放弃上传，名单没有变化"))
    return HttpResponseRedirect(reverse("employers:enrolment", args=[number]))


@clerks_only
@_told
@require_POST
def parts(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """Further bytes, from the byte that the address names on."""
    found = access.transfer_for(actor=request.actor, number=number, key=key, on=request.on)
    begins = request.GET.get("begins", "")
    if not re.fullmatch(r"[0-9]{1,12}", begins, re.ASCII) or _length(request) > PART_MOST:
        return _refused(_("上传的一段不完整，请刷新页面后重试"), 422)
    try:
        received = add_part(transfer=found, begins=int(begins), content=request.body, by=request.actor, at=request.at)
    except OutOfStep as refusal:
        return JsonResponse({"said": said(refusal), "received": refusal.received}, status=409)
    except REFUSALS as refusal:
        return _refused(said(refusal), 409)
    return JsonResponse({"received": received})


@clerks_only
@_told
@require_POST
def completion(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """All bytes are there: the page on which the roster is looked at, or the job that reads it."""
    found = access.transfer_for(actor=request.actor, number=number, key=key, on=request.on)
    try:
        made = finish_transfer(transfer=found, by=request.actor, at=request.at)
    except NotDraft:
        raise
    except REFUSALS as refusal:
        return _refused(said(refusal), 409 if isinstance(refusal, OutOfStep) else 422)
    if isinstance(made, LongJob):
        return JsonResponse({"page": reverse("common:job", args=[made.key])})
    return JsonResponse({"page": reverse("employers:upload", args=[number, made.file.key])})


def _standing(number: str, found: RosterTransfer) -> JsonResponse:
    return JsonResponse(
        {
            "received": found.received,
            "size": found.size,
            "here": reverse("employers:transfer", args=[number, found.key]),
            "parts": reverse("employers:transfer_parts", args=[number, found.key]),
            "completion": reverse("employers:transfer_completion", args=[number, found.key]),
        }
    )


def _refused(text: str, status: int) -> JsonResponse:
    return JsonResponse({"said": text}, status=status)


def _length(request: HttpRequest) -> int:
    told = request.headers.get("Content-Length", "")
    return int(told) if told.isascii() and told.isdecimal() else 0
