"""A program at the interface, with a plan, a fund and a city around it; and how it calls."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.test import Client

from mutualaid.contributions.actions.bills import open_fund
from mutualaid.enrolment.models import OfficeSetting
from mutualaid.people.actions.clients import make_client
from mutualaid.people.models import ApiClient, Scope, Unit
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import version
from tests.people import cast as people

AT, BY = people.AT, people.BY
EXPIRES_ON = AT.date() + datetime.timedelta(days=300)
FEE = Decimal(100)


@dataclass
class Api:
    """``token`` is of a program of the mill's, with every scope; ``city_token`` of one of the city's."""

    people: people.Cast
    version: PlanVersion
    client: ApiClient
    token: str
    city_token: str
    keys: list[str] = field(default_factory=list)
    begun: str = ""
    claim: str = ""

    def call(self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str) -> Any:
        """One call; a POST has a key of its own unless one is given."""
        told = {name.replace("_", "-").title(): value for name, value in headers.items()}
        if token != "":
            told["Authorization"] = f"Bearer {token or self.token}"
        if method == "POST" and "Idempotency-Key" not in told:
            self.keys.append(f"key-{len(self.keys):08d}")
            told["Idempotency-Key"] = self.keys[-1]
        data = b"" if body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False)
        return client.generic(method, f"/api/v1{path}", data, content_type="application/json", headers=told)

    def get(self, path: str, **more: Any) -> Any:
        """Read."""
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """Write."""
        return self.call("POST", path, {} if body is None else body, **more)

    def roster(self, *orders: int, employer: str = "G1") -> dict[str, Any]:
        """What begins a roster, with persons of these orders."""
        return {"employer": employer, "plan": "example-2025", "headcount": 20, "rows": [person(one) for one in orders]}


def person(order: int, **more: str) -> dict[str, str]:
    """A row."""
    name = f"林晓{'禾苗木水土石山川'[order % 8]}"
    return {"name": name, "identity_number": people.resident_id(order=order), **more}


def token_of(unit: Unit, *scopes: Scope, **more: Any) -> tuple[ApiClient, str]:
    """A program."""
    return make_client(
        name="人事系统", unit=unit, scopes=scopes or tuple(Scope), expires_on=EXPIRES_ON, by=BY, at=AT, **more
    )


def api(*, by_itself: bool = True) -> Api:
    """The scene in a fresh database."""
    cast = people.cast()
    plan = version(cast.province)
    open_fund(
        unit=cast.city,
        account_name="海市职工互助保障专户",
        account_number="6222000011112222",
        bank_name="海市银行",
        by=BY,
        at=AT,
    )
    if by_itself:
        OfficeSetting.objects.create(unit=cast.province, accepts_by_itself=True)
    client, token = token_of(cast.mill.unit)
    _, city_token = token_of(cast.city, calls_a_minute=1_000_000)
    return Api(cast, plan, client, token, city_token)
