"""Gig workers join by themselves: the page that a union publishes and the code that proves the phone."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from mutualaid.contributions.actions.joining import (
    DearerNow,
    JoinedAlready,
    KnownMember,
    join_as_member,
    join_by_code,
)
from mutualaid.contributions.joining_prices import Quote, quotes
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment import access
from mutualaid.enrolment.actions.joining_pages import ask_to_join
from mutualaid.enrolment.joining import JoiningFaulty, NotOpen, check_open
from mutualaid.enrolment.models import JoiningPage, Work
from mutualaid.people.access import member_self
from mutualaid.people.actions.staff import AccountTaken
from mutualaid.people.consents import current_text
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import Member, Purpose
from mutualaid.people.refusals import Refused
from mutualaid.plans.offering import NoFirstDay, terms
from mutualaid.plans.queries import document_of
from mutualaid.web.common import sessions
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import public
from mutualaid.web.common.portals import MEMBERS
from mutualaid.web.common.requests import PublicRequest
from mutualaid.web.members.showing import help_of, of, sentence_of, spoken, told

SESSION, PRICE = "joining", "joining_price"
DAY = datetime.timedelta(days=1)
WORKS: Mapping[str, Any] = {
    Work.RIDER: gettext_lazy("外卖骑手"),
    Work.COURIER: gettext_lazy("快递员"),
    Work.LORRY: gettext_lazy("货车司机"),
    Work.RIDE: gettext_lazy("网约车司机"),
    Work.DOMESTIC: gettext_lazy("家政服务员"),
    Work.OTHER: gettext_lazy("其他"),
}


@dataclass(frozen=True)
class Choice:
    """One of the plan's options: its word, its days for who joins today, what it costs and who bears that."""

    option: str
    from_on: datetime.date
    last_on: datetime.date
    price: Quote


