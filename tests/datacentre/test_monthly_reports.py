"""Monthly reports: what is counted by hand, that parts sum to the whole, and that income agrees with the books."""

from __future__ import annotations

import datetime
from dataclasses import astuple
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from mutualaid.contributions.actions.bank import hold_line, match_line
from mutualaid.contributions.actions.bills import cancel_bill, earn_bill
from mutualaid.contributions.models import Bill, Settlement
from mutualaid.core.row_security import within
from mutualaid.datacentre.monthly.access import office_to_report_on, offices_to_report_on
from mutualaid.datacentre.monthly.enrolled import enrolled
from mutualaid.datacentre.monthly.figures import Enrolled, Income, Report, added
from mutualaid.datacentre.monthly.income import income
from mutualaid.datacentre.monthly.months import Month, month_of, read_month
from mutualaid.datacentre.monthly.reports import KINDS
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.chart import CONTRIBUTIONS, RECEIVABLE, UNMATCHED
from mutualaid.ledger.lines import Period
from mutualaid.ledger.queries import trial_balance
from mutualaid.people.access import NotFound, branches_of
from mutualaid.people.models import Employer, Level, Member, RoleName
from tests.contributions import scene
from tests.contributions.scene import World
from tests.people.cast import AT, BY, ON, as_clerk, as_staff, member, staff, unit

MARCH, APRIL, MAY = Month(2025, 3), Month(2025, 4), Month(2025, 5)


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    return scene.world(monkeypatch)


def covered(
    world: World, who: Member, at: Employer, since: tuple[int, int, int], until: tuple[int, int, int], **more: Any
) -> Cover:
    """A cover as it might have come about; paid for unless told otherwise."""
    enrolment = at.enrolments.first() or world.enrolment(at)
    first = datetime.date(*since)
    told: dict[str, Any] = {"plan": "sea-1", "family": "sea", "state": "begun", **more}
    return Cover.objects.create(
        member=who, enrolment=enrolment, employer=at, version=world.version, units_most=99, from_on=first,
        until_on=datetime.date(*until), joined_on=first, fee_amount=50, **told,
    )  # fmt: skip


def sums(report: Report[Any], nothing: Any) -> None:
    """Offices, plans and employers each come to the total, persons and what belongs to no plan left aside."""
    for rows in (report.offices, report.plans, report.employers):
        total = nothing
        for row in rows:
            total = added(total, row.figures)
        plain = slice(0, 4)
        assert astuple(total)[plain] == astuple(report.total)[plain]


# --- months -----------------------------------------------------------------------------------------------------------


def test_a_month_knows_its_days() -> None:
    december = Month(2024, 12)
    assert (december.first, december.last, december.until) == (
        datetime.date(2024, 12, 1), datetime.date(2024, 12, 31), datetime.date(2025, 1, 1),
    )  # fmt: skip
    assert december.after().before() == december == month_of(december.last)
    assert read_month("2024-12") == december
    assert [read_month(text) for text in ("2024-13", "2024-1", "0999-01", "", "2024-12-01", "２０２４-12")] == [
        None
    ] * 6


# --- enrolment --------------------------------------------------------------------------------------------------------


def test_covers_are_counted_by_the_days_of_the_month(world: World) -> None:
    cast = world.cast
    other = member(cast.mill, 8, "周岚")
    covered(world, cast.lin, cast.mill, (2025, 4, 1), (2026, 4, 1))
    covered(world, cast.lin, cast.mill, (2025, 4, 30), (2026, 4, 30), plan="sea-2", family="sea2")
    covered(world, other, cast.mill, (2025, 3, 1), (2025, 4, 30))  # its last day is the last but one of April
    covered(world, cast.wei, cast.yard, (2024, 5, 1), (2025, 5, 1))  # in force on the last day of April
    covered(world, cast.wei, cast.yard, (2025, 5, 1), (2026, 5, 1), consecutive_periods=2)
    covered(world, cast.lin, cast.yard, (2025, 4, 2), (2026, 4, 2), state="pending", plan="sea-3", family="sea3")
    covered(world, cast.pa, cast.far, (2025, 4, 1), (2026, 4, 1))

    april = enrolled(office=cast.city, month=APRIL)
    assert april.total == Enrolled(new=2, renewed=0, ended=1, in_force=3, persons=2)
    assert [(row.code, row.figures.in_force) for row in april.offices] == [("450502", 3)]
    assert {row.code: row.figures for row in april.plans} == {
        "sea-1": Enrolled(1, 0, 1, 2, 2), "sea-2": Enrolled(1, 0, 0, 1, 1),
    }  # fmt: skip
    assert {row.code: row.figures.persons for row in april.employers} == {"G1": 1, "G2": 1}
    may = enrolled(office=cast.city, month=MAY)
    assert may.total == Enrolled(new=1, renewed=1, ended=1, in_force=3, persons=2)
    assert may.total.in_force == april.total.in_force + may.total.new - may.total.ended
    province = enrolled(office=cast.province, month=APRIL)
    assert {row.code: row.figures.in_force for row in province.offices} == {"4505": 3, "4501": 1}
    for report in (april, may, province):
        sums(report, Enrolled())


