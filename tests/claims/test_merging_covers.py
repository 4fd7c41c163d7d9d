"""Both records of a person were covered for the same days: one cover is chosen and stays, the other is void by two persons, its
fee is given back as the plan says, and nobody loses what was approved."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.claims.actions.merging import Hindered, confirm_merge, propose_merge
from mutualaid.claims.doubling import hindrances, preview
from mutualaid.claims.models import Claim, Merge, ReviewTask
from mutualaid.claims.overlapping import choices
from mutualaid.claims.queries import stands
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.contributions.access import refund_for, refunds_visible_to
from mutualaid.contributions.actions.refunds import (
    NotYours,
    Untold,
    approve_refund,
    confirm_refund_payment,
    enter_refund_payment,
    return_refund_payment,
)
from mutualaid.contributions.models import Refund, RefundPart
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.chart import BANK, REFUNDS_PAYABLE, UNEARNED, Account
from mutualaid.ledger.models import Posting
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound
from mutualaid.people.models import Member
from tests.claims import scene as scenes
from tests.claims.merges import FULL, PAPER, REASON, Double, double, paid_cover, plan_with_fee
from tests.claims.scene import TERM, Scene, actor
from tests.people.cast import BY, ON, as_staff
from tests.racing import together

pytestmark = pytest.mark.django_db
FEE = Decimal("60.00")


@pytest.fixture
def two(scene: Scene) -> Double:
    """The member and her double."""
    return double(scene)


def _both(two: Double, term: str = FULL) -> tuple[Cover, Cover]:
    """Both are covered for the same days, and paid."""
    version = plan_with_fee(two.scene, term)
    cast = two.scene.cast
    return (
        paid_cover(two.scene, two.kept, cast.mill, version),
        paid_cover(two.scene, two.merged, cast.yard, version),
    )


def _propose(two: Double, void: Sequence[str]) -> Merge:
    told = {"kept": two.kept, "merged": two.merged, "reason": REASON, "paper": PAPER}
    return propose_merge(**told, void=void, by=two.proposing, at=two.scene.now())  # type: ignore[arg-type]


def _merge(two: Double, void: Sequence[str]) -> Merge:
    return confirm_merge(merge=_propose(two, void), by=two.deciding, at=two.scene.now())


def _held(two: Double, account: Account) -> Decimal:
    rows = Posting.objects.filter(entry__book=two.scene.fund.book_id, account__code=account.code)
    return sum((row.amount for row in rows), Decimal(0))


def _stay(two: Double, member: Member, day: datetime.date, amount: int = 1200) -> Claim:
    days = {"started_on": day.isoformat(), "ended_on": (day + datetime.timedelta(days=2)).isoformat()}
    return two.scene.enter(amount, member=member, **days)


def _agrees() -> Replayed:
    found = [Replayed(), *replayed()][-1]
    assert found.differences == []
    return found


# --- one stays --------------------------------------------------------------------------------------------------------


def test_one_cover_stays_and_the_fee_of_the_other_is_owed(two: Double) -> None:
    own, theirs = _both(two)
    (choice,) = choices(kept=two.kept, merged=two.merged)
    assert (choice.covers, choice.merged.refund, choice.both_pay, choice.likelier) == ((own, theirs), FEE, False, own)
    before = _held(two, UNEARNED)
    merge = _merge(two, [theirs.number])
    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (merge.state, merge.moved["void"], merge.moved["refunds"]) == ("done", 1, 1)
    assert (own.state, theirs.state, theirs.member) == ("begun", "cancelled", two.kept)
    refund = Refund.objects.get()
    assert refund.bill is not None
    (part,) = refund.parts.all()
    assert (part.cover, part.amount, refund.amount, refund.state, refund.bill.employer) == (
        theirs,
        FEE,
        FEE,
        "owed",
        two.scene.cast.yard,
    )
    assert (_held(two, UNEARNED) - before, _held(two, REFUNDS_PAYABLE)) == (FEE, -FEE)
    assert AuditEntry.objects.filter(what__in=["void_cover", "approve_refund"]).count() == 2
    assert Notice.objects.filter(template="refund_to_pay").exists()
    assert two.merged.identity_number not in str([entry.detail for entry in AuditEntry.objects.all()])
    _agrees()


def test_the_members_own_cover_may_be_the_one_that_goes(two: Double) -> None:
    own, theirs = _both(two)
    _merge(two, [own.number])
    assert Cover.objects.get(member=two.kept, family="hai-f", state="begun") == theirs
    assert Refund.objects.filter(bill__employer=two.scene.cast.mill).count() == 1


def test_where_the_plan_gives_nothing_back_nothing_is_owed(two: Double) -> None:
    _, theirs = _both(two, TERM)
    merge = _merge(two, [theirs.number])
    assert (merge.moved["void"], merge.moved["refunds"]) == (1, 0)
    assert not Refund.objects.exists()
    assert _held(two, REFUNDS_PAYABLE) == 0


def test_what_has_begun_is_void_once(two: Double) -> None:
    _, theirs = _both(two)
    _merge(two, [theirs.number])
    theirs.refresh_from_db()
    assert approve_refund(cover=theirs, by=two.deciding, at=two.scene.now()) == [Refund.objects.get()]
    part = RefundPart.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundPart.objects.create(
            refund=part.refund, cover=theirs, bill=part.bill, payer_kind=part.payer_kind, amount=FEE
        )


# --- nobody loses what was approved -----------------------------------------------------------------------------------


def test_claims_of_a_void_cover_go_on_under_the_other(two: Double) -> None:
    own, theirs = _both(two)
    first = two.scene.approve(_stay(two, two.kept, datetime.date(2025, 5, 1), 300))
    second = two.scene.approve(_stay(two, two.merged, datetime.date(2025, 6, 1), 300))
    (choice,) = choices(kept=two.kept, merged=two.merged)
    assert choice.both_pay
    assert ([one.claim for one in choice.kept.decided], choice.kept.paid) == (
        [first],
        Decimal(140),
    )  # beside another plan
    assert ([one.claim for one in choice.merged.decided], choice.merged.paid) == ([second], Decimal(160))
    told = {one.claim.number: one.would_be for one in preview(kept=two.kept, merged=two.merged, void=[theirs.number])}
    assert second.number in told  # the deductible of the year counts once
    _merge(two, [theirs.number])
    assert Claim.objects.get(pk=second.pk).state == "approved"
    now = stands(claim=second)
    assert now is not None
    assert now.total == 160  # the decision stands until a person has looked at it
    assert ReviewTask.objects.get(claim=second).expected_amount == told[second.number]
    assert _agrees().awaiting == [second.number]
    del own


def test_a_cover_on_which_approved_claims_rest_alone_stays(two: Double) -> None:
    own, theirs = _both(two)
    begins, ends = datetime.date(2025, 8, 1), datetime.date(2025, 10, 1)
    Cover.objects.filter(pk=own.pk).update(until_on=ends)
    Cover.objects.filter(pk=theirs.pk).update(from_on=begins, joined_on=begins)
    late = two.scene.approve(_stay(two, two.merged, datetime.date(2025, 11, 3)))
    with pytest.raises(Hindered, match=late.number) as refused:
        _propose(two, [theirs.number])
    assert f"请改为保留 {theirs.number}" in refused.value.zh
    early = two.scene.approve(_stay(two, two.kept, datetime.date(2025, 5, 1)))
    for void in (own, theirs):
        with pytest.raises(Hindered, match="a reviewer has to decide") as refused:
            _propose(two, [void.number])
        assert early.number in refused.value.zh
        assert late.number in refused.value.zh


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_without_a_choice_it_is_refused(two: Double) -> None:
    own, theirs = _both(two)
    with pytest.raises(Hindered, match="choose which stays"):
        _propose(two, [])
    for void in (
        [own.number, theirs.number],
        ["C0000099999"],
        [theirs.number, two.scene.lin.covers.earliest("pk").number],
    ):
        with pytest.raises(Hindered, match="choose again"):
            _propose(two, void)


def test_what_is_not_paid_is_no_choice(two: Double) -> None:
    version = plan_with_fee(two.scene)
    paid_cover(two.scene, two.kept, two.scene.cast.mill, version)
    theirs = paid_cover(two.scene, two.merged, two.scene.cast.yard, version, paid=False)
    assert choices(kept=two.kept, merged=two.merged) == []
    with pytest.raises(Hindered, match="is not paid"):
        _propose(two, [])
    with pytest.raises(Hindered, match="choose again"):
        _propose(two, [theirs.number])


def test_a_choice_that_no_longer_fits_is_refused_when_it_is_confirmed(two: Double) -> None:
    own, theirs = _both(two)
    merge = _propose(two, [theirs.number])
    Cover.objects.filter(pk=own.pk).update(state="cancelled")
    with pytest.raises(Hindered, match="choose again"):
        confirm_merge(merge=merge, by=two.deciding, at=two.scene.now())
    assert hindrances(kept=two.kept, merged=two.merged, void=[theirs.number])
    assert Cover.objects.get(pk=theirs.pk).state == "begun"
    assert not Refund.objects.exists()


# --- the fee is paid back ---------------------------------------------------------------------------------------------


def _refund(two: Double) -> Refund:
    _, theirs = _both(two)
    _merge(two, [theirs.number])
    return Refund.objects.get()


def test_one_enters_the_payment_and_another_confirms_it(two: Double) -> None:
    refund, scene = _refund(two), two.scene
    now = scene.now()
    entered = enter_refund_payment(refund=refund, paid_on=now.date(), serial=" B1 ", by=actor(scene.finance), at=now)
    assert (entered.state, entered.serial, _held(two, REFUNDS_PAYABLE)) == ("entered", "B1", -FEE)
    with pytest.raises(NotYours):
        confirm_refund_payment(refund=entered, by=actor(scene.finance), at=scene.now())
    bank = _held(two, BANK)
    paid = confirm_refund_payment(refund=entered, by=actor(scene.second_finance), at=scene.now())
    assert (paid.state, _held(two, REFUNDS_PAYABLE), _held(two, BANK) - bank) == ("paid", Decimal(0), -FEE)
    with pytest.raises(IllegalMove):
        confirm_refund_payment(refund=entered, by=actor(scene.second_finance), at=scene.now())
    with pytest.raises(IllegalMove):
        enter_refund_payment(refund=refund, paid_on=now.date(), serial="B2", by=actor(scene.finance), at=scene.now())
    with pytest.raises(IntegrityError, match="refund_by_two_persons"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(confirmed_by=paid.entered_by)


def test_what_was_entered_wrongly_is_entered_again(two: Double) -> None:
    refund, scene = _refund(two), two.scene
    now = scene.now()
    for day, serial in ((now.date(), " "), (now.date() + datetime.timedelta(days=2), "B1"), (ON, "B1")):
        with pytest.raises(Untold):
            enter_refund_payment(refund=refund, paid_on=day, serial=serial, by=actor(scene.finance), at=now)
    with pytest.raises(NotYours):
        enter_refund_payment(refund=refund, paid_on=now.date(), serial="B1", by=BY, at=now)
    enter_refund_payment(refund=refund, paid_on=now.date(), serial="B1", by=actor(scene.finance), at=now)
    back = return_refund_payment(refund=refund, by=actor(scene.second_finance), at=scene.now())
    assert (back.state, back.serial, back.paid_on) == ("owed", "", None)


def test_finance_of_the_fund_sees_refunds_and_nobody_else(two: Double) -> None:
    refund, cast = _refund(two), two.scene.cast
    assert refund_for(actor=actor(two.scene.finance), number=refund.number, on=ON) == refund
    for stranger in (cast.outsider, cast.reviewer):
        assert not refunds_visible_to(actor=as_staff(stranger), on=ON).exists()
        with pytest.raises(NotFound):
            refund_for(actor=as_staff(stranger), number=refund.number, on=ON)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
    for path, seen in (
        (cast.city.path, 1),
        (cast.yard.unit.path, 1),
        (cast.mill.unit.path, 0),
        (cast.other_city.path, 0),
    ):
        with within([path]):
            assert Refund.objects.count() == seen, path


# --- at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_cover_is_void_and_paid_back_once_whatever_happens_at_once() -> None:
    scene = scenes.made()
    two = double(scene)
    _, theirs = _both(two)
    merge, at = _propose(two, [theirs.number]), scene.now()
    raised = together(
        *(partial(confirm_merge, merge=merge, by=two.deciding, at=at) for _ in range(3)),
        partial(_stay, two, two.merged, datetime.date(2025, 6, 1)),
    )
    assert sum(one is None for one in raised[:3]) == 1
    assert raised[3] is None
    refund = Refund.objects.get()
    assert not Claim.objects.filter(member=two.merged).exists()
    enter_refund_payment(refund=refund, paid_on=at.date(), serial="B1", by=actor(scene.finance), at=at)
    raised = together(
        *(
            partial(confirm_refund_payment, refund=refund, by=actor(scene.second_finance), at=scene.now())
            for _ in range(3)
        )
    )
    assert sum(one is None for one in raised) == 1
    assert _held(two, REFUNDS_PAYABLE) == 0
    _agrees()
