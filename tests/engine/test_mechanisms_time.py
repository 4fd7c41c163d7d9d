"""Every mechanism of the plan language by hand-computed examples: counting dates, waiting times and limits of time.

Who may be paid, and the conditions of a benefit, are in ``test_mechanisms_who``.
"""

from __future__ import annotations

import pytest

from tests.engine.small_plans import SUM, JsonDict, event, one, outcome, stay

# -- the day that counts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts_on", "facts", "line"),
    [
        ("start", {"started_on": "2025-01-01"}, "pay 100.00"),  # the first day is in
        ("start", {"started_on": "2024-12-31", "ended_on": "2025-01-05"}, "refuse 0.00 not_covered"),
        ("start", {"started_on": "2025-12-31", "ended_on": "2026-01-05"}, "pay 100.00"),
        ("start", {"started_on": "2026-01-01"}, "refuse 0.00 not_covered"),  # `until` is out
        ("discharge", {"started_on": "2024-12-31", "ended_on": "2025-01-05"}, "pay 100.00"),
        ("discharge", {"started_on": "2025-12-31", "ended_on": "2026-01-05"}, "refuse 0.00 not_covered"),
        ("settlement", {"started_on": "2024-12-20", "settled_on": "2025-01-01"}, "pay 100.00"),
        (
            "first_diagnosis",
            {"started_on": "2025-02-01", "first_diagnosed_on": "2024-12-31"},
            "refuse 0.00 not_covered",
        ),
        ("first_diagnosis", {"started_on": "2025-02-01"}, "pay 100.00"),  # unknown: the start
        ("accident", {"started_on": "2025-01-01", "accident_on": "2024-12-31"}, "refuse 0.00 not_covered"),
        ("accident", {"started_on": "2026-01-01", "accident_on": "2025-12-31"}, "pay 100.00"),
    ],
)
def test_the_counting_date_decides_the_cover(counts_on: str, facts: JsonDict, line: str) -> None:
    document = one(f"{SUM}counts_on: {counts_on}\n")
    assert outcome(document, {"event": "e1", "kind": "inpatient", **facts}) == line


def test_benefits_that_need_an_accident_count_on_its_day() -> None:
    accident = stay("e1", "2025-01-03", accident=True, accident_on="2024-12-31")
    document = one(f"when: {{accident: true}}\n{SUM}")
    assert outcome(document, accident) == "refuse 0.00 not_covered"
    assert outcome(document, stay("e1", "2025-01-03", accident=True)) == "pay 100.00"
    assert outcome(document + "    counts_on: start\n", accident) == "pay 100.00"
    assert outcome(document, stay("e1", "2025-01-03", accident=False)) == "none 0.00 not_accident"
    assert outcome(document, stay("e1", "2025-01-03")) == "refer 0.00 fact_unknown accident"


def test_dated_values_go_by_the_counting_date() -> None:
    rows = "[{when: {dates: {until: 2025-07-01}}, value: 100}, {when: {dates: {from: 2025-07-01}}, value: 150}]"
    by_start = one(f"sum: {{amount: {rows}}}\n")
    by_discharge = one(f"sum: {{amount: {rows}}}\ncounts_on: discharge\n")
    for started_on, ended_on, start, discharge in (
        ("2025-06-30", "2025-06-30", "100.00", "100.00"),
        ("2025-06-30", "2025-07-01", "100.00", "150.00"),
        ("2025-07-01", "2025-07-02", "150.00", "150.00"),
    ):
        claim = stay("e1", started_on, ended_on)
        assert outcome(by_start, claim) == f"pay {start}"
        assert outcome(by_discharge, claim) == f"pay {discharge}"


