"""What the contract says of an event's amounts: reading them, their identities, and the person's burden.

All money is a ``Fraction`` of yuan. A bill is the dictionary of the amounts that are known; a name that is not in it is
unknown, and unknown is never zero unless a rule says so.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

Bill = Mapping[str, Fraction]

# Contract, table of amounts: "self_paid = the five before it".
PARTS_OF_SELF_PAID = ("basic_deductible", "copay", "above_ceiling", "pre_self_paid", "over_limit")
# Contract, identities: the terms of the total; hospital_borne is the one that may or may not be among them.
PARTS_OF_TOTAL = ("fund_paid", "supplement_paid", "medical_aid_paid", "self_paid", "out_of_scope")
# Contract, identities: the two ways in which the person's part was paid.
PAYERS = ("fund_paid", "supplement_paid", "medical_aid_paid")
PARTS_OF_BURDEN = ("account_paid", "cash_paid")
# Contract, identities: "tolerance 0.01".
TOLERANCE = Fraction(1, 100)
NOTHING = Fraction(0)


def bill_of(event: Mapping[str, Any]) -> dict[str, Fraction]:
    """The known amounts of an event. An unknown self_paid is the sum of its five parts when all five are known."""
    bill = {name: Fraction(Decimal(text)) for name, text in (event.get("amounts") or {}).items() if text is not None}
    if "self_paid" not in bill and all(part in bill for part in PARTS_OF_SELF_PAID):
        bill["self_paid"] = _sum_of_known(bill, PARTS_OF_SELF_PAID)
    return bill


def disagrees(bill: Bill) -> bool:
    """Whether an identity fails, or a part is greater than its whole (contract, identities)."""
    return _self_paid_disagrees(bill) or _total_disagrees(bill) or _payment_disagrees(bill)


def burden(bill: Bill) -> Fraction | None:
    """What the person really bore, for the indemnity step; None when it can't be known.

    Contract, identities and arithmetic 7: self_paid + out_of_scope (unknown out_of_scope counts as 0), less what the hospital
    bore; without self_paid, what came from the account and in cash.
    """
    if "self_paid" in bill:
        return bill["self_paid"] + bill.get("out_of_scope", NOTHING) - _taken_over_by_hospital(bill)
    if all(part in bill for part in PARTS_OF_BURDEN):
        return _sum_of_known(bill, PARTS_OF_BURDEN)
    return None


def _self_paid_disagrees(bill: Bill) -> bool:
    if "self_paid" not in bill:
        return False
    parts = _sum_of_known(bill, PARTS_OF_SELF_PAID)
    if all(part in bill for part in PARTS_OF_SELF_PAID) and not _same(parts, bill["self_paid"]):
        return True
    return _greater(parts, bill["self_paid"])


def _total_disagrees(bill: Bill) -> bool:
    if "total" not in bill:
        return False
    first, second = _forms_of_total(bill)
    if _total_is_checkable(bill) and not first and not second:
        return True
    # hospital_borne need not be a term of the total, so it is held against it only by itself.
    others = _sum_of_known(bill, PAYERS)
    borne = _self_paid_at_least(bill) + bill.get("out_of_scope", NOTHING)
    spent = _sum_of_known(bill, PARTS_OF_BURDEN)
    shares = (bill.get("hospital_borne", NOTHING), others + borne, others + spent)
    return any(_greater(share, bill["total"]) for share in shares)


def _payment_disagrees(bill: Bill) -> bool:
    """The burden is what was paid from the account and in cash; in-scope and out-of-scope costs are its parts."""
    spent = _sum_of_known(bill, PARTS_OF_BURDEN)
    both_purses = all(part in bill for part in PARTS_OF_BURDEN)
    if "self_paid" in bill and "out_of_scope" in bill:
        whole = bill["self_paid"] + bill["out_of_scope"] - _taken_over_by_hospital(bill)
        return _greater(spent, whole) or (both_purses and not _same(spent, whole))
    known = _self_paid_at_least(bill) + bill.get("out_of_scope", NOTHING) - bill.get("hospital_borne", NOTHING)
    return both_purses and _greater(known, spent)


def _self_paid_at_least(bill: Bill) -> Fraction:
    """What the person bore in scope, or as much of it as is known."""
    return bill.get("self_paid", _sum_of_known(bill, PARTS_OF_SELF_PAID))


def _taken_over_by_hospital(bill: Bill) -> Fraction:
    """hospital_borne when only the first form of the total holds: then it is hidden inside the person's own part."""
    if not _total_is_checkable(bill):
        return NOTHING
    first, second = _forms_of_total(bill)
    return bill.get("hospital_borne", NOTHING) if first and not second else NOTHING


def _total_is_checkable(bill: Bill) -> bool:
    return "total" in bill and all(part in bill for part in PARTS_OF_TOTAL)


def _forms_of_total(bill: Bill) -> tuple[bool, bool]:
    """Whether the total holds without hospital_borne, and with it (absent: 0). Only for a bill that has a total."""
    plain = _sum_of_known(bill, PARTS_OF_TOTAL)
    return _same(bill["total"], plain), _same(bill["total"], plain + bill.get("hospital_borne", NOTHING))


def _sum_of_known(bill: Bill, names: tuple[str, ...]) -> Fraction:
    return sum((bill[name] for name in names if name in bill), NOTHING)


def _same(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= TOLERANCE


def _greater(part: Fraction, whole: Fraction) -> bool:
    return part > whole + TOLERANCE
