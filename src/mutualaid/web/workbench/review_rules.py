"""管理端: who looks at claims of an office, by plan and amount; each rule in a sentence."""

from __future__ import annotations

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
from mutualaid.claims.actions.desk import drop_review_rule, set_review_rule
from mutualaid.claims.levels import FOUR_EYES_FROM
from mutualaid.claims.models import ReviewRule
from mutualaid.claims.promises import DAYS
from mutualaid.claims.reviewers import rules_above, steps_of_rule
from mutualaid.core.money import shown
from mutualaid.people.models import Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.queries import published_around
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.answers import said as either
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import YuanField, said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.claims import lang


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

    def __init__(self, data: Any, families: dict[str, str]) -> None:
        super().__init__(data, initial={"first_review": True, "days": DAYS, "amount_from": "0"})
        self.fields["family"].choices = [("", _("全部计划")), *families.items()]  # type: ignore[attr-defined]
        self.fields["days"].widget.attrs["data-unit"] = _("个工作日")


@staff_only(roles=access.SET_RULES)
@require_http_methods(["GET", "HEAD", "POST"])
def review_rules(request: Request) -> HttpResponseBase:
    """The rules of an office (``?office=``), a form for another; rules of the same plan and amount are replaced."""
    offices = list(access.offices_to_rule(actor=request.actor, on=request.on)[:200])
    code = request.POST.get("office", request.GET.get("office", ""))
    office = access.office_to_rule(actor=request.actor, code=code or offices[0].code, on=request.on)
    form = RuleForm(request.POST if request.method == "POST" else None, _families(office))
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                set_review_rule(office=office, **form.cleaned_data, by=request.actor, at=request.at)
            except Refused as refusal:
                form.add_error(None, said(refusal))
                status = 409
            else:
                messages.success(request, _("已保存：新提交的申请按此办理"))
                return HttpResponseRedirect(_page(office))
        else:
            status = 422
    context = {
        "offices": offices,
        "office": office,
        "form": form,
        "rules": _rules(office, ReviewRule.objects.filter(office=office)),
        "above": _rules(office, rules_above(office=office)),
        "usual": shown(FOUR_EYES_FROM),
    }
    return TemplateResponse(request, "workbench/reviews/rules.html", context, status=status)


@staff_only(roles=access.SET_RULES)
@require_POST
def review_rule_end(request: Request) -> HttpResponseBase:
    """A rule no longer holds: POST ``office``, ``family``, ``amount_from``."""
    office = access.office_to_rule(actor=request.actor, code=request.POST.get("office", ""), on=request.on)
    rule = access.rule_of(
        office=office, family=request.POST.get("family", ""), amount=request.POST.get("amount_from", "")
    )
    drop_review_rule(rule=rule, by=request.actor, at=request.at)
    messages.success(request, _("规则已删除"))
    return HttpResponseRedirect(_page(office))


def _page(office: Unit) -> str:
    return with_query(reverse("workbench:review_rules"), office=office.code)


def _families(office: Unit) -> dict[str, str]:
    """Families of plans that were ever offered around an office, by the name of the latest."""
    english = lang() == "en"
    versions = published_around(office=office).order_by("offered_from_on", "id").only("family", "name_zh", "name_en")
    return {one.family: (english and one.name_en) or one.name_zh for one in versions}


def _rules(office: Unit, rows: Any) -> list[tuple[ReviewRule, str, str]]:
    """Rules with the name of their plans and what they mean."""
    names = _families(office)
    found = []
    for rule in rows.select_related("office").order_by("family", "amount_from"):
        zh, en = steps_of_rule(rule=rule)
        steps = either(" → ".join(zh) or "自动决定，不经人工", " → ".join(en) or "decided automatically")
        found.append((rule, names.get(rule.family, rule.family) or _("全部计划"), steps))
    return found


urlpatterns: list[URLPattern] = [
    path("review-rules", review_rules, name="review_rules"),
    path("review-rules/end", review_rule_end, name="review_rule_end"),
]
