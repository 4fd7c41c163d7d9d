"""What the words of the audit trail are called on pages. ``data/audit_words.csv`` is made from the glossary by ``make fix``."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from mutualaid.web.common.answers import said

SUBJECTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "contributions.bill": ("账单", "bill"),
        "contributions.fund": ("互助专户", "fund"),
        "contributions.order": ("支付订单", "order"),
        "contributions.payment": ("到账", "payment"),
        "contributions.receipt": ("收款凭证", "receipt"),
        "contributions.statement": ("银行流水文件", "statement"),
        "contributions.statementline": ("流水明细", "statement line"),
        "core.longjob": ("后台任务", "job"),
        "core.storedfile": ("文件", "file"),
        "enrolment.cover": ("保障", "cover"),
        "enrolment.enrolment": ("参保单", "enrolment"),
        "enrolment.officesetting": ("参保设置", "office setting"),
        "enrolment.rosterupload": ("上传的名单", "uploaded roster"),
        "ledger.book": ("账簿", "book"),
        "ledger.entry": ("分录", "entry"),
        "notices.notice": ("通知", "notice"),
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
    }
)
"""Tables, as ``core.audit.subject_of`` names them, by what people call their rows; another is shown as it is."""


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
