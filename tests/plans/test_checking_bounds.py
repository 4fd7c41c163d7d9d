"""The checks against the engine: no payment passes a bound, and a row that is called dead is never chosen."""

import datetime
from collections import defaultdict
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benefit_engine.conditions import Context
from benefit_engine.decide import Engine
from benefit_engine.facts import Cover, Event, Member, parse_case
from benefit_engine.history import stay_groups
from benefit_engine.plan import Library
from mutualaid.plans.checking.bounds import bounds
from mutualaid.plans.checking.parts import Check
from mutualaid.plans.checking.reach import check_reach
from mutualaid.plans.compiling import compile_plan
from mutualaid.plans.document import Document
from mutualaid.plans.reading import Draft
from mutualaid.plans.yaml_reader import Read

SCOPES = ("stay", "day", "period", "life")


def document(benefit: dict[str, Any], **more: Any) -> Document:
    """A plan with one benefit."""
    data = {"plan": "x", "family": "x", "status": "published", "name": "x", "organiser": "x", "term": {"years": 1}}
    return Document.model_validate(
        {**data, **more, "benefits": [{"benefit": "inpatient", "kinds": ["inpatient"], **benefit}]}
    )


yuan = st.sampled_from([0, 1, 40, 100, 250, 999, 1000, 5000])
percent = st.sampled_from(["0%", "10%", "33.33%", "70%", "100%"])


@st.composite
def rates(draw: st.DrawFn) -> dict[str, Any]:
    """Tables without gaps, mostly ending at 0%."""
    mode = draw(st.sampled_from(["marginal", "marginal", "whole", "steps"]))
    ends = sorted(draw(st.sets(st.sampled_from([100, 500, 1000, 3000]), max_size=3)))
    brackets = []
    for over, up_to in zip([0, *ends], [*ends, None], strict=True):
        paid = (
            {"sum": draw(yuan)}
            if mode == "steps"
            else {"rate": draw(percent) if up_to else draw(st.sampled_from(["0%", "0%", "50%"]))}
        )
        brackets.append({"over": over, **({"up_to": up_to} if up_to else {}), **paid})
    return {"mode": mode, "brackets": brackets, "per": draw(st.sampled_from(["stay", "period"]))}


@st.composite
def formulas(draw: st.DrawFn) -> dict[str, Any]:
    """One formula of each kind."""
    kind = draw(st.sampled_from(["base", "base", "days", "sum"]))
    if kind == "sum":
        return {"sum": {"amount": [{"when": {"hospital_level": 3}, "value": draw(yuan)}, {"value": draw(yuan)}]}}
    if kind == "days":
        caps = st.builds(
            lambda days, per: {"days": days, "per": per}, st.integers(1, 9), st.sampled_from(["stay", "period", "life"])
        )
        return {
            "days": {
                "per_day": draw(yuan),
                "after": draw(st.sampled_from([0, 0, 3])),
                "caps": draw(st.lists(caps, max_size=2)),
            }
        }
    deductible = {
        "amount": draw(yuan),
        "per": draw(st.sampled_from(["stay", "period"])),
        "threshold": draw(st.booleans()),
    }
    return {
        "base": {"of": "total", "name": "x"},
        "rate": draw(rates()),
        **({"deductible": deductible} if draw(st.booleans()) else {}),
    }


@st.composite
def plans(draw: st.DrawFn) -> Document:
    """One benefit with what limits it."""
    benefit = draw(formulas())
    if draw(st.booleans()):
        benefit = {draw(st.sampled_from(["greater_of", "lesser_of"])): [benefit, draw(formulas())]}
    caps = st.builds(lambda amount, per: {"amount": amount, "per": per}, yuan, st.sampled_from(SCOPES))
    benefit |= {"caps": draw(st.lists(caps, max_size=2)), "indemnity": False}
    benefit |= draw(st.sampled_from([{}, {}, {"floor": 60}]))
    benefit |= draw(
        st.sampled_from(
            [{}, {"once": {"per": "period"}}, {"once": {"per": "life", "upgrade": True}}, {"claims": {"most": 2}}]
        )
    )
    order = ["units", "floor", "caps", "exclusive", "shared_caps", "combined_caps", "indemnity"]
    benefit |= draw(st.sampled_from([{}, {}, {"order": order[::-1]}, {"order": [*order[1:], "units"]}]))
    more = draw(st.sampled_from([{}, {"stays_as_one": {"within_days": 3}}]))
    return document(benefit, units={"most": 2}, **more)


