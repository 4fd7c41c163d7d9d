"""Too much was paid, and something comes back: by the bank, which could not pay it after all, by itself; by the member, as two
persons of finance see in the money that came in."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.claims import telling
from mutualaid.claims.actions.settling import settle, take_stock
from mutualaid.claims.assessing import latest, lock_member
from mutualaid.claims.models import Claim, RepaidPart, Repayment, Settlement
from mutualaid.claims.overpaid import book_of, came_back, of_claim, owed_back
from mutualaid.claims.parts import parts_of_assessment
from mutualaid.claims.refusals import Refused
from mutualaid.claims.states import DECIDED, REPAYMENT
from mutualaid.contributions.actions.settling import give_back
from mutualaid.contributions.locking import AlreadyUsed
from mutualaid.contributions.models import Payment
from mutualaid.contributions.queries import payments_waiting
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.core.moves import IllegalMove, make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.ledger.benefits import BenefitShare, post_repayment
from mutualaid.ledger.models import Book
from mutualaid.notices.actions import notify_office
from mutualaid.payouts.persons import SamePerson, person_of
from mutualaid.payouts.refusals import said
from mutualaid.people.models import RoleName


class NothingToReturn(Refused):
    """The member does not owe so much, or nothing any more."""


class OtherAccount(Refused):
    """The money came in on another dedicated account than the one that paid the claim."""


class AskedAlready(Refused):
    """Something that came in for the claim waits for confirmation."""


def set_off_return(*, claim: Claim, by: Actor, at: datetime.datetime) -> Settlement | None:
    """The bank could not pay, or got back, what was too much: so much less is to be returned, and what is still due is ordered
    again (to another account, once the member names one). None where nothing came back, or nothing is too much.

    Raises NoPayee, NoFund.
    """
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        row = Claim.objects.select_related("particulars", "member", "employer").get(pk=claim.pk)
        stands = latest(claim=row)
        if stands is None or row.state not in DECIDED or not came_back(among=Claim.objects.filter(pk=row.pk)).exists():
            return None
        parts = parts_of_assessment(stands) if row.counts else []
        made = settle(claim=row, number=stands.round, parts=parts, by=by, at=at)
        told = {"owed": str(made.overpaid_amount), "ordered": str(made.ordered_amount)}
        record(what="set_off_return", row=row, by=by, at=at, **told)
        telling.return_set_off(claim=row, ordered=made.ordered_amount, owed=made.overpaid_amount, by=by, at=at)
    return made


def ask_repayment(*, claim: Claim, payment: Payment, by: Actor, at: datetime.datetime) -> Repayment:
    """A person of finance says that money which waits as 暂收款 is what a member gives back of a claim that was paid too much;
    the whole of it, and not more than is to be returned. Nothing is booked before another has confirmed it.

    Raises NotAPerson, AskedAlready, AlreadyUsed, OtherAccount, NothingToReturn.
    """
    asked_by = person_of(by)
    with within([EVERYTHING]):
        lock_member(member_id=claim.member_id)
        payment = Payment.objects.select_for_update(no_key=True, of=("self",)).get(pk=payment.pk)
        if Repayment.objects.filter(claim=claim, state="open").exists():
            raise AskedAlready(
                f"{claim.number} 应没有待复核的退回款，已有一笔；请先复核或退回那一笔",
                f"expected nothing given back for {claim.number} to wait for confirmation, something does; decide on it first",
            )
        if Repayment.objects.filter(payment=payment).exclude(state="refused").exists():
            raise AlreadyUsed(
                "该笔款项应尚未用于退回互助金，已登记过；请刷新后再看",
                "expected money that was not named for a claim yet, it was; look again",
            )
        _expect_owed(claim, payment)
        made = Repayment.objects.create(
            claim=claim, payment=payment, amount=payment.amount, asked_by=asked_by, asked_at=at
        )
        record(what="ask_repayment", row=made, by=by, at=at, claim=claim.number, amount=str(made.amount))
        notify_office(
            unit=payment.fund.unit,
            roles=[RoleName.FINANCE],
            besides=[by.key],
            template="repayment_to_confirm",
            words={"number": claim.number, "amount": shown(made.amount)},
            link=f"/workbench/payouts/overpayments/{claim.number}",
            by=by,
            at=at,
        )
    return made


def confirm_repayment(*, repayment: Repayment, by: Actor, at: datetime.datetime) -> Repayment:
    """Another person has compared it with the bank's line: 暂收款 is set off against what the member had to return, by the plans
    that paid too much, and the member is told.

    Raises NotAPerson, SamePerson, IllegalMove, AlreadyUsed, OtherAccount, NothingToReturn.
    """
    decided_by = person_of(by)
    if repayment.asked_by_id == decided_by.pk:
        raise SamePerson(
            "退回款应由登记人以外的财务人员复核，您是登记人；请交由另一位财务人员对照银行流水复核",
            "expected somebody other than who entered it, you entered it; have another person of finance compare it with the "
            "bank's line",
        )
    with within([EVERYTHING]):
        lock_member(member_id=repayment.claim.member_id)
        found = Repayment.objects.select_related("claim__member", "payment__fund").get(pk=repayment.pk)
        claim, payment = found.claim, found.payment
        if found.state != "open":
            raise IllegalMove(found, REPAYMENT, "confirm_repayment", found.state)
        _expect_owed(claim, payment)
        give_back(payment=payment, reference=claim.number, by=by, at=at)
        also = {"decided_by": decided_by, "decided_at": at}
        found = make(found, REPAYMENT, "confirm_repayment", by=by, at=at, also=also, claim=claim.number)
        shares = _borne(claim, found.amount)
        RepaidPart.objects.bulk_create(
            RepaidPart(
                repayment=found,
                plan=one.plan,
                period_from_on=one.period.from_on,
                period_until_on=one.period.until_on,
                amount=one.amount,
            )
            for one in shares
        )
        book = Book(pk=payment.fund.book_id)
        post_repayment(book=book, subject=subject_of(found), shares=shares, on=day_of(at), by=by, at=at)
        stock = take_stock(claim=claim, by=by, at=at)
        owed = stock.overpaid_amount if stock is not None else Decimal(0)
        telling.gave_back(claim=claim, amount=found.amount, owed=owed, by=by, at=at)
    return found


def refuse_repayment(*, repayment: Repayment, remark: str, by: Actor, at: datetime.datetime) -> Repayment:
    """The money is for something else, or it was entered by mistake; it waits as 暂收款 as before. Whoever entered it may say so,
    too. Raises NotAPerson, NoReason, IllegalMove."""
    decided_by, remark = person_of(by), said(remark)
    with within([EVERYTHING]):
        also = {"decided_by": decided_by, "decided_at": at, "remark": remark}
        return make(repayment, REPAYMENT, "refuse_repayment", by=by, at=at, also=also)


def _expect_owed(claim: Claim, payment: Payment) -> None:
    """Raises AlreadyUsed, OtherAccount, NothingToReturn."""
    if not payments_waiting(among=Payment.objects.filter(pk=payment.pk)).exists():
        raise AlreadyUsed(
            "该笔款项应仍在暂收款中，已另有用途；请刷新后再看",
            "expected the money to wait unmatched, it is for something else by now; look again",
        )
    if payment.fund.book_id != book_of(claim=claim):
        raise OtherAccount(
            f"{claim.number} 的互助金由另一专户支付，退回款应进入该专户；请由该专户的财务处理",
            f"expected money on the account that paid {claim.number}, found it on another; have that account's finance deal with "
            "it",
        )
    owed = min(of_claim(claim=claim).over, sum(owed_back(claim=claim).values(), Decimal(0)))
    if payment.amount > owed:
        raise NothingToReturn(
            f"退回款应不超过 {claim.number} 的应退互助金 {shown(owed)} 元，得到 {shown(payment.amount)} 元；"
            "请核对申请编号，多退的整笔留在暂收款",
            f"expected at most the {shown(owed)} yuan that {claim.number} has to return, found {shown(payment.amount)}; check "
            "the claim's number, more than is owed stays unmatched as a whole",
        )


def _borne(claim: Claim, amount: Decimal) -> list[BenefitShare]:
    """To which plans and terms it goes, in their order, each as far as it is owed."""
    shares = []
    for (plan, period), owed in sorted(owed_back(claim=claim).items()):
        part = min(owed, amount)
        if part > 0:
            amount -= part
            shares.append(BenefitShare(plan, period, part))
    return shares
