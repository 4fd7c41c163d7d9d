"""Terms of a day, a month or a year as options of one plan: what a document says, when they end, and what is refused."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.plans.document import Document
from mutualaid.plans.offering import fee, has_short_terms, terms
from mutualaid.plans.prose import plan_prose
from mutualaid.plans.reading import read_document
from tests.plans.documents import check

TEXT = """
plan: rider
family: rider
status: published
name: {{zh: 示例骑手互助, en: Example riders' aid}}
organiser: {{zh: 海市总工会（虚构）, en: Federation of an invented city}}
source: S1
sources:
  S1: {{title: {{zh: 示例办法（虚构）, en: Invented rules}}}}
price:
  - {{fee: 1, option: 按天, lasts: {lasts}, clause: 第一条}}
  - {{fee: 5, option: 按月, lasts: {{months: 1}}, clause: 第一条}}
  - {{fee: 50, option: 按年, clause: 第一条}}
term: {{years: 1, begins: {begins}, clause: 第二条}}
benefits:
  - benefit: inpatient
    name: {{zh: 住院补助, en: hospital costs}}
    kinds: [inpatient]
    clause: 第五条
    base: {{of: [self_paid], name: {{zh: 个人自付, en: own part}}}}
    rate: 50%
"""
ON = datetime.date(2025, 1, 31)
DAY = datetime.timedelta(days=1)


def document(begins: str = "next_day", lasts: str = "{days: 1}") -> Document:
    return read_document("rider.yaml", TEXT.format(begins=begins, lasts=lasts).encode()).document


@pytest.mark.parametrize(
    ("option", "until_on", "yuan"),
    [
        ("按天", datetime.date(2025, 2, 2), 1),
        ("按月", datetime.date(2025, 3, 1), 5),
        ("按年", datetime.date(2026, 2, 1), 50),
    ],
)
def test_each_option_has_its_term_and_fee(option: str, until_on: datetime.date, yuan: int) -> None:
    found = terms(document(), on=ON, paid_on=ON, option=option)
    assert (found.from_on, found.until_on, found.provisional) == (ON + DAY, until_on, False)
    assert fee(document(), units=1, option=option) == yuan


def test_cover_of_the_day_itself_where_the_plan_says_so() -> None:
    assert terms(document("same_day"), on=ON, paid_on=ON, option="按天").from_on == ON


@given(st.dates(datetime.date(2025, 2, 1), datetime.date(2026, 1, 1)), st.sampled_from(["same_day", "next_day"]))
def test_what_is_wanted_puts_the_beginning_off_and_never_back(wanted_on: datetime.date, begins: str) -> None:
    found = terms(document(begins), on=wanted_on, paid_on=ON, option="按天", wanted_on=wanted_on)
    assert found.from_on == max(wanted_on, ON + DAY if begins == "next_day" else ON)
    assert found.until_on == found.from_on + DAY
    early = terms(document(begins), on=wanted_on, paid_on=wanted_on, option="按天", wanted_on=ON)
    assert early.from_on >= wanted_on


def test_only_plans_with_days_or_months_have_short_terms() -> None:
    assert has_short_terms(document())
    assert not has_short_terms(document().model_copy(update={"price": []}))


@pytest.mark.parametrize(
    ("begins", "lasts", "said"),
    [("fixed, on: 01-01", "{days: 1}", "固定起始日"), ("next_day", "{days: 0}", "至少为 1")],
)
def test_terms_that_cannot_be_are_refused(begins: str, lasts: str, said: str) -> None:
    faults = check(TEXT.format(begins=begins, lasts=lasts))
    assert {said in fault.zh for fault in faults if fault.place.startswith("price")} == {True}


def test_a_reader_is_told_how_long_each_option_is() -> None:
    told = str(plan_prose(document(), "zh"))
    assert "按所选的缴费档次" in told
    assert "1 个月" in told or "1个月" in told
