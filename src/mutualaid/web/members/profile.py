"""我的: who I am to the scheme, how I am reached and paid, to what I agreed, and who handled my data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mutualaid.core.actors import ActorKind
from mutualaid.enrolment.access import may_move
from mutualaid.people.access import member_self
from mutualaid.people.actions.own_data import change_bank_card, change_contact, remove_bank_card
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import Purpose
from mutualaid.people.queries import employments_of, record_of, standing_consent
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said_by
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request
from mutualaid.web.members.consents import answers_of

_KINDS = {
    "resident_id": gettext_lazy("居民身份证"),
    "hkmt_residence": gettext_lazy("港澳台居民居住证"),
    "foreign_residence": gettext_lazy("外国人永久居留身份证"),
    "passport": gettext_lazy("护照"),
}
_DONE = {
    "api_read": gettext_lazy("通过接口查看"),
    "register_member": gettext_lazy("登记会员资料"),
    "correct_member_identity": gettext_lazy("更正身份信息"),
    "activate_member": gettext_lazy("开通账号"),
    "change_contact": gettext_lazy("更改手机号码"),
    "change_bank_card": gettext_lazy("更改银行卡"),
    "remove_bank_card": gettext_lazy("删除银行卡"),
}
_BY = {
    ActorKind.STAFF: gettext_lazy("经办机构工作人员"),
    ActorKind.CLERK: gettext_lazy("单位代办员"),
    ActorKind.MEMBER: gettext_lazy("本人"),
    ActorKind.SYSTEM: gettext_lazy("系统"),
    ActorKind.CLIENT: gettext_lazy("单位或经办机构的程序"),
}


class Phone(forms.Form):
    """Another mobile number."""

    phone = forms.CharField(
        label=gettext_lazy("手机号码"),
        max_length=30,
        help_text=gettext_lazy("内地 11 位；港澳台号码前加 +852、+853 或 +886"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )


class BankCard(forms.Form):
    """A bank card."""

    bank_card = forms.CharField(
        label=gettext_lazy("银行卡号"),
        max_length=40,
        help_text=gettext_lazy("本人的借记卡，12–19 位数字，可以带空格"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


@members_only
@require_safe
def profile(request: Request) -> HttpResponse:
    """Everything at a glance."""
    member = member_self(actor=request.actor)
    context = {
        "member": member,
        "kind": _KINDS.get(member.identity_kind, member.identity_kind),
        "employments": employments_of(member=member),
        "account": request.account,
        "agreed": sum(answer.given for answer in answers_of(member=member)),
        "asked": len(Purpose),
        "may_move": may_move(actor=request.actor, on=request.on),
    }
    return render(request, "members/profile.html", context)


@members_only
@sensitive_post_parameters("phone")
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: Request) -> HttpResponse:
    """The mobile number."""
    member = member_self(actor=request.actor)
    form = Phone(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, "members/contact.html", form, member)
    try:
        change_contact(member=member, phone=form.cleaned_data["phone"], by=request.actor, at=request.at)
    except (NotAContact, Refused) as refused:
        return _form(request, "members/contact.html", form, member, refused, "phone")
    messages.success(request, _("手机号码已更改"))
    return HttpResponseRedirect(reverse("members:profile"))


@members_only
@sensitive_post_parameters("bank_card")
@require_http_methods(["GET", "HEAD", "POST"])
def bank_card(request: Request) -> HttpResponse:
    """The bank card to which the member is paid; its use is agreed to before."""
    member = member_self(actor=request.actor)
    form = BankCard(request.POST if request.method == "POST" else None)
    agreed = standing_consent(member=member, purpose=Purpose.BANK_ACCOUNT)
    if request.method != "POST" or not form.is_valid():
        return _form(request, "members/bank_card.html", form, member, agreed=agreed)
    try:
        change_bank_card(member=member, bank_card=form.cleaned_data["bank_card"], by=request.actor, at=request.at)
    except (NotAContact, Refused) as refused:
        return _form(request, "members/bank_card.html", form, member, refused, "bank_card", agreed=agreed)
    messages.success(request, _("银行卡已登记"))
    return HttpResponseRedirect(reverse("members:profile"))


@members_only
@require_POST
def bank_card_removal(request: Request) -> HttpResponse:
    """No bank card is kept any more."""
    remove_bank_card(member=member_self(actor=request.actor), by=request.actor, at=request.at)
    messages.success(request, _("银行卡已删除"))
    return HttpResponseRedirect(reverse("members:profile"))


@members_only
@require_safe
def record(request: Request) -> HttpResponse:
    """Who read or changed the member's data, and when; never their names."""
    entries = [
        {"at": entry.at, "by": _BY[ActorKind(entry.actor_kind)], "what": _what(entry.what)}
        for entry in record_of(member=member_self(actor=request.actor))
    ]
    return render(request, "members/record.html", {"entries": entries})


def _what(word: str) -> str:
    if word in _DONE:
        return str(_DONE[word])
    return _("查看资料") if word.startswith(("read", "reveal", "see")) else _("办理业务")


def _form(
    request: Request,
    template: str,
    form: forms.Form,
    member: object,
    refused: Exception | None = None,
    field: str = "",
    **more: Any,
) -> HttpResponse:
    """The form; refused, with the reason at its field and what was typed."""
    if refused is not None:
        form.add_error(field, said_by(refused))
    status = 409 if isinstance(refused, Refused) else 422 if form.is_bound else 200
    return render(request, template, {"form": form, "member": member, **more}, status=status)
