"""Who is known already: renewals, contacts that the register has or lacks, people who come from another employer."""

from __future__ import annotations

import datetime

import pytest
from stdnum.luhn import calc_check_digit

from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import within
from mutualaid.enrolment.actions.accepting import accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person, preview_roster, take_good_rows
from mutualaid.enrolment.models import Cover, Enrolment, RosterUpload
from mutualaid.people.access import members_visible_to
from mutualaid.people.actions.members import correct_member_identity, give_consent, withdraw_consent
from mutualaid.people.actions.own_data import change_bank_card
from mutualaid.people.actions.rosters import fill_contacts
from mutualaid.people.identity import IdentityKind
from mutualaid.people.models import Employer, Employment, Member, Purpose, RoleName
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import begun, person, stored, version, workbook
from tests.people.cast import AT, BY, ON, Cast, as_clerk, as_staff, member, resident_id, staff

DAY = datetime.timedelta(days=1)
EACH_YEAR = (
    '{years: 1, begins: fixed, on: "01-01", first_on: 2026-01-01, clause: 第二条,'
    ' enrolment: {opens: "01-01", closes: "11-30", catch_up_month: 12, clause: 第二条}}'
)


def paid(employer: Employer, of: PlanVersion, on: datetime.date) -> Cover:
    """One person enrolled, accepted and paid for on a day."""
    at = datetime.datetime.combine(on, datetime.time(2), datetime.UTC)
    enrolment = begun(employer, of, at=at)
    add_person(enrolment=enrolment, name="林晓禾", identity_number=resident_id(order=2), by=BY, at=at)
    submit_enrolment(enrolment=enrolment, by=BY, at=at)
    begin_covers(enrolment=accept_enrolment(enrolment=enrolment, by=BY, at=at), paid_on=on, by=BY, at=at)
    return Cover.objects.get(enrolment=enrolment)


@pytest.mark.parametrize(
    ("again", "periods"),
    # 2027-01-01 to 03 are days off: 4 January is the first day on which somebody works.
    [(datetime.date(2027, 1, 1), 2), (datetime.date(2027, 1, 4), 2), (datetime.date(2027, 1, 5), 1)],
)
def test_a_gap_that_nobody_could_avoid_breaks_nothing(cast: Cast, again: datetime.date, periods: int) -> None:
    of = version(cast.city, term=EACH_YEAR)
    first = paid(cast.mill, of, datetime.date(2026, 3, 2))
    assert (first.from_on, first.until_on) == (datetime.date(2026, 3, 3), datetime.date(2027, 1, 1))
    second = paid(cast.mill, of, again)
    assert (second.from_on, second.consecutive_periods) == (again + DAY, periods)
    assert second.joined_on == (first.joined_on if periods == 2 else second.from_on)


def luhn(digits: str) -> str:
    """An invented card number."""
    return digits + calc_check_digit(digits)


def previewed_by_clerk(cast: Cast, of: PlanVersion, rows: list[list[str]]) -> RosterUpload:
    """A preview within the bounds of the mill's clerk."""
    by = as_clerk(cast.clerk)
    with within([cast.mill.unit.path]):
        enrolment = begun(cast.mill, of)
        return preview_roster(enrolment=enrolment, file=stored(workbook(rows), enrolment), by=by, at=AT)


def accepted_by_office(cast: Cast, upload: RosterUpload, at: datetime.datetime) -> Enrolment:
    """The clerk hands it in, and somebody of the county accepts it, each within their bounds."""
    enroller = staff("参保庚", cast.county, RoleName.ENROLMENT_CLERK)
    with within([cast.mill.unit.path]):
        take_good_rows(upload=upload, by=as_clerk(cast.clerk), at=AT)
        submit_enrolment(enrolment=upload.enrolment, by=as_clerk(cast.clerk), at=AT)
    with within([cast.county.path]):
        return accept_enrolment(enrolment=upload.enrolment, by=as_staff(enroller), at=at)


