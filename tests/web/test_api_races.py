"""Two calls with one key at once: one effect; and a process that dies in the middle leaves nothing done."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from mutualaid.claims.models import Claim
from mutualaid.claims.queries import stands
from mutualaid.enrolment.models import Enrolment
from mutualaid.people.models import ApiCall

if TYPE_CHECKING:
    from tests.web.api_scene import Api
    from tests.web.conftest import Clock

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


@pytest.fixture
def api(transactional_db: None, web_clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    from tests.web import api_scene

    return api_scene.api()


def test_many_at_once_with_one_key_have_one_effect(api: Api) -> None:
    start = threading.Barrier(AT_ONCE)
    answers: list[Any] = []

    def ask() -> None:
        try:
            start.wait(30)
            answers.append(api.post("/rosters", api.roster(8), idempotency_key="one-key-for-all"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Enrolment.objects.count() == 1
    made = [answer for answer in answers if answer.status_code == 201]
    assert len(answers) == AT_ONCE
    assert len({answer.content for answer in made}) == 1
    assert sum(not answer.has_header("Idempotent-Replayed") for answer in made) == 1
    for answer in answers:
        if answer.status_code != 201:
            assert (answer.status_code, answer.json()["code"]) == (409, "still_running")
            assert int(answer["Retry-After"]) > 0


def test_a_claim_sent_many_times_at_once_is_one_claim(api: Api, web_clock: Clock) -> None:
    from tests.web.claims_scene import DAYS, sent, with_claims

    with_claims(api)
    web_clock.forward(days=DAYS)
    start = threading.Barrier(AT_ONCE)
    answers: list[Any] = []

    def ask(number: int) -> None:
        """Half of them with one key, the others with keys of their own: the member's lock puts those in order."""
        key = "one-key-for-all" if number % 2 else f"a-key-of-its-own-{number}"
        try:
            start.wait(30)
            answers.append((key, api.post("/claims", sent(api), token=api.city_token, idempotency_key=key)))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == AT_ONCE
    made = {key: answer.json()["number"] for key, answer in answers if answer.status_code == 201}
    waiting = [answer.json()["code"] for _, answer in answers if answer.status_code != 201]
    assert set(waiting) <= {"still_running"}
    assert Claim.objects.count() == len(set(made.values())) == 1 + AT_ONCE // 2
    # One event sent under several keys is looked at by a person, and nothing is used up beyond the cap of 1000.00.
    assert Claim.objects.exclude(same_as=None).count() == AT_ONCE // 2
    found = [stands(claim=one) for one in Claim.objects.all()]
    assert sum((one.total for one in found if one is not None), Decimal(0)) <= 1000


def test_while_one_works_another_is_told_to_wait(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from mutualaid.enrolment.actions.rosters import begin_with_roster as begin
    from mutualaid.web.api import rosters

    inside, go_on = threading.Event(), threading.Event()

    def slow(**told: Any) -> Any:
        inside.set()
        assert go_on.wait(30)
        return begin(**told)

    monkeypatch.setattr(rosters, "begin_with_roster", slow)
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(api.post("/rosters", api.roster(8), idempotency_key="one-key-for-all"))
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    assert inside.wait(30)
    waiting = api.post("/rosters", api.roster(8), idempotency_key="one-key-for-all")
    other = api.post("/rosters", api.roster(10), idempotency_key="one-key-for-all")
    go_on.set()
    thread.join(60)
    assert (waiting.status_code, waiting.json()["code"], waiting["Retry-After"]) == (409, "still_running", "2")
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    assert answers[0].status_code == 201


def test_what_failed_half_way_is_done_by_whoever_asks_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from mutualaid.web.api import calls

    def dies(**_: Any) -> Any:
        raise RuntimeError("the process dies after the work and before its answer is kept")

    with monkeypatch.context() as broken:
        broken.setattr(calls, "answer_call", dies)
        assert api.post("/rosters", api.roster(8), idempotency_key="one-key-for-all").status_code == 500
    assert Enrolment.objects.count() == 0
    assert ApiCall.objects.get().answered_at is None
    again = api.post("/rosters", api.roster(8), idempotency_key="one-key-for-all")
    assert again.status_code == 201
    assert not again.has_header("Idempotent-Replayed")
    assert Enrolment.objects.count() == 1
