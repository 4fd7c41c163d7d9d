"""An employer composes a package for groups of its staff; one roster for all plans; handed in and accepted as a whole."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import (
    accept_package_and_bill,
    cancel_bill,
    open_fund,
    submit_package_and_bill,
)
from mutualaid.contributions.actions.splits import PartWanted, grant_subsidy, set_fee_split
from mutualaid.contributions.models import Bill, PayerKind, Statement, StatementLine
from mutualaid.contributions.split_queries import package_split
from mutualaid.core import papers
from mutualaid.core.moves import IllegalMove
from mutualaid.enrolment.actions.enrolling import OnlyInPackage, begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.package_rosters import (
    drop_package_upload,
    take_package_rows,
)
from mutualaid.enrolment.actions.packages import (
    cancel_package,
    compose_package,
    return_package,
    submit_package,
)
from mutualaid.enrolment.actions.rosters import FaultyRows, add_person
from mutualaid.enrolment.composition import NotComposable
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow
from mutualaid.enrolment.packages import (
    combination_of,
    group_counts,
    persons_of,
    preview_counts,
    preview_lines,
    waiting_uploads,
)
from mutualaid.enrolment.roster.package_template import package_template
from mutualaid.enrolment.standing import NotDraft, PartOfPackage
from mutualaid.people.models import RoleName
from tests.enrolment.packages_made import begun, bring, filled, group, plans, row
from tests.people.cast import AT, BY, ON, Cast, as_staff, resident_id, staff


def test_one_roster_for_all_plans(cast: Cast) -> None:
    package = filled(cast, plans(cast))
    assert group_counts(package=package) == {"一线": 2, "女职工": 2, "其余": 1}
    rows = RosterRow.objects.filter(enrolment__package=package)
    per_plan = {plan: rows.filter(enrolment__version__plan=plan).count() for plan in ("medical", "illness", "women")}
    assert per_plan == {"medical": 5, "illness": 4, "women": 2}
    assert persons_of(package=package) == (5, Decimal(2 * 96 + 2 * 116 + 36))


def test_faults_are_told_once_for_a_person(cast: Cast) -> None:
    package = begun(cast, plans(cast))
    bad_number = row(18, "一线")
    bad_number[2] = "450502198806070189"
    bring(package, [row(11, "一线"), bad_number, row(11), row(13, "女职工"), row(15, "二线")])
    uploads = waiting_uploads(package=package)
    assert preview_counts(uploads=uploads) == (5, 1)
    faults = {
        one.line: [fault["field"] for fault in one.faults]
        for one in preview_lines(uploads=uploads, faulty=True, first=0, most=9)
    }
    assert faults == {3: ["identity_number"], 4: ["identity_number"], 5: ["package_group"], 6: ["package_group"]}
    with pytest.raises(FaultyRows):
        take_package_rows(package=package, leave_out_faulty=False, by=BY, at=AT)
    assert take_package_rows(package=package, leave_out_faulty=True, by=BY, at=AT) == 1
    assert persons_of(package=package)[0] == 1


def test_a_rule_of_one_plan_keeps_the_person_out_of_all(cast: Cast) -> None:
    known = plans(cast)
    package = begun(cast, known, groups=[group("一线", "everybody", known["medical"], known["women"])])
    bring(package, [row(11), row(12)])
    uploads = waiting_uploads(package=package)
    told = preview_lines(uploads=uploads, faulty=True, first=0, most=9)
    assert [(one.line, len(one.faults)) for one in told] == [(2, 1)]
    assert told[0].faults[0]["zh"].startswith("女职工特殊疾病：")
    drop_package_upload(package=package, by=BY, at=AT)
    assert waiting_uploads(package=package) == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda k: [group("一线", "word", k["illness"], k["other"])],
        lambda k: [group("一线", "word", k["extra"])],
        lambda k: [group("一线", "word")],
        lambda k: [group("一线", "word", k["medical"]), group("一线", "everybody", k["medical"])],
        lambda k: [group("其余", "everybody", k["medical"]), group("一线", "word", k["medical"])],
        lambda k: [group("女职工", "sex", k["medical"])],
        lambda k: [],
    ],
)
def test_what_designers_rule_out_is_not_composed(cast: Cast, wrong: object) -> None:
    known = plans(cast)
    package = begun(cast, known)
    with pytest.raises(NotComposable):
        compose_package(package=package, groups=wrong(known), by=BY, at=AT)  # type: ignore[operator]


def test_a_plan_on_top_of_another(cast: Cast) -> None:
    known = plans(cast)
    with pytest.raises(OnlyInPackage):
        begin_enrolment(employer=cast.mill, version=known["extra"], headcount=20, by=BY, at=AT)
    package = begun(cast, known, groups=[group("全体", "everybody", known["medical"], known["extra"])])
    assert package.enrolments.count() == 2


def test_composing_anew_drops_the_roster_and_what_is_left_out(cast: Cast) -> None:
    known = plans(cast)
    package = filled(cast, known)
    compose_package(package=package, groups=[group("全体", "everybody", known["illness"])], by=BY, at=AT)
    assert not RosterRow.objects.filter(enrolment__package=package).exists()
    left = package.enrolments.exclude(state="cancelled")
    assert [one.version.plan for one in left] == ["illness"]


def test_parts_are_not_done_by_themselves(cast: Cast) -> None:
    package = filled(cast, plans(cast))
    part = package.enrolments.first()
    assert part is not None
    with pytest.raises(PartOfPackage):
        submit_enrolment(enrolment=part, by=BY, at=AT)
    with pytest.raises(PartOfPackage):
        add_person(enrolment=part, name="林晓禾", identity_number=resident_id(order=30), by=BY, at=AT)


def test_a_plan_without_anybody_is_not_handed_in(cast: Cast) -> None:
    known = plans(cast)
    package = begun(cast, known)
    bring(package, [row(13)])
    take_package_rows(package=package, leave_out_faulty=False, by=BY, at=AT)
    with pytest.raises(NotComposable):
        submit_package(package=package, by=BY, at=AT)


def test_handed_in_sent_back_given_up(cast: Cast) -> None:
    package = filled(cast, plans(cast))
    submit_package(package=package, by=BY, at=AT)
    with pytest.raises(NotDraft):
        compose_package(package=package, groups=[], by=BY, at=AT)
    with pytest.raises(IllegalMove):
        submit_package(package=package, by=BY, at=AT)
    return_package(package=package, remark="请核对", by=BY, at=AT)
    assert set(package.enrolments.values_list("state", flat=True)) == {"draft"}
    cancel_package(package=package, by=BY, at=AT)
    assert set(package.enrolments.values_list("state", flat=True)) == {"cancelled"}


def test_the_template_names_the_groups(cast: Cast) -> None:
    package = begun(cast, plans(cast))
    book = load_workbook(io.BytesIO(package_template(package=package)))
    header = [str(cell.value) for cell in next(book["花名册"].iter_rows(max_row=1))]
    assert header[-1] == "参保组"
    assert "参加份数" not in header


def test_the_whole_way_with_payers(cast: Cast) -> None:
    """Member, employer, upper union and the administration pay a package of 11 persons' worth of plans."""
    known = plans(cast)
    finance = staff("财务丁", cast.city, RoleName.FINANCE)
    fund = open_fund(unit=cast.city, account_name="专户", account_number="62", bank_name="银行", by=BY, at=AT)
    union = PartWanted(PayerKind.UPPER_UNION, payer_unit=cast.city, amount=Decimal(20))
    set_fee_split(unit=cast.city, version=known["illness"], parts=[union, PartWanted(PayerKind.EMPLOYER)], by=BY, at=AT)
    grant_subsidy(
        office=cast.city, name="一线补贴", payer_kind=PayerKind.ADMINISTRATION, payer_name="海市财政局", groups=["一线"],
        amount=Decimal(10), budget=Decimal(30), from_on=ON, until_on=ON + datetime.timedelta(days=90), by=BY, at=AT,
    )  # fmt: skip
    package = filled(cast, known)
    assert submit_package_and_bill(package=package, by=BY, at=AT) == []
    before = [
        {payer.kind: amount for payer, amount in one.split.totals().items()}
        for one in package_split(package=package, on=ON)
    ]
    # 住院 5 × 36: of two women half is their own, 一线 gets 2 × 10; 重疾 4 × 60: 20 each by the union, 10 are left of it.
    assert before == [
        {"employer": 124, "member": 36, "administration": 20},
        {"employer": 90, "member": 60, "upper_union": 80, "administration": 10},
        {"employer": 20, "member": 20},
    ]
    bills = accept_package_and_bill(package=package, by=as_staff(finance), at=AT)
    assert sum(bill.amount for bill in bills) == 180 + 240 + 40
    package.refresh_from_db()
    after = [
        {payer.kind: amount for payer, amount in one.split.totals().items()}
        for one in package_split(package=package, on=ON)
    ]
    assert after == before
    ours = [bill for bill in bills if bill.payer_kind == "employer"]
    assert [bill.amount for bill in ours] == [160, 150, 40]
    content = papers.store(
        content=b"x", name="流水.csv", kind="statement", media_type=papers.CSV, unit_path=cast.city.path, by=BY, at=AT
    )
    told = Statement.objects.create(fund=fund, file=content, at=AT, lines_read=1, lines_new=1)
    line = StatementLine.objects.create(
        statement=told, fund=fund, serial="S1", booked_on=AT.date(), amount=Decimal(350), payer_name="第1厂工会"
    )
    match_line(line=line, bills=ours, by=as_staff(finance), at=AT)
    begun_covers = Cover.objects.filter(enrolment__package=package, state="begun")
    assert begun_covers.values("enrolment").distinct().count() == 2
    union_bill = Bill.objects.get(payer_kind="upper_union")
    line = StatementLine.objects.create(
        statement=told, fund=fund, serial="S2", booked_on=AT.date(), amount=union_bill.amount, payer_name="海市办事处"
    )
    match_line(line=line, bills=[union_bill], by=as_staff(finance), at=AT)
    assert not Cover.objects.filter(enrolment__package=package, state="pending").exists()
    some = Cover.objects.filter(enrolment__package=package, package_group="女职工").first()
    assert some is not None
    assert [cover.plan for cover in combination_of(cover=some)] == ["medical", "illness", "women"]


def test_bills_of_a_package_are_cancelled_with_all_of_it(cast: Cast) -> None:
    finance = staff("财务丁", cast.city, RoleName.FINANCE)
    open_fund(unit=cast.city, account_name="专户", account_number="62", bank_name="银行", by=BY, at=AT)
    package = filled(cast, plans(cast))
    submit_package_and_bill(package=package, by=BY, at=AT)
    bills = accept_package_and_bill(package=package, by=as_staff(finance), at=AT)
    cancel_bill(bill=bills[0], reason="名单有误", by=as_staff(finance), at=AT)
    assert set(Bill.objects.values_list("state", flat=True)) == {"cancelled"}
    package.refresh_from_db()
    assert package.state == "cancelled"
    assert set(Enrolment.objects.filter(package=package).values_list("state", flat=True)) == {"cancelled"}
