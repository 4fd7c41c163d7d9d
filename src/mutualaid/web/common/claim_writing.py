"""Writing a claim from paper, the same at the counter and for employers' clerks: one form for the whole bill, the checklist with
its pages, the sums."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from benefit_engine.amounts import read_bill
from mutualaid.claims.actions.drafting import BadApplicant, BadPage, NotOwnCard, TooMany
from mutualaid.claims.actions.filing import Expense, Payee
from mutualaid.claims.actions.paper import NoMandate, NoPages, write_from_paper
from mutualaid.claims.checklist import PaperWanted, checklist_of
from mutualaid.claims.forms import KINDS
from mutualaid.claims.models import Claim, ClaimPaper, ExpenseLine
from mutualaid.claims.queries import facts_of
from mutualaid.claims.refusals import FactsFaulty, NotCovered, Unfinished
from mutualaid.core.money import shown
from mutualaid.core.papers import BadFile
from mutualaid.people.contacts import NotAContact
from mutualaid.plans.trial import FIELD_NAMES
from mutualaid.web.common.answers import said as in_words
from mutualaid.web.common.rendering import DayField, YuanField, said
from mutualaid.web.common.requests import Request

REFUSALS = (
    *(FactsFaulty, NotCovered, Unfinished, BadApplicant, BadPage, NotOwnCard, TooMany),
    *(NoMandate, NoPages, BadFile, NotAContact),
)
"""What actions of writing say no with, to be said beside the form; a claim that is filed already is a conflict."""
ITEMS = (
    *(
        "床位费",
        "诊察费",
        "检查费",
        "化验费",
        "治疗费",
        "手术费",
        "护理费",
        "卫生材料费",
        "西药费",
        "中药饮片",
        "中成药费",
    ),
    *("一般诊疗费", "挂号费", "其他费用"),
)
"""Items as medical invoices print them, in their order: so that amounts alone are typed."""
LEFT = ("total", "fund_paid", "supplement_paid", "medical_aid_paid", "hospital_borne")
OWN = ("self_paid", "basic_deductible", "copay", "above_ceiling", "pre_self_paid", "over_limit", "out_of_scope")
PURSES = ("account_paid", "cash_paid", "other_aid_paid")
AMOUNTS = (*LEFT, *OWN, *PURSES)
DISAGREEMENTS = {
    "个人自付不等于其五项之和": "the own share differs from the sum of its five parts",
    "个人自付的组成部分大于个人自付": "a part of the own share is greater than it",
    "医疗费总额不等于各方支付与个人负担之和": "the total differs from what all paid and bore together",
    "已知各部分之和大于医疗费总额": "the known parts come to more than the total",
    "医院负担大于医疗费总额": "the hospital bears more than the total",
    "各方支付与个人账户、现金之和大于医疗费总额": "what was paid comes to more than the total",
    "个人账户与现金之和不等于个人负担": "account and cash differ from what the person bears",
    "已知的个人自付与自费大于个人账户与现金之和": "the own share is more than account and cash",
    "个人账户或现金支付大于个人负担": "account or cash is more than the person bears",
    "医院负担大于个人负担": "the hospital bears more than the person",
}


def disagreements(amounts: Mapping[str, Decimal]) -> list[str]:
    """Which identities of the bill do not hold, in the language of the page."""
    fen = {name: int(amount.scaleb(2)) for name, amount in amounts.items()}
    return [in_words(fault, DISAGREEMENTS.get(fault, fault)) for fault in read_bill(fen).disagreements]


def _kinds() -> list[tuple[str, str]]:
    return [("", "—"), *((kind, in_words(*names)) for kind, names in KINDS.items())]


class BillForm(forms.Form):
    """All that the papers of an event tell, on one page. Amounts that a bill does not print stay empty."""

    kind = forms.ChoiceField(label=gettext_lazy("发生了什么"), choices=_kinds)
    started_on = DayField(label=gettext_lazy("入院或就诊日期"))
    ended_on = DayField(label=gettext_lazy("出院日期"), required=False)
    settled_on = DayField(label=gettext_lazy("医保结算日期"), required=False)
    hospital = forms.CharField(label=gettext_lazy("医院"), max_length=100, required=False)
    hospital_level = forms.ChoiceField(
        label=gettext_lazy("医院等级"),
        required=False,
        choices=[
            ("", "—"),
            ("3", gettext_lazy("三级")),
            ("2", gettext_lazy("二级")),
            ("1", gettext_lazy("一级及以下")),
        ],
    )
    diagnoses = forms.CharField(
        label=gettext_lazy("诊断编码"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("结算单上的 ICD-10 编码，多个用空格隔开"),
    )
    accident = forms.BooleanField(label=gettext_lazy("意外伤害"), required=False)
    accident_on = DayField(label=gettext_lazy("意外发生日期"), required=False)
    first_diagnosed_on = DayField(label=gettext_lazy("首次确诊日期"), required=False)
    disability_grade = forms.IntegerField(
        label=gettext_lazy("伤残等级（1–10）"), required=False, min_value=1, max_value=10
    )
    payee_name = forms.CharField(label=gettext_lazy("收款人"), max_length=50, required=False)
    account_number = forms.CharField(
        label=gettext_lazy("银行卡号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    bank_name = forms.CharField(label=gettext_lazy("开户银行"), max_length=100, required=False)
    as_printed = forms.BooleanField(
        label=gettext_lazy("已对照票据，票据上就是这样写的"),
        required=False,
        help_text=gettext_lazy("金额对不上又确实如此时勾选；审核时由人工核实"),
    )

    def __init__(self, *args: Any, items: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in AMOUNTS:
            self.fields[name] = YuanField(label=in_words(*FIELD_NAMES[name]), required=False)
            self.fields[name].widget.attrs["data-amount"] = name
        self.items = [*ITEMS, *(item for item in items if item not in ITEMS)]
        for place, item in enumerate(self.items):
            for part in ("amount", "out"):
                self.fields[f"line_{place}_{part}"] = YuanField(label=item, required=False)
                self.fields[f"line_{place}_{part}"].widget.attrs |= {f"data-line-{part}": "", "aria-label": item}

    @property
    def event_fields(self) -> list[Any]:
        """What happened."""
        names = ("kind", "started_on", "ended_on", "settled_on", "hospital", "hospital_level", "diagnoses")
        more = ("accident", "accident_on", "first_diagnosed_on", "disability_grade")
        return [self[name] for name in (*names, *more)]

    @property
    def amount_groups(self) -> list[tuple[str, list[Any]]]:
        """The amounts of the bill by what they are parts of."""
        return [
            (_("总额和各方支付"), [self[name] for name in LEFT]),
            (_("个人负担"), [self[name] for name in OWN]),
            (_("怎样付的"), [self[name] for name in PURSES]),
        ]

    @property
    def lines(self) -> list[tuple[str, Any, Any]]:
        """Item, amount and the part out of scope."""
        return [
            (item, self[f"line_{place}_amount"], self[f"line_{place}_out"]) for place, item in enumerate(self.items)
        ]

    @property
    def payee_fields(self) -> list[Any]:
        """Whom to pay."""
        return [self["payee_name"], self["account_number"], self["bank_name"]]

    def clean(self) -> dict[str, Any]:
        """The sums hold, or somebody says that it is so printed."""
        given = super().clean() or {}
        amounts = {name: given[name] for name in AMOUNTS if given.get(name) is not None}
        faults = disagreements(amounts)
        lines = sum((one.amount for one in self.expenses()), Decimal(0))
        if lines and amounts.get("total") is not None and lines != amounts["total"]:
            told = {"lines": shown(lines), "total": shown(amounts["total"])}
            self.add_error("total", _("费用明细合计 %(lines)s 元，与总额 %(total)s 元不符，请核对") % told)
        if faults and not given.get("as_printed"):
            for fault in faults:
                self.add_error(None, fault)
        self.disagrees = bool(faults)
        return given

    def facts(self) -> dict[str, Any]:
        """The contract's event, without what was left empty."""
        given = self.cleaned_data
        days = ("started_on", "ended_on", "settled_on", "accident_on", "first_diagnosed_on")
        told: dict[str, Any] = {name: given[name].isoformat() for name in days if given.get(name)}
        told |= {"kind": given["kind"], "accident": bool(given.get("accident"))}
        if given.get("hospital_level"):
            told["hospital_level"] = int(given["hospital_level"])
        if given.get("disability_grade"):
            told["disability_grade"] = given["disability_grade"]
        told["diagnoses"] = [code.upper() for code in re.split(r"[\s,，、;；]+", given.get("diagnoses", "")) if code]
        told["amounts"] = {name: f"{given[name]:.2f}" for name in AMOUNTS if given.get(name) is not None}
        return told

    def expenses(self) -> list[Expense]:
        """The lines of the bill that were typed."""
        given = self.cleaned_data
        return [
            Expense(item, given[f"line_{place}_amount"], given.get(f"line_{place}_out"))
            for place, item in enumerate(self.items)
            if given.get(f"line_{place}_amount") is not None
        ]

    def payee(self) -> Payee | None:
        """Whom to pay; None as long as no account was typed."""
        given = self.cleaned_data
        if not given.get("account_number"):
            return None
        return Payee(given["payee_name"], given["account_number"], given["bank_name"])


