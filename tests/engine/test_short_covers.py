"""Covers of a day and of a month: what happens in them is decided alike by the explained engine and by columns."""

from __future__ import annotations

import datetime
import random

from tests.engine.small_plans import MEMBER, SUM, JsonDict, engine, one, stay
from tests.engine.test_columns_agree import assert_agree, library_of

PLAN = one(SUM)
START = datetime.date(2025, 3, 1)
DAY = datetime.timedelta(days=1)


def _case(days: list[int], event_on: datetime.date, month: bool = False) -> JsonDict:
    """Covers of a day on each of some days, counted from the start, and perhaps a month after them; one stay."""
    covers = [
        {"plan": "small", "from": str(START + n * DAY), "until": str(START + (n + 1) * DAY), "consecutive_periods": 1}
        for n in sorted(set(days))
    ]
    if month:
        covers.append({"plan": "small", "from": "2025-05-01", "until": "2025-06-01", "consecutive_periods": 1})
    return {"case": "c", "member": MEMBER, "covers": covers, "events": [stay("e1", str(event_on))]}


def _outcome(case: JsonDict) -> str:
    ready = engine(PLAN)
    return ready.decide(ready.parse(case)).lines[0].outcome


def test_a_day_counts_and_the_next_does_not() -> None:
    assert _outcome(_case([3], START + 3 * DAY)) == "pay"
    assert _outcome(_case([3], START + 4 * DAY)) == "refuse"
    assert _outcome(_case([3], START + 2 * DAY)) == "refuse"


def test_a_month_counts_to_its_last_day() -> None:
    assert _outcome(_case([], datetime.date(2025, 5, 31), month=True)) == "pay"
    assert _outcome(_case([], datetime.date(2025, 6, 1), month=True)) == "refuse"


def test_both_engines_agree() -> None:
    dice = random.Random(5)
    cases = [
        {
            **_case(
                dice.sample(range(40), dice.randint(1, 12)), START + dice.randint(0, 100) * DAY, dice.random() < 0.5
            ),
            "case": f"c{number}",
        }
        for number in range(40)
    ]
    assert_agree(library_of(PLAN), cases, explained=None)
