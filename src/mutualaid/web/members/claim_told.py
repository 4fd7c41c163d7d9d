"""What a member is told of a claim: the steps of writing it, its timeline with who has it in hands, and its line in the list."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.claims.checklist import checklist_of
from mutualaid.claims.levels import Levels
from mutualaid.claims.models import Claim, ClaimPaper
from mutualaid.claims.queries import Happened, signatory
from mutualaid.claims.states import LIVE
from mutualaid.claims.words import kind_in_words
from mutualaid.payouts.queries import Step as Payment
from mutualaid.web.common.answers import said
from mutualaid.web.common.parts import Step
from mutualaid.web.common.templatetags.shown import day, moment
from mutualaid.web.members.claim_forms import BILLED
from mutualaid.web.members.showing import lang

# --- writing ----------------------------------------------------------------------------------------------------------

STEPS: dict[str, Any] = {
    "event": gettext_lazy("发生了什么"),
    "visit": gettext_lazy("什么时候、哪家医院"),
    "costs": gettext_lazy("花了多少钱"),
    "papers": gettext_lazy("拍照上传材料"),
    "account": gettext_lazy("打到哪张卡"),
    "check": gettext_lazy("核对、授权、签名"),
}
"""The steps of writing a claim and their titles; each has the page ``members:claim_<step>``."""


@dataclass(frozen=True)
class Writing:
    """A step of writing a claim: where it is done, whether it is."""

    name: str
    title: str
    url: str
    done: bool
    current: bool


def steps_of_writing(
    *, claim: Claim, facts: dict[str, Any], pages: Sequence[ClaimPaper], current: str = ""
) -> list[Writing]:
    """Those that a claim has; one without a bill has no costs."""
    told = claim.particulars
    have = {page.word for page in pages}
    lacking = [one for one in checklist_of(claim=claim) if one.needed and one.word not in have]
    visited = bool(facts.get("started_on")) and (told.kind != "inpatient" or bool(facts.get("ended_on")))
    done = {
        "event": bool(told.kind),
        "visit": visited,
        "costs": bool(facts.get("amounts")),
        "papers": bool(told.kind) and not lacking,
        "account": bool(told.payee_name),
        "check": False,
    }
    names = [name for name in STEPS if name != "costs" or told.kind in BILLED or not told.kind]
    return [
        Writing(
            name, str(STEPS[name]), reverse(f"members:claim_{name}", args=[claim.number]), done[name], name == current
        )
        for name in names
    ]


def where_to_go_on(steps: Iterable[Writing]) -> str:
    """The address of the first step that is not done."""
    return next(step.url for step in steps if not step.done)


# --- the list ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A claim as a list shows it."""

    claim: Claim
    title: str
    place: str
    next: str
    due_on: datetime.date | None
    total: Decimal | None
    live: bool


NEXT: dict[str, Any] = {
    "draft": gettext_lazy("还没有提交，接着填写"),
    "returned": gettext_lazy("请补交所缺的材料"),
    "confirming": gettext_lazy("等单位工会确认会员身份"),
    "first_review": gettext_lazy("等经办机构审核"),
    "final_review": gettext_lazy("等另一名审核人员复审"),
    "approved": gettext_lazy("已核准，付款进度见详情"),
    "refused": gettext_lazy("看看原因；有异议可以申请人工复核"),
    "withdrawn": gettext_lazy("已撤回"),
}
"""What comes next, by state, in a few words."""


def row_of(claim: Claim) -> Row:
    """``claim`` with its particulars and ``total`` (``claims.queries.with_total``)."""
    told = claim.particulars
    title = kind_in_words(kind=told.kind, lang=lang()) if told.kind else _("还没有选发生了什么")
    total = getattr(claim, "total", None) if claim.state == "approved" else None
    live = claim.state in LIVE
    place = f"{day(told.started_on)} {told.hospital}".strip() if told.started_on else told.hospital
    return Row(claim, title, place, str(NEXT[claim.state]), claim.due_on if live else None, total, live)


# --- the timeline -----------------------------------------------------------------------------------------------------

