"""Who bears the fee of gig workers: rules and subsidies, first come first served, told before they join; one bill for many."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import cancel_bill, earn_bill
from mutualaid.contributions.actions.joining import (
    DearerNow,
    Joined,
    Payer,
    cover_and_bill_group,
    enrol_batch,
    join_as_member,
)
from mutualaid.contributions.actions.owing import bill_owed
from mutualaid.contributions.actions.refunds import approve_refund, confirm_refund_payment, enter_refund_payment
from mutualaid.contributions.actions.splits import PartWanted, grant_subsidy, set_fee_split
from mutualaid.contributions.joining_jobs import lapse_joinings
from mutualaid.contributions.joining_prices import Quote, quotes
from mutualaid.contributions.models import Bill, FeePart, OwedPart, PayerKind, Refund, RefundReason, Subsidy
from mutualaid.contributions.queries import bills_to_earn, joinings_to_bill
from mutualaid.contributions.refundable import borne_of, offers
from mutualaid.contributions.split_queries import used_of
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.joining_pages import open_joining_page
from mutualaid.enrolment.actions.merging import void_cover
from mutualaid.enrolment.models import Cover, Enrolment, JoiningPage
from mutualaid.ledger.chart import BANK, CONTRIBUTIONS, RECEIVABLE, REFUNDS_PAYABLE, UNEARNED
from mutualaid.ledger.models import Posting
from mutualaid.people.models import RoleName
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON, as_staff, staff

if TYPE_CHECKING:
    from mutualaid.people.models import Member
    from tests.contributions.scene import World

DAY = datetime.timedelta(days=1)
P = PayerKind


def aid(world: World, **more: Any) -> Subsidy:
    told: dict[str, Any] = {
        "office": world.cast.city, "name": "骑手补贴", "payer_kind": P.ADMINISTRATION, "payer_name": "海市财政局",
        "amount": Decimal(15), "budget": Decimal(40), "from_on": ON, "until_on": ON + 300 * DAY,
    } | more  # fmt: skip
    return grant_subsidy(**told, by=BY, at=AT)


def page_of(
    world: World, payer: str = "member", fees: tuple[int, int, int] = (20, 20, 20), refund: str = ""
) -> JoiningPage:
    version = rider_plan(world.cast.province, fees=fees, refund=refund)
    return open_joining_page(
        employer=world.cast.yard, version=version, payer_kind=payer,
        payer_name="" if payer == "member" else "示例平台企业", by=BY, at=AT,
    )  # fmt: skip


def joined(page: JoiningPage, member: Member, agreed: str | None = None) -> Joined:
    told = None if agreed is None else Decimal(agreed)
    made = join_as_member(page=page, member=member, option="按月", work="rider", agreed=told, by=BY, at=AT)
    if made.bill is not None:
        made.bill.refresh_from_db()
    return made


def quote(page: JoiningPage) -> Quote:
    [found] = quotes(page=page, fees=[Decimal(20)], on=ON)
    return found


def left(subsidy: Subsidy) -> Decimal:
    return subsidy.budget - used_of(subsidies=[subsidy])[subsidy.pk]


def paid(world: World, bill: Bill, *, at: datetime.datetime = AT) -> None:
    line = world.line(bill.amount, text=bill.number)
    line.booked_on = at.date()
    line.save(update_fields=["booked_on"])
    match_line(line=line, bills=[bill], by=world.by, at=at)


def test_a_subsidy_lasts_for_the_first_and_the_price_is_told_before(world: World) -> None:
    subsidy, page = aid(world), page_of(world)
    told = quote(page)
    assert (told.own, told.borne, told.used_up) == (Decimal(5), (("骑手补贴", Decimal(15)),), ())
    first, second = joined(page, world.cast.lin, "5"), joined(page, world.cast.wei, "5.00")
    assert first.bill is not None
    assert second.bill is not None
    assert (first.bill.amount, second.bill.amount, first.cover.state) == (5, 5, "pending")
    assert first.cover.enrolment == second.cover.enrolment
    assert left(subsidy) == 10
    told = quote(page)
    assert told.own == 20
    assert told.used_up == ("骑手补贴",)
    with pytest.raises(DearerNow) as dearer:
        joined(page, world.cast.pa, "5")
    assert dearer.value.own == 20
    assert not Cover.objects.filter(member=world.cast.pa, family="rider").exists()
    third = joined(page, world.cast.pa, "20")
    assert third.bill is not None
    assert third.bill.amount == 20
    assert list(FeePart.objects.order_by("id").values_list("bill", "amount")) == [
        (first.bill.pk, Decimal(5)),
        (second.bill.pk, Decimal(5)),
    ]


def test_who_bears_the_rest_is_billed_once_for_all_who_have_paid(world: World) -> None:
    subsidy, page = aid(world, budget=Decimal(100)), page_of(world)
    one, two, three = (joined(page, who).bill for who in (world.cast.lin, world.cast.wei, world.cast.pa))
    assert one is not None
    assert two is not None
    assert three is not None
    paid(world, one)
    paid(world, two, at=AT + DAY)
    covers = {cover.member_id: cover for cover in Cover.objects.filter(family="rider")}
    days = [covers[who.pk].from_on for who in (world.cast.lin, world.cast.wei)]
    assert days == [ON + DAY, ON + 2 * DAY]
    [enrolment] = joinings_to_bill(at=AT + DAY)
    [bill] = bill_owed(enrolment=enrolment, by=BY, at=AT + DAY)
    assert (bill.amount, bill.persons, bill.subsidy, bill.holds_cover) == (30, 2, subsidy, False)
    assert {part.amount for part in FeePart.objects.filter(bill=bill)} == {Decimal(15)}
    assert left(subsidy) == 55
    paid(world, bill, at=AT + DAY)
    assert set(bills_to_earn(on=ON + 2 * DAY)) == {one, two, bill}
    earn_bill(bill=Bill.objects.get(pk=bill.pk), by=BY, at=AT + 3 * DAY)
    paid(world, three, at=AT + 4 * DAY)
    [bill] = bill_owed(enrolment=enrolment, by=BY, at=AT + 5 * DAY)
    assert (bill.amount, bill.persons) == (15, 1)
    assert not joinings_to_bill(at=AT + 6 * DAY)
    parts = FeePart.objects.filter(cover__in=[cover.pk for cover in covers.values()])
    assert sum(part.amount for part in parts) == 60


def test_who_never_pays_leaves_the_budget_to_others(world: World) -> None:
    subsidy, page = aid(world), page_of(world)
    one, two = joined(page, world.cast.lin), joined(page, world.cast.wei)
    assert one.bill is not None
    assert two.bill is not None
    cancel_bill(bill=one.bill, reason="不参加了", by=world.by, at=AT)
    one.cover.refresh_from_db()
    two.cover.refresh_from_db()
    assert (one.cover.state, two.cover.state) == ("cancelled", "pending")
    assert left(subsidy) == 25
    lapse_joinings(at=AT + 30 * DAY)
    two.cover.refresh_from_db()
    assert two.cover.state == "pending"
    lapse_joinings(at=AT + 31 * DAY)
    two.cover.refresh_from_db()
    assert two.cover.state == "cancelled"
    assert left(subsidy) == 40
    again = joined(page, world.cast.lin)
    assert again.bill is not None
    assert again.bill.amount == 5


def test_what_is_borne_wholly_begins_at_once(world: World) -> None:
    aid(world, amount=None, share=10000, budget=Decimal(20))
    page = page_of(world)
    first = joined(page, world.cast.lin, "0")
    assert (first.bill, Cover.objects.get(pk=first.cover.pk).state) == (None, "begun")
    second = joined(page, world.cast.wei)
    assert second.bill is not None
    assert (second.bill.amount, second.cover.state) == (20, "pending")
    cancel_bill(bill=second.bill, reason="不参加了", by=world.by, at=AT)
    assert Cover.objects.get(pk=first.cover.pk).state == "begun"


def test_the_offices_rule_says_what_the_member_pays(world: World) -> None:
    rule = [PartWanted(P.MEMBER, amount=Decimal(5)), PartWanted(P.EMPLOYER)]
    set_fee_split(unit=world.cast.city, parts=rule, by=BY, at=AT)
    page = page_of(world, "platform")
    made = joined(page, world.cast.lin, "5")
    assert made.bill is not None
    assert (made.bill.amount, made.bill.payer_kind) == (5, "member")
    paid(world, made.bill)
    [bill] = bill_owed(enrolment=Enrolment.objects.get(joining_page=page), by=BY, at=AT + DAY)
    assert (bill.amount, bill.payer_kind, bill.payer_name) == (15, "platform", "示例平台企业")


def test_a_promise_only(world: World) -> None:
    aid(world, granted=False)
    assert quote(page_of(world)).own == 20


def test_a_batch_has_a_bill_for_each_payer(world: World) -> None:
    subsidy = aid(world)
    rule = [PartWanted(P.MEMBER, amount=Decimal(2)), PartWanted(P.EMPLOYER)]
    set_fee_split(unit=world.cast.city, parts=rule, by=BY, at=AT)
    made = enrol_batch(
        employer=world.cast.yard, version=rider_plan(world.cast.province, fees=(20, 20, 20)), option="按月",
        told=[rider(order) for order in (40, 42, 44)], payer=Payer("platform", "示例平台企业"), by=BY, at=AT,
    )  # fmt: skip
    assert [(one.payer_kind, one.amount, one.persons, one.subsidy) for one in made.bills] == [
        ("platform", 30, 3, None),
        ("administration", 30, 2, subsidy),
    ]
    assert made.bill == made.bills[0]
    assert sorted(FeePart.objects.values_list("payer_kind", "amount")) == sorted(
        [("platform", Decimal(5))] * 2 + [("platform", Decimal(20))] + [("administration", Decimal(15))] * 2
    )
    assert set(Cover.objects.filter(family="rider").values_list("state", flat=True)) == {"begun"}


def test_places_are_subsidised(world: World) -> None:
    subsidy = aid(world)
    version = rider_plan(world.cast.province, fees=(20, 20, 20))
    group, bill = cover_and_bill_group(employer=world.cast.yard, version=version, places=3, option="按月", by=BY, at=AT)
    assert bill is not None
    assert (bill.payer_kind, bill.amount, bill.holds_cover, group.fee_amount) == ("employer", 30, True, 60)
    other = group.enrolment.bills.exclude(pk=bill.pk).get()
    assert (other.subsidy, other.amount, other.persons, other.holds_cover) == (subsidy, 30, 2, False)
    cancel_bill(bill=bill, reason="站点撤销", by=world.by, at=AT)
    assert left(subsidy) == 40
    group, bill = cover_and_bill_group(employer=world.cast.yard, version=version, places=2, option="按月", by=BY, at=AT)
    assert bill is not None
    paid(world, bill)
    group.refresh_from_db()
    assert group.state == "begun"


def test_what_is_owed_is_fenced(world: World) -> None:
    aid(world)
    joined(page_of(world), world.cast.lin)
    with within([world.cast.far.unit.path]):
        assert not OwedPart.objects.exists()
    with within([world.cast.yard.unit.path]):
        assert OwedPart.objects.count() == 1


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_last_of_a_budget_is_given_once() -> None:
    from tests.contributions.scene import made
    from tests.racing import together

    world = made()
    subsidy, page = aid(world, budget=Decimal(15)), page_of(world)

    def join(member: Member) -> Any:
        return lambda: joined(page, member, "5")

    raised = together(*(join(who) for who in (world.cast.lin, world.cast.wei, world.cast.pa)))
    assert sorted(type(one).__name__ for one in raised) == ["DearerNow", "DearerNow", "NoneType"]
    assert left(subsidy) == 0
    assert OwedPart.objects.count() == 1


def test_a_fee_goes_back_by_the_bill_by_which_it_was_borne(world: World) -> None:
    page = page_of(world)
    first, second = joined(page, world.cast.lin), joined(page, world.cast.wei)
    assert first.bill is not None
    assert second.bill is not None
    assert first.bill.enrolment == second.bill.enrolment
    found = borne_of(covers=[first.cover, second.cover])
    assert [(one.bill, one.amount) for one in found[first.cover.pk]] == [(first.bill, Decimal(20))]
    assert [(one.bill, one.amount) for one in found[second.cover.pk]] == [(second.bill, Decimal(20))]


def test_nothing_goes_back_of_what_others_are_not_billed_for_yet(world: World) -> None:
    page = page_of(world, payer="platform")
    first, second = joined(page, world.cast.lin).cover, joined(page, world.cast.wei).cover

    def told(cover: Cover) -> str:
        cover = Cover.objects.select_related("version", "member").get(pk=cover.pk)
        [offer] = offers(covers=[cover], reason=RefundReason.NEVER_ELIGIBLE, asked_on=ON)
        return offer.fault[0] if offer.fault else ""

    assert "每夜汇总开出" in told(first)
    [bill] = bill_owed(enrolment=first.enrolment, by=BY, at=AT)
    assert "每夜汇总开出" not in told(first)
    found = borne_of(covers=[first, second])
    assert [one.bill for one in (*found[first.pk], *found[second.pk])] == [bill, bill]
    third = joined(page, world.cast.pa).cover
    assert third.enrolment == first.enrolment
    assert borne_of(covers=[third]) == {}
    [later] = bill_owed(enrolment=third.enrolment, by=BY, at=AT + DAY)
    assert later != bill
    found = borne_of(covers=[first, third])
    assert [one.bill for one in (*found[first.pk], *found[third.pk])] == [bill, later]


def _void(cover: Cover) -> list[Decimal]:
    """What goes back of a cover beside which another stays; asked twice, it goes back once."""
    void = void_cover(cover=cover, instead="C0", by=BY, at=AT + DAY)
    made = approve_refund(cover=void, by=BY, at=AT + DAY)
    assert approve_refund(cover=void, by=BY, at=AT + DAY) == made
    return [one.amount for one in made]


def _nothing_is_left(world: World, enrolment: Enrolment) -> None:
    """Nobody is billed any more, nothing becomes income, and once what is owed was paid back the books hold nothing."""
    assert not joinings_to_bill(at=AT + 2 * DAY)
    assert bill_owed(enrolment=enrolment, by=BY, at=AT + 2 * DAY) == []
    assert not bills_to_earn(on=ON + 9 * DAY)
    other = as_staff(staff("财务戊", world.cast.city, RoleName.FINANCE))
    for number, refund in enumerate(Refund.objects.order_by("id")):
        enter_refund_payment(
            refund=refund, paid_on=ON + 2 * DAY, serial=f"OUT{number}", by=as_staff(world.finance), at=AT + 2 * DAY
        )
        confirm_refund_payment(refund=Refund.objects.get(pk=refund.pk), by=other, at=AT + 2 * DAY)
    for account in (BANK, RECEIVABLE, UNEARNED, REFUNDS_PAYABLE, CONTRIBUTIONS):
        assert world.held(account) == 0, account.code
    assert sum(Posting.objects.filter(entry__book=world.fund.book_id).values_list("amount", flat=True)) == 0


def test_a_member_gets_back_what_they_paid_where_the_rest_was_not_billed_yet(world: World) -> None:
    subsidy, page = aid(world), page_of(world, refund="never_eligible")
    made = joined(page, world.cast.lin, "5")
    assert made.bill is not None
    paid(world, made.bill)
    assert Cover.objects.get(pk=made.cover.pk).state == "begun"
    assert left(subsidy) == 25
    assert _void(made.cover) == [Decimal(5)]
    assert left(subsidy) == 40
    _nothing_is_left(world, made.cover.enrolment)


def test_everybody_gets_back_what_they_paid_where_all_is_billed(world: World) -> None:
    subsidy, page = aid(world), page_of(world, refund="never_eligible")
    made = joined(page, world.cast.lin, "5")
    assert made.bill is not None
    paid(world, made.bill)
    [bill] = bill_owed(enrolment=made.cover.enrolment, by=BY, at=AT)
    paid(world, bill)
    assert _void(made.cover) == [Decimal(5), Decimal(15)]
    assert left(subsidy) == 25  # a paid bill of a subsidy is used, whatever of it goes back
    _nothing_is_left(world, made.cover.enrolment)
