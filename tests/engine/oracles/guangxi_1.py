"""广西互助1号 2025 (城镇互助保), from the prose of 桂林晚报 2024-09-04; readings of its open points as chosen for the library.

For members in service with employee medical insurance, one share each. No waiting time, no time limit for filing.
"""

from fractions import Fraction
from typing import Any

from .bills import NOTHING
from .common import (
    Benefit,
    Case,
    Claim,
    Findings,
    Line,
    Sum,
    days_in_hospital,
    known_sum,
    one_of,
    sum_of_segments,
    to_fen,
)
from .common import decide as decide_by_the_contract

PLAN = "guangxi-huzhubao-1-2025"
SHARES_MOST = 1

# "1万(含)以内 30%; 1万–3万(含) 40%; 3万–5万(含) 60%; 5万以上 95%"
SEGMENTS = ((10_000, 30), (30_000, 40), (50_000, 60), (None, 95))
FREE_OF_AID = Fraction(1_000)  # 免补额, per stay
INPATIENT_MOST = Fraction(1_000_000)  # per 保障周期, on the reimbursement only
ALLOWANCE_A_DAY, ALLOWANCE_MOST = Fraction(50), Fraction(200)  # "50 元 per day, max 200", per stay
DISABILITY_MOST = Fraction(20_000)  # "意外伤残 max 2 万", per period
DEATH = Fraction(10_000)  # 身故抚恤金, one-off


def decide(case: Case) -> list[Line]:
    return decide_by_the_contract(case, PLAN, BENEFITS)


def _member(claim: Claim) -> Findings:
    """在职职工会员, insured as an employee (互助1号 is the one "for members in 城镇 medical insurance")."""
    findings = Findings()
    findings.gate("employment", one_of(claim.member_fact("employment"), ["in_service"]), "employment")
    findings.gate("insurance", one_of(claim.member_fact("basic_insurance"), ["employee"]), "basic_insurance")
    return findings


def _inpatient_sum(claim: Claim) -> Sum:
    """以住院自付费用为基数,在扣除1000元免补额的基础上,按不同比例分段计算."""
    base = known_sum(claim, "self_paid")
    after_deductible = max(base - FREE_OF_AID, NOTHING)
    result = Sum(to_fen(sum_of_segments(after_deductible, SEGMENTS)))
    if result.amount == 0:
        return Sum(NOTHING, ["below_deductible"])
    result.cut(INPATIENT_MOST - claim.paid_in_period("inpatient"), "cap_reached")
    result.indemnify(claim)
    return result


def _allowance(claim: Claim) -> Findings:
    findings = _member(claim)
    findings.need("ended_on", days_in_hospital(claim.event))
    return findings


def _allowance_sum(claim: Claim) -> Sum:
    """住院津贴: 50 a day; the 200 are a cap of the stay, and a cap on days is a cap (arithmetic 6)."""
    days: Any = days_in_hospital(claim.event)
    result = Sum(ALLOWANCE_A_DAY * days * claim.units(SHARES_MOST))
    result.cut(ALLOWANCE_MOST * claim.units(SHARES_MOST), "cap_reached")
    return result


def _disability(claim: Claim) -> Findings:
    findings = _member(claim)
    findings.trigger("not_accident", claim.fact("accident"), "accident")
    findings.trigger("disability_grade", one_of(claim.fact("disability_grade"), range(1, 11)), "disability_grade")
    return findings


def _disability_sum(claim: Claim) -> Sum:
    """意外伤残: grade 1 the whole, each grade 10 points less, down to 10 % for grade 10 (JR/T 0083-2013)."""
    per_cent = 110 - 10 * claim.fact("disability_grade")
    shares = claim.units(SHARES_MOST)
    result = Sum(to_fen(DISABILITY_MOST * Fraction(per_cent, 100)) * shares)
    result.cut(DISABILITY_MOST * shares - claim.paid_in_period("disability"), "cap_reached")
    return result


def _death(claim: Claim) -> Findings:
    findings = _member(claim)
    findings.gate("already_paid_once", not claim.payments("death"))
    return findings


def _death_sum(claim: Claim) -> Sum:
    return Sum(DEATH * claim.units(SHARES_MOST))


BENEFITS = (
    Benefit("inpatient", frozenset({"inpatient"}), _member, _inpatient_sum, remembers=True, reimburses=True),
    # Its only cap ends with the stay, so an open earlier event can't change it.
    Benefit("allowance", frozenset({"inpatient"}), _allowance, _allowance_sum, remembers=False),
    Benefit("disability", frozenset({"disability"}), _disability, _disability_sum, remembers=True, needs_accident=True),
    Benefit("death", frozenset({"death"}), _death, _death_sum, remembers=True),
)
