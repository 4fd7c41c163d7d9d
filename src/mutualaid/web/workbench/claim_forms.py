"""管理端: what may be done with a claim, each as a form of its own: which are open to the visitor, and why others are not."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.claims import access, queries
from mutualaid.claims.actions.reviewing import REASONS
from mutualaid.claims.checklist import checklist_of
from mutualaid.claims.models import Claim
from mutualaid.claims.promises import DAYS_FOR_PAPERS
from mutualaid.claims.queries import Stands
from mutualaid.claims.reviewers import Turn, Why, colleagues_of
from mutualaid.claims.states import OPEN
from mutualaid.claims.words import facts_as_typed
from mutualaid.core.money import shown
from mutualaid.notices.templates import TEMPLATES
from mutualaid.people.models import Staff
from mutualaid.plans.trial import EVENT_FIELDS
from mutualaid.web.common.answers import said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.trials import Facts

FACTS = tuple(field for field in EVENT_FIELDS if field.name != "filed_on")
"""What a reviewer corrects: all of the event but the day on which it was filed."""
NOBODY = "-"


class ActForm(forms.Form):
    """Something done with a claim. ``seen``: the round of the computation that was looked at. The ids of its fields begin with
    its word, since many forms stand on one page."""

    word = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=32000)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{self.word}_%s", **kwargs)


def _text(label: Any, *, rows: int = 3, most: int = 500, hint: Any = "", required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=area, max_length=most, help_text=hint, required=required)


class PassForm(ActForm):
    """The first review is passed."""

    word = "pass"


class ApproveForm(ActForm):
    """It is approved."""

    word = "approve"


class RefuseForm(ActForm):
    """Nothing is due by the rules."""

    word = "refuse"


class AsideForm(ActForm):
    """A person refuses it."""

    word = "aside"
    reason = forms.ChoiceField(
        label=gettext_lazy("原因"),
        choices=lambda: [("", "—"), *((word, said(*names)) for word, names in REASONS.items())],
    )
    text = _text(gettext_lazy("情况说明"), hint=gettext_lazy("写进决定书，会员会看到"))


class ReturnForm(ActForm):
    """Papers are missing: all are asked for at once."""

    word = "return"
    words = forms.MultipleChoiceField(
        label=gettext_lazy("缺少的材料"), widget=forms.CheckboxSelectMultiple, required=False
    )
    text = _text(gettext_lazy("说明"), hint=gettext_lazy("会员会看到；请一次列全"), required=False)
    contact = forms.ChoiceField(label=gettext_lazy("跟进人"), help_text=gettext_lazy("会员可联系的经办人员"))

    def __init__(self, data: Any = None, *, claim: Claim, staff: list[Staff], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        wanted = [(paper.word, said(paper.zh, paper.en)) for paper in checklist_of(claim=claim)]
        self.fields["words"].choices = wanted  # type: ignore[attr-defined]
        self.fields["contact"].choices = _people(staff)  # type: ignore[attr-defined]


class BackForm(ActForm):
    """One level back."""

    word = "back"
    text = _text(gettext_lazy("退回原因"))


class AssignForm(ActForm):
    """Whose it is."""

    word = "assign"
    to = forms.ChoiceField(label=gettext_lazy("承办人"))

    def __init__(self, data: Any = None, *, staff: list[Staff], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["to"].choices = [*_people(staff), (NOBODY, _("不指定，人人可办"))]  # type: ignore[attr-defined]


class NoteForm(ActForm):
    """A remark."""

    word = "note"
    text = _text(gettext_lazy("备注"), hint=gettext_lazy("只有经办人员看到；会员依法查阅本人信息时可以看到"))


class WithdrawForm(ActForm):
    """The member takes it back at the counter."""

    word = "withdraw"


class FactsForm(ActForm):
    """Facts are corrected by the papers. ``event``: the fields of the contract's event, as text."""

    word = "facts"
    reason = forms.CharField(
        label=gettext_lazy("更正依据"), help_text=gettext_lazy("依据哪份材料更正"), max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, typed: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.event = Facts(list(FACTS), typed, "fact")


def _people(staff: list[Staff]) -> list[tuple[str, str]]:
    return [(str(one.account.name), f"{one.name} · {one.unit.name}") for one in staff]


PAGES = {
    "pass": "claim_passing",  # nosec B105
    "approve": "claim_approval",
    "refuse": "claim_refusal",
    "aside": "claim_exclusion",
    "return": "claim_return",
    "back": "claim_step_back",
    "facts": "claim_facts",
    "assign": "claim_assignment",
    "note": "claim_notes",
    "withdraw": "claim_withdrawal",
}
"""Where the form of an act is sent."""


@dataclass(frozen=True)
class Act:
    """One thing that may be done. ``key``: of the keyboard; ``why``: why it may not; ``open``: it was just refused."""

    word: str
    title: str
    icon: str
    form: ActForm
    button: str
    key: str = ""
    why: str = ""
    hint: str = ""
    look: str = ""
    open: bool = False

    @property
    def page(self) -> str:
        """Where its form is sent."""
        return f"workbench:{PAGES[self.word]}"


def typed_of(claim: Claim) -> dict[str, str]:
    """The facts of a claim as its form shows them."""
    return facts_as_typed(facts=queries.facts_of(claim=claim))


def staff_for(request: Request, claim: Claim) -> list[Staff]:
    """Who may have the claim: the visitor, then colleagues."""
    mine = access.staff_of(actor=request.actor)
    others = colleagues_of(path=claim.unit_path, on=request.on, besides=request.actor)
    return [*([mine] if mine is not None else []), *others]


def form_for(request: Request, claim: Claim, word: str, data: Any = None, stands: Stands | None = None) -> ActForm:
    """The form of an act, empty or as it was sent."""
    initial = {"seen": stands.round if stands is not None else None}
    if word == "facts":
        posted = None if data is None else {field.name: data.get(f"fact-{field.name}", "")[:500] for field in FACTS}
        return FactsForm(data, typed=typed_of(claim) if posted is None else posted, initial=initial)
    if word == "return":
        return ReturnForm(data, claim=claim, staff=staff_for(request, claim), initial=initial)
    if word == "assign":
        return AssignForm(data, staff=staff_for(request, claim), initial=initial)
    return _PLAIN[word](data, initial=initial)


_PLAIN: Mapping[str, type[ActForm]] = {
    one.word: one for one in (PassForm, ApproveForm, RefuseForm, AsideForm, BackForm, NoteForm, WithdrawForm)
}


def acts_of(request: Request, claim: Claim, stands: Stands | None, turn: Turn | None, refused: Any) -> list[Act]:
    """All that the visitor may do with a claim now, in the order in which it is offered."""
    roles = request.standing.roles
    found: list[tuple[str, dict[str, Any]]] = []
    if turn is not None and stands is not None:
        found += _deciding(claim, stands, turn)
    if roles & frozenset(access.FIRST_REVIEW) and claim.state in OPEN:
        found.append(("assign", _told(_("移交"), "users", _("保存承办人"), "h")))
    if roles & frozenset(access.FIRST_REVIEW):
        found.append(("note", _told(_("备注"), "note", _("加备注"), "n")))
    if roles & frozenset(access.COUNTER) and claim.state in (*OPEN, "returned"):
        hint = _("会员到窗口要求撤回时使用；撤回后可重新申请")
        found.append(("withdraw", _told(_("撤回"), "arrow-back-up", _("确认撤回"), hint=hint, look="bad")))
    word = getattr(refused, "word", "")
    return [
        Act(
            word=name,
            form=refused if name == word else form_for(request, claim, name, None, stands),
            open=name == word,
            **told,
        )
        for name, told in found
    ]


def _deciding(claim: Claim, stands: Stands, turn: Turn) -> list[tuple[str, dict[str, Any]]]:
    """What a reviewer decides. Of passing and approving the one that is right stands first."""
    amount = shown(stands.total)
    final = claim.state == "final_review"
    approve = _told(_("核准"), "circle-check", _("核准 %s 元") % amount, "a", turn.approving, look="main")
    passing = _told(_("初审通过"), "user-check", _("通过，转复审"), "a", turn.passing, look="main")
    refuse = _told(_("按规则不予支付"), "circle-x", _("确认不予支付"), "r", turn.refusing, look="bad")
    needs_two = turn.levels.final_review and not final
    first = [("pass", passing)] if needs_two else [("approve", approve)]
    return [
        *first,
        ("refuse", refuse),
        ("return", _told(_("退回补材料"), "file-plus", _("退回会员补材料"), "m")),
        ("back", _told(_("退回上一环节"), "arrow-left", _("退回"), "b")),
        ("facts", _told(_("更正事实"), "edit", _("更正并重新理算"), "f")),
        ("aside", _told(_("人工不予支付"), "ban", _("不予支付"), "x", turn.setting_aside, look="bad",
                        hint=_("材料不真实、重复申请等；事件不再计入会员的记录，后续申请随之重新理算"))),
    ]  # fmt: skip


def _told(
    title: str, icon: str, button: str, key: str = "", why: Why | None = None, hint: str = "", look: str = ""
) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "button": button,
        "key": key,
        "why": "" if why is None else said(*why),
        "hint": hint,
        "look": look,
    }


def preview_of(claim: Claim, on: datetime.date) -> str:
    """What the member is told when papers are asked for, with a place for what is ticked."""
    text = TEMPLATES["claim_returned"]
    until = on + datetime.timedelta(days=DAYS_FOR_PAPERS)
    words = {"number": claim.number, "papers": "{papers}", "papers_en": "{papers}", "until": until}
    return said(text.zh.text, text.en.text).format(**words)
