"""The forms of 单位端. They read what was typed; what is right, the actions say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.contributions.states import BILL
from mutualaid.core.state_table import States
from mutualaid.enrolment.roster.columns import EMPLOYMENTS, INSURANCES, KINDS
from mutualaid.enrolment.states import COVER, ENROLMENT
from mutualaid.people.clerk_models import WhyClerk
from mutualaid.people.contacts import read_credit_code, read_phone
from mutualaid.people.names import read_name
from mutualaid.plans.offering import NeededFacts
from mutualaid.web.common.answers import said
from mutualaid.web.common.paper_fields import CountField, PaperField
from mutualaid.web.employers.told import read_by

ROSTERS = ".xlsx,.xls,.csv,.txt,.et"


class Application(forms.Form):
    """An employer's registration. The stamped form may be one that was brought before (``kept``)."""

    name = forms.CharField(
        label=gettext_lazy("单位全称"),
        max_length=100,
        help_text=gettext_lazy("与营业执照或统一社会信用代码证书一致"),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    credit_code = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        max_length=40,
        help_text=gettext_lazy("18 位数字和大写字母"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    headcount_declared = CountField(
        label=gettext_lazy("在职职工人数"), help_text=gettext_lazy("用于核定最低参加比例，审核时会核对")
    )
    contact_name = forms.CharField(
        label=gettext_lazy("代办员姓名"),
        max_length=50,
        help_text=gettext_lazy("审核通过后，您即为本单位的代办员"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    contact_phone = forms.CharField(
        label=gettext_lazy("联系电话"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    stamped_form = PaperField(
        label=gettext_lazy("加盖公章的登记表"),
        required=False,
        help_text=gettext_lazy("先下载登记表，盖章后拍照或扫描；四角完整、公章和文字清楚。PDF、JPG、PNG，10 MB 以内"),
    )
    certificate = PaperField(
        label=gettext_lazy("统一社会信用代码证书或营业执照"),
        required=False,
        help_text=gettext_lazy("有照片即可，便于审核时核对名称和代码"),
    )
    approval = PaperField(
        label=gettext_lazy("工会成立批复或工会法人资格证书"), required=False, help_text=gettext_lazy("没有可不传")
    )
    FILES = ("stamped_form", "certificate", "approval")

    def clean_credit_code(self) -> str:
        """In its normal form."""
        return read_by(read_credit_code, self.cleaned_data["credit_code"])

    def clean_contact_name(self) -> str:
        """In its normal form."""
        return read_by(read_name, self.cleaned_data["contact_name"])

    def clean_contact_phone(self) -> str:
        """In its normal form."""
        return read_by(read_phone, self.cleaned_data["contact_phone"])


class _Replacing(forms.Form):
    """Whether somebody is replaced, and why."""

    why = forms.ChoiceField(
        label=gettext_lazy("为什么登记"),
        widget=forms.RadioSelect,
        initial=WhyClerk.MORE,
        choices=[
            (WhyClerk.MORE.value, gettext_lazy("增加一名代办员")),
            (WhyClerk.MOVED.value, gettext_lazy("接替原代办员（岗位调整）")),
            (WhyClerk.LEFT.value, gettext_lazy("接替原代办员（已离职，登录不了）")),
        ],
    )
    replaces_name = forms.CharField(
        label=gettext_lazy("原代办员姓名"),
        max_length=50,
        required=False,
        help_text=gettext_lazy("接替时填写；审核通过后原代办员同时解除"),
    )
    phone = forms.CharField(
        label=gettext_lazy("新代办员联系电话"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    FIRST: tuple[str, ...] = ()

    def __init__(self, *args: Any, printing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([*self.FIRST, "name", "phone", "why", "replaces_name", "evidence"])
        if printing:  # what is stamped is brought afterwards
            del self.fields["evidence"]
            self.fields.pop("account", None)

    def clean_replaces_name(self) -> str:
        """In its normal form."""
        told = self.cleaned_data["replaces_name"].strip()
        return read_by(read_name, told) if told else ""

    def clean_name(self) -> str:
        """In its normal form."""
        return read_by(read_name, self.cleaned_data["name"])

    def clean_phone(self) -> str:
        """In its normal form."""
        return read_by(read_phone, self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        """Who replaces somebody names them; who does not, names nobody."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("why") == WhyClerk.MORE:
            given["replaces_name"] = ""
        elif not given.get("replaces_name") and "replaces_name" not in self.errors:
            self.add_error("replaces_name", _("请填写原代办员姓名"))
        return given


class Joining(_Replacing):
    """Somebody asks to become a clerk: of an employer by its credit code."""

    FIRST = ("credit_code",)

    credit_code = forms.CharField(
        label=gettext_lazy("单位的统一社会信用代码"),
        max_length=40,
        help_text=gettext_lazy("单位须已登记；尚未登记的请先申请单位登记"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=gettext_lazy("您的姓名"), max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    evidence = PaperField(
        label=gettext_lazy("加盖公章的代办员授权书"),
        help_text=gettext_lazy(
            "填好以上各项，生成授权书，盖章后拍照上传；四角完整、公章和文字清楚。PDF、JPG、PNG，10 MB 以内"
        ),
    )

    def clean_credit_code(self) -> str:
        """In its normal form."""
        return read_by(read_credit_code, self.cleaned_data["credit_code"])


class Colleague(_Replacing):
    """A bound clerk registers another for the same employer."""

    FIRST = ("account",)

    account = forms.CharField(
        label=gettext_lazy("同事的登录名"),
        max_length=64,
        help_text=gettext_lazy("同事须先在单位端登录页“注册代办员账号”"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label=gettext_lazy("同事的姓名"), max_length=50)
    evidence = PaperField(
        label=gettext_lazy("加盖公章的代办员授权书"),
        help_text=gettext_lazy(
            "填好以上各项，生成授权书，盖章后拍照上传；四角完整、公章和文字清楚。PDF、JPG、PNG，10 MB 以内"
        ),
    )


class Headcount(forms.Form):
    """How many work there; of women where the plan asks."""

    headcount = CountField(
        label=gettext_lazy("在职职工人数"), help_text=gettext_lazy("按今天的实际人数填写，最低参加比例以此计算")
    )
    women_headcount = CountField(label=gettext_lazy("其中女职工人数"), min_value=0)

    def __init__(self, *args: Any, women: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not women:
            del self.fields["women_headcount"]


class Upload(forms.Form):
    """A roster."""

    roster = forms.FileField(
        label=gettext_lazy("填好的花名册"),
        widget=forms.FileInput(attrs={"accept": ROSTERS}),
        help_text=gettext_lazy("Excel（xlsx、xls）、WPS 或 CSV，64 MB、20 万人以内；上传后先核对，不会直接提交"),
        allow_empty_file=True,
    )


class Person(forms.Form):
    """One person by hand: as a row of the template would say it, with the words of its drop-downs."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=80, help_text=gettext_lazy("按证件填写"))
    identity_kind = forms.ChoiceField(label=gettext_lazy("证件种类"))
    identity_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    sex = forms.ChoiceField(
        label=gettext_lazy("性别"), required=False, help_text=gettext_lazy("仅护照须填，其他证件由号码得出")
    )
    birth_date = forms.CharField(
        label=gettext_lazy("出生日期"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("仅护照和旧版外国人永久居留证须填，如 1988-06-07"),
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号码"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("用于接收通知和找回账号"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    bank_card = forms.CharField(
        label=gettext_lazy("银行卡号"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("职工本人的卡，理赔时收款用；可以以后再填"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    units = forms.ChoiceField(label=gettext_lazy("参加份数"), required=False)
    employment = forms.ChoiceField(label=gettext_lazy("职工身份"), required=False)
    basic_insurance = forms.ChoiceField(label=gettext_lazy("基本医保"), required=False)
    option = forms.ChoiceField(label=gettext_lazy("参加档次"), required=False)
    risk_class = forms.ChoiceField(label=gettext_lazy("职业类别"), required=False)
    groups = forms.MultipleChoiceField(label=gettext_lazy("人群"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, needs: NeededFacts, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("identity_kind", list(KINDS))
        self._offer("sex", ["男", "女"], empty=True)
        self._offer("units", [str(count) for count in range(1, min(most, 50) + 1)] if most > 1 else [])
        self._offer("employment", list(EMPLOYMENTS) if needs.employment else [])
        self._offer("basic_insurance", list(INSURANCES) if needs.basic_insurance else [], empty=True)
        self._offer("option", list(needs.options), empty=True)
        self._offer("risk_class", list(needs.risk_classes), empty=True)
        self._offer("groups", list(needs.groups))

    def _offer(self, name: str, words: list[str], *, empty: bool = False) -> None:
        """The words of a drop-down; without any, the plan does not ask."""
        if not words:
            del self.fields[name]
            return
        first = [("", "—")] if empty else []
        self.fields[name].choices = [*first, *((word, word) for word in words)]  # type: ignore[attr-defined]

    def told(self) -> dict[str, str]:
        """What was typed, for the action."""
        return {
            name: "、".join(value) if isinstance(value, list) else str(value or "")
            for name, value in self.cleaned_data.items()
        }


def _states(table: States) -> list[tuple[str, str]]:
    return [("", _("全部"))] + [(word, said(*names)) for word, names in table.names.items()]


class RosterFilter(forms.Form):
    """Of a preview: which rows."""

    rows = forms.ChoiceField(label=gettext_lazy("显示"), required=False)
    field = forms.ChoiceField(label=gettext_lazy("问题所在"), required=False)

    def __init__(self, *args: Any, fields: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rows"].choices = [  # type: ignore[attr-defined]
            ("faulty", _("有问题的行")),
            ("good", _("可采用的行")),
            ("all", _("全部行")),
        ]
        self.fields["field"].choices = [("", _("全部")), *fields]  # type: ignore[attr-defined]


class EnrolmentFilter(forms.Form):
    """Of the list of enrolments."""

    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)
    plan = forms.CharField(label=gettext_lazy("计划"), required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = _states(ENROLMENT)  # type: ignore[attr-defined]


class BillFilter(forms.Form):
    """Of the list of bills."""

    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = _states(BILL)  # type: ignore[attr-defined]


class CoverFilter(forms.Form):
    """Of the covers of an employer's staff."""

    q = forms.CharField(label=gettext_lazy("姓名或证件后四位"), required=False, max_length=60)
    plan = forms.ChoiceField(label=gettext_lazy("计划"), required=False)
    term = forms.ChoiceField(label=gettext_lazy("保障期"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("状态"), required=False)

    def __init__(self, *args: Any, plans: list[tuple[str, str]], terms: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everything = [("", _("全部"))]
        self.fields["plan"].choices = everything + plans  # type: ignore[attr-defined]
        self.fields["term"].choices = everything + [(one, one) for one in terms]  # type: ignore[attr-defined]
        states = [("", _("全部（不含已取消）")), *_states(COVER)[1:]]
        self.fields["state"].choices = states  # type: ignore[attr-defined]
