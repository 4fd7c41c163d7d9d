"""A union that pays for employers of other branches: what it sees of its bills and budgets, and that it sees nobody's data."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from mutualaid.contributions import access, payer_queries
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import accept_package_and_bill, submit_package_and_bill
from mutualaid.contributions.actions.splits import PartWanted, grant_subsidy, set_fee_split
from mutualaid.contributions.models import Bill, PayerKind, Subsidy
from mutualaid.contributions.payer_queries import PartRow
from mutualaid.core.actors import ActorKind
from mutualaid.core.row_security import within
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.package_models import Package
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound
from mutualaid.people.models import Member, RoleName, Staff
from mutualaid.web.common import clock
from tests.contributions.scene import World
from tests.enrolment.packages_made import filled, plans
from tests.people.cast import AT, BY, ON, as_staff, staff
from tests.web.cast import sign_in_as


@pytest.fixture
def payer(world: World) -> Staff:
    """Finance of another city, whose union pays for employers of this one."""
    return staff("财务戊", world.cast.other_city, RoleName.FINANCE)


@pytest.fixture
def package(world: World, payer: Staff) -> Package:
    known = plans(world.cast)
    parts = [
        PartWanted(PayerKind.UPPER_UNION, payer_unit=world.cast.other_city, amount=Decimal(20)),
        PartWanted(PayerKind.EMPLOYER),
    ]
    set_fee_split(unit=world.cast.city, version=known["illness"], parts=parts, by=BY, at=AT)
    grant_subsidy(
        office=world.cast.city, name="对口帮扶", payer_kind=PayerKind.UPPER_UNION, payer_unit=world.cast.other_city,
        plans=["medical"], amount=Decimal(6), budget=Decimal(100), from_on=ON,
        until_on=ON + datetime.timedelta(days=90), by=BY, at=AT,
    )  # fmt: skip
    made = filled(world.cast, known)
    submit_package_and_bill(package=made, by=BY, at=AT)
    made.refresh_from_db()
    accept_package_and_bill(package=made, by=world.by, at=AT)
    made.refresh_from_db()
    return made


def test_it_sees_its_bills_and_budgets_and_nobody(world: World, payer: Staff, package: Package) -> None:
    actor = as_staff(payer)
    with within([world.cast.other_city.path]):
        mine = access.bills_paid_by(actor=actor, on=ON)
        told = payer_queries.told(among=mine.order_by("id"))
        mill = world.cast.mill.unit.name
        assert sorted((bill.employer.unit.name, bill.enrolment.version.plan, bill.amount) for bill in told) == [
            (mill, "illness", 80),
            (mill, "medical", 30),
        ]
        owed = payer_queries.owed(among=mine, on=ON)
        assert [owed.open_bills, owed.open_amount, owed.overdue_amount, owed.paid_amount] == [2, 110, 0, 0]
        late = payer_queries.owed(among=mine, on=ON + datetime.timedelta(days=31))
        assert late.overdue_amount == 110
        [transfer] = payer_queries.transfers(among=mine)
        assert [transfer.fund, transfer.bills, transfer.amount] == [world.fund, 2, 110]
        assert sorted(transfer.numbers) == sorted(bill.number for bill in told)
        [budget] = payer_queries.budgets(among=access.subsidies_paid_by(actor=actor, on=ON))
        assert [budget.used, budget.left, budget.paid, budget.percent] == [30, 70, 0, 30]
        illness = next(bill for bill in told if bill.amount == 80)
        parts = [PartRow("一线", 2, Decimal(20)), PartRow("女职工", 2, Decimal(20))]
        assert payer_queries.parts_of(bill=illness) == parts
        assert access.bill_for(actor=actor, number=illness.number, on=ON).employer.unit == world.cast.mill.unit
        assert not access.may_deal_with(actor=actor, bill=illness, on=ON)
        # Of the other payers' bills, of covers and of persons it sees nothing.
        assert access.bills_visible_to(actor=actor, on=ON).count() == Bill.objects.count() == 2
        assert Subsidy.objects.count() == 1
        assert not Cover.objects.exists()
        assert not Member.objects.filter(covers__isnull=False).exists()
        with pytest.raises(NotFound):
            access.bill_to_deal_with(actor=actor, number=illness.number, on=ON)
    of_employer = Bill.objects.filter(payer_kind="employer").earliest("id")
    assert payer_queries.parts_of(bill=of_employer)[0].persons == 2
    assert sum(part.amount for part in payer_queries.parts_of(bill=of_employer)) == of_employer.amount


def test_it_is_told_pays_and_has_its_receipt(world: World, payer: Staff, package: Package) -> None:
    account = payer.account
    bills = list(Bill.objects.filter(payer_unit=world.cast.other_city).order_by("id"))
    links = set(Notice.objects.filter(account=account, template="bill_issued").values_list("link", flat=True))
    assert links == {f"/workbench/bills/{bill.number}" for bill in bills}
    match_line(line=world.line(Decimal(110)), bills=bills, by=world.by, at=AT)
    with within([world.cast.other_city.path]):
        mine = access.bills_paid_by(actor=as_staff(payer), on=ON)
        assert payer_queries.owed(among=mine, on=ON).paid_amount == 110
        assert payer_queries.transfers(among=mine) == []
        assert len(payer_queries.settlements_of(bill=bills[0])) == 1
        receipts = access.receipts_visible_to(actor=as_staff(payer), on=ON)
        assert receipts.count() == 2
        first = receipts.earliest("id")
        assert access.receipt_for(actor=as_staff(payer), number=first.number, on=ON).bill.payer_name == "邕市办事处"


def test_its_pages(world: World, payer: Staff, package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that its notices and lists lead to answers, and names no person."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    browser = Client(raise_request_exception=False)
    sign_in_as(browser, payer.account, ActorKind.STAFF)
    bill = Bill.objects.get(payer_unit=world.cast.other_city, subsidy=None)
    subsidy = Subsidy.objects.get()
    names = list(Member.objects.filter(covers__enrolment__package=package).values_list("name", flat=True))
    for address in (
        reverse("workbench:paying"),
        reverse("workbench:paying") + f"?q={world.cast.mill.unit.name}",
        reverse("workbench:bills"),
        reverse("workbench:bills") + "?sort=employer",
        reverse("workbench:bill", args=[bill.number]),
        reverse("workbench:subsidies"),
        reverse("workbench:subsidy", args=[subsidy.number]),
    ):
        answer = browser.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200, address
        assert bill.number in page or subsidy.number in page, address
        assert not any(name in page for name in names), address
    page = browser.get(reverse("workbench:bill", args=[bill.number])).content.decode()
    assert "附言写明" in page
    assert reverse("workbench:bill_cancellation", args=[bill.number]) not in page
    for name, args in (("paying_export", []), ("bills_export", []), ("bill_parts", [bill.number])):
        assert browser.get(reverse(f"workbench:{name}", args=args)).content[:2] == b"PK"


def test_each_person_by_payers_for_the_employer(package: Package) -> None:
    columns, rows = payer_queries.persons_split(package=package)
    told = list(rows)
    assert columns == [("employer", ""), ("member", ""), ("upper_union", "邕市办事处")]
    assert len(told) == 11
    assert all(sum(row.each.values()) == row.cover.fee_amount for row in told)
    total = {column: sum((row.each.get(column, Decimal(0)) for row in told), Decimal(0)) for column in columns}
    assert sum(total.values()) == 460
    assert total["upper_union", "邕市办事处"] == 110
