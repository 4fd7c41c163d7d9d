"""A combination's caps across its plans: what another system had used up of them is taken over, by benefit or as a whole, and
counts in what is decided here."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.claims.actions.filing import enter_claim
from mutualaid.claims.models import Claim, Opening, Source
from mutualaid.claims.replay import replayed
from mutualaid.core.work import run_waiting
from mutualaid.people.models import Member
from mutualaid.takeover.actions.bringing import ask_to_apply, sign_takeover, submit_takeover
from mutualaid.takeover.models import Takeover, TakeoverRow
from tests.takeover.moving import AT, FACTORY, faults_of, library_version, members, number

if TYPE_CHECKING:
    from tests.takeover.moving import Moving

ALL = "hangzhou-all-2021"
KEY = f"combination:{ALL}:2021-01-01"
STAY = {
    "kind": "inpatient", "started_on": "2021-08-01", "ended_on": "2021-08-09", "hospital_level": 2,
    "amounts": {"self_paid": "3000.00"},
}  # fmt: skip
COVER = {"单位编码": "D1", "计划": ALL, "起始日": "2021-01-01", "最后一日": "2021-12-31", "基本医保": "职工医保"}


def used(place: int, benefit: str, value: str, *, plan: str = ALL, what: str = "本期已付金额") -> dict[str, str]:
    """A row of 已用额度."""
    return {"证件号码": number(place), "计划": plan, "待遇": benefit, "项目": what, "数额": value}


def whole_of(place: int, value: str, *, benefit: str = "", plan: str = ALL) -> dict[str, str]:
    """A row with the whole of a cap."""
    return used(place, benefit, value, plan=plan, what="组合合计已付金额")


def sheets(*rows: dict[str, str], count: int = 3) -> dict[str, list[dict[str, Any]]]:
    """A file in which each has the combination."""
    return {
        "units": [dict(FACTORY)],
        "members": members(count),
        "covers": [{"证件号码": number(place), **COVER} for place in range(count)],
        "used": list(rows),
    }


@pytest.fixture
def hangzhou(moving: Moving) -> Moving:
    """The office has the combination and its plans."""
    for plan in ("hangzhou-medical-2021", "hangzhou-illness-2021", "hangzhou-women-2021", ALL):
        library_version(moving.cast.province, plan)
    moving.cutover_on = datetime.date(2021, 7, 1)
    return moving


def of_person(place: int) -> Member:
    row = TakeoverRow.objects.filter(sheet="members").order_by("line")[place]
    return Member.objects.get(pk=int(row.made.partition(":")[2]))


def openings(place: int) -> dict[tuple[str, str, str], Decimal | None]:
    """Amounts by family, counter and key."""
    rows = Opening.objects.filter(member=of_person(place))
    return {(one.family, one.counter, one.key): one.amount for one in rows}


def fall_ill(moving: Moving, place: int) -> Claim:
    return enter_claim(member=of_person(place), facts=STAY, source=Source.COUNTER, by=moving.by, at=AT)


def test_what_was_used_up_of_a_shared_cap_cuts_what_is_decided_here(hangzhou: Moving) -> None:
    takeover = hangzhou.applied(
        sheets(
            whole_of(0, "65000"),
            used(1, "住院自负医疗费补助", "30000"),
            used(1, "critical_illness", "15000", plan="hangzhou-illness-2021"),
            whole_of(1, "64000", benefit="三项全年合计"),
        )
    )
    assert takeover.closing["differences"] == []
    assert openings(0) == {("hangzhou-medical", "inpatient.paid", KEY): Decimal(65000)}
    assert openings(1) == {
        ("hangzhou-medical", "inpatient.paid", "period:2021-01-01"): Decimal(30000),
        ("hangzhou-medical", "inpatient.paid", KEY): Decimal(30000),
        ("hangzhou-illness", "critical_illness.paid", "period:2021-01-01"): Decimal(15000),
        ("hangzhou-illness", "critical_illness.paid", KEY): Decimal(15000),
        ("hangzhou-medical", "outpatient_special.paid", KEY): Decimal(19000),
    }
    paid = {}
    for place in range(3):
        lines = fall_ill(hangzhou, place).assessments.latest("round").lines
        line = lines.get(plan="hangzhou-medical-2021", benefit="inpatient")
        paid[place] = (line.amount, str(line.working))
    # Of 1,200: 65,200 less 65,000; the plan's own 30,200 less 30,000, before the combination's 1,200; and all of it.
    assert {place: amount for place, (amount, _) in paid.items()} == {
        0: Decimal(200),
        1: Decimal(200),
        2: Decimal(1200),
    }
    assert "combined_cap" in paid[0][1]
    *_, found = replayed()
    assert (found.claims, found.differences, found.awaiting) == (3, [], [])


def test_the_dry_run_and_the_difference_report_show_it(hangzhou: Moving) -> None:
    told = sheets(used(0, "inpatient", "1000"), whole_of(0, "1500"), whole_of(1, "700"))
    takeover = hangzhou.upload(told, combined_amount="2300")
    (control,) = [one for one in takeover.report["controls"] if one["word"] == "combined_amount"]
    assert (control["told"], control["made"], control["difference"]) == ("2300.00", "2200.00", "-100.00")
    submitted = submit_takeover(takeover=takeover, reason="旧报表含一笔已退回的", by=hangzhou.by, at=AT)
    ask_to_apply(takeover=sign_takeover(takeover=submitted, by=hangzhou.by_signer, at=AT), by=hangzhou.by, at=AT)
    run_waiting()
    closing = Takeover.objects.get().closing
    (control,) = [one for one in closing["controls"] if one["word"] == "combined_amount"]
    assert (control["found"], closing["differences"]) == ("2200.00", ["combined_amount"])


def test_a_whole_that_the_benefits_make_up_adds_nothing(hangzhou: Moving) -> None:
    takeover = hangzhou.applied(sheets(used(0, "inpatient", "1000"), whole_of(0, "1000.00")))
    assert takeover.report["sheets"]["used"]["leave"] == 1
    assert openings(0) == {
        ("hangzhou-medical", "inpatient.paid", "period:2021-01-01"): Decimal(1000),
        ("hangzhou-medical", "inpatient.paid", KEY): Decimal(1000),
    }


def test_a_count_of_a_combination_has_no_shared_key(hangzhou: Moving) -> None:
    hangzhou.applied(sheets(used(0, "inpatient", "2", what="本期次数")))
    (one,) = Opening.objects.all()
    assert (one.counter, one.key, one.count) == ("inpatient.claims", "period:2021-01-01", 2)


CASES: list[tuple[list[dict[str, str]], int, str, str]] = [
    ([whole_of(0, "500"), used(0, "inpatient", "100")], 3, "what", "之前"),
    ([whole_of(0, "500"), whole_of(0, "500")], 3, "what", "只有一行"),
    ([used(0, "inpatient", "1000"), whole_of(0, "999.99")], 3, "value", "不小于前面各待遇之和 1,000.00 元"),
    ([whole_of(0, "500", plan="在职住院")], 2, "plan", "应已发布"),
    ([whole_of(0, "500", plan="hangzhou-medical-2021")], 2, "plan", "应为组合"),
    ([whole_of(0, "500", benefit="别的合计")], 2, "benefit", "三项全年合计"),
    ([whole_of(0, "-5")], 2, "value", "不小于 0"),
    ([used(0, "carcinoma_in_situ", "100")], 2, "benefit", "写明是哪一项"),
    ([{**whole_of(0, "500"), "本期起始日": "2020-01-01"}], 2, "period_on", "起始日"),
]


@pytest.mark.parametrize(("rows", "line", "field", "words"), CASES, ids=[case[3] for case in CASES])
def test_faults_are_told_in_their_place(
    hangzhou: Moving, rows: list[dict[str, str]], line: int, field: str, words: str
) -> None:
    found = faults_of(hangzhou.upload(sheets(*rows)))
    assert [(sheet, at, name) for sheet, at, name, _ in found] == [("used", line, field)]
    if words not in ("应已发布", "写明是哪一项"):
        assert words in found[0][3]


def test_each_benefit_in_a_row_of_its_own_leaves_no_place_for_a_rest(hangzhou: Moving) -> None:
    rows = [
        used(0, benefit, "10", plan=f"hangzhou-{plan}-2021")
        for plan, benefit in (
            ("medical", "inpatient"), ("medical", "outpatient_special"), ("illness", "critical_illness"),
            ("illness", "allowance"),
            ("illness", "carcinoma_in_situ"), ("women", "womens_illness"), ("women", "carcinoma_in_situ"),
        )
    ]  # fmt: skip
    found = faults_of(hangzhou.upload(sheets(*rows, whole_of(0, "71"))))
    assert [(line, field) for _, line, field, _ in found] == [(9, "value")]
    assert "应等于其和 70.00 元" in found[0][3]
