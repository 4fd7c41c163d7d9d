"""Bounds of a request: what a view sees, that a GET cannot write, what is noted of reads, and what faults become."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest
from django.db import connection
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import clear_url_caches, include, path, set_urlconf

from mutualaid.core.models import AuditEntry
from mutualaid.core.places import ROLE
from mutualaid.core.row_security import grant, secured
from mutualaid.people.access import NotFound
from mutualaid.people.actions.units import release_clerk
from mutualaid.people.models import Member, RoleName, Unit
from mutualaid.people.refusals import Refused
from mutualaid.web import urls as product
from mutualaid.web.common.guards import clerks_only, members_only, public, signed_in, staff_only
from mutualaid.web.common.requests import PublicRequest, Request, note_read
from tests.people.cast import AT, BY
from tests.web.cast import Web, sign_in_as
from tests.web.conftest import Clock

pytestmark = pytest.mark.django_db


def seen_rows() -> str:
    """What this connection sees of a table with a policy."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM seen ORDER BY name")
        return " ".join(name for (name,) in cursor.fetchall())


@signed_in
def everything(request: Request) -> HttpResponse:
    return HttpResponse(seen_rows())


@public
def anybody(request: PublicRequest) -> HttpResponse:
    return HttpResponse(seen_rows())


@signed_in
def writes(request: Request) -> HttpResponse:
    Unit.objects.filter(code="CN").update(name="written")
    return HttpResponse("written")


@signed_in
def writes_elsewhere(request: Request) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO seen SELECT 'new', path, NULL FROM people_unit WHERE code = '4501'")
    return HttpResponse("written")


@signed_in
def slow(request: Request) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(3)")
    return HttpResponse("slept")


@signed_in
def reads(request: Request) -> HttpResponse:
    note_read(request, "read_file", Member.objects.get(name="林晓禾"))
    return HttpResponse("read")


@signed_in
def absent(request: Request) -> HttpResponse:
    raise NotFound("没有这个", "no such")


@signed_in
def illegal(request: Request) -> HttpResponse:
    from mutualaid.people.models import EmployerClerk

    clerk = EmployerClerk.objects.get(name="周一帆")
    release_clerk(clerk=clerk, reason="left", by=request.actor, at=request.at)
    release_clerk(clerk=clerk, reason="left", by=request.actor, at=request.at)
    return HttpResponse("twice")


@signed_in
def refused(request: Request) -> HttpResponse:
    Unit.objects.filter(code="CN").update(name="written")
    raise Refused("不行", "no")


@signed_in
def broken(request: Request) -> HttpResponse:
    raise ZeroDivisionError


@staff_only(roles=(RoleName.FINANCE,))
def for_finance(request: Request) -> HttpResponse:
    return HttpResponse("finance")


@members_only
def for_members(request: Request) -> HttpResponse:
    return HttpResponse("member")


@clerks_only
def for_clerks(request: Request) -> HttpResponse:
    return HttpResponse("clerk")


VIEWS: tuple[Callable[..., HttpResponseBase], ...] = (
    *(everything, anybody, writes, writes_elsewhere, slow, reads, absent, illegal, refused, broken),
    *(for_finance, for_members, for_clerks),
)


@pytest.fixture(autouse=True)
def _addresses(settings: object) -> Iterator[None]:
    """The views of this module beside those of the product."""
    module = ModuleType("addresses_of_the_test")
    module.urlpatterns = [  # type: ignore[attr-defined]
        *(path(f"try/{view.__name__}", view) for view in VIEWS),
        path("", include(product)),
    ]
    for handler in ("handler400", "handler403", "handler404", "handler500"):
        setattr(module, handler, getattr(product, handler))
    settings.ROOT_URLCONF = module  # type: ignore[attr-defined]
    clear_url_caches()
    yield
    set_urlconf(None)
    clear_url_caches()


@pytest.fixture
def table(web: Web) -> None:
    """A table with a policy: a row in the county, one in the other city, and one that is the member's own."""
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE; CREATE TABLE seen (name text, path text, member bigint)")
        cursor.execute(str(secured("seen", "path", member="member").sql))
        rows = [
            ("county", web.people.county.path, None),
            ("mill", web.people.mill.unit.path, None),
            ("other-city", web.people.other_city.path, None),
            ("own", "/0/", web.people.lin.pk),
        ]
        cursor.executemany("INSERT INTO seen VALUES (%s, %s, %s)", rows)
        grant()
        cursor.execute(f"SET ROLE {ROLE}")


def get(web: Web, person: str, view: str, method: str = "get") -> HttpResponse:
    return getattr(web.client(person), method)(f"/try/{view}")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("person", "seen"),
    [
        ("reviewer", "county mill"),
        ("outsider", "other-city"),
        ("analyst", "county mill other-city"),
        ("clerk", "mill"),
        ("newcomer", ""),
        ("member", "own"),
        ("other_member", ""),
    ],
)
def test_a_view_that_asks_for_everything_gets_its_branches(web: Web, person: str, seen: str, method: str) -> None:
    assert get(web, person, "everything", method).content.decode() == seen
    assert seen_rows() == "county mill other-city own", "the bounds end with the view"


