"""Checks of membership and time: terms and seasons, prices and payers, ages and retirement, limits of time."""

import pytest

from tests.plans.documents import GOOD, Wrong, assert_found, change, check

RETIREMENT = """\
retirement_ages:
  - {sex: M, years: 60, born_from: 1965-01-01, months_per_month: 4, up_to: 63, source: S1}
  - {sex: F, years: 55, born_from: 1970-01-01, months_per_month: 4, up_to: 58, source: S1}
units:"""
UNTIL_RETIREMENT = [("{from: 16, up_to: 60}", "{from: 16, until_retirement: true}"), ("units:", RETIREMENT)]


TERMS = {
    "fixed without a day": Wrong(
        [("  on: 01-01\n  first_on: 2025-01-01\n", "")],
        "begins: fixed",
        "term.begins",
        "begins: fixed 应写 on（MM-DD）或 first_on",
        "expected on (MM-DD) or first_on (a date) with begins: fixed",
    ),
    "a day that doesn't exist": Wrong(
        [("on: 01-01", "on: 02-30"), ("  first_on: 2025-01-01\n", "")],
        "on: 02-30",
        "term.on",
        "应为每年都有的月日 MM-DD；得到 02-30",
        "that every year has, found 02-30",
    ),
    "a leap day": Wrong(
        [("opens: 09-01", "opens: 02-29")], "enrolment:", "term.enrolment.opens", "得到 02-29", "found 02-29"
    ),
    "two first days": Wrong(
        [("on: 01-01", "on: 07-01")],
        "on: 07-01",
        "term.on",
        "应为同一月日；得到 07-01 与 2025-01-01",
        "the same day of the year, found 07-01 and 2025-01-01",
    ),
    "a fixed day for a term that has none": Wrong(
        [("begins: fixed", "begins: next_day")],
        "on: 01-01",
        "term.on",
        "on 只用于 begins: fixed；得到 begins: next_day",
        "on goes with begins: fixed, found begins: next_day",
    ),
    "working days without their term": Wrong(
        [("  first_on: 2025-01-01\n", "  first_on: 2025-01-01\n  working_days: 5\n")],
        "working_days: 5",
        "term.working_days",
        "working_days 应与 begins: working_days_after_payment 同写",
        "go together, found begins: fixed",
    ),
    "working days missing": Wrong(
        [("begins: fixed\n  on: 01-01\n", "begins: working_days_after_payment\n")],
        "begins: working",
        "term.begins",
        "应与 begins: working_days_after_payment 同写",
        "add the other or remove it",
    ),
    "season upside down": Wrong(
        [("opens: 09-01, closes: 12-15", "opens: 12-15, closes: 09-01")],
        "enrolment:",
        "term.enrolment.closes",
        "closes 应在 opens 12-15 之后；得到 09-01",
        "expected closes after opens 12-15, found 09-01",
    ),
    "season of nothing": Wrong(
        [("{opens: 09-01, closes: 12-15}", "{}")],
        "enrolment:",
        "term.enrolment",
        "参保季应有 opens、closes 或 catch_up_month",
        "expected opens, closes or catch_up_month",
    ),
    "two prices for the same": Wrong(
        [("{fee: 200, option: b,", "{fee: 200, option: a,")],
        "- {fee: 200",
        "price[1]",
        "与第 9 行的价格适用于同样的情形",
        "for the same people as the price on line 9",
    ),
    "payer pays more at least than at most": Wrong(
        [("least: 20, most: 80", "least: 80, most: 20")],
        "- {payer",
        "payers[0].most",
        "most 应不小于 least 80 元；得到 20 元",
        "expected most of at least 80 yuan, found 20 yuan",
    ),
    "share of more than all staff": Wrong(
        [("least_share: 80%", "least_share: 180%")],
        "- {least_share",
        "employer[0].least_share",
        "参保比例应大于 0%、不超过 100%；得到 180%",
        "expected a share above 0% and at most 100%, found 180%",
    ),
    "membership rule that says nothing": Wrong(
        [("{employment: in_service, source: S1}", "{source: S1}")],
        "  - {source: S1}",
        "who[1]",
        "参保条件没有写内容",
        "this rule of membership names nothing",
    ),
    "ages upside down": Wrong(
        [("{from: 16, up_to: 60}", "{from: 60, up_to: 16}")],
        "- {ages",
        "who[0].ages[0].up_to",
        "up_to 应不小于 from 60；得到 16，没有人符合",
        "found 16: nobody has such an age",
    ),
    "ages that are never used": Wrong(
        [("[{from: 16, up_to: 60}]", "[{from: 16, up_to: 60}, {from: 16, up_to: 55, sex: F}]")],
        "- {ages",
        "who[0].ages[1]",
        "前面的年龄规定已包括这些人",
        "an age rule above is for these people already",
    ),
    "renewal only from the first age": Wrong(
        [("{from: 16, up_to: 60}", "{from: 16, up_to: 60, renewal_only_from: 16}")],
        "- {ages",
        "who[0].ages[0].renewal_only_from",
        "没有人能首次参加",
        "nobody could ever join",
    ),
    "renewal only after the last age": Wrong(
        [("{from: 16, up_to: 60}", "{from: 16, up_to: 60, renewal_only_from: 61}")],
        "- {ages",
        "who[0].ages[0].renewal_only_from",
        "应不大于 up_to 60；得到 61",
        "at most up_to 60, found 61",
    ),
    "retirement without ages": Wrong(
        [("{from: 16, up_to: 60}", "{from: 16, until_retirement: true}")],
        "- {ages",
        "who[0].ages[0].until_retirement",
        "性别 F、M 的一行",
        "for sex F, M",
    ),
    "retirement ages that nobody asks for": Wrong(
        [("units:", RETIREMENT)],
        "retirement_ages:",
        "retirement_ages",
        "retirement_ages 用不上",
        "retirement_ages is never used",
    ),
    "retirement row that is never used": Wrong(
        [
            ("{from: 16, up_to: 60}", "{from: 16, until_retirement: true}"),
            ("units:", RETIREMENT.replace("units:", "  - {sex: F, years: 50, groups: cadre, source: S1}\nunits:")),
        ],
        "- {sex: F, years: 50",
        "retirement_ages[2]",
        "前面的一行已适用于这些人",
        "a row above is for these people already",
    ),
    "retirement age that rises without an end": Wrong(
        [*UNTIL_RETIREMENT[:1], ("units:", RETIREMENT.replace(", up_to: 63", ""))],
        "- {sex: M",
        "retirement_ages[0]",
        "应同时写 born_from、months_per_month 和 up_to",
        "expected born_from, months_per_month and up_to together",
    ),
    "retirement age that ends before it begins": Wrong(
        [*UNTIL_RETIREMENT[:1], ("units:", RETIREMENT.replace("up_to: 63", "up_to: 60"))],
        "- {sex: M",
        "retirement_ages[0].up_to",
        "up_to 应大于 years 60；得到 60",
        "expected up_to above years 60, found 60",
    ),
    "window that always holds": Wrong(
        [("{what: window, within: {days: 180}, of: accident}", "{what: window, within: {days: 180}, of: discharge}")],
        "- {what: window",
        "benefits[4].limits[0].of",
        "得到 discharge，不早于事件开始",
        "found discharge, which is never before its start",
    ),
    "limit from an accident for an illness": Wrong(
        [
            (
                "{what: filing, within: {days: 90}, of: start, source: S1}",
                "{what: reporting, within: {days: 10}, of: accident, source: S1}",
            )
        ],
        "- {what: reporting",
        "limits[0].of",
        "inpatient、outpatient_special、allowance、critical_illness、death 不是",
        "inpatient, outpatient_special, allowance, critical_illness, death would be referred",
    ),
    "limit before the term": Wrong(
        [("within: {days: 90}, of: start", "within: {days: 90}, of: 2024-01-01")],
        "- {what: filing",
        "limits[0].of",
        "时限应在首期起始日 2025-01-01 之后；得到 2024-03-31",
        "expected a limit after the first day of the term 2025-01-01, found 2024-03-31",
    ),
    "stays as one without stays": Wrong(
        [
            (
                GOOD[GOOD.index("benefits:\n") :],
                (
                    "stays_as_one: {within_days: 7, source: S1}\n"
                    "benefits:\n"
                    "  - {benefit: death, kinds: death, when: {diseases: cancers}, source: S1, sum: {amount: 1}}\n"
                ),
            )
        ],
        "stays_as_one",
        "stays_as_one",
        "stays_as_one 只用于住院",
        "stays_as_one is about stays in hospital",
    ),
}


@pytest.mark.parametrize("wrong", TERMS.values(), ids=TERMS)
def test_terms(wrong: Wrong) -> None:
    assert_found(wrong)


def test_retirement_ages_that_are_right() -> None:
    assert check(change(GOOD, *UNTIL_RETIREMENT)) == []
