"""How many statements PostgreSQL gets for a page, all of them: session, bounds, shell and what the page itself asks; and that
what is remembered within a page is not remembered any longer."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mutualaid.core.actors import Actor
from mutualaid.people import access
from mutualaid.people.actions.staff import assign_role, end_role
from mutualaid.people.models import RoleAssignment, RoleName
from mutualaid.people.roles import branches_of_staff, known_of, remembered, remembering
from mutualaid.web.common.bounds import bound, told_of
from tests.people.cast import AT, BY, ON
from tests.web import employers_scene, money_made
from tests.web import pages_workbench_a as made
from tests.web.cast import Web
from tests.web.member_covers import covered

pytestmark = pytest.mark.django_db

MOST = 12
FEWER = {"/employers/": 10}
"""What every clerk sees first."""
WORKBENCH = {
    "enrolment_clerk": ("", "members", "covers", "enrolments", "employers", "clerks", "applications"),
    "finance": ("", "bills", "lines", "orders", "payments", "receipts", "statements", "funds"),
    "senior_reviewer": ("", "plans", "ledger", "plans/approvals"),
    "designer": ("", "plans", "plans/words"),
    "security_admin": ("", "staff", "clients"),
    "audit_admin": ("", "audit"),
}
PAGES = (
    *(("member", f"/members/{page}") for page in ("", "covers", "notices", "profile", "help", "claims")),
    *(("clerk", f"/employers/{page}") for page in ("", "plans", "enrolments", "bills", "clerks", "notices")),
    *((person, f"/workbench/{page}") for person, pages in WORKBENCH.items() for page in pages),
)
"""Each portal's first page and its lists, asked by whom they are for."""


def asked(web: Web, person: str, address: str) -> list[str]:
    """The statements of a page once everything is there that is kept in memory for good."""
    browser = web.client(person)
    assert browser.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as told:
        browser.get(address)
    # A view's transaction is a savepoint here, which ends in two statements; in earnest it ends in one COMMIT.
    return [one["sql"] for one in told if not one["sql"].startswith("ROLLBACK TO")]


def too_many(web: Web, pages: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The pages that ask for too much, and how much."""
    found = {page: asked(web, *page) for page in pages}
    return {page: len(told) for page, told in found.items() if len(told) > FEWER.get(page[1], MOST)}


def test_pages_of_an_empty_union_take_few_statements(web: Web) -> None:
    assert too_many(web, PAGES) == {}


def test_pages_with_rows_take_few_statements(web: Web) -> None:
    covered(web)
    made.application(web)
    made.clerk(web)
    money_made.imported(web, money_made.row("A1"), money_made.row("A2"))
    assert too_many(web, PAGES) == {}


def test_pages_of_an_employer_that_paid_take_few_statements(web: Web) -> None:
    employers_scene.paid(web)
    assert too_many(web, [page for page in PAGES if page[0] == "clerk"]) == {}


# -- what is remembered -----------------------------------------------------------------------------------------------------


def role_of(web: Web, person: str) -> RoleAssignment:
    return RoleAssignment.objects.get(staff__account=web.accounts[person][0])


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(web: Web, web_clock: Any) -> None:
    browser = web.client("enrolment_clerk")
    number = web.people.lin.number
    assert browser.get(f"/workbench/members/{number}").status_code == 200
    role_of(web, "enrolment_clerk").delete()
    assert browser.get(f"/workbench/members/{number}").status_code in (403, 404)
    assert browser.get("/workbench/").status_code == 200
    staff = web.accounts["enrolment_clerk"][0].staff
    assign_role(staff=staff, role=RoleName.ENROLMENT_CLERK, unit=web.people.county, from_on=ON, by=BY, at=AT)
    assert browser.get(f"/workbench/members/{number}").status_code == 200
    web_clock.forward(minutes=1)
    end_role(assignment=role_of(web, "enrolment_clerk"), until_on=ON, by=BY, at=AT)
    assert browser.get(f"/workbench/members/{number}").status_code in (403, 404)


def test_a_transaction_that_writes_asks_anew(web: Web) -> None:
    actor = web.actor("enrolment_clerk")
    told = told_of([web.people.county.path, web.people.city.path], actor)
    known = known_of(actor=actor, on=ON, held=((RoleName.FINANCE, "/9/"),), member=None)
    with bound(told, read_only=False, known=known):
        held = branches_of_staff(actor=actor, on=ON)
        assert held == [web.people.city.path]
        role_of(web, "enrolment_clerk").delete()
        assert branches_of_staff(actor=actor, on=ON) == []
    with bound(told, read_only=True, known=known):
        assert branches_of_staff(actor=actor, on=ON) == ["/9/"]
        assert branches_of_staff(actor=actor, on=ON + datetime.timedelta(days=1)) == []
        with bound(told, read_only=False, known=known):
            assert branches_of_staff(actor=actor, on=ON) == []


def test_roles_are_read_once_for_a_request_that_reads(web: Web, django_assert_num_queries: Any) -> None:
    actor = web.actor("enrolment_clerk")
    with remembering({}), django_assert_num_queries(1):
        assert access.branches_of(actor=actor, on=ON) == [web.people.city.path]
        assert branches_of_staff(actor=actor, on=ON, roles=[RoleName.FINANCE]) == []
        access.units_visible_to(actor=actor, on=ON)
        access.members_visible_to(actor=actor, on=ON)
    with django_assert_num_queries(2):
        access.members_visible_to(actor=actor, on=ON)
        access.members_visible_to(actor=actor, on=ON)


def test_memory_is_of_one_actor_and_ends(web: Web) -> None:
    member, other = web.actor("member"), web.actor("other_member")
    with remembering({}):
        assert access.member_self(actor=member) is access.member_self(actor=member)
        assert access.member_self(actor=other).name == "尉迟安"
        with pytest.raises(access.NotFound):
            access.member_self(actor=Actor(member.kind, "0"))
    assert access.member_self(actor=member) is not access.member_self(actor=member)
    with pytest.raises(ZeroDivisionError), remembering({}):
        remembered("once", lambda: 1 // 0)
    assert remembered("once", lambda: 2) == 2
