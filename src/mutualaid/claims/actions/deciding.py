"""A claim is decided: what it uses up is final, its benefits are ordered to be paid and booked, the member is told, the letter is
asked for."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from mutualaid.claims import telling
from mutualaid.claims.assessing import ask_for_letter, latest, step
from mutualaid.claims.history import Computed
from mutualaid.claims.models import Assessment, Claim, Particulars, SetOff, Settlement, Step
from mutualaid.claims.parts import Parts, parts_of, parts_of_assessment
from mutualaid.claims.queries import set_off_sum
from mutualaid.claims.refusals import Refused
from mutualaid.claims.states import CLAIM, DECIDED
from mutualaid.contributions.queries import fund_above
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.ledger.benefits import BenefitShare, post_overpaid
from mutualaid.ledger.chart import BENEFITS_BACK
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book
from mutualaid.ledger.queries import held_for
from mutualaid.payouts.actions.orders import order_payment, stop_order
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.queries import money_of, not_left, ordered_for


class NoPayee(Refused):
    """Money is due, and it is not known to whom."""


class NoFund(Refused):
    """No office above the employer has an account from which to pay."""


def finish(
    *,
    claim: Claim,
    assessment: Assessment,
    found: Computed | None,
    particulars: Particulars | None = None,
    by: Actor,
    at: datetime.datetime,
) -> None:
    """A claim has just been approved or refused by the rules: see the module. ``found``, ``particulars``: the computation, and
    what the claim tells, where they are at hand as they now stand. Under the member's lock. Raises NoPayee, NoFund."""
    step(claim=claim, number=assessment.round, to=Step.FINAL, at=at)
    if (claim.decided_at, claim.due_on) != (at, None):
        claim.decided_at = at
        claim.due_on = None
        claim.save(update_fields=["decided_at", "due_on"])
    if claim.state == "approved" and assessment.total_amount:
        parts = parts_of(found) if found is not None else parts_of_assessment(assessment)
        pay(claim=claim, parts=parts, particulars=particulars, by=by, at=at)
    ask_for_letter(claim=claim, number=assessment.round)
    telling.decided(claim=claim, amount=assessment.total_amount, by=by, at=at)


def pay(
    *, claim: Claim, parts: Parts, particulars: Particulars | None = None, by: Actor, at: datetime.datetime
) -> PaymentOrder:
    """Order the payment of benefits, by plan and term; ``particulars`` as ``finish`` has them. Raises NoPayee, NoFund."""
    payee = particulars or Particulars.objects.get(claim=claim)
    if not payee.account_number or not payee.payee_name:
        raise NoPayee(
            f"申请 {claim.number} 应有收款人和银行账号，尚未填写；请先补全收款账户再核准",
            f"expected a payee and an account for claim {claim.number}, found none; complete them before approving",
        )
    fund = fund_above(path=claim.unit_path)
    if fund is None:
        raise NoFund(
            "单位上级办事机构应有互助专户，没有找到；请先由财务登记专户",
            "expected an office above the employer with a dedicated account, found none; have finance register one",
        )
    sums: dict[tuple[str, Period], Decimal] = defaultdict(Decimal)
    for plan, period, amount in parts:
        sums[plan, period] += amount
    shares = [BenefitShare(plan, period, amount) for (plan, period), amount in sums.items() if amount]
    return order_payment(
        reference=claim.number,
        subject=subject_of(claim),
        fund=fund,
        member=claim.member,
        unit_path=claim.unit_path,
        payee_name=payee.payee_name,
        account_number=payee.account_number,
        bank_name=payee.bank_name,
        bank_code=payee.bank_code,
        amount=sum((share.amount for share in shares), Decimal(0)),
        shares=shares,
        by=by,
        at=at,
        on=day_of(at),
    )


def _beyond(parts: Parts, ordered: Mapping[tuple[str, Period], Decimal]) -> dict[tuple[str, Period], Decimal]:
    """By plan and term, how much more (or, negative, less) a computation comes to than what was ordered to be paid before."""
    change: dict[tuple[str, Period], Decimal] = defaultdict(Decimal)
    for plan, period, amount in parts:
        change[plan, period] += amount
    for key, amount in ordered.items():
        change[key] -= amount
    return {key: amount for key, amount in change.items() if amount}


Changes = dict[tuple[str, Period], Decimal]


def _change(claim: Claim, parts: Parts, by: Actor, at: datetime.datetime) -> Changes:
    """By plan and term, what it comes to beyond what was ordered and counts for it; where that is less, orders that have not left
    are stopped before."""
    parts = list(parts)
    change = _beyond(parts, _ordered(claim))
    if sum(change.values(), Decimal(0)) < 0:
        for order in not_left(reference=claim.number):
            stop_order(order=order, reason="复核后金额减少，改按新决定支付", by=by, at=at)
        change = _beyond(parts, _ordered(claim))
    return change


def _ordered(claim: Claim) -> Mapping[tuple[str, Period], Decimal]:
    """What was ordered for a claim and not stopped, with what counts for it of another's, and without what counts for another."""
    ordered = ordered_for(reference=claim.number)
    rows = SetOff.objects.filter(claim=claim).order_by("id")
    for plan, start, until, amount in rows.values_list("plan", "period_from_on", "period_until_on", "amount"):
        key = plan, Period(start, until)
        ordered[key] = ordered.get(key, Decimal(0)) + amount
    return ordered


