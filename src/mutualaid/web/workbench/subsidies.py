"""管理端: who bears the fee: rules of offices on its parts, and programmes of subsidy with what is used of their budgets."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
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

from mutualaid.contributions import access, payer_queries
from mutualaid.contributions.actions.splits import PartWanted, end_subsidy, grant_subsidy, set_fee_split
from mutualaid.contributions.models import FeeSplitPart, PayerKind, Subsidy
from mutualaid.contributions.split_models import OUTSIDE
from mutualaid.contributions.split_queries import used_of
from mutualaid.core.money import NotMoney, parse
from mutualaid.core.money import shown as yuan
from mutualaid.people.models import RoleName, Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import offered
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import Keys
from mutualaid.web.common.payers import KINDS, kind_name
from mutualaid.web.common.rendering import DayField, YuanField, said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.listing import page_of

FINANCE = (RoleName.FINANCE,)
PARTS = 4


class MeasureField(forms.CharField):
    """``20`` yuan for one unit, or ``50%`` of the fee: an amount and a share in basis points, one of them None."""

    def clean(self, value: Any) -> tuple[Decimal | None, int | None]:
        """Raises ValidationError."""
        text = str(super().clean(value) or "").strip().replace("％", "%")
        try:
            if not text:
                return None, None
            return (None, int(parse(text[:-1]) * 100)) if text.endswith("%") else (parse(text), None)
        except NotMoney as fault:
            raise forms.ValidationError(said(fault)) from fault


class SubsidyForm(forms.Form):
    """A programme that is granted."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    office = forms.ChoiceField(label=gettext_lazy("适用范围（所辖单位）"))
    payer_kind = forms.ChoiceField(label=gettext_lazy("出资方"), choices=lambda: [(k, KINDS[k]) for k in OUTSIDE])
    payer_unit = forms.CharField(
        label=gettext_lazy("出资工会的代码"),
        help_text=gettext_lazy("上级工会出资时填写"),
        required=False,
        max_length=32,
    )
    payer_name = forms.CharField(
        label=gettext_lazy("出资方名称"), help_text=gettext_lazy("行政或平台出资时填写"), required=False, max_length=100
    )
    measure = MeasureField(
        label=gettext_lazy("每人每份补贴"),
        help_text=gettext_lazy("金额（如 20）或占费用的比例（如 50%）"),
        max_length=20,
    )
    budget = YuanField(label=gettext_lazy("预算"))
    plans = forms.MultipleChoiceField(
        label=gettext_lazy("适用计划"),
        help_text=gettext_lazy("不选时适用于全部计划"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    groups = forms.CharField(
        label=gettext_lazy("适用的参保组"), help_text=gettext_lazy("多个用“、”分隔；留空适用于所有人"), required=False
    )
    from_on = DayField(label=gettext_lazy("自"))
    until_on = DayField(label=gettext_lazy("至（不含）"))
    waits = forms.BooleanField(
        label=gettext_lazy("款项到账后保障才生效"),
        help_text=gettext_lazy("不勾选：已承诺的补贴，保障不等它到账"),
        required=False,
    )

    def __init__(self, *args: Any, offices: list[Unit], plans: list[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = [(one.code, one.name) for one in offices]  # type: ignore[attr-defined]
        self.fields["plans"].choices = [(one.family, one.name_zh) for one in plans]  # type: ignore[attr-defined]


@staff_only(roles=access.SEE_BILLS)
@require_safe
def subsidies(request: Request) -> HttpResponseBase:
    """Programmes of the branches, with what is used and left."""
    seen = payer_queries.budgets(among=access.subsidies_visible_to(actor=request.actor, on=request.on))
    page = page_of(request, seen)
    rows = [(one.subsidy, kind_name(one.subsidy.payer_kind), one.used, one.left) for one in page.object_list]
    context = {"page": page, "rows": rows, "finance": _is_finance(request)}
    return TemplateResponse(request, "workbench/subsidies/subsidies.html", context)


@staff_only(roles=access.SEE_BILLS)
@require_safe
def subsidy(request: Request, number: str) -> HttpResponseBase:
    """A programme: its rule, what is used and left, the bills that it pays."""
    found = access.subsidy_for(actor=request.actor, number=number, on=request.on)
    used = used_of(subsidies=[found])[found.pk]
    bills = access.bills_visible_to(actor=request.actor, on=request.on).filter(subsidy=found)
    context = {
        "subsidy": found,
        "kind": kind_name(found.payer_kind),
        "used": used,
        "left": found.budget - used,
        "measure": _measure(found),
        "page": page_of(
            request,
            Keys(lambda most: payer_queries.keys_of(among=bills.order_by("-id"), most=most)),
            whole=partial(payer_queries.told, among=bills),
        ),
        "finance": _is_finance(request),
    }
    return TemplateResponse(request, "workbench/subsidies/subsidy.html", context)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def subsidy_new(request: Request) -> HttpResponseBase:
    """A programme is granted."""
    offices = list(access.units_to_rule(actor=request.actor, on=request.on)[:500])
    plans = offered(unit=offices[0], on=request.on) if offices else []
    form = SubsidyForm(request.POST or None, offices=offices, plans=plans)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            amount, share = given["measure"]
            made = grant_subsidy(
                office=access.unit_to_rule(actor=request.actor, code=given["office"], on=request.on),
                name=given["name"],
                payer_kind=PayerKind(given["payer_kind"]),
                payer_unit=_union(request, given["payer_unit"]),
                payer_name=given["payer_name"],
                plans=given["plans"],
                groups=given["groups"].replace(",", "、").replace("，", "、").split("、"),
                amount=amount,
                share=share,
                budget=given["budget"],
                granted=not given["waits"],
                from_on=given["from_on"],
                until_on=given["until_on"],
                by=request.actor,
                at=request.at,
            )
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("补贴已设立"))
            return HttpResponseRedirect(reverse("workbench:subsidy", args=[made.number]))
    status = 422 if form.errors else 200
    return TemplateResponse(request, "workbench/subsidies/subsidy_new.html", {"form": form}, status=status)


@staff_only(roles=FINANCE)
@require_POST
def subsidy_end(request: Request, number: str) -> HttpResponseBase:
    """Nothing more is granted of it."""
    found = access.subsidy_to_deal_with(actor=request.actor, number=number, on=request.on)
    end_subsidy(subsidy=found, by=request.actor, at=request.at)
    messages.success(request, _("补贴已停止；已开出的账单不变"))
    return HttpResponseRedirect(reverse("workbench:subsidy", args=[number]))


# --- rules on the parts -----------------------------------------------------------------------------------------------


class SplitForm(forms.Form):
    """A rule: for which unit's employers, which plan, which group; and up to four payers."""

    unit = forms.CharField(
        label=gettext_lazy("适用的工会或办事处代码"), help_text=gettext_lazy("适用于它所辖的全部单位"), max_length=32
    )
    plan = forms.ChoiceField(label=gettext_lazy("计划"), required=False)
    group = forms.CharField(label=gettext_lazy("参保组"), required=False, max_length=20)

    def __init__(self, *args: Any, plans: list[PlanVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("全部计划"))]
        self.fields["plan"].choices = everything + [(one.plan, one.name_zh) for one in plans]  # type: ignore[attr-defined]


class PartForm(forms.Form):
    """One payer. Without a measure it bears the rest."""

    kind = forms.ChoiceField(
        label=gettext_lazy("出资方"), required=False, choices=lambda: [("", "—"), *((k, v) for k, v in KINDS.items())]
    )
    who = forms.CharField(label=gettext_lazy("上级工会代码，或行政、平台名称"), required=False, max_length=100)
    measure = MeasureField(
        label=gettext_lazy("每人每份金额或比例"), help_text=gettext_lazy("留空为其余部分"), required=False
    )
    billed = forms.BooleanField(label=gettext_lazy("职工自行缴费"), required=False)


@staff_only(roles=access.SEE_BILLS)
@require_safe
def splits(request: Request) -> HttpResponseBase:
    """Rules in force of the branches."""
    rows = access.splits_visible_to(actor=request.actor, on=request.on)
    page = page_of(request, rows)
    context = {
        "page": page,
        "rows": [(one, [_told(part) for part in one.parts.all()]) for one in page.object_list],
        "finance": _is_finance(request),
    }
    return TemplateResponse(request, "workbench/subsidies/splits.html", context)


@staff_only(roles=FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def split_new(request: Request) -> HttpResponseBase:
    """A rule from today on, in place of the one of the same unit, plan and group."""
    units = access.units_to_rule(actor=request.actor, on=request.on)
    first = units.first()
    plans = offered(unit=first, on=request.on) if first is not None else []
    data = request.POST if request.method == "POST" else None
    form = SplitForm(data, plans=plans)
    parts = [PartForm(data, prefix=f"p{i}") for i in range(PARTS)]
    valid = [one.is_valid() for one in (form, *parts)]  # each says its own faults
    if request.method == "POST" and all(valid):
        given = form.cleaned_data
        try:
            set_fee_split(
                unit=access.unit_to_rule(actor=request.actor, code=given["unit"].strip(), on=request.on),
                version=next((one for one in plans if one.plan == given["plan"]), None),
                group=given["group"],
                parts=[_wanted(request, part.cleaned_data) for part in parts if part.cleaned_data["kind"]],
                by=request.actor,
                at=request.at,
            )
        except Refused as refusal:
            form.add_error(None, said(refusal))
        else:
            messages.success(request, _("分担规则已保存，自今天起用于新核准的参保"))
            return HttpResponseRedirect(reverse("workbench:splits"))
    status = 422 if form.errors or any(part.errors for part in parts) else 200
    return TemplateResponse(
        request, "workbench/subsidies/split_new.html", {"form": form, "parts": parts}, status=status
    )


def _wanted(request: Request, given: dict[str, Any]) -> PartWanted:
    kind = PayerKind(given["kind"])
    amount, share = given["measure"]
    union = kind is PayerKind.UPPER_UNION
    return PartWanted(
        kind,
        payer_unit=_union(request, given["who"]) if union else None,
        payer_name=given["who"] if not union else "",
        amount=amount,
        share=share,
        billed=given["billed"] and kind is PayerKind.MEMBER,
    )


def _union(request: Request, code: str) -> Unit | None:
    """A union that pays, by its code. Raises NotFound."""
    return access.paying_union(code=code.strip()) if code.strip() else None


def _told(part: FeeSplitPart) -> tuple[str, str]:
    if part.amount is not None:
        measure = _("每份 %(amount)s 元") % {"amount": yuan(part.amount)}
    elif part.share is not None:
        measure = f"{(Decimal(part.share) / 100).normalize():f}%"
    else:
        measure = _("其余")
    name = part.payer_unit.name if part.payer_unit is not None else part.payer_name
    who = f"{kind_name(part.payer_kind)} · {name}" if name else kind_name(part.payer_kind)
    return (f"{who}（{_('自行缴费')}）" if part.billed else who), measure


def _measure(found: Subsidy) -> str:
    if found.amount is not None:
        return _("每份 %(amount)s 元") % {"amount": yuan(found.amount)}
    return f"{(Decimal(found.share or 0) / 100).normalize():f}%"


def _is_finance(request: Request) -> bool:
    return RoleName.FINANCE in request.standing.roles


urlpatterns: list[URLPattern] = [
    path("subsidies", subsidies, name="subsidies"),
    path("subsidies/new", subsidy_new, name="subsidy_new"),
    path("subsidies/<str:number>", subsidy, name="subsidy"),
    path("subsidies/<str:number>/end", subsidy_end, name="subsidy_end"),
    path("splits", splits, name="splits"),
    path("splits/new", split_new, name="split_new"),
]
