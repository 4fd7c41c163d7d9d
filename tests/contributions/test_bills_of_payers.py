"""An enrolment with several payers: a bill for each, covers when those that hold them are paid, budgets, who sees which bill."""

from __future__ import annotations

import datetime
from decimal import Decimal
from functools import partial

import pytest

from mutualaid.contributions.access import bill_for, bills_visible_to
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import PartlyPaid, accept_and_bill, cancel_bill
from mutualaid.contributions.actions.credits import keep_credit, use_credit
from mutualaid.contributions.actions.splits import (
    NotASplit,
    NotASubsidy,
    PartWanted,
    end_subsidy,
    grant_subsidy,
    set_fee_split,
)
from mutualaid.contributions.models import Bill, FeePart, PayerKind, Subsidy
from mutualaid.contributions.queries import bills_to_earn
from mutualaid.contributions.resting import rest_of_bill
from mutualaid.contributions.split_queries import fee_split, grants_of, other_payers, rules_of, settled_split, used_of
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.row_security import within
from mutualaid.enrolment.models import Enrolment
from mutualaid.ledger.chart import RECEIVABLE
from mutualaid.people.access import NotFound
from mutualaid.people.models import Employer, Member, RoleName, Unit
from tests.contributions.scene import TERM, World
from tests.enrolment.rosters import NEXT_DAY, submitted, version
from tests.people.cast import AT, BY, ON, account, as_clerk, as_staff, employer, staff
from tests.racing import together

YEAR = (ON, ON + datetime.timedelta(days=300))
P = PayerKind


def rule(unit: Unit, *parts: PartWanted) -> None:
    set_fee_split(unit=unit, parts=parts, by=BY, at=AT)


def aid(world: World, **more: object) -> Subsidy:
    told = {
        "office": world.cast.city, "name": "新业态补贴", "payer_kind": P.ADMINISTRATION, "payer_name": "海市财政局",
        "amount": Decimal(20), "budget": Decimal(50), "from_on": YEAR[0], "until_on": YEAR[1],
    } | more  # fmt: skip
    return grant_subsidy(**told, by=BY, at=AT)  # type: ignore[arg-type]


def accepted(world: World, employer: Employer | None = None, orders: range = range(10, 15)) -> Enrolment:
    enrolment = submitted(employer or world.cast.mill, world.version, orders)
    accept_and_bill(enrolment=enrolment, by=world.by, at=AT)
    enrolment.refresh_from_db()
    return enrolment


def bills(enrolment: Enrolment) -> dict[str, Bill]:
    return {bill.payer_kind: bill for bill in enrolment.bills.exclude(state="cancelled")}


def pay(world: World, *of: Bill) -> None:
    line = world.line(sum((bill.amount for bill in of), Decimal(0)))
    match_line(line=line, bills=list(of), by=world.by, at=AT)


def test_each_payer_is_billed_for_its_part(world: World) -> None:
    union = PartWanted(P.UPPER_UNION, payer_unit=world.cast.city, amount=Decimal(20))
    rule(world.cast.province, union, PartWanted(P.MEMBER, amount=Decimal(10)), PartWanted(P.EMPLOYER))
    enrolment = submitted(world.cast.mill, world.version, range(10, 15))
    before = fee_split(enrolment=enrolment, on=ON)
    assert {payer.kind: amount for payer, amount in before.totals().items()} == {
        "employer": 100, "member": 50, "upper_union": 100,
    }  # fmt: skip
    first = accept_and_bill(enrolment=enrolment, by=world.by, at=AT)
    made = bills(enrolment)
    assert first == made["employer"]
    assert (made["employer"].amount, made["employer"].persons) == (150, 5)
    assert (made["upper_union"].amount, made["upper_union"].payer_name) == (100, "海市办事处")
    assert made["upper_union"].payer_unit == world.cast.city
    assert FeePart.objects.filter(cover__enrolment=enrolment).count() == 15
    enrolment.refresh_from_db()
    assert list(settled_split(enrolment=enrolment).totals().values()) == list(before.totals().values())
    assert world.held(RECEIVABLE) == 250
    pay(world, made["employer"])
    assert set(enrolment.covers.values_list("state", flat=True)) == {"pending"}
    with pytest.raises(PartlyPaid):
        cancel_bill(bill=made["upper_union"], reason="有误", by=world.by, at=AT)
    pay(world, made["upper_union"])
    assert set(enrolment.covers.values_list("state", flat=True)) == {"begun"}


