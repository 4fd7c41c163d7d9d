"""Corrections of who a member is: by two persons, with the history, what they break, and what the database refuses."""

from __future__ import annotations

import dataclasses
import datetime
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import EVERYTHING, own_of, within
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.correcting import (
    CorrectionOpen,
    NoDocument,
    NothingToCorrect,
    NotYours,
    Photo,
    Said,
    ask_correction,
    confirm_correction,
    enter_correction,
    propose_correction,
    refuse_correction,
    settle_correction,
    withdraw_correction,
)
from mutualaid.enrolment.correcting import former_identities, holder_of, waiting_for
from mutualaid.enrolment.correction_access import (
    correction_paper_for,
    correction_to_decide,
    correction_to_withdraw,
    corrections_visible_to,
)
from mutualaid.enrolment.models import Correction, Cover
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound, members_visible_to
from mutualaid.people.actions.members import IdentityTaken
from mutualaid.people.actions.units import bind_clerk, register_clerk
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import EmployerClerk, IdentityChange, Member, RoleName, Staff
from mutualaid.people.queries import member_by_identity, members_found
from mutualaid.people.refusals import Refused
from mutualaid.people.search import search
from tests.claims.merges import PAPER
from tests.enrolment.rosters import submitted, version
from tests.people.cast import AT, BY, ON, Cast, account, as_clerk, as_staff, resident_id, staff

RIGHT = resident_id(order=40)
SAID = Said(IdentityKind.RESIDENT, RIGHT, "林晓禾")
PHOTO = Photo(PAPER.name, PAPER.content)


@pytest.fixture
def two(cast: Cast) -> tuple[Staff, Staff]:
    """Two enrolment clerks of the city."""
    return staff("经办甲", cast.city, RoleName.ENROLMENT_CLERK), staff("经办乙", cast.city, RoleName.ENROLMENT_CLERK)


def asked(cast: Cast, said: Said = SAID) -> Correction:
    """By the clerk of the mill."""
    return ask_correction(
        member=cast.lin, said=said, reason="名单抄错一位", photo=PHOTO, by=as_clerk(cast.clerk), at=AT
    )


def entered(cast: Cast, by: Staff, said: Said = SAID) -> Correction:
    return propose_correction(
        member=cast.lin, said=said, reason="录入错误，已核对原件", photo=PHOTO, by=as_staff(by), at=AT
    )


def test_a_number_is_put_right_by_two_persons_and_the_former_is_kept(cast: Cast, two: tuple[Staff, Staff]) -> None:
    one, other = two
    before = cast.lin.identity_number
    correction = asked(cast)
    assert (correction.state, correction.office) == ("asked", cast.county)
    correction = enter_correction(correction=correction, said=SAID, by=as_staff(one), at=AT)
    with pytest.raises(NotYours):
        confirm_correction(correction=correction, by=as_staff(one), at=AT)
    done = confirm_correction(correction=correction, by=as_staff(other), at=AT)
    cast.lin.refresh_from_db()
    assert (done.state, cast.lin.identity_number) == ("done", RIGHT)
    (former,) = former_identities(member=cast.lin)
    assert former.change.identity_number == before
    assert (former.number, former.by, former.document) == (done.number, "经办甲、经办乙", True)
    told = set(Notice.objects.values_list("template", flat=True))
    assert {"correction_to_check", "correction_to_confirm", "staff_identity_corrected"} <= told


def test_the_former_number_leads_nowhere_but_in_the_search_of_staff(cast: Cast, two: tuple[Staff, Staff]) -> None:
    before = cast.lin.identity_number
    confirm_correction(correction=entered(cast, two[0]), by=as_staff(two[1]), at=AT)
    assert member_by_identity(kind=IdentityKind.RESIDENT, number=before) is None
    assert member_by_identity(kind=IdentityKind.RESIDENT, number=RIGHT) == cast.lin
    seen = members_visible_to(actor=as_staff(two[0]), on=ON)
    assert list(members_found(among=seen, text=before)) == [cast.lin]
    (hit,) = (one for one in search(actor=as_staff(two[0]), text=before, on=ON).hits if one.kind == "member")
    assert "更正前" in hit.note
    (hit,) = (one for one in search(actor=as_staff(two[0]), text=RIGHT, on=ON).hits if one.kind == "member")
    assert "更正前" not in hit.note


