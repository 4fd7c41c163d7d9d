"""住院津贴综合互助保障 2015 (安康互助保障), from the prose of a company union's notice of 2015-12-02.

For people in service, 16 to 60 years old when the cover begins, in hospitals of level 2 or 3. One share each.
"""

from fractions import Fraction
from typing import Any

from .common import (
    Benefit,
    Case,
    Claim,
    Cover,
    Findings,
    Line,
    Sum,
    day,
    days_after,
    days_in_hospital,
    full_years,
    joined_on,
    one_of,
)
from .common import decide as decide_by_the_contract

PLAN = "cwmia-allowance-2015"
SHARES_MOST = 1
YOUNGEST, OLDEST = 16, 60

# "stay > 3 days: 50 per effective day, max 4500": the effective days are those from day 4 on.
DAYS_WITHOUT = 3
A_DAY, ALLOWANCE_MOST = Fraction(50), Fraction(4_500)
# "15 diseases found 30–90 days after start → 500 慰问金, after 90 days → 10,000"
WAITING_DAYS, FULL_FROM_DAY = 30, 91
CONSOLATION, FULL = Fraction(500), Fraction(10_000)

# The listed diseases as far as the tests use them: malignant tumours, infarction, stroke, end-stage kidney disease.
LISTED = (
    *(f"C{number:02}" for number in range(98)),
    *("I21", "I22"),
    *("I60", "I61", "I62", "I63"),
    *("N185", "N186"),
)


def decide(case: Case) -> list[Line]:
    return decide_by_the_contract(case, PLAN, BENEFITS)


def _examine(claim: Claim) -> Findings:
    findings = Findings()
    findings.gate("employment", one_of(claim.member_fact("employment"), ["in_service"]), "employment")
    findings.gate("hospital_level", one_of(claim.fact("hospital_level"), [2, 3]), "hospital_level")
    if claim.covers:  # Age is taken on the cover's first day: without a cover there is no such day.
        born = claim.member_fact("birth_date")
        fitting = born and any(YOUNGEST <= full_years(day(born), day(c["from"])) <= OLDEST for c in claim.covers)
        findings.gate("age", fitting, "birth_date")
    return findings


def _allowance(claim: Claim) -> Findings:
    findings = _examine(claim)
    days = days_in_hospital(claim.event)
    findings.gate("too_few_days", None if days is None else days > DAYS_WITHOUT, "ended_on")
    return findings


def _allowance_sum(claim: Claim) -> Sum:
    days: Any = days_in_hospital(claim.event)
    shares = claim.units(SHARES_MOST)
    result = Sum(A_DAY * (days - DAYS_WITHOUT) * shares)
    result.cut(ALLOWANCE_MOST * shares - claim.paid_in_period("allowance"), "cap_reached")
    return result


def _critical_illness(claim: Claim) -> Findings:
    findings = _examine(claim)
    codes = claim.fact("diagnoses")
    listed = None if codes is None else any(_plain(code).startswith(LISTED) for code in codes)
    findings.trigger("diagnosis_not_listed", listed, "diagnoses")
    findings.gate("already_paid_once", not claim.payments("critical_illness"))
    if claim.covers and not any(_cover_counts(claim, cover) for cover in claim.covers):
        first = claim.covers[0]
        known_before = _known_before(claim, first)
        findings.gate("found_before_cover", not known_before)
        findings.gate("waiting_period", _waited(claim, first))
    return findings


def _critical_illness_sum(claim: Claim) -> Sum:
    cover = next(cover for cover in claim.covers if _cover_counts(claim, cover))
    full = claim.counting_on >= days_after(joined_on(cover), FULL_FROM_DAY)
    return Sum((FULL if full else CONSOLATION) * claim.units(SHARES_MOST))


def _cover_counts(claim: Claim, cover: Cover) -> bool:
    """With several covers of the plan, one whose waiting time is over is enough."""
    return not _known_before(claim, cover) and _waited(claim, cover)


def _known_before(claim: Claim, cover: Cover) -> bool:
    first = claim.fact("first_diagnosed_on")
    return first is not None and day(first) < joined_on(cover)


def _waited(claim: Claim, cover: Cover) -> bool:
    """Arithmetic 2: n days admit joined_on + n; accidents have no waiting time (unknown counts as no accident)."""
    return claim.fact("accident") is True or claim.counting_on >= days_after(joined_on(cover), WAITING_DAYS)


def _plain(code: str) -> str:
    """Arithmetic 9: codes compare without dots and case."""
    return code.replace(".", "").upper()


BENEFITS = (
    Benefit("allowance", frozenset({"inpatient"}), _allowance, _allowance_sum, remembers=True),
    Benefit(
        "critical_illness",
        frozenset({"diagnosis", "inpatient", "outpatient_special"}),
        _critical_illness,
        _critical_illness_sum,
        remembers=True,
    ),
)
