"""A clerk is replaced: by a form with all names, looked at by the office; the former acts until then, and no longer."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from mutualaid.core.row_security import EVERYTHING, own_of, within
from mutualaid.notices.models import Notice
from mutualaid.people.access import employers_visible_to
from mutualaid.people.actions.units import NobodyToReplace, bind_clerk, register_clerk, release_clerk
from mutualaid.people.clerk_form import clerk_form
from mutualaid.people.clerk_models import ClerkTerm, WhyClerk
from mutualaid.people.models import EmployerClerk, RoleName
from mutualaid.people.queries import clerk_history
from tests.people.cast import AT, ON, Cast, account, as_clerk, as_staff, staff

PHONE = "13900000077"


def asked(cast: Cast, *, replaces: str = "周一帆", why: WhyClerk = WhyClerk.LEFT, name: str = "new") -> EmployerClerk:
    """Somebody new asks for the mill."""
    found = account(name)
    by = as_clerk(EmployerClerk(account=found))
    return register_clerk(
        employer=cast.mill,
        account=found,
        name="吴双",
        evidence="form-9",
        phone=PHONE,
        replaces_name=replaces,
        why=why,
        by=by,
        at=AT,
    )


def test_who_replaces_is_bound_and_the_former_released_at_once(cast: Cast) -> None:
    office = staff("经办甲", cast.city, RoleName.ENROLMENT_CLERK)
    new = asked(cast)
    assert (new.term.replaces, new.term.phone) == (cast.clerk, PHONE)
    told = dict(Notice.objects.exclude(template="clerk_bound").values_list("template", "account"))
    assert told == {"clerk_to_review": office.account_id, "clerk_to_be_replaced": cast.clerk.account_id}
    assert list(employers_visible_to(actor=as_clerk(cast.clerk), on=ON)) == [cast.mill]
    bind_clerk(clerk=new, replaces=new.term.replaces, by=as_staff(office), at=AT)
    assert list(employers_visible_to(actor=as_clerk(cast.clerk), on=ON)) == []
    assert list(employers_visible_to(actor=as_clerk(new), on=ON)) == [cast.mill]
    latest, former = clerk_history(among=EmployerClerk.objects.all(), employer=cast.mill.pk)
    assert (latest.term.bound_name, latest.term.bound_at) == ("经办甲", AT)
    assert former.term.released_name == "经办甲"
    assert former.term.released_why == f"换绑，由 {new.number} 接替"


def test_refused_with_a_reason_that_stays(cast: Cast) -> None:
    office = staff("经办甲", cast.city, RoleName.ENROLMENT_CLERK)
    new = asked(cast)
    release_clerk(clerk=new, reason="公章与登记单位不符", by=as_staff(office), at=AT)
    term = ClerkTerm.objects.get(clerk=new)
    assert (term.bound_at, term.released_why, term.released_name) == (None, "公章与登记单位不符", "经办甲")
    cast.clerk.refresh_from_db()
    assert cast.clerk.state == "bound"


def test_a_name_that_is_no_clerks_or_two_clerks_is_left_to_the_office(cast: Cast) -> None:
    assert asked(cast, replaces="查无此人").term.replaces is None
    same = register_clerk(
        employer=cast.mill, account=account("same"), name="周一帆", evidence="f", by=as_clerk(cast.clerk), at=AT
    )
    bind_clerk(clerk=same, by=as_staff(cast.reviewer), at=AT)
    assert asked(cast, name="newer").term.replaces is None
    with pytest.raises(NobodyToReplace):
        asked(cast, replaces=" ", name="newest")


def test_the_form_names_everybody() -> None:
    told = {
        "unit": "第1厂工会", "credit_code": "91450500MA5K00001X", "name": "吴双", "phone": PHONE,
        "office": "海城区工会", "on": ON,
    }  # fmt: skip
    changed = clerk_form(**told, replaces="周一帆", why=WhyClerk.LEFT)  # type: ignore[arg-type]
    assert changed.startswith(b"%PDF-")
    assert changed == clerk_form(**told, replaces="周一帆", why=WhyClerk.LEFT)  # type: ignore[arg-type]
    assert changed != clerk_form(**told, replaces="", why=WhyClerk.MORE)  # type: ignore[arg-type]


def test_what_the_database_keeps(cast: Cast) -> None:
    new = asked(cast)
    for change in ({"why": "other"}, {"replaces_name": ""}, {"released_at": AT, "released_why": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClerkTerm.objects.filter(pk=new.pk).update(**change)
    for told, seen in (
        ([cast.county.path], 2),
        ([cast.other_city.path], 0),
        ([own_of(new.account_id)], 1),
        ([cast.mill.unit.path], 2),
        ([EVERYTHING], 2),
    ):
        with within(told), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM people_clerkterm")
            assert cursor.fetchone() == (seen,), told
    with within([own_of(new.account_id)]):  # who asks does not bind themselves
        assert ClerkTerm.objects.filter(pk=new.pk).update(bound_at=AT + datetime.timedelta(days=1)) == 0
