"""A platform at the interface: batches by the day, answers for each row, moves between cities, certificates, events."""

from __future__ import annotations

import base64
import datetime
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.contributions.joining_jobs import join_batch
from mutualaid.contributions.models import Bill
from mutualaid.core.models import LongJob
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import Running
from mutualaid.enrolment.actions.joining_pages import open_joining_page
from mutualaid.enrolment.models import Cover, JoiningBatch
from mutualaid.notices.actions.webhooks import make_endpoint
from mutualaid.notices.models import WebhookDelivery
from mutualaid.plans.models import PlanVersion
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON, resident_id
from tests.web.test_api import problem

if TYPE_CHECKING:
    from tests.web.api_scene import Api

DAY = datetime.timedelta(days=1)


@pytest.fixture
def riders(api: Api) -> Api:
    """The scene with a plan for riders."""
    rider_plan(api.people.province)
    return api


def body(*orders: int, **more: Any) -> dict[str, Any]:
    return {
        "employer": "G1",
        "plan": "rider",
        "option": "按天",
        "payer": {"kind": "platform", "name": "示例平台企业"},
        "rows": [rider(order, reference=f"p-{order}", work="rider") for order in orders],
    } | more


def test_a_batch_is_covered_and_billed(riders: Api) -> None:
    answer = riders.post("/joinings", body(40, 42))
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["covered"], told["already"], told["faulty"], told["amount"]) == (2, 0, 0, "2.00")
    assert (told["from_on"], told["until_on"]) == (str(ON + DAY), str(ON + 2 * DAY))
    assert [(one["row"], one["reference"], one["outcome"]) for one in told["rows"]] == [
        (1, "p-40", "covered"),
        (2, "p-42", "covered"),
    ]
    listed = riders.get("/covers?employer=G1").json()["items"]
    assert {one["number"] for one in listed} == {one["cover"] for one in told["rows"]}
    with within([EVERYTHING]):
        bill = Bill.objects.get(number=told["bill"])
        assert (bill.payer_name, bill.payer_kind, bill.holds_cover) == ("示例平台企业", "platform", False)
        assert set(Cover.objects.filter(plan="rider").values_list("state", "work")) == {("begun", "rider")}


def test_each_row_is_answered_in_both_languages(riders: Api) -> None:
    riders.post("/joinings", body(40))
    bad = {"name": "骑手甲", "identity_number": "123"}
    told = riders.post("/joinings", body(40, 42, rows=[rider(40), rider(42), bad])).json()
    assert [one["outcome"] for one in told["rows"]] == ["already", "covered", "faulty"]
    assert told["rows"][0]["cover"]
    assert all(fault["zh"] and fault["en"] for fault in told["rows"][2]["faults"])


def test_the_same_key_does_it_once(riders: Api) -> None:
    first = riders.post("/joinings", body(40), idempotency_key="day-2025-03-02")
    again = riders.post("/joinings", body(40), idempotency_key="day-2025-03-02")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    problem(riders.post("/joinings", body(42), idempotency_key="day-2025-03-02"), 409, "key_reused")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"option": "按周"}, 409, "conflict"),
        ({"employer": "G3"}, 404, "not_found"),
        ({"plan": "nothing"}, 404, "not_found"),
        ({"from_on": "2024-01-01"}, 409, "conflict"),
        ({"rows": []}, 422, "invalid"),
        ({"rows": [rider(40)] * 5001}, 422, "invalid"),
        ({"payer": {"kind": "member"}}, 422, "invalid"),
    ],
)
def test_what_cannot_be_is_refused(riders: Api, more: dict[str, Any], status: int, code: str) -> None:
    problem(riders.post("/joinings", body(40, **more)), status, code)


