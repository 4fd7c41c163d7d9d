"""Pages of payouts: few statements however long the list, and no whole account number on any of them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.payouts.actions.batches import make_batch
from tests.claims.scene import published
from tests.people.cast import AT
from tests.web.cast import Web
from tests.web.money_made import fund
from tests.web.pages_workbench_payouts import CARD, by, made, order

STATEMENTS_MOST = 12
FRAME = 14
"""What the session, the guard, the frame of the page and its transaction ask for, whatever the page."""


def test_lists_ask_no_more_for_many(web: Web) -> None:
    found = made(web)
    client = web.client("finance")
    addresses = [
        reverse("workbench:payouts"),
        reverse("workbench:payout_batches"),
        reverse("workbench:payout_batch_new", args=["4505"]),
        reverse("workbench:payout", args=[found["failed"].number]),
    ]

    def counted() -> list[int]:
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as told:
                answer = client.get(address)
            assert answer.status_code == 200
            assert CARD not in answer.content.decode()
            counts.append(len([query for query in told.captured_queries if "SAVEPOINT" not in query["sql"]]))
        return counts

    first = counted()
    many = [order(web, "10.00") for _ in range(30)]
    for one in many[:10]:
        make_batch(fund=fund(web), orders=[one], by=by(web), at=AT)
    assert counted() == first
    assert max(first) <= STATEMENTS_MOST + FRAME


@pytest.mark.parametrize("person", ["finance"])
def test_the_file_is_read_by_finance_and_noted(web: Web, person: str) -> None:
    from mutualaid.core.models import AuditEntry

    released = made(web)["released"]
    answer = web.client(person).get(reverse("workbench:payout_batch_file", args=[released.number]))
    assert answer["Content-Disposition"].endswith(f'"{released.number}.xlsx"')
    assert AuditEntry.objects.filter(what="read_payment_file").count() == 1


def test_plans_stand_with_their_names_where_they_are_published(web: Web) -> None:
    found = made(web)["waiting"]
    told = web.client("finance").get(reverse("workbench:payout", args=[found.number])).content.decode()
    assert "sea-1" in told
    assert "海工住院互助" not in told
    published(web.people.city, "sea-1")
    for address in (reverse("workbench:payout", args=[found.number]), reverse("workbench:ledger_plans")):
        told = web.client("finance").get(address).content.decode()
        assert ("海工住院互助" in told, "sea-1" in told) == (True, True), address
