"""Numbers that stand for words in the tables and arrays of the columnar engine, and their limits.

Plain constants, so that numba compiles them in. A fact that is unknown is ``NONE`` where any whole number could stand, and
-1 where only numbers from 0 can.
"""

from __future__ import annotations

from benefit_engine import plan as p
from benefit_engine.words import AMOUNTS, EMPLOYMENTS, INSURANCES, REASONS, RELATIONS

NONE = -(1 << 62)
"""An unknown date, amount or value of a choice."""
OTHER = 62
"""A word that no loaded plan names: no bit of any mask."""
WORDS_MOST = 61
"""So many words of one kind can be told apart."""

AMOUNT_NAMES = (
    *("total", "fund_paid", "supplement_paid", "medical_aid_paid", "hospital_borne"),
    *p.FIVE_PARTS,
    *("self_paid", "out_of_scope", "account_paid", "cash_paid", "other_aid_paid"),
)
"""The contract's amounts, by their places in an event's row of amounts; a plan's own (``x_…``) follow."""
TOTAL, FUND, SUPPLEMENT, MEDICAL_AID, HOSPITAL = range(5)
FIRST_PART, LAST_PART = 5, 9
SELF_PAID, OUT_OF_SCOPE, ACCOUNT, CASH, OTHER_AID = range(10, 15)
STANDARD_AMOUNTS = 15
OWN_AMOUNTS_MOST = 8
REMAINING = -1
"""As a component: what the member still bears."""

SAFE_FEN = 4_000_000_000
"""A person with larger sums than this (fen) is left to the explained engine, whose integers have no end."""

SCOPES = (p.STAY, p.DAY, p.PERIOD, p.LIFE, p.DISEASE, p.CAUSE, p.COMBINATION)
STAY, DAY, PERIOD, LIFE, DISEASE, CAUSE, COMBINATION = range(7)

COUNTERS = ("paid", "entitled", "claims", "days", "base", "rated", "days_seen")
PAID, ENTITLED, CLAIMS, DAYS, BASE, RATED, DAYS_SEEN = range(7)

SEXES = ("F", "M")
EMPLOYED = EMPLOYMENTS
INSURED = INSURANCES
RELATED = RELATIONS

NOT_TRIGGERED, PAY, REFUSE, REFER = range(4)
"""Outcomes by their places in ``words.OUTCOMES``."""

REASON = {reason: i for i, reason in enumerate(REASONS)}
NOT_COVERED = REASON["not_covered"]
PLAN_EXCLUDED = REASON["plan_excluded"]
DUPLICATE_COVER = REASON["duplicate_cover"]
AGE = REASON["age"]
WAITING_PERIOD = REASON["waiting_period"]
FOUND_BEFORE_COVER = REASON["found_before_cover"]
EXCLUSION = REASON["exclusion"]
TOO_FEW_DAYS = REASON["too_few_days"]
PAID_ONCE = REASON["already_paid_once"]
EXCLUDED_WITH_OTHER = REASON["excluded_with_other_benefit"]
CLAIM_COUNT = REASON["claim_count_reached"]
FACT_UNKNOWN = REASON["fact_unknown"]
AMOUNT_UNKNOWN = REASON["amount_unknown"]
DISAGREE = REASON["amounts_disagree"]
REVERSED = REASON["reversed"]
BELOW = REASON["below_deductible"]
CAP = REASON["cap_reached"]
POCKET = REASON["exceeds_out_of_pocket"]
NO_KEY = 0xCBF29CE484222325 >> 4
"""The key of the empty text: an event without diagnoses."""
COUNTED = (1 << PAID_ONCE) | (1 << CLAIM_COUNT) | (1 << EXCLUDED_WITH_OTHER)
CUTS_AT = 32
"""Reasons of a line in one number: gates as bits, and from this bit on the cuts, five bits each plus one, first cut lowest."""

FIELDS = (
    *("accident", "settled_by_insurance", "kinds", "hospital_level", "severity", "disability_grade", "circumstances"),
    *("diseases", "not_diseases", "diagnoses", "not_diagnoses", "operations", "not_operations", "sex", "age"),
    *("employment", "basic_insurance", "groups", "not_groups", "relation", "option", "risk_class", "tenure", "stay"),
    *("days", "days_since_joining", "dates", "any_of"),
)
"""Fields of tests, by number (see ``conditions``)."""
FIELD = {name: i for i, name in enumerate(FIELDS)}

FACTS = (
    *FIELDS[:-1],
    *("birth_date", "consecutive_periods", "started_on", "ended_on", "settled_on", "accident_on", "first_diagnosed_on"),
    *("filed_on", "reported_on", "rest_days"),
)
"""Facts that may be missing, by their bits; amounts follow from ``AMOUNTS_AT`` on."""
FACT = {name: i for i, name in enumerate(FACTS)}
AMOUNTS_AT = 40
DATES = (*("started_on", "ended_on", "settled_on", "filed_on", "reported_on", "accident_on", "first_diagnosed_on"),)
"""Dates of an event, by their columns."""
STARTED, ENDED, SETTLED, FILED, REPORTED, ACCIDENT_ON, FIRST_FOUND = range(7)

MARGINAL, WHOLE_TABLE, STEPS = range(3)
ONLY, GREATER, LESSER = range(3)
FIRST, LARGER, DIFFERENCE = range(3)
UNITS_STEP, FLOOR_STEP, CAPS_STEP, EXCLUSIVE_STEP, SHARED_STEP, COMBINED_STEP, INDEMNITY_STEP = range(7)

if len(FACTS) > AMOUNTS_AT or set(AMOUNT_NAMES) != AMOUNTS:
    raise AssertionError("the numbers of facts or amounts no longer fit the contract's words")
