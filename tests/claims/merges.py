"""Doubles for the tests of merging: a second record of the member, and the two who merge."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

from mutualaid.claims.actions.merging import Paper, confirm_merge, propose_merge
from mutualaid.claims.models import Merge
from mutualaid.contributions.actions.bills import accept_and_bill
from mutualaid.contributions.actions.settling import receive
from mutualaid.contributions.models import Order, Payment
from mutualaid.core.actors import Actor
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer, Member, RoleName, Staff
from mutualaid.plans.models import PlanVersion
from tests.claims.scene import PLAN, TERM, Scene, actor
from tests.people.cast import AT, BY, ON, as_staff, member, staff
from tests.pictures import PNG

PAPER = Paper("户口簿.png", PNG)
REASON = "同一人，身份证和旧号码各登记一次"
FULL = TERM.replace("clause", "refund: {never_eligible: full, clause: 第二条}, clause")
"""A term after which the fee goes back to whoever was never eligible."""


@dataclass
class Double:
    """The scene, the member with her double, who proposes and who decides."""

    scene: Scene
    kept: Member
    merged: Member
    proposer: Staff
    decider: Staff

    @property
    def proposing(self) -> Actor:
        """As an actor."""
        return actor(self.proposer)

    @property
    def deciding(self) -> Actor:
        """As an actor."""
        return actor(self.decider)

    def propose(self, by: Actor | None = None) -> Merge:
        """With reason and paper."""
        return propose_merge(
            kept=self.kept, merged=self.merged, reason=REASON, paper=PAPER, by=by or self.proposing, at=self.scene.now()
        )

    def merge(self) -> Merge:
        """Proposed and confirmed."""
        done = confirm_merge(merge=self.propose(), by=self.deciding, at=self.scene.now())
        self.kept.refresh_from_db()
        self.merged.refresh_from_db()
        return done


def double(scene: Scene, *, at: Employer | None = None, order: int = 302) -> Double:
    """The member was registered again at another employer, by another number."""
    return Double(
        scene,
        scene.lin,
        member(at or scene.cast.yard, order, "林小禾", "13900000077"),
        staff("参保辛", scene.cast.city, RoleName.ENROLMENT_CLERK),
        staff("参保壬", scene.cast.city, RoleName.ENROLMENT_CLERK),
    )


def plan_with_fee(scene: Scene, term: str = FULL) -> PlanVersion:
    """Of 60 yuan, given back to who was never eligible."""
    text = PLAN.format(plan="hai-f", family="hai-f", term=term, cap=1000, more="", per="period").replace(
        "fee: 0", "fee: 60"
    )
    return PlanVersion.objects.create(
        office=scene.cast.province,
        plan="hai-f",
        family="hai-f",
        name_zh="海工住院互助",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=datetime.date(2025, 3, 1),
    )


def paid_cover(scene: Scene, member: Member, employer: Employer, version: PlanVersion, *, paid: bool = True) -> Cover:
    """A cover of a plan with a fee, paid by its employer."""
    enrolment = begin_enrolment(employer=employer, version=version, headcount=20, by=BY, at=AT)
    add_person(enrolment=enrolment, name=member.name, identity_number=member.identity_number, by=BY, at=AT)
    submit_enrolment(enrolment=enrolment, by=BY, at=AT)
    bill = accept_and_bill(enrolment=enrolment, by=as_staff(scene.finance), at=AT)
    if bill is not None and paid:
        order = Order.objects.create(
            number=f"O{bill.pk}",
            bill=bill,
            channel="test",
            amount=bill.amount,
            state="paid",
            created_at=AT,
            expires_at=AT,
        )
        payment = Payment.objects.create(fund=bill.fund, amount=bill.amount, received_on=ON, order=order, at=AT)
        receive(payment=payment, bills=[bill], by=BY, at=AT)
    return Cover.objects.get(enrolment=enrolment, member=member)