def test_a_person_in_two_rows_counts_once_in_the_total(world: World) -> None:
    cast = world.cast
    covered(world, cast.lin, cast.mill, (2025, 4, 1), (2026, 4, 1))
    covered(world, cast.lin, cast.far, (2025, 4, 1), (2026, 4, 1), plan="sea-2", family="sea2")
    found = enrolled(office=cast.province, month=APRIL)
    assert [row.figures.persons for row in found.offices] == [1, 1]
    assert found.total.persons == 1


def test_employers_directly_below_an_office_are_its_own_row(world: World) -> None:
    cast = world.cast
    covered(world, cast.pa, cast.far, (2025, 4, 1), (2026, 4, 1))
    county = unit(Level.COUNTY, cast.other_city, "450102", "兴宁区工会")
    found = enrolled(office=cast.other_city, month=APRIL)
    assert [(row.code, row.figures.in_force, row.leads) for row in found.offices] == [
        ("450102", 0, True), ("4501", 1, False),
    ]  # fmt: skip
    assert enrolled(office=county, month=APRIL).total == Enrolled()


# --- income -----------------------------------------------------------------------------------------------------------


def busy(world: World) -> None:
    """March: three bills, one paid, one cancelled; money that waits. April: cover begins."""
    paid, _open, gone = world.bill(), world.bill(world.cast.yard), world.bill(world.cast.yard)
    match_line(line=world.line(50), bills=[paid], by=world.by, at=AT)
    hold_line(line=world.line("12.34"), reason="待查", by=world.by, at=AT)
    cancel_bill(bill=gone, reason="重复", by=world.by, at=AT)
    paid.refresh_from_db()
    earn_bill(bill=paid, by=BY, at=AT + datetime.timedelta(days=40))


def test_income_agrees_with_the_books_and_with_the_bills(world: World) -> None:
    busy(world)
    march, april = (income(office=world.cast.city, month=month) for month in (MARCH, APRIL))
    for month, report in ((MARCH, march), (APRIL, april)):
        books = {
            row.account: row
            for row in trial_balance(book=world.fund.book, period=Period(month.first, month.until)).rows
        }
        assert report.total.billed == books[RECEIVABLE].debits
        assert report.total.received == books[RECEIVABLE].credits
        assert report.total.outstanding == books[RECEIVABLE].closing
        assert report.total.earned == (books[CONTRIBUTIONS].credits if CONTRIBUTIONS in books else 0)
        assert report.total.unmatched == -books[UNMATCHED].closing
        sums(report, Income())
    standing = Bill.objects.exclude(state="cancelled").aggregate(amount=Sum("amount"))["amount"]
    settled = Settlement.objects.aggregate(amount=Sum("amount"))["amount"]
    zero = Decimal(0)
    assert march.total == Income(standing, settled, standing - settled, zero, Decimal("12.34"))
    assert april.total == Income(zero, zero, standing - settled, settled, Decimal("12.34"))


def test_a_county_reads_its_employers_part_of_the_citys_books(world: World) -> None:
    busy(world)
    who = staff("统计甲", world.cast.county, RoleName.ANALYST)
    with within(branches_of(actor=as_staff(who), on=ON)):
        county = income(office=world.cast.county, month=MARCH)
    assert (county.total.billed, county.total.received) == (Decimal(100), Decimal(50))
    assert county.total.unmatched is None
    assert [row.code for row in county.offices] == ["450502"]
    city = income(office=world.cast.city, month=MARCH)
    assert [(row.code, row.figures.billed, row.figures.unmatched) for row in city.offices] == [
        ("450502", Decimal(100), None), ("4505", Decimal(0), Decimal("12.34")),
    ]  # fmt: skip
    province = income(office=world.cast.province, month=MARCH)
    assert [(row.code, row.figures.unmatched) for row in province.offices] == [
        ("4501", None),
        ("4505", Decimal("12.34")),
    ]


# --- who --------------------------------------------------------------------------------------------------------------


def test_an_office_reads_its_branch_only(world: World) -> None:
    cast = world.cast
    at_city = offices_to_report_on(actor=as_staff(staff("财务戊", cast.city, RoleName.FINANCE)), on=ON)
    assert [office.code for office in at_city] == ["4505", "450502"]
    assert office_to_report_on(among=at_city, code="") == cast.city
    for code in ("45", "4501", "G1", "nowhere"):
        with pytest.raises(NotFound):
            office_to_report_on(among=at_city, code=code)
    for actor in (as_staff(cast.reviewer), as_clerk(cast.clerk)):
        with pytest.raises(NotFound):
            office_to_report_on(among=offices_to_report_on(actor=actor, on=ON), code="")


def test_the_second_fence_hides_covers_of_another_branch(world: World) -> None:
    cast = world.cast
    covered(world, cast.lin, cast.mill, (2025, 4, 1), (2026, 4, 1))
    covered(world, cast.pa, cast.far, (2025, 4, 1), (2026, 4, 1))
    with within([cast.other_city.path]):
        found = enrolled(office=cast.province, month=APRIL)
    assert found.total.in_force == 1


def test_every_figure_is_explained_in_the_document() -> None:
    document = Path("docs/reports.md").read_text(encoding="utf-8")
    for kind in KINDS.values():
        for figure in kind.figures:
            row = f"| {figure.zh} · {figure.en} | {figure.meaning_zh} | {figure.meaning_en} |"
            assert row in document, figure.key
