"""The closed vocabularies that cases, plans and decisions share, each in the order of the public contract.

The order of ``REASONS`` is the order in which a line names them: the gates first, then the cuts.
``docs/glossary.md`` gives every word in Chinese and English.
"""

OUTCOMES = ("none", "pay", "refuse", "refer")
"""What became of a line: not triggered, paid, refused, or referred to a person."""

REASONS = (
    "not_covered",
    "plan_excluded",
    "duplicate_cover",
    "age",
    "sex",
    "employment",
    "insurance",
    "groups",
    "waiting_period",
    "found_before_cover",
    "filed_late",
    "hospital_level",
    "exclusion",
    "not_accident",
    "diagnosis_not_listed",
    "operation_not_listed",
    "severity",
    "disability_grade",
    "too_few_days",
    "already_paid_once",
    "excluded_with_other_benefit",
    "claim_count_reached",
    "fact_unknown",
    "amount_unknown",
    "amounts_disagree",
    "duplicate",
    "reversed",
    "below_deductible",
    "cap_reached",
    "exceeds_out_of_pocket",
)
"""Why a line is not paid, or paid less."""

KINDS = ("inpatient", "outpatient", "outpatient_special", "diagnosis", "disability", "death")
"""Kinds of event that every plan may use; a plan may name further ones of its own."""

BENEFITS = (
    "inpatient",
    "outpatient",
    "outpatient_special",
    "allowance",
    "critical_illness",
    "carcinoma_in_situ",
    "womens_illness",
    "disability",
    "accident_medical",
    "death",
    "relief",
)
"""Benefit ids of the shipped plans; a plan may name further ones of its own."""

EMPLOYMENTS = ("in_service", "retired", "flexible", "gig")
"""How a member works."""

INSURANCES = ("employee", "resident", "none")
"""Which basic medical insurance a member has."""

MONEY_COUNTERS = ("paid", "entitled", "base", "rated")
NUMBER_COUNTERS = ("claims", "days", "days_seen", "stays")
"""Last part of a counter's name in ``opening``: what counts money and what counts events or days (see ``accumulators``)."""

RELATIONS = ("self", "child", "spouse")
"""What the person of a case is to the member of the union."""

CIRCUMSTANCES = (
    *("drunk_driving", "unlicensed_driving", "unplated_driving", "self_harm", "suicide", "crime", "drugs", "fight"),
    *("war", "earthquake", "work_injury", "sudden_death", "cosmetic", "childbirth"),
)
"""Circumstances of an event that have a name for people; a plan may name further ones of its own."""

AMOUNTS = frozenset(
    {
        "total",
        "fund_paid",
        "supplement_paid",
        "medical_aid_paid",
        "hospital_borne",
        "basic_deductible",
        "copay",
        "above_ceiling",
        "pre_self_paid",
        "over_limit",
        "self_paid",
        "out_of_scope",
        "account_paid",
        "cash_paid",
        "other_aid_paid",
    }
)
"""Amounts of a bill; a plan may name further components that begin with ``x_``."""