# -- waiting ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "joined_on", "started_on", "accident", "line"),
    [
        ("days: 30", "2025-01-01", "2025-01-30", False, "refuse 0.00 waiting_period"),
        ("days: 30", "2025-01-01", "2025-01-31", False, "pay 100.00"),  # 1 January + 30
        ("days: 30", "2025-01-01", "2025-01-01", True, "pay 100.00"),  # accidents have none
        ("days: 30", "2025-01-01", "2025-01-01", None, "refuse 0.00 waiting_period"),
        ("days: 30, accidents: true", "2025-01-01", "2025-01-30", True, "refuse 0.00 waiting_period"),
        ("days: 30", "2024-12-31", "2025-01-29", False, "refuse 0.00 waiting_period"),
        ("days: 30", "2024-12-31", "2025-01-30", False, "pay 100.00"),  # goes on from the term before
        ("months: 1", "2024-12-31", "2025-01-30", False, "refuse 0.00 waiting_period"),
        ("months: 1", "2024-12-31", "2025-01-31", False, "pay 100.00"),
        ("months: 2", "2024-12-31", "2025-02-27", False, "refuse 0.00 waiting_period"),
        ("months: 2", "2024-12-31", "2025-02-28", False, "pay 100.00"),  # there is no 31 February: its last day
        ("months: 1, days: 5", "2025-01-31", "2025-03-04", False, "refuse 0.00 waiting_period"),
        ("months: 1, days: 5", "2025-01-31", "2025-03-05", False, "pay 100.00"),  # 28 February + 5
    ],
)
def test_waiting_time(waiting: str, joined_on: str, started_on: str, accident: bool | None, line: str) -> None:
    document = one(SUM, rest=f"waiting: {{{waiting}, clause: 第四条}}\n")
    assert outcome(document, stay("e1", started_on, accident=accident), joined_on=joined_on) == line


def test_a_benefit_may_have_a_waiting_time_of_its_own() -> None:
    document = one(f"{SUM}waiting: {{days: 90}}\n", rest="waiting: {days: 30, clause: 第四条}\n")
    assert outcome(document, stay("e1", "2025-03-31")) == "refuse 0.00 waiting_period"
    assert outcome(document, stay("e1", "2025-04-01")) == "pay 100.00"  # 1 January + 90


@pytest.mark.parametrize(
    ("counts_on", "found_on", "line"),
    [
        ("start", "2025-01-30", "pay 100.00"),  # the counting date decides, whenever the disease was found
        ("first_diagnosis", "2025-01-30", "refuse 0.00 waiting_period"),
        ("first_diagnosis", "2025-01-31", "pay 100.00"),
        ("first_diagnosis", None, "pay 100.00"),
    ],
)
def test_waiting_goes_by_the_counting_date(counts_on: str, found_on: str | None, line: str) -> None:
    document = one(f"{SUM}counts_on: {counts_on}\n", rest="waiting: {days: 30, clause: 第四条}\n")
    assert outcome(document, stay("e1", "2025-05-01", first_diagnosed_on=found_on)) == line


def test_found_first_asks_for_the_first_diagnosis() -> None:
    document = one(f"{SUM}found_first: true\n")
    claim = stay("e1", "2025-05-01")
    for first, line in (
        ("2024-12-31", "refuse 0.00 found_before_cover"),
        ("2025-01-01", "pay 100.00"),
        (None, "pay 100.00"),
    ):
        assert outcome(document, {**claim, "first_diagnosed_on": first}) == line


def test_rows_by_days_since_joining() -> None:
    document = one("""\
        sum:
          amount:
            - {when: {days_since_joining: {from: 30, up_to: 89}}, value: 500}
            - {when: {days_since_joining: {from: 90}}, value: 1000}
        """)
    # 30 January is the 29th day after the first, 31 January the 30th, 31 March the 89th, 1 April the 90th.
    days = {
        "2025-01-30": "refuse 0.00 waiting_period",
        "2025-01-31": "pay 500.00",
        "2025-03-31": "pay 500.00",
        "2025-04-01": "pay 1000.00",
    }
    for day, line in days.items():
        assert outcome(document, stay("e1", day), joined_on="2025-01-01") == line


