"""What the tests of gig workers share: a plan with terms of a day, a month and a year, and persons as a platform tells them."""

from __future__ import annotations

import hashlib

from mutualaid.people.models import Unit
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT, ON, resident_id

TEXT = """
plan: {plan}
family: rider
status: published
name: {{zh: 骑手意外互助, en: Riders' accident aid}}
summary: {{zh: 骑手等新就业形态劳动者因意外住院，补助个人自付的一半。, en: Half of what riders pay themselves in hospital.}}
organiser: {{zh: 海市总工会（虚构）, en: Federation of an invented city}}
source: S1
sources:
  S1: {{title: {{zh: 示例办法（虚构）, en: Invented rules}}}}
price:
  - {{fee: {day}, option: 按天, lasts: {{days: 1}}, clause: 第一条}}
  - {{fee: {month}, option: 按月, lasts: {{months: 1}}, clause: 第一条}}
  - {{fee: {year}, option: 按年, clause: 第一条}}
term: {{years: 1, begins: {begins}, clause: 第二条{refund}}}
who:
  - {{ages: [{{from: 16, up_to: 60}}], employment: gig, clause: 第三条}}
{waiting}benefits:
  - benefit: inpatient
    name: {{zh: 住院补助, en: hospital costs}}
    kinds: [inpatient]
    clause: 第五条
    base: {{of: [self_paid], name: {{zh: 个人自付, en: own part}}}}
    rate: 50%
"""


def rider_plan(
    office: Unit,
    plan: str = "rider",
    *,
    fees: tuple[int, int, int] = (1, 5, 50),
    begins: str = "next_day",
    waiting: int = 0,
    refund: str = "",
) -> PlanVersion:
    """A published version, offered from the day of the tests on; free with ``fees=(0, 0, 0)``; ``waiting``: days;
    ``refund``: to whom the fee goes back whole, as ``never_eligible``."""
    day, month, year = fees
    told = f"waiting: {{days: {waiting}, clause: 第四条}}\n" if waiting else ""
    back = f", refund: {{{refund}: full, clause: 第二条}}" if refund else ""
    text = TEXT.format(plan=plan, day=day, month=month, year=year, begins=begins, waiting=told, refund=back)
    return PlanVersion.objects.create(
        office=office,
        plan=plan,
        family="rider",
        name_zh="骑手意外互助",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=ON,
    )


def rider(order: int, name: str = "", **more: str) -> dict[str, str]:
    """A person as a platform tells them."""
    return {"name": name or f"骑手{'甲乙丙丁戊己庚辛'[order % 8]}", "identity_number": resident_id(order=order), **more}
