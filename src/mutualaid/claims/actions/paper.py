"""A claim written from paper by somebody else than the member: at the counter, by the employer's clerk, for next of kin. What
one page of a form tells is written in one."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from mutualaid.claims.actions.drafting import WRITTEN, NotBeingWritten, add_paper, set_payee, write_event
from mutualaid.claims.actions.filing import Expense, Payee, file_claim
from mutualaid.claims.assessing import lock_member
from mutualaid.claims.checklist import FORM, MANDATE
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.refusals import Refused
from mutualaid.claims.states import CLAIM
from mutualaid.core.actors import Actor
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.members import give_consent
from mutualaid.people.consents import current_text
from mutualaid.people.models import Purpose
from mutualaid.people.queries import standing_consent

CONSENTS = (Purpose.CLAIM_HEALTH_DATA, Purpose.BANK_ACCOUNT)
"""What the signed form, or the mandate, agrees to."""


class NoMandate(Refused):
    """An employer writes nothing about a member's health before the member let it."""


class NoPages(Refused):
    """Nothing was chosen."""


@transaction.atomic
def write_from_paper(
    *,
    claim: Claim,
    facts: Mapping[str, Any],
    hospital: str,
    expenses: Sequence[Expense],
    payee: Payee | None,
    by: Actor,
    at: datetime.datetime,
) -> Claim:
    """All that a page of the form tells, in place of what was told before: the event, the bill, whom to pay (None: not told yet).
    Raises NoMandate, NotBeingWritten, FactsFaulty, TooMany, NotOwnCard, NotAContact."""
    _expect_mandate(claim)
    row = write_event(claim=claim, facts=facts, hospital=hospital, expenses=expenses, by=by, at=at)
    return row if payee is None else set_payee(claim=row, payee=payee, by=by, at=at)


@transaction.atomic
def add_pages(
    *, claim: Claim, word: str, pages: Sequence[tuple[str, bytes]], by: Actor, at: datetime.datetime
) -> list[ClaimPaper]:
    """Pages of one paper, each by the name of its file: all or none. Raises NoPages, NoMandate, NotBeingWritten, BadPage,
    TooMany."""
    if not pages:
        raise NoPages("应选择至少一个文件，未选择；请选择后上传", "expected one file or more, found none; choose some")
    if word != MANDATE.word:
        _expect_mandate(claim)
    return [add_paper(claim=claim, word=word, content=content, name=name, by=by, at=at) for name, content in pages]


@transaction.atomic
def file_from_paper(*, claim: Claim, by: Actor, at: datetime.datetime) -> Claim:
    """The claim is complete: the consents that were signed on paper are written down, and it is filed. Next of kin agree for
    themselves, on the form. Raises NoMandate, NotBeingWritten and what ``file_claim`` raises."""
    _expect_mandate(claim)
    signed = FORM.word if claim.source == Source.COUNTER else MANDATE.word
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)  # so that of two who file at once the second sees what the first did
        _expect_written(Claim.objects.get(pk=claim.pk))
        is_signed = ClaimPaper.objects.filter(claim=claim, word=signed, removed_at=None).exists()
        if claim.source != Source.KIN and is_signed:
            for purpose in CONSENTS:
                if standing_consent(member=claim.member, purpose=purpose) is None:
                    version = current_text(purpose).version
                    give_consent(member=claim.member, purpose=purpose, version=version, by=by, at=at)
        return file_claim(claim=claim, by=by, at=at)


def _expect_written(claim: Claim) -> None:
    """A claim as it was read is still written. Raises NotBeingWritten."""
    if claim.state not in WRITTEN:
        chinese, english = CLAIM.names[claim.state]
        raise NotBeingWritten(
            f"申请应在填写中或待补材料，现为“{chinese}”；已提交的内容不能再改，请看办理进度",
            f"expected a claim being written or waiting for papers, found it {english}; look how it stands",
        )


def _expect_mandate(claim: Claim) -> None:
    if claim.source != Source.EMPLOYER:
        return
    with within([EVERYTHING]):
        has = ClaimPaper.objects.filter(claim=claim, word=MANDATE.word, removed_at=None).exists()
    if not has:
        raise NoMandate(
            "单位代办应先上传职工签字的委托书，还没有上传；请打印委托书，职工签字后拍照上传",
            "expected the member's signed mandate first, found none; print it, have it signed and upload it",
        )
