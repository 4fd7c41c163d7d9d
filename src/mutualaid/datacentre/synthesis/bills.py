"""Bills: a total drawn from a heavy-tailed distribution, divided among those who pay so that every identity holds to the fen.

Amounts are whole fen in one array per bill, columns as ``AMOUNT_NAMES`` of the columnar engine; ``NONE`` is unknown.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benefit_engine.columns.codes import (
    ACCOUNT,
    CASH,
    FIRST_PART,
    FUND,
    HOSPITAL,
    LAST_PART,
    MEDICAL_AID,
    NONE,
    OTHER_AID,
    OUT_OF_SCOPE,
    SELF_PAID,
    STANDARD_AMOUNTS,
    SUPPLEMENT,
    TOTAL,
)
from mutualaid.datacentre.synthesis import calibration as c
from mutualaid.datacentre.synthesis.people import EMPLOYEE, Ints

BASIC_DEDUCTIBLE, COPAY, ABOVE_CEILING, PRE_SELF_PAID, OVER_LIMIT = range(FIRST_PART, LAST_PART + 1)


def draw_totals(rng: np.random.Generator, median: NDArray[np.float64]) -> Ints:
    """Totals in fen around their medians (fen): a lognormal body, and for a few a truncated Pareto tail."""
    n = len(median)
    total = median * np.exp(rng.normal(0.0, c.BILL_SPREAD, n))
    dear = median > 2 * c.BILL_MEDIAN
    tail = rng.random(n) < np.where(dear, 3, 1) * c.TAIL_SHARE
    beyond = 1 - rng.random(n) * (1 - (c.TAIL_FROM / c.BILL_MOST) ** c.TAIL_SHAPE)
    total = np.where(tail, np.maximum(total, c.TAIL_FROM * beyond ** (-1 / c.TAIL_SHAPE)), total)
    return np.clip(total, c.BILL_LEAST, c.BILL_MOST).astype(np.int64)


def draw_bills(
    rng: np.random.Generator,
    total: Ints,
    level: Ints,
    insurance: Ints,
    hardship: NDArray[np.bool_],
    again: NDArray[np.bool_],
    insured: NDArray[np.bool_],
) -> Ints:
    """Bills of ``total`` fen. ``level`` 1 to 3, ``again``: a readmission. Shape (bills, STANDARD_AMOUNTS)."""
    n = len(total)
    resident = np.where(insurance == EMPLOYEE, 0, 1)
    bill = np.zeros((n, STANDARD_AMOUNTS), dtype=np.int64)

    def part(of: Ints, shape: tuple[float, float]) -> Ints:
        return of * (rng.beta(*shape, n) * 10_000).astype(np.int64) // 10_000

    out = part(total, c.OUT_OF_SCOPE)
    before = part(total, c.PRE_SELF_PAID)
    over = np.where(rng.random(n) < c.OVER_LIMIT_IN, part(total, c.OVER_LIMIT), 0)
    scope = np.maximum(total - out - before - over, 0)
    out = total - before - over - scope
    deductible = np.minimum(scope, np.array(c.DEDUCTIBLES)[level - 1] // np.where(again, 2, 1))
    rest = scope - deductible
    below = np.minimum(rest, np.array(c.FUND_CEILINGS)[resident])
    above = rest - below
    fund = below * np.array(c.FUND_RATES)[resident, level - 1] // 10_000
    copay = below - fund
    supplement = above * c.SUPPLEMENT_ABOVE // 10_000
    above -= supplement
    more = np.maximum(copay - c.SUPPLEMENT_FROM, 0) * c.SUPPLEMENT_RATE // 10_000
    supplement += more
    copay -= more
    aid = np.where(hardship, copay * c.MEDICAL_AID // 10_000, 0)
    copay -= aid
    hospital = np.where(rng.random(n) < c.HOSPITAL_BEARS, over // 2, 0)
    over -= hospital
    for name, amount in ((FUND, fund), (SUPPLEMENT, supplement), (MEDICAL_AID, aid), (HOSPITAL, hospital)):
        bill[:, name] = np.where(insured, amount, 0)
    parts = ((BASIC_DEDUCTIBLE, deductible), (ABOVE_CEILING, above), (PRE_SELF_PAID, before), (OVER_LIMIT, over))
    for name, amount in parts:
        bill[:, name] = np.where(insured, amount, 0)
    bill[:, COPAY] = np.where(insured, copay, scope + before + over + hospital)
    bill[:, OUT_OF_SCOPE] = out
    bill[:, TOTAL] = total
    bill[:, SELF_PAID] = bill[:, FIRST_PART : LAST_PART + 1].sum(axis=1)
    burden = bill[:, SELF_PAID] + out
    account = np.where(resident == 0, np.minimum(burden, rng.gamma(*c.ACCOUNT, n).astype(np.int64)), 0)
    bill[:, ACCOUNT], bill[:, CASH] = account, burden - account
    bill[:, HOSPITAL] = np.where(bill[:, HOSPITAL] == 0, NONE, bill[:, HOSPITAL])
    helped = rng.random(n) < c.OTHER_AID
    bill[:, OTHER_AID] = np.where(helped, burden * rng.integers(1, 6, size=n) // 10, NONE)
    return bill


def negative(bills: Ints) -> Ints:
    """The bills of reversals."""
    return np.where(bills == NONE, NONE, -bills)


def corrected(rng: np.random.Generator, bills: Ints) -> Ints:
    """The same bills with some of the co-payment moved out of scope: the commonest correction."""
    found = bills.copy()
    moved = bills[:, COPAY] * rng.integers(1, 21, size=len(bills)) // 100
    for name, sign in ((COPAY, -1), (SELF_PAID, -1), (OUT_OF_SCOPE, 1)):
        found[:, name] += sign * moved
    return found


def without_parts(bills: Ints, which: NDArray[np.bool_]) -> Ints:
    """Bills of which, where ``which`` says so, only the total, the fund's share and the purses are known."""
    found = bills.copy()
    for name in (*range(FIRST_PART, LAST_PART + 1), SELF_PAID, OUT_OF_SCOPE):
        found[which, name] = NONE
    return found