def test_contacts_fill_gaps_and_change_nothing(cast: Cast) -> None:
    # 林晓禾 has a phone and no bank card.
    card = luhn("622202100111624")
    row = person(2, 手机号码="13900009999", 银行卡号=card)
    upload = previewed_by_clerk(cast, version(cast.city), [row])
    told = upload.rows.get()
    assert told.faults == []
    assert [warning["field"] for warning in told.warnings] == ["phone"]
    accepted_by_office(cast, upload, AT)
    after = Member.objects.get(pk=cast.lin.pk)
    assert (after.phone, after.bank_card) == ("13900000001", card)
    assert Member.objects.filter(bank_card_index=after.bank_card_index).count() == 1
    entry = AuditEntry.objects.get(what="fill_contacts")
    assert entry.detail == {"filled": ["bank_card"]}


def test_a_card_whose_use_the_member_declined_does_not_come_back(cast: Cast) -> None:
    card = luhn("622202100111624")
    give_consent(member=cast.lin, purpose=Purpose.BANK_ACCOUNT, version="1", by=BY, at=AT)
    withdraw_consent(member=cast.lin, purpose=Purpose.BANK_ACCOUNT, by=BY, at=AT)
    upload = previewed_by_clerk(cast, version(cast.city), [person(2, 银行卡号=card)])
    accepted_by_office(cast, upload, AT)
    assert Member.objects.get(pk=cast.lin.pk).bank_card is None
    assert not AuditEntry.objects.filter(what="fill_contacts").exists()


def test_what_a_member_enters_meanwhile_stays(cast: Cast) -> None:
    """The roster's reader saw no card; the member has entered one since."""
    own, told = luhn("622202100111624"), luhn("622202100111625")
    give_consent(member=cast.lin, purpose=Purpose.BANK_ACCOUNT, version="1", by=BY, at=AT)
    before = Member.objects.get(pk=cast.lin.pk)
    change_bank_card(member=cast.lin, bank_card=own, by=BY, at=AT)
    fill_contacts(members=[before], phones={}, bank_cards={before.pk: told}, by=BY, at=AT)
    assert Member.objects.get(pk=cast.lin.pk).bank_card == own


@pytest.mark.parametrize("far", [False, True])
def test_somebody_comes_from_another_employer(cast: Cast, far: bool) -> None:
    """From the same county, and from another city that neither the clerk nor the office sees."""
    former = cast.far if far else cast.yard
    mover = member(former, 30, "林晓川")
    upload = previewed_by_clerk(cast, version(cast.city), [person(30, "林晓川")])
    row = upload.rows.get()
    assert (row.faults, [warning["field"] for warning in row.warnings]) == ([], ["identity_number"])
    assert "转入本单位" in row.warnings[0]["zh"]
    accepted_by_office(cast, upload, AT + DAY)
    # Periods are half-open: the last day there is the day before the first day here.
    assert Employment.objects.get(member=mover, employer=former).until_on == ON + DAY
    here = Employment.objects.get(member=mover, employer=cast.mill)
    assert (here.from_on, here.until_on) == (ON + DAY, None)
    with within([cast.mill.unit.path]):
        assert mover in members_visible_to(actor=as_clerk(cast.clerk), on=ON + DAY)


def test_a_former_number_is_said_to_be_one(cast: Cast) -> None:
    of = version(cast.city)
    correct_member_identity(
        member=cast.lin, identity_kind=IdentityKind.RESIDENT, identity_number=resident_id(order=8), name="林晓禾",
        reason="登记时抄错", by=BY, at=AT,
    )  # fmt: skip
    enrolment = begun(cast.mill, of)
    rows = [person(2), person(2, "许知秋"), person(8), person(4, "尉迟安")]
    upload = preview_roster(enrolment=enrolment, file=stored(workbook(rows[:1]), enrolment), by=BY, at=AT)
    [row] = upload.rows.all()
    [fault] = row.faults
    assert (fault["field"], "450502********008" in fault["zh"]) == ("identity_number", True)
    assert "更正" in fault["zh"]
    # Another person may well bear what was written with her by mistake: said, and left to who looks at it.
    upload = preview_roster(enrolment=enrolment, file=stored(workbook(rows[1:]), enrolment), by=BY, at=AT)
    told = {row.line: (row.faults, [one["field"] for one in row.warnings]) for row in upload.rows.all()}
    assert told[2] == ([], ["identity_number"])
    assert told[3][0] == []
