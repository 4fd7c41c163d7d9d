"""An accepted enrolment is taken back until it is paid, with all that it did; and each refusal."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from mutualaid.contributions.actions import bills
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import (
    accept_and_bill,
    accept_package_and_bill,
    call_back,
    submit_and_bill,
    submit_package_and_bill,
)
from mutualaid.contributions.actions.splits import PartWanted, grant_subsidy, set_fee_split
from mutualaid.contributions.actions.undoing import take_back_enrolment, take_back_package
from mutualaid.contributions.models import Bill, Order, PayerKind, Subsidy
from mutualaid.contributions.split_queries import is_unpaid, used_of
from mutualaid.contributions.undoable import OrderUnderWay, PaidAlready
from mutualaid.core.audit import content_of
from mutualaid.core.leaves import leaf_of
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.core.work import run_waiting
from mutualaid.enrolment.actions import taking_back
from mutualaid.enrolment.actions.enrolling import OpenAlready, begin_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.actions.taking_back import CoverBegun
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import persons_of
from mutualaid.enrolment.standing import PartOfPackage
from mutualaid.ledger.chart import RECEIVABLE, UNEARNED
from mutualaid.notices.models import Notice
from mutualaid.people.models import Employment, Member, RoleName
from tests.contributions.scene import World
from tests.enrolment.packages_made import filled, plans
from tests.people.cast import AT, BY, ON, as_clerk, resident_id, staff
from tests.racing import together

LATER = AT + datetime.timedelta(days=3)


def accepted(world: World) -> Enrolment:
    """The mill enrols its own 林晓禾, 尉迟安 of the yard, and somebody new."""
    draft = world.enrolment(state="draft")
    for name, order in (("尉迟安", 4), ("林晓帆", 44)):
        add_person(enrolment=draft, name=name, identity_number=resident_id(order=order), by=BY, at=AT)
    submit_and_bill(enrolment=draft, by=as_clerk(world.cast.clerk), at=AT)
    accept_and_bill(enrolment=draft, by=world.by, at=LATER)
    draft.refresh_from_db()
    return draft


def work_of(member: Member) -> list[tuple[int, datetime.date | None]]:
    rows = Employment.objects.filter(member=member).order_by("from_on")
    return list(rows.values_list("employer_id", "until_on"))


def test_all_of_it_is_undone(world: World) -> None:
    staff("经办丁", world.cast.city, RoleName.ENROLMENT_CLERK)
    enrolment = accepted(world)
    new = Member.objects.get(name="林晓帆")
    assert work_of(world.cast.wei)[-1] == (world.cast.mill.pk, None)
    with within([world.cast.mill.unit.path]):
        take_back_enrolment(enrolment=enrolment, by=as_clerk(world.cast.clerk), at=LATER)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.accepted_at, enrolment.rows.filter(taken=True).count()) == ("draft", None, 3)
    assert set(Cover.objects.values_list("state", flat=True)) == {"cancelled"}
    assert world.held(RECEIVABLE) == world.held(UNEARNED) == 0
    assert enrolment.bills.get().state == "cancelled"
    # Who was moved works where they did, who was here before stays, who is new is a member without work.
    assert work_of(world.cast.wei) == [(world.cast.yard.pk, None)]
    assert work_of(world.cast.lin) == [(world.cast.mill.pk, None)]
    assert work_of(new) == []
    told = Notice.objects.filter(template="enrolment_taken_back").values_list("portal", flat=True)
    assert sorted(told) == ["clerk", "staff"]
    assert AuditEntry.objects.get(what="take_back_covers").detail == {"covers": 3, "employments": 2, "elsewhere": 1}
    # It is mended, and accepted again.
    enrolment.rows.get(name="尉迟安").delete()
    submit_and_bill(enrolment=enrolment, by=as_clerk(world.cast.clerk), at=LATER)
    bill = accept_and_bill(enrolment=enrolment, by=world.by, at=LATER)
    assert bill is not None
    assert bill.persons == 2
    assert world.held(RECEIVABLE) == 100


def test_who_is_covered_otherwise_still_works_there(world: World) -> None:
    enrolment = accepted(world)
    other = world.enrolment(state="draft", free=True)
    add_person(enrolment=other, name="尉迟安", identity_number=resident_id(order=4), by=BY, at=LATER)
    submit_and_bill(enrolment=other, by=BY, at=LATER)
    accept_and_bill(enrolment=other, by=world.by, at=LATER)
    take_back_enrolment(enrolment=enrolment, by=as_clerk(world.cast.clerk), at=LATER)
    assert work_of(world.cast.wei)[-1] == (world.cast.mill.pk, None)


def test_not_what_is_paid(world: World) -> None:
    bill = world.bill()
    match_line(line=world.line(50, text=bill.number), bills=[bill], by=world.by, at=AT)
    with pytest.raises(PaidAlready, match=bill.number):
        take_back_enrolment(enrolment=bill.enrolment, by=BY, at=AT)


def test_not_while_it_is_being_paid(world: World) -> None:
    bill = world.bill()
    Order.objects.create(
        number="N1", bill=bill, channel="neutral", amount=50, created_at=AT, expires_at=LATER, state="unknown"
    )
    with pytest.raises(OrderUnderWay, match="N1"):
        take_back_enrolment(enrolment=bill.enrolment, by=BY, at=AT)
    assert bill.enrolment.covers.get().state == "pending"


def test_what_the_office_has_not_looked_at_is_simply_a_draft_again(world: World) -> None:
    enrolment = world.enrolment(state="draft")
    submit_and_bill(enrolment=enrolment, by=as_clerk(world.cast.clerk), at=AT)
    back = take_back_enrolment(enrolment=enrolment, by=as_clerk(world.cast.clerk), at=LATER)
    assert (back.state, back.submitted_at, back.rows.filter(taken=True).count()) == ("draft", None, 1)
    assert Notice.objects.filter(template="enrolment_taken_back").exists()
    assert not AuditEntry.objects.filter(what="take_back_covers").exists()
    submit_and_bill(enrolment=back, by=as_clerk(world.cast.clerk), at=LATER)
    assert accept_and_bill(enrolment=back, by=world.by, at=LATER) is not None


def test_not_what_was_never_handed_in_or_costs_nothing(world: World) -> None:
    with pytest.raises(IllegalMove):
        take_back_enrolment(enrolment=world.enrolment(state="draft"), by=BY, at=AT)
    free = world.enrolment(world.cast.yard, free=True)
    accept_and_bill(enrolment=free, by=world.by, at=AT)
    with pytest.raises(CoverBegun):
        take_back_enrolment(enrolment=free, by=BY, at=AT)


def test_not_beside_another_draft(world: World) -> None:
    bill = world.bill()
    begin_enrolment(employer=world.cast.mill, version=world.version, headcount=20, by=BY, at=AT)
    with pytest.raises(OpenAlready, match="E0"):
        take_back_enrolment(enrolment=bill.enrolment, by=BY, at=AT)


# --- packages ---------------------------------------------------------------------------------------------------------


def test_a_large_one_is_the_workers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for twice, before the worker begins: the second finds it done. What is paid is refused at once, and by the worker
    where the money came in between."""
    enrolment, by = accepted(world), as_clerk(world.cast.clerk)
    bill = enrolment.bills.get()
    monkeypatch.setattr(bills, "AT_ONCE_PERSONS", 1)
    jobs = [call_back(enrolment=enrolment, by=by, at=LATER) for _ in range(2)]
    assert enrolment.covers.filter(state="pending").count() == 3
    run_waiting()
    found: list[LongJob] = []
    for job in jobs:
        assert isinstance(job, LongJob)
        job.refresh_from_db()
        found.append(job)
    assert [one.state for one in found] == ["done", "failed"]
    assert found[0].result == {"persons": 3, "page": f"/employers/enrolments/{enrolment.number}"}
    assert "填报中" in found[1].fault_zh
    enrolment.refresh_from_db()
    bill.refresh_from_db()
    assert (enrolment.state, bill.state) == ("draft", "cancelled")
    assert world.held(RECEIVABLE) == 0
    submit_and_bill(enrolment=enrolment, by=by, at=LATER)
    paid = accept_and_bill(enrolment=enrolment, by=world.by, at=LATER)
    assert paid is not None
    enrolment.refresh_from_db()
    job = call_back(enrolment=enrolment, by=by, at=LATER)
    match_line(line=world.line(150, text=paid.number), bills=[paid], by=world.by, at=LATER)
    run_waiting()
    assert isinstance(job, LongJob)
    job.refresh_from_db()
    assert (job.state, paid.number in job.fault_zh) == ("failed", True)
    enrolment.refresh_from_db()
    with pytest.raises(PaidAlready, match=paid.number):
        call_back(enrolment=enrolment, by=by, at=LATER)


