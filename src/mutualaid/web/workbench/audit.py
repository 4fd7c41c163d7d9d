"""The audit trail, for audit administrators alone: who did what to which row, and when."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mutualaid.core.actors import ActorKind
from mutualaid.core.models import AuditEntry
from mutualaid.people import access
from mutualaid.people.models import Account, EmployerClerk, RoleName, Staff
from mutualaid.proofs import queries as proofs
from mutualaid.proofs.access import leaf_for
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.audit_words import detail_told, subject_told, what_told, words
from mutualaid.web.workbench.day_lists import DaysForm, page_of

AUDIT = (RoleName.AUDIT_ADMIN,)
KINDS = {
    ActorKind.STAFF: gettext_lazy("工作人员"),
    ActorKind.CLERK: gettext_lazy("代办员"),
    ActorKind.MEMBER: gettext_lazy("会员"),
    ActorKind.SYSTEM: gettext_lazy("系统"),
    ActorKind.CLIENT: gettext_lazy("程序"),
}
DAYS_SHOWN = 7
"""How far the list reaches back when no day is asked for: a trail has millions of rows."""


class AuditFilter(DaysForm):
    """Of the trail."""

    kind = forms.ChoiceField(
        label=gettext_lazy("身份"), required=False, choices=lambda: [("", _("全部")), *KINDS.items()]
    )
    who = forms.CharField(label=gettext_lazy("姓名或登录名"), required=False, max_length=64)
    what = forms.ChoiceField(label=gettext_lazy("事项"), required=False)
    subject = forms.CharField(label=gettext_lazy("对象"), required=False, max_length=128)
    field_order = ("since", "to", "kind", "who", "what", "subject")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = sorted((said(*names), word) for word, names in words().items())
        self.fields["what"].choices = [("", _("全部")), *((word, name) for name, word in told)]  # type: ignore[attr-defined]


def _asked(request: Request) -> AuditFilter:
    since = request.on - datetime.timedelta(days=DAYS_SHOWN - 1)
    return AuditFilter(request.GET or {"since": since.isoformat()})


def _found(request: Request, form: AuditFilter) -> QuerySet[AuditEntry]:
    asked = form.asked()
    rows = access.audit_entries_visible_to(actor=request.actor, on=request.on)
    # Whole days as moments, so that an index on moments serves.
    if asked.get("since"):
        rows = rows.filter(at__gte=_begins(asked["since"]))
    if asked.get("to"):
        rows = rows.filter(at__lt=_begins(asked["to"] + datetime.timedelta(days=1)))
    if asked.get("kind"):
        rows = rows.filter(actor_kind=asked["kind"])
    if who := asked.get("who", "").strip():
        rows = rows.filter(
            Q(actor_key__in=_accounts(who)) | Q(actor_kind__in=[ActorKind.SYSTEM, ActorKind.CLIENT], actor_key=who)
        )
    if asked.get("what"):
        rows = rows.filter(what=asked["what"])
    if subject := asked.get("subject", "").strip():
        rows = rows.filter(subject__startswith=subject)
    return proofs.with_positions(entries=rows).order_by("-at", "-pk")


def _begins(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def _accounts(who: str) -> list[str]:
    """Keys of accounts by a sign-in name, or the name of a member of staff or a clerk."""
    found = set(Account.objects.filter(name=who).values_list("pk", flat=True))
    found |= set(Staff.objects.filter(name=who).values_list("account", flat=True))
    found |= set(EmployerClerk.objects.filter(name=who).values_list("account", flat=True))
    return [str(key) for key in found]


def _names(entries: Iterable[AuditEntry]) -> dict[str, str]:
    """By the key of an account, who it is: staff and clerks by name, members by nothing. One statement for a page."""
    keys = {int(row.actor_key) for row in entries if row.actor_key.isdecimal() and row.actor_kind != ActorKind.MEMBER}
    clerks = EmployerClerk.objects.filter(account__in=keys).values_list("account", "name")
    staff = Staff.objects.filter(account__in=keys).values_list("account", "name")
    return {str(key): name for key, name in clerks.union(staff)}


def _actor(row: AuditEntry, names: dict[str, str]) -> str:
    if row.actor_kind in (ActorKind.SYSTEM, ActorKind.CLIENT):
        return row.actor_key
    return names.get(row.actor_key) or _("账号 %(key)s") % {"key": row.actor_key}


@staff_only(roles=AUDIT)
@require_safe
def audit(request: Request) -> HttpResponseBase:
    """The trail, the newest first; without a question that of the last days."""
    form = _asked(request)
    page = page_of(request, _found(request, form))
    names = _names(page)
    rows = [
        (
            row,
            KINDS[ActorKind(row.actor_kind)],
            _actor(row, names),
            what_told(row.what),
            subject_told(row.subject),
            _detail(row),
        )
        for row in page
    ]
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "days": DAYS_SHOWN if not request.GET else 0,
        "first": next(iter(page), None),
    }
    return TemplateResponse(request, "workbench/audit/audit.html", context)


def _detail(row: AuditEntry) -> str:
    return detail_told(row.detail)


@staff_only(roles=AUDIT)
@require_safe
def audit_proof(request: Request, position: int) -> HttpResponseBase:
    """The proof of one row, by its position in the log: a file for ``mutualaid proof verify`` and the page of proofs."""
    leaf = leaf_for(actor=request.actor, position=position, on=request.on)
    proof = proofs.proof_of(entry=leaf.entry)
    assert proof is not None  # a position and the head above it are written together
    response = HttpResponse(proof.text(indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="proof-{position}.json"'
    return response


@staff_only(roles=AUDIT)
@require_safe
def audit_export(request: Request) -> HttpResponseBase:
    """The same as an Excel workbook."""
    rows = _found(request, _asked(request))
    names = {str(key): name for key, name in EmployerClerk.objects.values_list("account", "name")}
    names |= {str(key): name for key, name in Staff.objects.values_list("account", "name")}
    columns = (
        Column(_("时间"), lambda row: row.at, "moment"),
        Column(_("身份"), lambda row: str(KINDS[ActorKind(row.actor_kind)]), width=10),
        Column(_("办理人"), lambda row: _actor(row, names)),
        Column(_("账号编号"), lambda row: row.actor_key, width=12),
        Column(_("事项"), lambda row: what_told(row.what), width=22),
        Column(_("事项代码"), lambda row: row.what, width=22),
        Column(_("对象"), lambda row: subject_told(row.subject), width=22),
        Column(_("对象代码"), lambda row: row.subject, width=28),
        Column(_("明细"), _detail, width=60),
        Column(_("存证位置"), lambda row: row.position, "whole", width=12),
    )
    return workbook(_("审计记录"), columns, rows.iterator(chunk_size=2000))


urlpatterns: list[URLPattern] = [
    path("audit", audit, name="audit"),
    path("audit/export", audit_export, name="audit_export"),
    path("audit/positions/<int:position>", audit_proof, name="audit_proof"),
]
