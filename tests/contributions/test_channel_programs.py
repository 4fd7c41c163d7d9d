"""The simulators as programs of their own, WeChat Pay's certificates, and who sees days, differences and refunds of channels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from mutualaid.contributions import access, gateway
from mutualaid.contributions.models import ChannelRefund, Difference, Order, Payment, Reconciliation
from mutualaid.core.row_security import within
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from tests.contributions.rivals import PAID, Rival, Scene, standing
from tests.contributions.scene import World
from tests.people.cast import AT, ON, as_staff, staff

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wechat", "alipay", "unionpay", "neutral"])
def test_each_is_a_program_of_its_own(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = [
        sys.executable,
        "-m",
        "mutualaid.contributions.simulator",
        kind,
        "--folder",
        str(tmp_path),
        "--port",
        "18999",
    ]
    with subprocess.Popen(
        [*told, "--fund", "4505", "--late"], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as one:
        try:
            assert one.stdout is not None
            assert one.stdout.readline() == "http://127.0.0.1:18999\n"
            name, _, channels = one.stdout.readline().strip().partition("=")
            monkeypatch.setenv(name, channels)
            assert gateway.channel_names() == [kind]
            found = gateway.channel_for(kind).ask(number="B99999990-1", at=timezone.now())
            assert found.standing == "absent"
            assert (tmp_path / "channel.json").stat().st_mode & 0o077 == 0
        finally:
            one.terminate()
            one.wait(10)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rival]:
    found = Rival.start("wechat", tmp_path_factory.mktemp("certified"), by_certificate=True)
    yield found
    found.stop()


def test_platform_certificates_are_fetched_by_the_worker_alone(
    world: World, certified: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", certified.begin(world.cast.city.code))
    folder = certified.folder / "certificates"
    order = Scene(world, certified).opened()  # the answer is signed by a certificate that we did not have
    assert order.pay_code
    (kept,) = folder.glob("*.pem")
    kept.rename(folder / "away")
    certified.pay(order)
    ((headers, body),) = certified.waiting()
    assert not certified.taken(headers, body)  # nobody is called because of it
    assert list(folder.glob("*.pem")) == []
    (folder / "away").rename(kept)
    assert certified.taken(headers, body)
    assert standing(order) == PAID


def test_a_page_inside_wechat_gets_signed_parameters(
    world: World, certified: Rival, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", certified.begin(world.cast.city.code))
    order = Scene(world, certified).opened(way="jsapi", payer="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
    assert set(order.pay_fields) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert order.pay_fields["package"].startswith("prepay_id=wx42")
    certified.pay(order)
    certified.take()
    assert standing(order) == PAID
    assert (order.payer, order.pay_fields) == (None, {})


@pytest.fixture
def day(world: World) -> Reconciliation:
    """A day with a difference, and a refund under way."""
    order = Order.objects.create(
        number="B77777777-1", bill=world.bill(), channel="wechat", amount=Decimal(9), state="paid", created_at=AT,
        expires_at=AT, paid_at=AT,
    )  # fmt: skip
    payment = Payment.objects.create(fund=world.fund, amount=order.amount, received_on=ON, order=order, at=AT)
    ChannelRefund.objects.create(payment=payment, reference="T1", unit="G1", amount=Decimal(1), created_at=AT)
    made = Reconciliation.objects.create(channel="wechat", fund=world.fund, day=ON, state="differs", compared_at=AT)
    Difference.objects.create(
        reconciliation=made, kind="payment", finding="ours_only", order=order, ours_amount=Decimal(9)
    )
    return made


def test_finance_of_the_branch_alone_sees_them(world: World, day: Reconciliation) -> None:
    far = as_staff(staff("财务远", world.cast.other_city, RoleName.FINANCE))
    found, refund = Difference.objects.get(), ChannelRefund.objects.get()
    assert access.reconciliation_for(actor=world.by, channel="wechat", day=ON, on=ON) == day
    assert access.difference_for(actor=world.by, number=found.number, on=ON) == found
    assert access.channel_refund_for(actor=world.by, number=refund.number, on=ON) == refund
    with pytest.raises(NotFound):
        access.reconciliation_for(actor=far, channel="wechat", day=ON, on=ON)
    with pytest.raises(NotFound):
        access.difference_for(actor=far, number=found.number, on=ON)
    with pytest.raises(NotFound):
        access.channel_refund_for(actor=far, number=refund.number, on=ON)


def test_the_database_shows_only_the_branch(world: World, day: Reconciliation) -> None:
    tables = (Reconciliation, Difference, ChannelRefund)
    with within([world.cast.city.path]):
        assert [table.objects.count() for table in tables] == [1, 1, 1]
    with within([world.cast.other_city.path]):
        assert [table.objects.count() for table in tables] == [0, 0, 0]
    with within([world.cast.mill.unit_path]):  # a clerk of an employer below
        assert [table.objects.count() for table in tables] == [0, 0, 0]


def test_a_channel_file_is_read_by_its_owner_alone(certified: Rival) -> None:
    path = certified.folder / "channel.json"
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text(encoding="utf-8"))["kind"] == "wechat"