WHO: dict[str, Any] = {
    "member": gettext_lazy("您本人"),
    "clerk": gettext_lazy("单位工会"),
    "staff": gettext_lazy("经办机构"),
    "client": gettext_lazy("对接的业务系统"),
    "system": gettext_lazy("系统"),
}
"""Kinds of handlers; never a name."""
_FILED = ("file_for_confirmation", "file_for_review", "file_and_approve")
_DONE: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(_FILED, (gettext_lazy("已提交"), "")),
    "confirm_membership": (gettext_lazy("单位确认"), gettext_lazy("单位工会已回复会员身份，不知道您的病情")),
    "confirm_for_employer": (gettext_lazy("单位确认"), gettext_lazy("已向单位核实会员身份，没有告诉单位您的病情")),
    "pass_first_review": (gettext_lazy("初审"), gettext_lazy("材料和理算已核对，转另一名审核人员复审")),
    "approve_claim": (gettext_lazy("初审通过，已核准"), gettext_lazy("审核人员核对了材料和理算结果")),
    "refuse_claim": (gettext_lazy("不予支付"), gettext_lazy("原因见下面；有异议可以申请人工复核")),
    "return_for_papers": (gettext_lazy("请您补材料"), gettext_lazy("所缺的一次列全")),
    "send_back_to_first_review": (gettext_lazy("退回初审"), gettext_lazy("复审认为还要再核对")),
    "send_back_to_employer": (gettext_lazy("请单位再确认"), ""),
    "compute_claim_anew": (gettext_lazy("重新理算"), gettext_lazy("您较早的申请有变动，按新的余额重算")),
    "correct_facts": (gettext_lazy("更正事实"), gettext_lazy("审核人员按材料更正了填写的内容，并重新理算")),
    "decide_claim_anew": (gettext_lazy("复核后重新决定"), gettext_lazy("由没有参与原决定的人办理")),
    "approve_after_review": (gettext_lazy("复核后核准"), ""),
    "reopen_claim": (gettext_lazy("重新受理"), gettext_lazy("人工复核后从头审核")),
    "withdraw_claim": (gettext_lazy("已撤回"), ""),
}
_FINALLY: dict[str, tuple[Any, Any]] = {
    "approve_claim": (gettext_lazy("复审通过，已核准"), gettext_lazy("由初审以外的另一人核对后决定")),
    "refuse_claim": (
        gettext_lazy("复审：不予支付"),
        gettext_lazy("由初审以外的另一人决定；原因见下面，有异议可以申请人工复核"),
    ),
}
"""Of decisions at the final review."""
_AHEAD: dict[str, tuple[Any, Any]] = {
    "confirming": (gettext_lazy("单位确认"), gettext_lazy("单位工会确认您的会员身份，看不到病情和费用")),
    "first_review": (gettext_lazy("初审"), gettext_lazy("审核人员核对材料和理算结果")),
    "final_review": (gettext_lazy("复审"), gettext_lazy("由另一名审核人员决定")),
    "returned": (gettext_lazy("补交材料"), gettext_lazy("补齐后再提交，接着审核")),
    "paying": (gettext_lazy("付款"), gettext_lazy("财务人员制单，另一人复核后送银行")),
    "paid": (gettext_lazy("到账"), gettext_lazy("打到您填写的银行卡，到账后通知您")),
}
_PAYMENT: dict[str, Any] = {
    "ordered": gettext_lazy("已生成付款单"),
    "ordered_anew": gettext_lazy("已按新的账户重新付款"),
    "batched": gettext_lazy("财务制单"),
    "released": gettext_lazy("另一人复核放行"),
    "sent": gettext_lazy("已送银行"),
    "unclear": gettext_lazy("银行还没有回复结果，正在查询"),
    "paid": gettext_lazy("到账"),
    "failed": gettext_lazy("付款没有成功"),
    "returned": gettext_lazy("款项被银行退回"),
    "stopped": gettext_lazy("已止付"),
    "to_correct": gettext_lazy("请您更正银行卡"),
}


def timeline(*, claim: Claim, past: Sequence[Happened], levels: Levels, payments: Sequence[Payment]) -> list[Step]:
    """Every step that was taken, the one that is being taken, and those to come, with when and by whom."""
    done = [_done(one, _filer(claim)) for one in past if one.what in _DONE]
    if claim.state == "approved" and any(one.what == "file_and_approve" for one in past):
        text = _("按计划条款自动计算并核准，没有人工审核；您可以要求人工复核")
        done.append(Step(_("已核准"), _by("system", text), moment(claim.decided_at), "done"))
    if claim.state in ("approved", "refused"):
        return [*done, *_payments(payments)]
    names = _to_come(claim, levels)
    ahead = [_ahead(name, claim, first=place == 0) for place, name in enumerate(names)]
    return [*done, *ahead]


def _filer(claim: Claim) -> str:
    """Who filed it, where next of kin did so by telephone."""
    name, relation = signatory(claim=claim)
    return f"{name}（{relation}）" if relation else ""


def _done(one: Happened, filer: str) -> Step:
    title, text = (_FINALLY if one.final else {}).get(one.what, _DONE[one.what])
    kind = str(one.by_kind)
    stopped = one.what in ("refuse_claim", "withdraw_claim")
    by = filer if kind == "member" and one.what in _FILED else one.office
    return Step(str(title), _by(kind, str(text), by), moment(one.at), "stopped" if stopped else "done")


def _by(kind: str, text: str, office: str = "") -> str:
    """Whose doing it was: of staff the office, never a name."""
    who = office or str(WHO.get(kind, WHO["staff"]))
    return f"{who} · {text}" if text else who


def _to_come(claim: Claim, levels: Levels) -> list[str]:
    rest = ["paying", "paid"]
    reviews = ["first_review", *(["final_review"] if levels.final_review else [])]
    return {
        "confirming": ["confirming", *reviews, *rest],
        "first_review": [*reviews, *rest],
        "final_review": ["final_review", *rest],
        "returned": ["returned", *reviews, *rest],
    }.get(claim.state, [])


def _ahead(name: str, claim: Claim, *, first: bool) -> Step:
    title, text = _AHEAD[name]
    when = ""
    if first and claim.due_on:
        pattern = _("请在 %(day)s 前补交") if name == "returned" else _("预计 %(day)s 前")
        when = pattern % {"day": day(claim.due_on)}
    return Step(str(title), str(text), when, "now" if first else "next")


def _payments(payments: Sequence[Payment]) -> list[Step]:
    steps, ahead = [], False
    for one in payments:
        title = str(_PAYMENT[one.what])
        if one.at is not None:
            title = str(_("已到账")) if one.what == "paid" else title
            text = said(*one.reason) if one.reason else ""
            bad = one.what in ("failed", "returned", "stopped")
            steps.append(Step(title, text, moment(one.at), "stopped" if bad else "done"))
            continue
        when = _("预计 %(day)s 前") % {"day": day(one.expected_on)} if one.expected_on else ""
        steps.append(Step(title, "", when, "next" if ahead else "now"))
        ahead = True
    return steps
