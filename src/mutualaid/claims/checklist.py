"""Which papers a claim needs, by kind of event and by how it is filed; and what is still missing before it can be filed.

The papers are those that offices commonly ask for (``plans.claim_papers``); each has a word, by which pages are filed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.core.actors import ActorKind
from mutualaid.people.models import Purpose
from mutualaid.people.queries import consents_of

Named = tuple[str, str, str]
"""Word, Chinese, English."""


@dataclass(frozen=True)
class PaperWanted:
    """A paper of the checklist. ``needed``: without it nobody can decide; the others help, or are asked for in some cases."""

    word: str
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    needed: bool = True

    @property
    def named(self) -> Named:
        """For a list of what is missing."""
        return self.word, self.zh, self.en


_IDENTITY = PaperWanted("identity", "身份证件", "Identity document", "正反两面", "Both sides")
_CARD = PaperWanted(
    "bank_card", "银行卡", "Bank card", "借记卡正面，卡号清晰", "The front of a debit card", needed=False
)
_SETTLEMENT = PaperWanted(
    "settlement",
    "医保结算单",
    "Settlement of the basic insurance",
    "出院结算时由医院打印，盖章页",
    "Printed by the hospital on discharge, the stamped page",
)
_INVOICE = PaperWanted(
    "invoice", "医疗收费票据", "Medical invoice", "电子票据打印件即可", "A print of the electronic one will do"
)
_RECORD = PaperWanted(
    "record", "出院记录或出院小结", "Discharge record", "由医院病案室盖章", "Stamped by the hospital's record office"
)
_DIAGNOSIS = PaperWanted(
    "diagnosis",
    "诊断证明",
    "Certificate of diagnosis",
    "由二级及以上医院出具",
    "From a hospital of the second level or above",
)
_REPORT = PaperWanted(
    "report", "病理或检查报告", "Pathology or test report", "确诊所依据的那一份", "The one it rests on"
)
_HISTORY = PaperWanted("history", "门诊病历", "Out-patient record", needed=False)
_ACCIDENT = PaperWanted(
    "accident", "意外经过说明", "Account of the accident", "写明时间、地点、经过", "When, where and how"
)
_GRADE = PaperWanted("grade", "伤残等级鉴定书", "Assessment of the degree of disability")
_DEATH = PaperWanted(
    "death", "死亡证明", "Death certificate", "由医院或公安机关出具", "From the hospital or the police"
)
_KINSHIP = PaperWanted(
    "kinship", "亲属关系证明", "Proof of kinship", "户口簿、公证书等", "Household register, notarial deed"
)
_RECOGNITION = PaperWanted(
    "recognition",
    "慢特病待遇认定材料",
    "Recognition of the chronic illness",
    "由医保部门认定",
    "By the insurance authority",
)
FORM = PaperWanted("form", "签字的申请书", "Signed application form", "本人签字", "Signed by the member")
MANDATE = PaperWanted(
    "mandate", "签字的委托书", "Signed mandate", "本人签字委托单位代办", "The member lets the union file"
)
OTHER = PaperWanted("other", "其他材料", "Other papers", needed=False)

BY_KIND: dict[str, tuple[PaperWanted, ...]] = {
    "inpatient": (_SETTLEMENT, _INVOICE, _RECORD),
    "outpatient": (_SETTLEMENT, _INVOICE, _HISTORY),
    "outpatient_special": (_RECOGNITION, _SETTLEMENT, _INVOICE),
    "diagnosis": (_DIAGNOSIS, _REPORT, _HISTORY),
    "disability": (_GRADE, _DIAGNOSIS),
    "death": (_DEATH,),
}
"""For each of the engine's kinds, beside what is always wanted."""


