"""From when, for how much and for whom a plan may be joined; and that enrolment and adjudication agree."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.plans import document as d
from mutualaid.plans.offering import (
    NoFirstDay,
    NoSuchPrice,
    continues_from,
    employer_share,
    fee,
    most_units,
    needed_facts,
    season,
    terms,
    why_not_eligible,
)
from mutualaid.plans.prose.terms import add_years
from mutualaid.plans.reading import read_document
from mutualaid.plans.shipped import library_documents
from mutualaid.plans.texts import compiled
from tests.plans.documents import GOOD

D = datetime.date
DAY = datetime.timedelta(days=1)
DAYS = st.dates(D(2024, 1, 1), D(2032, 12, 31))
ALL = {one.document.plan: one for one in library_documents()}


def with_term(**values: Any) -> d.Document:
    """The demonstration's plan with another term."""
    given_term = {"years": 1, **values}
    return ALL["demo-inpatient-2026"].document.model_copy(update={"term": d.Term.model_validate(given_term)})


def span(document: d.Document, on: D, paid_on: D | None = None) -> tuple[D, D]:
    term = terms(document, on=on, paid_on=paid_on)
    return term.from_on, term.until_on


# -- from when until when -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "on", "expected"),
    [
        # Without a season the next term that is still to begin.
        ({"on": "01-01"}, D(2026, 3, 5), (D(2027, 1, 1), D(2028, 1, 1))),
        ({"on": "03-06"}, D(2026, 3, 5), (D(2026, 3, 6), D(2027, 3, 6))),
        ({"on": "03-05"}, D(2026, 3, 5), (D(2027, 3, 5), D(2028, 3, 5))),
        ({"years": 3, "on": "03-01", "first_on": D(2023, 3, 1)}, D(2024, 1, 1), (D(2026, 3, 1), D(2029, 3, 1))),
        ({"first_on": D(2030, 1, 1)}, D(2026, 1, 1), (D(2030, 1, 1), D(2031, 1, 1))),
        # A season before the term, around it, within it; a month for who missed it.
        (
            {"on": "01-01", "enrolment": {"opens": "10-01", "closes": "12-15"}},
            D(2026, 11, 1),
            (D(2027, 1, 1), D(2028, 1, 1)),
        ),
        (
            {"on": "01-01", "enrolment": {"opens": "10-01", "closes": "12-15"}},
            D(2026, 12, 16),
            (D(2028, 1, 1), D(2029, 1, 1)),
        ),
        (
            {"on": "01-01", "enrolment": {"opens": "11-01", "closes": "02-28"}},
            D(2027, 2, 3),
            (D(2027, 2, 4), D(2028, 1, 1)),
        ),
        (
            {"on": "01-01", "enrolment": {"opens": "11-01", "closes": "02-28"}},
            D(2026, 12, 3),
            (D(2027, 1, 1), D(2028, 1, 1)),
        ),
        (
            {"on": "01-01", "enrolment": {"opens": "01-01", "closes": "12-31"}},
            D(2026, 12, 31),
            (D(2027, 1, 2), D(2028, 1, 1)),
        ),
        ({"on": "01-01", "enrolment": {"closes": "12-15"}}, D(2026, 3, 5), (D(2027, 1, 1), D(2028, 1, 1))),
        ({"on": "01-01", "enrolment": {"closes": "03-31"}}, D(2026, 3, 5), (D(2026, 3, 6), D(2027, 1, 1))),
        ({"on": "01-01", "enrolment": {"opens": "09-02"}}, D(2026, 10, 5), (D(2027, 1, 1), D(2028, 1, 1))),
        ({"on": "01-01", "enrolment": {"opens": "01-01"}}, D(2026, 10, 5), (D(2027, 1, 1), D(2028, 1, 1))),
        (
            {"on": "01-01", "enrolment": {"opens": "10-01", "closes": "12-15", "catch_up_month": 7}},
            D(2026, 7, 9),
            (D(2026, 7, 10), D(2027, 1, 1)),
        ),
        (
            {"years": 3, "on": "03-01", "first_on": D(2023, 3, 1), "enrolment": {"opens": "12-01", "closes": "02-15"}},
            D(2025, 1, 10),
            (D(2026, 3, 1), D(2029, 3, 1)),
        ),
    ],
)
def test_a_term_with_a_fixed_first_day(term: dict[str, Any], on: D, expected: tuple[D, D]) -> None:
    document = with_term(**term)
    assert span(document, on) == expected
    assert not terms(document, on=on).depends_on_payment


