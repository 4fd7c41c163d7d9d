"""The interface: who may, what is told, what a roster goes through, and how faults are told."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import within
from mutualaid.people.models import ApiCall, ApiClient, Member, Scope

if TYPE_CHECKING:
    from tests.web.api_scene import Api
    from tests.web.conftest import Clock


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"urn:mutualaid:problem:{code}")
    return told


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer mut_k7qm2xb4_wrong", "Bearer mut_林_晓"]
)
def test_without_a_token_there_is_nothing(api: Api, told: str) -> None:
    answer = Client(raise_request_exception=False).get(
        "/api/v1/members", headers={"Authorization": told.encode().decode("latin-1")}
    )
    problem(answer, 401, "unauthenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_opens_until_it_is_over_or_revoked(api: Api, web_clock: Clock) -> None:
    from mutualaid.people.actions.clients import revoke_client
    from tests.web.api_scene import BY

    assert api.get("/members").status_code == 200
    web_clock.forward(days=299)
    assert api.get("/members").status_code == 200
    web_clock.forward(days=1)
    problem(api.get("/members"), 401, "unauthenticated")
    web_clock.forward(days=-300)
    revoke_client(client=api.client, by=BY, at=web_clock.at)
    problem(api.get("/members"), 401, "unauthenticated")


SCOPED = [
    ("members:read", "GET", "/members"),
    ("members:read", "GET", "/members/M1"),
    ("members:write", "POST", "/members/M1/move"),
    ("covers:read", "GET", "/covers/C1/certificate"),
    ("rosters:write", "POST", "/joinings"),
    ("members:write", "POST", "/members/M1/departure"),
    ("covers:read", "GET", "/covers"),
    ("covers:read", "GET", "/covers/C1"),
    ("rosters:read", "GET", "/rosters"),
    ("rosters:read", "GET", "/rosters/E1"),
    ("rosters:write", "POST", "/rosters"),
    ("rosters:write", "POST", "/rosters/E1/rows"),
    ("rosters:write", "POST", "/rosters/E1/submission"),
    ("rosters:write", "DELETE", "/rosters/E1"),
    ("bills:read", "GET", "/bills"),
    ("bills:read", "GET", "/bills/B1"),
    ("claims:read", "GET", "/claims"),
    ("claims:read", "GET", "/claims/L1"),
    ("claims:write", "POST", "/claims"),
    ("claims:write", "POST", "/claims/L1/papers"),
    ("claims:write", "POST", "/claims/L1/submission"),
    ("claims:write", "POST", "/claims/L1/withdrawal"),
]


@pytest.mark.parametrize(("scope", "method", "path"), SCOPED)
def test_each_operation_asks_its_scope(api: Api, scope: str, method: str, path: str) -> None:
    from tests.web.api_scene import token_of

    _, without = token_of(api.people.mill.unit, *(one for one in Scope if one.value != scope))
    problem(api.call(method, path, token=without), 403, "forbidden")
    _, with_it = token_of(api.people.mill.unit, Scope(scope))
    assert api.call(method, path, token=with_it).status_code != 403


def test_a_token_sees_its_branch(api: Api) -> None:
    cast = api.people
    seen = {one["number"] for one in api.get("/members").json()["items"]}
    assert seen == {cast.lin.number}
    assert {one["number"] for one in api.get("/members", token=api.city_token).json()["items"]} == {
        cast.lin.number,
        cast.wei.number,
    }
    problem(api.get(f"/members/{cast.pa.number}", token=api.city_token), 404, "not_found")
    problem(api.get("/members?employer=G2"), 404, "not_found")
    begun = api.post("/rosters", api.roster(employer="G2"), token=api.city_token).json()["number"]
    problem(api.get(f"/rosters/{begun}"), 404, "not_found")
    problem(api.call("DELETE", f"/rosters/{begun}"), 404, "not_found")
    problem(api.post("/rosters", api.roster(employer="G3"), token=api.city_token), 404, "not_found")


def test_programs_are_fenced_by_their_branch(api: Api) -> None:
    with within([api.people.mill.unit.path]):
        assert [one.number for one in ApiClient.objects.all()] == [api.client.number]
    with within([api.people.other_city.path]):
        assert not ApiClient.objects.exists()
        assert not ApiCall.objects.exists()


def test_so_many_calls_a_minute(api: Api, web_clock: Clock) -> None:
    ApiClient.objects.filter(pk=api.client.pk).update(calls_a_minute=2)
    assert [api.get("/plans").status_code for _ in range(2)] == [200, 200]
    answer = api.get("/plans")
    problem(answer, 429, "too_many")
    assert 0 < int(answer["Retry-After"]) <= 60
    web_clock.forward(minutes=1)
    assert api.get("/plans").status_code == 200
    api.client.refresh_from_db()
    assert api.client.last_used_on == web_clock.at.date()


# --- what is told -----------------------------------------------------------------------------------------------------


def test_a_member_is_told_by_as_little_as_will_do(api: Api) -> None:
    told = api.get(f"/members/{api.people.lin.number}").json()
    assert told.pop("changed_at")
    assert told == {
        "number": api.people.lin.number,
        "name": "林晓禾",
        "identity_kind": "resident_id",
        "identity_masked": f"450502********{api.people.lin.identity_number[-4:]}",
        "phone_masked": "+8*******01" if told["phone_masked"].startswith("+") else told["phone_masked"],
        "employer": {"code": "G1", "name": "第1厂工会", "from_on": "2025-03-01"},
    }
    assert "13900000001" not in str(told)


def test_reads_of_persons_stand_in_the_audit_trail(api: Api) -> None:
    api.get("/members?employer=G1")
    api.get(f"/members/{api.people.lin.number}")
    first, second = AuditEntry.objects.filter(what="api_read").order_by("id")
    assert (first.actor_kind, first.actor_key) == ("client", api.client.number)
    assert first.detail == {"resource": "members", "count": 1, "asked": ["employer"]}
    assert second.subject == f"people.member:{api.people.lin.pk}"


def test_what_changed_since(api: Api) -> None:
    from mutualaid.people.actions.members import end_employment
    from tests.web.api_scene import AT, BY

    before = Member.objects.get(pk=api.people.lin.pk).changed_at
    since = (before + datetime.timedelta(microseconds=1)).isoformat().replace("+", "%2B")
    assert api.get(f"/members?changed_since={since}").json()["items"] == []
    end_employment(
        employment=api.people.lin.employments.get(), until_on=AT.date() + datetime.timedelta(days=9), by=BY, at=AT
    )
    assert [one["number"] for one in api.get(f"/members?changed_since={since}").json()["items"]] == [
        api.people.lin.number
    ]


@pytest.mark.parametrize(
    "since", ["1435-06-17T13:25:01+18:49", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_may_be_any_that_can_be_written(api: Api, since: str) -> None:
    assert api.get(f"/members?changed_since={since.replace('+', '%2B')}").status_code == 200


def test_lists_come_in_parts(api: Api) -> None:
    first = api.get("/members?limit=1", token=api.city_token)
    assert first["Link"] == f'</api/v1/members?limit=1&after={api.people.lin.number}>; rel="next"'
    second = api.get(first["Link"][len("</api/v1") : first["Link"].index(">")], token=api.city_token)
    assert [one["number"] for one in second.json()["items"]] == [api.people.wei.number]
    assert second.json()["next"] is None
    assert not second.has_header("Link")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=201", "limit=x", "after=%27", "employer=a%00", "changed_since=2025-03-01",
        "changed_since=2025-03-01T00:00:00", "unknown=1", "limit=1&limit=2",
    ],
)  # fmt: skip
def test_filters_are_held_to_their_form(api: Api, query: str) -> None:
    told = problem(api.get(f"/members?{query}"), 422, "invalid")
    assert told["errors"][0]["in"] == "query"


# --- a roster from beginning to end -----------------------------------------------------------------------------------


def test_a_roster_is_begun_filled_mended_and_handed_in(api: Api) -> None:
    begun = api.post("/rosters", api.roster(8, 10, 10))
    assert begun.status_code == 201, begun.content
    told = begun.json()
    number = told["number"]
    assert begun["Location"] == f"/api/v1/rosters/{number}"
    assert (told["state"], told["persons"], told["staged"]["rows"], told["staged"]["good"]) == ("draft", 0, 3, 2)
    (faulty,) = told["staged"]["faulty"]
    assert (faulty["row"], faulty["faults"][0]["field"]) == (3, "identity_number")
    assert faulty["faults"][0]["en"].startswith("expected one row for a person")
    told = problem(api.post(f"/rosters/{number}/submission"), 409, "conflict")
    assert "1 行有误" in told["detail"]
    mended = api.post(f"/rosters/{number}/rows", {"rows": [api.roster(8)["rows"][0], api.roster(10)["rows"][0]]})
    assert mended.json()["staged"] == {"rows": 2, "good": 2, "faulty": []}
    handed_in = api.post(f"/rosters/{number}/submission")
    assert handed_in.status_code == 200, handed_in.content
    whole = handed_in.json()
    assert (whole["state"], whole["persons"], whole["staged"]) == ("accepted", 2, None)
    bill = api.get(f"/bills/{whole['bill']}").json()
    assert (bill["amount"], bill["persons"], bill["state"], bill["settlements"]) == ("200.00", 2, "issued", [])
    assert [one["number"] for one in api.get("/bills?state=issued").json()["items"]] == [whole["bill"]]
    covers = api.get("/covers?employer=G1&state=pending").json()["items"]
    assert len(covers) == 2
    assert api.get(f"/covers/{covers[0]['number']}").json() == covers[0]
    assert covers[0]["standing"] == "pending"
    problem(api.call("DELETE", f"/rosters/{number}"), 409, "conflict")


def test_faulty_rows_may_be_left_out(api: Api) -> None:
    number = api.post("/rosters", api.roster(8, 8)).json()["number"]
    told = api.post(f"/rosters/{number}/submission", {"leave_out_faulty": True}).json()
    assert (told["state"], told["persons"]) == ("accepted", 1)


def test_a_roster_is_taken_back(api: Api) -> None:
    number = api.post("/rosters", api.roster()).json()["number"]
    answer = api.call("DELETE", f"/rosters/{number}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(f"/rosters/{number}").json()["state"] == "cancelled"
    problem(api.call("DELETE", f"/rosters/{number}"), 409, "conflict")
    problem(api.post(f"/rosters/{number}/rows", {"rows": api.roster(8)["rows"]}), 409, "conflict")
    problem(api.post(f"/rosters/{number}/submission"), 409, "conflict")


def test_two_open_rosters_are_refused(api: Api) -> None:
    assert api.post("/rosters", api.roster()).status_code == 201
    assert "E0" in problem(api.post("/rosters", api.roster()), 409, "conflict")["detail"]


def test_a_paid_bill_says_how(api: Api) -> None:
    from mutualaid.contributions.actions.settling import receive
    from mutualaid.contributions.models import Bill, Fund, Payment, Statement, StatementLine
    from mutualaid.core.models import StoredFile
    from tests.web.api_scene import AT, BY

    number = api.post("/rosters", api.roster(8)).json()["number"]
    bill = Bill.objects.get(number=api.post(f"/rosters/{number}/submission").json()["bill"])
    file = StoredFile.objects.create(
        kind="statement",
        name="a.csv",
        media_type="text/csv",
        size=1,
        sha256="0" * 64,
        at=AT,
        by_kind="staff",
        by_key="1",
    )
    fund = Fund.objects.get()
    statement = Statement.objects.create(fund=fund, file=file, at=AT, lines_read=1, lines_new=1)
    line = StatementLine.objects.create(
        statement=statement, fund=fund, serial="S1", booked_on=AT.date(), amount=bill.amount, payer_name="厂"
    )
    payment = Payment.objects.create(fund=fund, amount=bill.amount, received_on=AT.date(), line=line, at=AT)
    receive(payment=payment, bills=[bill], by=BY, at=AT)
    told = api.get(f"/bills/{bill.number}").json()
    assert told["settlements"] == [{"amount": "100.00", "received_on": "2025-03-01", "way": "bank"}]
    assert (told["state"], bool(told["receipt"])) == ("paid", True)


def test_plans_that_are_offered(api: Api) -> None:
    (plan,) = api.get("/plans?employer=G1").json()["items"]
    assert (plan["plan"], plan["office"], plan["open_today"], plan["units_most"]) == ("example-2025", "45", True, 1)
    assert api.get("/plans").json()["items"] == [plan]


def test_a_member_leaves(api: Api) -> None:
    path = f"/members/{api.people.lin.number}/departure"
    told = api.post(path, {"employer": "G1", "until_on": "2025-03-10"})
    assert told.json() == {
        "member": api.people.lin.number, "employer": "G1", "from_on": "2025-03-01", "until_on": "2025-03-10"
    }  # fmt: skip
    problem(api.post(path, {"employer": "G1", "until_on": "2025-03-11"}), 409, "conflict")
    problem(
        api.post(f"/members/{api.people.wei.number}/departure", {"employer": "G2", "until_on": "2025-03-10"}),
        404,
        "not_found",
    )
    entry = AuditEntry.objects.filter(what="end_employment").latest("id")
    assert (entry.actor_kind, entry.actor_key) == ("client", api.client.number)


# --- once for a key ---------------------------------------------------------------------------------------------------


def test_the_same_key_and_contents_get_the_same_answer(api: Api) -> None:
    first = api.post("/rosters", api.roster(8), idempotency_key="one-and-the-same")
    again = api.post("/rosters", api.roster(8), idempotency_key="one-and-the-same")
    assert (again.status_code, again.content, again["Location"]) == (201, first.content, first["Location"])
    assert again["Idempotent-Replayed"] == "true"
    assert not first.has_header("Idempotent-Replayed")
    assert len(api.get("/rosters").json()["items"]) == 1
    problem(api.post("/rosters", api.roster(10), idempotency_key="one-and-the-same"), 409, "key_reused")
    refused = api.post("/rosters", api.roster(8), idempotency_key="another-one")
    repeated = api.post("/rosters", api.roster(8), idempotency_key="another-one")
    problem(repeated, 409, "conflict")
    assert (repeated.content, repeated["Idempotent-Replayed"]) == (refused.content, "true")
    _others = api.post("/rosters", api.roster(employer="G2"), idempotency_key="one-and-the-same", token=api.city_token)
    assert _others.status_code == 201


@pytest.mark.parametrize("key", ["", "short", "with space in it", "x" * 81])
def test_a_key_is_wanted(api: Api, key: str) -> None:
    problem(api.post("/rosters", api.roster(), idempotency_key=key), 422, "invalid")


def test_answers_are_forgotten_in_time(api: Api, web_clock: Clock) -> None:
    from mutualaid.people.jobs import clear_api_calls

    api.post("/rosters", api.roster(), idempotency_key="one-and-the-same")
    clear_api_calls(at=web_clock.at + datetime.timedelta(hours=47))
    assert ApiCall.objects.count() == 1
    clear_api_calls(at=web_clock.at + datetime.timedelta(hours=49))
    assert ApiCall.objects.count() == 0


# --- faults -----------------------------------------------------------------------------------------------------------


def raw(api: Api, method: str, path: str, body: bytes = b"", media: str = "application/json", **headers: str) -> Any:
    told = {"Authorization": f"Bearer {api.token}", "Idempotency-Key": "a-key-of-a-fault", **headers}
    return Client(raise_request_exception=False).generic(method, path, body, content_type=media, headers=told)


def test_faults_are_problems_never_pages(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    problem(raw(api, "GET", "/api/v1/nothing", Accept="text/html"), 404, "not_found")
    problem(raw(api, "GET", "/api/v2/members", Accept="text/html"), 404, "not_found")
    problem(raw(api, "POST", "/api/anything", Accept="text/html"), 404, "not_found")
    problem(raw(api, "GET", "/api/v1/members/", Accept="text/html"), 404, "not_found")
    wrong = raw(api, "PATCH", "/api/v1/rosters", Accept="text/html")
    problem(wrong, 405, "method_not_allowed")
    assert set(wrong["Allow"].split(", ")) == {"GET", "POST"}
    problem(raw(api, "POST", "/api/v1/rosters", b"{"), 400, "bad_request")
    problem(raw(api, "POST", "/api/v1/rosters", b"\xff"), 400, "bad_request")
    problem(raw(api, "POST", "/api/v1/rosters", b"[" * 200_000), 400, "bad_request")
    problem(
        raw(api, "POST", "/api/v1/rosters", b"a=b", "application/x-www-form-urlencoded"), 415, "unsupported_media_type"
    )
    problem(raw(api, "POST", "/api/v1/rosters", b" " * (5 * 2**20 + 1)), 413, "too_large")
    from mutualaid.web.api import reads

    monkeypatch.setattr(reads, "members_visible_to", lambda **_: 1 // 0)
    told = problem(raw(api, "GET", "/api/v1/members", Accept="text/html"), 500, "server_error")
    assert "detail" not in told


def test_titles_speak_the_language_that_is_asked_for(api: Api) -> None:
    assert problem(api.get("/members/M1"), 404, "not_found")["title"] == "没有找到"
    english = api.get("/members/M1", accept_language="en-GB,zh;q=0.5")
    assert problem(english, 404, "not_found")["title"] == "Not found"
    assert english["Content-Language"] == "en"
    assert "Accept-Language" in english["Vary"]


def test_a_faulty_body_is_told_by_field_without_what_was_sent(api: Api) -> None:
    wrong = api.roster(8) | {"headcount": 0, "more": 1}
    wrong["rows"][0]["name"] = "林\x00晓禾"
    told = problem(api.post("/rosters", wrong), 422, "invalid")
    assert {one["field"] for one in told["errors"]} >= {"body.headcount", "body.more", "body.rows.0.name"}
    assert "晓禾" not in str(told)


def test_get_cannot_write(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from mutualaid.web.api import reads

    def writes(**_: Any) -> Any:
        Member.objects.update(name="x")

    monkeypatch.setattr(reads, "members_visible_to", writes)
    problem(api.get("/members"), 500, "server_error")
    assert Member.objects.filter(name="x").count() == 0


def test_lists_ask_the_database_a_few_times(api: Api, django_assert_max_num_queries: Any) -> None:
    from tests.people.cast import member

    for order in range(20, 70):
        member(api.people.mill, order * 2, f"林晓{'禾苗木水土石山川'[order % 8]}")
    with django_assert_max_num_queries(20):  # with those of token, savepoints and audit
        assert len(api.get("/members?limit=50").json()["items"]) == 50


def test_the_description_is_for_everybody(api: Api) -> None:
    told = Client().get("/api/v1/openapi.json")
    assert told.json()["openapi"].startswith("3.1")
    assert "HttpBearer" not in told.json()["components"]["securitySchemes"]
    assert set(told.json()["paths"]["/api/v1/rosters"]["post"]["responses"]) >= {
        "201",
        "401",
        "409",
        "413",
        "415",
        "429",
    }
    page = Client().get("/api/v1/docs")
    assert (page.status_code, b"swagger-ui" in page.content) == (200, True)
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]
