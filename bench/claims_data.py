"""A small invented union for the benchmark of claims: employers, members with covers that have begun, an account to pay from."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from stdnum.cn import uscc

AT = datetime.datetime(2025, 3, 1, 1, 30, tzinfo=datetime.UTC)
PLAN = """
plan: bench
family: bench
status: published
name: {zh: 住院互助（虚构）, en: Hospital aid}
organiser: {zh: 海市总工会（虚构）, en: Federation of an invented city}
source: S1
sources:
  S1: {title: {zh: 示例办法（虚构）, en: Invented rules}}
price:
  - {fee: 0, clause: 第一条}
term: {years: 1, begins: fixed, on: "04-01", first_on: 2025-04-01, clause: 第二条}
units: {most: 1, clause: 第二条}
benefits:
  - benefit: inpatient
    name: {zh: 住院补助, en: hospital costs}
    kinds: [inpatient]
    clause: 第三条
    base: {of: [self_paid], name: {zh: 个人自付, en: own part}}
    deductible: {amount: 100, per: period}
    rate: 80%
    caps:
      - {per: period, amount: 5000, clause: 第四条}
"""
FACTS: dict[str, Any] = {
    "kind": "inpatient",
    "hospital_level": 3,
    "diagnoses": ["J18.900"],
    "amounts": {"total": "2400.00", "fund_paid": "1200.00", "self_paid": "1200.00", "out_of_scope": "0.00"},
}
LINES = (("床位费", "300.00"), ("检查费", "700.00"), ("西药费", "1100.00"), ("治疗费", "300.00"))


def seed(members: int) -> list[int]:
    """Rows of the real tables by the models themselves; the keys of the members."""
    from mutualaid.contributions.actions.bills import open_fund
    from mutualaid.core.actors import system
    from mutualaid.core.row_security import EVERYTHING, within
    from mutualaid.enrolment.models import Cover, Enrolment
    from mutualaid.people.actions.rosters import Newcomer, employ_members, register_members
    from mutualaid.people.actions.units import register_employer, register_unit
    from mutualaid.people.identity import IdentityKind, Sex, check_letter
    from mutualaid.people.models import Level
    from mutualaid.plans.models import PlanVersion

    by = system("bench")
    with within([EVERYTHING]):
        above = None
        for level, code in ((Level.NATIONAL, "CN"), (Level.PROVINCE, "45"), (Level.CITY, "4505")):
            above = register_unit(level=level, parent=above, code=code, name=f"{code}总工会", by=by, at=AT)
        assert above is not None
        union = register_unit(level=Level.GRASSROOTS, parent=above, code="G1", name="第一厂工会", by=by, at=AT)
        mill = register_employer(
            unit=union,
            credit_code="91450500MA5K00001" + uscc.calc_check_digit("91450500MA5K00001"),
            headcount_declared=members,
            contact_name="周一帆",
            contact_phone="13900000000",
            by=by,
            at=AT,
        )
        open_fund(
            unit=above, account_name="互助专户", account_number="6222000011112222", bank_name="海市银行", by=by, at=AT
        )
        version = PlanVersion.objects.create(
            office=above,
            plan="bench",
            family="bench",
            name_zh="住院互助",
            text=PLAN,
            sha256=hashlib.sha256(PLAN.encode()).hexdigest(),
            state="published",
            drafted_at=AT,
            published_at=AT,
            offered_from_on=datetime.date(2025, 3, 1),
        )

        def number(order: int) -> str:
            body = f"450502{19600101 + (order // 999) % 28}{order % 999:03d}"
            return body + check_letter(body)

        newcomers = [
            Newcomer(
                IdentityKind.RESIDENT,
                number(order),
                "林晓禾",
                Sex.FEMALE if order % 999 % 2 == 0 else Sex.MALE,
                datetime.date(1960, 1, 1) + datetime.timedelta(days=(order // 999) % 28),
                None,
                None,
            )
            for order in range(1, members + 1)
        ]
        made = register_members(newcomers=newcomers, employer=mill, by=by, at=AT)
        employ_members(members=sorted(made, key=lambda one: one.pk), employer=mill, by=by, at=AT)
        enrolment = Enrolment.objects.create(
            employer=mill,
            version=version,
            headcount=members,
            begun_at=AT,
            from_on=datetime.date(2025, 4, 1),
            until_on=datetime.date(2026, 4, 1),
        )
        Cover.objects.bulk_create(
            Cover(
                member=one,
                enrolment=enrolment,
                employer=mill,
                version=version,
                plan="bench",
                family="bench",
                from_on=datetime.date(2025, 4, 1),
                until_on=datetime.date(2026, 4, 1),
                joined_on=datetime.date(2025, 4, 1),
                fee_amount=0,
                state="begun",
            )
            for one in made
        )
        return [one.pk for one in made]
