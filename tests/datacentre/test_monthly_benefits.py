"""The monthly report of claims and benefits: by their days, in agreement with the books, nothing about few persons."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mutualaid.claims.models import Assessment, AssessmentLine, Claim, PapersWanted
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import within
from mutualaid.datacentre.monthly.benefits import SMALL, benefits, without_few
from mutualaid.datacentre.monthly.figures import Benefits, Row
from mutualaid.datacentre.monthly.months import Month
from mutualaid.ledger.benefits import BenefitShare, post_benefit_payment, post_benefit_return
from mutualaid.ledger.chart import BENEFITS
from mutualaid.ledger.lines import Period
from mutualaid.ledger.queries import trial_balance
from mutualaid.payouts.actions.orders import order_payment
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Employer, Member
from tests.contributions import scene
from tests.contributions.scene import World
from tests.people.cast import AT, BY, member

MARCH, APRIL = Month(2025, 3), Month(2025, 4)
COVER = Period(datetime.date(2025, 1, 1), datetime.date(2026, 1, 1))
DAY = datetime.timedelta(days=1)


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    return scene.world(monkeypatch)


def claim(world: World, who: Member, at: Employer, state: str, *, days: int = 0, plan: str = "sea-1") -> Claim:
    """A claim as it might have come about: filed on the day of the cast, decided some days later."""
    decided = AT + days * DAY if state in ("approved", "refused") else None
    made = Claim.objects.create(
        member=who, employer=at, office=world.cast.county, unit_path=at.unit.path, source="counter", by_kind="staff",
        by_key="1", begun_at=AT, filed_on=day_of(AT), completed_at=AT + Claim.objects.count() * datetime.timedelta(seconds=1),
        counts=state != "returned", place=Claim.objects.count() + 1, state=state, decided_at=decided,
    )  # fmt: skip
    made.refresh_from_db()
    assessed = Assessment.objects.create(
        claim=made, round=1, at=AT, total_amount=100, refers=False, refuses=False, provisional=False, sha256="0" * 64
    )
    AssessmentLine.objects.create(
        assessment=assessed,
        place=0,
        plan=plan,
        benefit="inpatient",
        outcome="pay",
        amount=100,
        reasons=[],
        working="[]",
    )
    return made


def paid(world: World, made: Claim, amount: str, *, days: int | None = None, back: bool = False) -> PaymentOrder:
    """Its benefit ordered, and perhaps paid, and perhaps come back."""
    shares = [BenefitShare("sea-1", COVER, Decimal(amount))]
    order = order_payment(
        reference=made.number, subject=subject_of(made), fund=world.fund, member=made.member, unit_path=made.unit_path,
        payee_name=made.member.name, account_number="6217000012340000", bank_name="邻市银行", amount=Decimal(amount),
        shares=shares, by=BY, at=AT, on=day_of(AT),
    )  # fmt: skip
    if days is not None:
        on = day_of(AT) + days * DAY
        told: dict[str, Any] = {"book": world.fund.book, "subject": subject_of(order), "on": on, "by": BY, "at": AT}
        post_benefit_payment(shares=shares, **told)
        PaymentOrder.objects.filter(pk=order.pk).update(state="created", paid_on=on)
        if back:
            post_benefit_return(**told)
    return order


def test_claims_are_counted_by_their_days(world: World) -> None:
    cast = world.cast
    first, second = (
        claim(world, cast.lin, cast.mill, "approved", days=4),
        claim(world, cast.wei, cast.yard, "refused", days=9),
    )
    later = claim(world, cast.lin, cast.mill, "approved", days=40)
    waits = claim(world, cast.wei, cast.yard, "returned", plan="sea-2")
    PapersWanted.objects.create(
        claim=waits, words=["invoice"], text="票据", until_on=day_of(AT), contact=world.finance, at=AT
    )
    paid(world, first, "100.50", days=10)
    paid(world, later, "20", days=41, back=True)

    march, april = benefits(office=cast.city, month=MARCH), benefits(office=cast.city, month=APRIL)
    assert march.total == Benefits(
        filed=4, approved=1, refused=1, returned=1, approved_amount=Decimal("120.50"), paid_amount=Decimal("100.50"),
        returned_amount=Decimal(0), persons=2, days_decided=13, days_paid=10, orders_paid=1,
    )  # fmt: skip
    assert (march.total.decision_days, march.total.money_days) == (Decimal("6.5"), Decimal("10.0"))
    assert (april.total.filed, april.total.approved, april.total.paid_amount) == (0, 1, Decimal(20))
    assert april.total.returned_amount == Decimal(20)
    assert april.total.decision_days == Decimal("40.0")
    plans = {row.code: row.figures for row in march.plans}
    assert (plans["sea-1"].filed, plans["sea-1"].approved_amount, plans["sea-2"].returned) == (3, Decimal("120.50"), 1)
    assert [(row.code, row.figures.filed) for row in march.offices] == [("450502", 4)]
    assert march.employers == ()
    assert second.number != later.number


def test_amounts_agree_with_the_books(world: World) -> None:
    cast = world.cast
    for number in range(3):
        paid(world, claim(world, cast.lin, cast.mill, "approved", days=number), f"{number + 1}0.25", days=number * 20)
    for month in (MARCH, APRIL):
        report = benefits(office=cast.province, month=month)
        rows = trial_balance(book=world.fund.book, period=Period(month.first, month.until)).rows
        books = {row.account.code: row for row in rows}
        assert report.total.approved_amount == books[BENEFITS.code].debits
        assert report.total.paid_amount == books["2202.01"].debits
        for part in (report.offices, report.plans):
            assert sum(row.figures.paid_amount for row in part) == report.total.paid_amount


def test_a_county_and_another_city_see_their_own(world: World) -> None:
    cast = world.cast
    paid(world, claim(world, cast.lin, cast.mill, "approved", days=1), "50", days=2)
    with within([cast.county.path]):
        assert benefits(office=cast.county, month=MARCH).total.paid_amount == Decimal(50)
    assert benefits(office=cast.other_city, month=MARCH).total == Benefits()


def row(code: str, persons: int) -> Row[Benefits]:
    return Row(code, code, code, Benefits(persons=persons, filed=persons, approved_amount=Decimal(persons)))


@pytest.mark.parametrize(
    ("persons", "shown", "together"),
    [
        ((9, 7), ["a", "b"], None),
        ((9, 4, 3), ["a"], 7),
        ((9, 6, 4), ["a"], 10),  # one employer alone could be told from the total
        ((4,), [], None),
        ((2, 1), [], None),
        ((5, 1), [], 6),
        ((), [], None),
    ],
)
def test_employers_with_few_persons_are_put_together(
    persons: tuple[int, ...], shown: list[str], together: int | None
) -> None:
    rows = tuple(row(code, number) for code, number in zip("abc", persons, strict=False))
    found = without_few(rows=rows)
    assert [one.code for one in found if one.code] == shown
    assert [one.figures.persons for one in found if one.zh == SMALL[0]] == ([] if together is None else [together])


def test_an_employer_with_five_persons_has_a_row(world: World) -> None:
    cast = world.cast
    for number in range(5):
        claim(world, member(cast.mill, 20 + 2 * number, f"周岚{'一二三四五'[number]}"), cast.mill, "approved", days=1)
    report = benefits(office=cast.county, month=MARCH)
    assert [(one.code, one.figures.persons) for one in report.employers] == [("G1", 5)]
