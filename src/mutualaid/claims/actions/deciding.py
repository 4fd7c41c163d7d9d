"""A claim is decided: what it uses up is final, its benefits are ordered to be paid and booked, the member is told, the letter is
asked for."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal

from mutualaid.claims import telling
from mutualaid.claims.assessing import ask_for_letter, step
from mutualaid.claims.history import Computed
from mutualaid.claims.models import Assessment, Claim, Particulars, Step
from mutualaid.claims.parts import Parts, parts_of, parts_of_assessment
from mutualaid.claims.refusals import Refused
from mutualaid.contributions.queries import fund_above
from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.ledger.benefits import BenefitShare
from mutualaid.ledger.lines import Period
from mutualaid.payouts.actions.orders import order_payment
from mutualaid.payouts.models import PaymentOrder


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
