"""What a merge moves, copies and computes anew: nothing is lost, nothing counts twice, and no limit is passed."""

from __future__ import annotations

import contextlib
import datetime
import random
from decimal import Decimal
from typing import Any

import pytest

from mutualaid.claims.actions.desk import add_call_note
from mutualaid.claims.actions.objections import close_review_task
from mutualaid.claims.actions.reviewing import approve_claim, refuse_claim, set_aside, withdraw_claim
from mutualaid.claims.actions.taking_over import Used, take_over_openings
from mutualaid.claims.doubling import preview
from mutualaid.claims.models import CallNote, Claim, Consumption, Opening, ReviewTask
from mutualaid.claims.queries import stands, used_up
from mutualaid.claims.refusals import Refused
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.core.moves import IllegalMove
from mutualaid.enrolment.models import Cover
from mutualaid.notices.models import Notice
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.actions.activation import activate, make_activation
from mutualaid.people.actions.members import (
    give_consent,
    withdraw_consent,
)
from mutualaid.people.models import Consent, Employment, Member, Purpose
from mutualaid.people.queries import consents_of
from mutualaid.plans.models import PlanVersion
from tests.claims.merges import Double, double
from tests.claims.scene import PLAN, TERM, Scene, actor, published, stay
from tests.people.cast import AT, BY, ON, account

pytestmark = pytest.mark.django_db
PAID = ("hai-1", "inpatient.paid", "period:2025-04-01")


@pytest.fixture
def two(scene: Scene) -> Double:
    """The member and her double."""
    return double(scene)


def _agrees() -> Replayed:
    found = [Replayed(), *replayed()][-1]
    assert found.differences == []
    return found


def _open_tasks() -> dict[str, Decimal | None]:
    return dict(ReviewTask.objects.filter(state="open").values_list("claim__number", "expected_amount"))


# --- what becomes the member's ----------------------------------------------------------------------------------------


def test_everything_becomes_the_members(two: Double) -> None:
    scene = two.scene
    second = published(scene.cast.province, "hai-2", cap=700)
    cover = scene.cover(two.merged, scene.cast.yard, second)
    paid, waits = scene.enter(1200, member=two.merged), scene.enter(300, member=two.merged)
    scene.approve(paid)
    add_call_note(
        member=two.merged, claim=paid, caller="本人", subject="进度", text="已答复", follow_up_on=None, by=BY, at=AT
    )
    give_consent(member=two.merged, purpose=Purpose.MESSAGES, version="2025-01", by=BY, at=AT)
    merge = two.merge()
    assert Cover.objects.get(pk=cover.pk).member == two.kept
    assert {claim.member for claim in Claim.objects.filter(pk__in=[paid.pk, waits.pk])} == {two.kept}
    assert PaymentOrder.objects.get(reference=paid.number).member == two.kept
    copy = CallNote.objects.get(member=two.kept)
    assert (copy.text, copy.at, copy.copied_from and copy.copied_from.member) == ("已答复", AT, two.merged)
    assert consents_of(member=two.kept)[Purpose.MESSAGES].given
    assert two.kept.phone == "13900000001"
    assert (merge.moved["covers"], merge.moved["claims"], merge.moved["orders"], merge.moved["calls"]) == (1, 2, 1, 1)
    for table in (Cover, Claim, PaymentOrder, Employment):
        assert not table.objects.filter(member=two.merged).exists()
    assert used_up(member_id=two.merged.pk) == {}
    _agrees()


def test_what_is_used_up_is_reversed_and_written_again(two: Double) -> None:
    scene = two.scene
    Cover.objects.filter(member=two.kept).update(state="cancelled")  # so that no figure changes
    scene.cover(two.merged, scene.cast.yard, published(scene.cast.province, "hai-2"))
    decided, waits = scene.enter(600, member=two.merged), scene.enter(500, member=two.merged)
    scene.approve(decided)
    before = used_up(member_id=two.merged.pk)
    assert before
    two.merge()
    assert used_up(member_id=two.kept.pk) == before
    steps = Consumption.objects.filter(claim=decided).order_by("id").values_list("member_id", "step").distinct()
    assert {(two.merged.pk, "reversed"), (two.kept.pk, "reserved"), (two.kept.pk, "final")} <= set(steps)
    withdraw_claim(claim=Claim.objects.get(pk=waits.pk), by=actor(scene.first), at=scene.now())
    _agrees()


def test_openings_of_both_add_up(two: Double) -> None:
    for member, amount in ((two.kept, 400), (two.merged, 500)):
        used = [Used(member.pk, *PAID, amount=Decimal(amount))]
        take_over_openings(used=used, source="J00000001", by=BY, at=AT)
    two.merge()
    assert Opening.objects.filter(member=two.kept).count() == 2
    found = stands(claim=two.scene.enter(1200))
    assert found is not None
    assert found.total == 100
    _agrees()


