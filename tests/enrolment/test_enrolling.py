"""An enrolment from its beginning to its covers: each move, and each refusal."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import ask, run_waiting
from mutualaid.enrolment.actions.accepting import OwnRoster, accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import (
    NotOffered,
    OpenAlready,
    ShareMissing,
    WindowClosed,
    begin_enrolment,
    cancel_enrolment,
    declare_headcount,
    return_enrolment,
    set_office_setting,
    submit_enrolment,
)
from mutualaid.enrolment.actions.rosters import (
    OutOfDate,
    add_person,
    drop_upload,
    preview_roster,
    remove_row,
    take_good_rows,
)
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.queries import accepts_by_itself, billable, covers_of_member
from mutualaid.enrolment.standing import NotDraft, RosterFaulty, TakenAlready, WrongHeadcount
from mutualaid.people.models import EmployerClerk, Employment, Member, RoleName
from mutualaid.people.refusals import Refused
from tests.believed import forget_sizes
from tests.enrolment.rosters import (
    FROM_ON,
    NEXT_DAY,
    ON,
    SHARE,
    UNTIL_ON,
    begun,
    person,
    previewed,
    stored,
    submitted,
    taken,
    version,
    workbook,
)
from tests.people.cast import AT, BY, Cast, as_clerk, as_staff, member, resident_id, staff

DAY = datetime.timedelta(days=1)
SEASON = '{years: 1, begins: fixed, on: "07-01", enrolment: {opens: "05-01", closes: "06-15", clause: 第二条}, clause: 第二条}'


def accepted(cast: Cast, orders: range = range(21, 24)) -> Enrolment:
    """An accepted enrolment of the mill."""
    return accept_enrolment(enrolment=submitted(cast.mill, version(cast.city), orders), by=BY, at=AT)


# --- beginning --------------------------------------------------------------------------------------------------------


def test_an_enrolment_begins_with_its_term(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    assert (enrolment.from_on, enrolment.until_on, enrolment.state) == (FROM_ON, UNTIL_ON, "draft")
    assert AuditEntry.objects.filter(what="begin_enrolment", subject=f"enrolment.enrolment:{enrolment.pk}").exists()


def test_not_what_is_offered_to_others(cast: Cast) -> None:
    with pytest.raises(NotOffered):
        begun(cast.mill, version(cast.other_city))


def test_not_outside_the_season(cast: Cast) -> None:
    with pytest.raises(WindowClosed):
        begun(cast.mill, version(cast.city, term=SEASON))


def test_not_twice_at_once(cast: Cast) -> None:
    of = version(cast.city)
    first = begun(cast.mill, of)
    with pytest.raises(OpenAlready, match="found E"):
        begun(cast.mill, of)
    begun(cast.yard, of)
    cancel_enrolment(enrolment=first, by=BY, at=AT)
    begun(cast.mill, of)


@pytest.mark.parametrize(("headcount", "women"), [(0, None), (-1, None), (5, 6), (5, -1)])
def test_headcounts_that_cannot_be(cast: Cast, headcount: int, women: int | None) -> None:
    with pytest.raises(WrongHeadcount):
        begin_enrolment(
            employer=cast.mill, version=version(cast.city), headcount=headcount, women_headcount=women, by=BY, at=AT
        )


def test_a_headcount_is_corrected(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    assert declare_headcount(enrolment=enrolment, headcount=7, women_headcount=3, by=BY, at=AT).headcount == 7


# --- the roster -------------------------------------------------------------------------------------------------------


def test_a_later_preview_replaces_an_earlier_one(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    first = previewed(enrolment, [person(21)])
    second = previewed(enrolment, [person(23), person(25)])
    assert enrolment.rows.count() == 2
    with pytest.raises(TakenAlready):
        take_good_rows(upload=first, by=BY, at=AT)
    assert take_good_rows(upload=second, by=BY, at=AT) == 2
    with pytest.raises(TakenAlready):
        take_good_rows(upload=second, by=BY, at=AT)
    with pytest.raises(TakenAlready):
        drop_upload(upload=second, by=BY, at=AT)


def test_a_preview_is_dropped(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    drop_upload(upload=previewed(enrolment, [person(21)]), by=BY, at=AT)
    assert not enrolment.rows.exists()


def test_nothing_good_is_not_taken(cast: Cast) -> None:
    upload = previewed(begun(cast.mill, version(cast.city)), [person(21, "?")])
    with pytest.raises(Refused, match="at least one good row"):
        take_good_rows(upload=upload, by=BY, at=AT)


def test_a_preview_from_before_a_person_was_added(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    upload = previewed(enrolment, [person(21)])
    add_person(enrolment=enrolment, name="林晓禾", identity_number=resident_id(order=21), by=BY, at=AT)
    with pytest.raises(OutOfDate):
        take_good_rows(upload=upload, by=BY, at=AT)


def test_one_person_by_hand(cast: Cast) -> None:
    enrolment = begun(cast.mill, version(cast.city))
    row = add_person(enrolment=enrolment, name="林晓禾", identity_number=resident_id(order=21), by=BY, at=AT)
    assert (row.taken, row.fee_amount, row.line) == (True, Decimal(100), 1)
    with pytest.raises(RosterFaulty) as caught:
        add_person(enrolment=enrolment, name="?", identity_number="1", phone="x", by=BY, at=AT)
    assert [fault["field"] for _, fault in caught.value.faults] == ["name", "identity_number", "phone"]
    remove_row(row=row, by=BY, at=AT)
    assert billable(enrolment=enrolment) == (0, Decimal(0))


def test_what_was_handed_in_is_not_changed(cast: Cast) -> None:
    enrolment = submitted(cast.mill, version(cast.city), [21])
    with pytest.raises(NotDraft):
        previewed(enrolment, [person(23)])
    with pytest.raises(NotDraft):
        remove_row(row=enrolment.rows.get(), by=BY, at=AT)
    with pytest.raises(NotDraft):
        declare_headcount(enrolment=enrolment, headcount=9, by=BY, at=AT)


# --- handing in -------------------------------------------------------------------------------------------------------


def test_an_empty_roster_is_not_handed_in(cast: Cast) -> None:
    with pytest.raises(Refused, match="at least one person"):
        submit_enrolment(enrolment=begun(cast.mill, version(cast.city)), by=BY, at=AT)


def test_more_persons_than_work_there(cast: Cast) -> None:
    with pytest.raises(WrongHeadcount, match="roster's 3 persons"):
        submitted(cast.mill, version(cast.city), range(21, 24), headcount=2)


@pytest.mark.parametrize(("headcount", "missing"), [(5, "2 more"), (10, "5 more"), (6, "2 more")])
def test_the_least_share(cast: Cast, headcount: int, missing: str) -> None:
    with pytest.raises(ShareMissing, match=missing):
        submitted(cast.mill, version(cast.city, more=SHARE), range(21, 24), headcount=headcount)


def test_the_least_share_is_kept(cast: Cast) -> None:
    assert submitted(cast.mill, version(cast.city, more=SHARE), range(21, 24), headcount=3).state == "submitted"


def test_handed_in_twice(cast: Cast) -> None:
    with pytest.raises(IllegalMove):
        submit_enrolment(enrolment=submitted(cast.mill, version(cast.city), [21]), by=BY, at=AT)


def test_rows_are_held_against_the_facts_of_the_day(cast: Cast) -> None:
    of = version(cast.city)
    enrolment = taken(begun(cast.mill, of), [person(21)])
    accept_enrolment(enrolment=submitted(cast.yard, of, [21]), by=BY, at=AT)
    with pytest.raises(RosterFaulty, match="1 that do not"):
        submit_enrolment(enrolment=enrolment, by=BY, at=AT)


def test_a_draft_that_lay_for_a_year_is_for_the_next_term(cast: Cast) -> None:
    enrolment = taken(begun(cast.mill, version(cast.city)), [person(21)])
    moved = submit_enrolment(enrolment=enrolment, by=BY, at=AT + 200 * DAY)
    assert moved.from_on == UNTIL_ON


# --- the office -------------------------------------------------------------------------------------------------------


def test_sent_back_and_handed_in_again(cast: Cast) -> None:
    enrolment = submitted(cast.mill, version(cast.city), [21])
    with pytest.raises(Refused, match="expected a reason"):
        return_enrolment(enrolment=enrolment, remark=" ", by=BY, at=AT)
    returned = return_enrolment(enrolment=enrolment, remark="请补齐名单", by=BY, at=AT)
    assert (returned.state, returned.remark) == ("draft", "请补齐名单")
    assert submit_enrolment(enrolment=returned, by=BY, at=AT).remark == ""


def test_nobody_accepts_their_own_roster(cast: Cast) -> None:
    enrolment = submitted(cast.mill, version(cast.city), [21])
    with pytest.raises(OwnRoster):
        accept_enrolment(enrolment=enrolment, by=as_clerk(cast.clerk), at=AT)
    both = staff("经办兼代办", cast.city, RoleName.ENROLMENT_CLERK)
    EmployerClerk.objects.filter(pk=cast.clerk.pk).update(account=both.account)
    with pytest.raises(OwnRoster):  # nor as somebody of the office
        accept_enrolment(enrolment=enrolment, by=as_staff(both), at=AT)
    EmployerClerk.objects.filter(pk=cast.clerk.pk).update(account=cast.clerk.account)
    assert accept_enrolment(enrolment=enrolment, by=as_staff(both), at=AT).state == "accepted"


def test_a_draft_is_not_accepted(cast: Cast) -> None:
    with pytest.raises(IllegalMove):
        accept_enrolment(enrolment=begun(cast.mill, version(cast.city)), by=BY, at=AT)


def test_accepted_people_are_members_who_work_there_and_wait_for_payment(cast: Cast) -> None:
    of = version(cast.city)
    rows = [person(2), person(4, "尉迟安"), person(21, "𠮷晓", 手机号码="13900000021")]
    enrolment = submit_enrolment(enrolment=taken(begun(cast.mill, of), rows), by=BY, at=AT + DAY)
    assert accept_enrolment(enrolment=enrolment, by=BY, at=AT + DAY).state == "accepted"
    new = Member.objects.get(name="𠮷晓")
    assert (new.sex, new.phone) == ("M", "13900000021")
    work = Employment.objects.filter(until_on=None, employer=cast.mill)
    assert set(work.values_list("member", flat=True)) == {cast.lin.pk, cast.wei.pk, new.pk}
    assert Employment.objects.get(member=cast.wei, employer=cast.yard).until_on == ON + DAY
    assert Employment.objects.filter(member=cast.lin).count() == 1
    assert billable(enrolment=Enrolment.objects.get(pk=enrolment.pk)) == (3, Decimal(300))
    (standing,) = covers_of_member(member=cast.lin, on=ON)
    assert (standing.when, standing.cover.fee_amount) == ("pending", Decimal(100))
    for what, count in (("register_cover", 3), ("register_member", 4), ("end_employment", 1)):
        assert AuditEntry.objects.filter(what=what).count() == count


def test_the_nearest_office_says_whether_a_person_looks(cast: Cast) -> None:
    assert not accepts_by_itself(employer=cast.mill)
    set_office_setting(unit=cast.province, accepts_by_itself=True, by=BY, at=AT)
    assert accepts_by_itself(employer=cast.mill)
    set_office_setting(unit=cast.city, accepts_by_itself=False, by=BY, at=AT)
    assert not accepts_by_itself(employer=cast.mill)
    assert accepts_by_itself(employer=cast.far)


# --- payment ----------------------------------------------------------------------------------------------------------


def test_covers_begin_when_paid(cast: Cast) -> None:
    enrolment = accepted(cast)
    assert begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT) == 3
    assert begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT) == 0
    cover = Cover.objects.first()
    assert cover is not None
    assert (cover.state, cover.from_on, cover.joined_on, cover.consecutive_periods) == ("begun", FROM_ON, FROM_ON, 1)
    seen = [covers_of_member(member=cover.member, on=day)[0].when for day in (ON, FROM_ON, UNTIL_ON - DAY, UNTIL_ON)]
    assert seen == ["ahead", "in_force", "in_force", "past"]


def test_covers_of_what_is_not_accepted_do_not_begin(cast: Cast) -> None:
    with pytest.raises(Refused, match="expected an accepted enrolment"):
        begin_covers(enrolment=submitted(cast.mill, version(cast.city), [21]), paid_on=ON, by=BY, at=AT)


def test_days_that_follow_from_the_payment(cast: Cast) -> None:
    of = version(cast.city, term=NEXT_DAY)
    enrolment = accept_enrolment(enrolment=submitted(cast.mill, of, [21]), by=BY, at=AT)
    begin_covers(enrolment=enrolment, paid_on=ON + 9 * DAY, by=BY, at=AT + 9 * DAY)
    cover = Cover.objects.get()
    assert (cover.from_on, cover.until_on) == (ON + 10 * DAY, datetime.date(2026, 3, 11))
    enrolment.refresh_from_db()
    assert enrolment.from_on == cover.from_on


def test_unbroken_cover_goes_on_counting(cast: Cast) -> None:
    begin_covers(enrolment=accepted(cast), paid_on=ON, by=BY, at=AT)
    later = AT + 300 * DAY
    again = taken_again(cast, later)
    begin_covers(enrolment=accept_enrolment(enrolment=again, by=BY, at=later), paid_on=ON, by=BY, at=later)
    cover = Cover.objects.get(from_on=UNTIL_ON)
    assert (cover.joined_on, cover.consecutive_periods) == (FROM_ON, 2)


def taken_again(cast: Cast, at: datetime.datetime) -> Enrolment:
    """The mill enrols one of its people in the next term."""
    enrolment = begun(cast.mill, Enrolment.objects.get().version, at=at)
    name = Member.objects.get(pk=Cover.objects.order_by("member_id").values("member")[:1]).name
    add_person(enrolment=enrolment, name=name, identity_number=resident_id(order=21), by=BY, at=at)
    return submit_enrolment(enrolment=enrolment, by=BY, at=at)


def test_cancelled_covers_make_room(cast: Cast) -> None:
    enrolment = accepted(cast)
    cancel_enrolment(enrolment=enrolment, reason="单位未缴费", by=BY, at=AT)
    assert set(Cover.objects.values_list("state", flat=True)) == {"cancelled"}
    begun_again = submitted(cast.mill, enrolment.version, [21])
    assert accept_enrolment(enrolment=begun_again, by=BY, at=AT).state == "accepted"


def test_what_is_paid_for_is_not_cancelled(cast: Cast) -> None:
    enrolment = accepted(cast)
    begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT)
    with pytest.raises(IllegalMove):
        cancel_enrolment(enrolment=enrolment, by=BY, at=AT)


# --- many -------------------------------------------------------------------------------------------------------------


def test_many_at_once_in_the_background(cast: Cast) -> None:
    """2,000 rows: read, checked, taken, handed in, accepted, begun. The bounds are for a slow, shared machine, and statistics say
    what they say when they are taken in the middle of it: nobody is there."""
    forget_sizes()
    enrolment = begun(cast.mill, version(cast.city), headcount=2500)
    rows = [
        person(0, f"林{chr(0x4E00 + n)}", 证件号码=resident_id(f"198{n // 900}0{1 + n // 300 % 3:d}01", 100 + n % 300))
        for n in range(2000)
    ]
    took = {}
    started = time.perf_counter()
    file = stored(workbook(rows), enrolment)
    enrolment.refresh_from_db()
    job = ask(kind="preview_roster", wanted={"enrolment": enrolment.number, "file": str(file.key)}, by=BY, at=AT)
    run_waiting()
    job.refresh_from_db()
    assert job.result["good"] == 2000, job.fault_en or job.result
    took["preview"] = time.perf_counter() - started
    take_good_rows(upload=enrolment.uploads.get(), by=BY, at=AT)
    submit_enrolment(enrolment=enrolment, by=BY, at=AT)
    started = time.perf_counter()
    accept_job = ask(kind="accept_enrolment", wanted={"enrolment": enrolment.number}, by=BY, at=AT)
    run_waiting()
    accept_job.refresh_from_db()
    assert accept_job.result == {"covers": 2000}, accept_job.fault_en
    took["accept"] = time.perf_counter() - started
    started = time.perf_counter()
    assert begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT) == 2000
    took["begin"] = time.perf_counter() - started
    print({name: f"{seconds:.1f} s" for name, seconds in took.items()})
    assert max(took.values()) < 60


def test_work_in_a_narrow_branch_finds_members_elsewhere(cast: Cast) -> None:
    of = version(cast.city)
    member(cast.far, 30, "林晓川")
    with within([cast.mill.unit.path]):
        enrolment = begun(cast.mill, of)
        upload = preview_roster(
            enrolment=enrolment,
            file=stored(workbook([person(30, "林晓山")]), enrolment),
            by=as_clerk(cast.clerk),
            at=AT,
        )
        assert [fault["field"] for fault in upload.rows.get().faults] == ["name"]
        with within([cast.other_city.path]):
            assert not Enrolment.objects.exists()
            assert not upload.rows.exists()
    with within([EVERYTHING]):
        assert Enrolment.objects.count() == 1