def checklist(*, kind: str, source: str, accident: bool, signs_here: bool = False) -> list[PaperWanted]:
    """The papers of one kind of event, in the order in which they are asked for. ``signs_here``: next of kin who sign by
    telephone bring no signed form."""
    papers = [_IDENTITY, *BY_KIND.get(kind, (_SETTLEMENT, _INVOICE)), _CARD]
    if accident:
        papers.append(_ACCIDENT)
    if source == Source.KIN or kind == "death":
        papers.append(_KINSHIP)
    if source == Source.EMPLOYER:
        papers.append(MANDATE)
    if source in (Source.COUNTER, Source.KIN) and not signs_here:
        papers.append(FORM)
    return [*papers, OTHER]


ALL: dict[str, PaperWanted] = {
    paper.word: paper
    for paper in (
        *(_IDENTITY, _CARD, _ACCIDENT, _KINSHIP, MANDATE, FORM, OTHER),
        *(paper for papers in BY_KIND.values() for paper in papers),
    )
}
"""Every paper by its word."""


def checklist_of(*, claim: Claim) -> list[PaperWanted]:
    """The papers of a claim, by what it tells so far."""
    facts = json.loads(claim.particulars.facts)
    accident = bool(facts.get("accident"))
    return checklist(
        kind=claim.particulars.kind, source=claim.source, accident=accident, signs_here=signs_by_phone(claim=claim)
    )


def signs_by_phone(*, claim: Claim) -> bool:
    """Whether next of kin file it themselves, not at the counter: they agree and sign on their telephone."""
    return claim.source == Source.KIN and claim.by_kind == ActorKind.MEMBER


def missing_of(*, claim: Claim) -> list[Named]:
    """All that a claim lacks before it can be filed: facts, payee, consent, papers; in the order of the steps."""
    told = claim.particulars
    facts = json.loads(told.facts)
    missing: list[Named] = []
    if not told.kind:
        missing.append(("kind", "发生了什么", "What happened"))
    if not facts.get("started_on"):
        missing.append(("started_on", "日期", "When it was"))
    if told.kind == "inpatient" and not facts.get("ended_on"):
        missing.append(("ended_on", "出院日期", "Day of discharge"))
    if not (told.payee_name and told.account_number and told.bank_name):
        missing.append(("payee", "收款账户", "Account to be paid to"))
    have = set(ClaimPaper.objects.filter(claim=claim, removed_at=None).values_list("word", flat=True))
    wanted = checklist_of(claim=claim) if told.kind else []
    missing += [paper.named for paper in wanted if paper.needed and paper.word not in have]
    missing += _asked_again(claim, have)
    if claim.source == Source.MEMBER or signs_by_phone(claim=claim):
        missing += _consents(claim)
    return missing


def _asked_again(claim: Claim, have: set[str]) -> Sequence[Named]:
    """Of what the office asked for, papers of which nothing was handed in since."""
    asked = claim.returns.filter(answered_at=None).order_by("-id").first()
    if asked is None:
        return []
    since = set(
        ClaimPaper.objects.filter(claim=claim, removed_at=None, at__gte=asked.at).values_list("word", flat=True)
    )
    return [ALL[word].named for word in asked.words if word in ALL and word not in since and word in have]


def _consents(claim: Claim) -> Sequence[Named]:
    given = agreed_of(claim=claim)
    names = {
        Purpose.CLAIM_HEALTH_DATA: ("consent_health", "同意使用医疗健康信息", "Consent to the use of health data"),
        Purpose.BANK_ACCOUNT: ("consent_bank", "同意使用银行账户收款", "Consent to the use of your account"),
    }
    missing: list[Named] = [named for purpose, named in names.items() if purpose not in given]
    have = ClaimPaper.objects.filter(claim=claim, removed_at=None, word="signature").exists()
    return missing if have else [*missing, ("signature", "签名", "Your signature")]


def agreed_of(*, claim: Claim) -> dict[Purpose, str]:
    """To which version of what was agreed for a claim: by the member, for all claims; by next of kin who sign by telephone, for
    this one."""
    if signs_by_phone(claim=claim):
        told = json.loads(claim.particulars.applicant or "{}").get("agreed", {})
        return {Purpose(purpose): version for purpose, version in told.items()}
    given = consents_of(member=claim.member)
    return {purpose: one.version for purpose, one in given.items() if one.given}