class JoinForm(forms.Form):
    """What everybody chooses, and what who is not signed in tells of themselves."""

    name = forms.CharField(
        label=gettext_lazy("姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    identity_number = forms.CharField(
        label=gettext_lazy("身份证号码"),
        max_length=40,
        help_text=gettext_lazy("只用于确认身份，加密保存"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号码"),
        max_length=30,
        help_text=gettext_lazy("收验证码，以后用它登录"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    work = forms.ChoiceField(label=gettext_lazy("做什么工作"), choices=lambda: [("", _("请选择")), *WORKS.items()])
    option = forms.ChoiceField(label=gettext_lazy("保多久"), widget=forms.RadioSelect)
    prices = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)
    """What the person saw that they pay for each option, in their order: nobody is billed more without being asked again."""
    agree = forms.BooleanField(
        label=gettext_lazy("我已阅读并同意保障规则和《参加互助保障使用个人信息》"),
        error_messages={"required": gettext_lazy("请先阅读并勾选同意")},
    )

    def __init__(self, *args: Any, choices: list[Choice], signed_in: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if signed_in:
            for name in ("name", "identity_number", "phone"):
                del self.fields[name]
        self.shown = [one.price.own for one in choices]
        self.offered = [one.option for one in choices]
        self.fields["prices"].initial = _prices(choices)
        if choices and choices[0].option:
            self.fields["option"].choices = [(one.option, _said(one)) for one in choices]  # type: ignore[attr-defined]
            self.fields["option"].initial = choices[0].option
        else:
            del self.fields["option"]

    def agreed(self) -> Decimal | None:
        """What they saw for the option that they chose; None where the form did not say it."""
        told = self.cleaned_data.get("prices", "").split()
        place = self.offered.index(self.cleaned_data.get("option", self.offered[0]))
        try:
            return Decimal(told[place])
        except (ArithmeticError, IndexError):
            return None

    def show_anew(self) -> None:
        """Prices have changed: what is sent next agrees to those that are shown now."""
        self.data = {**self.data.dict(), "prices": " ".join(f"{own:.2f}" for own in self.shown)}  # type: ignore[attr-defined]


def _prices(choices: list[Choice]) -> str:
    return " ".join(f"{one.price.own:.2f}" for one in choices)


def _said(one: Choice) -> str:
    fee = _("免费") if not one.price.own else _("%(fee)s 元") % {"fee": f"{one.price.own:,.2f}"}
    days = _("%(first)s 至 %(last)s") % {"first": one.from_on.isoformat(), "last": one.last_on.isoformat()}
    return f"{one.option} · {fee}（{days}）"


def choices_of(page: JoiningPage, on: datetime.date) -> list[Choice]:
    """The plan's options for who joins on a day."""
    document = document_of(version=page.version)
    prices = quotes(page=page, fees=[Decimal(row.fee) / 100 for row in document.price], on=on)
    found = []
    for row, price in zip(document.price, prices, strict=True):
        term = terms(document, on=on, paid_on=on, option=row.option)
        found.append(Choice(row.option or "", term.from_on, term.until_on - DAY, price))
    return found


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: PublicRequest, code: str) -> HttpResponseBase:
    """What the plan gives, what it costs and who pays; who is signed in joins here, others tell who they are."""
    page = access.joining_page_for(code=code)
    member = _member(request)
    try:
        with within([EVERYTHING], reads=True):
            check_open(page=page, on=request.on)
        choices = choices_of(page, request.on)
    except (NotOpen, NoFirstDay) as refusal:
        return _page(request, page, None, [], said_by(refusal), 409 if request.method == "POST" else 200)
    form = JoinForm(request.POST or None, choices=choices, signed_in=member is not None)
    if request.method != "POST":
        return _page(request, page, form, choices)
    if not form.is_valid():
        return _page(request, page, form, choices, status=422)
    try:
        return _asked(request, page, form) if member is None else _joined(request, page, member, form)
    except JoinedAlready as already:
        return _already(request, already)
    except (Refused, NotAContact) as refusal:
        if isinstance(refusal, DearerNow):
            choices = choices_of(page, request.on)
            form = JoinForm(request.POST, choices=choices, signed_in=member is not None)
            form.is_valid()
            form.show_anew()
        _beside(form, refusal)
        return _page(request, page, form, choices, status=409)


def _asked(request: PublicRequest, page: JoiningPage, form: JoinForm) -> HttpResponse:
    given = form.cleaned_data
    own = dict(zip(form.offered, form.shown, strict=True))[given.get("option", form.offered[0])]
    if (agreed := form.agreed()) is not None and own > agreed:
        raise DearerNow(agreed, own)
    made = ask_to_join(
        page=page,
        told={"name": given["name"], "identity_number": given["identity_number"]},
        option=given.get("option", ""),
        work=given["work"],
        phone=given["phone"],
        by=MEMBERS.actor,
        at=request.at,
    )
    request.session[SESSION] = made.key.hex
    request.session[PRICE] = f"{own:.2f}"
    return HttpResponseRedirect(reverse("members:join_code", args=[page.code]))


def _joined(request: PublicRequest, page: JoiningPage, member: Member, form: JoinForm) -> HttpResponse:
    assert request.standing is not None
    given = form.cleaned_data
    joined = join_as_member(
        page=page,
        member=member,
        option=given.get("option", ""),
        work=given["work"],
        agreed=form.agreed(),
        by=request.standing.actor,
        at=request.at,
    )
    if joined.bill is not None:
        return HttpResponseRedirect(reverse("members:bill_payment", args=[joined.bill.number]))
    messages.success(request, _("参加成功，保障凭证已经生成"))
    return HttpResponseRedirect(reverse("members:cover", args=[joined.cover.number]))


def _member(request: PublicRequest) -> Member | None:
    """Who is signed in as a member."""
    standing = request.standing
    if standing is None or standing.actor.kind is not MEMBERS.kind or standing.member is None:
        return None
    return member_self(actor=standing.actor)


def _already(request: PublicRequest, already: JoinedAlready) -> HttpResponse:
    messages.info(request, said_by(already))
    return HttpResponseRedirect(reverse("members:cover", args=[already.cover]))


def _beside(form: forms.Form, refusal: Exception) -> None:
    """A refusal, at the fields that it names."""
    if isinstance(refusal, JoiningFaulty):
        for fault in refusal.faults:
            form.add_error(fault["field"] if fault["field"] in form.fields else None, said(fault["zh"], fault["en"]))
    else:
        form.add_error(
            "phone" if isinstance(refusal, NotAContact) and "phone" in form.fields else None, said_by(refusal)
        )


def _page(
    request: PublicRequest,
    page: JoiningPage,
    form: JoinForm | None,
    choices: list[Choice],
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    document = document_of(version=page.version)
    # Whoever has the address reads this, signed in or not: nothing of it is of a branch.
    with within([EVERYTHING], reads=True):
        words = spoken(unit=page.employer.unit, document=document)
        prose = told(version=page.version, words=words)
        consent = current_text(Purpose.ENROLMENT)
        context = {
            "joining": page,
            "union": page.employer.unit.name,
            "name": of(document.name),
            "sentence": sentence_of(document),
            "benefits": next((one.parts for one in prose.sections if one.key == "benefits"), ()),
            "who": next((one.blocks for one in prose.sections if one.key == "who"), ()),
            "choices": choices,
            "free": bool(choices) and not any(one.price.fee for one in choices),
            "own": any(one.price.own for one in choices),
            "payers": list(dict.fromkeys(name for one in choices for name, _amount in one.price.borne)),
            "used_up": list(dict.fromkeys(name for one in choices for name in one.price.used_up)),
            "consent": said(consent.zh, consent.en),
            "form": form,
            "refusal": refusal,
            "signed_in": _member(request) is not None,
            "sign_in": with_query(MEMBERS.sign_in, next=request.path),
            "help": help_of(employer=page.employer, office=page.version.office),
        }
        return render(request, "members/join.html", context, status=status)


class CodeForm(forms.Form):
    """The code from the phone, and a password for later. ``own``: what they pay as the page says."""

    code = forms.CharField(
        label=gettext_lazy("短信验证码"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    password = forms.CharField(
        label=gettext_lazy("设一个登录密码"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("至少 10 个字符，不能全是数字，也不要太常见。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    own = forms.DecimalField(required=False, max_digits=14, decimal_places=2, widget=forms.HiddenInput)


@public
@never_cache
@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def join_code(request: PublicRequest, code: str) -> HttpResponseBase:
    """The code that came to the phone; right, the person is a member, signed in, and covered or asked to pay."""
    page = access.joining_page_for(code=code)
    asked = access.joining_request_of(page=page, key=request.session.get(SESSION, ""))
    price = request.session.get(PRICE)
    form = CodeForm(request.POST or None, initial={"own": price})
    status, sign_in = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                given = form.cleaned_data
                joined = join_by_code(
                    request=asked,
                    code=given["code"],
                    password=given["password"],
                    agreed=given["own"],
                    by=MEMBERS.actor,
                    at=request.at,
                )
            except JoinedAlready as already:
                return _already(request, already)
            except Refused as refusal:
                status = 409
                if isinstance(refusal, DearerNow):
                    price = f"{refusal.own:.2f}"
                    form.data = {**request.POST.dict(), "own": price}
                _beside(form, refusal)
                known = isinstance(refusal, KnownMember | AccountTaken)
                sign_in = with_query(MEMBERS.sign_in, next=reverse("members:join", args=[page.code])) if known else ""
            else:
                if joined.account is not None:
                    sessions.begin(request, joined.account, MEMBERS.kind, request.at)
                    messages.success(request, _("参加成功，以后用手机号码和密码登录"))
                name, number = ("bill_payment", joined.bill.number) if joined.bill else ("cover", joined.cover.number)
                return HttpResponseRedirect(reverse(f"members:{name}", args=[number]))
    context = {
        "joining": page,
        "form": form,
        "phone": asked.phone,
        "sign_in": sign_in,
        "portal": MEMBERS,
        "price": Decimal(price) if price else None,
    }
    return render(request, "members/join_code.html", context, status=status)
