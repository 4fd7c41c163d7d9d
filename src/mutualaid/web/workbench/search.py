"""管理端: one search box for persons, units and numbers."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from mutualaid.people.search import Hit
from mutualaid.people.search import search as find
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KINDS: dict[str, tuple[StrOrPromise, str, str]] = {
    "member": (_("会员"), "user", "workbench:member"),
    "employer": (_("单位"), "building", "workbench:employer"),
    "unit": (_("机构"), "sitemap", "workbench:unit"),
    "enrolment": (_("参保单"), "file-spreadsheet", "workbench:enrolment"),
    "cover": (_("保障"), "shield-check", "workbench:cover"),
    "claim": (_("理赔申请"), "clipboard-list", "workbench:claim"),
    "bill": (_("账单"), "file-invoice", "workbench:bill"),
    "payment_order": (_("支付单"), "cash", "workbench:payout"),
    "batch": (_("支付批次"), "stack-2", "workbench:payout_batch"),
}
"""What may be found: how it is called, its icon, and its page."""


def _address(hit: Hit) -> str:
    try:
        return reverse(KINDS[hit.kind][2], args=[hit.number]) if hit.kind in KINDS else ""
    except NoReverseMatch:
        return ""


@staff_only()
@require_safe
def search(request: Request) -> HttpResponseBase:
    """What is meant by ``?q=``; a whole number of one thing alone leads there at once. Who looked for persons is written down."""
    result = find(actor=request.actor, text=request.GET.get("q", ""), on=request.on)
    if result.persons:
        note_read(request, "search_members", request.account)
    if len(result.hits) == 1 and result.hits[0].number == result.text.upper() and (url := _address(result.hits[0])):
        return HttpResponseRedirect(url)
    groups = [
        (*KINDS.get(kind, (kind, "search", ""))[:2], [(hit, _address(hit)) for hit in hits])
        for kind, hits in groupby(result.hits, key=lambda hit: hit.kind)
    ]
    return TemplateResponse(request, "workbench/search/search.html", {"result": result, "groups": groups})


urlpatterns: list[URLPattern] = [path("search", search, name="search")]