# -- limits of time -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "facts", "last_in_time", "too_late"),
    [
        ("within: {days: 90}, of: discharge", {"ended_on": "2025-03-08"}, "2025-06-06", "2025-06-07"),
        ("within: {days: 0}, of: start", {}, "2025-03-01", "2025-03-02"),
        ("within: {months: 6}, of: settlement", {"settled_on": "2025-08-31"}, "2026-02-28", "2026-03-01"),
        # The last day of cover is 31 December: 31 + 28 + 31 days more.
        ("within: {days: 90}, of: cover_end", {}, "2026-03-31", "2026-04-01"),
        ("within: {days: 5}, of: 2025-12-31", {}, "2026-01-05", "2026-01-06"),
        # Tuesday 30 September; 1 to 8 October are off; 9, 10, Saturday the 11th (worked), 13 and 14 are the five.
        ("within: {working_days: 5}, of: settlement", {"settled_on": "2025-09-30"}, "2025-10-14", "2025-10-15"),
        # Friday 24 January: Sunday the 26th is worked, 27 January is Monday, then off until 4 February; 5 is the third.
        (
            "within: {working_days: 3}, of: settlement",
            {"started_on": "2025-01-10", "settled_on": "2025-01-24"},
            "2025-02-05",
            "2025-02-06",
        ),
        ("within: {days: 30}, of: accident", {"accident_on": "2025-02-20"}, "2025-03-22", "2025-03-23"),
    ],
)
def test_filing_in_time(limit: str, facts: JsonDict, last_in_time: str, too_late: str) -> None:
    trigger = "when: {accident: true}\n" if "accident_on" in facts else ""  # else its day might be unknown
    document = one(trigger + SUM, rest=f"limits:\n  - {{{limit}, clause: 第五条}}\n")
    claim = stay("e1", "2025-03-01", accident=True) | facts
    assert outcome(document, {**claim, "filed_on": last_in_time}) == "pay 100.00"
    assert outcome(document, {**claim, "filed_on": too_late}) == "refuse 0.00 filed_late"
    assert outcome(document, {**claim, "filed_on": None}) == "pay 100.00"  # filed by itself


def test_a_limit_that_cannot_be_told_is_for_a_person() -> None:
    document = one(SUM, rest="limits:\n  - {within: {days: 90}, of: discharge, clause: 第五条}\n")
    claim = stay("e1", "2025-03-01", filed_on="2025-05-01")
    assert outcome(document, claim) == "refer 0.00 fact_unknown ended_on"
    assert outcome(document, {**claim, "filed_on": None}) == "pay 100.00"


def test_reporting_and_filing_are_both_in_time_or_late() -> None:
    document = one(
        f"{SUM}limits: [{{what: reporting, within: {{days: 10}}, of: start}}]\n",
        rest="limits:\n  - {what: filing, within: {days: 60}, of: start, clause: 第五条}\n",
    )
    for reported, filed, line in (
        ("2025-03-11", "2025-04-30", "pay 100.00"),
        ("2025-03-12", "2025-04-30", "refuse 0.00 filed_late"),
        ("2025-03-11", "2025-05-01", "refuse 0.00 filed_late"),
        ("2025-03-12", "2025-05-01", "refuse 0.00 filed_late"),  # named once
        (None, None, "pay 100.00"),
    ):
        assert outcome(document, stay("e1", "2025-03-01", reported_on=reported, filed_on=filed)) == line


WINDOW = one(
    """\
    when: {accident: true}
    limits: [{what: window, within: {days: 180}, of: accident}]
    sum: {amount: 20000, ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 10%]}
    """,
    benefit="disability",
    kinds="disability",
)


@pytest.mark.parametrize(
    ("started_on", "line"),
    [
        ("2025-06-30", "pay 20000.00"),  # 1 January + 180
        ("2025-07-01", "refuse 0.00 not_covered"),
    ],
)
def test_a_window_after_the_accident(started_on: str, line: str) -> None:
    claim = event("e1", "disability", started_on, accident=True, accident_on="2025-01-01", disability_grade=1)
    assert outcome(WINDOW, claim) == line


def test_a_window_needs_the_day_of_the_accident() -> None:
    claim = event("e1", "disability", "2025-03-01", accident=True, disability_grade=1)
    assert outcome(WINDOW, claim) == "refer 0.00 fact_unknown accident_on"
