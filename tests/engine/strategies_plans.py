"""Random plans over every mechanism of the engine, built directly as programs, for the tests by properties.

Sizes are chosen so that examples mostly pay: rates near the plans that exist, caps within reach of a few bills, conditions
that most people of ``strategies`` meet. Money is integer fen, rates are basis points, as in ``benefit_engine.plan``.
"""

from __future__ import annotations

import datetime
import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from benefit_engine import plan as p

OPTIONS, RISKS, GROUPS = ("A", "B"), ("low", "high"), ("hardship", "model_worker")
SETTLEMENT = "settlement"
"""An own kind of event: the settlement of a period's bills at its end."""
TURN = datetime.date(2025, 7, 1)
"""Day on which dated values change."""
CANCER = p.Disease("恶性肿瘤", (("C00", "C97"),))
INFARCTION = p.Disease("心肌梗死", (("I21", "I22"),))
HYSTERECTOMY = p.Disease("子宫切除", (), (("684", "685"),))
IN_SITU = p.Disease("原位癌", (("D00", "D09"),))
ALL_KINDS = tuple("cost days cost disease cost death cost disability relief settled disease death".split())
"""Kinds of benefit in the frequency in which plans have them."""


@dataclass(frozen=True)
class Shape:
    """What a world may hold; the properties switch off what would make them say less."""

    plans_most: int = 3
    kinds_of_benefit: tuple[str, ...] = ALL_KINDS
    combinations: bool = True
    stays_as_one: bool = True
    undone: bool = True
    opening: bool = True
    paid: bool = True
    events_most: int = 6
    plain: bool = False
    """Nothing by which more of a bill could pay less: no whole brackets, steps, second layers or exclusives."""