def test_the_nearest_unit_says_who_pays_and_of_it_the_version(world: World) -> None:
    rule(world.cast.province, PartWanted(P.MEMBER))
    rule(world.cast.city, PartWanted(P.MEMBER, share=2500), PartWanted(P.EMPLOYER))
    set_fee_split(
        unit=world.cast.city, version=world.version, parts=[PartWanted(P.MEMBER, share=5000), PartWanted(P.EMPLOYER)],
        by=BY, at=AT,
    )  # fmt: skip
    enrolment = submitted(world.cast.mill, world.version, range(10, 12))
    totals = fee_split(enrolment=enrolment, on=ON).totals()
    assert {payer.kind: amount for payer, amount in totals.items()} == {"employer": 50, "member": 50}
    set_fee_split(unit=world.cast.city, version=world.version, parts=[], by=BY, at=AT)
    totals = fee_split(enrolment=enrolment, on=ON).totals()
    assert {payer.kind: amount for payer, amount in totals.items()} == {"employer": 75, "member": 25}


def test_which_rule_holds_on_a_day(world: World) -> None:
    city, province = world.cast.city, world.cast.province

    def told(days: int) -> list[int | None]:
        found = rules_of(employer=world.cast.mill, version=world.version, on=ON + datetime.timedelta(days=days))
        return [part.share for part in found[""]]

    def from_day(days: int, share: int | None) -> None:
        parts = [PartWanted(P.MEMBER, share=share), PartWanted(P.EMPLOYER)] if share is not None else []
        set_fee_split(unit=city, parts=parts, from_on=ON + datetime.timedelta(days=days), by=BY, at=AT)

    # What the nearest office says goes before what another says of this very version.
    set_fee_split(unit=province, version=world.version, parts=[PartWanted(P.MEMBER)], by=BY, at=AT)
    from_day(0, 2500)
    assert told(0) == [2500, None]
    from_day(10, 3000)
    assert (told(9), told(10)) == ([2500, None], [3000, None])
    from_day(5, 4000)  # in place of one that was still to come
    assert (told(4), told(5), told(10)) == ([2500, None], [4000, None], [4000, None])
    from_day(20, None)
    assert (told(19), told(20)) == ([4000, None], [None])


def test_a_subsidy_has_its_days_and_what_is_left_of_its_budget(world: World) -> None:
    programme = aid(world)
    day = datetime.timedelta(days=1)

    def left(on: datetime.date, spent: int = 0) -> list[Decimal]:
        found = grants_of(employer=world.cast.mill, version=world.version, on=on, spent={programme.pk: Decimal(spent)})
        return [one.left for one in found]

    assert [left(on) for on in (YEAR[0] - day, YEAR[0], YEAR[1] - day, YEAR[1])] == [[], [50], [50], []]
    assert [left(ON, spent) for spent in (45, 60)] == [[5], [0]]
    aid(world, office=world.cast.other_city)
    assert left(ON) == [50]


@pytest.mark.parametrize(
    "parts",
    [
        [PartWanted(P.EMPLOYER), PartWanted(P.MEMBER)],
        [PartWanted(P.EMPLOYER, share=5000)],
        [
            PartWanted(P.EMPLOYER, share=9000),
            PartWanted(P.MEMBER, share=2000),
            PartWanted(P.PLATFORM, payer_name="某平台"),
        ],
        [PartWanted(P.ADMINISTRATION, amount=Decimal(1)), PartWanted(P.EMPLOYER)],
        [PartWanted(P.MEMBER, amount=Decimal(1)), PartWanted(P.MEMBER, share=1), PartWanted(P.EMPLOYER)],
    ],
)
def test_a_rule_that_cannot_be(world: World, parts: list[PartWanted]) -> None:
    with pytest.raises(NotASplit):
        rule(world.cast.city, *parts)


