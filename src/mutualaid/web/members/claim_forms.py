"""Forms of a claim's steps: what is asked for each kind of event, in the words of the papers in hand, and the facts of it.

A form gives the facts of its own step; a field left empty is a fact that is not known, never zero and never no.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefit_engine.amounts import read_bill
from mutualaid.claims.actions.filing import Expense
from mutualaid.web.common.rendering import DayField, YuanField
from mutualaid.web.members.banks import BANKS

KINDS: dict[str, tuple[Any, Any, str]] = {
    "inpatient": (gettext_lazy("住院了"), gettext_lazy("办过住院手续，已经出院结算"), "bed"),
    "outpatient": (gettext_lazy("看了门诊"), gettext_lazy("门诊、急诊看病花了钱"), "stethoscope"),
    "outpatient_special": (gettext_lazy("门诊慢特病"), gettext_lazy("医保已认定的慢性病、特殊病"), "pill"),
    "diagnosis": (gettext_lazy("确诊大病"), gettext_lazy("医院确诊了重大疾病"), "report-medical"),
    "disability": (gettext_lazy("伤残"), gettext_lazy("因意外或疾病，经鉴定有伤残等级"), "wheelchair"),
}
"""Kinds of event that a member files about themselves: title, hint, icon. A death the family files."""
KIN_KINDS: dict[str, tuple[Any, Any, str]] = {
    "inpatient": (gettext_lazy("住院"), gettext_lazy("住院治疗，已经出院结算"), "bed"),
    "death": (gettext_lazy("身故"), gettext_lazy("会员已经去世"), "candle"),
    "diagnosis": (gettext_lazy("确诊大病"), gettext_lazy("医院确诊了重大疾病"), "report-medical"),
    "disability": (gettext_lazy("伤残"), gettext_lazy("因意外或疾病，经鉴定有伤残等级"), "wheelchair"),
    "outpatient": (gettext_lazy("门诊"), gettext_lazy("门诊、急诊看病花了钱"), "stethoscope"),
    "outpatient_special": (gettext_lazy("门诊慢特病"), gettext_lazy("医保已认定的慢性病、特殊病"), "pill"),
}
"""Those that next of kin file for a member: of them and a death."""
BILLED = ("inpatient", "outpatient", "outpatient_special")
"""Kinds that come with a bill."""
_LEVELS = (
    ("3", gettext_lazy("三级")),
    ("2", gettext_lazy("二级")),
    ("1", gettext_lazy("一级及以下")),
    ("", gettext_lazy("不清楚")),
)
_GRADES = (("", "—"), *((str(grade), gettext_lazy("%d 级") % grade) for grade in range(1, 11)))
_STARTED = {
    "inpatient": gettext_lazy("入院日期"),
    "diagnosis": gettext_lazy("确诊日期"),
    "disability": gettext_lazy("鉴定日期"),
    "death": gettext_lazy("身故日期"),
}


class Visit(forms.Form):
    """When and where it was, and what was found."""

    OWN = (
        *("started_on", "ended_on", "settled_on", "hospital_level", "accident", "accident_on", "disability_grade"),
        *("diagnoses", "x_diagnosis"),
    )
    """The facts of this step."""
    started_on = DayField(label=gettext_lazy("就诊日期"))
    ended_on = DayField(label=gettext_lazy("出院日期"))
    settled_on = DayField(
        label=gettext_lazy("结算日期"), required=False, help_text=gettext_lazy("与出院同一天的不用填；看医保结算单")
    )
    hospital = forms.CharField(
        label=gettext_lazy("医院名称"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"list": "hospitals", "autocomplete": "off"}),
    )
    hospital_level = forms.ChoiceField(
        label=gettext_lazy("医院等级"),
        required=False,
        choices=_LEVELS,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("票据或结算单上有“医院等级”；不清楚的由经办机构核对"),
    )
    disability_grade = forms.ChoiceField(label=gettext_lazy("伤残等级"), required=False, choices=_GRADES)
    x_diagnosis = forms.CharField(
        label=gettext_lazy("诊断"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("照出院记录或诊断证明上写的填，可以不填"),
    )
    diagnoses = forms.CharField(
        label=gettext_lazy("诊断编码"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("结算单上有的话填，如 J18.900；有几个的用逗号隔开，可以不填"),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "autocomplete": "off"}),
    )
    accident = forms.BooleanField(label=gettext_lazy("是意外受伤引起的"), required=False)
    accident_on = DayField(label=gettext_lazy("意外发生的日期"), required=False)

    def __init__(self, *args: Any, kind: str, on: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.on = kind, on
        self.fields["started_on"].label = _STARTED.get(kind, self.fields["started_on"].label)
        for name in [] if kind == "inpatient" else ["ended_on", "settled_on"]:
            del self.fields[name]
        if kind != "disability":
            del self.fields["disability_grade"]
        for name in ("started_on", "ended_on", "settled_on", "accident_on"):
            if name in self.fields:
                self.fields[name].widget.attrs["max"] = on.isoformat()

    def clean_diagnoses(self) -> list[str]:
        """Codes as a list."""
        text = self.cleaned_data["diagnoses"].replace("，", ",").replace("、", ",").replace(";", ",").upper()
        codes = [code.strip() for code in text.split(",") if code.strip()]
        if not all(code.isascii() and code[0].isalpha() and len(code) <= 20 for code in codes):
            raise forms.ValidationError(_("编码应以字母开头，如 J18.900；文字请填在“诊断”里"))
        return codes

    def clean(self) -> dict[str, Any]:
        """Days that cannot be."""
        told: dict[str, Any] = super().clean() or {}
        started, ended = told.get("started_on"), told.get("ended_on")
        for name in ("started_on", "ended_on", "settled_on", "accident_on"):
            if told.get(name) and told[name] > self.on:
                self.add_error(name, _("不能晚于今天 %(day)s，请核对") % {"day": self.on})
        if started and ended and ended < started:
            self.add_error("ended_on", _("不能早于入院日期 %(day)s，请核对") % {"day": started})
        if started and told.get("settled_on") and told["settled_on"] < started:
            self.add_error("settled_on", _("不能早于入院日期 %(day)s，请核对") % {"day": started})
        if started and told.get("accident_on") and told["accident_on"] > (ended or started):
            self.add_error("accident_on", _("意外应发生在就诊之前，请核对"))
        return told

    def facts(self) -> dict[str, Any]:
        """What of this step is told and can be."""
        found: dict[str, Any] = {}
        for name in self.OWN:
            value = self.cleaned_data.get(name)
            if value in (None, "", []) or (name == "accident_on" and not self.cleaned_data.get("accident")):
                continue
            if name in ("hospital_level", "disability_grade"):
                value = int(value)
            found[name] = value.isoformat() if isinstance(value, datetime.date) else value
        if not found.get("accident"):
            found.pop("accident", None)
        return found


PRINTED: dict[str, tuple[str, Any, Any]] = {
    "total": ("1", gettext_lazy("金额合计（医疗费总额）"), gettext_lazy("票据最下面一行")),
    "fund_paid": ("2", gettext_lazy("医保统筹基金支付"), gettext_lazy("票据“其他信息”栏")),
    "supplement_paid": ("3", gettext_lazy("其他支付"), gettext_lazy("大病、公务员补助等；没有发生的填 0")),
    "account_paid": ("4", gettext_lazy("个人账户支付"), ""),
    "cash_paid": ("5", gettext_lazy("个人现金支付"), ""),
    "self_paid": ("6", gettext_lazy("个人自付"), ""),
    "out_of_scope": ("7", gettext_lazy("个人自费"), ""),
}
"""Amounts as the medical invoice prints them: the mark in the sample picture, label, hint."""
SETTLED: dict[str, tuple[str, Any, Any]] = {
    "basic_deductible": ("1", gettext_lazy("起付线"), gettext_lazy("也写作“本次起付标准”")),
    "copay": ("2", gettext_lazy("统筹段按比例自付"), ""),
    "pre_self_paid": ("3", gettext_lazy("乙类先行自付"), ""),
    "over_limit": ("4", gettext_lazy("超限价"), ""),
    "above_ceiling": ("5", gettext_lazy("封顶线以上"), ""),
    "medical_aid_paid": ("6", gettext_lazy("医疗救助支付"), gettext_lazy("没有发生的填 0")),
    "hospital_borne": ("7", gettext_lazy("医院负担"), ""),
    "other_aid_paid": ("", gettext_lazy("其他保险或救助已给付"), gettext_lazy("不在医院票据上，如商业保险赔款")),
}
"""Amounts that stand on the settlement of the basic insurance."""
ITEMS = (
    *("床位费", "诊察费", "检查费", "化验费", "治疗费", "手术费", "护理费", "卫生材料费", "西药费", "中药饮片"),
    *("中成药费", "一般诊疗费", "挂号费", "其他住院费用"),
)
"""Items of a bill as the national invoice names them."""
LINES_MOST, LINES_LEAST = 60, 3

DISAGREEMENTS: dict[str, Any] = {
    "个人自付不等于其五项之和": gettext_lazy("“个人自付”应等于结算单上各项自付之和"),
    "个人自付的组成部分大于个人自付": gettext_lazy("结算单上的各项自付加起来超过了“个人自付”"),
    "医疗费总额不等于各方支付与个人负担之和": gettext_lazy(
        "“金额合计”应等于统筹支付、其他支付、医疗救助、个人自付、个人自费之和"
    ),
    "已知各部分之和大于医疗费总额": gettext_lazy("各部分加起来超过了“金额合计”"),
    "医院负担大于医疗费总额": gettext_lazy("“医院负担”超过了“金额合计”"),
    "各方支付与个人账户、现金之和大于医疗费总额": gettext_lazy("统筹、其他支付、账户和现金加起来超过了“金额合计”"),
    "个人账户与现金之和不等于个人负担": gettext_lazy("“个人账户支付”加“个人现金支付”应等于“个人自付”加“个人自费”"),
    "已知的个人自付与自费大于个人账户与现金之和": gettext_lazy("“个人自付”和“个人自费”超过了账户与现金支付之和"),
    "个人账户或现金支付大于个人负担": gettext_lazy("账户或现金支付超过了“个人自付”加“个人自费”"),
    "医院负担大于个人负担": gettext_lazy("“医院负担”超过了个人负担"),
}
"""What the engine says of a bill that does not agree with itself, as a member reads it."""


class Costs(forms.Form):
    """Amounts as on the bill, and its lines."""

    unkept = ("as_printed",)
    """Asked each time, never stored."""
    as_printed = forms.BooleanField(label=gettext_lazy("票据上就是这样印的，我已核对"), required=False)

    def __init__(self, *args: Any, rows: int = LINES_LEAST, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (mark, label, hint) in {**PRINTED, **SETTLED}.items():
            self.fields[name] = YuanField(label=label, required=False, help_text=hint)
            self.fields[name].mark = mark  # type: ignore[attr-defined]
        self.rows = min(rows, LINES_MOST)
        for row in range(self.rows):
            item = forms.TextInput(attrs={"list": "items", "autocomplete": "off"})
            self.fields[f"item-{row}"] = forms.CharField(
                label=_("第 %d 行 项目") % (row + 1), max_length=60, required=False, widget=item
            )
            self.fields[f"amount-{row}"] = YuanField(label=_("第 %d 行 金额") % (row + 1), required=False)
            self.fields[f"scope-{row}"] = YuanField(label=_("第 %d 行 其中自费") % (row + 1), required=False)

    @classmethod
    def rows_in(cls, told: Mapping[str, Any]) -> int:
        """How many lines a form that was sent has."""
        rows = [int(name[5:]) + 1 for name in told if name.startswith("item-") and name[5:].isdecimal()]
        return min(max(rows, default=0), LINES_MOST)

    @property
    def printed(self) -> list[Any]:
        """Fields of the invoice."""
        return [self[name] for name in PRINTED]

    @property
    def settled(self) -> list[Any]:
        """Fields of the settlement."""
        return [self[name] for name in SETTLED]

    @property
    def lines(self) -> list[tuple[Any, Any, Any]]:
        """Fields of the lines."""
        return [(self[f"item-{row}"], self[f"amount-{row}"], self[f"scope-{row}"]) for row in range(self.rows)]

    @property
    def lines_told(self) -> bool:
        """Whether lines are filled in, so that their fold stands open."""
        return any(self[f"item-{row}"].value() for row in range(self.rows))

    @property
    def settled_told(self) -> bool:
        """Likewise of the settlement."""
        return any(self[name].value() not in (None, "") for name in SETTLED)

    def clean(self) -> dict[str, Any]:
        """No negative amounts; lines are whole and make up the total."""
        told: dict[str, Any] = super().clean() or {}
        for name, value in list(told.items()):
            if isinstance(value, Decimal) and value < 0:
                self.add_error(name, _("金额不能为负，请核对"))
        for row in range(self.rows):
            item, amount, scope = (told.get(f"{part}-{row}") for part in ("item", "amount", "scope"))
            if item and amount is None and f"amount-{row}" not in self.errors:
                self.add_error(f"amount-{row}", _("请填写这一行的金额，或清空项目"))
            if amount is not None and not item:
                self.add_error(f"item-{row}", _("请填写这一行的项目，或清空金额"))
            if amount is not None and scope is not None and scope > amount:
                self.add_error(f"scope-{row}", _("自费不能超过这一行的金额"))
        if not self.errors:
            summed = sum((line.amount for line in self.expenses()), Decimal(0))
            total = told.get("total")
            if summed and total is not None and summed != total:
                text = _("各行合计 %(summed)s 元，与“金额合计” %(total)s 元不同，请核对")
                self.add_error("total", text % {"summed": f"{summed:.2f}", "total": f"{total:.2f}"})
        return told

    def amounts(self) -> dict[str, str]:
        """As the contract writes them; what is wrong is left out."""
        told = {name: self.cleaned_data.get(name) for name in (*PRINTED, *SETTLED)}
        return {name: f"{value:.2f}" for name, value in told.items() if value is not None and value >= 0}

    def expenses(self) -> Sequence[Expense]:
        """Whole lines."""
        found = []
        for row in range(self.rows):
            item, amount, scope = (self.cleaned_data.get(f"{part}-{row}") for part in ("item", "amount", "scope"))
            if item and amount is not None:
                found.append(Expense(item, amount, scope))
        return found

    def disagreements(self) -> list[str]:
        """What of the amounts does not agree, in plain sentences."""
        fen = {name: int(Decimal(text).scaleb(2)) for name, text in self.amounts().items()}
        return [str(DISAGREEMENTS.get(one, one)) for one in read_bill(fen).disagreements]


class Account(forms.Form):
    """To which card it is paid."""

    which = forms.ChoiceField(label=gettext_lazy("打到哪张卡"), widget=forms.RadioSelect)
    account_number = forms.CharField(
        label=gettext_lazy("银行卡号"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("本人的借记卡（储蓄卡），12–19 位数字，可以带空格；不能用信用卡和别人的卡"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_name = forms.CharField(
        label=gettext_lazy("开户银行"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("写到支行更好，如“某某银行海城支行”"),
        widget=forms.TextInput(attrs={"list": "banks", "autocomplete": "off"}),
    )

    payee = forms.ChoiceField(
        label=gettext_lazy("收款人"),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("按规定只能付给会员本人，或核对通过的代办人"),
    )

    field_order = ("payee", "which", "account_number", "bank_name")

    def __init__(
        self,
        *args: Any,
        cards: Sequence[tuple[str, str]],
        payees: Sequence[str] = (),
        told_payee: str = "",
        **kwargs: Any,
    ) -> None:
        """``payees``: of a claim by next of kin, who may be paid; ``told_payee``: in whose name the card is that is told."""
        super().__init__(*args, **kwargs)
        self.told_payee = told_payee
        if payees:
            self.fields["payee"].choices = [(name, name) for name in payees]  # type: ignore[attr-defined]
            self.fields["account_number"].help_text = _(
                "收款人的借记卡（储蓄卡），12–19 位数字，可以带空格；不能用信用卡"
            )
        else:
            del self.fields["payee"]
        self.fields["which"].choices = [*cards, ("other", _("另一张卡"))]  # type: ignore[attr-defined]
        self.banks = sorted(set(BANKS.values()))
        if not cards:
            self.fields["which"].widget = forms.HiddenInput()
            self.fields["which"].initial = "other"

    def clean(self) -> dict[str, Any]:
        """Another card needs its number."""
        told: dict[str, Any] = super().clean() or {}
        if told.get("which") == "other" and not told.get("account_number"):
            self.add_error("account_number", _("请填写银行卡号"))
        if told.get("which") == "told" and told.get("payee", self.told_payee) != self.told_payee:
            self.add_error("payee", _("已填的卡在 %(name)s 名下；换收款人请另填一张卡") % {"name": self.told_payee})
        return told
