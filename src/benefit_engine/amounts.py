"""What a bill says, whether it agrees with itself, and what the member bore. Contract: amounts and identities.

All figures are fen. ``None`` is unknown and never taken for zero, save where the contract says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benefit_engine.plan import FIVE_PARTS, REMAINING

TOLERANCE = 1
"""Fen by which two sides of an identity may differ."""

PAYERS = ("fund_paid", "supplement_paid", "medical_aid_paid")
AMOUNT_NAMES = {
    "total": "医疗费总额",
    "fund_paid": "医保统筹基金支付",
    "supplement_paid": "补充保险支付",
    "medical_aid_paid": "医疗救助支付",
    "hospital_borne": "医院负担",
    "basic_deductible": "起付线",
    "copay": "统筹段按比例自付",
    "above_ceiling": "封顶线以上",
    "pre_self_paid": "乙类先行自付",
    "over_limit": "超限价",
    "self_paid": "个人自付",
    "out_of_scope": "个人自费",
    "account_paid": "个人账户支付",
    "cash_paid": "个人现金支付",
    "other_aid_paid": "其他救助或保险给付",
    REMAINING: "其他各方支付后仍由个人负担",
}


@dataclass(frozen=True, slots=True)
class Bill:
    """The known amounts of one event with what follows from them."""

    amounts: Mapping[str, int]
    self_paid: int | None
    """个人自付, or the sum of its five components where only they are known."""
    burden: int | None
    """个人负担: what the person bore, whoever's purse it came from."""
    disagreements: tuple[str, ...]
    """Which identities do not hold, in words for a person; empty when all that can be checked hold."""


def read_bill(amounts: Mapping[str, int]) -> Bill:
    """Check the identities whose terms are all known, that no known part is greater than its whole, and work out burden."""
    get = amounts.get
    parts = [get(name) for name in FIVE_PARTS]
    known_parts = [part for part in parts if part is not None]
    self_paid = get("self_paid")
    faults: list[str] = []
    if self_paid is None:
        if len(known_parts) == len(parts):
            self_paid = sum(known_parts)
    elif known_parts:
        if len(known_parts) == len(parts) and abs(sum(known_parts) - self_paid) > TOLERANCE:
            faults.append("个人自付不等于其五项之和")
        elif sum(known_parts) > self_paid + TOLERANCE:
            faults.append("个人自付的组成部分大于个人自付")
    least = sum(known_parts) if self_paid is None else self_paid
    burden = _burden(amounts, self_paid, least, faults)
    return Bill(amounts, self_paid, burden, tuple(faults))


def _burden(amounts: Mapping[str, int], self_paid: int | None, least: int, faults: list[str]) -> int | None:
    """What the person bore; ``faults`` gets the disagreements of total, payers, burden and purses.

    ``least``: what 个人自付 is at least, from its known parts. A sum of known parts is itself a part of the whole.
    """
    get = amounts.get
    out_of_scope, total, hospital = get("out_of_scope"), get("total"), get("hospital_borne", 0)
    account, cash = get("account_paid"), get("cash_paid")
    paid_by_others = sum(get(name, 0) for name in PAYERS)
    borne = least + (out_of_scope or 0)
    purses = (account or 0) + (cash or 0)
    burden = None if self_paid is None else borne
    if total is not None:
        if self_paid is not None and out_of_scope is not None and all(name in amounts for name in PAYERS):
            without = abs(paid_by_others + borne - total) <= TOLERANCE
            with_hospital = abs(paid_by_others + borne + hospital - total) <= TOLERANCE
            if not (without or with_hospital):
                faults.append("医疗费总额不等于各方支付与个人负担之和")
            elif not with_hospital:
                borne -= hospital
                burden = borne
        elif paid_by_others + borne > total + TOLERANCE:
            faults.append("已知各部分之和大于医疗费总额")
        if hospital > total + TOLERANCE:
            faults.append("医院负担大于医疗费总额")
        if paid_by_others + purses > total + TOLERANCE:
            faults.append("各方支付与个人账户、现金之和大于医疗费总额")
    if account is not None and cash is not None:
        if self_paid is not None and out_of_scope is not None:
            if abs(purses - borne) > TOLERANCE:
                faults.append("个人账户与现金之和不等于个人负担")
        elif least + (out_of_scope or 0) - hospital > purses + TOLERANCE:
            faults.append("已知的个人自付与自费大于个人账户与现金之和")
        if burden is None:
            burden = purses
    elif self_paid is not None and out_of_scope is not None and purses > borne + TOLERANCE:
        faults.append("个人账户或现金支付大于个人负担")
    if burden is not None and burden < 0:
        faults.append("医院负担大于个人负担")
    return burden


def component_sum(bill: Bill, components: Iterable[tuple[int, str]]) -> tuple[int, list[tuple[str, int]], list[str]]:
    """Signed sum of components: (fen, the terms used, names of unknown amounts). Contract, identities, last paragraph.

    Where one of the five parts of ``self_paid`` is unknown and the base takes them all, ``self_paid`` stands for them.
    """
    wanted = list(components)
    names = {name for sign, name in wanted if sign > 0}
    if (
        names.issuperset(FIVE_PARTS)
        and any(part not in bill.amounts for part in FIVE_PARTS)
        and bill.self_paid is not None
    ):
        wanted = [(1, "self_paid")] + [(sign, name) for sign, name in wanted if name not in FIVE_PARTS]
    total = 0
    terms: list[tuple[str, int]] = []
    unknown: list[str] = []
    for sign, name in wanted:
        value = bill.self_paid if name == "self_paid" else bill.amounts.get(name)
        if value is None and name == "hospital_borne":
            value = 0
        if value is None:
            unknown.append(f"amounts.{name}")
        else:
            total += sign * value
            terms.append((name, sign * value))
    return total, terms, unknown
