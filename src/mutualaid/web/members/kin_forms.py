"""Forms of next of kin: who they are, for whom they want to act, as what and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.claims.actions.kinship import Told
from mutualaid.claims.models import Kinship, Relation, Why
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Unit

RELATIONS: dict[str, Any] = {
    Relation.SPOUSE: gettext_lazy("配偶（丈夫或妻子）"),
    Relation.CHILD: gettext_lazy("子女"),
    Relation.PARENT: gettext_lazy("父母"),
    Relation.SIBLING: gettext_lazy("兄弟姐妹"),
    Relation.GUARDIAN: gettext_lazy("监护人"),
    Relation.OTHER: gettext_lazy("其他人，有会员的书面委托"),
}
"""What one is to the member, as people say it."""
REASONS: dict[str, Any] = {
    Why.UNABLE: gettext_lazy("病重、昏迷，自己办不了"),
    Why.DECEASED: gettext_lazy("已经去世"),
    Why.MANDATE: gettext_lazy("书面委托我办理"),
    Why.MINOR: gettext_lazy("未成年"),
}
"""Why the member does not file."""
DOCUMENTS: dict[str, Any] = {
    IdentityKind.RESIDENT: gettext_lazy("居民身份证"),
    IdentityKind.HKMT_RESIDENCE: gettext_lazy("港澳台居民居住证"),
    IdentityKind.FOREIGN_RESIDENCE: gettext_lazy("外国人永久居留身份证"),
    IdentityKind.PASSPORT: gettext_lazy("护照"),
}


def _documents() -> list[tuple[str, Any]]:
    return [(str(kind), name) for kind, name in DOCUMENTS.items()]


def _number(label: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=40, widget=widget)


class KinAccount(forms.Form):
    """Who opens an account, and how they sign in."""

    name = forms.CharField(
        label=gettext_lazy("您的姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    identity_kind = forms.ChoiceField(label=gettext_lazy("您的证件"), choices=_documents, initial=IdentityKind.RESIDENT)
    identity_number = _number(gettext_lazy("您的证件号码"))
    phone = forms.CharField(
        label=gettext_lazy("您的手机号码"),
        max_length=30,
        help_text=gettext_lazy("以后用它登录；核对时可能打给您"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    password = forms.CharField(
        label=gettext_lazy("设一个密码"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("至少 10 个字符，不能全是数字，也不要太常见。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再输入一次"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """The password twice."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("password") and told.get("again") and told["password"] != told["again"]:
            self.add_error("again", _("两次输入的密码不同，请重新输入"))
        return told


class Asking(forms.Form):
    """For whom, as what and why."""

    relation = forms.ChoiceField(
        label=gettext_lazy("您是会员的什么人"), choices=lambda: list(RELATIONS.items()), widget=forms.RadioSelect
    )
    why = forms.ChoiceField(
        label=gettext_lazy("会员为什么不能自己办"), choices=lambda: list(REASONS.items()), widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=gettext_lazy("会员姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    identity_kind = forms.ChoiceField(
        label=gettext_lazy("会员的证件"), choices=_documents, initial=IdentityKind.RESIDENT
    )
    identity_number = _number(gettext_lazy("会员的证件号码"))
    employer = forms.CharField(
        label=gettext_lazy("会员的工作单位"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("知道就填，方便核对"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    office = forms.ChoiceField(
        label=gettext_lazy("交给哪个工会核对"),
        help_text=gettext_lazy("选会员单位所在市、区县的总工会；不清楚的选上一级"),
    )

    def __init__(self, *args: Any, offices: list[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offices = {one.code: one for one in offices}
        named = [(one.code, one.name) for one in offices]
        self.fields["office"].choices = named if len(named) == 1 else [("", "—"), *named]  # type: ignore[attr-defined]

    def told(self) -> Told:
        """What a valid form says."""
        given = self.cleaned_data
        return Told(
            name=given["name"],
            identity_kind=IdentityKind(given["identity_kind"]),
            identity_number=given["identity_number"],
            relation=Relation(given["relation"]),
            why=Why(given["why"]),
            office=self._offices[given["office"]],
            employer=given["employer"],
        )


def told_before(kinship: Kinship) -> dict[str, str]:
    """For the form that shows it again."""
    return {
        "relation": kinship.relation,
        "why": kinship.why,
        "name": kinship.told_name,
        "identity_kind": kinship.told_identity_kind,
        "identity_number": kinship.told_identity_number,
        "employer": kinship.told_employer,
        "office": kinship.asked_office.code,
    }
