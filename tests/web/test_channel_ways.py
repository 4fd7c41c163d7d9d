"""How the order's page leads a clerk to a channel: a code to scan, an address, a form that one address may take."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.contributions.models import Order
from tests.people.cast import AT
from tests.web import employers_scene as scene
from tests.web.cast import Web
from tests.web.pages_employers import of_order

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"


@pytest.fixture
def order(web: Web) -> Order:
    """Opened, and taken by the channel."""
    of_order(web)
    found = web.made["order"]
    found.state, found.expires_at = "pending", AT + datetime.timedelta(minutes=30)
    found.save(update_fields=["state", "expires_at"])
    return found


def page(web: Web, order: Order, **headers: str) -> tuple[str, str]:
    """What the clerk sees, and the policy that came with it."""
    answer = web.client("clerk").get(f"/employers/orders/{order.number}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode(), answer["Content-Security-Policy"]


def test_a_code_to_scan(web: Web, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(pay_code="weixin://wxpay/bizpayurl?pr=abc", pay_address="")
    text, policy = page(web, order)
    assert 'src="data:image/svg+xml' in text
    assert "二维码" in text
    assert "form-action 'self';" in policy
    assert "hx-trigger" in text


def test_a_form_that_is_posted_to_the_channel_alone(web: Web, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(
        pay_address="https://gateway.example/front.do", pay_fields={"orderId": "B1x1", "signature": "a+b=="}
    )
    text, policy = page(web, order)
    assert '<form method="post" action="https://gateway.example/front.do">' in text
    assert 'name="signature" value="a+b=="' in text
    assert "form-action 'self' https://gateway.example;" in policy
    assert "hx-trigger" not in text  # no fragment takes the form's place
    fragment, policy = page(web, order, hx_request="true")
    assert "gateway.example" not in fragment
    assert "form-action 'self';" in policy


def test_an_address_to_open(web: Web, order: Order) -> None:
    Order.objects.filter(pk=order.pk).update(pay_address="https://openapi.example/gateway.do?sign=x")
    assert 'href="https://openapi.example/gateway.do?sign=x"' in page(web, order)[0]


@pytest.mark.parametrize(
    ("browser", "way"), [("Mozilla/5.0 (X11)", "page"), (PHONE, "mobile"), (PHONE + " MicroMessenger", "page")]
)
def test_a_phone_is_led_otherwise(web: Web, browser: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", "neutral=none")
    bill = scene.bill(web)
    answer = web.client("clerk").post(
        f"/employers/bills/{bill.number}/orders", {"channel": "neutral"}, headers={"user-agent": browser}
    )
    assert answer.status_code == 302
    made = bill.orders.get()
    assert made.way == way
    assert made.back.endswith("/channels/neutral/return")
    assert made.client_address == "127.0.0.1"


def test_the_way_back(web: Web) -> None:
    for method in ("get", "post"):
        answer = getattr(web.client("clerk"), method)("/channels/unionpay/return", {"respCode": "00"})
        assert (answer.status_code, answer["Location"]) == (303, "/employers/bills")