def test_a_season_says_whether_it_is_open() -> None:
    document = with_term(on="01-01", enrolment={"opens": "10-01", "closes": "12-15"})
    found = season(document, on=D(2026, 9, 30))
    assert (found.is_open, found.opens_on, found.closes_on) == (False, D(2026, 10, 1), D(2026, 12, 15))
    assert "不在办理时间内" in found.zh
    assert "outside" in found.en
    assert season(document, on=D(2026, 10, 1)).is_open
    assert season(document, on=D(2026, 12, 15)).is_open
    assert season(document, on=D(2026, 12, 16)).opens_on == D(2027, 10, 1)
    assert season(with_term(on="01-01"), on=D(2026, 5, 1)).is_open
    paid = with_term(begins="next_day", enrolment={"opens": "03-01", "closes": "03-31"})
    assert [season(paid, on=D(2026, month, 9)).is_open for month in (2, 3, 4)] == [False, True, False]


@pytest.mark.parametrize(
    ("term", "paid_on", "expected"),
    [
        ({"begins": "next_day"}, D(2026, 3, 5), (D(2026, 3, 6), D(2027, 3, 6))),
        ({"begins": "next_day"}, D(2028, 2, 28), (D(2028, 2, 29), D(2029, 3, 1))),
        ({"begins": "first_of_month"}, D(2026, 3, 1), (D(2026, 4, 1), D(2027, 4, 1))),
        ({"begins": "first_of_month"}, D(2026, 12, 31), (D(2027, 1, 1), D(2028, 1, 1))),
        # Thursday and Friday, then Monday: the third working day after Wednesday.
        ({"begins": "working_days_after_payment", "working_days": 3}, D(2025, 3, 5), (D(2025, 3, 10), D(2026, 3, 10))),
        # National day is off from the 1st to the 8th.
        ({"begins": "working_days_after_payment", "working_days": 1}, D(2025, 9, 30), (D(2025, 10, 9), D(2026, 10, 9))),
        ({"begins": "next_day", "first_on": D(2026, 5, 1)}, D(2026, 3, 5), (D(2026, 5, 1), D(2027, 5, 1))),
    ],
)
def test_a_term_that_begins_with_the_payment(term: dict[str, Any], paid_on: D, expected: tuple[D, D]) -> None:
    document = with_term(**term)
    assert span(document, D(2020, 1, 1), paid_on) == span(document, paid_on) == expected
    assert (terms(document, on=paid_on).depends_on_payment, terms(document, on=paid_on).provisional) == (True, True)
    assert not terms(document, on=paid_on, paid_on=paid_on).provisional


@pytest.mark.parametrize(
    ("term", "from_on", "expected"),
    [
        # A season before the term: whoever wants to go on can, without a gap.
        ({"enrolment": {"opens": "10-20", "closes": "12-20"}}, D(2027, 1, 1), D(2027, 1, 1)),
        ({"enrolment": {"opens": "10-20", "closes": "03-31"}}, D(2027, 2, 2), D(2027, 2, 2)),
        # A season that opens with the term: nobody can begin on its first day.
        ({"enrolment": {"opens": "01-01", "closes": "11-30"}}, D(2027, 1, 2), D(2027, 1, 1)),
        ({"enrolment": {"opens": "01-01", "closes": "11-30"}}, D(2027, 1, 6), D(2027, 1, 6)),
        ({"enrolment": {"opens": "01-01", "closes": "10-31", "catch_up_month": 12}}, D(2027, 12, 2), D(2027, 12, 2)),
        # Without a season, and where the payment decides, the days touch or they do not.
        ({}, D(2027, 1, 1), D(2027, 1, 1)),
        ({"begins": "next_day"}, D(2027, 5, 5), D(2027, 5, 5)),
    ],
)
def test_until_when_cover_must_have_lasted_to_go_on(term: dict[str, Any], from_on: D, expected: D) -> None:
    document = with_term(**{"begins": "fixed", "on": "01-01", "first_on": D(2025, 1, 1), **term})
    assert continues_from(document, from_on=from_on) == expected


