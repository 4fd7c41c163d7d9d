"""Employers apply: each move, each refusal, who may decide, and two who decide at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import AuditEntry, StoredFile
from mutualaid.core.moves import IllegalMove
from mutualaid.people.access import (
    NotFound,
    application_for,
    application_to_mend,
    application_to_review,
    applications_visible_to,
    clerk_to_review,
    clerks_visible_to,
)
from mutualaid.people.actions.applications import (
    ApplicationOpen,
    EmployerKnown,
    NameTaken,
    NoStampedForm,
    OwnApplication,
    PapersElsewhere,
    approve_application,
    refuse_application,
    resubmit_application,
    return_application,
    submit_application,
)
from mutualaid.people.actions.units import (
    CodeTaken,
    MisplacedUnit,
    NotToReplace,
    bind_clerk,
    register_clerk,
    release_clerk,
)
from mutualaid.people.models import Account, Employer, EmployerApplication, EmployerClerk, RoleName, Unit
from mutualaid.people.queries import applications_waiting, bound_clerks, clerks_waiting
from mutualaid.people.refusals import Refused
from tests.people import cast as people
from tests.people.cast import AT, BY, ON, Cast, account, as_clerk, as_staff, credit_code, staff


def paper(kind: str = "stamped_form") -> StoredFile:
    """A file that an applicant brought."""
    return StoredFile.objects.create(
        kind=kind, name="form.pdf", media_type="application/pdf", size=1, sha256="0", by_kind="clerk", by_key="1", at=AT
    )


def said(office: Unit, **other: Any) -> dict[str, Any]:
    """What an employer says of itself."""
    return {
        "office": office,
        "name": "海市第九厂",
        "credit_code": credit_code(9),
        "headcount_declared": 30,
        "contact_name": "周一帆",
        "contact_phone": "13900000009",
        "papers": [paper(), paper("licence")],
        **other,
    }


def submitted(cast: Cast, **other: Any) -> EmployerApplication:
    """An application to the county of the cast."""
    return submit_application(
        account=account(f"a{Account.objects.count()}"), **said(**{"office": cast.county} | other), by=BY, at=AT
    )


def test_an_application_is_handed_in(cast: Cast) -> None:
    made = submitted(cast)
    assert (made.state, made.number[0], len(made.number)) == ("submitted", "A", 9)
    assert set(made.papers.values_list("unit_path", flat=True)) == {cast.county.path}
    assert list(applications_waiting(among=EmployerApplication.objects.all())) == [made]
    entry = AuditEntry.objects.filter(what="submit_application").get()
    assert entry.detail == {"office": cast.county.pk, "papers": 2}


def test_an_approved_employer_has_its_union_and_its_clerk(cast: Cast) -> None:
    made = submitted(cast)
    employer = approve_application(application=made, by=BY, at=AT)
    assert (employer.unit.parent, employer.unit.name, employer.unit.code[0]) == (cast.county, "海市第九厂", "G")
    assert employer.unit.initials == "HSDJC"
    clerk = EmployerClerk.objects.get(employer=employer)
    assert (clerk.state, clerk.account, clerk.number[0]) == ("bound", made.account, "D")
    assert clerk.evidence == str(made.papers.get(kind="stamped_form").key)
    made.refresh_from_db()
    assert (made.state, made.employer) == ("approved", employer)
    assert set(made.papers.values_list("unit_path", flat=True)) == {employer.unit_path}
    assert not applications_waiting(among=EmployerApplication.objects.all()).exists()


def test_a_code_of_ones_own(cast: Cast) -> None:
    assert approve_application(application=submitted(cast), code="HS-9", by=BY, at=AT).unit.code == "HS-9"


def test_returned_and_handed_in_again(cast: Cast) -> None:
    made = return_application(application=submitted(cast), remark=" 印章不清 ", by=BY, at=AT)
    assert (made.state, made.remark) == ("returned", "印章不清")
    changed = said(cast.city, name="海市 第九厂")
    again = resubmit_application(application=made, **changed, by=BY, at=AT)
    again.refresh_from_db()
    assert (again.state, again.remark, again.office, again.name) == ("submitted", "", cast.city, "海市 第九厂")
    assert set(again.papers.all()) == set(changed["papers"])


def test_refused(cast: Cast) -> None:
    made = refuse_application(application=submitted(cast), remark="不属本地", by=BY, at=AT)
    assert (made.state, made.remark) == ("refused", "不属本地")
    submitted(cast)  # a further one may come


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"papers": []}, NoStampedForm),
        ({"name": "  "}, Refused),
        ({"name": "厂" * 101}, Refused),
        ({"headcount_declared": 0}, Refused),
        ({"headcount_declared": 2**31}, Refused),
        ({"credit_code": credit_code(1)}, EmployerKnown),
    ],
)
def test_what_is_not_taken(cast: Cast, other: dict[str, Any], refusal: type[Refused]) -> None:
    with pytest.raises(refusal):
        submitted(cast, **other)
    assert not EmployerApplication.objects.exists()


def test_only_offices_take_applications(cast: Cast) -> None:
    for unit in (cast.nation, cast.mill.unit):
        with pytest.raises(MisplacedUnit):
            submitted(cast, office=unit)


def test_one_open_application_for_an_employer(cast: Cast) -> None:
    submitted(cast)
    with pytest.raises(ApplicationOpen):
        submitted(cast)
    other = return_application(application=submitted(cast, credit_code=credit_code(8)), remark="x", by=BY, at=AT)
    with pytest.raises(ApplicationOpen):
        resubmit_application(application=other, **said(cast.county), by=BY, at=AT)


def test_nobody_decides_on_their_own(cast: Cast) -> None:
    made = submitted(cast)
    own = Actor(ActorKind.STAFF, str(made.account_id))
    with pytest.raises(OwnApplication):
        approve_application(application=made, by=own, at=AT)
    for decide in (return_application, refuse_application):
        with pytest.raises(OwnApplication):
            decide(application=made, remark="x", by=own, at=AT)
        with pytest.raises(Refused, match="expected a reason"):
            decide(application=made, remark=" ", by=BY, at=AT)


def test_papers_of_another_matter_stay_where_they_are(cast: Cast) -> None:
    """Else who applied takes them away from the office that has decided by them."""
    made = submitted(cast)
    employer = approve_application(application=made, by=BY, at=AT)
    own = list(made.papers.all())
    with pytest.raises(PapersElsewhere):
        submitted(cast, office=cast.city, name="海市第十厂", credit_code=credit_code(10), papers=own)
    form = paper()
    register_clerk(employer=employer, account=account("周"), name="周一帆", evidence=form, by=BY, at=AT)
    with pytest.raises(PapersElsewhere):
        submitted(cast, office=cast.city, name="海市第十厂", credit_code=credit_code(10), papers=[form])
    paths = StoredFile.objects.filter(pk__in=[form.pk, *(one.pk for one in own)]).values_list("unit_path", flat=True)
    assert set(paths) == {employer.unit_path}


def test_what_stands_against_an_approval(cast: Cast) -> None:
    made = submitted(cast)
    with pytest.raises(CodeTaken):
        approve_application(application=made, code="G3", by=BY, at=AT)
    twin = submitted(cast, credit_code=credit_code(8))
    approve_application(application=twin, by=BY, at=AT)
    with pytest.raises(NameTaken):
        approve_application(application=made, by=BY, at=AT)
    with pytest.raises(IllegalMove):
        approve_application(application=twin, by=BY, at=AT)
    with pytest.raises(IllegalMove):
        return_application(application=twin, remark="x", by=BY, at=AT)
    with pytest.raises(IllegalMove):
        resubmit_application(application=made, **said(cast.county), by=BY, at=AT)


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_one_wins() -> None:
    made, together = submitted(people.cast()), Barrier(2)

    def work(_: int) -> bool:
        try:
            together.wait(timeout=30)
            approve_application(application=made, by=BY, at=AT)
        except IllegalMove:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(work, range(2))) == [False, True]
    assert Employer.objects.filter(credit_code=credit_code(9)).count() == 1


def test_who_sees_applications(cast: Cast) -> None:
    made = submitted(cast)
    desk = as_staff(staff("经办", cast.city, RoleName.ENROLMENT_CLERK))
    elsewhere = as_staff(staff("经办二", cast.other_city, RoleName.ENROLMENT_CLERK))
    applicant = Actor(ActorKind.CLERK, str(made.account_id))
    member = Actor(ActorKind.MEMBER, str(made.account_id))
    assert application_to_review(actor=desk, number=made.number, on=ON) == made
    assert application_for(actor=applicant, number=made.number, on=ON) == made
    assert application_to_mend(actor=applicant, number=made.number, on=ON) == made
    assert list(applications_visible_to(actor=BY, on=ON)) == [made]
    for stranger in (elsewhere, as_staff(cast.reviewer), as_clerk(cast.clerk), member):
        with pytest.raises(NotFound):
            application_for(actor=stranger, number=made.number, on=ON)
    with pytest.raises(NotFound):
        application_to_review(actor=applicant, number=made.number, on=ON)
    with pytest.raises(NotFound):
        application_to_mend(actor=desk, number=made.number, on=ON)


# --- clerks, bound anew -----------------------------------------------------------------------------------------------


def test_a_clerk_takes_anothers_place(cast: Cast) -> None:
    form = paper()
    new = register_clerk(employer=cast.mill, account=account("next"), name="吴双", evidence=form, by=BY, at=AT)
    assert new.evidence == str(form.key)
    form.refresh_from_db()
    assert form.unit_path == cast.mill.unit_path
    assert list(clerks_waiting(among=EmployerClerk.objects.all())) == [new]
    assert list(bound_clerks(among=EmployerClerk.objects.all(), employer=cast.mill.pk)) == [cast.clerk]
    assert bind_clerk(clerk=new, replaces=cast.clerk, by=BY, at=AT).state == "bound"
    cast.clerk.refresh_from_db()
    assert cast.clerk.state == "released"


def test_only_a_bound_clerk_of_the_same_employer_is_replaced(cast: Cast) -> None:
    new = register_clerk(employer=cast.yard, account=account("next"), name="吴双", evidence=paper(), by=BY, at=AT)
    for other in (cast.clerk, new):
        with pytest.raises(NotToReplace):
            bind_clerk(clerk=new, replaces=other, by=BY, at=AT)
    new.refresh_from_db()
    assert new.state == "registered"
    with pytest.raises(Refused, match="expected a reason"):
        release_clerk(clerk=new, reason=" ", by=BY, at=AT)
    assert release_clerk(clerk=new, reason="印章不符", by=BY, at=AT).state == "released"


def test_who_sees_clerks(cast: Cast) -> None:
    new = register_clerk(employer=cast.yard, account=account("next"), name="吴双", evidence=paper(), by=BY, at=AT)
    desk = as_staff(staff("经办", cast.city, RoleName.ENROLMENT_CLERK))
    assert set(clerks_visible_to(actor=desk, on=ON)) == {cast.clerk, new}
    assert list(clerks_visible_to(actor=as_clerk(new), on=ON)) == [new]
    assert clerk_to_review(actor=desk, number=new.number, on=ON) == new
    for stranger in (as_clerk(new), as_staff(cast.reviewer), as_staff(cast.outsider)):
        with pytest.raises(NotFound):
            clerk_to_review(actor=stranger, number=new.number, on=ON)