def accepted_package(world: World) -> Package:
    """Five persons in three plans: the city's union bears a part, members pay a part themselves, and a budget is used."""
    known = plans(world.cast)
    parts = [
        PartWanted(PayerKind.UPPER_UNION, payer_unit=world.cast.city, amount=Decimal(20)),
        PartWanted(PayerKind.MEMBER, amount=Decimal(10), billed=True),
        PartWanted(PayerKind.EMPLOYER),
    ]
    set_fee_split(unit=world.cast.city, version=known["illness"], parts=parts, by=BY, at=AT)
    grant_subsidy(
        office=world.cast.city, name="一线补贴", payer_kind=PayerKind.ADMINISTRATION, payer_name="海市财政局", groups=["一线"],
        amount=Decimal(10), budget=Decimal(30), from_on=ON, until_on=ON + datetime.timedelta(days=90), by=BY, at=AT,
    )  # fmt: skip
    package = filled(world.cast, known)
    submit_package_and_bill(package=package, by=as_clerk(world.cast.clerk), at=AT)
    accept_package_and_bill(package=package, by=world.by, at=LATER)
    package.refresh_from_db()
    return package


def test_a_package_is_taken_back_as_a_whole(world: World) -> None:
    package = accepted_package(world)
    kinds = set(Bill.objects.values_list("payer_kind", flat=True))
    assert kinds == {"employer", "upper_union", "administration", "member"}
    worked = Employment.objects.count()
    with within([world.cast.mill.unit.path]):
        take_back_package(package=package, by=as_clerk(world.cast.clerk), at=LATER)
    package.refresh_from_db()
    assert (package.state, package.accepted_at, persons_of(package=package)[0]) == ("draft", None, 5)
    assert set(package.enrolments.values_list("state", flat=True)) == {"draft"}
    assert set(Bill.objects.values_list("state", flat=True)) == {"cancelled"}
    assert set(Cover.objects.values_list("state", flat=True)) == {"cancelled"}
    assert world.held(RECEIVABLE) == world.held(UNEARNED) == 0
    assert Employment.objects.count() == worked - 5
    subsidy = Subsidy.objects.get()
    assert used_of(subsidies=[subsidy]) == {subsidy.pk: 0}
    for entry in AuditEntry.objects.filter(what__in=["cancel_bill", "entry_reversed", "take_back_package"]):
        assert bytes(entry.leaf) == leaf_of(content_of(entry))
    # It is handed in and billed anew.
    submit_package_and_bill(package=package, by=as_clerk(world.cast.clerk), at=LATER)
    package.refresh_from_db()
    accept_package_and_bill(package=package, by=world.by, at=LATER)
    assert world.held(RECEIVABLE) == 460