@functools.lru_cache(maxsize=None, typed=True)  # typed: (False, True) and (0, 1) are not the same choice
def _one_of(*items: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(items)


@functools.cache
def _whole(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


class Maker:
    """Draws with odds. Everything shrinks towards the plain: False, the first choice, the least number."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred."""
        return bool(self._draw(_whole(0, 99)) >= 100 - percent)

    def one(self, *items: Any) -> Any:
        """One of the items (hashable)."""
        return self._draw(_one_of(*items))

    def some(self, *items: Any) -> tuple[Any, ...]:
        """At least one of the items, in their order."""
        bits = self._draw(_whole(1, 2 ** len(items) - 1))
        return tuple(item for i, item in enumerate(items) if bits >> i & 1)

    def whole(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return int(self._draw(_whole(least, most)))

    def maybe(self, percent: int, value: Callable[[], Any]) -> Any:
        """The value in so many of a hundred, else None."""
        return value() if self.chance(percent) else None


class Dice(Maker):
    """Draws by a seeded generator: the same odds, thousands in a second, and nothing shrinks."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) >= 100 - percent

    def one(self, *items: Any) -> Any:
        return self._random.choice(items)

    def some(self, *items: Any) -> tuple[Any, ...]:
        bits = self._random.randrange(1, 2 ** len(items))
        return tuple(item for i, item in enumerate(items) if bits >> i & 1)

    def whole(self, least: int, most: int) -> int:
        return self._random.randint(least, most)


# --- conditions and choices ---------------------------------------------------------------------------------------------

_WANTS: dict[str, tuple[Any, ...]] = {
    "accident": (False, True),
    "settled_by_insurance": (True,),
    "kinds": (("inpatient",), ("inpatient", "outpatient", "diagnosis")),
    "hospital_level": ((2, 3), (3,), (1, 2, 3)),
    "severity": (("mild",), ("severe",)),
    "circumstances": (("work_injury",),),
    "diseases": ((CANCER,), (CANCER, INFARCTION, HYSTERECTOMY)),
    "not_diseases": ((IN_SITU,),),
    "diagnoses": ((("C00", "C97"), ("J18", "J18")),),
    "not_diagnoses": ((("S00", "T98"),),),
    "operations": ((("684", "684"),),),
    "not_operations": ((("361", "361"),),),
    "sex": ("F", "M"),
    "age": ((18, 60), (None, 44), (45, None)),
    "employment": (("in_service",), ("in_service", "flexible")),
    "basic_insurance": (("employee",), ("employee", "resident")),
    "groups": (GROUPS, ("hardship",)),
    "not_groups": (("model_worker",),),
    "relation": (("self",), ("self", "child")),
    "option": (("A",), OPTIONS),
    "risk_class": (("low",), ("high",)),
    "tenure": ((2, None), (1, 1)),
    "stay": ((1, 1), (2, None)),
    "days": ((4, None), (None, 10)),
    "days_since_joining": ((30, None), (0, 400)),
    "dates": ((None, TURN), (TURN, None)),
}
_FIELDS = tuple(_WANTS)


def a_test(make: Maker, fields: tuple[str, ...] = _FIELDS) -> p.Test:
    """One question about the facts."""
    field = make.one(*fields)
    return p.Test(field, make.one(*_WANTS[field]))


def a_condition(make: Maker) -> p.Condition:
    """One test, rarely two, or two of which one is enough."""
    if make.chance(10):
        return (p.Test("any_of", ((a_test(make),), (a_test(make),))),)
    return (a_test(make), a_test(make)) if make.chance(10) else (a_test(make),)


def a_choice(make: Maker, *values: Any) -> p.Choice[Any]:
    """Mostly one value; else rows by condition, mostly with a last one for all others."""
    if not make.chance(25):
        return (p.Row((), make.one(*values)),)
    rows = [p.Row(a_condition(make), make.one(*values)) for _ in range(make.whole(1, 2))]
    return (*rows, p.Row((), make.one(*values))) if make.chance(85) else tuple(rows)


# --- formulas -----------------------------------------------------------------------------------------------------------

_BASES: tuple[tuple[tuple[int, str], ...], ...] = (
    ((1, "self_paid"),),
    ((1, "self_paid"),),
    ((1, "self_paid"), (1, "out_of_scope")),
    tuple((1, part) for part in p.FIVE_PARTS),
    ((1, "basic_deductible"), (1, "copay")),
    ((1, "total"), (-1, "fund_paid"), (-1, "supplement_paid")),
    ((1, p.REMAINING),),
    ((1, "self_paid"), (-1, "hospital_borne")),
    ((1, "copay"), (1, "x_special_drugs")),
)
_RATES = (7000, 5000, 3333, 8000, 10_000, 1250)


def a_base(make: Maker, shape: Shape, collects: tuple[str, ...] = ()) -> p.Base:
    """What of a bill counts, sometimes a share of it."""
    components = make.one(*_BASES[:4]) if collects or shape.plain else make.one(*_BASES)
    share = a_choice(make, 8000, 3333, 5000) if make.chance(20) else (p.Row((), 10_000),)
    return p.Base((p.Row((), components),), share, "计算基数", collects, make.maybe(20, lambda: "第四条"))


def a_table(make: Maker, shape: Shape) -> p.Table:
    """A flat rate, or brackets without gaps: marginal, whole or in steps; the last one open or at 0 % from its end on."""
    mode = make.one("flat", "flat", "flat", "marginal", "marginal", *(() if shape.plain else ("whole", "steps")))
    if mode == "flat":
        return p.Table("marginal", (p.Bracket(0, None, make.one(*_RATES)),))
    ends = [make.whole(1, 40) * 25_000]
    for _ in range(make.whole(0, 2)):
        ends.append(ends[-1] + make.whole(1, 40) * 25_000)
    brackets = []
    for over, up_to in zip([0, *ends], [*ends, None], strict=True):
        rate = 0 if make.chance(10) else make.one(*_RATES)
        sum_ = 0 if make.chance(10) else make.whole(1, 30) * 10_000
        brackets.append(p.Bracket(over, up_to, sum=sum_) if mode == "steps" else p.Bracket(over, up_to, rate))
    return p.Table(mode, tuple(brackets))


def a_rate(make: Maker, shape: Shape, periodic: int = 20) -> p.Rate:
    """The table, on the stay or on the period's running total, with a bonus for long membership now and then."""
    tables: p.Choice[p.Table] = (p.Row((), a_table(make, shape)),)
    if make.chance(15):
        tables = (p.Row(a_condition(make), a_table(make, shape)), *tables)
    bonus = p.TenureBonus(make.one(100, 250), make.whole(0, 2), 500) if make.chance(15) else None
    return p.Rate(tables, p.PERIOD if make.chance(periodic) else p.STAY, bonus)


def a_deductible(make: Maker) -> p.Deductible:
    """Deducted or a threshold, per stay or per period, sometimes by the ordinal of the stay."""
    amount = a_choice(make, 10_000, 50_000, 100_000)
    if make.chance(15):
        amount = (p.Row((p.Test("stay", (1, 1)),), 50_000), p.Row((), 10_000))
    return p.Deductible(amount, make.one(p.STAY, p.STAY, p.PERIOD), make.chance(25))


def a_cost_formula(make: Maker, shape: Shape, collects: tuple[str, ...] = ()) -> p.Formula:
    """Base, mostly a deductible, and a rate."""
    deductible = a_deductible(make) if make.chance(55) else None
    return p.Formula(base=a_base(make, shape, collects), deductible=deductible, rate=a_rate(make, shape))


def a_days_formula(make: Maker) -> p.Formula:
    """An allowance by day of the stay or of rest, with its own caps on days."""
    caps = (
        tuple(p.DayCap(make.one(10, 3, 30), per) for per in make.some(p.STAY, p.PERIOD, p.LIFE))
        if make.chance(50)
        else ()
    )
    days = p.Days(
        a_choice(make, 5000, 10_000),
        of="rest" if make.chance(20) else "stay",
        after=make.one(0, 0, 2, 3),
        all_once_more=make.chance(30),
        both_ends=make.chance(20),
        within_cover=make.chance(20),
        caps=caps,
    )
    return p.Formula(days=days)


def a_sum(make: Maker, ladder: bool = False, top_up: tuple[str, ...] = ()) -> p.Formula:
    """A lump sum: by severity, by grade of disability, or what is missing to it."""
    by_severity = (
        p.Row((p.Test("severity", ("mild",)),), 300_000),
        p.Row((p.Test("severity", ("severe",)),), 1_000_000),
    )
    amount = by_severity if make.chance(20) and not ladder else a_choice(make, 200_000, 500_000, 1_500_000)
    rungs = tuple(range(10_000, 0, -1000)) if ladder else ()
    return p.Formula(sum=p.Sum(amount, rungs, top_up, make.one(p.PERIOD, p.LIFE)))


# --- benefits -----------------------------------------------------------------------------------------------------------


def _formulas(make: Maker, kind: str, others: tuple[str, ...], shape: Shape) -> tuple[p.Formula, ...]:
    if kind == "cost":
        first = a_cost_formula(make, shape)
        return (first, a_cost_formula(make, shape)) if make.chance(10) else (first,)
    if kind == "settled":
        return (a_cost_formula(make, shape, make.some("outpatient", "inpatient")),)
    if kind == "days":
        first = a_days_formula(make)
        return (first, a_days_formula(make)) if make.chance(15) else (first,)
    if kind == "relief":
        table = p.Table("marginal", (p.Bracket(0, None, make.one(*_RATES)),))
        base = p.Base((p.Row((), ((1, p.REMAINING),)),), (p.Row((), 10_000),), "仍由个人负担")
        return (p.Formula(base=base, deductible=a_deductible(make), rate=p.Rate((p.Row((), table),))),)
    if kind == "disability":
        return (a_sum(make, ladder=make.chance(80)),)
    return (a_sum(make, top_up=others if kind == "death" and make.chance(75) else ()),)


def _kinds(make: Maker, kind: str) -> tuple[str, ...]:
    if kind == "cost":
        return make.one(("inpatient",), ("inpatient", "outpatient"), ("outpatient", "outpatient_special"))
    if kind == "disease":
        return ("diagnosis", "inpatient", "outpatient_special")
    return {"settled": (SETTLEMENT,), "disability": ("disability",), "death": ("death",)}.get(kind, ("inpatient",))


def _trigger(make: Maker, kind: str) -> p.Condition:
    if kind == "disease":
        diseases = p.Test("diseases", make.one((CANCER, INFARCTION, HYSTERECTOMY), (CANCER,), (IN_SITU, CANCER)))
        return (diseases, p.Test("sex", "F")) if make.chance(15) else (diseases,)
    if kind == "disability":
        grade = p.Test("disability_grade", make.one((1, 10), (1, 6), (3, None)))
        return (p.Test("accident", True), grade) if make.chance(50) else (p.Test("accident", True),)
    if kind == "death" and make.chance(30):
        return (p.Test("accident", True),)
    if make.chance(10):
        return (a_test(make, ("accident", "operations", "groups", "diagnoses", "severity", "not_diseases")),)
    return ()


def _gates(make: Maker) -> tuple[p.Gate, ...]:
    gates = []
    if make.chance(20):
        gates.append(p.Gate((a_test(make, ("hospital_level", "settled_by_insurance", "not_groups", "severity")),)))
    if make.chance(18):
        drunk = p.Test("circumstances", ("drunk_driving", "self_harm"))
        gates.append(p.Gate((drunk,), excludes=True, label="除外责任", clause="第九条"))
    if make.chance(10):
        gates.append(p.Gate((a_test(make, ("operations", "risk_class")),), excludes=True))
    if make.chance(6):
        gates.append(p.Gate(a_condition(make), make.one(None, None, "exclusion")))
    return tuple(gates)


def a_limit(make: Maker) -> p.Limit:
    """A limit of filing, of reporting, or a window for the event itself."""
    field, reason = make.one(("filed_on", "filed_late"), ("reported_on", "filed_late"), ("started_on", "not_covered"))
    of = make.one("started_on", "ended_on", "settled_on", "cover_end", datetime.date(2026, 9, 1))
    days, working_days, months = make.one((60, None, None), (None, 30, None), (None, None, 3))
    if field == "started_on":
        of, days, working_days, months = make.one("cover_end", TURN, "accident_on"), 180, None, None
    return p.Limit(field, of, days, working_days, months, reason)


def _once(make: Maker, kind: str) -> p.Once | None:
    if kind == "disease" and make.chance(70):
        return p.Once(make.one(p.LIFE, p.DISEASE, p.PERIOD), make.chance(60))
    if kind in ("death", "disability") and make.chance(40):
        return p.Once(make.one(p.LIFE, p.CAUSE), make.chance(30))
    return None


_LATER = ("caps", "exclusive", "shared_caps", "combined_caps", "indemnity")


def _order(make: Maker) -> tuple[str, ...]:
    """Mostly the usual order; else another one of the steps that only cut."""
    if not make.chance(12):
        return p.MIDDLE_STEPS
    first = make.whole(0, len(_LATER) - 1)
    return ("units", "floor", *_LATER[first:], *_LATER[:first])


def a_benefit(make: Maker, name: str, kind: str, others: tuple[str, ...], shape: Shape) -> p.Benefit:
    """One benefit; ``others`` are the ids of the benefits before it in its plan."""
    formulas = _formulas(make, kind, others, shape)
    reimburses = any(formula.base is not None for formula in formulas)
    caps = tuple(
        p.Cap(a_choice(make, 100_000, 300_000, 800_000), make.one(*p.SCOPES)) for _ in range(make.one(0, 1, 1, 2))
    )
    counted = (*others, name) if others and make.chance(50) else (name,)
    claims = p.ClaimCount(make.whole(1, 3), make.one(p.PERIOD, p.LIFE), counted) if make.chance(20) else None
    dated = (*["started_on"] * 8, "settled_on", "ended_on", "first_diagnosed_on")
    return p.Benefit(
        id=name,
        name=name,
        kinds=_kinds(make, kind),
        trigger=(trigger := _trigger(make, kind)),
        gates=_gates(make),
        waiting=make.maybe(12, lambda: p.Waiting(make.one(30, 0, 90), make.one(0, 1), make.chance(30))),
        found_first=make.chance(60 if kind == "disease" else 3),
        limits=tuple(a_limit(make) for _ in range(make.one(0, 0, 0, 0, 1))),
        counts_on="accident_on" if p.Test("accident", True) in trigger else make.one(*dated),
        formulas=formulas,
        pick="only" if len(formulas) == 1 else make.one("greater", "lesser"),
        floor=make.one(5000, 30_000) if reimburses and make.chance(25) else 0,
        caps=caps,
        once=_once(make, kind),
        claims=claims,
        indemnity=reimburses,
        indemnity_limited=not make.chance(12),
        order=_order(make),
        clause=make.maybe(30, lambda: "第六条"),
    )


# --- plans --------------------------------------------------------------------------------------------------------------

_NAMES = {
    "cost": ("inpatient", "outpatient", "outpatient_special", "accident_medical"),
    "days": ("allowance",),
    "disease": ("critical_illness", "womens_illness", "carcinoma_in_situ"),
    "disability": ("disability",),
    "death": ("death",),
    "relief": ("relief",),
    "settled": ("yearly_settlement",),
}


def _benefits(make: Maker, shape: Shape) -> tuple[p.Benefit, ...]:
    benefits: list[p.Benefit] = []
    for _ in range(make.one(2, 1, 3, 4)):
        kind = make.one(*shape.kinds_of_benefit)
        taken = tuple(benefit.id for benefit in benefits)
        name = next((name for name in _NAMES[kind] if name not in taken), None)
        if name is not None:
            benefits.append(a_benefit(make, name, kind, taken, shape))
    return tuple(benefits)


def _ages(make: Maker) -> tuple[p.AgeBand, ...]:
    return make.one(
        (p.AgeBand(16, 60),),
        (p.AgeBand(16, 55, "F"), p.AgeBand(16, 60, "M")),
        (p.AgeBand(16, None, retirement=True),),
        (p.AgeBand(None, 17, relation="child"), p.AgeBand(16, 65, renewal_only_from=55)),
    )


_RETIREMENT = (
    p.RetirementAge("M", 60, datetime.date(1965, 1, 1), 4, 63),
    p.RetirementAge("F", 50, datetime.date(1975, 1, 1), 2, 55, ("hardship",)),
    p.RetirementAge("F", 55, datetime.date(1970, 1, 1), 4, 58),
)


def a_plan(make: Maker, number: int, family: str, shape: Shape) -> p.Plan:
    """One plan of up to four benefits, with what they share."""
    benefits = _benefits(make, shape)
    ids = tuple(benefit.id for benefit in benefits)
    who = [
        a_test(make, ("employment", "basic_insurance", "basic_insurance", "relation")) for _ in range(make.one(0, 0, 1))
    ]
    groups = [
        p.SharedCap(tuple(("", name) for name in make.some(*ids)), a_choice(make, 300_000, 1_000_000), per)
        for per in (make.some(p.STAY, p.DAY, p.PERIOD, p.LIFE, p.CAUSE)[:2] if make.chance(35) else ())
    ]
    exclusive: tuple[p.Exclusive, ...] = ()
    if len(ids) > 1 and not shape.plain and make.chance(65):
        rule = make.one("difference", "first", "larger")
        exclusive = (p.Exclusive(ids[:2], make.one(p.PERIOD, p.STAY, p.CAUSE, p.DISEASE, p.LIFE), rule),)
    return p.Plan(
        id=f"plan-{number}",
        family=family,
        name=f"计划{number}",
        ages=_ages(make) if make.chance(20) else (),
        retirement_ages=_RETIREMENT,
        gates=tuple(p.Gate((test,)) for test in who),
        units_most=make.one(None, 1, 3),
        excludes=(f"plan-{number - 1}",) if number > 1 and make.chance(6) else (),
        stays_as_one=p.StaysAsOne(make.one(0, 10, 30), make.chance(30))
        if shape.stays_as_one and make.chance(25)
        else None,
        shared_caps=tuple(groups),
        exclusives=exclusive,
        benefits=benefits,
        holidays=frozenset({datetime.date(2025, 10, day) for day in (1, 2, 3, 6, 7, 8)}),
        workdays=frozenset({datetime.date(2025, 9, 28), datetime.date(2025, 10, 11)}),
    )


def _combination(make: Maker, plans: list[p.Plan], shape: Shape) -> p.Combination:
    """Two or more plans together, caps across them, and sometimes relief or an allowance of its own."""
    own = None
    if make.chance(60):
        second = a_benefit(make, "allowance", "days", ("relief",), shape)
        benefits = (a_benefit(make, "relief", "relief", (), shape), *((second,) if make.chance(30) else ()))
        own = p.Plan("combined", "combined", "综合", benefits=benefits)
    pairs = [(plan.family, benefit.id) for plan in plans for benefit in plan.benefits]
    if own is not None and make.chance(50):
        pairs += [(own.family, benefit.id) for benefit in own.benefits]
    caps = [
        p.SharedCap(
            tuple(dict.fromkeys(pairs)), a_choice(make, 300_000, 800_000), make.one(p.PERIOD, p.STAY, p.LIFE, p.CAUSE)
        )
    ]
    return p.Combination("combined", "combined", "综合", tuple(plan.id for plan in plans), tuple(caps), own)


def a_library(make: Maker, shape: Shape) -> p.Library:
    """One to three plans, some of one family, and sometimes a combination of the first two."""
    plans: list[p.Plan] = []
    for number in range(1, make.whole(1, shape.plans_most) + 1):
        family = plans[-1].family if plans and make.chance(10) else f"family-{number}"
        plans.append(a_plan(make, number, family, shape))
    combinations = {}
    if shape.combinations and len(plans) > 1 and make.chance(50):
        combinations["combined"] = _combination(make, plans[:2], shape)
    return p.Library({plan.id: plan for plan in plans}, combinations)
