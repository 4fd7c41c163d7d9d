"""The interface holds to its own description, whatever is sent: schemathesis, with fixed examples, in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.web.api_scene import Api
    from tests.web.conftest import Clock

EXAMPLES, EXAMPLES_LONG = 12, 250


@pytest.fixture
def api(db: None, web_clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Api:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    from tests.web import api_scene

    return api_scene.api()


@pytest.fixture
def description(api: Api) -> Any:
    """The description, asked of the application itself."""
    from mutualaid.web.wsgi import application

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


schema = schemathesis.pytest.from_fixture("description")
how = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}


def holds(case: Any, api: Api) -> None:
    """One call and everything that schemathesis knows to check."""
    case.call_and_validate(headers={"Authorization": f"Bearer {api.city_token}"})


@schema.parametrize()
@settings(max_examples=EXAMPLES, **how)
def test_the_interface_holds_to_its_description(case: Any, api: Api) -> None:
    holds(case, api)


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=EXAMPLES_LONG, **how)
def test_the_interface_holds_to_its_description_for_long(case: Any, api: Api) -> None:
    holds(case, api)