def bill_form(claim: Claim, data: Any = None) -> BillForm:
    """The form of a claim, with what it tells so far."""
    told, facts = claim.particulars, facts_of(claim=claim)
    lines = list(ExpenseLine.objects.filter(claim=claim).order_by("line"))
    form = BillForm(data, items=[line.item for line in lines])
    if data is not None:
        return form
    initial: dict[str, Any] = {**facts, **{name: Decimal(text) for name, text in (facts.get("amounts") or {}).items()}}
    initial["diagnoses"] = " ".join(facts.get("diagnoses") or ())
    initial |= {"hospital": told.hospital, "payee_name": told.payee_name or claim.member.name}
    initial |= {"account_number": told.account_number or "", "bank_name": told.bank_name}
    for line in lines:
        place = form.items.index(line.item)
        initial[f"line_{place}_amount"], initial[f"line_{place}_out"] = line.amount, line.out_of_scope_amount
    form.initial = initial
    return form


def save(request: Request, claim: Claim, form: BillForm) -> bool:
    """Write what the form tells; what is refused stands beside its field. Whether it was written."""
    if not form.is_valid():
        return False
    try:
        write_from_paper(
            claim=claim,
            facts=form.facts(),
            hospital=form.cleaned_data["hospital"],
            expenses=form.expenses(),
            payee=form.payee(),
            by=request.actor,
            at=request.at,
        )
    except FactsFaulty as refusal:
        for fault in refusal.faults:
            name = re.sub(r"\[.*", "", fault.path.removeprefix("amounts."))
            form.add_error(name if name in form.fields else None, in_words(fault.zh, fault.en))
    except (NotOwnCard, NotAContact) as refusal:
        form.add_error("account_number", said(refusal))
    except REFUSALS as refusal:
        form.add_error(None, said(refusal))
    else:
        return True
    return False


