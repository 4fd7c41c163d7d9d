"""管理端: claims that wait for the reviewer, the most urgent first; all claims of the branches; both as Excel."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, register_converter
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mutualaid.claims import access
from mutualaid.claims.models import Assessment, Claim, Source
from mutualaid.claims.reviewers import SOON, latest_of, with_result
from mutualaid.claims.states import CLAIM
from mutualaid.claims.waiting import Waiting, keys_of_queue, shown_in_queue
from mutualaid.claims.words import kind_in_words
from mutualaid.core.written import written
from mutualaid.people.access import members_visible_to
from mutualaid.people.models import Staff
from mutualaid.people.names import unit_key
from mutualaid.people.queries import members_found
from mutualaid.plans.trial import EVENT_FIELDS
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import Keys, page_asked
from mutualaid.web.common.rendering import YuanField
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.listing import StateField, WordsField, turned

PAGE = 25
FLAGS = {
    "refuses": gettext_lazy("不予支付项"),
    "refers": gettext_lazy("转人工"),
    "same": gettext_lazy("可能重复"),
    "provisional": gettext_lazy("暂定"),
}
"""What of a claim has to be looked at with care."""
SOURCES: dict[str, Any] = {
    Source.MEMBER: gettext_lazy("本人"),
    Source.EMPLOYER: gettext_lazy("单位代办"),
    Source.COUNTER: gettext_lazy("办事窗口"),
    Source.KIN: gettext_lazy("近亲属"),
    Source.API: gettext_lazy("系统接入"),
    Source.TAKEOVER: gettext_lazy("旧系统接管"),
}
"""By whom a claim was filed."""
MEANINGS = {"refuses": "bad", "refers": "warn", "same": "warn", "provisional": "info"}
SORTS: Mapping[str, tuple[str, ...]] = {
    "due": ("due_on", "id"),
    "number": ("id",),
    "waiting": ("completed_at", "id"),
    "amount": ("now_total_amount", "id"),
}
MEMBERS_MOST = 200
"""Of so many members who are found by a name the claims are shown."""


class ClaimNumber:
    """``L00000017`` in an address."""

    regex = "L[0-9]{8,19}"

    def to_python(self, value: str) -> str:
        """As it stands."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands."""
        return value


register_converter(ClaimNumber, "claim_number")


def lang() -> str:
    """The language of the page."""
    return "en" if get_language() == "en" else "zh"


def _kinds() -> list[tuple[str, Any]]:
    names = next(one for one in EVENT_FIELDS if one.name == "kind").choices
    return [("", _("全部")), *((word, said(zh, en)) for word, zh, en in names)]


class ClaimsAsked(forms.Form):
    """What a list of claims is asked. Nothing is required; what cannot be read counts as not asked."""

    alike = True

    q = WordsField(label=gettext_lazy("编号、会员或医院"))
    state: forms.ChoiceField = StateField(CLAIM)
    kind = forms.ChoiceField(label=gettext_lazy("事件"), required=False, choices=_kinds)
    office = WordsField(label=gettext_lazy("办事机构代码"), max_length=32)

    def given(self, name: str) -> Any:
        """The value of a field, or something empty."""
        self.is_valid()
        return self.cleaned_data.get(name) or ""


class QueueAsked(ClaimsAsked):
    """With what matters of claims that wait."""

    state = forms.ChoiceField(
        label=gettext_lazy("环节"),
        required=False,
        choices=lambda: [
            ("", _("全部")),
            *((one, said(*CLAIM.names[one])) for one in ("first_review", "final_review")),
        ],
    )
    flag = forms.ChoiceField(
        label=gettext_lazy("提示"), required=False, choices=lambda: [("", _("全部")), *FLAGS.items()]
    )
    least = YuanField(label=gettext_lazy("金额自"), required=False)
    most = YuanField(label=gettext_lazy("金额至"), required=False)
    whose = forms.ChoiceField(
        label=gettext_lazy("承办人"),
        required=False,
        choices=[("", gettext_lazy("全部")), ("me", gettext_lazy("我")), ("nobody", gettext_lazy("未指定"))],
    )


@dataclass(frozen=True)
class Row:
    """A claim of a list."""

    claim: Claim
    kind: str
    result: Assessment | None
    flags: list[tuple[str, Any]]
    assigned: str = ""
    marks: Mapping[str, str] = field(default_factory=lambda: MEANINGS)

    @property
    def total(self) -> Decimal | None:
        """Yuan that the computation comes to."""
        return self.result.total_amount if self.result is not None else None


def queue_rows(request: Request, asked: QueryDict, form: QueueAsked | None = None) -> QuerySet[Claim]:
    """The claims that wait for the visitor, as a query asks for them and in its order: the queue through which they go.
    ``form``: the query, if it was read already."""
    form = form or QueueAsked(asked)
    rows = access.queue_of(actor=request.actor, on=request.on)
    rows = _narrowed(request, rows, form)
    flag, least, most = form.given("flag"), form.given("least"), form.given("most")
    word = asked.get("sort", "").removeprefix("-")
    names = {"total_amount"} if least or most or word == "amount" else set()
    among: QuerySet[Any] = with_result(among=rows, names=names | ({flag} if flag and flag != "same" else set()))
    if flag:
        among = among.exclude(same_as=None) if flag == "same" else among.filter(**{f"now_{flag}": True})
    if least:
        among = among.filter(now_total_amount__gte=least)
    if most:
        among = among.filter(now_total_amount__lte=most)
    if form.given("whose") == "me":
        among = among.filter(assigned_to=access.staff_of(actor=request.actor))
    elif form.given("whose") == "nobody":
        among = among.filter(assigned_to=None)
    return _sorted(among, asked.get("sort", ""), SORTS, "due")