def test_a_package_that_waits_for_the_office_is_simply_a_draft_again(world: World) -> None:
    staff("经办丁", world.cast.city, RoleName.ENROLMENT_CLERK)
    package, clerk = filled(world.cast, plans(world.cast)), as_clerk(world.cast.clerk)
    with pytest.raises(IllegalMove):
        take_back_package(package=package, by=clerk, at=AT)  # it was never handed in
    submit_package_and_bill(package=package, by=clerk, at=AT)
    with within([world.cast.mill.unit.path]):
        back = take_back_package(package=package, by=clerk, at=LATER)
    assert (back.state, back.submitted_at, persons_of(package=back)[0]) == ("draft", None, 5)
    assert set(package.enrolments.values_list("state", flat=True)) == {"draft"}
    assert not AuditEntry.objects.filter(what="take_back_covers").exists()
    told = Notice.objects.filter(template="enrolment_taken_back").values_list("portal", flat=True)
    assert sorted(told) == ["clerk", "staff"]  # once, not of each plan
    with pytest.raises(IllegalMove):
        take_back_package(package=back, by=clerk, at=LATER)
    with pytest.raises(IllegalMove):
        accept_package_and_bill(package=back, by=world.by, at=LATER)  # whoever had the page open
    # It is mended, handed in anew, and accepted.
    submit_package_and_bill(package=back, by=clerk, at=LATER)
    back.refresh_from_db()
    accept_package_and_bill(package=back, by=world.by, at=LATER)
    assert world.held(RECEIVABLE) == 460


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("accepted", [False, True])
def test_taken_back_twice_and_decided_at_once(world: World, *, accepted: bool) -> None:
    """Whoever comes second finds what the first one did: the books hold what the bills say."""
    clerk = as_clerk(world.cast.clerk)
    package = filled(world.cast, plans(world.cast))
    submit_package_and_bill(package=package, by=clerk, at=AT)
    package.refresh_from_db()
    if accepted:
        accept_package_and_bill(package=package, by=world.by, at=AT)
        package.refresh_from_db()

    def back() -> None:
        take_back_package(package=Package.objects.get(pk=package.pk), by=clerk, at=LATER)

    def accept() -> None:
        accept_package_and_bill(package=Package.objects.get(pk=package.pk), by=world.by, at=LATER)

    raised = together(back, back, back if accepted else accept)
    package.refresh_from_db()
    assert all(one is None or isinstance(one, IllegalMove) for one in raised), raised
    owed = sum(Bill.objects.filter(state="issued").values_list("amount", flat=True))
    assert world.held(RECEIVABLE) == owed
    if accepted:
        assert raised.count(None) == 1
    # Somebody took it back in any case: before the office accepted it, in the same moment, or after.
    assert package.state == "draft"
    assert (owed, set(package.enrolments.values_list("state", flat=True))) == (0, {"draft"})
    assert not Cover.objects.exclude(state="cancelled").exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_enrolment_taken_back_while_the_office_accepts_it(world: World) -> None:
    clerk, enrolment = as_clerk(world.cast.clerk), world.enrolment(state="draft")
    submit_and_bill(enrolment=enrolment, by=clerk, at=AT)

    def back() -> None:
        take_back_enrolment(enrolment=Enrolment.objects.get(pk=enrolment.pk), by=clerk, at=LATER)

    def accept() -> None:
        accept_and_bill(enrolment=Enrolment.objects.get(pk=enrolment.pk), by=world.by, at=LATER)

    raised = together(back, accept, back)
    enrolment.refresh_from_db()
    assert all(one is None or isinstance(one, IllegalMove) for one in raised), raised
    assert enrolment.state == "draft"
    assert world.held(RECEIVABLE) == 0
    assert not Bill.objects.exclude(state="cancelled").exists()
    assert not Cover.objects.exclude(state="cancelled").exists()


def test_a_package_of_which_somebody_paid_stays(world: World) -> None:
    package = accepted_package(world)
    union = Bill.objects.get(payer_kind=PayerKind.UPPER_UNION)
    assert is_unpaid(enrolments=package.enrolments.all())
    match_line(line=world.line(union.amount), bills=[union], by=world.by, at=LATER)
    assert not is_unpaid(enrolments=package.enrolments.all())
    # The clerk does not see the union's bill, and it counts all the same.
    with within([world.cast.mill.unit.path]), pytest.raises(PaidAlready):
        take_back_package(package=package, by=as_clerk(world.cast.clerk), at=LATER)
    package.refresh_from_db()
    assert package.state == "accepted"
    part = package.enrolments.first()
    assert part is not None
    with pytest.raises(PartOfPackage):
        taking_back.take_back_enrolment(enrolment=part, by=as_clerk(world.cast.clerk), at=LATER)
