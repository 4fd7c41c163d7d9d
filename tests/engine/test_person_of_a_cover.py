"""What a person was under a cover: facts that a cover says of its own time come before those of the member."""

from __future__ import annotations

from benefit_engine.columns.layout import flat_rows
from tests.engine.small_plans import MEMBER, SUM, JsonDict, engine, one, stay

WORKING = one(SUM, rest="who:\n  - {employment: [in_service], clause: 第三条}\n")


def _case(*covers: JsonDict, **member: object) -> JsonDict:
    events = [stay("e1", "2025-03-01"), stay("e2", "2026-03-01")]
    return {"case": "c", "member": {**MEMBER, **member}, "covers": list(covers), "events": events}


def _cover(year: int, **facts: object) -> JsonDict:
    return {"plan": "small", "from": f"{year}-01-01", "until": f"{year + 1}-01-01", **facts}


def _outcomes(case: JsonDict) -> list[str]:
    ready = engine(WORKING)
    return [" ".join([line.outcome, *line.reasons]) for line in ready.decide(ready.parse(case)).lines]


def test_each_stay_counts_by_what_the_person_was_under_its_cover() -> None:
    covers = _cover(2025, employment="in_service"), _cover(2026, employment="retired")
    assert _outcomes(_case(*covers, employment="retired")) == ["pay", "refuse employment"]
    assert _outcomes(_case(*covers, employment="in_service")) == ["pay", "refuse employment"]


def test_a_cover_that_says_nothing_leaves_it_to_the_member() -> None:
    assert _outcomes(_case(_cover(2025), _cover(2026), employment="retired")) == ["refuse employment"] * 2


def test_what_an_event_used_up_is_told_by_event() -> None:
    ready = engine(one("sum: {amount: 100}\ncaps:\n  - {per: life, amount: 150, clause: 第四条}\n"))
    decision = ready.decide(ready.parse(_case(_cover(2025), _cover(2026))))
    assert [line.amount for line in decision.lines] == [10000, 5000]
    used = [decision.accumulators.used_by(event)["small", "inpatient.paid", "life"] for event in ("e1", "e2")]
    assert used == [10000, 5000]
    together: dict[tuple[str, str, str], int] = {}
    for event in ("e1", "e2"):
        for key, more in decision.accumulators.used_by(event).items():
            together[key] = together.get(key, 0) + more
    assert together == {key: used for key, used in decision.accumulators.items() if used}
    assert decision.accumulators.used_by("another") == {}


def test_flat_columns_leave_such_a_case_to_the_explained_engine() -> None:
    assert flat_rows(_case(_cover(2025, groups=["frontline"]))) is None
    assert flat_rows(_case(_cover(2025))) is not None