def _listed(request: Request, form: QueueAsked) -> QuerySet[Claim] | Keys:
    """The queue as it is asked; by its keys alone where nothing is."""
    if any(word != "page" for word in request.GET):
        return queue_rows(request, request.GET, form)
    return Keys(lambda most: keys_of_queue(actor=request.actor, on=request.on, most=most))


def _all_rows(request: Request, form: ClaimsAsked) -> QuerySet[Claim]:
    rows = access.claims_visible_to(actor=request.actor, on=request.on).exclude(access.only_begun())
    sorts = {"number": ("id",), "filed": ("filed_on", "id")}
    return _sorted(_narrowed(request, rows, form), request.GET.get("sort", ""), sorts, "-number")


def _narrowed(request: Request, rows: QuerySet[Claim], form: ClaimsAsked) -> QuerySet[Claim]:
    if state := form.given("state"):
        rows = rows.filter(state=state)
    if kind := form.given("kind"):
        rows = rows.filter(particulars__kind=kind)
    if office := form.given("office"):
        rows = rows.filter(office__code=office)
    if words := form.given("q"):
        rows = _named(request, rows, words)
    return rows


def _named(request: Request, rows: QuerySet[Claim], words: str) -> QuerySet[Claim]:
    """By the number of a claim; else by member or hospital."""
    plain = words.strip().upper()
    if plain.startswith("L") and plain[1:].isdecimal():
        return rows.filter(number=plain)
    among = members_visible_to(actor=request.actor, on=request.on)
    members = [one.pk for one in members_found(among=among, text=words).only("pk")[:MEMBERS_MOST]]
    by_member = rows.filter(member__in=members)
    return by_member if members or not unit_key(words) else rows.filter(particulars__hospital__contains=words)


def _sorted(rows: QuerySet[Claim], asked: str, sorts: Mapping[str, tuple[str, ...]], otherwise: str) -> QuerySet[Claim]:
    word = asked if asked.removeprefix("-") in sorts else otherwise
    columns = sorts[word.removeprefix("-")]
    turn = word.startswith("-")
    found = [turned(column) if turn else column for column in columns]
    return rows.order_by(*(F(column.removeprefix("-")).desc(nulls_last=True) if column.startswith("-") else column
                           for column in found))  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A claim of the queue."""

    claim: Waiting
    kind: str
    flags: tuple[str, ...]
    due: str
    late: int
    assigned: str


def _rows_of_queue(claims: list[Waiting], on: datetime.date) -> list[QueueRow]:
    """Claims of a page; one more statement where some are somebody's."""
    names, others = _named_reviewers(claims), _("他人")
    kinds = {kind: kind_in_words(kind=kind, lang=lang()) if kind else "" for kind in {claim.kind for claim in claims}}
    rows = []
    for claim in claims:
        late, due = _nearness(claim.due_on, on)
        # Whose it is may be somebody of another branch, whose name is not told.
        assigned = "" if claim.assigned_to_id is None else names.get(claim.assigned_to_id, others)
        rows.append(QueueRow(claim, kinds[claim.kind], _words_of(claim.same_as_id, claim), due, late, assigned))
    return rows


def rows_of(claims: list[Claim]) -> list[Row]:
    """Claims with what stands of each: a statement for all, and one for the names of those whose they are."""
    latest = latest_of(claims=claims)
    names = _named_reviewers(claims)
    return [_row(claim, latest.get(claim.pk), names) for claim in claims]


def _row(claim: Claim, result: Assessment | None, names: Mapping[int, str]) -> Row:
    assigned = "" if claim.assigned_to_id is None else names.get(claim.assigned_to_id, _("他人"))
    kind = kind_in_words(kind=claim.particulars.kind, lang=lang()) if claim.particulars.kind else ""
    return Row(claim, kind, result, flags_of(claim, result), assigned)


def _nearness(due_on: datetime.date | None, on: datetime.date) -> tuple[int, str]:
    """Days by which a promise is overdue, and what that means."""
    if due_on is None:
        return 0, ""
    late = (on - due_on).days
    if late >= 0:
        return late, "bad" if late else "warn"
    return late, "quiet" if due_on - on > SOON else "wait"


def flags_of(claim: Claim, result: Assessment | None) -> list[tuple[str, Any]]:
    """Words of ``FLAGS`` that hold of a claim, with their names."""
    return [(word, FLAGS[word]) for word in _words_of(claim.same_as_id, result)]


