"""杭州市在职职工医疗互助 ① 住院和规定病种门诊自负医疗费 (2021), from the prose of 杭州本地宝 2021.

For employees in service with employee medical insurance, in hospitals of level 2 or 3.
"""

from fractions import Fraction

from .bills import NOTHING
from .common import Benefit, Case, Claim, Findings, Line, Sum, known_sum, one_of, sum_of_segments, to_fen
from .common import decide as decide_by_the_contract

PLAN = "hangzhou-medical-2021"

# "≤1000 → 20%; 1001–10000 → 50%; 10001–15000 → 90%; 15001–50000 → 60%": nothing is promised above 50,000.
SEGMENTS = ((1_000, 20), (10_000, 50), (15_000, 90), (50_000, 60), (None, 0))
AT_LEAST = Fraction(100)  # "if the result is under 100, pay 100", per event
MOST_IN_PERIOD = Fraction(30_200)  # inpatient and outpatient together


def decide(case: Case) -> list[Line]:
    return decide_by_the_contract(case, PLAN, BENEFITS)


def _examine(claim: Claim) -> Findings:
    findings = Findings()
    findings.gate("employment", one_of(claim.member_fact("employment"), ["in_service"]), "employment")
    findings.gate("insurance", one_of(claim.member_fact("basic_insurance"), ["employee"]), "basic_insurance")
    findings.gate("hospital_level", one_of(claim.fact("hospital_level"), [2, 3]), "hospital_level")  # 二级以上医院
    return findings


def _reckon(claim: Claim) -> Sum:
    result = Sum(to_fen(sum_of_segments(known_sum(claim, "self_paid"), SEGMENTS)))
    if result.amount == 0:  # Arithmetic 5: a floor never lifts a zero.
        return Sum(NOTHING, ["below_deductible"])
    result.amount = max(result.amount, AT_LEAST)
    # The floor comes before the caps and the indemnity limit, so it can't pass them.
    result.cut(MOST_IN_PERIOD - claim.paid_in_period("inpatient", "outpatient_special"), "cap_reached")
    result.indemnify(claim)
    return result


BENEFITS = tuple(
    Benefit(kind, frozenset({kind}), _examine, _reckon, remembers=True, reimburses=True)
    for kind in ("inpatient", "outpatient_special")
)
