"""A named person of an office looks at what next of kin told and proved: they may act, prove it better, or may not; and how it
ends."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction

from benefit_engine.calendars import add_months
from mutualaid.claims import telling
from mutualaid.claims.actions.reviewing import withdraw_claim
from mutualaid.claims.models import Claim, Ended, Kinship
from mutualaid.claims.refusals import NoReason, NotYours, Refused
from mutualaid.claims.states import KINSHIP
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Member, Staff

ANSWER_MOST = 300
NO = {
    "unproven": (
        "所填信息和材料不足以证明可以代办",
        "What was told and handed in does not prove that you may act",
    ),
    "unauthorised": (
        "委托书或监护文书不符合要求",
        "The written authority or the appointment as guardian is not sufficient",
    ),
    "untrue": ("材料与原件或登记不一致", "The papers differ from the originals or the registers"),
}
"""Why somebody may not act, in words that say nothing of whether there is such a member."""


class Unknown(Refused):
    """Nobody of that name and number is a member."""


@transaction.atomic
def accept_kinship(*, kinship: Kinship, by: Actor, at: datetime.datetime) -> Kinship:
    """It is proven: they may begin claims for the member for the months of the installation. The member is told, unless they
    died. Raises NotYours, Unknown, Refused (they act for the member already), IllegalMove."""
    with within([EVERYTHING]):
        row = Kinship.objects.select_for_update(no_key=True, of=("self",)).select_related("member").get(pk=kinship.pk)
        staff = _staff(row, by)
        if row.member is None:
            raise Unknown(
                "没有姓名和证件号码都相符的会员，不能通过；请对照材料，退回请其核对，或不予通过",
                "no member has that name and number; compare the papers, ask for a correction, or refuse",
            )
        if Kinship.objects.filter(account=row.account_id, member=row.member_id, state="accepted").exists():
            raise Refused(
                "此人应还不能为该会员代办，已有一份有效的；请不予通过这一份",
                "expected them not to act for this member yet, found that they do; refuse this request",
            )
        expires = add_months(day_of(at), settings.KIN_MONTHS)
        moved = make(
            row, KINSHIP, "accept_kinship", by=by, at=at,
            also={**_checked(staff, by, at), "answer": None, "expires_on": expires}, member=row.member_id,
        )  # fmt: skip
        telling.kin_accepted(kinship=moved, by=by, at=at)
    return moved


@transaction.atomic
def return_kinship(*, kinship: Kinship, text: str, by: Actor, at: datetime.datetime) -> Kinship:
    """Better papers, or another look at what was told. ``text``: what to do, for who asks; it says nothing of whether there is
    such a member. Raises NotYours, NoReason, IllegalMove."""
    if not text.strip():
        raise NoReason("应写明请其补什么；请填写后再提交", "say what is to be mended")
    with within([EVERYTHING]):
        also = {**_checked(_staff(kinship, by), by, at), "answer": text.strip()[:ANSWER_MOST]}
        moved = make(kinship, KINSHIP, "return_kinship", by=by, at=at, also=also)
        telling.kin_answered(kinship=moved, template="kin_returned", by=by, at=at)
    return moved


@transaction.atomic
def refuse_kinship(*, kinship: Kinship, reason: str, by: Actor, at: datetime.datetime) -> Kinship:
    """They may not act. ``reason``: a word of ``NO``. Raises NotYours, NoReason, IllegalMove."""
    if reason not in NO:
        raise NoReason("应选择一个原因；请选择后再提交", "choose one of the reasons")
    with within([EVERYTHING]):
        also = {**_checked(_staff(kinship, by), by, at), "answer": reason}
        moved = make(kinship, KINSHIP, "refuse_kinship", by=by, at=at, also=also, reason=reason)
        telling.kin_answered(kinship=moved, template="kin_refused", by=by, at=at)
    return moved


@transaction.atomic
def end_kinship(*, kinship: Kinship, why: Ended, by: Actor, at: datetime.datetime) -> Kinship:
    """They act no longer: nothing that they filed is shown to them any more, and what they only began to write is thrown away.
    Claims that were filed go on. Raises IllegalMove."""
    with within([EVERYTHING]):
        moved = make(
            kinship, KINSHIP, "end_kinship", by=by, at=at, also={"ended_why": why, "ended_at": at}, why=why.value
        )
        for claim in Claim.objects.filter(by_kin__kinship=moved, state="draft").order_by("id"):
            withdraw_claim(claim=claim, by=by, at=at)
        telling.kin_ended(kinship=moved, by=by, at=at)
    return moved


def hand_over_kinships(*, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> int:
    """Who acts for the double acts for the member; of two standings of one account the older one ends. How many. A part of
    ``merging``, under its locks."""
    rows = list(Kinship.objects.filter(member=merged).order_by("id"))
    for row in rows:
        both = Kinship.objects.filter(account=row.account_id, member=kept, state="accepted")
        if row.state == "accepted" and both.exists():
            row = make(row, KINSHIP, "end_kinship", by=by, at=at, also={"ended_why": Ended.STAFF, "ended_at": at})
        row.member = kept
        row.save(update_fields=["member"])
        record(what="hand_over_kinship", row=row, by=by, at=at, member=kept.pk)
    return len(rows)


def _checked(staff: Staff, by: Actor, at: datetime.datetime) -> dict[str, object]:
    return {"checked_by": by.key, "checked_name": staff.name, "checked_at": at}


def _staff(kinship: Kinship, by: Actor) -> Staff:
    """Who of the staff answers: neither who asks nor the member. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由经办机构的工作人员办理", "expected somebody of an office to do it")
    own = Member.objects.filter(account=found.account_id).values_list("pk", flat=True).first()
    if found.account_id == kinship.account_id or (own is not None and own == kinship.member_id):
        raise NotYours(
            "不能核对涉及本人的代办；请交由他人办理", "nobody answers what concerns themselves; leave it to another"
        )
    return found
