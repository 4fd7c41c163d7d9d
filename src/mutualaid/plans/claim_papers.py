"""Which papers an applicant brings for each kind of event: what offices commonly ask, for where a plan says nothing of its own.

Plain data. The office may ask for less where it already has the facts, and says so once and together when something is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mutualaid.plans.document import Document


@dataclass(frozen=True)
class Paper:
    """One paper. ``hint``: where to get it, or what to look at; empty where nothing is to be said."""

    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""


@dataclass(frozen=True)
class PapersForKind:
    """What is brought for one kind of event (``kind``: the engine's word)."""

    kind: str
    zh: str
    en: str
    papers: tuple[Paper, ...]


ALWAYS = (
    Paper(
        "申请书",
        "Application form",
        "在单位工会或经办窗口领取，本人签字，由单位工会核实盖章",
        "From your employer's union or the office; you sign it, the union checks and stamps it",
    ),
    Paper("本人身份证件", "Your identity document", "带原件，复印正反两面", "The original, and a copy of both sides"),
    Paper(
        "本人银行卡",
        "Your bank card",
        "写明开户银行，须是本人的借记卡",
        "A debit card of your own, with the name of its bank",
    ),
)
"""For whatever happened."""

_SETTLEMENT = Paper(
    "医保结算单",
    "Settlement of the basic insurance",
    "出院结算时由医院打印；异地就医先回参保地结算",
    "Printed by the hospital on discharge; after treatment elsewhere have it settled at home first",
)
_RECORD = Paper("出院记录或出院小结", "Discharge record", "由医院病案室盖章", "Stamped by the hospital's record office")
_DIAGNOSIS = Paper(
    "诊断证明", "Certificate of diagnosis", "由二级及以上医院出具", "From a hospital of the second level or above"
)
_ACCIDENT = Paper(
    "意外经过说明",
    "Account of the accident",
    "写明时间、地点、经过，由单位或交警、派出所等证明；不是意外的不用交",
    "When, where and how, confirmed by the employer or the police; only if it was an accident",
)

BY_KIND: tuple[PapersForKind, ...] = (
    PapersForKind(
        "inpatient",
        "住院",
        "Stay in hospital",
        (
            _SETTLEMENT,
            Paper("住院收费票据", "Hospital invoice", "电子票据打印件即可", "A print of the electronic one will do"),
            _RECORD,
            _ACCIDENT,
        ),
    ),
    PapersForKind(
        "outpatient",
        "门诊",
        "Out-patient care",
        (
            _SETTLEMENT,
            Paper("门诊收费票据", "Out-patient invoice", "电子票据打印件即可", "A print of the electronic one will do"),
            Paper("门诊病历", "Out-patient record"),
            _ACCIDENT,
        ),
    ),
    PapersForKind(
        "outpatient_special",
        "门诊慢特病",
        "Chronic illness, out-patient",
        (
            Paper(
                "慢特病待遇认定材料",
                "Recognition of the chronic illness",
                "由医保部门认定",
                "By the medical insurance authority",
            ),
            _SETTLEMENT,
            Paper("门诊收费票据", "Out-patient invoice", "电子票据打印件即可", "A print of the electronic one will do"),
        ),
    ),
    PapersForKind(
        "diagnosis",
        "确诊疾病",
        "Diagnosis of an illness",
        (
            _DIAGNOSIS,
            Paper(
                "病理或检查报告",
                "Pathology or test report",
                "确诊所依据的那一份",
                "The one on which the diagnosis rests",
            ),
            Paper(
                "门诊或住院病历",
                "Out-patient or hospital record",
                "写有首次确诊日期",
                "With the day of the first diagnosis",
            ),
        ),
    ),
    PapersForKind(
        "disability",
        "伤残",
        "Disability",
        (Paper("伤残等级鉴定书", "Assessment of the degree of disability"), _DIAGNOSIS, _ACCIDENT),
    ),
    PapersForKind(
        "death",
        "身故",
        "Death",
        (
            Paper("死亡证明", "Death certificate", "由医院或公安机关出具", "From the hospital or the police"),
            Paper("户口注销证明", "Proof of cancelled registration"),
            Paper(
                "亲属关系证明和申请人身份证件、银行卡",
                "Proof of kinship, and the applicant's document and bank card",
                "由家属申请",
                "The family applies",
            ),
            _ACCIDENT,
        ),
    ),
)
"""For each of the engine's kinds, beside what is always brought."""


def papers_for(*, documents: Iterable[Document]) -> list[PapersForKind]:
    """The kinds of events for which plans pay, each with its papers, in the order above; a kind of a plan's own, for which
    offices ask various papers, is left to the office. A benefit without kinds is for every kind."""
    benefits = [benefit for document in documents for benefit in document.benefits]
    open_to_all = any(benefit.kinds is None and benefit.like is None for benefit in benefits)
    kinds = {kind for benefit in benefits for kind in benefit.kinds or ()}
    return [one for one in BY_KIND if open_to_all or one.kind in kinds]
