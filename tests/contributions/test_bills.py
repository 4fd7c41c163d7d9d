"""Bills: made with the acceptance, cancelled before payment, earned when cover begins."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import (
    FundExists,
    NotIncomeYet,
    accept_and_bill,
    cancel_bill,
    earn_bill,
    open_fund,
    submit_and_bill,
)
from mutualaid.contributions.models import Bill, Fund, Receipt
from mutualaid.contributions.queries import bill_totals, bills_to_earn, fund_of, share_of
from mutualaid.contributions.refusals import NoFund, NoReason
from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.enrolling import return_enrolment
from mutualaid.ledger.actions import post_bill
from mutualaid.ledger.chart import CONTRIBUTIONS, RECEIVABLE, UNEARNED
from mutualaid.ledger.models import Entry
from mutualaid.people.models import Employment
from tests.contributions.scene import TERM, World, accepting_by_itself
from tests.people.cast import AT, BY, LATER, as_clerk

LATE = AT + datetime.timedelta(days=60)


def test_a_bill_is_issued_with_the_acceptance(world: World) -> None:
    bill = world.bill()
    assert (bill.state, bill.amount, bill.persons) == ("issued", Decimal("50.00"), 1)
    assert bill.due_on - bill.issued_on == datetime.timedelta(days=30)
    assert bill.number.startswith("B")
    assert world.held(RECEIVABLE) == 50
    assert world.held(UNEARNED) == -50
    assert world.notices == ["enrolment_accepted", "bill_issued"]
    assert AuditEntry.objects.filter(what="bill_issued").count() == 1


def test_an_office_that_accepts_by_itself_bills_at_once(world: World) -> None:
    by = as_clerk(world.cast.clerk)
    enrolment = world.enrolment(state="draft")
    assert submit_and_bill(enrolment=enrolment, by=by, at=AT) is None
    return_enrolment(enrolment=enrolment, remark="请补齐", by=world.by, at=AT)
    accepting_by_itself(world)
    with within([world.cast.mill.unit.path]):
        bill = submit_and_bill(enrolment=enrolment, by=by, at=AT)
        assert bill is not None
        assert bill.fund.bank_name == "海市银行"  # where to pay is seen from below


def test_what_was_noticed_is_seen_by_a_person(world: World) -> None:
    by = as_clerk(world.cast.clerk)
    enrolment = world.enrolment(state="draft")
    accepting_by_itself(world)
    # Since the roster was written the person went to another employer: acceptance would move them back here.
    moved = Employment.objects.filter(employer=world.cast.mill).update(employer=world.cast.yard)
    assert moved == 1
    assert submit_and_bill(enrolment=enrolment, by=by, at=AT) is None
    enrolment.refresh_from_db()
    assert enrolment.state == "submitted"
    assert enrolment.rows.exclude(warnings=[]).count() == 1


def test_a_plan_without_a_fee_needs_no_bill(world: World) -> None:
    enrolment = world.enrolment(free=True)
    assert accept_and_bill(enrolment=enrolment, by=world.by, at=AT) is None
    assert [cover.state for cover in enrolment.covers.all()] == ["begun"]


def test_without_a_fund_nothing_is_accepted(world: World) -> None:
    enrolment = world.enrolment(world.cast.far)
    with pytest.raises(NoFund):
        accept_and_bill(enrolment=enrolment, by=world.by, at=AT)
    enrolment.refresh_from_db()
    assert enrolment.state == "submitted"


def test_the_nearest_fund_above_is_paid(world: World) -> None:
    far, near = world.cast.province, world.cast.county
    for unit in (far, near):
        open_fund(unit=unit, account_name=unit.name, account_number="62", bank_name="银行", by=world.by, at=AT)
    found = fund_of(employer=world.cast.mill)
    assert found is not None
    assert found.unit_id == near.pk
    with pytest.raises(FundExists):
        open_fund(unit=near, account_name="x", account_number="62", bank_name="银行", by=world.by, at=AT)
    assert Fund.objects.count() == 3


def test_a_bill_is_cancelled_with_its_enrolment(world: World) -> None:
    bill = world.bill()
    with pytest.raises(NoReason):
        cancel_bill(bill=bill, reason=" ", by=world.by, at=AT)
    bill = cancel_bill(bill=bill, reason="名单有误", by=world.by, at=AT)
    assert (bill.state, bill.remark) == ("cancelled", "名单有误")
    assert world.held(RECEIVABLE) == world.held(UNEARNED) == 0
    bill.enrolment.refresh_from_db()
    assert bill.enrolment.state == "cancelled"
    assert {cover.state for cover in bill.enrolment.covers.all()} == {"cancelled"}
    with pytest.raises(IllegalMove):
        cancel_bill(bill=bill, reason="再次", by=world.by, at=AT)


def test_a_paid_bill_is_not_cancelled(world: World) -> None:
    bill = world.bill()
    match_line(line=world.line(50), bills=[bill], by=world.by, at=AT)
    with pytest.raises(IllegalMove):
        cancel_bill(bill=bill, reason="名单有误", by=world.by, at=AT)
    assert Receipt.objects.filter(bill=bill).count() == 1


def test_income_when_cover_has_begun_once(world: World) -> None:
    bill = world.bill()
    assert list(bills_to_earn(on=LATER)) == []
    match_line(line=world.line(50), bills=[bill], by=world.by, at=AT)
    bill.refresh_from_db()
    assert list(bills_to_earn(on=AT.date())) == []
    with pytest.raises(NotIncomeYet):
        earn_bill(bill=bill, by=world.by, at=AT)
    assert list(bills_to_earn(on=LATER)) == [bill]
    first = earn_bill(bill=bill, by=world.by, at=LATE)
    assert first.posted_on == TERM[0]
    assert earn_bill(bill=bill, by=world.by, at=LATE) == first
    assert world.held(CONTRIBUTIONS) == -50
    assert list(bills_to_earn(on=LATER)) == []
    assert Entry.objects.filter(event="earned").count() == 1


def test_totals_of_bills(world: World) -> None:
    paid = world.bill()
    world.bill(world.cast.yard)
    match_line(line=world.line(50), bills=[paid], by=world.by, at=AT)
    totals = bill_totals(among=type(paid).objects.all())
    assert [(row.state, row.count) for row in totals] == [("issued", 1), ("paid", 1)]
    assert {row.amount for row in totals} == {50}


def test_covers_begin_when_the_last_payer_who_holds_them_has_paid(world: World) -> None:
    bill = world.bill()
    same = {"fund": bill.fund, "employer": bill.employer, "from_on": bill.from_on, "until_on": bill.until_on}
    of_two = [
        Bill.objects.create(
            enrolment=bill.enrolment, payer_kind=kind, payer_unit=bill.fund.unit, payer_name=name, holds_cover=holds,
            amount=Decimal(10), persons=1, issued_on=bill.issued_on, due_on=bill.due_on, **same,
        )
        for kind, name, holds in (("upper_union", "海市总工会", True), ("administration", "海市财政", False))
    ]  # fmt: skip
    for one in of_two:
        one.refresh_from_db()
        post_bill(book=one.fund.book, bill=subject_of(one), shares=[share_of(bill=one)], on=one.issued_on, by=BY, at=AT)
    covers = bill.enrolment.covers.values_list("state", flat=True)
    pay(world, bill)
    assert set(covers.all()) == {"pending"}
    assert list(bills_to_earn(on=TERM[1])) == []
    pay(world, of_two[0])
    assert set(covers.all()) == {"begun"}
    assert list(bills_to_earn(on=TERM[1])) == [bill, of_two[0]]


def pay(world: World, bill: Bill) -> None:
    """By a line of the bank."""
    line = world.line(bill.amount, name=bill.payer_name, text=bill.number)
    match_line(line=line, bills=[bill], by=world.by, at=AT)
