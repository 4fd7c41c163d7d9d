"""Seeded random histories: one person with covers of one plan and one to eight events, as the contract's JSON.

Most events are clean and payable, so that sums are well exercised; the rest stand on edges (bracket ends and deductibles
± 1 fen, first and last days, waiting times), are incomplete, disagree with themselves, or undo earlier events. The same plan
and seed always give the same history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from . import allowance_2015, guangxi_1, hainan_2, hangzhou_medical
from .invoices import Edges, random_amounts

Dict = dict[str, Any]

STAYS = (0, 1, 2, 3, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 12, 14, 18, 21, 30)
LONG_STAYS = (45, 60, 90, 91, 93, 94, 120, 200)
LISTED_CODES = ("C50.900", "I21.0", "I63.9", "N18.5", "c50.900", "I639", "n185", "C509")
OTHER_CODES = ("J18.9", "K80.2", "I10", "j189")
# Days since joining at which the waiting time and the full sum of the disease benefit begin, and their neighbours.
EDGES_OF_WAITING = (-1, 0, 1, 29, 30, 31, 60, 89, 90, 91, 200)


@dataclass(frozen=True)
class Shape:
    """What histories of a plan look like."""

    benefits: dict[str, tuple[str, ...]]  # kind -> benefits that answer to it
    kinds: dict[str, int]  # kind -> weight
    years: int  # length of a cover
    first_days: tuple[date, ...]
    edges: Edges
    insurances: tuple[str, ...] = ("employee",)
    listed_share: float = 0.1
    joined_matters: bool = False


SHAPES = {
    guangxi_1.PLAN: Shape(
        benefits={"inpatient": ("inpatient", "allowance"), "disability": ("disability",), "death": ("death",)},
        kinds={"inpatient": 70, "disability": 14, "death": 8, "outpatient": 4, "diagnosis": 2, "outpatient_special": 2},
        years=1,
        first_days=(date(2024, 1, 1), date(2025, 1, 1), date(2025, 1, 1), date(2024, 12, 12)),
        edges=Edges(("self_paid",), (0, 1_000, 11_000, 31_000, 51_000, 1_060_473), over=(900_000, 2_500_000)),
    ),
    hangzhou_medical.PLAN: Shape(
        benefits={"inpatient": ("inpatient",), "outpatient_special": ("outpatient_special",)},
        kinds={"inpatient": 60, "outpatient_special": 36, "outpatient": 2, "death": 2},
        years=1,
        first_days=(date(2021, 1, 1), date(2021, 1, 1), date(2022, 1, 1), date(2021, 3, 15)),
        edges=Edges(("self_paid",), (0, 300, 500, 1_000, 10_000, 15_000, 50_000), over=(30_000, 200_000)),
    ),
    hainan_2.PLAN: Shape(
        benefits={"inpatient": ("inpatient",), "death": ("death",)},
        kinds={"inpatient": 80, "death": 15, "outpatient": 3, "outpatient_special": 2},
        years=3,
        first_days=(date(2017, 3, 1), date(2017, 3, 1), date(2020, 3, 1), date(2018, 5, 20)),
        edges=Edges(("basic_deductible", "copay"), (0, 1_000, 5_000, 10_000, 73_571), over=(40_000, 150_000)),
        insurances=("employee", "resident"),
    ),
    allowance_2015.PLAN: Shape(
        benefits={
            "inpatient": ("allowance", "critical_illness"),
            "diagnosis": ("critical_illness",),
            "outpatient_special": ("critical_illness",),
        },
        kinds={"inpatient": 66, "diagnosis": 20, "outpatient_special": 10, "outpatient": 2, "death": 2},
        years=1,
        first_days=(date(2015, 1, 1), date(2015, 7, 1), date(2016, 1, 1), date(2015, 12, 1)),
        edges=Edges(("self_paid",), (0, 100, 5_000), over=(20_000, 300_000)),
        listed_share=0.3,
        joined_matters=True,
    ),
}


def random_history(plan: str, seed: int) -> Dict:
    """One case (contract's JSON) with covers of ``plan`` only."""
    random = Random(f"{plan}/{seed}")
    shape = SHAPES[plan]
    # Plain: clean events. Deep: many heavy ones in one period, until caps and counts are used up. Rough: anything.
    mood = random.choices(("plain", "deep", "rough"), (50, 20, 30))[0]
    covers = _covers(random, plan, shape)
    events = _events(random, shape, covers, mood)
    case = {
        "case": f"{plan}/{seed}",
        "member": _member(random, shape, covers, mood),
        "covers": covers,
        "events": events,
    }
    if random.random() < 0.15:
        paid = _paid_so_far(random, plan, shape, events)
        case |= {"paid": paid} if paid else {}
    return case


def _covers(random: Random, plan: str, shape: Shape) -> list[Dict]:
    """One cover, renewals, a gap between two, or overlapping ones. joined_on starts anew only after a gap."""
    start = random.choice(shape.first_days)
    pattern = random.choices(("one", "renewed", "renewed twice", "gap", "overlap"), (50, 18, 7, 12, 13))[0]
    starts = {
        "one": [start],
        "renewed": [start, _years_later(start, shape.years)],
        "renewed twice": [_years_later(start, n * shape.years) for n in range(3)],
        "gap": [start, _years_later(start, shape.years) + timedelta(days=random.choice((1, 31, 90)))],
        "overlap": [start, start + timedelta(days=random.choice((0, 1, 60, 181)))],
    }[pattern]
    joined = start if random.random() < 0.5 else start - timedelta(days=random.choice((1, 20, 29, 30, 31, 365, 1461)))
    covers = []
    for count, begins in enumerate(starts, 1):
        if pattern == "gap" and count == 2:
            joined = begins
        cover: Dict = {"plan": plan, "from": str(begins), "until": str(_years_later(begins, shape.years))}
        # Left out, it is the cover's first day; kept the same across overlapping covers, where plans with waiting would differ.
        if random.random() < 0.7 or (shape.joined_matters and pattern == "overlap"):
            cover["joined_on"] = str(joined)
        if random.random() < 0.8:
            cover["units"] = 2 if random.random() < 0.05 else 1
        if random.random() < 0.5:
            cover["consecutive_periods"] = 1 if pattern == "gap" else count
        covers.append(cover)
    if random.random() < 0.1:
        covers.reverse()
    return covers


def _member(random: Random, shape: Shape, covers: Sequence[Dict], mood: str) -> Dict:
    slip = 0.02 if mood == "plain" else 0.06
    born = date(random.randint(1962, 1992), random.randint(1, 12), random.randint(1, 28))
    if shape.joined_matters and len(covers) == 1 and random.random() < 0.15:
        # The birthday that opens or closes the ages of the plan falls on the cover's first day, or next to it.
        first = date.fromisoformat(covers[0]["from"])
        born = _years_later(first, -random.choice((16, 60, 61))) + timedelta(days=random.choice((-1, 0, 1)))
    member: Dict = {
        "birth_date": str(born),
        "employment": "in_service",
        "basic_insurance": random.choice(shape.insurances),
    }
    if random.random() < slip:
        member["employment"] = random.choice(("retired", "flexible", "gig"))
    if random.random() < slip:
        member["basic_insurance"] = random.choice(("resident", "none", "employee"))
    for name in ("employment", "basic_insurance", "birth_date"):
        if random.random() < slip / 2:
            del member[name]
    if random.random() < 0.6:
        member["sex"] = random.choice("FM")
    if random.random() < 0.2:
        member["groups"] = random.choice(([], ["hardship"]))
    return member


def _events(random: Random, shape: Shape, covers: Sequence[Dict], mood: str) -> list[Dict]:
    count = random.randint(4, 8) if mood == "deep" else random.randint(1, 8)
    events: list[Dict] = []
    while len(events) < count:
        free = _replaceable(events)
        if free and random.random() < (0.06 if mood == "plain" else 0.12):
            events.append(_second_thought(random, shape, covers, mood, free, len(events) + 1))
        else:
            events.append(_event(random, shape, covers, mood, f"e{len(events) + 1}"))
    if random.random() < 0.7 and not any(e.get("reverses") or e.get("replaces") for e in events):
        events.sort(key=lambda event: str(event["started_on"]))
    return events


def _replaceable(events: Sequence[Dict]) -> list[Dict]:
    """Events that nothing has undone yet and that undo nothing themselves by a reversal."""
    gone = {event.get("reverses") or event.get("replaces") for event in events}
    return [event for event in events if event["event"] not in gone and not event.get("reverses")]


def _second_thought(
    random: Random, shape: Shape, covers: Sequence[Dict], mood: str, free: Sequence[Dict], number: int
) -> Dict:
    """A reversal (the same event with every amount negative), or a corrected event in the place of an earlier one."""
    target = random.choice(free)
    if random.random() < 0.5:
        undone = {name: value for name, value in target.items() if name not in ("event", "amounts", "replaces")}
        negative = {name: f"-{text}" for name, text in target.get("amounts", {}).items() if text != "0.00"}
        return {"event": f"e{number}", "reverses": target["event"], **undone, "amounts": negative}
    corrected = _event(random, shape, covers, mood, f"e{number}")
    if random.random() < 0.7:  # Mostly the same stay with another bill.
        corrected = {**target, "event": f"e{number}", "amounts": corrected.get("amounts", {})}
    return corrected | {"replaces": target["event"]}


def _event(random: Random, shape: Shape, covers: Sequence[Dict], mood: str, name: str) -> Dict:
    kind = random.choices(list(shape.kinds), list(shape.kinds.values()))[0]
    start = _start(random, shape, covers, mood)
    event: Dict = {"event": name, "kind": kind, "started_on": str(start)}
    stay = random.choice(LONG_STAYS if random.random() < (0.4 if mood == "deep" else 0.05) else STAYS)
    if kind in ("inpatient", "outpatient_special", "outpatient"):
        _set(random, mood, event, "ended_on", str(start + timedelta(days=stay)), slip=0.04)
        event["settled_on"] = str(start + timedelta(days=stay + random.choice((0, 0, 3))))
        event["amounts"] = random_amounts(random, shape.edges, mood)
    elif random.random() < 0.15:
        event["amounts"] = random_amounts(random, shape.edges, mood)
    if random.random() < 0.3:
        event["filed_on"] = random.choice((None, str(start + timedelta(days=stay + random.choice((1, 30, 400))))))
    _set(random, mood, event, "hospital_level", random.choice((2, 3, 3, 2)), other=1, slip=0.06)
    _diagnoses(random, shape, covers, mood, event)
    _accident(random, mood, event)
    if random.random() < 0.3:
        event["operations"] = []
        event["severity"] = random.choice((None, "mild", "severe"))
    return event


def _diagnoses(random: Random, shape: Shape, covers: Sequence[Dict], mood: str, event: Dict) -> None:
    listed = random.random() < (0.7 if event["kind"] == "diagnosis" else shape.listed_share)
    codes = [random.choice(LISTED_CODES if listed else OTHER_CODES)]
    if random.random() < 0.3:
        codes.insert(random.randint(0, 1), random.choice(OTHER_CODES))
    _set(random, mood, event, "diagnoses", codes, other=[], slip=0.05)
    if listed and random.random() < 0.35:
        start = date.fromisoformat(event["started_on"])
        first = start - timedelta(days=random.choice((0, 1, 7, 40, 100, 400)))
        if random.random() < 0.5:
            first = _joined(random.choice(covers)) + timedelta(days=random.choice(EDGES_OF_WAITING))
        event["first_diagnosed_on"] = str(min(first, start))


def _accident(random: Random, mood: str, event: Dict) -> None:
    hurt = event["kind"] == "disability"
    _set(random, mood, event, "accident", hurt or random.random() < 0.05, other=not hurt, slip=0.05)
    if hurt:
        _set(random, mood, event, "disability_grade", random.randint(1, 10), slip=0.05)
    if random.random() < (0.5 if hurt else 0.05):
        start = date.fromisoformat(event["started_on"])
        event["accident_on"] = str(start - timedelta(days=random.choice((0, 1, 20, 180, 300))))


def _set(random: Random, mood: str, event: Dict, name: str, value: Any, *, slip: float, other: Any = None) -> None:
    """The plausible value; seldom (three times as often in a rough history) another one, null, or nothing at all."""
    if random.random() >= slip * (1.5 if mood == "rough" else 0.5):
        event[name] = value
        return
    event[name] = other
    if random.random() < 0.5:
        del event[name]
    elif random.random() < 0.5:
        event[name] = None


def _start(random: Random, shape: Shape, covers: Sequence[Dict], mood: str) -> date:
    """A day inside a cover, mostly; else on one of its edges, near joining, or far outside."""
    cover = covers[0] if mood == "deep" and random.random() < 0.85 else random.choice(covers)
    first, last = date.fromisoformat(cover["from"]), date.fromisoformat(cover["until"]) - timedelta(days=1)
    inside: Callable[[], date] = lambda: first + timedelta(days=random.randrange((last - first).days + 1))  # noqa: E731
    where = random.choices(
        ("inside", "edge", "near joining", "outside"),
        (88, 5, 15 if shape.joined_matters else 3, 1 if mood == "plain" else 4),
    )[0]
    if where == "edge":
        return random.choice((first, last, first - timedelta(days=1), last + timedelta(days=1)))
    if where == "near joining":
        day = _joined(cover) + timedelta(days=random.choice(EDGES_OF_WAITING))
        return day if day >= first else inside()
    if where == "outside":
        return random.choice((first - timedelta(days=500), last + timedelta(days=500)))
    return inside()


def _paid_so_far(random: Random, plan: str, shape: Shape, events: Sequence[Dict]) -> list[Dict]:
    """What was really paid: some lines, sometimes in two parts, of round or odd amounts."""
    lines = [(e["event"], name) for e in events for name in shape.benefits.get(e["kind"], ())]
    chosen = random.choices(lines, k=random.randint(1, 3)) if lines else []
    amounts = ("0.00", "0.01", "100.00", "200.00", "500.00", "1234.56", "10000.00")
    return [{"event": e, "plan": plan, "benefit": name, "amount": random.choice(amounts)} for e, name in chosen]


def _joined(cover: Dict) -> date:
    return date.fromisoformat(cover.get("joined_on") or cover["from"])


def _years_later(start: date, years: int) -> date:
    return start.replace(year=start.year + years)
