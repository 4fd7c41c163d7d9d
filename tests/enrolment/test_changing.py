"""Employers become part of another, or some of their staff go to another: by two persons, with all that is theirs, or not."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.db import DatabaseError, transaction

from mutualaid.contributions.actions.joining import cover_and_bill_group
from mutualaid.core.actors import Actor
from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.enrolment.access import covers_visible_to, enrolments_visible_to
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.changing import (
    ChangeOpen,
    NoPaper,
    NotChangeable,
    NotYourChange,
    ask_split,
    confirm_employer_change,
    refuse_employer_change,
    withdraw_employer_change,
)
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.handing_over import NotItsDay, NotYet, apply_employer_change
from mutualaid.enrolment.actions.package_rosters import take_package_rows
from mutualaid.enrolment.actions.packages import (
    accept_package,
    begin_package,
    cancel_package,
    compose_package,
    declare_package,
    return_package,
    submit_package,
)
from mutualaid.enrolment.actions.renewing import renew_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.change_access import changes_visible_to, employer_to_change, office_of_change
from mutualaid.enrolment.changing import loads, obstacles, persons_of
from mutualaid.enrolment.differences import counted, persons
from mutualaid.enrolment.jobs import apply_changes
from mutualaid.enrolment.leavers import NoLeavers
from mutualaid.enrolment.models import (
    Cover,
    EmployerChange,
    Enrolment,
    GroupCover,
    HeaderMapping,
    RosterUpload,
    Target,
)
from mutualaid.enrolment.packages import open_enrolments
from mutualaid.enrolment.queries import covered_by_employer
from mutualaid.enrolment.targets import Span, progress
from mutualaid.notices.models import Notice
from mutualaid.people.access import NotFound, branches_of, employers_visible_to
from mutualaid.people.actions.members import begin_employment, correct_member_identity, end_employment
from mutualaid.people.actions.moving import ask_unit_move
from mutualaid.people.actions.units import bind_clerk, register_clerk, register_employer
from mutualaid.people.identity import IdentityKind
from mutualaid.people.merged_employers import EmployerMerged
from mutualaid.people.models import Employer, EmployerClerk, Employment, Level, Member
from mutualaid.people.queries import registrations_of
from mutualaid.people.refusals import Refused
from mutualaid.people.search import find_units
from mutualaid.plans.models import PlanVersion
from tests.enrolment.changes import DAY, NOW, ON, merger, said, split, staff_list, two, works
from tests.enrolment.gig import rider_plan
from tests.enrolment.packages_made import GOOD, begun, bring, filled, group, plans
from tests.enrolment.rosters import version
from tests.enrolment.test_differences import NAMES, TERM, covered
from tests.people.cast import AT, BY, Cast, account, as_clerk, as_staff, credit_code, employer, resident_id, unit


@pytest.fixture
def of(cast: Cast) -> PlanVersion:
    """Covered in the first term: 21 to 24 at the mill, 41 to 43 at the yard."""
    found = version(cast.city, term=TERM)
    covered(cast.mill, found, [21, 22, 23, 24])
    covered(cast.yard, found, [41, 42, 43])
    return found


def yard_clerk(cast: Cast) -> EmployerClerk:
    made = register_clerk(employer=cast.yard, account=account("yard"), name="郑小满", evidence="form-2", by=BY, at=NOW)
    return bind_clerk(clerk=made, by=BY, at=NOW)


def merged(cast: Cast, who: tuple[Actor, Actor], *, bring: bool = False) -> EmployerChange:
    """The yard became part of the mill today."""
    asked = merger(cast.county, cast.mill, cast.yard, by=who[0], bring=bring)
    return confirm_employer_change(change=asked, by=who[1], at=NOW)


def again(employer: Employer) -> Employer:
    return Employer.objects.select_related("unit").get(pk=employer.pk)


def test_all_that_is_the_formers_goes_along(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    leaves = Employment.objects.get(employer=cast.yard, member__name=NAMES[43])
    end_employment(employment=leaves, until_on=ON + 9 * DAY, by=BY, at=NOW)
    before, everybody = works(cast.mill), works(cast.mill) | works(cast.yard)
    draft = begin_enrolment(employer=cast.yard, version=of, headcount=20, by=BY, at=NOW)
    add_person(enrolment=draft, name=NAMES[41], identity_number=resident_id(order=41), by=BY, at=NOW)
    HeaderMapping.objects.create(employer=cast.yard, fingerprint="a" * 64, fields={"name": "name"}, at=NOW)
    span = Span("example", datetime.date(2026, 7, 1), datetime.date(2027, 7, 1))
    for one, count in ((cast.mill, 5), (cast.yard, 3)):
        Target.objects.create(
            unit=one.unit,
            family=span.family,
            from_on=span.from_on,
            until_on=span.until_on,
            persons=count,
            units=count,
            fee_amount=Decimal(100 * count),
        )
    change = merged(cast, who)
    mill, yard = again(cast.mill), again(cast.yard)
    assert (change.state, change.result["persons"], change.result["covers"]) == ("applied", 4, 3)
    assert (change.result["drafts"], change.result["targets"]) == (1, 1)
    assert (yard.merged_into, yard.merged_on, mill.headcount_declared) == (mill, ON, 40)
    # Nobody is lost, nobody is there twice, and what was known of the end is known still.
    assert (works(mill), works(yard)) == (everybody, set())
    assert works(yard, ON - DAY) == everybody - before
    assert Employment.objects.get(employer=mill, member=leaves.member).until_on == ON + 9 * DAY
    draft.refresh_from_db()
    assert (draft.employer, draft.state, draft.headcount, draft.rows.count()) == (mill, "draft", 40, 1)
    assert HeaderMapping.objects.get().employer == mill
    assert [(one.unit_id, one.persons) for one in Target.objects.all()] == [(mill.pk, 8)]
    cover = Cover.objects.get(member__name=NAMES[41])
    assert (cover.employer, cover.heir, cover.unit_path) == (yard, mill, mill.unit_path)
    assert AuditEntry.objects.filter(what="merge_employer", subject=f"people.employer:{yard.pk}").exists()
    rows = progress(office=cast.county, span=span, at=NOW)
    assert [(one.unit, one.headcount) for one in rows] == [(mill.pk, 40)]


def test_renewal_and_difference_know_the_formers_covers(cast: Cast, of: PlanVersion) -> None:
    gone = Employment.objects.get(employer=cast.yard, member__name=NAMES[43])
    end_employment(employment=gone, until_on=ON - DAY, by=BY, at=NOW)
    merged(cast, two(cast))
    with within([cast.mill.unit_path]):
        made, upload = renew_enrolment(employer=cast.mill, version=of, headcount=40, by=BY, at=NOW)
        assert isinstance(upload, RosterUpload)
        assert upload.rows_good == 6
    counts = counted(enrolment=made, on=ON, upload=upload)
    assert {kind: one.persons for kind, one in counts.items() if one.persons} == {"renewed": 6, "left": 1}
    assert [one.reason for one in persons(enrolment=made, on=ON, kind="left", upload=upload)] == ["ended"]
    assert covered_by_employer(employers=[cast.mill.pk, cast.yard.pk], on=ON) == {cast.mill.pk: 7}


def test_tenure_goes_on_when_the_taker_renews(cast: Cast, of: PlanVersion) -> None:
    merged(cast, two(cast))
    later = covered_later(cast.mill, of, 41)
    assert (later.joined_on, later.consecutive_periods) == (datetime.date(2025, 7, 1), 2)


def covered_later(employer: Employer, of: PlanVersion, order: int) -> Cover:
    """Paid for in the next term too."""
    from mutualaid.enrolment.actions.accepting import begin_covers

    made = begin_enrolment(employer=employer, version=of, headcount=40, by=BY, at=NOW)
    add_person(enrolment=made, name=NAMES[order], identity_number=resident_id(order=order), by=BY, at=NOW)
    submit_enrolment(enrolment=made, by=BY, at=NOW)
    accept_enrolment(enrolment=made, by=BY, at=NOW)
    begin_covers(enrolment=made, paid_on=ON, by=BY, at=NOW)
    return Cover.objects.get(enrolment=made)


def test_the_takers_clerk_answers_for_what_the_former_left(cast: Cast, of: PlanVersion) -> None:
    former = yard_clerk(cast)
    merged(cast, two(cast))
    actor = as_clerk(cast.clerk)
    with within(branches_of(actor=actor, on=ON)):
        seen = set(covers_visible_to(actor=actor, on=ON).values_list("member__name", flat=True))
        assert seen == {NAMES[order] for order in (21, 22, 23, 24, 41, 42, 43)}
        assert {one.employer_id for one in enrolments_visible_to(actor=actor, on=ON)} == {cast.mill.pk, cast.yard.pk}
    # The former clerk acts for nobody, and is told where the employer went.
    former.refresh_from_db()
    assert (former.state, former.term.released_why) == ("released", "单位已并入“第1厂工会”")
    assert not employers_visible_to(actor=as_clerk(former), on=ON).exists()
    [mine] = registrations_of(account=former.account)
    assert (mine.employer, mine.successor, mine.merged_on) == ("第2厂工会", "第1厂工会", ON)
    told = set(Notice.objects.filter(template="employer_merger_applied").values_list("account", flat=True))
    assert {former.account_id, cast.clerk.account_id} <= told


def test_former_clerks_are_brought_along_by_choice(cast: Cast) -> None:
    former = yard_clerk(cast)
    both = register_clerk(employer=cast.yard, account=cast.clerk.account, name="周一帆", evidence="f", by=BY, at=NOW)
    bind_clerk(clerk=both, by=BY, at=NOW)
    change = merged(cast, two(cast), bring=True)
    acting = EmployerClerk.objects.filter(state="bound").order_by("id")
    assert [(one.employer_id, one.account_id) for one in acting] == [
        (cast.mill.pk, cast.clerk.account_id),  # once, as before
        (cast.mill.pk, former.account_id),
    ]
    brought = acting[1]
    assert (brought.evidence, brought.term.bound_at) == (str(change.file.key), NOW)
    assert change.result["clerks"] == 1


def test_nothing_begins_at_a_former_employer(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    merged(cast, who)
    yard = again(cast.yard)
    somebody = account("somebody")
    begins = [
        lambda: begin_enrolment(employer=yard, version=of, headcount=20, by=BY, at=NOW),
        lambda: begin_package(employer=yard, name="综合", headcount=20, by=BY, at=NOW),
        lambda: register_clerk(employer=yard, account=somebody, name="郑小满", evidence="f", by=BY, at=NOW),
        lambda: begin_employment(member=cast.pa, employer=yard, from_on=ON, by=BY, at=NOW),
        lambda: ask_unit_move(unit=yard.unit, to=cast.other_city, on=ON, reason="划转", by=who[0], at=NOW),
        lambda: merger(cast.county, cast.mill, yard, by=who[0]),
        lambda: register_employer(
            unit=unit(Level.GRASSROOTS, cast.county, "G77", "又一厂工会"), credit_code=yard.credit_code,
            headcount_declared=1, contact_name="周一帆", contact_phone="13900007777", by=BY, at=NOW,
        ),
    ]  # fmt: skip
    for begin in begins:
        with pytest.raises(EmployerMerged, match="第1厂工会"), transaction.atomic():
            begin()
    # The database keeps it, whoever writes.
    end_employment(employment=cast.pa.employments.get(), until_on=ON, by=BY, at=NOW)
    with pytest.raises(DatabaseError, match="part of another"), transaction.atomic():
        Employment.objects.create(member=cast.pa, employer=yard, from_on=ON)
    with pytest.raises(DatabaseError, match="part of another"), transaction.atomic():
        Enrolment.objects.create(
            employer=yard, version=of, from_on=ON, until_on=ON + DAY, headcount=1, begun_at=NOW
        )  # fmt: skip
    hits = find_units(actor=who[0], text="第2厂", on=ON, limit=9)
    assert [(one.number, one.note) for one in hits] == [
        ("G2", "基层工会（已并入第1厂工会）"), ("G1", "基层工会（由第2厂工会并入）"),
    ]  # fmt: skip
    assert [one.number for one in find_units(actor=who[0], text=yard.credit_code, on=ON, limit=9)] == ["G2", "G1"]


def test_what_has_to_be_done_first(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    change = merger(cast.county, cast.mill, cast.yard, by=who[0])
    handed_in = begin_enrolment(employer=cast.yard, version=of, headcount=20, by=BY, at=NOW)
    add_person(enrolment=handed_in, name=NAMES[41], identity_number=resident_id(order=41), by=BY, at=NOW)
    submit_enrolment(enrolment=handed_in, by=BY, at=NOW)
    package = submit_package(package=filled(cast, plans(cast), employer=cast.yard), by=BY, at=NOW)
    ask_unit_move(unit=cast.yard.unit, to=cast.other_city, on=ON, reason="划转", by=who[0], at=NOW)
    begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    found = [one.zh for one in obstacles(change=change)]
    assert [next(word for word in ("综合保障计划 Z", "待审核", "转移", "多份") if word in zh) for zh in found] == [
        "待审核", "综合保障计划 Z", "转移", "多份",
    ]  # fmt: skip
    with pytest.raises(NotYet, match="4 things"):
        confirm_employer_change(change=change, by=who[1], at=NOW)
    named = [one.package for one in obstacles(change=change) if one.package]
    assert named == [package.number]  # once, of its three plans
    return_package(package=package, remark="请补充", by=BY, at=NOW)
    assert not [one for one in obstacles(change=change) if one.package]  # being written, it goes along
    accept_enrolment(enrolment=handed_in, by=BY, at=NOW)
    assert "还有账单未缴清" in obstacles(change=change)[0].zh
    Cover.objects.filter(enrolment=handed_in).update(state="cancelled")
    group, _ = cover_and_bill_group(
        employer=cast.yard, version=rider_plan(cast.province, fees=(0, 0, 0)), places=7, option="按月", by=BY, at=NOW
    )
    assert "还有账单未缴清" not in obstacles(change=change)[0].zh
    GroupCover.objects.update(state="pending")  # places that are not paid for
    assert obstacles(change=change)[0].enrolment == group.enrolment.number
    assert works(cast.mill) & works(cast.yard) == set()
    assert again(cast.yard).merged_into is None


def test_a_package_that_is_being_written_goes_along_with_all_its_plans(cast: Cast, of: PlanVersion) -> None:
    who, known = two(cast), plans(cast)
    package = filled(cast, known, employer=cast.yard)
    dropped = next(one for one in package.enrolments.all() if one.version.plan == "women")
    groups = [group("一线", "word", known["medical"], known["illness"]), group("其余", "everybody", known["medical"])]
    compose_package(package=package, groups=groups, by=BY, at=AT)
    bring(package, GOOD)
    take_package_rows(package=package, leave_out_faulty=False, by=BY, at=AT)
    asked = merger(cast.county, cast.mill, cast.yard, by=who[0])
    assert [one.package for one in obstacles(change=asked)] == []
    assert [one.drafts for one in loads(change=asked, on=ON)] == [1]
    change = confirm_employer_change(change=asked, by=who[1], at=NOW)
    package.refresh_from_db()
    mill = again(cast.mill)
    assert (change.result["drafts"], package.employer, package.headcount, package.women_headcount) == (
        1,
        mill,
        40,
        None,
    )
    assert "请核对名单和职工人数" in package.remark
    parts = open_enrolments(package=package)
    assert [(one.employer, one.headcount, one.rows.filter(taken=True).count()) for one in parts] == [
        (mill, 40, 5), (mill, 40, 2),
    ]  # fmt: skip
    for upload in RosterUpload.objects.filter(enrolment__in=parts):
        assert upload.file.unit_path == mill.unit_path
    dropped.refresh_from_db()
    assert (dropped.state, dropped.employer) == ("cancelled", cast.yard)
    assert AuditEntry.objects.filter(what="hand_over_package").exists()
    # The taker's clerk declares the women, hands it in, and the office takes it.
    with within([mill.unit_path]):
        declare_package(
            package=package, name="综合", headcount=40, women_headcount=20, members_pay=False, by=BY, at=NOW
        )
        moved = submit_package(package=package, by=BY, at=NOW)
        accept_package(package=moved, by=BY, at=NOW)
    assert Cover.objects.filter(enrolment__package=package, employer=mill).count() == 7


def test_a_package_of_both_in_one_plan_and_one_that_is_not_paid(cast: Cast, of: PlanVersion) -> None:
    """Nothing is changed before these are seen to; each is named once, as the package that it is."""
    who, known = two(cast), plans(cast)
    change = merger(cast.county, cast.mill, cast.yard, by=who[0])
    package = filled(cast, known, employer=cast.yard)
    other = begun(cast, known)
    found = obstacles(change=change)
    assert len(found) == 3
    assert all(package.number in one.zh and other.number in one.zh and "多份" in one.zh for one in found)
    cancel_package(package=other, by=BY, at=NOW)
    accept_package(package=submit_package(package=package, by=BY, at=NOW), by=BY, at=NOW)
    (left,) = obstacles(change=change)
    assert (left.package, left.enrolment, "撤回、作废账单" in left.zh) == (package.number, "", True)
    with pytest.raises(NotYet):
        confirm_employer_change(change=change, by=who[1], at=NOW)
    package.refresh_from_db()
    assert (package.employer, again(cast.yard).merged_into) == (cast.yard, None)


def test_the_day_is_kept_and_what_stands_in_the_way_then_is_told(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    asked = merger(cast.county, cast.mill, cast.yard, by=who[0], on=ON + 2 * DAY)
    offered = plans(cast)
    package = submit_package(package=filled(cast, offered, employer=cast.yard), by=BY, at=NOW)
    with pytest.raises(NotYet, match=package.number):  # told at once, not on its day
        confirm_employer_change(change=asked, by=who[1], at=NOW)
    cancel_package(package=package, by=BY, at=NOW)
    change = confirm_employer_change(change=asked, by=who[1], at=NOW)
    assert change.state == "confirmed"
    with pytest.raises(NotItsDay):
        apply_employer_change(change=change, by=BY, at=NOW)
    package = submit_package(package=filled(cast, offered, employer=cast.yard), by=BY, at=NOW)
    for _ in range(2):
        apply_changes(at=NOW + 2 * DAY)
    change.refresh_from_db()
    assert (change.state, "综合保障计划" in change.stuck[0]) == ("confirmed", True)
    assert Notice.objects.filter(template="employer_change_stuck").count() == 2  # who asked and who confirmed, once
    cancel_package(package=package, by=BY, at=NOW)
    apply_changes(at=NOW + 3 * DAY)
    change.refresh_from_db()
    assert (change.state, change.stuck, again(cast.yard).merged_on) == ("applied", [], ON + 3 * DAY)
    with pytest.raises(IllegalMove):
        apply_employer_change(change=change, by=BY, at=NOW + 3 * DAY)


def test_who_may_and_what_is_refused(cast: Cast, of: PlanVersion) -> None:
    first, second = two(cast)
    mill, yard, county = cast.mill, cast.yard, cast.county
    for taker, givers in ((mill, [mill]), (mill, []), (mill, [yard, yard])):
        with pytest.raises(NotChangeable):
            merger(county, taker, *givers, by=first)
    with pytest.raises(NotChangeable):
        merger(county, mill, yard, by=first, on=ON - DAY)
    with pytest.raises(NotYourChange):
        merger(county, mill, yard, by=as_clerk(cast.clerk))
    with pytest.raises(NoPaper):
        ask_split(
            giver=mill, taker=yard, office=county, asked=type(said())(ON, "分立", "x.pdf", b"nothing"),
            staff=staff_list([["", resident_id(order=21)]]), by=first, at=NOW,
        )  # fmt: skip
    change = merger(county, mill, yard, by=first)
    with pytest.raises(ChangeOpen, match=change.number):
        split(county, yard, mill, [41], by=first)
    with pytest.raises(ChangeOpen, match=change.number):  # of the one that takes over, too
        merger(county, mill, employer(county, 9), by=first)
    for act in (confirm_employer_change, partial(refuse_employer_change, reason="章不清")):
        with pytest.raises(NotYourChange):
            act(change=change, by=first, at=NOW)
    with pytest.raises(Refused):
        refuse_employer_change(change=change, reason=" ", by=second, at=NOW)
    assert refuse_employer_change(change=change, reason="章不清", by=second, at=NOW).answer == "章不清"
    other = merger(county, mill, yard, by=first, on=ON + DAY)
    confirm_employer_change(change=other, by=second, at=NOW)
    with pytest.raises(ChangeOpen, match=other.number):  # it waits for its day
        split(county, yard, mill, [41], by=first)
    assert withdraw_employer_change(change=other, by=first, at=NOW).state == "withdrawn"
    assert Notice.objects.filter(template="employer_change_withdrawn", account=cast.clerk.account).exists()
    with pytest.raises(IllegalMove):
        confirm_employer_change(change=other, by=second, at=NOW)
    assert changes_visible_to(actor=first, on=ON).count() == 2
    assert not changes_visible_to(actor=as_staff(cast.outsider), on=ON).exists()
    assert office_of_change(actor=first, employers=[mill, yard], on=ON) == county
    with pytest.raises(NotFound):
        employer_to_change(actor=first, code="G3", on=ON)  # of the other city
    with pytest.raises(NotFound):
        office_of_change(actor=first, employers=[mill, cast.far], on=ON)


def test_some_of_the_staff_go_to_a_new_employer(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    new = employer(cast.county, 9)
    change = split(cast.county, cast.mill, new, [22, 23, 77, 22], by=who[0])
    assert [one["line"] for one in change.missing] == [4, 5]
    assert [one["zh"] for one in change.missing] == ["没有登记使用该证件号码的会员", "与第 2 行是同一人"]
    assert [(one.persons, one.covers) for one in loads(change=change, on=ON)] == [(2, 2)]
    everybody = works(cast.mill)
    done = confirm_employer_change(change=change, by=who[1], at=NOW)
    went = set(Member.objects.filter(name__in=[NAMES[22], NAMES[23]]).values_list("number", flat=True))
    assert (works(new), works(cast.mill)) == (went, everybody - went)
    assert done.result == {"persons": 2, "covers": 2, "stayed": 0}
    assert (again(cast.mill).headcount_declared, again(new).headcount_declared) == (18, 20)
    # Next season each knows its own.
    for one, count in ((new, 2), (cast.mill, 2)):
        made, upload = renew_enrolment(employer=one, version=of, headcount=20, by=BY, at=NOW)
        assert isinstance(upload, RosterUpload)
        counts = counted(enrolment=made, on=ON, upload=upload)
        assert {kind: row.persons for kind, row in counts.items() if row.persons} == {"renewed": count}
    later = covered_later(new, version(cast.county, "example-2026", term=TERM), 22)
    assert (later.joined_on, later.consecutive_periods) == (datetime.date(2025, 7, 1), 2)


def test_only_who_still_works_there_goes_with_the_covers_by_that_employer(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    covered(cast.yard, version(cast.city, "other-plan", family="other", term=TERM), [22])
    work = Employment.objects.filter(member__name=NAMES[22])
    work.filter(employer=cast.yard).delete()  # back at the mill
    work.filter(employer=cast.mill).update(until_on=None)
    new = employer(cast.county, 9)
    change = split(cast.county, cast.mill, new, [22, 23], by=who[0])
    left = Employment.objects.get(employer=cast.mill, member__name=NAMES[23])
    end_employment(employment=left, until_on=ON, by=BY, at=NOW)
    done = confirm_employer_change(change=change, by=who[1], at=NOW)
    assert done.result == {"persons": 1, "covers": 1, "stayed": 1}
    (went,) = Cover.objects.filter(heir=new)
    assert (went.member.name, went.employer) == (NAMES[22], cast.mill)
    assert (again(cast.mill).headcount_declared, again(new).headcount_declared) == (19, 20)


def test_a_list_that_cannot_be_and_a_roster_that_would_bring_them_back(cast: Cast, of: PlanVersion) -> None:
    who = two(cast)
    with pytest.raises(NotChangeable, match="found none in"):
        split(cast.county, cast.mill, cast.yard, [77], by=who[0])
    with pytest.raises(NotChangeable, match="another employer than"):
        split(cast.county, cast.mill, cast.mill, [21], by=who[0])
    with pytest.raises(NoLeavers):
        ask_split(
            giver=cast.mill, taker=cast.yard, office=cast.county, asked=said(), staff=b"a,b\n1,2\n", by=who[0], at=NOW
        )
    waiting = begin_enrolment(employer=cast.mill, version=of, headcount=20, by=BY, at=NOW)
    add_person(enrolment=waiting, name=NAMES[21], identity_number=resident_id(order=21), by=BY, at=NOW)
    submit_enrolment(enrolment=waiting, by=BY, at=NOW)
    change = split(cast.county, cast.mill, cast.yard, [21], by=who[0])
    assert [one.enrolment for one in obstacles(change=change)] == [waiting.number]
    other = split_again(cast, change, [22], who)
    assert obstacles(change=other) == []
    person = Employment.objects.get(employer=cast.mill, member__name=NAMES[22])
    end_employment(employment=person, until_on=ON, by=BY, at=NOW)
    with pytest.raises(NotYet, match="any more"):
        confirm_employer_change(change=other, by=who[1], at=NOW)


def split_again(cast: Cast, open_: EmployerChange, orders: list[int], who: tuple[Actor, Actor]) -> EmployerChange:
    withdraw_employer_change(change=open_, by=who[0], at=NOW)
    return split(cast.county, cast.mill, cast.yard, orders, by=who[0])


def test_a_list_says_that_a_number_was_corrected(cast: Cast, of: PlanVersion) -> None:
    member = Member.objects.get(name=NAMES[21])
    correct_member_identity(
        member=member, identity_kind=IdentityKind.RESIDENT, identity_number=resident_id(order=51), name=member.name,
        reason="登记时抄错", by=BY, at=NOW,
    )  # fmt: skip
    change = split(cast.county, cast.mill, cast.yard, [21, 22], by=two(cast)[0])
    assert [one["zh"] for one in change.missing] == ["证件号码已更正，请改用更正后的号码"]


def test_a_list_names_staff_of_the_former_by_their_own_names(cast: Cast, of: PlanVersion) -> None:
    rows = [["林误写", resident_id(order=21)], ["", resident_id(order=41)], [NAMES[22], resident_id(order=22)]]
    change = ask_split(
        giver=cast.mill, taker=employer(cast.county, 9), office=cast.county, asked=said(), staff=staff_list(rows),
        by=two(cast)[0], at=NOW,
    )  # fmt: skip
    assert [one["zh"] for one in change.missing] == ["姓名与登记的不一致", "现不在原单位任职"]
    assert [one.member.name for one in persons_of(change=change)] == [NAMES[22]]


def test_through_many_changes_nobody_is_lost_or_doubled(cast: Cast, of: PlanVersion) -> None:
    """Split, merged back, merged on, in turns: each works at one employer, and each cover has one keeper."""
    who = two(cast)
    new = employer(cast.county, 9)
    everybody = works(cast.mill) | works(cast.yard)
    covers = set(Cover.objects.values_list("number", "employer"))

    def done(change: EmployerChange) -> None:
        confirm_employer_change(change=change, by=who[1], at=NOW)
        at = ON + 9 * DAY  # an employment lasts a day at least: whoever goes on the same day goes the next one
        count = Counter(number for one in (cast.mill, cast.yard, new) for number in works(one, at))
        assert set(count) == everybody
        assert set(count.values()) == {1}
        assert set(Cover.objects.values_list("number", "employer")) == covers
        for cover in Cover.objects.select_related("heir", "member").all():
            assert cover.member.number in works(cover.heir or cover.employer, at)

    done(split(cast.county, cast.mill, new, [21, 22], by=who[0]))
    done(split(cast.county, cast.mill, cast.yard, [23], by=who[0]))
    done(split(cast.county, new, cast.yard, [21], by=who[0]))
    done(merger(cast.county, cast.yard, new, by=who[0]))
    done(merger(cast.county, cast.mill, cast.yard, by=who[0]))
    assert set(Employer.objects.filter(merged_into=cast.mill)) == {cast.yard, new}
    assert credit_code(9) == again(new).credit_code