def _words_of(same_as: int | None, result: Assessment | Waiting | None) -> tuple[str, ...]:
    held = {"same": same_as is not None}
    if result is not None:
        held |= {"refuses": result.refuses, "refers": result.refers, "provisional": result.provisional}
    return tuple(word for word in FLAGS if held.get(word))


_JOINED = ("member", "particulars", "office")
_FOR_A_LIST = (
    *("number", "state", "due_on", "filed_on", "completed_at", "assigned_to_id", "same_as_id"),
    *("member__name", "member__number", "particulars__kind", "particulars__hospital"),
)
"""What the lists show; what else is known of a claim and a member is encrypted, or long."""


@written
def _shown(*, keys: tuple[int, ...]) -> QuerySet[Claim]:
    listed = Claim.objects.select_related("member", "particulars", "office")
    return listed.only(*_FOR_A_LIST, "office__name").filter(pk__in=keys)


@written
def _assigned(*, keys: tuple[int, ...]) -> QuerySet[Staff]:
    return Staff.objects.only("name").filter(pk__in=keys)


def _named_reviewers(claims: Sequence[Claim | Waiting]) -> dict[int, str]:
    """Whose some claims are, as far as the visitor may know: asked apart, for few are anybody's."""
    keys = tuple(sorted({claim.assigned_to_id for claim in claims if claim.assigned_to_id is not None}))
    return {one.pk: one.name for one in _assigned(keys=keys)} if keys else {}


@staff_only(roles=access.FIRST_REVIEW)
@require_safe
def claims(request: Request) -> HttpResponseBase:
    """My queue: what is due first stands first."""
    form = QueueAsked(request.GET or None)
    page = page_asked(request, _listed(request, form), PAGE, shown_in_queue)
    context = {
        "form": form,
        "page": page,
        "rows": _rows_of_queue(list(page), request.on),
        "kept": _kept(request.GET),
        "tab": "queue",
    }
    return TemplateResponse(request, "workbench/claims/queue.html", context)


@staff_only(roles=access.SEE_CLAIMS)
@require_safe
def all_claims(request: Request) -> HttpResponseBase:
    """All claims of the branches, the newest first; found by number, member or hospital."""
    form = ClaimsAsked(request.GET)
    page = page_asked(request, _all_rows(request, form), PAGE, _shown)
    if form.given("q"):
        note_read(request, "search_members", request.account)
    reviewer = bool(request.standing.roles & frozenset(access.FIRST_REVIEW))
    context = {
        "form": form, "page": page, "rows": rows_of(list(page)), "tab": "all", "reviewer": reviewer,
    }  # fmt: skip
    return TemplateResponse(request, "workbench/claims/all.html", context)


@staff_only(roles=access.FIRST_REVIEW)
@require_safe
def claims_export(request: Request) -> HttpResponseBase:
    """My queue as Excel."""
    return _workbook(request, _("我的待审"), queue_rows(request, request.GET))


@staff_only(roles=access.SEE_CLAIMS)
@require_safe
def all_claims_export(request: Request) -> HttpResponseBase:
    """All claims, as asked for, as Excel."""
    return _workbook(request, _("全部理赔"), _all_rows(request, ClaimsAsked(request.GET)))


def _workbook(request: Request, title: str, rows: QuerySet[Claim]) -> HttpResponseBase:
    note_read(request, "export_claims", request.account)
    columns = (
        Column(_("申请编号"), lambda row: row.claim.number, width=14),
        Column(_("会员"), lambda row: row.claim.member.name, width=12),
        Column(_("事件"), lambda row: row.kind, width=12),
        Column(_("开始日期"), lambda row: row.claim.particulars.started_on, "day"),
        Column(_("医院"), lambda row: row.claim.particulars.hospital, width=26),
        Column(_("理算金额（元）"), lambda row: row.total, "amount"),
        Column(_("提示"), lambda row: "、".join(str(name) for _word, name in row.flags), width=22),
        Column(_("状态"), lambda row: said(*CLAIM.names[row.claim.state]), width=10),
        Column(_("申请日期"), lambda row: row.claim.filed_on, "day"),
        Column(_("时限"), lambda row: row.claim.due_on, "day"),
        Column(_("承办人"), lambda row: row.assigned, width=12),
        Column(_("办事机构"), lambda row: row.claim.office.name, width=20),
        Column(_("提交方式"), lambda row: str(SOURCES[row.claim.source]), width=12),
    )
    return workbook(title, columns, _in_pieces(rows.select_related(*_JOINED)))


def _in_pieces(rows: QuerySet[Claim]) -> Any:
    """Rows for a workbook, their computations asked for by the thousand."""
    piece: list[Claim] = []
    for claim in rows.iterator(chunk_size=1000):
        piece.append(claim)
        if len(piece) == 1000:
            yield from rows_of(piece)
            piece = []
    yield from rows_of(piece)


def _kept(asked: QueryDict) -> str:
    """The query of the list, for going from claim to claim in its order."""
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


urlpatterns: list[URLPattern] = [
    path("claims", claims, name="claims"),
    path("claims/export", claims_export, name="claims_export"),
    path("claims/all", all_claims, name="all_claims"),
    path("claims/all/export", all_claims_export, name="all_claims_export"),
]
