"""Decision letters are issued, once for each computation that a decision rests on."""

from __future__ import annotations

import datetime

from mutualaid.claims.letters import KIND, letter_pdf
from mutualaid.claims.models import Claim, Letter
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.proofs.actions import issue_document


def issue_letter(*, claim: Claim, number: int, by: Actor, at: datetime.datetime) -> Letter:
    """The letter on a round of a decided claim: made, kept in the office's branch, and entered in the log. One that was issued
    already is given back. Raises NoComputation."""
    with within([EVERYTHING]):
        # Whoever issues holds the claim's row, so that two deliveries make one letter.
        Claim.objects.select_for_update(no_key=True, of=("self",)).get(pk=claim.pk)
        issued = Letter.objects.filter(claim=claim, round=number).select_related("file").first()
        if issued is not None:
            return issued
        held = Claim.objects.select_related("member", "employer__unit", "office").get(pk=claim.pk)
        content = letter_pdf(claim=held, number=number, lang="zh")
        file = papers.store(
            content=content,
            name=f"{claim.number}-{number}.pdf",
            kind="letter",
            media_type=papers.PDF,
            unit_path=held.office.path,
            ours=True,
            by=by,
            at=at,
        )
        letter = Letter.objects.create(claim=held, round=number, file=file, at=at)
        issue_document(kind=KIND, number=claim.number, row=letter, body=content, by=by, at=at, round=number)
    return letter