def settle_together(*, found: Sequence[tuple[Claim, int, Computed]], by: Actor, at: datetime.datetime) -> None:
    """Decided claims of a member that change together, with the rounds by which they do: what was ordered for those that come to
    less counts for those that come to more, of the same plan and term first; only what is more in all is ordered, and what is too
    much in all is the member's to return. Under the member's lock. Raises NoPayee, NoFund."""
    changes = [(claim, _change(claim, parts_of(computed), by, at)) for claim, _, computed in found]
    spare = [(claim, change) for claim, change in changes if sum(change.values(), Decimal(0)) < 0]
    for claim, wants in changes:
        for giver, gives in spare:
            _count_for(giver, gives, claim, wants, at)
    for claim, number, computed in found:
        if claim.state == "refused" and computed.total:
            make(claim, CLAIM, "approve_after_review", by=by, at=at)
            claim.state = "approved"
        settle(claim=claim, number=number, parts=parts_of(computed), of_decision=True, by=by, at=at)


def _count_for(giver: Claim, gives: Changes, taker: Claim, wants: Changes, at: datetime.datetime) -> None:
    """As much of what one claim has too much as another has too little; both are told of it."""
    amount = min(-sum(gives.values(), Decimal(0)), sum(wants.values(), Decimal(0)))
    pairs = [(key, key) for key in wants if key in gives] + [(out, into) for out in gives for into in wants]
    for out, into in pairs:
        part = min(amount, -gives[out], wants[into])
        if part > 0:
            amount -= part
            gives[out] += part
            wants[into] -= part
            SetOff.objects.bulk_create([_row(giver, taker, out, -part, at), _row(taker, giver, into, part, at)])


def _row(claim: Claim, other: Claim, key: tuple[str, Period], amount: Decimal, at: datetime.datetime) -> SetOff:
    plan, period = key
    return SetOff(
        claim=claim,
        other=other,
        plan=plan,
        period_from_on=period.from_on,
        period_until_on=period.until_on,
        amount=amount,
        at=at,
    )


def settle(
    *, claim: Claim, number: int, parts: Parts, of_decision: bool = False, by: Actor, at: datetime.datetime
) -> Settlement:
    """A round of a decided claim is compared with all that was ordered for it (and counts for it) and not stopped; what it comes
    to beyond is ordered. Where it comes to less, orders that have not left, or came back, are stopped and the rest ordered. What
    is less in one plan is set off against what is more in another; an overpaid whole is the member's to return, and on the books.
    ``of_decision``: the round was just decided, and its letter says what becomes of the money."""
    parts = list(parts)
    change = _change(claim, parts, by, at)
    row = _settlement(claim, number, parts, at)
    row.of_decision = of_decision
    row.ordered_amount = max(sum(change.values(), Decimal(0)), Decimal(0))
    row.save(force_insert=True)
    _book_overpaid(claim, row, change, by, at)
    if not row.ordered_amount:
        return row
    if claim.state == "refused":
        make(claim, CLAIM, "approve_after_review", by=by, at=at)
        claim.state = "approved"
    rest = _set_off(change)
    pay(claim=claim, parts=[(plan, period, amount) for (plan, period), amount in rest.items()], by=by, at=at)
    return row


def take_stock(*, claim: Claim, by: Actor, at: datetime.datetime) -> Settlement | None:
    """Finance has stopped a payment of a claim: what the member had to return is less by it, and what stays unpaid is known as
    held. Nothing is ordered. None where nothing was decided yet."""
    stands = latest(claim=claim)
    if stands is None or claim.state not in DECIDED:
        return None
    parts = list(parts_of_assessment(stands)) if claim.counts else []
    change = _beyond(parts, _ordered(claim))
    row = _settlement(claim, stands.round, parts, at)
    row.held_amount = max(sum(change.values(), Decimal(0)), Decimal(0))
    row.save(force_insert=True)
    _book_overpaid(claim, row, change, by, at)
    return row


def _settlement(claim: Claim, number: int, parts: Parts, at: datetime.datetime) -> Settlement:
    money = money_of(reference=claim.number)
    entitled = sum((amount for _, _, amount in parts), Decimal(0))
    counted = set_off_sum(claim=claim)
    over = max(money.paid + money.open + counted - entitled, Decimal(0))
    return Settlement(
        claim=claim,
        round=number,
        at=at,
        of_decision=False,
        entitled_amount=entitled,
        paid_amount=money.paid,
        open_amount=money.open,
        set_off_amount=counted,
        overpaid_amount=over,
    )


def _set_off(change: Mapping[tuple[str, Period], Decimal]) -> dict[tuple[str, Period], Decimal]:
    """What is more in some plans, less what is less in others."""
    less = -sum((amount for amount in change.values() if amount < 0), Decimal(0))
    rest = {}
    for key, amount in change.items():
        if amount > 0:
            off = min(less, amount)
            less -= off
            if amount > off:
                rest[key] = amount - off
    return rest


def _book_overpaid(
    claim: Claim, row: Settlement, change: Mapping[tuple[str, Period], Decimal], by: Actor, at: datetime.datetime
) -> None:
    """What the member has to return, by plan and term, is on the books as it now is."""
    wanted = _set_off({key: -amount for key, amount in change.items()})
    subjects = [subject_of(one) for one in Settlement.objects.filter(claim=claim)]
    more = {key: -amount for key, amount in held_for(subjects=subjects, account=BENEFITS_BACK).items()}
    for key, amount in wanted.items():
        more[key] = more.get(key, Decimal(0)) + amount
    changes = [BenefitShare(plan, period, amount) for (plan, period), amount in more.items() if amount]
    if changes:
        fund = PaymentOrder.objects.filter(reference=claim.number).select_related("fund").latest("id").fund
        book = Book(pk=fund.book_id)
        post_overpaid(book=book, subject=subject_of(row), changes=changes, on=day_of(at), by=by, at=at)
