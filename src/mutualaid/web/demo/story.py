"""The story of the demonstration, role by role: who, what to look at, where to begin, and by the data what is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.db.models import Sum
from django.utils.translation import gettext as _

from mutualaid.contributions.models import Bill, Receipt
from mutualaid.core.models import AuditEntry
from mutualaid.core.places import PROJECT
from mutualaid.enrolment.models import Cover, Enrolment, RosterUpload, Way
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Account, Employer, EmployerApplication
from mutualaid.plans.models import PlanVersion
from mutualaid.web.demo import cast
from mutualaid.web.demo.parts import Chapter, way
from mutualaid.web.demo.story_of_claim import Road, claiming, road
from mutualaid.web.demo.union import GIG, INPATIENT, RIDER, WOMEN

REPORTS = {
    "plans": PROJECT / "build" / "report" / "plans.html",
    "year": PROJECT / "build" / "year" / "simulation.html",
}
"""What `make plans` and `make year` leave behind."""


@dataclass(frozen=True)
class Progress:
    """How far the story's employer has come."""

    application: EmployerApplication | None = None
    employer: Employer | None = None
    enrolment: Enrolment | None = None
    bill: Bill | None = None
    uploaded: bool = False
    looked: bool = False
    published: bool = False
    rider: bool = False
    road: Road = field(default_factory=Road)

    @property
    def handed_in(self) -> bool:
        """The roster is in the office's hands, or beyond."""
        return self.enrolment is not None and self.enrolment.state in ("submitted", "accepted")


def progress() -> Progress:
    """By the rows of the story's people."""
    application = EmployerApplication.objects.filter(account__name=cast.NEWCOMER.key).order_by("-id").first()
    employer = application.employer if application else None
    enrolment = Enrolment.objects.filter(employer=employer).order_by("-id").first() if employer else None
    return Progress(
        application=application,
        employer=employer,
        enrolment=enrolment,
        bill=Bill.objects.filter(enrolment=enrolment).order_by("-id").first() if enrolment else None,
        uploaded=RosterUpload.objects.filter(enrolment=enrolment).exists() if enrolment else False,
        looked=Account.objects.filter(name=cast.NEW_MEMBER.key).exists(),
        published=PlanVersion.objects.filter(state="published", office__code="9901")
        .exclude(plan__in=(INPATIENT, WOMEN, GIG, RIDER))
        .exists(),
        rider=Cover.objects.filter(enrolment__way=Way.JOINING, plan=RIDER).exclude(state="cancelled").exists(),
        road=road(),
    )


def chapters(found: Progress) -> list[Chapter]:
    """The story; the first step that is not done is the one to go on with."""
    told = [
        *_coming_in(found),
        *_enrolling(found),
        _covered(found),
        *claiming(found.road),
        _riders(found),
        *_office(found),
    ]
    first = next((place for place, one in enumerate(told) if not one.done), None)
    return [
        Chapter(one.title, one.text, one.ways, one.samples, done=one.done, now=place == first)
        for place, one in enumerate(told)
    ]


def _coming_in(found: Progress) -> list[Chapter]:
    application = found.application
    to_review = ("workbench:application", application.number) if application else ("workbench:applications",)
    return [
        Chapter(
            _("代办员登记单位"),
            _("何苗青要为新开的清和书店参保。填写单位资料，上传盖章授权书，提交登记申请。"),
            [way(cast.NEWCOMER, _("登记单位"), "employers:application_new")],
            [("stamped-form.pdf", _("盖章授权书（虚构）"))],
            done=application is not None,
        ),
        Chapter(
            _("经办机构审核登记"),
            _("白露晞在待办里看到申请，核对盖章材料后通过，或退回补正。另有一家机械厂也在等待。"),
            [way(cast.OFFICER, _("审核登记申请"), *to_review, otherwise="workbench:applications")],
            done=found.employer is not None,
        ),
    ]