@dataclass(frozen=True)
class Wanted:
    """A paper of the checklist with the pages that were brought."""

    paper: PaperWanted
    name: str
    hint: str
    pages: list[ClaimPaper]

    @property
    def lacks(self) -> bool:
        """Whether it is needed and not there."""
        return self.paper.needed and not self.pages


def wanted_of(claim: Claim) -> list[Wanted]:
    """The checklist of a claim, with the pages that were brought."""
    pages: dict[str, list[ClaimPaper]] = {}
    for page in ClaimPaper.objects.filter(claim=claim, removed_at=None).select_related("file").order_by("page"):
        pages.setdefault(page.word, []).append(page)
    return list(_wanted(claim, pages))


def _wanted(claim: Claim, pages: Mapping[str, list[ClaimPaper]]) -> Iterator[Wanted]:
    for paper in checklist_of(claim=claim):
        hint = in_words(paper.hint_zh, paper.hint_en)
        yield Wanted(paper, in_words(paper.zh, paper.en), hint, list(pages.get(paper.word, ())))


def pages_of(request: Request) -> tuple[str, list[tuple[str, bytes]]]:
    """Of which paper pages were brought, and the pages."""
    files = request.FILES.getlist("pages")
    return request.POST.get("word", ""), [(file.name or "", file.read()) for file in files]
