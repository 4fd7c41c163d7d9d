"""Next of kin begin a claim for the member for whom they act, with what they proved."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.claims.actions.drafting import add_pages, begin_claim
from mutualaid.claims.kinship import proofs_of
from mutualaid.claims.models import Claim, KinClaim, Kinship, Relation, Source
from mutualaid.claims.refusals import Refused
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Account, Member

PROVES = {
    "kinship": "kinship",
    "guardianship": "kinship",
    "written_authority": "kinship",
    "unable": "other",
    "death": "death",
    "kin_identity": "identity",
    "member_identity": "identity",
}
"""As which paper of a claim's checklist a page that proved the kinship is filed with it."""


class NotActing(Refused):
    """They do not act for the member, or no longer."""


@transaction.atomic
def begin_kin_claim(*, kinship: Kinship, kind: str, by: Actor, at: datetime.datetime) -> Claim:
    """A draft of a claim by next of kin, as at the counter: who files is told by what they proved, and the pages that the office
    accepted are filed with it, so that its reviewer sees them. A draft of that kind of which nothing else is told is used
    again. Raises NotActing, NotCovered, TooMany, FactsFaulty."""
    with within([EVERYTHING]):
        locked = Kinship.objects.select_for_update(no_key=True, of=("self",)).select_related("member", "account")
        row = locked.get(pk=kinship.pk)
        if row.state != "accepted" or row.member is None or row.expires_on is None or row.expires_on <= day_of(at):
            raise NotActing(
                "应有有效的代办资格，已到期或已终止；请重新提出代办申请",
                "expected that you act for the member, found that it is over; ask for it again",
            )
        drafts = Claim.objects.filter(by_kin__kinship=row, state="draft", particulars__kind=kind)
        empty = drafts.filter(particulars__started_on=None, particulars__payee_name="").order_by("id").first()
        if empty is not None:
            return empty
        claim = begin_claim(
            member=row.member, source=Source.KIN, kind=kind, applicant=_applicant(row, row.account), by=by, at=at
        )
        KinClaim.objects.create(claim=claim, kinship=row)
        record(what="begin_kin_claim", row=claim, by=by, at=at, kinship=row.number)
        for proof in proofs_of(kinship=row):
            word = PROVES.get(proof.paper.word)
            files = [(page.file.name, papers.read(page.file)) for page in proof.pages]
            if word and files and (word != "death" or kind == "death"):
                add_pages(claim=claim, word=word, files=files, by=by, at=at)
    return claim


def _applicant(row: Kinship, account: Account) -> dict[str, str]:
    return {
        "name": row.name,
        "relation": Relation(row.relation).label,
        "identity_kind": row.identity_kind,
        "identity_number": row.identity_number,
        "phone": account.phone or Member.objects.filter(account=account).values_list("phone", flat=True).first() or "",
    }