def test_a_plan_without_a_first_day_has_no_term() -> None:
    with pytest.raises(NoFirstDay):
        terms(ALL["hubei-inpatient-2025"].document, on=D(2026, 1, 1))


MONTH_DAYS = st.dates(D(2025, 1, 1), D(2025, 12, 31)).map(lambda day: f"{day:%m-%d}")


@given(
    on=DAYS,
    first=st.one_of(st.none(), MONTH_DAYS),
    opens=st.one_of(st.none(), MONTH_DAYS),
    closes=st.one_of(st.none(), MONTH_DAYS),
    month=st.one_of(st.none(), st.integers(1, 12)),
    years=st.integers(1, 4),
)
def test_a_cover_never_begins_in_the_past(
    on: D, first: str | None, opens: str | None, closes: str | None, month: int | None, years: int
) -> None:
    window = {"opens": opens, "closes": closes, "catch_up_month": month}
    first_on = None if years == 1 else D(2020, 3, 1)
    document = with_term(
        years=years,
        on=None if first_on else first or "01-01",
        first_on=first_on,
        **({"enrolment": window} if any(window.values()) else {}),
    )
    found, when = terms(document, on=on), season(document, on=on)
    assert on < found.from_on < found.until_on <= add_years(found.from_on, years)
    if when.opens_on is not None and when.closes_on is not None:
        assert when.opens_on <= when.closes_on
        assert on <= when.closes_on
    if when.is_open and found.from_on > on + DAY:
        assert found.until_on == add_years(found.from_on, years)


# -- for how much -------------------------------------------------------------------------------------------------------


def test_fees() -> None:
    document = ALL["demo-women-2026"].document
    assert (fee(document, units=2), most_units(document)) == (Decimal(80), 2)
    for units in (0, 3):
        with pytest.raises(NoSuchPrice):
            fee(document, units=units)
    choices = read_document("good", GOOD.encode()).document
    assert fee(choices, units=1, option="b") == Decimal(200)
    with pytest.raises(NoSuchPrice, match="a、b"):
        fee(choices, units=1)
    assert needed_facts(choices).options == ("a", "b")
    with pytest.raises(NoSuchPrice):
        fee(ALL["hubei-inpatient-2025"].document, units=1)


# -- who ----------------------------------------------------------------------------------------------------------------

PERSON: dict[str, Any] = {
    "birth_date": D(1985, 4, 2),
    "sex": "F",
    "employment": "in_service",
    "basic_insurance": "employee",
    "from_on": D(2026, 1, 1),
}


@pytest.mark.parametrize(
    ("plan", "facts", "words"),
    [
        ("demo-inpatient-2026", {}, []),
        ("demo-inpatient-2026", {"birth_date": D(2010, 1, 2)}, ["age"]),
        ("demo-inpatient-2026", {"birth_date": D(2010, 1, 1)}, []),
        ("demo-inpatient-2026", {"birth_date": D(1965, 1, 1)}, ["age"]),
        ("demo-inpatient-2026", {"birth_date": D(1965, 1, 2)}, []),
        ("demo-inpatient-2026", {"employment": "retired", "basic_insurance": "none"}, ["employment", "insurance"]),
        ("demo-inpatient-2026", {"employment": None}, ["employment"]),
        ("demo-women-2026", {"sex": "M"}, ["age"]),
        ("demo-women-2026", {"sex": None}, ["sex"]),
        ("demo-gig-2026", {"employment": "gig", "basic_insurance": None}, []),
    ],
)
def test_who_may_not_join(plan: str, facts: dict[str, Any], words: list[str]) -> None:
    found = why_not_eligible(ALL[plan].document, **{**PERSON, **facts})
    assert [reason.word for reason in found] == words
    assert all(reason.zh and reason.en for reason in found)
    assert [reason.missing for reason in found] == [None in facts.values()] * len(found)


def test_needed_facts() -> None:
    facts = needed_facts(ALL["demo-inpatient-2026"].document)
    assert (facts.employment, facts.basic_insurance, facts.groups, facts.women_headcount) == (True, True, (), False)
    facts = needed_facts(ALL["demo-women-2026"].document)
    assert (facts.employment, facts.basic_insurance, facts.women_headcount) == (True, False, True)


