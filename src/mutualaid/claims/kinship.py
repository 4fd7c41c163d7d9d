"""亲属代办: which papers prove a kinship, by relation and reason; in what states something may be done. Plain data and reads."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from mutualaid.claims.checklist import PaperWanted, signs_by_phone
from mutualaid.claims.models import Claim, KinClaim, KinPaper, Kinship, Relation, Why
from mutualaid.claims.states import LIVE
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within

WRITTEN = ("draft", "returned")
"""States in which who asks still tells and proves."""
WAITING = (*WRITTEN, "submitted")
"""Somebody still has to do something about it."""

_OWN = PaperWanted(
    "kin_identity", "代办人的身份证件", "Document of who files", "您本人的，正反两面", "Your own, both sides"
)
_MEMBER = PaperWanted(
    "member_identity", "会员的身份证件", "The member's identity document", "正反两面", "Both sides", needed=False
)
_REGISTER = PaperWanted(
    "kinship",
    "亲属关系证明",
    "Proof of kinship",
    "户口簿（两人都在的页）、结婚证、出生证明或公证书，一种即可",
    "Household register with both of you, marriage or birth certificate, or a notarial deed",
)
_MARRIAGE = PaperWanted(
    "kinship",
    "结婚证或户口簿",
    "Marriage certificate or household register",
    "结婚证有照片和登记日期的页，或户口簿上两人的页",
    "The pages with photograph and date, or those of both of you in the register",
)
_GUARDIAN = PaperWanted(
    "guardianship",
    "监护证明",
    "Proof of guardianship",
    "法院判决、居委会或村委会、民政部门的指定文书",
    "A judgment, or the appointment by the committee or the civil affairs office",
)
_DEATH = PaperWanted(
    "death", "死亡证明", "Death certificate", "由医院或公安机关出具", "From the hospital or the police"
)
_UNABLE = PaperWanted(
    "unable",
    "不能自己办理的证明",
    "Proof that the member is unable to act",
    "病危通知书、重症监护记录或诊断证明，一种即可",
    "Notice of critical illness, record of intensive care, or certificate of diagnosis",
)
_MANDATE = PaperWanted(
    "written_authority",
    "会员签字的委托书",
    "Written authority signed by the member",
    "写明委托谁、办什么事，有签名和日期",
    "Whom they let do what, with signature and date",
)
OTHER = PaperWanted("other", "其他材料", "Other papers", needed=False)
PAPERS = {one.word: one for one in (_OWN, _MEMBER, _REGISTER, _GUARDIAN, _DEATH, _UNABLE, _MANDATE, OTHER)}
"""Every paper by its word."""


def papers_of(*, relation: str, why: str) -> list[PaperWanted]:
    """What proves a kinship, in the order in which it is asked for. Who is no relative has the member's written authority."""
    found = [_OWN]
    if relation == Relation.GUARDIAN:
        found.append(_GUARDIAN)
    elif relation == Relation.SPOUSE:
        found.append(_MARRIAGE)
    elif relation != Relation.OTHER:
        found.append(_REGISTER)
    if why == Why.DECEASED:
        found.append(_DEATH)
    if why == Why.UNABLE:
        found.append(_UNABLE)
    if why == Why.MANDATE or relation == Relation.OTHER:
        found.append(_MANDATE)
    return [*found, _MEMBER, OTHER]


def possible(*, relation: str, why: str) -> bool:
    """Whether a relation and a reason go together: a written authority by somebody who died is none any more."""
    return not (relation == Relation.OTHER and why in (Why.DECEASED, Why.MINOR))


@dataclass(frozen=True)
class Proof:
    """A paper of the checklist with its pages."""

    paper: PaperWanted
    pages: list[KinPaper]

    @property
    def lacks(self) -> bool:
        """Whether it is needed and not there."""
        return self.paper.needed and not self.pages


def proofs_of(*, kinship: Kinship) -> list[Proof]:
    """The checklist of a kinship with the pages that were brought, whoever may see it; those of papers that are no longer asked
    for stand at the end. Two statements."""
    pages: dict[str, list[KinPaper]] = {}
    rows = list(KinPaper.objects.filter(kinship=kinship, removed_at=None).order_by("id"))
    with within([EVERYTHING], reads=True):
        files = StoredFile.objects.in_bulk([page.file_id for page in rows])
    for page in rows:
        page.file = files[page.file_id]
        pages.setdefault(page.word, []).append(page)
    listed = papers_of(relation=kinship.relation, why=kinship.why)
    words = {one.word for one in listed}
    rest = [PAPERS[word] for word in pages if word not in words and word in PAPERS]
    return [Proof(one, pages.get(one.word, [])) for one in [*listed, *rest]]


def kinship_of(*, claim: Claim) -> Kinship | None:
    """By which kinship a claim was filed; None for others. No statement for most."""
    if not signs_by_phone(claim=claim):
        return None
    with within([EVERYTHING], reads=True):
        found = KinClaim.objects.filter(claim=claim).select_related("kinship__account", "kinship__member").first()
    return None if found is None else found.kinship


def kinships_of_claims(*, numbers: Iterable[str]) -> dict[str, Kinship]:
    """Those of claims by their numbers."""
    with within([EVERYTHING], reads=True):
        rows = KinClaim.objects.filter(claim__number__in=list(numbers))
        return {row.claim.number: row.kinship for row in rows.select_related("claim", "kinship__account")}


def kinships_found(*, among: QuerySet[Kinship], text: str) -> QuerySet[Kinship]:
    """Requests by their number, or by the name of either person; all for an empty text."""
    wanted = text.strip()
    if not wanted:
        return among
    return among.filter(
        Q(number=wanted.upper()) | Q(name=wanted) | Q(told_name=wanted) | Q(member__number=wanted.upper())
    )


def waiting_to_check(*, among: QuerySet[Kinship]) -> QuerySet[Kinship]:
    """Those that wait for somebody of an office, the oldest first."""
    return among.filter(state="submitted").order_by("submitted_at", "id")


def to_expire(*, on: datetime.date) -> QuerySet[Kinship]:
    """Those whose time is over and by which no claim is under way."""
    over = Kinship.objects.filter(state="accepted", expires_on__lte=on)
    under_way = KinClaim.objects.filter(claim__state__in=LIVE).exclude(claim__state="draft")
    return over.exclude(pk__in=under_way.values("kinship")).order_by("id")
