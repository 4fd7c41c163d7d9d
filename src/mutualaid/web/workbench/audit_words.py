"""What the words of the audit trail are called on pages. ``data/audit_words.csv`` is made from the glossary by ``make fix``."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from mutualaid.web.common.answers import said

SUBJECTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "claims.absence": ("请假代办", "absence"),
        "claims.callnote": ("来电记录", "call note"),
        "claims.claim": ("理赔申请", "claim"),
        "claims.claimnote": ("理赔备注", "claim note"),
        "claims.kinpaper": ("代办证明", "proof of kinship"),
        "claims.kinship": ("亲属代办", "next of kin"),
        "claims.letter": ("决定通知书", "decision letter"),
        "claims.paperswanted": ("补材料要求", "papers asked for"),
        "claims.reviewrule": ("审核规则", "review rule"),
        "claims.reviewtask": ("复核任务", "review task"),
        "claims.ruleproposal": ("审核规则的修改", "change of a review rule"),
        "contributions.bill": ("账单", "bill"),
        "contributions.fund": ("互助专户", "fund"),
        "contributions.order": ("支付订单", "order"),
        "contributions.payment": ("到账", "payment"),
        "contributions.receipt": ("收款凭证", "receipt"),
        "contributions.statement": ("银行流水文件", "statement"),
        "contributions.statementline": ("流水明细", "statement line"),
        "people.clerkterm": ("代办员任期", "term of a clerk"),
        "people.unitmove": ("单位划转", "move of a unit"),
        "people.identitychange": ("身份变更", "change of identity"),
        "people.apiclient": ("接口程序", "program"),
        "enrolment.correction": ("身份更正", "correction"),
        "enrolment.groupcover": ("集体保障", "places without names"),
        "enrolment.groupplace": ("集体保障名额", "place of a group"),
        "enrolment.joiningpage": ("扫码参加页", "page to join"),
        "enrolment.joiningrequest": ("参加申请", "request to join"),
        "enrolment.package": ("综合保障计划", "package"),
        "enrolment.headermapping": ("记住的表头", "remembered header"),
        "enrolment.rosterrow": ("名单中的人", "row of a roster"),
        "enrolment.rostertransfer": ("分段上传", "upload in parts"),
        "enrolment.enrolmentwindow": ("办理时间", "enrolment window"),
        "enrolment.target": ("参保目标", "target"),
        "enrolment.departure": ("离职与退休", "departure"),
        "contributions.channelrefund": ("渠道退款", "refund at a channel"),
        "contributions.reconciliation": ("渠道对账", "reconciliation"),
        "contributions.difference": ("对账差异", "difference"),
        "contributions.fiscalnote": ("互助票据", "fiscal note"),
        "contributions.credit": ("留抵", "credit"),
        "contributions.feesplit": ("费用分担", "split of a fee"),
        "contributions.subsidy": ("补助项目", "subsidy"),
        "contributions.refund": ("退费", "refund"),
        "contributions.refundrequest": ("退费申请", "request to give fees back"),
        "claims.repayment": ("应退互助金", "benefit to return"),
        "claims.unpaidtask": ("未付任务", "unpaid claim"),
        "claims.merge": ("合并档案", "merge"),
        "claims.claimpaper": ("理赔材料", "paper of a claim"),
        "claims.confirmation": ("身份确认", "confirmation"),
        "core.longjob": ("后台任务", "job"),
        "core.storedfile": ("文件", "file"),
        "enrolment.cover": ("保障", "cover"),
        "enrolment.enrolment": ("参保单", "enrolment"),
        "enrolment.officesetting": ("参保设置", "office setting"),
        "enrolment.rosterupload": ("上传的名单", "uploaded roster"),
        "ledger.book": ("账簿", "book"),
        "ledger.entry": ("分录", "entry"),
        "notices.endpoint": ("推送地址", "address for events"),
        "notices.notice": ("通知", "notice"),
        "notices.smsmessage": ("短信", "short message"),
        "notices.webhookdelivery": ("事件推送", "delivery of an event"),
        "payouts.accountchange": ("收款账户更正", "change of account"),
        "payouts.bankresult": ("银行文件", "file of the bank"),
        "payouts.batch": ("支付批次", "batch"),
        "payouts.paymentorder": ("支付单", "payment order"),
        "people.kin": ("代办人账号", "next of kin"),
        "people.account": ("账号", "account"),
        "people.activation": ("激活码", "activation code"),
        "people.consent": ("授权同意", "consent"),
        "people.employer": ("用人单位", "employer"),
        "people.employerapplication": ("单位登记申请", "application"),
        "people.employerclerk": ("代办员", "clerk"),
        "people.employment": ("工作单位", "employment"),
        "people.member": ("会员", "member"),
        "people.roleassignment": ("角色", "role"),
        "people.savedfilter": ("保存的筛选", "saved filter"),
        "people.staff": ("工作人员", "staff"),
        "people.unit": ("机构", "unit"),
        "plans.officewords": ("本地叫法", "office words"),
        "plans.planversion": ("计划版本", "plan version"),
        "proofs.publickey": ("签名密钥", "signing key"),
    }
)
"""Tables, as ``core.audit.subject_of`` names them, by what people call their rows; another is shown as it is."""

DETAILS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "account": ("账号", "account"),
        "answer": ("答复", "answer"),
        "accepts_by_itself": ("自动核准", "accepts by itself"),
        "amount": ("金额", "amount"),
        "bills": ("账单", "bills"),
        "changed": ("更改", "changed"),
        "channel": ("渠道", "channel"),
        "client": ("程序", "program"),
        "code": ("代码", "code"),
        "count": ("数量", "count"),
        "covers": ("保障", "covers"),
        "employer": ("用人单位", "employer"),
        "enrolment": ("参保单", "enrolment"),
        "event": ("事件", "event"),
        "events": ("事件", "events"),
        "expires_on": ("失效日", "expires on"),
        "failures": ("失败次数", "failures"),
        "fault": ("问题", "fault"),
        "from": ("原状态", "from"),
        "from_on": ("起始日", "from"),
        "good": ("合格行", "good rows"),
        "headcount": ("职工人数", "headcount"),
        "headcount_declared": ("申报职工人数", "headcount declared"),
        "key": ("密钥", "key"),
        "instead_of": ("代替", "instead of"),
        "kind": ("种类", "kind"),
        "level": ("级别", "level"),
        "lines_new": ("新流水", "new lines"),
        "lines_read": ("读到的流水", "lines read"),
        "listing": ("列表", "list"),
        "member": ("会员", "member"),
        "number": ("编号", "number"),
        "offered_from_on": ("开办日", "offered from"),
        "office": ("办事处", "office"),
        "other_account": ("更换账户", "another account"),
        "papers": ("材料", "papers"),
        "persons": ("人数", "persons"),
        "plan": ("计划", "plan"),
        "portal": ("入口", "portal"),
        "purpose": ("用途", "purpose"),
        "reason": ("原因", "reason"),
        "reference": ("理赔编号", "claim"),
        "replaced_by": ("由谁替换", "replaced by"),
        "reversal": ("冲销", "reversal"),
        "role": ("角色", "role"),
        "rows": ("行数", "rows"),
        "scopes": ("权限", "scopes"),
        "sha256": ("校验值", "checksum"),
        "size": ("字节", "bytes"),
        "staff": ("工作人员", "staff"),
        "subject": ("对象", "object"),
        "template": ("模板", "template"),
        "to": ("新状态", "to"),
        "total": ("合计", "total"),
        "unit": ("机构", "unit"),
        "unit_path": ("机构路径", "path of the unit"),
        "until": ("至", "until"),
        "until_on": ("终止日（不含）", "until (not included)"),
        "version": ("版本", "version"),
        "was": ("原为", "was"),
        "women_headcount": ("女职工人数", "women"),
    }
)
"""What stands beside an entry of the trail, by what people call it; another is shown as it is."""


@cache
def words() -> Mapping[str, tuple[str, str]]:
    """Chinese and English by the word that stands in the trail."""
    with (Path(__file__).parent / "data" / "audit_words.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["word"]: (row["zh"], row["en"]) for row in csv.DictReader(file)})


def what_told(word: str) -> str:
    """What was done, in the language of the page; a word of an older version as it stands."""
    names = words().get(word)
    return said(*names) if names else word


def subject_told(subject: str) -> str:
    """The row to which it was done: ``账单 17``."""
    table, _colon, key = subject.partition(":")
    names = SUBJECTS.get(table)
    return f"{said(*names)} {key}" if names else subject


def detail_told(detail: Mapping[str, object]) -> str:
    """What stands beside the entry: ``原状态：draft；新状态：submitted``. Values as they were kept."""
    parts = []
    for name, value in detail.items():
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        names = DETAILS.get(name)
        parts.append(f"{said(*names) if names else name}{said('：', ': ')}{shown}")
    return said("；", "; ").join(parts)