def test_one_part_of_a_combination_is_enough() -> None:
    combination = ALL["hangzhou-all-2021"].document
    parts = [ALL[plan].document for plan in combination.combines or ()]
    assert why_not_eligible(combination, **{**PERSON, "sex": "M"}, parts=parts) == []
    child = why_not_eligible(combination, **{**PERSON, "birth_date": D(2020, 1, 1), "employment": "gig"}, parts=parts)
    assert all(reason.word for reason in child)


PERSONAL = {"age", "sex", "employment", "insurance", "groups"}
SINGLE = sorted(plan for plan, one in ALL.items() if not one.document.combines)


@given(
    plan=st.sampled_from(SINGLE),
    birth=st.dates(D(1950, 1, 1), D(2012, 12, 31)),
    sex=st.sampled_from(["F", "M"]),
    employment=st.sampled_from(["in_service", "retired", "flexible", "gig"]),
    insurance=st.sampled_from(["employee", "resident", "none"]),
    groups=st.sets(st.sampled_from(["hardship", "cadre", "困难职工"])),
    before=st.booleans(),
)
def test_enrolment_and_adjudication_agree(
    plan: str, birth: D, sex: str, employment: str, insurance: str, groups: set[str], before: bool
) -> None:
    document, first = ALL[plan].document, D(2026, 1, 1)
    reasons = why_not_eligible(
        document,
        birth_date=birth,
        sex=sex,
        from_on=first,
        employment=employment,
        basic_insurance=insurance,
        groups=sorted(groups),
        previous_cover=before,
    )
    engine = compiled((ALL[plan].text,)).engine
    kind = next(kind for benefit in document.benefits if not benefit.like for kind in benefit.kinds or ())
    decision = engine.decide(
        engine.parse(
            {
                "case": "c",
                "member": {
                    "birth_date": birth.isoformat(),
                    "sex": sex,
                    "employment": employment,
                    "basic_insurance": insurance,
                    "groups": sorted(groups),
                },
                "covers": [
                    {
                        "plan": plan,
                        "from": first.isoformat(),
                        "until": "2027-01-01",
                        "joined_on": "2020-01-01",
                        "consecutive_periods": 2 if before else 1,
                    }
                ],
                "events": [{"event": "e", "kind": kind, "started_on": "2026-06-01", "accident_on": "2026-06-01"}],
            }
        )
    ).as_dict()
    # A line that was not triggered says nothing of who may be covered.
    said = [set(line["reasons"]) & PERSONAL for line in decision["lines"] if line["outcome"] != "none"]
    words = {reason.word for reason in reasons if not reason.missing}
    for one in said:
        # A benefit may ask for more of a person than the plan does, never for less; only the plan asks for an age.
        assert words <= one
        assert ("age" in one) == ("age" in words)
        assert plan != "demo-inpatient-2026" or one == words


# -- the employer -------------------------------------------------------------------------------------------------------


def test_the_least_share_of_an_employer() -> None:
    document = ALL["demo-inpatient-2026"].document  # 80 %, all of up to 30
    assert employer_share(document, enrolled=80, headcount=100) is None
    short = employer_share(document, enrolled=79, headcount=100)
    assert short is not None
    assert (short.of, short.wanted, short.enrolled) == ("staff", 80, 79)
    assert "79" in short.zh
    assert "add 1 more" in short.en
    small = employer_share(document, enrolled=29, headcount=30)
    assert small is not None
    assert small.wanted == 30
    assert employer_share(document, enrolled=25, headcount=31) is None
    assert employer_share(document, enrolled=24, headcount=31) is not None
    women = ALL["demo-women-2026"].document
    assert employer_share(women, enrolled=0, headcount=50, women_enrolled=12, women_headcount=20) is None
    short = employer_share(women, enrolled=50, headcount=50, women_enrolled=11, women_headcount=20)
    assert short is not None
    assert (short.of, short.wanted) == ("women", 12)
    unknown = employer_share(women, enrolled=50, headcount=50)
    assert unknown is not None
    assert unknown.headcount is None
    assert employer_share(ALL["demo-gig-2026"].document, enrolled=1, headcount=100) is None