@pytest.mark.usefixtures("table")
def test_who_is_nobody_sees_nothing(web: Web) -> None:
    assert get(web, "anonymous", "anybody").content == b""


@pytest.mark.usefixtures("table")
def test_a_clerk_who_was_released_sees_nothing_any_more(web: Web) -> None:
    client = web.client("clerk")
    release_clerk(clerk=web.people.clerk, reason="left", by=BY, at=AT)
    assert client.get("/try/everything").content == b""


def test_a_get_that_writes_fails_and_says_so(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert get(web, "reviewer", "writes").status_code == 500
    assert "move the write into a POST" in caplog.text
    assert Unit.objects.get(code="CN").name == "全国总会"


def test_a_post_writes(web: Web) -> None:
    assert get(web, "analyst", "writes", "post").content == b"written"


@pytest.mark.usefixtures("table")
def test_a_post_does_not_write_elsewhere(web: Web, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert get(web, "reviewer", "writes_elsewhere", "post").status_code == 500
    assert "outside the actor's branches" in caplog.text
    assert get(web, "outsider", "writes_elsewhere", "post").status_code == 200


def test_after_a_get_the_connection_writes_again(web: Web) -> None:
    get(web, "finance", "for_finance")
    Unit.objects.filter(code="CN").update(name="written")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_slow_statement_is_told_as_busy(web: Web, settings: object, method: str) -> None:
    settings.STATEMENT_TIMEOUT_MS = 100  # type: ignore[attr-defined]
    answer = get(web, "reviewer", "slow", method)
    assert (answer.status_code, "繁忙" in answer.content.decode()) == (503, True)


def test_reads_of_personal_data_stand_in_the_trail(web: Web) -> None:
    assert get(web, "reviewer", "reads").status_code == 200
    row = AuditEntry.objects.order_by("-id")[0]
    assert (row.what, row.subject, row.actor_key, row.at) == (
        "read_file",
        f"people.member:{web.people.lin.pk}",
        web.actor("reviewer").key,
        AT,
    )


def test_what_is_not_there_is_a_page(web: Web) -> None:
    answer = get(web, "reviewer", "absent")
    assert (answer.status_code, "没有这个" in answer.content.decode()) == (404, True)


def test_a_move_that_cannot_be_made_is_a_page_and_undone(web: Web) -> None:
    answer = get(web, "enrolment_clerk", "illegal", "post")
    assert (answer.status_code, "刷新" in answer.content.decode()) == (409, True)
    web.people.clerk.refresh_from_db()
    assert web.people.clerk.state == "bound"


def test_a_refusal_that_no_view_caught_is_a_page_and_undone(web: Web) -> None:
    answer = get(web, "analyst", "refused", "post")
    assert (answer.status_code, "不行" in answer.content.decode()) == (409, True)
    assert Unit.objects.get(code="CN").name == "全国总会"


def test_what_nobody_foresaw_is_a_page_without_its_cause(web: Web) -> None:
    answer = get(web, "reviewer", "broken")
    assert (answer.status_code, "ZeroDivision" in answer.content.decode()) == (500, False)


@pytest.mark.parametrize(
    ("view", "who", "not_who"),
    [
        ("for_finance", "finance", ("reviewer", "clerk", "member", "newcomer")),
        ("for_members", "member", ("reviewer", "clerk")),
        ("for_clerks", "newcomer", ("reviewer", "member")),
    ],
)
def test_a_view_is_for_its_own(web: Web, view: str, who: str, not_who: tuple[str, ...]) -> None:
    assert get(web, who, view).status_code == 200
    assert {get(web, person, view).status_code for person in not_who} == {403}
    answer = get(web, "anonymous", view)
    portal = {"for_finance": "workbench", "for_members": "members", "for_clerks": "employers"}[view]
    assert answer["Location"] == f"/{portal}/sign-in?next=%2Ftry%2F{view}"


def test_one_account_is_what_it_signed_in_as(web: Web) -> None:
    account, kind = web.accounts["finance"]
    Member.objects.filter(pk=web.people.wei.pk).update(account=account)
    client = web.client("finance")
    assert client.get("/try/for_members").status_code == 403
    sign_in_as(client, account, web.accounts["member"][1])
    assert client.get("/try/for_members").status_code == 200
    assert client.get("/try/for_finance").status_code == 403
    assert kind is web.accounts["reviewer"][1]


def test_a_fragment_sends_the_whole_page_to_sign_in() -> None:
    answer = Client().get(
        "/try/for_members",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/members/covers?page=2"},
    )
    assert answer["HX-Redirect"] == "/members/sign-in?next=%2Fmembers%2Fcovers%3Fpage%3D2"


def test_a_role_that_is_over_opens_nothing(web: Web, web_clock: Clock) -> None:
    web.people.reviewer.roles.update(until_on=AT.date())
    assert get(web, "reviewer", "for_finance").status_code == 403