def test_a_rule_never_holds_for_days_that_are_over(world: World) -> None:
    yesterday = ON - datetime.timedelta(days=1)
    with pytest.raises(NotASplit):
        set_fee_split(unit=world.cast.city, parts=[PartWanted(P.MEMBER)], from_on=yesterday, by=BY, at=AT)


def test_a_subsidy_lasts_for_the_first_and_frees_what_is_cancelled(world: World) -> None:
    programme = aid(world)
    enrolment = accepted(world)
    made = bills(enrolment)
    assert (made["administration"].amount, made["administration"].persons) == (40, 2)
    assert made["employer"].amount == 210
    assert used_of(subsidies=[programme]) == {programme.pk: 40}
    # A promise: covers don't wait for it.
    assert not made["administration"].holds_cover
    pay(world, made["employer"])
    assert set(enrolment.covers.values_list("state", flat=True)) == {"begun"}
    assert list(bills_to_earn(on=TERM[1])) == [made["employer"]]
    other = accepted(world, world.cast.yard, range(20, 22))
    assert set(bills(other)) == {"employer"}
    cancel_bill(bill=bills(other)["employer"], reason="有误", by=world.by, at=AT)


def test_what_one_payer_paid_too_much_pays_no_other_payers_bill(world: World) -> None:
    aid(world)
    made = bills(accepted(world))
    line = world.line(made["employer"].amount + 40)
    payment = match_line(line=line, bills=[made["employer"]], inexact=True, by=world.by, at=AT)
    credit = keep_credit(payment=payment, like=made["employer"], by=world.by, at=AT)
    assert use_credit(credit=credit, by=world.by, at=AT) == 0
    assert rest_of_bill(bill=made["administration"]) == 40


def test_all_bills_of_an_enrolment_are_cancelled_together(world: World) -> None:
    programme = aid(world, granted=False)
    enrolment = accepted(world)
    made = bills(enrolment)
    cancel_bill(bill=made["administration"], reason="名单有误", by=world.by, at=AT)
    assert set(enrolment.bills.values_list("state", flat=True)) == {"cancelled"}
    assert set(enrolment.covers.values_list("state", flat=True)) == {"cancelled"}
    assert world.held(RECEIVABLE) == 0
    assert used_of(subsidies=[programme]) == {programme.pk: 0}


def test_a_whole_subsidy_that_is_granted_begins_covers_at_once(world: World) -> None:
    aid(world, amount=Decimal(50), budget=Decimal(10_000))
    enrolment = accepted(world)
    assert set(bills(enrolment)) == {"administration"}
    assert set(enrolment.covers.values_list("state", flat=True)) == {"begun"}


def test_an_ended_or_impossible_programme_gives_nothing(world: World) -> None:
    end_subsidy(subsidy=aid(world), by=BY, at=AT)
    assert set(bills(accepted(world))) == {"employer"}
    for wrong in (
        {"payer_name": ""},
        {"payer_kind": P.MEMBER},
        {"share": 100},
        {"budget": Decimal(0)},
        {"until_on": ON},
    ):
        with pytest.raises(NotASubsidy):
            aid(world, **wrong)


def test_members_who_pay_themselves_wait_for_nobody_else(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, share=4000, billed=True), PartWanted(P.EMPLOYER))
    enrolment = accepted(world, orders=range(10, 13))
    own = list(enrolment.bills.filter(payer_kind="member").order_by("id"))
    assert [(bill.amount, bill.persons) for bill in own] == [(20, 1)] * 3
    assert bills(enrolment)["employer"].amount == 90
    pay(world, own[0])
    assert enrolment.covers.filter(state="begun").count() == 0
    pay(world, bills(enrolment)["employer"])
    assert list(enrolment.covers.filter(state="begun").values_list("member", flat=True)) == [own[0].payer_member_id]
    pay(world, own[1])
    assert enrolment.covers.filter(state="begun").count() == 2
    assert list(bills_to_earn(on=TERM[1])) == own[:2]
    cancel_bill(bill=own[2], reason="不参加了", by=world.by, at=AT)
    assert enrolment.covers.filter(state="begun").count() == 2


