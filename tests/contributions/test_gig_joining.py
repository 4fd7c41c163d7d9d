"""Gig workers join: one by one on the phone and in batches from a platform; free, subsidised, or at their own cost."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.contributions.actions.joining import (
    Batch,
    JoinedAlready,
    KnownMember,
    Payer,
    enrol_batch,
    join_as_member,
    join_by_code,
)
from mutualaid.contributions.actions.owing import bill_owed
from mutualaid.contributions.models import Bill
from mutualaid.contributions.queries import joinings_to_bill
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.joining import move_worker
from mutualaid.enrolment.actions.joining_pages import (
    CodeRefused,
    NoMessages,
    TooMany,
    ask_to_join,
    close_joining_page,
    forget_requests,
    open_joining_page,
)
from mutualaid.enrolment.joining import JoiningFaulty, NotOpen, NotThatDay
from mutualaid.enrolment.models import Cover, Enrolment, JoiningPage, JoiningRequest
from mutualaid.notices import gateway
from mutualaid.people.models import Employment, Member
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON, resident_id

if TYPE_CHECKING:
    from mutualaid.plans.models import PlanVersion
    from tests.contributions.scene import World

DAY = datetime.timedelta(days=1)
PASSWORD = "hai-feng-qing-qing-25"
PHONE = "13900000123"


@pytest.fixture(autouse=True)
def _messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "is_sent", lambda **_: True)


def page_of(
    world: World, *, fees: tuple[int, int, int] = (0, 0, 0), payer: str = "member", plan: str = "rider"
) -> JoiningPage:
    return open_joining_page(
        employer=world.cast.yard,
        version=rider_plan(world.cast.province, plan, fees=fees),
        payer_kind=payer,
        payer_name="" if payer == "member" else "海市总工会",
        by=BY,
        at=AT,
    )


def asked(
    page: JoiningPage, order: int = 40, option: str = "按月", at: datetime.datetime = AT, phone: str = PHONE
) -> JoiningRequest:
    return ask_to_join(page=page, told=rider(order), option=option, work="rider", phone=phone, by=BY, at=at)


def test_free_cover_begins_at_once(world: World) -> None:
    request = asked(page_of(world))
    assert [name for name, _ in world.outbox] == ["enrolment.send_joining_code"]
    joined = join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)
    cover = Cover.objects.get(pk=joined.cover.pk)
    assert (cover.state, cover.from_on, cover.until_on, cover.work) == (
        "begun",
        ON + DAY,
        datetime.date(2025, 4, 2),
        "rider",
    )
    assert joined.bill is None
    assert joined.account is not None
    assert cover.member.account == joined.account
    assert cover.member.employments.get().employer == world.cast.yard
    assert cover.member.consents.get().given


def test_asked_twice_it_is_what_it_was(world: World) -> None:
    request = asked(page_of(world))
    first = join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)
    again = join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)
    assert again.cover == first.cover
    assert again.account is None
    assert Cover.objects.filter(member=first.cover.member).count() == 1


def test_a_member_who_pays_is_covered_when_the_money_is_there(world: World) -> None:
    request = asked(page_of(world, fees=(1, 5, 50)))
    joined = join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)
    assert joined.bill is not None
    assert (joined.bill.payer_kind, joined.bill.amount, joined.cover.state) == ("member", 5, "pending")
    from mutualaid.contributions.actions.bank import match_line

    world.line(5, text=joined.bill.number)
    match_line(line=world.statement.lines.get(), bills=[joined.bill], by=world.by, at=AT)
    cover = Cover.objects.get(pk=joined.cover.pk)
    assert (cover.state, cover.until_on - cover.from_on) == ("begun", datetime.timedelta(days=31))


def test_who_is_a_member_signs_in_first(world: World) -> None:
    page = page_of(world)
    told = {"name": world.cast.lin.name, "identity_number": world.cast.lin.identity_number}
    request = ask_to_join(page=page, told=told, option="按天", work="", phone=PHONE, by=BY, at=AT)
    with pytest.raises(KnownMember):
        join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)
    joined = join_as_member(page=page, member=world.cast.lin, option="按天", work="rider", by=BY, at=AT)
    assert joined.cover.state == "begun"
    assert world.cast.lin.employments.get().employer == world.cast.mill
    with pytest.raises(JoinedAlready) as told_again:
        join_as_member(page=page, member=world.cast.lin, option="按天", work="rider", by=BY, at=AT)
    assert told_again.value.cover == joined.cover.number


def test_a_wrong_code_is_counted(world: World) -> None:
    request = asked(page_of(world))
    wrong = "000000" if request.code != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(CodeRefused):
            join_by_code(request=request, code=wrong, password=PASSWORD, by=BY, at=AT)
    with pytest.raises(CodeRefused):
        join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)


def test_a_code_is_good_for_ten_minutes(world: World) -> None:
    request = asked(page_of(world))
    with pytest.raises(CodeRefused):
        join_by_code(
            request=request, code=request.code, password=PASSWORD, by=BY, at=AT + datetime.timedelta(minutes=10)
        )


def test_codes_are_sent_so_often_and_no_more(world: World) -> None:
    page = page_of(world)
    for minute in range(5):
        asked(page, at=AT + datetime.timedelta(minutes=2 * minute))
        with pytest.raises(TooMany):
            asked(page, at=AT + datetime.timedelta(minutes=2 * minute, seconds=30))
    with pytest.raises(TooMany):
        asked(page, at=AT + datetime.timedelta(hours=1))
    asked(page, phone="13900000124")


@pytest.mark.parametrize(
    ("number", "said"),
    [(resident_id("20200101"), "16 至 60"), (resident_id("19500101"), "16 至 60"), ("450502198806070021", "校验")],
)
def test_who_cannot_join_is_told_why(world: World, number: str, said: str) -> None:
    told = {"name": "骑手甲", "identity_number": number}
    with pytest.raises(JoiningFaulty) as refused:
        ask_to_join(page=page_of(world), told=told, option="按天", work="", phone=PHONE, by=BY, at=AT)
    assert said in refused.value.zh


def test_without_messages_nobody_joins_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "is_sent", lambda **_: False)
    with pytest.raises(NoMessages):
        asked(page_of(world))


def test_a_closed_page_takes_nobody(world: World) -> None:
    page = page_of(world)
    request = asked(page)
    page = close_joining_page(page=page, by=BY, at=AT)
    with pytest.raises(NotOpen):
        asked(page, 41, phone="13900000124")
    with pytest.raises(NotOpen):
        join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT)


def test_who_bears_the_fee_is_billed_at_night_for_all_of_the_day(world: World) -> None:
    page = page_of(world, fees=(1, 5, 50), payer="upper_union")
    for order, phone in ((40, PHONE), (42, "13900000124")):
        request = asked(page, order, phone=phone)
        assert join_by_code(request=request, code=request.code, password=PASSWORD, by=BY, at=AT).bill is None
    enrolment = Enrolment.objects.get(joining_page=page)
    assert (enrolment.headcount, enrolment.covers.filter(state="begun").count()) == (2, 2)
    assert not joinings_to_bill(at=AT)
    assert list(joinings_to_bill(at=AT + DAY)) == [enrolment]
    [bill] = bill_owed(enrolment=enrolment, by=BY, at=AT + DAY)
    assert (bill.amount, bill.persons, bill.payer_kind, bill.payer_name) == (10, 2, "upper_union", "海市总工会")
    assert not joinings_to_bill(at=AT + 2 * DAY)
    assert bill_owed(enrolment=enrolment, by=BY, at=AT + DAY) == []


def test_requests_are_forgotten(world: World) -> None:
    asked(page_of(world))
    assert forget_requests(by=BY, at=AT) == 0
    assert forget_requests(by=BY, at=AT + DAY + DAY) == 1


def test_requests_are_fenced(world: World) -> None:
    page = page_of(world)
    asked(page)
    with within([world.cast.far.unit.path]):
        assert not JoiningRequest.objects.exists()
        assert JoiningPage.objects.count() == 1
    with within([world.cast.yard.unit.path]):
        assert JoiningRequest.objects.count() == 1


# --- from a platform --------------------------------------------------------------------------------------------------


def batch(
    world: World,
    *orders: int,
    option: str = "按天",
    version: PlanVersion | None = None,
    wanted_on: datetime.date | None = None,
) -> Batch:
    return enrol_batch(
        employer=world.cast.yard,
        version=version or rider_plan(world.cast.province),
        told=[rider(order) for order in orders],
        option=option,
        wanted_on=wanted_on,
        payer=Payer("platform", "示例平台企业"),
        by=BY,
        at=AT,
    )


def test_every_row_is_answered(world: World) -> None:
    version = rider_plan(world.cast.province)
    first = batch(world, 40, 42, version=version)
    assert [one.outcome for one in first.answers] == ["covered", "covered"]
    assert first.bill is not None
    assert (first.bill.amount, first.bill.payer_kind, first.bill.holds_cover) == (2, "platform", False)
    second = batch(world, 40, 44, 44, version=version)
    assert [one.outcome for one in second.answers] == ["already", "covered", "faulty"]
    assert second.answers[0].cover == first.answers[0].cover
    assert set(Cover.objects.values_list("state", flat=True)) == {"begun"}


def test_nobody_learns_of_a_cover_by_a_number_alone(world: World) -> None:
    version = rider_plan(world.cast.province)
    batch(world, 40, version=version)
    told = [rider(40, name="别人")]
    found = enrol_batch(
        employer=world.cast.yard,
        version=version,
        told=told,
        option="按天",
        payer=Payer("platform", "示例"),
        by=BY,
        at=AT,
    )
    assert (found.answers[0].outcome, found.answers[0].cover, found.bill) == ("faulty", "", None)


def test_a_day_after_a_day_goes_on(world: World) -> None:
    version = rider_plan(world.cast.province)
    for number in range(3):
        batch(world, 40, version=version, wanted_on=ON + (number + 1) * DAY)
    covers = list(Cover.objects.order_by("from_on"))
    assert [(one.from_on, one.until_on, one.consecutive_periods) for one in covers] == [
        (ON + (n + 1) * DAY, ON + (n + 2) * DAY, n + 1) for n in range(3)
    ]
    assert {one.joined_on for one in covers} == {ON + DAY}


@pytest.mark.parametrize("wanted_on", [ON - DAY, ON + datetime.timedelta(days=91)])
def test_cover_never_begins_in_the_past_nor_far_away(world: World, wanted_on: datetime.date) -> None:
    with pytest.raises(NotThatDay):
        batch(world, 40, wanted_on=wanted_on)


def test_a_rider_moves_and_cover_goes_on(world: World) -> None:
    batch(world, 40, option="按年")
    member = Member.objects.get(name="骑手甲")
    made = move_worker(
        employment=Employment.objects.get(member=member), to=world.cast.far, from_on=ON + 3 * DAY, by=BY, at=AT
    )
    spells = Employment.objects.filter(member=member).order_by("from_on")
    assert [(one.employer, one.from_on, one.until_on) for one in spells] == [
        (world.cast.yard, ON, ON + 3 * DAY),
        (world.cast.far, ON + 3 * DAY, None),
    ]
    assert made.employer == world.cast.far
    assert Cover.objects.get(member=member).state == "begun"


def test_a_batch_asks_the_database_by_the_batch(world: World, django_assert_max_num_queries: Any) -> None:
    version = rider_plan(world.cast.province)
    batch(world, *range(40, 50, 2), version=version)
    with django_assert_max_num_queries(110):
        batch(world, *range(100, 180, 2), version=version)
    assert Bill.objects.count() == 2
