"""Whom claims tell what: members by notice and short message, programs by webhook, offices whose turn it is. Texts stand in
``notices.templates``; nothing here says an illness."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from benefit_engine.labels import KIND_LABELS
from mutualaid.claims.access import CHECK_KIN, FINAL_REVIEW, FIRST_REVIEW, FOR_EMPLOYER
from mutualaid.claims.checklist import ALL
from mutualaid.claims.kinship import kinship_of, kinships_of_claims
from mutualaid.claims.models import Claim, Kinship, PapersWanted, RuleProposal, Why
from mutualaid.claims.promises import DAYS
from mutualaid.claims.words import kind_in_words
from mutualaid.core.actors import Actor
from mutualaid.core.money import shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.notices.actions import notify, notify_clerks, notify_member, notify_office
from mutualaid.notices.actions.webhooks import announce
from mutualaid.people.models import Account, Member, Staff


def filed(*, claim: Claim, kind: str, by: Actor, at: datetime.datetime) -> None:
    """It is filed."""
    english = kind_in_words(kind=kind, lang="en").lower()
    words = {"number": claim.number, "what": KIND_LABELS.get(kind, kind), "what_en": english}
    _tell(claim, "claim_filed", words, by, at)
    _announce(claim, "claim.filed", {}, by, at)


def asked_employer(*, claim: Claim, by: Actor, at: datetime.datetime) -> int:
    """The employer's clerks are asked whether the person was their member; how many there are."""
    return notify_clerks(
        employer=claim.employer,
        template="employer_asked_to_confirm",
        words={"number": claim.number, "days": DAYS},
        link="/employers/confirmations",
        by=by,
        at=at,
    )


def asked_office(*, claim: Claim, by: Actor, at: datetime.datetime) -> None:
    """Nobody answers for the employer: the office is asked to find out."""
    words, link = {"number": claim.number}, f"/workbench/claims/{claim.number}"
    notify_office(
        unit=claim.office, roles=FOR_EMPLOYER, template="office_asked_to_confirm", words=words, link=link, by=by, at=at
    )


def asked_for_review(*, claim: Claim, besides: Sequence[str], by: Actor, at: datetime.datetime) -> None:
    """The member wants a person to look again: the nearest reviewers who had no part in it are told."""
    words, link = {"number": claim.number}, f"/workbench/reviews/{claim.number}/objection"
    notify_office(
        unit=claim.office, roles=FIRST_REVIEW, besides=besides, template="review_asked", words=words, link=link,
        by=by, at=at,
    )  # fmt: skip


def rule_proposed(*, proposal: RuleProposal, by: Actor, at: datetime.datetime) -> None:
    """A change of an office's rules waits for a second person."""
    words = {"number": proposal.number, "office": proposal.office.name}
    notify_office(
        unit=proposal.office, roles=FINAL_REVIEW, besides=[by.key], template="rule_proposed", words=words,
        link=f"/workbench/review-rules?office={proposal.office.code}", by=by, at=at,
    )  # fmt: skip


def decided(*, claim: Claim, amount: Decimal, by: Actor, at: datetime.datetime) -> None:
    """It is approved or refused."""
    if claim.state == "approved":
        _tell(claim, "claim_approved", {"number": claim.number, "amount": shown(amount)}, by, at)
    else:
        _tell(claim, "claim_refused", {"number": claim.number}, by, at)
    _announce(claim, "claim.decided", {"amount": str(amount)}, by, at)


def returned(*, claim: Claim, wanted: PapersWanted, by: Actor, at: datetime.datetime) -> None:
    """Papers are missing: all are named at once."""
    # What was written to the member may be of health: it is on the page behind the notice, and encrypted there.
    zh, en = (["申请页上写明的内容"], ["what is written on its page"]) if wanted.text else ([], [])
    words = {
        "number": claim.number,
        "papers": "、".join([*(ALL[word].zh for word in wanted.words), *zh]),
        "papers_en": "; ".join([*(ALL[word].en.lower() for word in wanted.words), *en]),
        "until": wanted.until_on.isoformat(),
    }
    _tell(claim, "claim_returned", words, by, at)
    _announce(claim, "claim.returned", {"until": wanted.until_on.isoformat()}, by, at)


def reminded(*, claim: Claim, wanted: PapersWanted, by: Actor, at: datetime.datetime) -> None:
    """The papers that are missing are waited for still."""
    _tell(claim, "claim_reminded", {"number": claim.number, "until": wanted.until_on.isoformat()}, by, at)


def handed_over(*, claim: Claim, to: Staff, by: Actor, at: datetime.datetime) -> None:
    """A colleague has it now."""
    words, link = {"number": claim.number}, f"/workbench/claims/{claim.number}"
    with within([EVERYTHING]):  # a colleague of another office
        account = Account.objects.get(pk=to.account_id)
    notify(account=account, portal="staff", template="claim_assigned", words=words, link=link, by=by, at=at)


def withdrawn(*, claim: Claim, by: Actor, at: datetime.datetime) -> None:
    """It was taken back."""
    _announce(claim, "claim.withdrawn", {}, by, at)


