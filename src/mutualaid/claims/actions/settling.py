"""A decided claim against its money: what is due beyond what was ordered is ordered, what has not left and is too much is
stopped, what was paid by one plan or for one claim counts for another, and what is too much in all is the member's to return.

On the books each plan then bears what is due by it, however it was paid (docs/rules/bookkeeping.md).
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from mutualaid.claims.actions.deciding import pay
from mutualaid.claims.assessing import latest
from mutualaid.claims.history import Computed
from mutualaid.claims.models import Claim, SetOff, Settlement
from mutualaid.claims.overpaid import Sums, book_of, repaid_of, settled_on
from mutualaid.claims.parts import Parts, parts_of, parts_of_assessment
from mutualaid.claims.queries import repaid_sum, set_off_sum
from mutualaid.claims.states import CLAIM, DECIDED
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.ledger.benefits import BenefitShare, post_set_off, post_settled
from mutualaid.ledger.chart import BENEFITS, BENEFITS_BACK
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book
from mutualaid.payouts.actions.orders import keep_here, stop_order
from mutualaid.payouts.queries import money_of, not_left, ordered_for


def settle(
    *, claim: Claim, number: int, parts: Parts, of_decision: bool = False, by: Actor, at: datetime.datetime
) -> Settlement:
    """A round of a decided claim is compared with all that was ordered for it (and counts for it) and not stopped; what it comes
    to beyond is ordered. Where it comes to less, orders that have not left, or came back, are stopped and the rest ordered. What
    is less in one plan is set off against what is more in another; an overpaid whole is the member's to return. ``of_decision``:
    the round was just decided, and its letter says what becomes of the money. Under the member's lock. Raises NoPayee, NoFund."""
    parts = list(parts)
    came_back = [order for order in not_left(reference=claim.number) if order.state in ("failed", "returned")]
    change = _change(claim, parts, by, at)
    row = _settlement(claim, number, parts, at)
    row.of_decision = of_decision
    row.ordered_amount = max(_sum(change), Decimal(0))
    row.save(force_insert=True)
    rest = _net(change)
    _book(claim, row, change, rest, by, at)
    if not rest:
        return row
    if claim.state == "refused":
        make(claim, CLAIM, "approve_after_review", by=by, at=at)
        claim.state = "approved"
    order = pay(claim=claim, parts=[(plan, period, amount) for (plan, period), amount in rest.items()], by=by, at=at)
    after = next((one for one in came_back if one.account_number == order.account_number), None)
    if after is not None:
        keep_here(order=order, after=after, by=by, at=at)
    return row


def settle_together(*, found: Sequence[tuple[Claim, int, Computed]], by: Actor, at: datetime.datetime) -> None:
    """Decided claims of a member that change together, with the rounds by which they do: what was ordered for those that come to
    less counts for those that come to more, of the same plan and term first; only what is more in all is ordered, and what is too
    much in all is the member's to return. What one dedicated account paid never counts for what another owes. Under the member's
    lock. Raises NoPayee, NoFund."""
    changes = [(claim, _change(claim, parts_of(computed), by, at)) for claim, _, computed in found]
    spare = [(claim, change) for claim, change in changes if _sum(change) < 0]
    for claim, wants in changes:
        for giver, gives in spare:
            if book_of(claim=giver) == book_of(claim=claim):
                _count_for(giver, gives, claim, wants, by, at)
    for claim, number, computed in found:
        if claim.state == "refused" and computed.total:
            make(claim, CLAIM, "approve_after_review", by=by, at=at)
            claim.state = "approved"
        settle(claim=claim, number=number, parts=parts_of(computed), of_decision=True, by=by, at=at)


def take_stock(*, claim: Claim, by: Actor, at: datetime.datetime) -> Settlement | None:
    """Something was done about the money of a claim, and the decision stands: finance stopped a payment, or ordered one again, or
    the member gave something back. What the member has to return, and what stays unpaid, is known as it now is. Nothing is
    ordered. None where nothing was decided yet."""
    stands = latest(claim=claim)
    if stands is None or claim.state not in DECIDED:
        return None
    parts = list(parts_of_assessment(stands)) if claim.counts else []
    change = _beyond(parts, _ordered(claim))
    row = _settlement(claim, stands.round, parts, at)
    row.held_amount = max(_sum(change), Decimal(0))
    row.save(force_insert=True)
    _book(claim, row, change, _net(change), by, at)
    return row


# --- what is due against what was ordered -----------------------------------------------------------------------------


def _change(claim: Claim, parts: Parts, by: Actor, at: datetime.datetime) -> Sums:
    """By plan and term, what it comes to beyond what was ordered and counts for it; where that is less, orders that have not left
    are stopped before."""
    parts = list(parts)
    change = _beyond(parts, _ordered(claim))
    if _sum(change) < 0:
        for order in not_left(reference=claim.number):
            stop_order(order=order, reason="复核后金额减少，改按新决定支付", by=by, at=at)
        change = _beyond(parts, _ordered(claim))
    return change


