"""管理端: who looks at claims of an office, by plan and amount; each rule in a sentence. One person proposes a change, another
agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from mutualaid.claims import access
from mutualaid.claims.actions.rules import (
    agree_to_rule,
    propose_end_of_rule,
    propose_review_rule,
    refuse_rule,
    withdraw_rule,
)
from mutualaid.claims.levels import FOUR_EYES_FROM
from mutualaid.claims.models import ReviewRule, RuleProposal
from mutualaid.claims.promises import DAYS
from mutualaid.claims.reviewers import rules_above, steps_of_rule
from mutualaid.core.money import shown
from mutualaid.people.access import NotFound
from mutualaid.people.models import Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.queries import names_of_accounts, published_around
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.answers import said as either
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import YuanField, said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.claims import lang

PAGE = 20


class RuleForm(forms.Form):
    """A rule: from which amount on, for which plans, who looks."""

    family = forms.ChoiceField(label=gettext_lazy("计划系列"), required=False)
    amount_from = YuanField(label=gettext_lazy("理算金额自"), help_text=gettext_lazy("含本数；0 为全部"))
    confirmed_by_employer = forms.BooleanField(label=gettext_lazy("单位工会确认会员身份"), required=False)
    first_review = forms.BooleanField(label=gettext_lazy("初审"), required=False)
    final_review = forms.BooleanField(label=gettext_lazy("复审（另一人）"), required=False)
    elsewhere = forms.BooleanField(label=gettext_lazy("复审须在另一办事机构"), required=False)
    days = forms.IntegerField(
        label=gettext_lazy("每一步的时限"), widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=200, help_text=gettext_lazy("确认的人会看到"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any, families: dict[str, str]) -> None:
        super().__init__(data, initial={"first_review": True, "days": DAYS, "amount_from": "0"})
        self.fields["family"].choices = [("", _("全部计划")), *families.items()]  # type: ignore[attr-defined]
        self.fields["days"].widget.attrs["data-unit"] = _("个工作日")


@staff_only(roles=access.SET_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def review_rules(request: Request) -> HttpResponseBase:
    """The rules of an office (``?office=``), what is proposed and what became of it; a form to propose another. A rule of the
    same plan and amount is replaced once somebody else agrees."""
    offices = list(access.offices_to_rule(actor=request.actor, on=request.on)[:200])
    code = request.POST.get("office", request.GET.get("office", ""))
    office = access.office_to_rule(actor=request.actor, code=code or offices[0].code, on=request.on)
    form = RuleForm(request.POST if request.method == "POST" else None, _families(office))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                propose_review_rule(office=office, **form.cleaned_data, by=request.actor, at=request.at)
            except Refused as refusal:
                form.add_error(None, said(refusal))
                status = 409
            else:
                messages.success(request, _("已提出；另一人确认后生效，此前按原规则办理"))
                return HttpResponseRedirect(_page(office))
        else:
            status = 422
    return _shown(request, office, form, offices=offices, status=status)


def _shown(
    request: Request, office: Unit, form: RuleForm, *, offices: list[Unit], refusal: str = "", status: int = 200
) -> HttpResponseBase:
    history = RuleProposal.objects.filter(office=office).order_by("-id")
    page = page_asked(request, history.exclude(state="proposed"), PAGE)
    context = {
        "offices": offices,
        "office": office,
        "form": form,
        "refusal": refusal,
        "rules": _rules(office, ReviewRule.objects.filter(office=office)),
        "above": _rules(office, rules_above(office=office)),
        "usual": shown(FOUR_EYES_FROM),
        "open": _proposals(request, office, history.filter(state="proposed")),
        "page": page,
        "closed": _proposals(request, office, page),
    }
    return TemplateResponse(request, "workbench/reviews/rules.html", context, status=status)


@staff_only(roles=access.SET_RULES)
@require_POST
def review_rule_end(request: Request) -> HttpResponseBase:
    """That a rule ends is proposed: POST ``office``, ``family``, ``amount_from``, ``reason``."""
    office = access.office_to_rule(actor=request.actor, code=request.POST.get("office", ""), on=request.on)
    rule = access.rule_of(
        office=office, family=request.POST.get("family", ""), amount=request.POST.get("amount_from", "")
    )

    def do() -> RuleProposal:
        reason = request.POST.get("reason", "")[:200]
        return propose_end_of_rule(rule=rule, reason=reason, by=request.actor, at=request.at)

    return _done(request, office, do, _("已提出删除；另一人确认后失效，此前照旧"))


@staff_only(roles=access.FINAL_REVIEW)
@require_POST
def review_rule_agreement(request: Request, number: str) -> HttpResponseBase:
    """Somebody else agrees to a change."""
    found = access.proposal_to_answer(actor=request.actor, number=number, on=request.on)

    def do() -> RuleProposal:
        return agree_to_rule(proposal=found, by=request.actor, at=request.at)

    return _done(request, found.office, do, _("%s 已确认，即时生效") % number)


@staff_only(roles=access.FINAL_REVIEW)
@require_POST
def review_rule_refusal(request: Request, number: str) -> HttpResponseBase:
    """Somebody else does not agree: POST ``reason``."""
    found = access.proposal_to_answer(actor=request.actor, number=number, on=request.on)

    def do() -> RuleProposal:
        return refuse_rule(proposal=found, reason=request.POST.get("reason", ""), by=request.actor, at=request.at)

    return _done(request, found.office, do, _("%s 未同意，原规则照旧") % number)


@staff_only(roles=access.SET_RULES)
@require_POST
def review_rule_withdrawal(request: Request, number: str) -> HttpResponseBase:
    """Who proposed it takes it back: POST ``reason``."""
    found = access.proposal_for(actor=request.actor, number=number, on=request.on)

    def do() -> RuleProposal:
        return withdraw_rule(proposal=found, reason=request.POST.get("reason", ""), by=request.actor, at=request.at)

    return _done(request, found.office, do, _("%s 已撤回，原规则照旧") % number)


def _done(request: Request, office: Unit, do: Callable[[], RuleProposal], told: str) -> HttpResponseBase:
    """Do it, and back to the rules of the office; the page with why not where it is refused."""
    try:
        do()
    except Refused as refusal:
        offices = list(access.offices_to_rule(actor=request.actor, on=request.on)[:200])
        form = RuleForm(None, _families(office))
        return _shown(request, office, form, offices=offices, refusal=said(refusal), status=409)
    messages.success(request, told)
    return HttpResponseRedirect(_page(office))


def _page(office: Unit) -> str:
    return with_query(reverse("workbench:review_rules"), office=office.code)


def _families(office: Unit) -> dict[str, str]:
    """Families of plans that were ever offered around an office, by the name of the latest."""
    english = lang() == "en"
    versions = published_around(office=office).order_by("offered_from_on", "id").only("family", "name_zh", "name_en")
    return {one.family: (english and one.name_en) or one.name_zh for one in versions}


def _steps(rule: ReviewRule | RuleProposal) -> str:
    zh, en = steps_of_rule(rule=rule)
    return either(" → ".join(zh) or "自动决定，不经人工", " → ".join(en) or "decided automatically")


def _rules(office: Unit, rows: Any) -> list[tuple[ReviewRule, str, str]]:
    """Rules with the name of their plans and what they mean."""
    names = _families(office)
    rows = rows.select_related("office").order_by("family", "amount_from")
    return [(rule, names.get(rule.family, rule.family) or _("全部计划"), _steps(rule)) for rule in rows]


@dataclass(frozen=True)
class Proposed:
    """A change with its plans and what it means; ``before``: what holds instead (empty: no such rule). ``may_answer``: the
    visitor may agree or not; ``mine``: it is theirs to take back."""

    row: RuleProposal
    plans: str
    steps: str
    before: str
    by: str
    closed_by: str
    may_answer: bool
    mine: bool


def _proposals(request: Request, office: Unit, rows: Any) -> list[Proposed]:
    found = list(rows)
    if not found:
        return []
    families = _families(office)
    names = names_of_accounts(keys=[key for one in found for key in (one.proposed_by, one.closed_by)])
    held = {(rule.family, rule.amount_from): rule for rule in ReviewRule.objects.filter(office=office)}
    senior = _is_senior(request, found[0])
    return [
        Proposed(
            row=one,
            plans=families.get(one.family, one.family) or _("全部计划"),
            steps=_("删除这条规则") if one.drops else _steps(one),
            before=_steps(held[one.family, one.amount_from]) if (one.family, one.amount_from) in held else "",
            by=names.get(one.proposed_by, ""),
            closed_by=names.get(one.closed_by, ""),
            may_answer=senior and one.state == "proposed" and one.proposed_by != request.actor.key,
            mine=one.state == "proposed" and one.proposed_by == request.actor.key,
        )
        for one in found
    ]


def _is_senior(request: Request, proposal: RuleProposal) -> bool:
    try:
        access.proposal_to_answer(actor=request.actor, number=proposal.number, on=request.on)
    except NotFound:
        return False
    return True


urlpatterns: list[URLPattern] = [
    path("review-rules", review_rules, name="review_rules"),
    path("review-rules/end", review_rule_end, name="review_rule_end"),
    path("review-rules/<slug:number>/agreement", review_rule_agreement, name="review_rule_agreement"),
    path("review-rules/<slug:number>/refusal", review_rule_refusal, name="review_rule_refusal"),
    path("review-rules/<slug:number>/withdrawal", review_rule_withdrawal, name="review_rule_withdrawal"),
]
