"""The second half of the story: a member falls ill, claims, is decided on by two, is paid by two, and can prove it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from mutualaid.claims.models import Claim, Letter
from mutualaid.claims.states import DECIDED
from mutualaid.payouts.models import PaymentOrder
from mutualaid.web.demo import cast
from mutualaid.web.demo.parts import Chapter, way

AFTER_CONFIRMATION = ("first_review", "final_review", *DECIDED)


@dataclass(frozen=True)
class Road:
    """How far the claim that the story's member files has come. ``answered``: the one that waited for papers was filed again."""

    claim: Claim | None = None
    order: PaymentOrder | None = None
    letter: bool = False
    answered: bool = False

    @property
    def state(self) -> str:
        """Of the claim; empty while there is none."""
        return self.claim.state if self.claim is not None else ""

    def paid(self) -> bool:
        """The bank has said so."""
        return self.order is not None and self.order.state == "paid"


def road() -> Road:
    """By the rows of the story's people. The member's first claim was there before the story."""
    claims = list(Claim.objects.filter(member__account__name=cast.MEMBER.key).order_by("id")[1:])
    claim = claims[-1] if claims else None
    order = PaymentOrder.objects.filter(reference=claim.number).order_by("-id").first() if claim else None
    asked = Claim.objects.filter(member__account__name=cast.ASKED.key).order_by("id").first()
    return Road(
        claim,
        order,
        Letter.objects.filter(claim=claim).exists() if claim else False,
        asked is not None and asked.state != "returned",
    )


def claiming(found: Road) -> list[Chapter]:
    """The chapters, in their order."""
    return [*_deciding(found), *_paying(found)]


def _deciding(found: Road) -> list[Chapter]:
    number = (found.claim.number,) if found.claim and found.state not in ("draft", "withdrawn") else ()
    to_confirm = number if found.state == "confirming" else ()
    return [
        Chapter(
            _("会员用手机申请理赔"),
            _("林晓禾住院了。填日期、医院，总额 40000、统筹 22000、自付 15000、自费 3000（元），拍照上传，手写签名。"),
            [way(cast.MEMBER, _("申请理赔"), "members:claim_new")],
            [
                ("identity.png", _("身份证（样张）")),
                ("settlement.png", _("医保结算单（样张）")),
                ("invoice.png", _("收费票据（样张）")),
                ("record.png", _("出院小结（样张）")),
            ],
            done=found.state not in ("", "draft", "withdrawn"),
        ),
        Chapter(
            _("单位工会确认会员身份"),
            _("5000 元以上的先由单位确认。周一帆只看到姓名和任职，看不到诊断、材料和金额。"),
            [
                way(
                    cast.CLERK,
                    _("确认会员身份"),
                    "employers:confirmation",
                    *to_confirm,
                    otherwise="employers:confirmations",
                )
            ],
            done=found.state in AFTER_CONFIRMATION,
        ),
        Chapter(
            _("初审"),
            _("石映川在三栏工作台核对：左边材料，中间事实，右边逐条理算和条款。按 ? 看快捷键；也可以退回补材料。"),
            [way(cast.REVIEWER, _("初审"), "workbench:claim", *number, otherwise="workbench:claims")],
            done=found.state in ("final_review", *DECIDED),
        ),
        Chapter(
            _("另一机构复审"),
            _("省级办事处的宋怀瑾复审核准；初审人自己不能复审。核准当时即生成付款单、记账、通知会员。"),
            [way(cast.SENIOR, _("复审"), "workbench:claim", *number, otherwise="workbench:claims")],
            done=found.state in DECIDED,
        ),
    ]


def _paying(found: Road) -> list[Chapter]:
    number = (found.claim.number,) if found.claim else ()
    batch = (found.order.batch.number,) if found.order and found.order.batch else ()
    released = found.order is not None and found.order.state not in ("created", "batched")
    return [
        Chapter(
            _("财务制单，另一人放行"),
            _("钱易安把已核准的编成批次；金以恒核对后放行，编制人自己放行不了。银行文件随即送到模拟银行。"),
            [
                way(cast.FINANCE, _("编制批次"), "workbench:payout_batch_new", "9901"),
                way(
                    *(cast.SECOND_FINANCE, _("复核放行"), "workbench:payout_batch", *batch),
                    otherwise="workbench:payout_batches",
                ),
            ],
            done=released,
        ),
        Chapter(
            _("银行回盘，到账"),
            _("模拟银行一两分钟内自动回盘。林晓禾看到每一步的时间、逐条理算和“已到账”，下载决定通知书。"),
            [
                way(cast.MEMBER, _("看进度"), "members:claim", *number, otherwise="members:claims"),
                way(cast.FINANCE, _("银行结果"), "workbench:bank_results"),
            ],
            done=found.paid(),
        ),
        Chapter(
            _("核验决定通知书"),
            _(
                "把下载的决定通知书交给核验页：它确实在日志里；改动一个字节就不过。mutualaid proof verify 离线也能核验。"
            ),
            [way(cast.MEMBER, _("核验"), "proofs")],
            done=found.paid() and found.letter,
        ),
        Chapter(
            _("补材料、退票、人工复核"),
            _("苏晚晴补交材料；银行退票的由财务更正卡号后重付；江有汜对决定有异议，由没有参与的人复核。"),
            [
                way(cast.ASKED, _("补材料"), "members:claims"),
                way(cast.FINANCE, _("更正收款账户"), "workbench:payouts"),
                way(cast.CHECKER, _("人工复核"), "workbench:reviews"),
            ],
            done=found.answered,
        ),
    ]