def reviewed(*, claim: Claim, by: Actor, at: datetime.datetime) -> None:
    """A human review is done."""
    _tell(claim, "review_closed", {"number": claim.number}, by, at)
    _announce(claim, "claim.decided", {"reviewed": True}, by, at)


def return_set_off(*, claim: Claim, ordered: Decimal, owed: Decimal, by: Actor, at: datetime.datetime) -> None:
    """Of money that came back, what was too much need not be returned; ``ordered`` is paid again, ``owed`` is still to be
    returned."""
    words = {"number": claim.number, "ordered": shown(ordered), "owed": shown(owed)}
    _tell(claim, "return_set_off", words, by, at)


def gave_back(*, claim: Claim, amount: Decimal, owed: Decimal, by: Actor, at: datetime.datetime) -> None:
    """What the member gave back came in; ``owed`` is still to be returned."""
    words = {"number": claim.number, "amount": shown(amount), "owed": shown(owed)}
    _tell(claim, "repayment_received", words, by, at)


def merged(*, kept: Member, former: str, by: Actor, at: datetime.datetime) -> None:
    """Two records of the member are one."""
    words = {"number": kept.number, "former": former}
    notify_member(member=kept, template="members_merged", words=words, link="/members/", by=by, at=at)


def cover_void(*, cover: Cover, member: Member, amount: Decimal, by: Actor, at: datetime.datetime) -> None:
    """A cover is void since the person had another one for the same days: the member hears of it, and the employer's clerks.
    ``amount``: what is given back, in yuan."""
    words = {"number": cover.number, "plan": cover.version.name_zh, "amount": shown(amount)}
    notify_member(member=member, template="cover_void", words=words, link="/members/covers", by=by, at=at)
    notify_clerks(
        employer=cover.employer, template="cover_void", words=words, link="/employers/enrolments", by=by, at=at
    )


def _tell(claim: Claim, template: str, words: Mapping[str, object], by: Actor, at: datetime.datetime) -> None:
    link = f"/members/claims/{claim.number}"
    kinship = kinship_of(claim=claim)
    if kinship is not None and kinship.state == "accepted":
        account: Account = kinship.account
        notify(account=account, portal="member", template=template, words=words, link=link, by=by, at=at)
    if kinship is None or kinship.why != Why.DECEASED:
        notify_member(member=claim.member, template=template, words=words, link=link, by=by, at=at)


def readers(references: Sequence[str]) -> dict[str, tuple[Account | None, bool]]:
    """For payouts: of claims, by their numbers, that next of kin filed by telephone: whom to tell of the money besides the member
    (None once they act no longer), and whether the member is to be told."""
    found = kinships_of_claims(numbers=references)
    return {
        number: (one.account if one.state == "accepted" else None, one.why != Why.DECEASED)
        for number, one in found.items()
    }


# --- next of kin ------------------------------------------------------------------------------------------------------


def kin_asked(*, kinship: Kinship, by: Actor, at: datetime.datetime) -> None:
    """Somebody asks to act for a member: the office looks at the proof."""
    words, link = {"number": kinship.number}, f"/workbench/kin/{kinship.number}"
    notify_office(
        unit=kinship.office, roles=CHECK_KIN, besides=[str(kinship.account_id)], template="kin_to_check", words=words,
        link=link, by=by, at=at,
    )  # fmt: skip


def kin_accepted(*, kinship: Kinship, by: Actor, at: datetime.datetime) -> None:
    """They may act; the member hears of it, unless they died."""
    kin_answered(kinship=kinship, template="kin_accepted", by=by, at=at)
    _tell_member(kinship, "kin_acts_for_you", by, at)


def kin_answered(*, kinship: Kinship, template: str, by: Actor, at: datetime.datetime) -> None:
    """What an office answered stands on the page behind the notice."""
    words, link = {"number": kinship.number}, f"/members/kin/{kinship.number}"
    account = Account.objects.get(pk=kinship.account_id)
    notify(account=account, portal="member", template=template, words=words, link=link, by=by, at=at)


def kin_ended(*, kinship: Kinship, by: Actor, at: datetime.datetime) -> None:
    """They act no longer."""
    kin_answered(kinship=kinship, template="kin_ended", by=by, at=at)
    _tell_member(kinship, "kin_acts_no_longer", by, at)


def _tell_member(kinship: Kinship, template: str, by: Actor, at: datetime.datetime) -> None:
    if kinship.member is not None and kinship.why != Why.DECEASED:
        words = {"number": kinship.number}
        notify_member(member=kinship.member, template=template, words=words, link="/members/kin", by=by, at=at)


def _announce(claim: Claim, event: str, facts: dict[str, Any], by: Actor, at: datetime.datetime) -> None:
    # Its employer's own programs are told the state alone.
    told, sealed = {"number": claim.number, "state": claim.state, **facts}, list(facts)
    announce(event=event, unit_path=claim.unit_path, subject=claim.number, facts=told, sealed=sealed, by=by, at=at)
