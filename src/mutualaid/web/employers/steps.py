"""The way of an enrolment as its page shows it: what is done, what is now, what comes next. It decides nothing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from mutualaid.contributions.models import Bill
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.people.models import EmployerApplication
from mutualaid.web.common.parts import Step


@dataclass(frozen=True)
class Standing:
    """How far an enrolment is. ``waiting``: an upload that was neither taken nor dropped; ``bill``: the one that stands."""

    enrolment: Enrolment
    persons: int
    waiting: RosterUpload | None
    bill: Bill | None
    on: datetime.date
    others_owe: bool = False
    """Whether covers wait for another payer."""

    @property
    def place(self) -> int:
        """The number of the step that is now, from 0; 7 when all are done."""
        if self.enrolment.state == "draft":
            return 2 if self.waiting is not None else 3 if self.persons else 0
        if self.enrolment.state == "submitted":
            return 4
        if (self.bill is not None and self.bill.state == "issued") or self.others_owe:
            return 5
        return 6 if self.enrolment.from_on > self.on else 7


def steps_of(standing: Standing) -> list[Step]:
    """The seven steps."""
    enrolment, bill = standing.enrolment, standing.bill
    told = [
        (_("下载模板"), _("已有本参保单的模板可直接上传"), ""),
        (_("上传花名册"), _("支持 Excel、WPS 与 CSV"), ""),
        (_("核对"), _("看清哪些行有误、怎样改"), ""),
        (_("提交"), _("确认人数与金额"), _when(enrolment.submitted_at)),
        (_("工会审核"), _("审核名单与职工人数"), _when(enrolment.accepted_at)),
        (_("缴费"), _("转账或在线支付"), _("请于 %(day)s 前") % {"day": bill.due_on} if bill else ""),
        (_("保障生效"), _("职工可在会员端查看"), str(enrolment.from_on)),
    ]
    now = standing.place
    stopped = enrolment.state == "cancelled"
    return [
        Step(title, text, when, _mark(place, now, stopped=stopped)) for place, (title, text, when) in enumerate(told)
    ]


def _mark(place: int, now: int, *, stopped: bool) -> str:
    if stopped:
        return "stopped"
    # Whoever has not uploaded anything may do either first: the template is only one way to a file.
    if now == 0 and place == 1:
        return "now"
    return "done" if place < now else "now" if place == now else "next"


def _when(at: datetime.datetime | None) -> str:
    return f"{timezone.localtime(at):%m-%d %H:%M}" if at is not None else ""


def application_steps(application: EmployerApplication) -> list[Step]:
    """The way of an employer's registration."""
    sent = f"{timezone.localtime(application.submitted_at):%Y-%m-%d %H:%M}"
    state = application.state
    looked = {
        "submitted": Step(
            _("工会审核"), _("由 %(office)s 核对资料与盖章材料") % {"office": application.office.name}, "", "now"
        ),
        "returned": Step(_("退回补正"), _("请按审核意见修改后重新提交"), "", "now"),
        "approved": Step(_("审核通过"), "", "", "done"),
        "refused": Step(_("不予登记"), application.remark, "", "stopped"),
    }[state]
    last = Step(_("可以为职工参保"), _("您成为本单位的代办员"), "", "done" if state == "approved" else "next")
    return [Step(_("提交登记申请"), "", sent, "done"), looked, last]