HALF = datetime.date(2025, 7, 1)
LIFE = ("hai-life", "inpatient.paid", "life")


def _for_life(two: Double) -> None:
    """A plan with a cap of 1,000 for life: the member is covered by it until the middle of the year, the double from then on."""
    scene = two.scene
    text = PLAN.format(plan="hai-life", family="hai-life", term=TERM, cap=1000, more="", per="period")
    text = text.replace("{per: period, amount: 1000", "{per: life, amount: 1000")
    version = PlanVersion.objects.create(
        office=scene.cast.province, plan="hai-life", family="hai-life", name_zh="终身互助", text=text, sha256="0" * 64,
        state="published", drafted_at=AT, published_at=AT, offered_from_on=datetime.date(2025, 3, 1),
    )  # fmt: skip
    Cover.objects.filter(member=two.kept).update(state="cancelled")
    first = scene.cover(two.kept, scene.cast.mill, version)
    Cover.objects.filter(pk=first.pk).update(until_on=HALF)
    second = scene.cover(two.merged, scene.cast.yard, version)
    Cover.objects.filter(pk=second.pk).update(from_on=HALF, joined_on=HALF)


def _stay(two: Double, member: Member, amount: int, place: int) -> Claim:
    """On days of its own in the member's half of the year."""
    first = (HALF if member == two.merged else datetime.date(2025, 4, 2)) + datetime.timedelta(days=4 * place)
    days = {"started_on": first.isoformat(), "ended_on": (first + datetime.timedelta(days=2)).isoformat()}
    return two.scene.enter(amount, member=member, **days)


def test_a_cap_is_counted_over_both(two: Double) -> None:
    """Each had 880 of 1,000; what was decided past the cap is looked at by a person, what was not takes the new figures."""
    _for_life(two)
    two.scene.approve(_stay(two, two.kept, 1200, 0))
    second = two.scene.approve(_stay(two, two.merged, 1200, 0))
    third = _stay(two, two.merged, 1200, 1)
    told = {change.claim.number: change.would_be for change in preview(kept=two.kept, merged=two.merged)}
    assert told == {second.number: Decimal(120), third.number: Decimal(0)}
    two.merge()
    assert _open_tasks() == {second.number: Decimal(120)}
    assert _agrees().awaiting == [second.number]
    now = stands(claim=Claim.objects.get(pk=third.pk))
    assert now is not None
    assert now.total == 0
    cover = Cover.objects.get(member=two.kept, from_on=HALF)
    assert (cover.joined_on, cover.consecutive_periods) == (datetime.date(2025, 4, 1), 2)


@pytest.mark.parametrize("seed", range(5))
def test_after_any_history_nothing_differs_and_no_cap_is_passed(two: Double, seed: int) -> None:
    """Both records used up one cap of their own; merged there is one, and what was decided past it becomes a review task."""
    luck, scene = random.Random(seed), two.scene
    _for_life(two)
    for place in range(12):
        claim = _stay(two, luck.choice([two.kept, two.merged]), luck.choice([90, 300, 700, 1200]), place)
        deeds: list[Any] = [
            lambda: None,
            lambda claim=claim: scene.approve(claim),
            lambda claim=claim: scene.approve(claim),
            lambda claim=claim: set_aside(
                claim=claim, reason="other", text="不符", by=actor(scene.first), at=scene.now()
            ),
            lambda claim=claim: withdraw_claim(claim=claim, by=actor(scene.first), at=scene.now()),
            lambda claim=claim: refuse_claim(claim=claim, seen=1, by=actor(scene.first), at=scene.now()),
        ]
        with contextlib.suppress(Refused, IllegalMove):  # what cannot be done changes nothing
            luck.choice(deeds)()
    told = preview(kept=two.kept, merged=two.merged)
    two.merge()
    by_a_person = {change.claim.number: change.would_be for change in told if change.by_a_person}
    assert _agrees().awaiting == sorted(by_a_person)
    assert by_a_person.items() <= _open_tasks().items()
    for _ in range(4):  # closing one may open another
        for task in ReviewTask.objects.filter(state="open").order_by("claim__completed_at"):
            close_review_task(task=task, facts=None, answer="按规则重算", by=actor(scene.senior), at=scene.now())
    assert _agrees().awaiting == []
    assert used_up(member_id=two.kept.pk).get(LIFE, 0) <= 100_000