def test_covers_stay_and_what_the_facts_break_is_a_task(cast: Cast, two: tuple[Staff, Staff]) -> None:
    plan = version(cast.city)
    accept_enrolment(enrolment=submitted(cast.mill, plan, range(22, 25, 2)), by=BY, at=AT)
    cover = Cover.objects.order_by("pk")[0]
    old = Said(IdentityKind.RESIDENT, resident_id("19500607", order=41), cover.member.name)
    correction = propose_correction(
        member=cover.member, said=old, reason="出生日期登记错误", photo=PHOTO, by=as_staff(two[0]), at=AT
    )
    done = confirm_correction(correction=correction, by=as_staff(two[1]), at=AT)
    assert done.state == "doubtful"
    assert {one["cover"] for one in done.doubts} == {cover.number}
    cover.refresh_from_db()
    assert (cover.state, cover.member.birth_date.year) == ("pending", 1950)
    assert done in waiting_for(among=Correction.objects.all(), account=str(two[0].account_id))
    settled = settle_correction(correction=done, text="已与单位核实，按办法终止", by=as_staff(two[0]), at=AT)
    assert (settled.state, settled.settled_name) == ("done", "经办甲")


def test_a_number_of_somebody_else_is_refused_and_leads_to_a_merge(cast: Cast, two: tuple[Staff, Staff]) -> None:
    theirs = dataclasses.replace(SAID, identity_number=cast.wei.identity_number)
    correction = entered(cast, two[0], theirs)
    assert holder_of(kind=correction.identity_kind, number=correction.identity_number, besides=cast.lin) == cast.wei
    with pytest.raises(IdentityTaken):
        confirm_correction(correction=correction, by=as_staff(two[1]), at=AT)
    cast.lin.refresh_from_db()
    assert cast.lin.identity_number != cast.wei.identity_number


def test_refusals_and_withdrawals(cast: Cast, two: tuple[Staff, Staff]) -> None:
    with pytest.raises(NothingToCorrect):
        asked(cast, Said(IdentityKind.RESIDENT, cast.lin.identity_number, cast.lin.name))
    with pytest.raises(NoDocument):
        ask_correction(member=cast.lin, said=SAID, reason="抄错", photo=Photo("a.txt", b"text"), by=BY, at=AT)
    with pytest.raises(NoDocument):
        ask_correction(member=cast.lin, said=SAID, reason=" ", photo=PHOTO, by=as_clerk(cast.clerk), at=AT)
    first = asked(cast)
    with pytest.raises(CorrectionOpen):
        entered(cast, two[0])
    with pytest.raises(NotYours):
        withdraw_correction(correction=first, by=as_staff(two[0]), at=AT)
    with pytest.raises(NotYours):
        enter_correction(correction=first, said=SAID, by=as_clerk(cast.clerk), at=AT)
    assert withdraw_correction(correction=first, by=as_clerk(cast.clerk), at=AT).state == "withdrawn"
    second = asked(cast)
    with pytest.raises(IllegalMove):
        confirm_correction(correction=second, by=as_staff(two[1]), at=AT)
    refused = refuse_correction(correction=second, reason="照片不清楚", by=as_staff(two[1]), at=AT)
    assert (refused.state, refused.answer) == ("refused", "照片不清楚")
    assert Notice.objects.filter(template="correction_refused", account=cast.clerk.account).exists()
    with pytest.raises(IllegalMove):
        settle_correction(correction=refused, text="已处理", by=as_staff(two[1]), at=AT)


