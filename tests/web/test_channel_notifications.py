"""The address of notifications: the simulator, a program of its own, sends them to the product's real server code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

from mutualaid.contributions import jobs
from mutualaid.contributions.actions.online import open_order
from mutualaid.contributions.models import Bill, Order, Receipt

if TYPE_CHECKING:
    from tests.contributions.channel import Simulator

PATH = "/channels/neutral/notifications"
pytestmark = pytest.mark.django_db(transaction=True)


class Simulated:
    """The simulator that sends to a server of ours, and the bill to be paid there."""

    def __init__(self, simulator: Simulator, bill: Bill) -> None:
        self.simulator, self.bill = simulator, bill


@pytest.fixture
def bill(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bill:
    """A bill that is open, made by the product's own actions."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    from mutualaid.contributions.actions.bills import take_and_submit
    from mutualaid.enrolment.actions.rosters import begin_with_roster
    from tests.web import api_scene

    api = api_scene.api()
    enrolment = begin_with_roster(
        employer=api.people.mill,
        version=api.version,
        headcount=20,
        told=[api_scene.person(8)],
        by=api_scene.BY,
        at=api_scene.AT,
    )
    made = take_and_submit(enrolment=enrolment, by=api_scene.BY, at=api_scene.AT)
    assert made is not None
    return made


@pytest.fixture
def simulated(bill: Bill, live_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulated]:
    from tests.contributions.channel import Simulator

    simulator = Simulator.start(tmp_path / "channel", notify=f"{live_server.url}{PATH}")
    monkeypatch.setenv("MUTUALAID_CHANNELS", simulator.channels)
    yield Simulated(simulator, bill)
    simulator.stop()


def ordered(scene: Simulated) -> Order:
    """An order that the channel has."""
    from tests.people.cast import BY

    order = open_order(bill=scene.bill, channel="neutral", by=BY, at=timezone.now())
    jobs.send_order(number=order.number, at=timezone.now())
    order.refresh_from_db()
    assert order.state == "pending"
    return order


def test_a_notification_of_the_simulator_pays_the_bill(simulated: Simulated) -> None:
    order = ordered(simulated)
    simulated.simulator.pay(order)
    order.refresh_from_db()
    assert order.state == "paid"
    assert Bill.objects.get(pk=simulated.bill.pk).state == "paid"
    assert Receipt.objects.filter(bill=simulated.bill).count() == 1


def test_told_twice_it_is_paid_once(simulated: Simulated) -> None:
    simulated.simulator.misbehave("twice")
    order = ordered(simulated)
    simulated.simulator.pay(order)
    assert Order.objects.get(pk=order.pk).state == "paid"
    assert Receipt.objects.filter(bill=simulated.bill).count() == 1


def test_a_forged_one_is_refused(simulated: Simulated) -> None:
    simulated.simulator.misbehave("forge")
    order = ordered(simulated)
    simulated.simulator.pay(order)
    assert Order.objects.get(pk=order.pk).state == "pending"
    assert Bill.objects.get(pk=simulated.bill.pk).state == "issued"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", PATH, b"{}", 400),
        ("POST", PATH, b"", 400),
        ("POST", PATH, b" " * 65_537, 413),
        ("POST", "/channels/another/notifications", b"{}", 400),
        ("GET", PATH, b"", 405),
    ],
)
def test_what_is_no_notification_is_refused_without_a_word(
    simulated: Simulated, method: str, path: str, body: bytes, status: int
) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, path, body, content_type="application/json")
    assert (answer.status_code, answer.content) == (status, b"")


def test_what_we_cannot_look_at_is_to_be_sent_again(
    bill: Bill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", f"neutral={tmp_path / 'none.json'}")
    answer = Client().post(PATH, b"{}", content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