def test_a_claim_under_review_is_decided_by_the_figures_of_both(two: Double) -> None:
    _for_life(two)
    two.scene.approve(_stay(two, two.kept, 1200, 0))
    waits = _stay(two, two.merged, 1200, 0)
    before = stands(claim=waits)
    assert before is not None
    two.merge()
    with pytest.raises(Refused):  # who looked at it before has seen other figures
        approve_claim(claim=waits, seen=before.round, by=actor(two.scene.first), at=two.scene.now())
    assert two.scene.approve(waits).member == two.kept
    assert PaymentOrder.objects.get(reference=waits.number).amount == Decimal(120)
    assert _agrees().awaiting == []


def test_an_event_that_both_claimed_is_looked_at(two: Double) -> None:
    scene = two.scene
    scene.cover(two.merged, scene.cast.yard, published(scene.cast.province, "hai-2"))
    facts = stay(600)
    first = scene.approve(scene.enter(600, **facts))
    second = scene.approve(scene.enter(600, member=two.merged, **facts))
    merge = two.merge()
    second.refresh_from_db()
    assert (second.same_as, merge.moved["twice"]) == (first, 1)
    assert first.number in ReviewTask.objects.get(claim=second, state="open").text


def test_claims_of_one_moment_get_an_order(two: Double) -> None:
    scene = two.scene
    scene.cover(two.merged, scene.cast.yard, published(scene.cast.province, "hai-2"))
    first, second = scene.enter(300), scene.enter(300, member=two.merged)
    Claim.objects.filter(pk=second.pk).update(completed_at=first.completed_at)
    two.merge()
    moments = list(Claim.objects.filter(member=two.kept).order_by("completed_at").values_list("number", flat=True))
    assert moments == [first.number, second.number]


def test_employments_become_one_line(two: Double) -> None:
    """Both began on one day at two employers: the member's own stays, and the other's branch still sees her."""
    two.merge()
    jobs = list(Employment.objects.filter(member=two.kept).values_list("employer_id", "from_on", "until_on"))
    assert jobs == [(two.scene.cast.mill.pk, ON, None)]
    assert two.scene.cast.yard.pk in two.kept.unit_ids


def test_the_later_word_on_data_stands(two: Double) -> None:
    for member, hour in ((two.kept, 3), (two.merged, 1)):
        at = AT + datetime.timedelta(hours=hour)
        give_consent(member=member, purpose=Purpose.MESSAGES, version="2025-01", by=BY, at=at)
    withdraw_consent(member=two.merged, purpose=Purpose.MESSAGES, by=BY, at=AT + datetime.timedelta(hours=2))
    give_consent(member=two.kept, purpose=Purpose.BANK_ACCOUNT, version="2025-01", by=BY, at=AT)
    give_consent(member=two.merged, purpose=Purpose.BANK_ACCOUNT, version="2025-01", by=BY, at=AT)
    withdraw_consent(member=two.merged, purpose=Purpose.BANK_ACCOUNT, by=BY, at=AT + datetime.timedelta(hours=5))
    Member.objects.filter(pk=two.kept.pk).update(bank_card=None)
    two.merge()
    said = consents_of(member=two.kept)
    assert said[Purpose.MESSAGES].given
    assert not said[Purpose.BANK_ACCOUNT].given
    assert Consent.objects.filter(member=two.kept, copied_from__isnull=False).count() == 5


# --- accounts ---------------------------------------------------------------------------------------------------------


def test_of_two_accounts_the_members_own_stays(two: Double) -> None:
    own, other = account("own"), account("other")
    Member.objects.filter(pk=two.kept.pk).update(account=own)
    Member.objects.filter(pk=two.merged.pk).update(account=other)
    Notice.objects.create(account=other, portal="member", template="review_closed", words={"number": "L1"}, at=AT)
    two.merge()
    assert (two.kept.account, two.merged.account) == (own, None)
    templates = Notice.objects.filter(account=own, portal="member").values_list("template", flat=True)
    assert set(templates) == {"review_closed", "members_merged"}


def test_the_only_account_becomes_the_members(two: Double) -> None:
    other = account("other")
    Member.objects.filter(pk=two.merged.pk).update(account=other)
    two.merge()
    assert (two.kept.account, two.merged.account) == (other, None)


def test_a_code_handed_to_the_double_opens_the_members_account(two: Double) -> None:
    code = make_activation(member=two.merged, by=BY, at=AT)
    two.merge()
    tail = two.kept.identity_number[-6:]
    opened = activate(code=code, identity_tail=tail, name="lin-xiaohe", password="hai-feng-qing-9", by=BY, at=AT)
    two.kept.refresh_from_db()
    assert two.kept.account == opened