def test_a_member_s_cover_begins_after_the_last_money_that_it_waited_for(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, share=4000, billed=True), PartWanted(P.EMPLOYER))
    of = version(world.cast.province, "sea-next", family="sea-next", term=NEXT_DAY, most=99, fee=50)
    enrolment = submitted(world.cast.mill, of, range(10, 12))
    accept_and_bill(enrolment=enrolment, by=world.by, at=AT)
    first, second = enrolment.bills.filter(payer_kind="member").order_by("id")
    for bill, day in ((bills(enrolment)["employer"], 2), (second, 9), (first, 5)):
        line = world.line(bill.amount)
        line.booked_on = ON + datetime.timedelta(days=day)
        line.save(update_fields=["booked_on"])
        match_line(line=line, bills=[bill], by=world.by, at=AT + datetime.timedelta(days=9))
    begins = dict(enrolment.covers.values_list("member", "from_on"))
    assert {key: (day - ON).days for key, day in begins.items()} == {
        first.payer_member_id: 6,
        second.payer_member_id: 10,
    }


def test_a_member_who_bears_all_may_leave_alone(world: World) -> None:
    rule(world.cast.city, PartWanted(P.MEMBER, billed=True))
    enrolment = accepted(world, orders=range(10, 13))
    own = list(enrolment.bills.order_by("id"))
    pay(world, own[0])
    cancel_bill(bill=own[1], reason="不参加了", by=world.by, at=AT)
    assert sorted(enrolment.covers.values_list("state", flat=True)) == ["begun", "cancelled", "pending"]
    enrolment.refresh_from_db()
    assert enrolment.state == "accepted"


def test_who_sees_which_bill(world: World) -> None:
    city = PartWanted(P.UPPER_UNION, payer_unit=world.cast.other_city, amount=Decimal(5))
    rule(world.cast.city, city, PartWanted(P.MEMBER, share=4000, billed=True), PartWanted(P.EMPLOYER))
    enrolment = accepted(world, orders=range(10, 13))
    made = bills(enrolment)
    clerk = as_clerk(world.cast.clerk)
    assert {bill.payer_kind for bill in bills_visible_to(actor=clerk, on=ON)} == {"employer"}
    with pytest.raises(NotFound):
        bill_for(actor=clerk, number=made["upper_union"].number, on=ON)
    heard = other_payers(enrolments=[enrolment])
    assert [(one.kind, one.name, one.bills, one.paid) for one in heard] == [
        ("member", "", 3, 0), ("upper_union", "邕市办事处", 1, 0),
    ]  # fmt: skip
    elsewhere = as_staff(staff("财务戊", world.cast.other_city, RoleName.FINANCE))
    assert [bill.payer_kind for bill in bills_visible_to(actor=elsewhere, on=ON)] == ["upper_union"]
    with within([world.cast.other_city.path]):
        assert [bill.payer_kind for bill in Bill.objects.all()] == ["upper_union"]
    owner = made["member"].payer_member
    assert owner is not None
    Member.objects.filter(pk=owner.pk).update(account=account("自付"))
    owner.refresh_from_db()
    me = Actor(ActorKind.MEMBER, str(owner.account_id))
    assert list(bills_visible_to(actor=me, on=ON)) == [made["member"]]
    with within([], member=owner.pk):
        assert list(Bill.objects.all()) == [made["member"]]
        assert set(FeePart.objects.values_list("bill", flat=True)) == {made["member"].pk}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_budget_is_never_granted_twice_at_once(world: World) -> None:
    """Four employers' rosters are accepted in the same moment; the budget is enough for five of their persons."""
    programme = aid(world, budget=Decimal(100))
    employers = [world.cast.mill, world.cast.yard, employer(world.cast.county, 21), employer(world.cast.county, 22)]
    waiting = [
        submitted(one, world.version, range(100 + 10 * place, 103 + 10 * place)) for place, one in enumerate(employers)
    ]
    raised = together(*[partial(accept_and_bill, enrolment=one, by=world.by, at=AT) for one in waiting])
    assert raised == [None] * 4
    assert used_of(subsidies=[programme]) == {programme.pk: 100}
    granted = Bill.objects.filter(subsidy=programme)
    assert sum(bill.persons for bill in granted) == 5
    for one in waiting:
        assert sum(bill.amount for bill in one.bills.all()) == 150
