"""Fees that go back: asked for and decided by two persons, by the plan's rule, to whoever bore them, once; and what it books
(sections 25 to 33 of docs/rules/bookkeeping.md)."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from mutualaid.contributions import jobs
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import accept_and_bill, cancel_bill
from mutualaid.contributions.actions.credits import keep_credit
from mutualaid.contributions.actions.lowering import PartPaid
from mutualaid.contributions.actions.refunding import (
    NothingBack,
    approve_refund_request,
    ask_refunds,
    refuse_refund_request,
    withdraw_refund_request,
)
from mutualaid.contributions.actions.refunds import NotYours, confirm_refund_payment, enter_refund_payment
from mutualaid.contributions.actions.splits import PartWanted
from mutualaid.contributions.giving_back import for_days_left, shared
from mutualaid.contributions.models import (
    Bill,
    Credit,
    Lowering,
    Order,
    PayerKind,
    Receipt,
    Refund,
    RefundPart,
    RefundReason,
    RefundRequest,
)
from mutualaid.contributions.queries import verify_receipt
from mutualaid.contributions.refund_access import chosen_to_refund, refund_requests_visible_to
from mutualaid.contributions.refundable import offers
from mutualaid.contributions.resting import rest_of
from mutualaid.contributions.split_queries import used_of
from mutualaid.core.actors import Actor
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove
from mutualaid.enrolment.models import Cover, Departure, Enrolment
from mutualaid.enrolment.tenure import unbroken
from mutualaid.ledger.chart import CREDITS, REFUNDS_PAYABLE, UNEARNED
from mutualaid.people.access import NotFound
from mutualaid.people.actions.units import register_clerk
from mutualaid.people.models import Employer, EmployerClerk, Member, RoleName
from mutualaid.plans.models import PlanVersion
from tests.contributions.scene import World
from tests.contributions.test_bills_of_payers import aid, bills, pay, rule
from tests.contributions.test_parts import same
from tests.contributions.test_parts_booked import booked
from tests.enrolment.rosters import submitted, version
from tests.ledger.test_bookkeeping import rows_of
from tests.people.cast import AT, account, as_clerk, as_staff, staff

P = PayerKind
TERM = '{{years: 1, begins: fixed, on: "04-01", first_on: 2025-04-01, clause: 第二条{more}}}'
ALL = ", exit: any_time, refund: {on_exit: pro_rata, never_eligible: full, before_cover: full, clause: 第七条}"
LEAVERS = ", refund: {on_exit: pro_rata, clause: 第七条}"
FROM, UNTIL = datetime.date(2025, 4, 1), datetime.date(2026, 4, 1)
LATER = datetime.datetime(2025, 6, 20, 9, 0, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


def plan(world: World, more: str = ALL, name: str = "sea-back") -> PlanVersion:
    return version(world.cast.province, name, family=name, term=TERM.format(more=more), most=99, fee=50)


def offices(world: World) -> tuple[Actor, Actor]:
    """Two persons of the office."""
    return tuple(  # type: ignore[return-value]
        as_staff(staff(name, world.cast.city, RoleName.ENROLMENT_CLERK)) for name in ("参保辛", "参保壬")
    )


def enrolled(world: World, of: PlanVersion, persons: int) -> Enrolment:
    enrolment = submitted(world.cast.mill, of, range(10, 10 + persons))
    accept_and_bill(enrolment=enrolment, by=world.by, at=AT)
    enrolment.refresh_from_db()
    return enrolment


def enrolled_at(world: World, employer: Employer, of: PlanVersion) -> Cover:
    enrolment = submitted(employer, of, [60])
    accept_and_bill(enrolment=enrolment, by=world.by, at=AT)
    return covers_of(enrolment)[0]


def covers_of(enrolment: Enrolment) -> list[Cover]:
    return list(enrolment.covers.select_related("version", "employer__unit", "member").order_by("id"))


def asked(covers: list[Cover], reason: RefundReason, by: Actor, at: datetime.datetime = AT, **more: Any) -> Any:
    return ask_refunds(covers=covers, reason=reason, remark="说明", by=by, at=at, **more)


# --- sums -------------------------------------------------------------------------------------------------------------


def test_parts_sum_to_the_whole_to_the_fen() -> None:
    for fen in range(1, 400):
        amount = Decimal(fen) / 100
        for parts in ([10, 20, 20], [1, 1, 1], [7], [Decimal("0.01"), Decimal("49.99")]):
            found = shared(amount, [Decimal(part) for part in parts])
            assert sum(found) == amount
            assert min(found) >= 0
    days = {"from_on": FROM, "until_on": UNTIL}
    assert for_days_left(Decimal(50), **days, ends_on=datetime.date(2025, 7, 1)) == Decimal("37.53")
    assert for_days_left(Decimal(50), **days, ends_on=FROM) == 50
    assert for_days_left(Decimal(50), **days, ends_on=UNTIL) == 0


# --- by payers, and their books ---------------------------------------------------------------------------------------


def test_several_payers_are_billed_earn_and_get_back_as_the_page_says(world: World) -> None:
    union = PartWanted(P.UPPER_UNION, payer_unit=world.cast.city, amount=Decimal(20))
    rule(world.cast.province, union, PartWanted(P.MEMBER, amount=Decimal(10)), PartWanted(P.EMPLOYER))
    enrolment = submitted(world.cast.mill, plan(world), range(10, 13))
    unit = world.cast.mill.unit.code
    first, second = offices(world)

    assert booked(lambda: accept_and_bill(enrolment=enrolment, by=world.by, at=AT), unit) == rows_of("25.")
    made = bills(enrolment)
    assert booked(lambda: pay(world, made["employer"], made["upper_union"]), unit) == rows_of("26.")
    gone, leaver, stays = covers_of(enrolment)
    request = asked([gone], RefundReason.BEFORE_COVER, first)
    with pytest.raises(NotYours):
        approve_refund_request(request=request, by=first, at=AT)
    agree = {"by": second, "at": AT}
    assert booked(lambda: approve_refund_request(request=request, **agree), unit) == rows_of("27.")  # type: ignore[arg-type]
    gone.refresh_from_db()
    assert gone.state == "cancelled"
    to_employer, to_union = Refund.objects.order_by("bill__payer_kind")
    assert {(one.payer_kind, one.amount) for one in to_employer.parts.all()} == {("employer", 20), ("member", 10)}
    assert (to_union.bill, to_union.amount) == (made["upper_union"], 20)
    with pytest.raises(IllegalMove):
        approve_refund_request(request=request, **agree)  # type: ignore[arg-type]
    with pytest.raises(NothingBack, match="it is cancelled"):
        asked([gone], RefundReason.NEVER_ELIGIBLE, first)

    assert booked(lambda: jobs.earn_bills(at=LATER), unit) == rows_of("28.")
    jobs.earn_bills(at=LATER + DAY)
    ends = {leaver.pk: datetime.date(2025, 7, 1)}
    request = asked([leaver], RefundReason.EXIT, first, LATER, ends=ends)
    agree["at"] = LATER
    assert booked(lambda: approve_refund_request(request=request, **agree), unit) == rows_of("29.")  # type: ignore[arg-type]
    leaver.refresh_from_db()
    assert (leaver.state, leaver.until_on) == ("begun", datetime.date(2025, 7, 1))
    assert unbroken(member=leaver.member, on=LATER.date())[0].until_on == datetime.date(2025, 7, 1)
    other = as_staff(staff("财务壬", world.cast.city, RoleName.FINANCE))
    (owed,) = Refund.objects.filter(request=request, bill=made["upper_union"])

    def paid() -> None:
        enter_refund_payment(refund=owed, paid_on=LATER.date(), serial="OUT1", by=world.by, at=LATER)
        confirm_refund_payment(refund=owed, by=other, at=LATER)

    assert booked(paid, unit) == rows_of("30.")
    assert world.held(UNEARNED) == 0
    assert world.held(REFUNDS_PAYABLE) == -sum(Refund.objects.exclude(state="paid").values_list("amount", flat=True))
    stays.refresh_from_db()
    assert stays.until_on == UNTIL


def test_nobody_decides_for_their_own_employer_or_themselves(world: World) -> None:
    first, second = offices(world)
    enrolment = enrolled(world, plan(world), 2)
    pay(world, bills(enrolment)["employer"])
    one, two = covers_of(enrolment)
    request = asked([one], RefundReason.BEFORE_COVER, first)
    decided = {"request": request, "by": second, "at": AT}
    clerk, account = world.cast.clerk, int(second.key)
    EmployerClerk.objects.filter(pk=clerk.pk).update(account=account)
    with pytest.raises(NotYours, match="their own employer"):
        approve_refund_request(**decided)
    EmployerClerk.objects.filter(pk=clerk.pk).update(account=clerk.account)
    Member.objects.filter(pk=one.member_id).update(account=account)
    with pytest.raises(NotYours, match="for themself"):
        approve_refund_request(**decided)
    with pytest.raises(NotYours):
        refuse_refund_request(**decided, answer="不予退费")
    Member.objects.filter(pk=one.member_id).update(account=None)
    Member.objects.filter(pk=two.member_id).update(account=account)  # is not in the request
    assert approve_refund_request(**decided).state == "approved"


def test_who_took_the_cover_over_asks_for_its_fee(world: World) -> None:
    """After a merger or a split: the former employer's clerk no longer, the other's, and decides nothing of it as staff."""
    first, second = offices(world)
    enrolment = enrolled(world, plan(world), 2)
    pay(world, bills(enrolment)["employer"])
    taken, kept = covers_of(enrolment)
    Cover.objects.filter(pk=taken.pk).update(heir=world.cast.yard)
    yard, somebody = world.cast.yard, account("郑小满")
    clerk = register_clerk(employer=yard, account=somebody, name="郑小满", evidence="f", by=world.by, at=AT)
    theirs, own = as_clerk(world.cast.clerk), as_clerk(clerk)
    with pytest.raises(NotFound):
        chosen_to_refund(actor=own, numbers=[taken.number], on=day_of(AT))
    EmployerClerk.objects.filter(pk=clerk.pk).update(state="bound")
    chosen = chosen_to_refund(actor=own, numbers=[taken.number], on=day_of(AT))
    for actor, number in ((own, kept.number), (theirs, taken.number)):
        with pytest.raises(NotFound):
            chosen_to_refund(actor=actor, numbers=[number], on=day_of(AT))
    request = asked(chosen, RefundReason.BEFORE_COVER, own)
    assert request.employer == world.cast.yard
    assert list(refund_requests_visible_to(actor=own, on=day_of(AT))) == [request]
    assert not refund_requests_visible_to(actor=theirs, on=day_of(AT)).exists()
    with pytest.raises(NothingBack, match="one employer"):
        asked([*chosen, kept], RefundReason.BEFORE_COVER, first)
    # Of a former employer's request the clerk of what it became part of decides nothing, as staff.
    RefundRequest.objects.filter(pk=request.pk).update(employer=world.cast.mill)
    request.refresh_from_db()
    Employer.objects.filter(pk=world.cast.mill.pk).update(merged_into=world.cast.yard, merged_on=day_of(AT))
    EmployerClerk.objects.filter(pk=clerk.pk).update(account=int(second.key))
    with pytest.raises(NotYours, match="their own employer"):
        approve_refund_request(request=request, by=second, at=AT)


def test_a_subsidy_that_was_not_paid_in_is_asked_for_less(world: World) -> None:
    programme = aid(world, budget=Decimal(40))
    enrolment = enrolled(world, plan(world), 2)
    made, unit = bills(enrolment), world.cast.mill.unit.code
    pay(world, made["employer"])
    first, second = offices(world)
    one, two = covers_of(enrolment)
    request = asked([one], RefundReason.NEVER_ELIGIBLE, first)
    done = booked(lambda: approve_refund_request(request=request, by=second, at=AT), unit)
    assert done == rows_of("31.")
    granted = Bill.objects.get(pk=made["administration"].pk)
    assert same(granted.amount, granted.persons, used_of(subsidies=[programme])[programme.pk]) == (20, 1, 20)
    assert booked(lambda: pay(world, granted), unit) == rows_of("32.")
    request = asked([two], RefundReason.NEVER_ELIGIBLE, first)
    approve_refund_request(request=request, by=second, at=AT)
    assert {(one.bill.payer_kind, one.amount) for one in RefundPart.objects.filter(cover=two)} == {
        ("employer", 30), ("administration", 20),
    }  # fmt: skip


def test_what_is_left_of_an_unpaid_subsidy_is_cancelled_with_the_last(world: World) -> None:
    programme = aid(world, budget=Decimal(40))
    enrolment = enrolled(world, plan(world), 2)
    pay(world, bills(enrolment)["employer"])
    first, second = offices(world)
    order = Order.objects.create(
        number="B1-1", bill=Bill.objects.get(subsidy=programme), channel="neutral", amount=40, state="pending",
        created_at=AT, expires_at=LATER,
    )  # fmt: skip
    for cover in covers_of(enrolment):
        request = asked([cover], RefundReason.NEVER_ELIGIBLE, first)
        approve_refund_request(request=request, by=second, at=AT)
    assert Bill.objects.get(subsidy=programme).state == "cancelled"
    assert ("ask_order", {"order": order.number}) in world.outbox  # nobody pays at the channel any more
    assert used_of(subsidies=[programme]) == {programme.pk: 0}
    assert same(world.held(UNEARNED), world.held(REFUNDS_PAYABLE), Lowering.objects.count()) == (0, -60, 2)
    jobs.earn_bills(at=LATER)  # nothing is left of it
    assert world.held(UNEARNED) == 0


def test_a_member_who_does_not_pay_leaves_alone(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, amount=Decimal(20), billed=True), PartWanted(P.EMPLOYER))
    enrolment = enrolled(world, world.version, 2)
    employers, own = bills(enrolment)["employer"], list(enrolment.bills.filter(payer_kind="member").order_by("id"))
    pay(world, employers)
    pay(world, own[0])
    before = Receipt.objects.get(bill=employers)
    cancel = {"bill": own[1], "reason": "不参加了", "by": world.by, "at": AT}
    assert booked(lambda: cancel_bill(**cancel), world.cast.mill.unit.code) == rows_of("33.")  # type: ignore[arg-type]
    employers.refresh_from_db()
    assert (employers.state, employers.amount, employers.persons) == ("paid", 30, 1)
    assert Credit.objects.get().like == employers
    # What is kept will be in the receipt of the next bill: this one is issued anew over the rest, the paper of before is void.
    receipt = Receipt.objects.get(bill=employers)
    assert (receipt.pk, receipt.amount, receipt.payer_name) == (before.pk, 30, before.payer_name)
    assert receipt.number != before.number
    old, new = verify_receipt(check_code=before.check_code), verify_receipt(check_code=receipt.check_code)
    assert old is not None
    assert new is not None
    assert same(old.number, old.amount, old.void_since, old.lowered) == (before.number, 60, AT.date(), True)
    assert same(new.number, new.amount, new.void_since, new.returned_amount) == (receipt.number, 30, None, 0)
    assert Receipt.objects.get(bill=own[0]).number == verify_receipt(check_code=own[0].receipt.check_code).number  # type: ignore[union-attr]
    assert sorted(enrolment.covers.values_list("state", flat=True)) == ["begun", "cancelled"]
    jobs.earn_bills(at=LATER)
    assert world.held(UNEARNED) == 0


def test_a_bill_that_is_paid_in_part_is_lowered_no_further(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, amount=Decimal(20), billed=True), PartWanted(P.EMPLOYER))
    enrolment = enrolled(world, world.version, 2)
    employers, own = bills(enrolment)["employer"], list(enrolment.bills.filter(payer_kind="member").order_by("id"))
    pay(world, own[0])
    match_line(line=world.line(30), bills=[employers], inexact=True, by=world.by, at=AT)
    with transaction.atomic():
        match_line(line=world.line(10), bills=[employers], inexact=True, by=world.by, at=AT)
        with pytest.raises(PartPaid):  # 40 of 60 is paid, and 30 is for who leaves
            cancel_bill(bill=own[1], reason="不参加了", by=world.by, at=AT)
        transaction.set_rollback(True)
    cancel_bill(bill=own[1], reason="不参加了", by=world.by, at=AT)
    employers.refresh_from_db()
    assert (employers.state, employers.amount, employers.receipt.amount) == ("paid", 30, 30)
    assert sorted(enrolment.covers.values_list("state", flat=True)) == ["begun", "cancelled"]


def test_what_is_set_free_is_of_the_latest_money_and_joins_what_is_kept(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, amount=Decimal(20), billed=True), PartWanted(P.EMPLOYER))
    enrolment = enrolled(world, world.version, 2)
    employers, own = bills(enrolment)["employer"], list(enrolment.bills.filter(payer_kind="member").order_by("id"))
    first, last = (
        match_line(line=world.line(amount), bills=[employers], inexact=True, by=world.by, at=AT) for amount in (40, 25)
    )
    keep_credit(payment=last, like=employers, by=world.by, at=AT)
    cancel_bill(bill=own[1], reason="不参加了", by=world.by, at=AT)
    assert {one.payment: rest_of(payment=one.payment) for one in Credit.objects.all()} == {last: 25, first: 10}
    assert same(world.held(CREDITS), world.waiting, Bill.objects.get(pk=employers.pk).amount) == (-35, 0, 30)


def test_what_others_paid_goes_back_where_the_plan_gives_it(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, amount=Decimal(20), billed=True), PartWanted(P.EMPLOYER))
    enrolment = enrolled(world, plan(world), 2)
    employers, own = bills(enrolment)["employer"], list(enrolment.bills.filter(payer_kind="member").order_by("id"))
    cancel_bill(bill=own[0], reason="不参加了", by=world.by, at=AT)
    assert Bill.objects.get(pk=employers.pk).amount == 30  # nothing was paid yet
    pay(world, Bill.objects.get(pk=employers.pk))
    cancel_bill(bill=own[1], reason="不参加了", by=world.by, at=AT)
    assert same(Refund.objects.get().amount, Credit.objects.count(), world.held(REFUNDS_PAYABLE)) == (30, 0, -30)


# --- what the plan does not give --------------------------------------------------------------------------------------


def why(cover: Cover, reason: RefundReason, at: datetime.datetime = LATER, ends_on: Any = None) -> str:
    ends = {cover.pk: ends_on} if ends_on else None
    (offer,) = offers(covers=[cover], reason=reason, ends=ends, asked_on=at.date())
    return offer.fault[0] if offer.fault else str(offer.amount)


def test_the_plan_says_when_nothing_goes_back(world: World) -> None:
    bare = covers_of(enrolled(world, world.version, 1))[0]
    assert "还没有缴清" in why(bare, RefundReason.EXIT)
    pay(world, Bill.objects.get())
    bare.refresh_from_db()
    july = datetime.date(2025, 7, 1)
    assert "期内退出不退费" in why(bare, RefundReason.EXIT, ends_on=july)
    assert "自始不符合参加条件的，不退费" in why(bare, RefundReason.NEVER_ELIGIBLE)
    assert "保障已于 2025-04-01 开始" in why(bare, RefundReason.BEFORE_COVER)
    assert "保障开始前退出的，不退费" in why(bare, RefundReason.BEFORE_COVER, AT)
    with pytest.raises(NothingBack, match="gives nothing back"):
        asked([bare], RefundReason.NEVER_ELIGIBLE, world.by)
    leaving = covers_of(enrolled(world, plan(world, LEAVERS, "sea-left"), 1))[0]
    pay(world, leaving.enrolment.bills.get())
    leaving.refresh_from_db()
    assert "请先在“离职与退休”登记" in why(leaving, RefundReason.EXIT, ends_on=july)
    Departure.objects.create(
        employer=leaving.employer, member=leaving.member, reason="left", last_on=july - DAY, at=LATER
    )
    assert why(leaving, RefundReason.EXIT, ends_on=july) == "37.53"
    assert "请先在“离职与退休”登记" in why(leaving, RefundReason.EXIT, ends_on=july - DAY)  # the last day of work
    later = Cover.objects.get(pk=leaving.pk)
    later.pk, later.number, later.from_on, later.until_on = None, "C-LATER", UNTIL, UNTIL + 365 * DAY
    later.save(force_insert=True)
    assert "应没有后续的保障" in why(leaving, RefundReason.EXIT, ends_on=july)
    Cover.objects.filter(pk=later.pk).update(state="cancelled")
    assert why(leaving, RefundReason.EXIT, ends_on=july) == "37.53"
    assert "退出日应在" in why(leaving, RefundReason.EXIT, ends_on=LATER.date() - DAY)
    assert "退出日应在" in why(leaving, RefundReason.EXIT, ends_on=UNTIL)


def test_it_is_asked_once_and_may_be_refused_or_taken_back(world: World) -> None:
    first, second = offices(world)
    enrolment = enrolled(world, plan(world), 2)
    pay(world, bills(enrolment)["employer"])
    one, two = covers_of(enrolment)
    request = asked([one, two], RefundReason.BEFORE_COVER, first)
    with pytest.raises(NothingBack, match=request.number):
        asked([two], RefundReason.BEFORE_COVER, first)
    other = enrolled_at(world, world.cast.yard, two.version)
    with pytest.raises(NothingBack, match="of one employer"):
        asked([one, other], RefundReason.BEFORE_COVER, first)
    with pytest.raises(NotYours):
        withdraw_refund_request(request=request, by=second, at=AT)
    withdraw_refund_request(request=request, by=first, at=AT)
    request = asked([one, two], RefundReason.BEFORE_COVER, first)
    refuse_refund_request(request=request, answer="材料不全", by=second, at=AT)
    request = asked([one, two], RefundReason.BEFORE_COVER, first)
    with pytest.raises(NothingBack, match="somebody to be left"):
        approve_refund_request(request=request, without=[one.number, two.number], by=second, at=AT)
    approve_refund_request(request=request, without=[two.number], by=second, at=AT)
    assert [Cover.objects.get(pk=cover.pk).state for cover in (one, two)] == ["cancelled", "begun"]
    assert same(Refund.objects.get().amount, world.held(REFUNDS_PAYABLE)) == (50, -50)
