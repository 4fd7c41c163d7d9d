"""Figures that the distributions are drawn with: how often, how dear, who files. docs/synthesis.md gives the source of each.

Two of them are fitted to one published year (Beihai under ``guangxi-huzhubao-1-2025``): ``STAYS`` and ``BILL_MEDIAN``; the
tail was chosen with an eye to that year's largest payment. The rest are chosen. Results are never scaled afterwards.
"""

from __future__ import annotations

PUBLISHED_MEMBERS = 103_300
PUBLISHED_PAYMENTS = 4_094
PUBLISHED_YUAN = 3_690_000
"""Beihai's published year: members, payments, yuan paid; the largest payment was near 100,000 yuan."""
DEFAULT_SEED = 2025

# --- how often --------------------------------------------------------------------------------------------------------
STAYS = 0.0580
"""First stays in hospital per member and year at factor 1, filed or not. Fitted to the published payments."""
STAY_FACTORS = ((1.15, 1.0, 1.35, 2.4), (0.6, 0.85, 1.4, 2.6))
"""Women and men, by ``tables.AGE_BANDS``."""
FRAILTY = 1.2
"""Shape of the gamma distribution (mean 1) of members' own risk: who was in hospital is likelier to be again."""
MONTHS = (88, 72, 108, 104, 103, 98, 103, 100, 97, 90, 101, 96)
"""Stays by month: few at Spring Festival and National Day, more in spring and late autumn."""
READMITTED_AFTER = (7, 45)
"""Days between discharge and readmission."""
INJURY_BY_RISK = (0.7, 1.1, 1.8)
"""Accidents by the industry's risk."""
DISABLED = 0.04
"""Share of accident stays that leave a disability."""
GRADES = (5, 10, 15, 20, 30, 40, 80, 130, 220, 450)
"""Weights of disability grades 1 to 10."""
DEATHS = 0.00028
"""Deaths filed per member and year at factor 1."""
DEATH_FACTORS = ((0.2, 0.6, 1.4, 6.0), (0.4, 1.4, 3.2, 12.0))
ACCIDENTAL_DEATHS = 0.15
CHRONIC = 0.02
"""Members with visits under a special arrangement (门诊慢特病), at the factors of stays."""
CHRONIC_VISITS = 3.0
"""Mean number of such filings a year."""
VISITS_AFTER_ACCIDENTS = 0.006
"""Outpatient visits after an accident, per member and year."""
DIAGNOSIS_REPORTED = 0.6
"""Share of first critical illnesses that are also filed as a ``diagnosis``."""
FILED_IN_VAIN = 0.05
"""What remains of an event's chance of being filed where no loaded plan answers to it, or outside any cover."""

# --- how dear ---------------------------------------------------------------------------------------------------------
BILL_MEDIAN = 707_000
"""Median bill of a stay at cost 100 % in a second-level hospital, fen. Fitted to the published yuan."""
BILL_SPREAD = 0.6
"""Standard deviation of the bill's logarithm, around the median of its diagnosis and level."""
LEVEL_COST = (0.55, 1.0, 1.5)
LEVELS = (0.08, 0.37, 0.55)
LEVELS_DEAR = (0.01, 0.14, 0.85)
"""Hospital levels 1 to 3: common diseases, and those whose cost is 170 % or more."""
DAYS_SPREAD = 0.5
DAYS_MOST = 150
TAIL_SHARE = 0.0075
"""Share of stays with a bill from the Pareto tail; dear diseases three times as often."""
TAIL_FROM = 5_000_000
TAIL_SHAPE = 1.5
BILL_LEAST, BILL_MOST = 20_000, 80_000_000
"""The tail begins at ``TAIL_FROM``; no bill is smaller or larger than these, fen."""
VISIT_MEDIAN = 90_000
"""Median bill of outpatient filings, fen."""

# --- who pays the bill ------------------------------------------------------------------------------------------------
OUT_OF_SCOPE = (1.6, 12.0)
PRE_SELF_PAID = (2.0, 38.0)
OVER_LIMIT = (1.0, 50.0)
"""Beta distributions of shares of the bill; ``OVER_LIMIT`` for ``OVER_LIMIT_IN`` of the bills."""
OVER_LIMIT_IN = 0.25
DEDUCTIBLES = (20_000, 40_000, 60_000)
"""起付线 by hospital level, fen; halved on readmission."""
FUND_RATES = ((9_200, 9_000, 8_700), (8_500, 7_200, 6_000))
"""The fund's share below its ceiling by level, basis points: employees' insurance, residents'."""
FUND_CEILINGS = (20_000_000, 15_000_000)
SUPPLEMENT_ABOVE = 7_500
SUPPLEMENT_FROM, SUPPLEMENT_RATE = 1_500_000, 6_000
"""Supplements pay this share above the ceiling, and of co-payments over an amount (fen)."""
MEDICAL_AID = 5_000
"""Medical aid's share of the co-payment of members in hardship, basis points."""
ACCOUNT = (1.0, 40_000.0)
"""Gamma distribution (shape, scale in fen) of what is on a personal account."""
UNINSURED = 0.005
HOSPITAL_BEARS = 0.005
OTHER_AID = 0.02
"""Shares of bills not settled by the insurance, partly borne by the hospital, with other aid."""

# --- who files --------------------------------------------------------------------------------------------------------
FILES_LEAST, FILES_MOST, FILES_SCALE = 0.2, 0.95, 150_000
"""A stay is filed with a chance that grows from least to most as the self-paid part grows (scale in fen)."""
FILING_DAYS = (1.3, 22.0)
"""Gamma distribution of days from settlement to filing."""
REVERSED, REPLACED = 0.004, 0.006
UNKNOWN = 0.002
"""Share of stays for each of: level, discharge, day of filing, diagnoses, the parts of the bill unknown."""
UNKNOWN_EMPLOYMENT = 0.001
"""Share of members."""

# --- who is covered ---------------------------------------------------------------------------------------------------
HARDSHIP = 0.02
MISFITS = 0.002
"""Members enrolled though their employment or insurance does not fit."""
RENEWS = 0.8
"""Chance to have been covered in the period before; periods in a row follow from it, at most ``PERIODS_MOST``."""
PERIODS_MOST = 15
JOINS_FROM = 18
"""Nobody joined before this age (years)."""
LATE = 0.3
"""Share of new members who join after the term began."""
FURTHER_PLAN = 0.4
"""Chance that an employer takes a further plan beside the first."""
TAKEN_OVER = 0.02
"""Covers of earlier terms whose used-up limits are told as ``opening``, where the plan has such limits."""
ENTERED_APART = 0.3
"""Of those who hold a combination, who are entered plan by plan."""