def test_nobody_corrects_themselves_and_the_database_keeps_two_persons(cast: Cast, two: tuple[Staff, Staff]) -> None:
    Member.objects.filter(pk=cast.lin.pk).update(account=two[0].account)
    with pytest.raises(NotYours):
        entered(cast, two[0])
    Member.objects.filter(pk=cast.lin.pk).update(account=None)
    done = confirm_correction(correction=entered(cast, two[0]), by=as_staff(two[1]), at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.filter(pk=done.pk).update(decided_by=done.entered_by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_number FROM enrolment_correction")
        assert RIGHT not in str(cursor.fetchone()[0])


def test_who_asked_as_a_clerk_does_not_confirm_as_somebody_of_the_office(cast: Cast, two: tuple[Staff, Staff]) -> None:
    EmployerClerk.objects.filter(pk=cast.clerk.pk).update(account=two[1].account)
    cast.clerk.refresh_from_db()
    correction = enter_correction(correction=asked(cast), said=SAID, by=as_staff(two[0]), at=AT)
    with pytest.raises(NotYours):
        confirm_correction(correction=correction, by=as_staff(two[1]), at=AT)


def test_who_was_merged_meanwhile_is_not_corrected(cast: Cast, two: tuple[Staff, Staff]) -> None:
    correction = entered(cast, two[0])
    Member.objects.filter(pk=cast.lin.pk).update(
        merged_into=cast.wei, account=None, bank_card=None, bank_card_index=None, phone=None, phone_index=None
    )
    with pytest.raises(Refused, match="found a double"):
        confirm_correction(correction=correction, by=as_staff(two[1]), at=AT)


def test_only_what_the_correction_itself_breaks_of_what_lasts_is_a_task(cast: Cast, two: tuple[Staff, Staff]) -> None:
    accept_enrolment(enrolment=submitted(cast.mill, version(cast.city), [22]), by=BY, at=AT)
    cover = Cover.objects.get()

    def corrected(birth: str, order: int) -> Correction:
        said = Said(IdentityKind.RESIDENT, resident_id(birth, order=order), cover.member.name)
        made = propose_correction(
            member=cover.member, said=said, reason="出生日期登记错误", photo=PHOTO, by=as_staff(two[0]), at=AT
        )
        return confirm_correction(correction=made, by=as_staff(two[1]), at=AT)

    settle_correction(correction=corrected("19500607", 41), text="已与单位核实", by=as_staff(two[0]), at=AT)
    again = corrected("19510607", 42)  # too old before, too
    assert (again.state, again.doubts) == ("done", [])
    corrected("19880607", 43)
    begins = ON - datetime.timedelta(days=365)
    Cover.objects.update(from_on=begins, until_on=ON, joined_on=begins)
    over = corrected("19500607", 44)
    assert (over.state, over.doubts) == ("done", [])


def test_a_clerk_sees_what_they_asked_and_decides_nothing(cast: Cast, two: tuple[Staff, Staff]) -> None:
    number = asked(cast).number
    made = register_clerk(employer=cast.mill, account=account("second"), name="郑小满", evidence="form-2", by=BY, at=AT)
    other = as_clerk(bind_clerk(clerk=made, by=BY, at=AT))
    assert not corrections_visible_to(actor=other, on=ON).exists()
    assert correction_to_withdraw(actor=as_clerk(cast.clerk), number=number, on=ON).number == number
    for may_not in (
        partial(correction_to_withdraw, actor=other),
        partial(correction_to_withdraw, actor=as_staff(two[0])),
        partial(correction_to_decide, actor=as_clerk(cast.clerk)),
        partial(correction_paper_for, actor=as_clerk(cast.clerk)),
    ):
        with pytest.raises(NotFound):
            may_not(number=number, on=ON)


def test_seen_by_branch_by_who_asked_and_by_the_member(cast: Cast, two: tuple[Staff, Staff]) -> None:
    asked(cast)
    far = staff("经办丙", cast.other_city, RoleName.ENROLMENT_CLERK)
    counts = {
        "office": corrections_visible_to(actor=as_staff(two[0]), on=ON).count(),
        "far": corrections_visible_to(actor=as_staff(far), on=ON).count(),
        "clerk": corrections_visible_to(actor=as_clerk(cast.clerk), on=ON).count(),
    }
    assert counts == {"office": 1, "far": 0, "clerk": 1}
    for told, member, seen in (
        ([cast.city.path], None, 1),
        ([cast.other_city.path], None, 0),
        ([own_of(account("x").pk)], None, 0),
        ([], cast.lin.pk, 1),
        ([], cast.wei.pk, 0),
        ([EVERYTHING], None, 1),
    ):
        with within(told, member=member), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM enrolment_correction")
            assert cursor.fetchone() == (seen,), told


def test_a_passport_takes_the_place_of_an_id(cast: Cast, two: tuple[Staff, Staff]) -> None:
    from mutualaid.people.identity import Sex

    said = Said(IdentityKind.PASSPORT, "E12345678", "林晓禾", Sex.FEMALE, datetime.date(1988, 6, 8))
    confirm_correction(correction=entered(cast, two[0], said), by=as_staff(two[1]), at=AT)
    assert IdentityChange.objects.get().birth_date == datetime.date(1988, 6, 7)
