"""The forms of a package: what it is called, and for each group of staff its plans. What is right, the actions say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.core.money import NotMoney, parse
from mutualaid.enrolment.composition import GroupWanted, PlanWanted
from mutualaid.enrolment.package_models import GroupRule, PackageGroup
from mutualaid.plans.composing import rules_of
from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import most_units
from mutualaid.web.common.answers import said as said_in
from mutualaid.web.common.paper_fields import CountField
from mutualaid.web.common.rendering import said

_WOMEN, _MEN = "women", "men"
_RULES = (
    (GroupRule.WORD.value, gettext_lazy("在花名册“参保组”列写明的人")),
    (_WOMEN, gettext_lazy("女职工")),
    (_MEN, gettext_lazy("男职工")),
    (GroupRule.RISK_CLASS.value, gettext_lazy("某一职业类别的人")),
    (GroupRule.EVERYBODY.value, gettext_lazy("其余职工（放在最后一组）")),
)


class PackageAbout(forms.Form):
    """Name, headcounts, and whether members pay their own part themselves."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, help_text=gettext_lazy("例如：2026 年综合保障"))
    headcount = CountField(label=gettext_lazy("在职职工人数"))
    women_headcount = CountField(label=gettext_lazy("其中女职工人数"), min_value=0, required=False)
    members_pay = forms.BooleanField(
        label=gettext_lazy("个人承担的部分由职工自行缴费"),
        help_text=gettext_lazy("不勾选时由单位代收，并入单位账单"),
        required=False,
    )


