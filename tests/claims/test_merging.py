"""Two records of one person become one: each move, each refusal, and that nothing is lost or counted twice by it."""

from __future__ import annotations

import contextlib
import datetime
import random
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.claims.access import merge_for, merges_visible_to
from mutualaid.claims.actions.desk import add_call_note
from mutualaid.claims.actions.merging import (
    Hindered,
    Paper,
    UnderWay,
    Unproven,
    confirm_merge,
    propose_merge,
    refuse_merge,
    withdraw_merge,
)
from mutualaid.claims.actions.reviewing import refuse_claim, set_aside, withdraw_claim
from mutualaid.claims.actions.taking_over import Used, take_over_openings
from mutualaid.claims.doubling import hindrances, preview, suggested
from mutualaid.claims.models import CallNote, Claim, Consumption, Merge, Opening, ReviewTask
from mutualaid.claims.queries import stands, used_up
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.standing import RosterFaulty
from mutualaid.notices.models import Notice
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.access import NotFound, member_for
from mutualaid.people.actions.activation import activate, make_activation
from mutualaid.people.actions.members import (
    IdentityTaken,
    begin_employment,
    correct_member_identity,
    give_consent,
    register_member,
    withdraw_consent,
)
from mutualaid.people.actions.merging import NotMergeable, free_identity
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import Consent, Employment, IdentityChange, Member, Purpose
from mutualaid.people.queries import consents_of, identity_known, member_by_identity, members_found
from tests.claims.merges import PAPER, REASON, Double, double
from tests.claims.scene import Scene, actor, published, stay
from tests.people.cast import AT, BY, ON, account, as_staff

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


# --- moves ------------------------------------------------------------------------------------------------------------


def test_a_merge_is_proposed_and_the_office_is_asked(two: Double) -> None:
    merge = two.propose()
    assert (merge.state, merge.office, merge.proposed_name) == ("proposed", two.scene.cast.county, "参保辛")
    told = Notice.objects.get(template="merge_to_confirm", account=two.decider.account)
    assert told.link == f"/workbench/merges/{merge.number}"
    assert not Notice.objects.filter(template="merge_to_confirm", account=two.proposer.account).exists()


def test_another_person_confirms(two: Double) -> None:
    merge = two.merge()
    assert (merge.state, two.merged.merged_into, merge.decided_name) == ("done", two.kept, "参保壬")
    entries = AuditEntry.objects.filter(what__in=["propose_merge", "confirm_merge", "join_persons", "merge_member"])
    assert entries.count() == 4
    told = str([(entry.detail, entry.subject) for entry in AuditEntry.objects.all()])
    assert two.merged.identity_number not in told
    assert REASON not in told


def test_a_merge_is_refused(two: Double) -> None:
    merge = refuse_merge(merge=two.propose(), reason="同名的另一人", by=two.deciding, at=two.scene.now())
    assert (merge.state, merge.answer, Member.objects.get(pk=two.merged.pk).merged_into) == (
        "refused",
        "同名的另一人",
        None,
    )


def test_a_merge_is_withdrawn(two: Double) -> None:
    merge = withdraw_merge(merge=two.propose(), by=two.proposing, at=two.scene.now())
    assert merge.state == "withdrawn"
    assert two.propose().state == "proposed"  # anew


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_the_proposer_does_not_decide(two: Double) -> None:
    merge = two.propose()
    with pytest.raises(NotYours):
        confirm_merge(merge=merge, by=two.proposing, at=two.scene.now())
    with pytest.raises(NotYours):
        refuse_merge(merge=merge, reason="不是", by=two.proposing, at=two.scene.now())
    with pytest.raises(NotYours):
        withdraw_merge(merge=merge, by=two.deciding, at=two.scene.now())
    with pytest.raises(IntegrityError, match="merge_by_two_persons"), transaction.atomic():
        Merge.objects.filter(pk=merge.pk).update(state="done", decided_by=merge.proposed_by)


def test_nobody_merges_their_own_record(two: Double) -> None:
    Member.objects.filter(pk=two.kept.pk).update(account=two.proposer.account)
    with pytest.raises(NotYours):
        two.propose()