stays = st.lists(
    st.tuples(
        st.integers(0, 500), st.integers(1, 12), st.sampled_from([2, 3]), st.sampled_from([0, 50, 400, 1200, 9000])
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=400)
@given(plans(), stays, st.integers(1, 2))
def test_no_payment_passes_its_bound(plan: Document, stays: list[tuple[int, int, int, int]], units: int) -> None:
    first = datetime.date(2025, 1, 1)
    events: list[dict[str, Any]] = [
        {
            "event": f"e{i}",
            "kind": "inpatient",
            "started_on": f"{first + datetime.timedelta(days=start)}",
            "ended_on": f"{first + datetime.timedelta(days=start + days)}",
            "hospital_level": level,
            "amounts": {"total": f"{total}.00"},
        }
        for i, (start, days, level, total) in enumerate(stays)
    ]
    covers = [
        {"plan": "x", "from": f"{year}-01-01", "until": f"{year + 1}-01-01", "units": units} for year in (2025, 2026)
    ]
    compiled = compile_plan(plan)
    case = parse_case({"case": "c", "member": {}, "covers": covers, "events": events})
    decision = Engine(Library({"x": compiled})).decide(case)
    stay = stay_groups(list(case.events), compiled.stays_as_one)
    days = {event["event"]: event["started_on"] for event in events}
    paid: dict[tuple[str, str], int] = defaultdict(int)
    for line in decision.lines:
        day = days[line.event]
        keys = {"stay": stay[line.event], "day": day, "period": day[:4], "life": ""}
        for scope, key in keys.items():
            paid[scope, key] += line.amount
    limits = bounds(plan, plan.benefits[0])
    times = units if limits.per_unit else 1
    for (scope, _), amount in paid.items():
        most = limits.total(scope)
        assert most is None or amount <= most * times


LEVELS = st.lists(st.sampled_from([1, 2, 3]), min_size=1, max_size=3, unique=True)
AGES = st.tuples(st.integers(18, 60), st.integers(0, 30)).map(
    lambda pair: {"from": pair[0], "up_to": pair[0] + pair[1]}
)
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "hospital_level": LEVELS,
        "age": st.one_of(
            AGES,
            st.integers(18, 60).map(lambda age: {"from": age}),
            st.integers(18, 60).map(lambda age: {"up_to": age}),
        ),
        "sex": st.sampled_from(["F", "M"]),
        "accident": st.booleans(),
        "dates": st.sampled_from([{"until": datetime.date(2025, 6, 1)}, {"from": datetime.date(2025, 3, 1)}]),
    },
)


@settings(max_examples=300)
@given(st.lists(CONDITIONS, min_size=1, max_size=4), CONDITIONS, st.booleans())
def test_a_row_that_is_called_dead_is_never_chosen(
    rows: list[dict[str, Any]], required: dict[str, Any], single: bool
) -> None:
    if single:  # rows about one fact alone, so that several together use it up
        rows = [{name: row[name]} for row in rows for name in list(row)[:1]]
    values = [{**({"when": row} if row else {}), "value": i + 1} for i, row in enumerate(rows)] or [{"value": 1}]
    requires = [{"when": required}] if required else []
    plan = document({"sum": {"amount": values}, "requires": requires}, who=[{"ages": [{"from": 20, "up_to": 50}]}])
    check = Check(Draft("x.yaml", Read({}), plan))
    dead = dead_rows(check)
    compiled = compile_plan(plan).benefits[0]
    alive = set()
    for context in contexts():
        chosen = choose_row(compiled, context)
        if chosen is not None:
            alive.add(chosen)
    assert dead.isdisjoint(alive)


def dead_rows(check: Check) -> set[int]:
    """Rows that the checks call dead; the places of faults are not in a text here, so they are taken as they are given."""
    found: set[int] = set()

    def note(path: tuple[str | int, ...], zh: str, en: str, *, here: bool = False) -> None:
        if path[:4] == ("benefits", 0, "sum", "amount") and len(path) > 4:
            found.add(int(path[4]))

    check.add = note  # type: ignore[method-assign]
    check_reach(check)
    return found


def contexts() -> list[Context]:
    """People and events of every kind that the conditions tell apart, all covered."""
    cover = Cover("x", datetime.date(2025, 1, 1), datetime.date(2026, 1, 1))
    found = []
    for age in (18, 20, 21, 30, 35, 40, 49, 50, 51, 60):
        for sex in ("F", "M"):
            member = Member(datetime.date(2025 - age, 1, 1), sex)
            for day in (datetime.date(2025, 2, 1), datetime.date(2025, 4, 1), datetime.date(2025, 7, 1)):
                for level in (1, 2, 3):
                    for accident in (True, False):
                        event = Event("e", "inpatient", day, hospital_level=level, accident=accident)
                        found.append(Context(member, event, cover, day))
    return found


def choose_row(benefit: Any, context: Context) -> int | None:
    """The row that the engine takes for a person who may be covered and meets what the benefit requires."""
    from benefit_engine.conditions import choose, verdict

    if context.age is None or not 20 <= context.age <= 50:
        return None
    if not all(verdict(gate.when, context) for gate in benefit.gates):
        return None
    value = choose(benefit.formulas[0].sum.amount, context)
    return None if value is None else value // 100 - 1