class PackageDeclared(PackageAbout):
    """The same anew, and how many are reckoned with in each group."""

    def __init__(self, *args: Any, groups: Sequence[PackageGroup], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.groups = groups
        for place, group in enumerate(groups):
            self.fields[f"group{place}"] = CountField(
                label=_("“%(group)s”组预计人数") % {"group": group.name},
                required=False,
                min_value=0,
                initial=group.headcount,
            )

    def declared(self) -> dict[str, Any]:
        """As the action takes it."""
        given = self.cleaned_data
        told = {group.name: given[f"group{place}"] for place, group in enumerate(self.groups)}
        return {name: given[name] for name in PackageAbout.base_fields} | {"group_headcounts": told}


@dataclass(frozen=True)
class PlanRow:
    """A plan in the form of a group, with its fields, and what it says of the others that are offered."""

    version: PlanVersion
    document: Document
    chosen: forms.BoundField
    option: forms.BoundField | None
    units: forms.BoundField | None
    part: forms.BoundField
    rules: Sequence[str]

    @property
    def prices(self) -> list[tuple[str, Decimal]]:
        """What one unit costs (yuan), by option and risk class."""
        rows = self.document.price
        return [(" ".join(one for one in (row.option, row.risk_class) if one), Decimal(row.fee) / 100) for row in rows]


class GroupForm(forms.Form):
    """One group with a line for each single plan that is offered. An empty name: there is no such group."""

    name = forms.CharField(label=gettext_lazy("组名"), max_length=20, required=False)
    rule = forms.ChoiceField(label=gettext_lazy("哪些人在这一组"), choices=_RULES, required=False)
    word = forms.CharField(label=gettext_lazy("职业类别"), max_length=60, required=False)
    headcount = CountField(label=gettext_lazy("预计人数"), min_value=0, required=False)

    def __init__(self, *args: Any, offers: Sequence[tuple[PlanVersion, Document]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        for version, document in offers:
            options = list(dict.fromkeys(row.option for row in document.price if row.option))
            name = version.name_zh
            self.fields[f"{version.plan}.in"] = forms.BooleanField(label=name, required=False)
            if options:
                choices = [(one, one) for one in options]
                self.fields[f"{version.plan}.option"] = forms.ChoiceField(
                    label=f"{name} {_('档次')}", choices=choices, required=False
                )
            if most_units(document) > 1:
                counted = [(str(n), str(n)) for n in range(1, min(most_units(document), 20) + 1)]
                self.fields[f"{version.plan}.units"] = forms.ChoiceField(
                    label=f"{name} {_('份数')}", choices=counted, required=False
                )
            part = forms.CharField(label=f"{name} {_('个人承担')}", required=False, max_length=20)
            part.widget.attrs |= {"placeholder": _("如 20 或 50%"), "size": 12}
            self.fields[f"{version.plan}.part"] = part

    @property
    def rows(self) -> list[PlanRow]:
        """The lines of plans."""
        documents = [document for _version, document in self.offers]
        return [
            PlanRow(
                version,
                document,
                self[f"{version.plan}.in"],
                self[f"{version.plan}.option"] if f"{version.plan}.option" in self.fields else None,
                self[f"{version.plan}.units"] if f"{version.plan}.units" in self.fields else None,
                self[f"{version.plan}.part"],
                [said_in(one.zh, one.en) for one in rules_of(document, offered=documents)],
            )
            for version, document in self.offers
        ]

    @property
    def is_there(self) -> bool:
        """Whether the group is wanted."""
        given = self.cleaned_data
        return bool(given.get("name", "").strip()) or any(given.get(f"{one.plan}.in") for one, _document in self.offers)

    def clean(self) -> dict[str, Any]:
        """Parts as amounts or shares; a group with plans has a name."""
        given: dict[str, Any] = super().clean() or {}
        for version, _document in self.offers:
            try:
                given[f"{version.plan}.part"] = _part(given.get(f"{version.plan}.part", ""))
            except NotMoney as fault:
                self.add_error(f"{version.plan}.part", said(fault))
        if any(given.get(f"{one.plan}.in") for one, _document in self.offers) and not given.get("name", "").strip():
            self.add_error("name", _("请填写组名"))
        return given

    def wanted(self, unnamed: str = "") -> GroupWanted:
        """As the action takes it; a group still without a name is called ``unnamed``, a part that cannot be read is left out."""
        given = self.cleaned_data
        rule = given.get("rule") or GroupRule.WORD.value
        word = given.get("word", "").strip()
        word = {_WOMEN: "F", _MEN: "M", GroupRule.RISK_CLASS.value: word}.get(rule, "")
        plans = []
        for version, document in self.offers:
            if given.get(f"{version.plan}.in"):
                amount, share = given.get(f"{version.plan}.part") or (None, None)
                option = given.get(f"{version.plan}.option", "")
                units = int(given.get(f"{version.plan}.units") or 1)
                risk = word if rule == GroupRule.RISK_CLASS.value and _has_class(document, word) else ""
                plans.append(PlanWanted(version, option, risk, units, amount, share))
        named = GroupRule.SEX if rule in (_WOMEN, _MEN) else GroupRule(rule)
        return GroupWanted(given.get("name", "").strip() or unnamed, named, plans, word, given.get("headcount"))


def _has_class(document: Document, word: str) -> bool:
    return any(row.risk_class == word for row in document.price)


def initial_of(group: PackageGroup) -> dict[str, Any]:
    """What a group's form says of a group as it is."""
    rule = {"F": _WOMEN, "M": _MEN}.get(group.word, "") if group.rule == GroupRule.SEX else group.rule
    told: dict[str, Any] = {"name": group.name, "rule": rule, "word": group.word if rule == group.rule else ""}
    told["headcount"] = group.headcount
    for plan in group.plans.all():
        key = plan.version.plan
        part = f"{plan.member_amount}" if plan.member_amount is not None else ""
        if plan.member_share is not None:
            part = f"{(Decimal(plan.member_share) / 100).normalize():f}%"
        told |= {f"{key}.in": True, f"{key}.option": plan.option, f"{key}.units": str(plan.units), f"{key}.part": part}
    return told


def _part(text: str) -> tuple[Decimal | None, int | None]:
    """``20`` yuan, or ``50%``; nothing: as the office's rule says. Raises NotMoney."""
    plain = text.strip().replace("％", "%")
    if not plain:
        return None, None
    if plain.endswith("%"):
        return None, int(parse(plain[:-1]) * 100)
    return parse(plain), None