def test_a_rider_moves_to_another_city(riders: Api) -> None:
    member = riders.post("/joinings", body(40, option="按年")).json()["rows"][0]["member"]
    move = {"employer": "G1", "to": "G3", "from_on": str(ON + 5 * DAY)}
    problem(riders.post(f"/members/{member}/move", move), 404, "not_found")
    with within([EVERYTHING]):
        version = PlanVersion.objects.get(plan="rider")
        open_joining_page(employer=riders.people.far, version=version, by=BY, at=AT)
    answer = riders.post(f"/members/{member}/move", move)
    assert (answer.status_code, answer.json()["from_on"]) == (200, str(ON + 5 * DAY))
    problem(riders.post(f"/members/{member}/move", move), 409, "conflict")
    assert riders.get(f"/covers?member={member}").json()["items"][0]["standing"] == "ahead"


def test_the_certificate(riders: Api) -> None:
    cover = riders.post("/joinings", body(40)).json()["rows"][0]["cover"]
    told = riders.get(f"/covers/{cover}/certificate").json()
    assert base64.b64decode(told["content"]).startswith(b"%PDF")
    problem(riders.get("/covers/C9999999999/certificate"), 404, "not_found")


def test_programs_are_told_of_covers_that_begin(riders: Api) -> None:
    make_endpoint(client=riders.client, address="https://platform.example/hook", events=["covers.begun"], by=BY, at=AT)
    told = riders.post("/joinings", body(40, 42)).json()
    with within([EVERYTHING]):
        event = WebhookDelivery.objects.get()
    assert (event.event, event.subject, event.facts["covers"]) == ("covers.begun", told["enrolment"], 2)


def test_a_large_batch_is_done_in_the_background(riders: Api) -> None:
    sent = body(40, 42, rows=[rider(40, reference="p-40"), rider(42), {"name": "骑手甲", "identity_number": "123"}])
    asked = riders.post("/joinings/batches", sent, idempotency_key="batch-2025-03-02")
    assert asked.status_code == 202, asked.content
    again = riders.post("/joinings/batches", sent, idempotency_key="batch-2025-03-02")
    assert (again.json(), again["Location"]) == (asked.json(), asked["Location"])
    place = asked["Location"].removeprefix("/api/v1")
    assert place == f"/joinings/batches/{asked.json()['key']}"
    with within([EVERYTHING]):
        assert JoiningBatch.objects.count() == 1
    assert riders.get(place).json()["state"] == "waiting"
    with within([EVERYTHING]):
        LongJob.objects.update(state="running", takes=1)
        join_batch(Running(LongJob.objects.get(), lambda: False))
    told = riders.get(place).json()
    assert (told["answered"], told["covered"], told["faulty"]) == (3, 2, 1)
    assert [(one["payer"], one["amount"]) for one in told["bills"]] == [("示例平台企业", "2.00")]
    part = riders.get(f"{place}/rows?limit=2")
    assert [(one["row"], one["reference"], one["outcome"]) for one in part.json()["items"]] == [
        (1, "p-40", "covered"),
        (2, "", "covered"),
    ]
    rest = riders.get(f"{place}/rows?limit=2&after={part.json()['next']}").json()
    assert [one["outcome"] for one in rest["items"]] == ["faulty"]
    assert rest["next"] is None
    assert [one["row"] for one in riders.get(f"{place}/rows?outcome=faulty").json()["items"]] == [3]
    problem(riders.get(place, token=riders.city_token), 404, "not_found")
    problem(riders.post("/joinings/batches", body(40, option="按周")), 409, "conflict")
    short = {"name": "骑手", "identity_number": "1"}
    problem(riders.post("/joinings/batches", body(rows=[short] * 40_001)), 409, "conflict")


@pytest.mark.slow
def test_two_thousand_in_one_call(riders: Api) -> None:
    rows = [
        {"name": "骑手甲", "identity_number": resident_id(f"19900{month}{day:02d}", order)}
        for month in range(1, 9)
        for day in range(1, 26)
        for order in range(2, 54, 2)
    ][:2000]
    answer = riders.post("/joinings", body(rows=rows))
    assert answer.status_code == 201, answer.content[:500]
    assert answer.json()["covered"] == 2000
