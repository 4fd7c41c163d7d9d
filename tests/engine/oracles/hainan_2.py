"""海南省工会职工医疗互助第二期 (one cover of 2017-03-01 to 2020-02-29), from the prose of its introduction.

For union members in service with basic insurance as employees or residents, one share each.
"""

from fractions import Fraction

from .bills import NOTHING
from .common import Benefit, Case, Claim, Findings, Line, Sum, known_sum, one_of, sum_of_segments, to_fen
from .common import decide as decide_by_the_contract

PLAN = "hainan-period-2"

# "1000–5000 (含) 50%; 5000–10000 (含) 60%; >10000 70%; 分段计算", the first 1000 in the 50 % band once it is reached.
SEGMENTS = ((5_000, 50), (10_000, 60), (None, 70))
REACHED_AT = Fraction(1_000)  # "≥ 1000 (含)"
CLAIMS_MOST = 3  # per period
MOST_IN_PERIOD = Fraction(50_000)
DEATH_TOGETHER = Fraction(3_000)


def decide(case: Case) -> list[Line]:
    return decide_by_the_contract(case, PLAN, BENEFITS)


def _member(claim: Claim) -> Findings:
    findings = Findings()
    findings.gate("employment", one_of(claim.member_fact("employment"), ["in_service"]), "employment")
    insured = one_of(claim.member_fact("basic_insurance"), ["employee", "resident"])
    findings.gate("insurance", insured, "basic_insurance")
    return findings


def _inpatient(claim: Claim) -> Findings:
    """Max 3 claims per period. Outside every cover there is no period in which to count."""
    findings = _member(claim)
    paid = [payment for payment in claim.payments("inpatient") if payment.period == claim.period]
    findings.gate("claim_count_reached", not claim.covers or len(paid) < CLAIMS_MOST)
    return findings


def _inpatient_sum(claim: Claim) -> Sum:
    """医保统筹段自负 + 起付线; a threshold, not a deductible: from 1000 on it counts from the first yuan."""
    base = known_sum(claim, "basic_deductible", "copay")
    if base < REACHED_AT:
        return Sum(NOTHING, ["below_deductible"])
    result = Sum(to_fen(sum_of_segments(base, SEGMENTS)))
    result.cut(MOST_IN_PERIOD - claim.paid_in_period("inpatient"), "cap_reached")
    result.indemnify(claim)
    return result


def _death(claim: Claim) -> Findings:
    findings = _member(claim)
    findings.gate("already_paid_once", not claim.payments("death"))
    return findings


def _death_sum(claim: Claim) -> Sum:
    """No earlier claim: 3000; claims < 3000: top up to 3000; else nothing, for the sum is reached like a cap."""
    missing = DEATH_TOGETHER - claim.paid_in_period("inpatient", "death")
    return Sum(missing) if missing > NOTHING else Sum(NOTHING, ["cap_reached"])


BENEFITS = (
    Benefit("inpatient", frozenset({"inpatient"}), _inpatient, _inpatient_sum, remembers=True, reimburses=True),
    Benefit("death", frozenset({"death"}), _death, _death_sum, remembers=True),
)
