"""管理端: 亲属代办 – who asks to act for a member, with the papers that prove it; accepted, asked for more, refused, ended."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.claims import kin_access as access
from mutualaid.claims.access import CHECK_KIN, claims_visible_to
from mutualaid.claims.actions.kin_checking import (
    ANSWER_MOST,
    NO,
    accept_kinship,
    end_kinship,
    refuse_kinship,
    return_kinship,
)
from mutualaid.claims.kinship import kinships_found, proofs_of
from mutualaid.claims.models import Ended, Kinship, Relation, Why
from mutualaid.claims.states import KINSHIP
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from mutualaid.people.queries import employment_on
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.common.serving import file_answer
from mutualaid.web.workbench.claim_page import Bundle, Sheet
from mutualaid.web.workbench.listing import Asked, StateField, WordsField, page_of, sorted_by

RELATIONS: dict[str, tuple[str, str]] = {
    Relation.SPOUSE: ("配偶", "spouse"),
    Relation.PARENT: ("父母", "parent"),
    Relation.CHILD: ("子女", "child"),
    Relation.SIBLING: ("兄弟姐妹", "sibling"),
    Relation.GUARDIAN: ("监护人", "guardian"),
    Relation.OTHER: ("其他受托人", "other, with written authority"),
}
REASONS: dict[str, tuple[str, str]] = {
    Why.DECEASED: ("已身故", "deceased"),
    Why.UNABLE: ("重病或昏迷，不能自己办理", "unable to act"),
    Why.MINOR: ("未成年", "a minor"),
    Why.MANDATE: ("书面委托", "written authority"),
}
ENDED: dict[str, tuple[str, str]] = {
    Ended.STAFF: ("经办机构终止", "ended by the office"),
    Ended.MEMBER: ("会员本人收回", "ended by the member"),
    Ended.KIN: ("代办人自己放弃", "given up by themselves"),
    Ended.EXPIRED: ("到期", "expired"),
}
SORTS = {"submitted": ("submitted_at", "id"), "name": ("name", "id"), "office": ("office__name", "id")}


class KinAsked(Asked):
    """What the list is asked."""

    state = StateField(KINSHIP)
    q = WordsField(label=gettext_lazy("编号、代办人或会员姓名"))


class KinDecision(forms.Form):
    """What is answered."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("核对结果"),
        widget=forms.RadioSelect,
        choices=[
            ("accept", gettext_lazy("通过，可以代办")),
            ("return", gettext_lazy("请补充证明或核对信息")),
            ("refuse", gettext_lazy("不予通过")),
        ],
    )
    text = forms.CharField(
        label=gettext_lazy("请对方补什么"),
        help_text=gettext_lazy("对方会看到；不要写明此人是不是会员"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=ANSWER_MOST,
        required=False,
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("不予通过的原因"),
        required=False,
        choices=lambda: [("", "—"), *((word, said(*names)) for word, names in NO.items())],
    )

    def clean(self) -> dict[str, Any]:
        """Who does not accept says why."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("outcome") == "return" and not given.get("text", "").strip():
            self.add_error("text", _("请写明需要补充或核对的内容"))
        if given.get("outcome") == "refuse" and not given.get("reason"):
            self.add_error("reason", _("请选择原因"))
        return given


@staff_only(roles=CHECK_KIN)
@require_safe
def kin_requests(request: Request) -> HttpResponseBase:
    """Requests of the branches, the oldest first; those that wait by the filter."""
    form = KinAsked(request)
    page = page_of(request, _asked(request, form))
    note_read(request, "search_members", request.account)
    return TemplateResponse(request, "workbench/kin/list.html", {"form": form, "page": page, "rows": _rows(page)})


def _rows(page: Any) -> list[tuple[Kinship, str, str]]:
    return [(row, said(*RELATIONS[row.relation]), said(*REASONS[row.why])) for row in page]


@staff_only(roles=CHECK_KIN)
@require_safe
def kin_requests_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    note_read(request, "export_members", request.account)
    columns = [
        Column(_("编号"), lambda row: row.number),
        Column(_("代办人"), lambda row: row.name),
        Column(_("会员"), lambda row: row.told_name),
        Column(_("关系"), lambda row: said(*RELATIONS[row.relation])),
        Column(_("原因"), lambda row: said(*REASONS[row.why]), width=26),
        Column(_("机构"), lambda row: row.office.name, width=30),
        Column(_("提交时间"), lambda row: row.submitted_at, "moment"),
        Column(_("核对人"), lambda row: row.checked_name),
        Column(_("核对时间"), lambda row: row.checked_at, "moment"),
        Column(_("状态"), lambda row: said(*KINSHIP.names[row.state])),
    ]
    return workbook(_("亲属代办"), columns, _asked(request, KinAsked(request)).iterator(chunk_size=2000))


def _asked(request: Request, form: KinAsked) -> Any:
    rows = access.kinships_visible_to(actor=request.actor, on=request.on).select_related("office")
    if form.given("state"):
        rows = rows.filter(state=form.given("state"))
    return sorted_by(request, kinships_found(among=rows, text=form.given("q")), SORTS)


@staff_only(roles=CHECK_KIN)
@require_safe
def kin_request(request: Request, number: str) -> HttpResponseBase:
    """One with its papers beside what was told and what our records say."""
    return _page(request, access.kinship_to_check(actor=request.actor, number=number, on=request.on), KinDecision())


@staff_only(roles=CHECK_KIN)
@require_POST
def kin_decision(request: Request, number: str) -> HttpResponseBase:
    """They may act, prove it better, or may not."""
    found = access.kinship_to_check(actor=request.actor, number=number, on=request.on)
    form = KinDecision(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    told = form.cleaned_data
    try:
        if told["outcome"] == "accept":
            accept_kinship(kinship=found, by=request.actor, at=request.at)
            messages.success(request, _("已通过，%s 可以代办") % found.name)
        elif told["outcome"] == "return":
            return_kinship(kinship=found, text=told["text"], by=request.actor, at=request.at)
            messages.success(request, _("已请 %s 补充证明") % found.name)
        else:
            refuse_kinship(kinship=found, reason=told["reason"], by=request.actor, at=request.at)
            messages.success(request, _("已不予通过：%s") % found.name)
    except (Refused, IllegalMove) as refusal:
        form.add_error(None, said_by(refusal))
        return _page(request, found, form, status=409)
    return HttpResponseRedirect(reverse("workbench:kin_request", args=[number]))


@staff_only(roles=CHECK_KIN)
@require_http_methods(["GET", "HEAD", "POST"])
def kin_ending(request: Request, number: str) -> HttpResponseBase:
    """Asks first; POST ends that somebody acts for a member."""
    found = access.kinship_to_check(actor=request.actor, number=number, on=request.on)
    if request.method != "POST":
        return confirmation(
            request,
            base="common/base_office.html",
            question=_("要终止这份代办吗？"),
            action=_("终止代办"),
            back=reverse("workbench:kin_request", args=[number]),
            facts=[(_("编号"), found.number), (_("代办人"), found.name), (_("会员"), found.told_name)],
            warning=_("终止后此人不能再提交和查看申请；已提交的申请照常办理，双方都会收到通知。"),
            danger=True,
        )
    try:
        end_kinship(kinship=found, why=Ended.STAFF, by=request.actor, at=request.at)
    except IllegalMove as refusal:
        form = KinDecision()
        return _page(request, found, form, refusal=said_by(refusal), status=409)
    messages.success(request, _("已终止 %s 的代办") % found.name)
    return HttpResponseRedirect(reverse("workbench:kin_request", args=[number]))


@staff_only(roles=CHECK_KIN)
@require_safe
def kin_paper(request: Request, number: str, key: uuid.UUID) -> HttpResponseBase:
    """A page that proves it."""
    file = access.kin_paper_for(actor=request.actor, number=number, paper=str(key), on=request.on)
    note_read(request, "read_file", file)
    return file_answer(file, papers.read(file), saved="save" in request.GET)


def _page(
    request: Request, found: Kinship, form: KinDecision, *, refusal: str = "", status: int = 200
) -> HttpResponseBase:
    note_read(request, "read_kinship", found)
    bundles = _bundles(found)
    job = None if found.member is None else employment_on(member=found.member, on=request.on)
    claims = claims_visible_to(actor=request.actor, on=request.on).filter(by_kin__kinship=found)
    context = {
        "kinship": found,
        "relation": said(*RELATIONS[found.relation]),
        "why": said(*REASONS[found.why]),
        "ended": said(*ENDED[found.ended_why]) if found.ended_why else "",
        "answer": said(*NO[found.answer]) if found.answer in NO else found.answer,
        "bundles": bundles,
        "sheets": [sheet for bundle in bundles for sheet in bundle.sheets],
        "employer": job.employer.unit.name if job is not None else "",
        "claims": list(claims.order_by("-id")[:20]) if found.state in ("accepted", "ended") else [],
        "form": form,
        "open": found.state == "submitted",
        "refusal": refusal,
    }
    return TemplateResponse(request, "workbench/kin/request.html", context, status=status)


def _bundles(found: Kinship) -> list[Bundle]:
    """The checklist with its pages, for the viewer; papers that are wanted and missing, too."""
    bundles, place = [], 0
    for proof in proofs_of(kinship=found):
        sheets = []
        for page in proof.pages:
            place += 1
            address = reverse("workbench:kin_paper", args=[found.number, page.file.key])
            new = found.checked_at is not None and page.at > found.checked_at
            sheets.append(Sheet(address, page.word, place, page.file.media_type != papers.PDF, new))
        if sheets or proof.lacks:
            bundles.append(Bundle(said(proof.paper.zh, proof.paper.en), sheets, needed=proof.paper.needed))
    return bundles


urlpatterns: list[URLPattern] = [
    path("kin", kin_requests, name="kin_requests"),
    path("kin/export", kin_requests_export, name="kin_requests_export"),
    path("kin/<str:number>", kin_request, name="kin_request"),
    path("kin/<str:number>/decision", kin_decision, name="kin_decision"),
    path("kin/<str:number>/ending", kin_ending, name="kin_ending"),
    path("kin/<str:number>/papers/<uuid:key>", kin_paper, name="kin_paper"),
]
