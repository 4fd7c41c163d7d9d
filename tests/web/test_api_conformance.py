"""The interface holds to its own description, whatever is sent: schemathesis, with fixed examples, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.strategies import just
from schemathesis import GenerationMode

if TYPE_CHECKING:
    from tests.web.api_scene import Api
    from tests.web.conftest import Clock

EXAMPLES, EXAMPLES_LONG = 5, 100
OPERATIONS = [
    *(("GET", f"/{what}") for what in ("members", "covers", "rosters", "bills", "claims", "plans")),
    *(("GET", f"/{what}/{{number}}") for what in ("members", "covers", "rosters", "bills", "claims")),
    *(("POST", f"/rosters{more}") for more in ("", "/{number}/rows", "/{number}/submission")),
    *(("POST", f"/claims{more}") for more in ("", "/{number}/papers", "/{number}/submission", "/{number}/withdrawal")),
    ("POST", "/members/{number}/departure"),
    ("POST", "/members/{number}/move"),
    ("POST", "/joinings"),
    ("POST", "/joinings/batches"),
    ("GET", "/joinings/batches/{key}"),
    ("GET", "/joinings/batches/{key}/rows"),
    ("GET", "/covers/{number}/certificate"),
    ("DELETE", "/rosters/{number}"),
]


@pytest.fixture
def api(db: None, web_clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    from tests.web import api_scene
    from tests.web.claims_scene import DAYS, sent, with_claims

    made = api_scene.api()
    with_claims(made)
    web_clock.forward(days=DAYS)
    made.claim = made.post("/claims", sent(made), token=made.city_token).json()["number"]
    made.begun = made.post("/rosters", made.roster(8), token=made.city_token).json()["number"]
    # From here on the application itself is called, not by Django's client: it would close the connection of the test's rows.
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield made
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def schema() -> Any:
    """The description, asked of the application itself."""
    from mutualaid.web.wsgi import application

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


def holds(method: str, path: str, api: Api, examples: int) -> None:
    """So many calls with what fits the description, as many with what does not; and all that schemathesis knows to check."""
    operation = schema()[f"/api/v1{path}"][method]
    # What is there, where 404 would hide the rest.
    number = {"members": api.people.lin.number, "rosters": api.begun, "claims": api.claim}.get(path.split("/")[1])
    known = {"number": number} if number and "{number}" in path else {}
    how = settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    def called(case: Any, known: dict[str, str]) -> None:
        case.path_parameters.update(known)
        assume(
            not any(value in ([], {}) for value in (case.query or {}).values())
        )  # cannot be sent, so cannot be refused
        case.call_and_validate(headers={"Authorization": f"Bearer {api.city_token}"})

    for mode, told in ((GenerationMode.POSITIVE, known), (GenerationMode.NEGATIVE, {})):
        how(given(case=operation.as_strategy(generation_mode=mode), known=just(told))(called))()


def test_every_operation_is_asked(api: Api) -> None:
    described = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, operations in schema().raw_schema["paths"].items()
        for method in operations
    }
    assert described == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_interface_holds_to_its_description(api: Api, method: str, path: str) -> None:
    holds(method, path, api, EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_interface_holds_to_its_description_for_long(api: Api, method: str, path: str) -> None:
    holds(method, path, api, EXAMPLES_LONG)