def test_staff_alone_merge(two: Double) -> None:
    with pytest.raises(NotYours):
        two.propose(by=BY)


@pytest.mark.parametrize(
    ("reason", "paper"), [(" ", PAPER), (REASON, Paper("x.png", b"")), (REASON, Paper("x", b"abc"))]
)
def test_without_reason_or_paper_nothing_is_proposed(two: Double, reason: str, paper: Paper) -> None:
    with pytest.raises(Unproven):
        propose_merge(
            kept=two.kept, merged=two.merged, reason=reason, paper=paper, by=two.proposing, at=two.scene.now()
        )


def test_a_member_stands_in_one_proposal(two: Double) -> None:
    two.propose()
    with pytest.raises(UnderWay, match="H0"):
        propose_merge(
            kept=two.scene.cast.wei, merged=two.kept, reason=REASON, paper=PAPER, by=two.proposing, at=two.scene.now()
        )


def test_decided_is_decided(two: Double) -> None:
    merge = two.merge()
    for again in (
        lambda: confirm_merge(merge=merge, by=two.deciding, at=two.scene.now()),
        lambda: refuse_merge(merge=merge, reason="不是", by=two.deciding, at=two.scene.now()),
        lambda: withdraw_merge(merge=merge, by=two.proposing, at=two.scene.now()),
    ):
        with pytest.raises((IllegalMove, Hindered)):
            again()


def test_a_double_is_merged_once(two: Double) -> None:
    two.merge()
    for pair in ((two.kept, two.merged), (two.merged, two.scene.cast.wei), (two.kept, two.kept)):
        assert hindrances(kept=pair[0], merged=pair[1])


def test_covers_of_the_same_days_come_first(two: Double) -> None:
    cover = two.scene.cover(two.merged, two.scene.cast.yard)
    with pytest.raises(Hindered) as refused:
        two.propose()
    assert cover.number in refused.value.zh
    assert "终止" in refused.value.zh


def test_covers_of_plans_that_exclude_each_other_come_first(two: Double) -> None:
    other = published(two.scene.cast.province, "hai-9", more="excludes: {plans: [hai-1], clause: 第二条}")
    two.scene.cover(two.merged, two.scene.cast.yard, other)
    with pytest.raises(Hindered, match="exclude each other"):
        two.propose()


def test_a_roster_under_way_comes_first(two: Double) -> None:
    merge = two.propose()
    enrolment = begin_enrolment(employer=two.scene.cast.yard, version=two.scene.version, headcount=20, by=BY, at=AT)
    add_person(enrolment=enrolment, name="林小禾", identity_number=two.merged.identity_number, by=BY, at=AT)
    with pytest.raises(Hindered, match=enrolment.number):
        confirm_merge(merge=merge, by=two.deciding, at=two.scene.now())


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


