"""What the three ends share of asking fees back: the form, what the plan gives back of each cover and why, and what is asked."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django import forms
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy

from mutualaid.claims.actions.refunding import ask_refunds
from mutualaid.claims.refunding import hindered_by_claims
from mutualaid.contributions.models import PayerKind, RefundReason, RefundRequest
from mutualaid.contributions.refundable import Borne, Offer, back_of_request, ends_for, offers
from mutualaid.enrolment.models import Cover
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.rendering import DayField
from mutualaid.web.common.requests import Request

REASONS = (
    (RefundReason.NEVER_ELIGIBLE.value, gettext_lazy("本不符合参加条件（如超龄、非本单位职工、重复参加）")),
    (RefundReason.BEFORE_COVER.value, gettext_lazy("保障开始前退出")),
    (RefundReason.EXIT.value, gettext_lazy("保障期内退出")),
)
KINDS = {
    PayerKind.EMPLOYER.value: gettext_lazy("单位"),
    PayerKind.MEMBER.value: gettext_lazy("职工个人"),
    PayerKind.UPPER_UNION.value: gettext_lazy("上级工会"),
    PayerKind.ADMINISTRATION.value: gettext_lazy("行政补助"),
    PayerKind.PLATFORM.value: gettext_lazy("平台企业"),
}


class RefundAsked(forms.Form):
    """Why, from which day on, and what is said of it."""

    reason = forms.ChoiceField(label=gettext_lazy("原因"), choices=REASONS, widget=forms.RadioSelect)
    last_on = DayField(
        label=gettext_lazy("保障最后一日"),
        required=False,
        help_text=gettext_lazy("期内退出时填写，不早于今天；已登记离职退休的可留空，按最后工作日"),
    )
    remark = forms.CharField(
        label=gettext_lazy("说明"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("如哪一条不符合、为何退出"),
    )


@dataclass(frozen=True)
class Row:
    """A cover on the page: what goes back, to whom (kind, payer, amount, whether its unpaid bill is lowered instead), why or why
    not."""

    cover: Cover
    amount: Decimal
    parts: Sequence[tuple[Any, str, Decimal, bool]]
    why: str
    clause: str
    fault: str
    last_on: datetime.date | None
    left_out: bool = False


def asked_of(form: RefundAsked, covers: Sequence[Cover], on: datetime.date) -> dict[str, Any]:
    """What ``claims.actions.refunding.ask_refunds`` is told by a form that was filled in."""
    given = form.cleaned_data
    ends = ends_for(covers=covers, last_on=given["last_on"], on=on) if given["reason"] == RefundReason.EXIT else None
    return {"covers": covers, "reason": given["reason"], "ends": ends, "remark": given["remark"]}


def asking_page(
    request: Request,
    template: str,
    covers: Sequence[Cover],
    *,
    sees: str,
    asked: Callable[[RefundRequest], HttpResponseBase],
    **more: Any,
) -> HttpResponseBase:
    """Of the office's side and the employer's: why, then what the plan gives back, and then it is asked; ``asked`` says where
    that leads. ``sees`` as of ``rows_asked``."""
    form = RefundAsked(request.POST or None)
    context: dict[str, Any] = {"covers": covers, "form": form, **more}
    if request.method == "POST" and form.is_valid():
        if "confirm" in request.POST:
            try:
                return asked(ask_refunds(**asked_of(form, covers, request.on), by=request.actor, at=request.at))
            except Refused as refusal:
                form.add_error(None, said_by(refusal))
        context["rows"] = rows_asked(form, covers, request.on, sees)
        context["good"] = sum(not row.fault for row in context["rows"])
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)


def rows_asked(form: RefundAsked, covers: Sequence[Cover], on: datetime.date, sees: str) -> list[Row]:
    """What would go back. ``sees``: the kind of payer that looks, who is not told what others pay; empty for staff."""
    told = asked_of(form, covers, on)
    told.pop("remark")
    found = offers(**told, asked_on=on, hindered=hindered_by_claims(covers=covers))
    return [_row(one, sees) for one in found]


def rows_of(found: RefundRequest, sees: str) -> list[Row]:
    """What a request asks for; while it waits, as it would be decided now."""
    items = list(found.items.select_related("cover__version", "cover__member", "cover__employer__unit").order_by("id"))
    covers = [one.cover for one in items]
    if found.state == "asked":
        ends = {one.cover_id: one.ends_on for one in items if one.ends_on is not None}
        told = offers(
            covers=covers, reason=found.reason, ends=ends, asked_on=found.asked_on,
            hindered=hindered_by_claims(covers=covers), besides=found.pk,
        )  # fmt: skip
        return [_row(one, sees) for one in told]
    back = back_of_request(request=found)
    return [
        replace(
            _row(Offer(one.cover, one.ends_on, one.amount, back.get(one.cover_id, ())), sees), left_out=one.left_out
        )
        for one in items
    ]


def _row(offer: Offer, sees: str) -> Row:
    parts = [_part(one) for one in offer.parts if one.back > 0 and (not sees or one.bill.payer_kind == sees)]
    return Row(
        offer.cover,
        offer.amount,
        parts,
        said(*offer.why),
        offer.clause,
        said(*offer.fault) if offer.fault else "",
        offer.ends_on - datetime.timedelta(days=1) if offer.ends_on else None,
    )


def _part(one: Borne) -> tuple[Any, str, Decimal, bool]:
    return KINDS[str(one.payer_kind)], str(one.bill.payer_name), one.back, one.lowered