def _beyond(parts: Parts, ordered: Mapping[tuple[str, Period], Decimal]) -> Sums:
    """By plan and term, how much more (or, negative, less) a computation comes to than what was ordered to be paid before."""
    change: Sums = defaultdict(Decimal)
    for plan, period, amount in parts:
        change[plan, period] += amount
    for key, amount in ordered.items():
        change[key] -= amount
    return {key: amount for key, amount in change.items() if amount}


def _ordered(claim: Claim) -> Sums:
    """What was ordered for a claim and not stopped, with what counts for it of another's, and without what counts for another or
    was given back."""
    ordered = dict(ordered_for(reference=claim.number))
    rows = SetOff.objects.filter(claim=claim).order_by("id")
    for plan, start, until, amount in rows.values_list("plan", "period_from_on", "period_until_on", "amount"):
        key = plan, Period(start, until)
        ordered[key] = ordered.get(key, Decimal(0)) + amount
    for key, amount in repaid_of(claim=claim).items():
        ordered[key] = ordered.get(key, Decimal(0)) - amount
    return ordered


def _net(change: Mapping[tuple[str, Period], Decimal]) -> Sums:
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


def _sum(change: Mapping[tuple[str, Period], Decimal]) -> Decimal:
    return sum(change.values(), Decimal(0))


def _settlement(claim: Claim, number: int, parts: Parts, at: datetime.datetime) -> Settlement:
    money = money_of(reference=claim.number)
    entitled = sum((amount for _, _, amount in parts), Decimal(0))
    counted, repaid = set_off_sum(claim=claim), repaid_sum(claim=claim)
    return Settlement(
        claim=claim,
        round=number,
        at=at,
        of_decision=False,
        entitled_amount=entitled,
        paid_amount=money.paid,
        open_amount=money.open,
        set_off_amount=counted,
        repaid_amount=repaid,
        overpaid_amount=max(money.paid + money.open + counted - repaid - entitled, Decimal(0)),
    )


# --- from claim to claim ----------------------------------------------------------------------------------------------


def _count_for(giver: Claim, gives: Sums, taker: Claim, wants: Sums, by: Actor, at: datetime.datetime) -> None:
    """As much of what one claim has too much as another has too little; both are told of it. Where another plan bears the one
    than the other, it takes the cost over."""
    amount = min(-_sum(gives), _sum(wants))
    pairs = [(key, key) for key in wants if key in gives] + [(out, into) for out in gives for into in wants]
    for out, into in pairs:
        part = min(amount, -gives[out], wants[into])
        if part > 0:
            amount -= part
            gives[out] += part
            wants[into] -= part
            rows = [_row(giver, taker, out, -part, at), _row(taker, giver, into, part, at)]
            _, taken = SetOff.objects.bulk_create(rows)
            if out != into:
                shares = {"out_of": BenefitShare(*out, part), "into": BenefitShare(*into, part)}
                book = Book(pk=book_of(claim=taker))
                post_set_off(book=book, subject=subject_of(taken), **shares, on=day_of(at), by=by, at=at)


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


# --- on the books -----------------------------------------------------------------------------------------------------


def _book(claim: Claim, row: Settlement, change: Sums, rest: Sums, by: Actor, at: datetime.datetime) -> None:
    """Each plan bears what is due by it, without what is not ordered; what is too much in all is the member's to return. What
    orders and set-offs booked stands; the difference is posted, as far as earlier settlements did not. ``change`` as it was
    before ``rest`` is ordered."""
    repaid = repaid_of(claim=claim)
    owed = _plus(_net({key: -amount for key, amount in change.items()}), repaid)
    owed = _less(owed, settled_on(claim=claim, account=BENEFITS_BACK))
    borne = _less(_less(_less(change, rest), repaid), settled_on(claim=claim, account=BENEFITS))
    if owed or borne:
        post_settled(
            book=Book(pk=book_of(claim=claim)),
            subject=subject_of(row),
            cost=_shares(borne),
            back=_shares(owed),
            on=day_of(at),
            by=by,
            at=at,
        )


def _plus(one: Mapping[tuple[str, Period], Decimal], other: Mapping[tuple[str, Period], Decimal]) -> Sums:
    sums = {key: one.get(key, Decimal(0)) + other.get(key, Decimal(0)) for key in (*one, *other)}
    return {key: amount for key, amount in sums.items() if amount}


def _less(one: Mapping[tuple[str, Period], Decimal], other: Mapping[tuple[str, Period], Decimal]) -> Sums:
    return _plus(one, {key: -amount for key, amount in other.items()})


def _shares(sums: Sums) -> list[BenefitShare]:
    return [BenefitShare(plan, period, amount) for (plan, period), amount in sorted(sums.items())]
