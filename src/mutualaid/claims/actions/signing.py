"""The member, or next of kin by their own telephone, agrees, signs and files, in one: what they agreed to, their signature and
the filing stand or fall together."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping

from django.utils import timezone

from mutualaid.claims.actions.drafting import SIGNATURE, WRITTEN, add_paper
from mutualaid.claims.actions.filing import file_claim
from mutualaid.claims.assessing import lock_member
from mutualaid.claims.checklist import signs_by_phone
from mutualaid.claims.models import Claim, ClaimPaper, Particulars
from mutualaid.claims.queries import signatory
from mutualaid.claims.refusals import Refused
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.documents import pdf
from mutualaid.core.pictures import is_whole_png
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.members import give_consent
from mutualaid.people.consents import current_text
from mutualaid.people.models import Purpose
from mutualaid.people.queries import consents_of

ASKED = (Purpose.CLAIM_HEALTH_DATA, Purpose.BANK_ACCOUNT)
"""What is agreed to for a claim, each by itself."""
DRAWN_LEAST, DRAWN_MOST = 200, 300_000
"""Bytes of a drawn signature; a picture with nothing on it has fewer."""

SIDE_MOST = 4000
"""Pixels of a side of it."""


class NotSigned(Refused):
    """There is no signature, or it is another's name."""


class Outdated(Refused):
    """What was agreed to is not the text that is asked today."""


def sign_and_file(
    *,
    claim: Claim,
    agreed: Mapping[Purpose, str],
    drawn: bytes = b"",
    typed: str = "",
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """A draft, or a claim returned for papers, is agreed to, signed and filed. ``agreed``: the versions of the texts of
    ``ASKED`` to which who signs says yes now; ``drawn``: the signature as PNG; ``typed``: their name in its stead. Next of kin
    agree and sign for themselves, in their own name; what they agree to holds for this claim.
    One that was filed already is given back as it is: sent twice, it is filed once.

    Raises NotSigned, Outdated, BadPage, and what ``file_claim`` raises.
    """
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)  # before the claim, as everybody does
        row = (
            Claim.objects.select_for_update(no_key=True, of=("self",))
            .select_related("member", "office")
            .get(pk=claim.pk)
        )
        if row.counts and row.state not in WRITTEN:
            return row
        for purpose, version in agreed.items():
            _agree(row, purpose, version, by, at)
        if drawn or typed:
            _sign(row, drawn, typed, by, at)
        return file_claim(claim=row, by=by, at=at)


def _agree(claim: Claim, purpose: Purpose, version: str, by: Actor, at: datetime.datetime) -> None:
    if purpose not in ASKED or version != current_text(purpose).version:
        raise Outdated(
            "应对照当前的授权文本作出选择；文本已更新，请重新阅读后再提交",
            "expected an answer to today's text, found one to another; read it again and file it then",
        )
    if signs_by_phone(claim=claim):
        _agree_as_kin(claim, purpose, version, by, at)
        return
    last = consents_of(member=claim.member).get(purpose)
    if last is None or not last.given or last.version != version:
        give_consent(member=claim.member, purpose=purpose, version=version, by=by, at=at)


def _agree_as_kin(claim: Claim, purpose: Purpose, version: str, by: Actor, at: datetime.datetime) -> None:
    told = Particulars.objects.get(claim=claim)
    applicant = json.loads(told.applicant or "{}")
    before = applicant.get("agreed", {})
    if before.get(purpose.value) == version:
        return
    applicant |= {"agreed": {**before, purpose.value: version}, "agreed_on": day_of(at).isoformat()}
    told.applicant = json.dumps(applicant, ensure_ascii=False)
    told.save(update_fields=["applicant"])
    record(what="agree_as_kin", row=claim, by=by, at=at, purpose=purpose.value, version=version)


def _sign(claim: Claim, drawn: bytes, typed: str, by: Actor, at: datetime.datetime) -> None:
    """The signature is a page of the claim; one that was there before is no longer."""
    if drawn and not (DRAWN_LEAST < len(drawn) < DRAWN_MOST and is_whole_png(drawn, side_most=SIDE_MOST)):
        raise NotSigned(
            "手写签名应清楚可辨；没有得到签名，请重新签写，或改为键入姓名",
            "expected a drawn signature, found none that can be read; sign again, or type your name instead",
        )
    if not drawn and typed.strip() != signatory(claim=claim)[0]:
        raise NotSigned(
            "键入的签名应与本人姓名一致；得到的不同，请核对",
            "expected your own name as it is registered, found another; check it",
        )
    ClaimPaper.objects.filter(claim=claim, word=SIGNATURE, removed_at=None).update(removed_at=at)
    content = drawn or _typed(claim, by, at)
    name = "signature.png" if drawn else "signature.pdf"
    add_paper(claim=claim, word=SIGNATURE, content=content, name=name, by=by, at=at)


def _typed(claim: Claim, by: Actor, at: datetime.datetime) -> bytes:
    """A page that says who typed their name, when, and as what they were signed in."""
    name, relation = signatory(claim=claim)
    here = f"{at.astimezone(timezone.get_current_timezone()):%Y-%m-%d %H:%M:%S %z}"
    facts = {"number": claim.number, "name": name, "at": here, "by": str(by)}
    facts["relation"] = f"代会员 {claim.member.name} 签名，与会员的关系：{relation}" if relation else ""
    return pdf("claims/signature", facts, on=day_of(at))
