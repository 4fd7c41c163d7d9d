"""帮助: questions that members ask, answered by the rules of the member's own plan, and whom to ask in person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from mutualaid.enrolment.queries import covers_of_member
from mutualaid.people.access import member_self
from mutualaid.people.queries import employment_on
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.prose.model import Point
from mutualaid.plans.queries import document_of, offered, points_about
from mutualaid.web.common.guards import members_only
from mutualaid.web.common.requests import Request
from mutualaid.web.members.showing import help_of, of, spoken, told


@dataclass(frozen=True)
class Question:
    """A question; what is said in general, and the keys of the plan's rules that answer it."""

    asked: object
    said: object = ""
    keys: tuple[str, ...] = ()


QUESTIONS = (
    (
        _("关于参加"),
        (
            Question(
                _("这是什么？和医保、商业保险有什么不同？"),
                _(
                    "这是工会组织的职工互助：大家各出一点，帮助遇到疾病和意外的同事。医保先报销，互助保障再对个人负担的部分按规则补助。"
                    "它不以营利为目的，不是商业保险。"
                ),
            ),
            Question(
                _("我能自己一个人参加吗？"),
                _("由单位工会统一为职工办理，个人不能单独参加：人多才能分担风险。单位还没有办理的，请联系单位工会。"),
                ("employer",),
            ),
            Question(
                _("谁可以参加？要体检吗？"),
                _("一般不用体检，以下列条件为准。"),
                ("who", "who.employment", "who.basic_insurance", "who.ages"),
            ),
            Question(_("要交多少钱？谁来交？"), "", ("price.fee", "payer")),
            Question(_("错过办理时间怎么办？"), "", ("enrolment",)),
        ),
    ),
    (
        _("关于保障"),
        (
            Question(_("缴费后什么时候开始保障？"), "", ("term.begins", "waiting")),
            Question(
                _("怎样知道自己有没有参加？"),
                _("首页和“保障”页显示您的全部保障，可以下载保障凭证。单位刚报名的，经办机构核准后会显示在这里。"),
            ),
            Question(_("换单位、退休了还有保障吗？"), "", ("goes_on",)),
            Question(_("中途可以退吗？能退费吗？"), "", ("exit", "refund")),
        ),
    ),
    (
        _("关于理赔"),
        (
            Question(
                _("怎样申请？要交什么材料？"),
                _(
                    "打开“我要理赔”，选择您的保障，就能看到材料清单和办理地点。材料不全是办理慢的最主要原因，请对照清单备齐。"
                ),
            ),
            Question(_("最晚什么时候申请？"), "", ("limit.filing", "limit.reporting", "run_off")),
            Question(_("住院跨年了，算哪一期？"), "", ("counting",)),
            Question(
                _("钱打到哪里？"), _("打到您本人的银行卡。可以在“我的”里登记银行卡，登记前会先单独征求您的同意。")
            ),
        ),
    ),
    (
        _("关于账号和隐私"),
        (
            Question(
                _("单位会看到我的病情吗？"), _("不会。诊断、病历等医疗健康信息只有审核您申请的人员能看，不向单位提供。")
            ),
            Question(
                _("姓名、证件号码登记错了怎么办？"), _("请带身份证件到单位工会或经办机构窗口更正，需要核对原件。")
            ),
            Question(
                _("家人不会用手机，怎么办？"),
                _(
                    "不用手机也能办：带证件到单位工会或经办机构窗口，工作人员会帮助办理。页面右上角可以切换“长辈版”，字更大。"
                ),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Answered:
    """A question as the page shows it."""

    asked: object
    said: object
    points: Sequence[Point]


@members_only
@require_safe
def help_page(request: Request) -> HttpResponse:
    """Questions and answers. Those by a plan's rules only where there is a plan to ask."""
    member = member_self(actor=request.actor)
    employment = employment_on(member=member, on=request.on)
    employer = employment.employer if employment else None
    covers = [one.cover for one in covers_of_member(member=member, on=request.on)]
    version: PlanVersion | None = covers[0].version if covers else None
    if version is None and employer is not None:
        version = next(iter(offered(unit=employer.unit, on=request.on)), None)
    name = ""
    ask: Callable[..., list[Point]] = _nothing
    if version is not None:
        document = document_of(version=version)
        words = spoken(unit=employer.unit if employer else covers[0].employer.unit, document=document)
        name, ask = of(document.name), partial(points_about, prose=told(version=version, words=words), words=words)
    groups = [
        (title, [one for one in (_answered(question, ask) for question in questions) if one.said or one.points])
        for title, questions in QUESTIONS
    ]
    office = version.office if version else None
    context = {"groups": groups, "plan": version, "name": name, "help": help_of(employer=employer, office=office)}
    return render(request, "members/help.html", context)


def _nothing(*, keys: Sequence[str]) -> list[Point]:
    """Without a plan nothing is said by its rules."""
    return []


def _answered(question: Question, ask: Callable[..., list[Point]]) -> Answered:
    return Answered(question.asked, question.said, ask(keys=question.keys))