def _enrolling(found: Progress) -> list[Chapter]:
    enrolment, bill = found.enrolment, found.bill
    at = ("employers:enrolment", enrolment.number) if enrolment else ("employers:enrolment_new",)
    to_pay = ("employers:bill", bill.number) if bill else ("employers:bills",)
    to_accept = ("workbench:enrolment", enrolment.number) if enrolment else ("workbench:enrolments",)
    return [
        Chapter(
            _("下载模板，上传名册"),
            _(
                "选择“示范市职工住院互助保障”，申报 11 名职工，下载 Excel 模板，再上传填好的名册。示例名册里有三处故意的错误。"
            ),
            [way(cast.NEWCOMER, _("办理参保"), *at)],
            [("roster.xlsx", _("填好的示例名册（有错误）"))],
            done=found.uploaded,
        ),
        Chapter(
            _("采用无误的行，提交"),
            _("预览逐行说明错在哪里、怎样改。先采用无误的行；不采用也可以改好再传，或逐人添加。然后提交。"),
            [way(cast.NEWCOMER, _("继续办理参保"), *at)],
            done=found.handed_in,
        ),
        Chapter(
            _("经办机构核准名册"),
            _("系统核对参保比例和计划规则；白露晞核准后，账单自动生成。实验中学的女职工名册也在等待核准。"),
            [way(cast.OFFICER, _("核准名册"), *to_accept)],
            done=enrolment is not None and enrolment.state == "accepted",
        ),
        Chapter(
            _("单位缴费"),
            _("两种方式任选：代办员在线支付（模拟渠道，不收真钱）；或银行转账，由财务钱易安导入示例流水、确认匹配。"),
            [
                way(cast.NEWCOMER, _("在线支付账单"), *to_pay),
                way(cast.FINANCE, _("导入流水并匹配"), "workbench:statement_new"),
            ],
            [("statement.csv", _("示例银行流水"))],
            done=bill is not None and bill.state == "paid",
        ),
    ]


def _covered(found: Progress) -> Chapter:
    return Chapter(
        _("会员查看我的保障"),
        _("缴费后保障按计划生效。苗初夏用手机看到“我的保障”和参保凭证；林晓禾是已参保半年的会员。可试长辈版和英文。"),
        [
            way(cast.NEW_MEMBER, _("我的保障"), "members:home"),
            way(cast.MEMBER, _("我的保障"), "members:home"),
        ],
        done=found.looked,
    )


def _riders(found: Progress) -> Chapter:
    return Chapter(
        _("骑手扫码参加，站点集体保障"),
        _(
            "马小跃的工会开放了扫码参加，前三位骑手每人补贴 15 元：打开海报上的网址，像骑手一样填写，验证码在“会员的手机”里看。"
            "站点按名额买了集体保障，昨天有人出事，白露晞核实值班表后此人即有保障。"
        ),
        [
            way(cast.RIDERS.clerk, _("扫码参加的海报"), "employers:joining_pages"),
            way(cast.RIDERS.clerk, _("集体保障"), "employers:groups"),
            way(cast.OFFICER, _("核实当日在岗人员"), "workbench:group_places"),
        ],
        done=found.rider,
    )


def _office(found: Progress) -> list[Chapter]:
    return [
        Chapter(
            _("设计计划，另一人批准"),
            _("陆知行起草、试算、测算；沈望舒批准已提交的 2027 年版。已发布的版本永不改动，新版从开办日起接替。"),
            [
                way(cast.DESIGNER, _("起草与试算"), "workbench:plans"),
                way(cast.CHECKER, _("批准计划"), "workbench:approvals"),
            ],
            done=found.published,
        ),
        Chapter(
            _("账目与审计"),
            _("每笔收付都有借有贷，试算平衡；每次状态变动都在审计记录里，不能修改。系统、安全、审计管理员是三个人。"),
            [
                way(cast.FINANCE, _("试算平衡表"), "workbench:ledger"),
                way(cast.AUDIT_ADMIN, _("审计记录"), "workbench:audit"),
            ],
        ),
    ]


@dataclass(frozen=True)
class Figures:
    """What the invented union has come to."""

    members: int
    employers: int
    received: int
    """Whole yuan."""
    paid: int
    """Whole yuan that members were paid."""
    records: int


def figures() -> Figures:
    """Counted now."""
    return Figures(
        members=Cover.objects.filter(state="begun").values("member").distinct().count(),
        employers=Employer.objects.count(),
        received=int(Receipt.objects.aggregate(sum=Sum("amount"))["sum"] or 0),
        paid=int(PaymentOrder.objects.filter(state="paid").aggregate(sum=Sum("amount"))["sum"] or 0),
        records=AuditEntry.objects.count(),
    )


def reports() -> dict[str, Path]:
    """Those that there are."""
    return {name: path for name, path in REPORTS.items() if path.is_file()}