def test_a_cap_is_counted_over_both(two: Double) -> None:
    """Each had 880 of 1,000; together what is past the cap is looked at by a person, or is not paid."""
    scene = two.scene
    Cover.objects.filter(member=two.kept).update(until_on=datetime.date(2025, 7, 1))
    later = scene.cover(two.merged, scene.cast.yard)
    Cover.objects.filter(pk=later.pk).update(from_on=datetime.date(2025, 7, 1), joined_on=datetime.date(2025, 7, 1))
    day = {"started_on": "2025-08-10", "ended_on": "2025-08-12"}
    scene.approve(scene.enter(1200))
    second = scene.approve(scene.enter(1200, member=two.merged, **day))
    third = scene.enter(1200, member=two.merged, **{**day, "started_on": "2025-09-10", "ended_on": "2025-09-12"})
    assert [change.claim.number for change in preview(kept=two.kept, merged=two.merged)]
    two.merge()
    changed = _open_tasks()
    assert second.number in changed
    assert third.number not in changed
    found = _agrees()
    assert found.awaiting == [second.number]
    cover = Cover.objects.get(pk=later.pk)
    assert (cover.joined_on, cover.consecutive_periods) == (datetime.date(2025, 4, 1), 2)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_nothing_differs_and_no_cap_is_passed(two: Double, seed: int) -> None:
    """Two plans in one with a cap over both; what was decided past it becomes a review task."""
    luck, scene = random.Random(seed), two.scene
    scene.cover(two.merged, scene.cast.yard, published(scene.cast.province, "hai-2", cap=700, family="hai-2"))
    scene.cover(two.kept, scene.cast.mill, published(scene.cast.province, "hai-3", cap=500, family="hai-2x"))
    for _ in range(14):
        claim = scene.enter(luck.choice([90, 300, 1200, 2500]), member=luck.choice([two.kept, two.merged]))
        found = stands(claim=claim)
        assert found is not None
        deeds: list[Any] = [
            lambda: None,
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
    found = _agrees()
    by_a_person = {change.claim.number: change.would_be for change in told if change.by_a_person}
    assert found.awaiting == sorted(by_a_person)
    assert by_a_person.items() <= _open_tasks().items()


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


# --- look-ups ---------------------------------------------------------------------------------------------------------


def test_every_look_up_leads_to_the_member(two: Double) -> None:
    number, identity = two.merged.number, two.merged.identity_number
    two.merge()
    who = {"actor": as_staff(two.proposer), "on": ON}
    assert member_for(**who, number=number) == two.kept
    assert member_by_identity(kind=IdentityKind.RESIDENT, number=identity) == two.kept
    for text in (number, identity, identity[-4:], "林小禾", "小禾"):
        found = members_found(among=Member.objects.filter(merged_into=None), text=text)
        assert two.kept in found, text
        assert two.merged not in found, text
    assert identity_known(kind=IdentityKind.RESIDENT, number=identity)
    earlier = IdentityChange.objects.get(member=two.kept)
    assert (earlier.identity_number, earlier.name) == (identity, "林小禾")


def test_nobody_is_registered_by_the_number_of_a_double(two: Double) -> None:
    two.merge()
    words = {"identity_kind": IdentityKind.RESIDENT, "identity_number": two.merged.identity_number, "by": BY, "at": AT}
    with pytest.raises(IdentityTaken, match=two.kept.number):
        register_member(employer=two.scene.cast.mill, from_on=ON, name="林小禾", **words)
    with pytest.raises(IdentityTaken, match="merged"):
        correct_member_identity(member=two.kept, name="林晓禾", reason="换证", **words)


def test_the_number_of_a_wrong_merge_is_freed(two: Double) -> None:
    number = two.merged.identity_number
    with pytest.raises(NotMergeable):
        free_identity(double=two.merged, reason="两个人", by=BY, at=AT)
    two.merge()
    with pytest.raises(Refused):
        free_identity(double=two.merged, reason=" ", by=BY, at=AT)
    free_identity(double=two.merged, reason="两个人", by=BY, at=AT)
    again = register_member(
        employer=two.scene.cast.yard,
        from_on=ON,
        identity_kind=IdentityKind.RESIDENT,
        identity_number=number,
        name="林小禾",
        by=BY,
        at=AT,
    )
    assert member_by_identity(kind=IdentityKind.RESIDENT, number=number) == again
    with pytest.raises(NotMergeable):
        free_identity(double=two.merged, reason="两个人", by=BY, at=AT)


def test_a_roster_with_the_doubles_number_covers_the_member(two: Double) -> None:
    scene = two.scene
    two.merge()
    second = published(scene.cast.province, "hai-2")
    enrolment = begin_enrolment(employer=scene.cast.mill, version=second, headcount=20, by=BY, at=AT)
    add_person(enrolment=enrolment, name="林晓禾", identity_number=two.merged.identity_number, by=BY, at=AT)
    with pytest.raises(RosterFaulty):
        add_person(enrolment=enrolment, name="林晓禾", identity_number=two.kept.identity_number, by=BY, at=AT)
    submit_enrolment(enrolment=enrolment, by=BY, at=AT)
    from mutualaid.contributions.actions.bills import accept_and_bill

    accept_and_bill(enrolment=enrolment, by=as_staff(scene.finance), at=AT)
    assert Cover.objects.get(enrolment=enrolment).member == two.kept


# --- what the database itself keeps -----------------------------------------------------------------------------------


def test_nothing_new_comes_to_a_double(two: Double) -> None:
    cover = Cover.objects.filter(member=two.kept).first()
    assert cover is not None
    two.merge()
    with pytest.raises(IntegrityError, match="merged into another"), transaction.atomic():
        begin_employment(
            member=two.merged, employer=two.scene.cast.mill, from_on=datetime.date(2030, 1, 1), by=BY, at=AT
        )
    cover.pk, cover.number, cover.member = None, "C1", two.merged
    with pytest.raises(IntegrityError, match="merged into another"), transaction.atomic():
        cover.save(force_insert=True)
    with pytest.raises(IntegrityError, match="merged into another"), transaction.atomic():
        give_consent(member=two.merged, purpose=Purpose.MESSAGES, version="1", by=BY, at=AT)


def test_a_claim_filed_for_the_double_is_the_members(two: Double) -> None:
    stale = Member.objects.get(pk=two.merged.pk)
    two.merge()
    assert two.scene.enter(300, member=stale).member == two.kept


def test_a_merge_never_ends_and_goes_in_no_circle(two: Double) -> None:
    two.merge()
    for into in (None, two.scene.cast.wei.pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            Member.objects.filter(pk=two.merged.pk).update(merged_into=into)
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=two.kept.pk).update(merged_into=two.merged.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=two.kept.pk).update(merged_into=two.kept.pk)


def test_a_double_of_a_double_leads_to_the_end(two: Double) -> None:
    two.merge()
    again = Double(two.scene, two.scene.cast.wei, two.kept, two.proposer, two.decider)
    again.merge()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    two.merged.refresh_from_db()
    assert two.merged.merged_into == two.scene.cast.wei
    number = two.merged.number
    assert member_for(actor=as_staff(two.proposer), number=number, on=ON) == two.scene.cast.wei
    assert IdentityChange.objects.filter(member=two.scene.cast.wei).count() == 2


# --- who sees ---------------------------------------------------------------------------------------------------------


def test_merges_are_seen_where_both_members_are(two: Double) -> None:
    merge = two.propose()
    assert merge_for(actor=two.deciding, number=merge.number, on=ON) == merge
    for stranger in (two.scene.cast.outsider, two.scene.cast.reviewer):
        assert not merges_visible_to(actor=as_staff(stranger), on=ON).exists()
    with pytest.raises(NotFound):
        merge_for(actor=as_staff(two.scene.cast.outsider), number=merge.number, on=ON)


def test_row_security_shows_merges_to_offices_alone(two: Double) -> None:
    two.propose()
    cast = two.scene.cast
    for path, seen in ((cast.city.path, 1), (cast.county.path, 1), (cast.other_city.path, 0), (cast.mill.unit.path, 0)):
        with within([path]):
            assert Merge.objects.count() == seen, path
    with within([], member=two.kept.pk):
        assert not Merge.objects.exists()


def test_doubles_are_suggested_in_the_branch(two: Double) -> None:
    same = register_member(
        employer=two.scene.cast.yard,
        from_on=ON,
        identity_kind=IdentityKind.PASSPORT,
        identity_number="E12345678",
        name="林晓禾",
        sex=Sex(two.kept.sex),
        birth_date=two.kept.birth_date,
        by=BY,
        at=AT,
    )
    among = Member.objects.filter(merged_into=None)
    pairs = suggested(among=among)
    assert [(pair.first, pair.second, pair.by_phone) for pair in pairs] == [(two.kept, same, False)]
    Member.objects.filter(pk=same.pk).update(name_key="x")
    two.merged.phone = two.kept.phone
    two.merged.save(update_fields=["phone", "phone_index"])
    assert [(pair.second, pair.by_phone) for pair in suggested(among=among)] == [(two.merged, True)]
    refuse_merge(merge=two.propose(), reason="夫妻同用", by=two.deciding, at=two.scene.now())
    assert suggested(among=among) == []
