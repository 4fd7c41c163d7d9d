"""Two records of one person become one: each move, each refusal, and that nothing is lost or counted twice by it."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.claims.access import merge_for, merges_visible_to
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
from mutualaid.claims.doubling import hindrances, suggested
from mutualaid.claims.models import Merge
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.standing import RosterFaulty
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound, member_for
from mutualaid.people.actions.members import (
    IdentityTaken,
    begin_employment,
    correct_member_identity,
    give_consent,
    register_member,
)
from mutualaid.people.actions.merging import NotMergeable, free_identity
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import IdentityChange, Member, Purpose
from mutualaid.people.queries import identity_known, member_by_identity, members_found
from tests.claims.merges import PAPER, REASON, Double, double
from tests.claims.scene import Scene, published
from tests.people.cast import AT, BY, ON, as_staff

pytestmark = pytest.mark.django_db
PAID = ("hai-1", "inpatient.paid", "period:2025-04-01")


@pytest.fixture
def two(scene: Scene) -> Double:
    """The member and her double."""
    return double(scene)


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
    assert "请选择其中一份保留" in refused.value.zh


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


# --- look-ups ---------------------------------------------------------------------------------------------------------


def test_every_look_up_leads_to_the_member(two: Double) -> None:
    number, identity = two.merged.number, two.merged.identity_number
    two.merge()
    assert member_for(actor=as_staff(two.proposer), on=ON, number=number) == two.kept
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
