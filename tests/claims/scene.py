"""What the tests of claims share: the cast, a plan with deductible, rate and caps that covers them, an account to pay from, and
claims by the real actions."""

from __future__ import annotations

import datetime
import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mutualaid.claims.actions.filing import Expense, Payee, enter_claim
from mutualaid.claims.actions.reviewing import approve_claim
from mutualaid.claims.models import Claim, Source
from mutualaid.claims.queries import stands
from mutualaid.contributions.actions.bills import accept_and_bill, open_fund
from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer, Member, RoleName, Staff
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT, BY, Cast, as_staff, cast, staff

DAY = datetime.date(2025, 5, 10)
CLAIMED = datetime.datetime(2026, 3, 20, 2, 0, tzinfo=datetime.UTC)
TERM = '{years: 1, begins: fixed, on: "04-01", first_on: 2025-04-01, clause: 第二条}'
PLAN = """
plan: {plan}
family: {family}
status: published
name: {{zh: 海工住院互助, en: Hospital aid}}
organiser: {{zh: 海市总工会（虚构）, en: Federation of an invented city}}
source: S1
sources:
  S1: {{title: {{zh: 示例办法（虚构）, en: Invented rules}}}}
price:
  - {{fee: 0, clause: 第一条}}
term: {term}
units: {{most: 1, clause: 第二条}}
{more}
benefits:
  - benefit: inpatient
    name: {{zh: 住院补助, en: hospital costs}}
    kinds: [inpatient]
    clause: 第三条
    base: {{of: [self_paid], name: {{zh: 个人自付, en: own part}}}}
    deductible: {{amount: 100, per: {per}}}
    rate: 80%
    caps:
      - {{per: {per}, amount: {cap}, clause: 第四条}}
"""
_numbers = itertools.count(1)


def published(
    office: Any, plan: str, *, family: str | None = None, cap: int = 1000, more: str = "", per: str = "period"
) -> PlanVersion:
    """A plan that reimburses 80 % of what a member bears above 100 yuan a year, to a cap of the year (or ``per`` stay)."""
    text = PLAN.format(plan=plan, family=family or plan, term=TERM, cap=cap, more=more, per=per)
    return PlanVersion.objects.create(
        office=office,
        plan=plan,
        family=family or plan,
        name_zh="海工住院互助",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=datetime.date(2025, 3, 1),
    )


@dataclass
class Scene:
    """The cast, the fund, the plan; reviewers of city and province, and two of finance."""

    cast: Cast
    fund: Fund
    version: PlanVersion
    first: Staff
    senior: Staff
    finance: Staff
    second_finance: Staff
    moments: list[int] = field(default_factory=list)

    @property
    def lin(self) -> Member:
        """The member."""
        return self.cast.lin

    def now(self) -> datetime.datetime:
        """A moment later than any before."""
        self.moments.append(1)
        return CLAIMED + datetime.timedelta(minutes=len(self.moments))

    def cover(self, member: Member, employer: Employer, of: PlanVersion | None = None) -> Cover:
        """A cover that has begun, by the real actions; the plan is free."""
        enrolment = begin_enrolment(employer=employer, version=of or self.version, headcount=20, by=BY, at=AT)
        add_person(enrolment=enrolment, name=member.name, identity_number=member.identity_number, by=BY, at=AT)
        submit_enrolment(enrolment=enrolment, by=BY, at=AT)
        accept_and_bill(enrolment=enrolment, by=as_staff(self.finance), at=AT)
        return Cover.objects.get(enrolment=enrolment, member=member)

    def enter(self, amount: str | int = "1200.00", member: Member | None = None, **facts: Any) -> Claim:
        """A claim for a stay, entered whole."""
        return enter_claim(
            member=member or self.lin,
            facts=stay(amount, **facts),
            expenses=[],
            hospital="海市人民医院",
            payee=Payee("林晓禾", "6222020000001234567", "海市银行"),
            source=Source.API,
            by=BY,
            at=self.now(),
        )

    def approve(self, claim: Claim, by: Staff | None = None) -> Claim:
        """By the first reviewer."""
        found = stands(claim=claim)
        assert found is not None
        return approve_claim(claim=claim, seen=found.round, by=as_staff(by or self.first), at=self.now())


_days = itertools.count(0)


def stay(amount: str | int, **facts: Any) -> dict[str, Any]:
    """The contract's event of a stay of three days, each on days of its own, of which the member bears an amount."""
    start = DAY + datetime.timedelta(days=4 * (next(_days) % 70))
    told: Mapping[str, Any] = {
        "kind": "inpatient",
        "started_on": start.isoformat(),
        "ended_on": (start + datetime.timedelta(days=3)).isoformat(),
        "hospital_level": 3,
        "diagnoses": ["J18.900"],
        "amounts": {"self_paid": f"{Decimal(amount):.2f}", "out_of_scope": "0.00"},
    }
    return {**told, **facts}


def made() -> Scene:
    """The scene in a fresh database, with a cover of the member that has begun."""
    people = cast()
    finance = staff("财务丁", people.city, RoleName.FINANCE)
    scene = Scene(
        people,
        open_fund(
            unit=people.city,
            account_name="海市职工互助保障专户",
            account_number="6222000011112222",
            bank_name="海市银行",
            by=BY,
            at=AT,
        ),
        published(people.province, "hai-1"),
        people.reviewer,
        staff("复核己", people.province, RoleName.SENIOR_REVIEWER),
        finance,
        staff("财务戊", people.city, RoleName.FINANCE),
    )
    scene.cover(people.lin, people.mill)
    return scene


def actor(who: Staff) -> Actor:
    """The actor that a member of staff is."""
    return as_staff(who)


def expense(item: str, amount: str) -> Expense:
    """A line of a bill."""
    return Expense(item, Decimal(amount))
