"""How the order's page leads a clerk to a channel: a code to scan, an address, a form that one address may take."""

from __future__ import annotations

import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing

from mutualaid.contributions.channels.wechat_identity import Application
from mutualaid.contributions.models import Order
from mutualaid.contributions.simulator import alipay, keys, unionpay, wechat
from mutualaid.web.common.paying import SALT
from tests.people.cast import AT
from tests.web import employers_scene as scene
from tests.web.cast import Web
from tests.web.pages_employers import of_order

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1"
WECHAT = PHONE + " MicroMessenger/8"


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


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Files of real channels, as the environment names them; nobody is called here."""
    found = []
    for name, set_up in (("wechat", wechat.set_up), ("alipay", alipay.set_up), ("unionpay", unionpay.set_up)):
        folder = tmp_path_factory.mktemp(name)
        set_up(folder, "http://127.0.0.1:1", "http://127.0.0.1:1/n")
        found.append(f"{name}={folder / keys.THEIRS}")
    return ",".join(found)


@pytest.mark.parametrize(
    ("browser", "wechat_way", "alipay_way"),
    [
        ("Mozilla/5.0 (X11)", "qr", "page"),
        (PHONE, "mobile", "mobile"),
        (PHONE + " MicroMessenger/8", "jsapi", "mobile"),
        ("Mozilla/5.0 (Windows NT 10.0) WindowsWechat MicroMessenger/7", "jsapi", "page"),
    ],
)
def test_each_browser_is_led_its_own_way(
    web: Web, channels: str, browser: str, wechat_way: str, alipay_way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", channels)
    bill, client = scene.bill(web), web.client("clerk")
    agent = {"user-agent": browser}
    shown = client.get(f"/employers/bills/{bill.number}", headers=agent).content.decode()
    assert ("payer/wechat" in shown) == (wechat_way == "jsapi")  # inside WeChat it must be known first who pays
    for channel, way in (("alipay", alipay_way), ("unionpay", "page"), ("wechat", wechat_way)):
        bill.orders.update(state="closed")
        asked = {"channel": channel, "payer": signing.dumps([bill.number, channel, "o123456"], salt=SALT)}
        assert client.post(f"/employers/bills/{bill.number}/orders", asked, headers=agent).status_code == 302
        made = bill.orders.order_by("id").last()
        assert made is not None
        assert (made.channel, made.way) == (channel, way)
        assert made.back.endswith(f"/channels/{channel}/return?to=%2Femployers%2Fbills%2F{bill.number}")
        assert made.client_address == "127.0.0.1"
        assert made.payer == ("o123456" if way == "jsapi" else None)


def test_who_pays_inside_wechat_is_asked_once_and_only_by_us(
    web: Web, channels: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On to WeChat with a state of this session; back with another one, or with none asked for, nothing is believed."""
    monkeypatch.setenv("MUTUALAID_CHANNELS", channels)
    monkeypatch.setattr(Application, "openid", lambda _self, code: f"o-{code}")
    bill, client = scene.bill(web), web.client("clerk")
    page = f"/employers/bills/{bill.number}/payer/wechat"
    there = client.get(page, headers={"user-agent": WECHAT})["Location"]
    told = parse_qs(urlsplit(there).query)
    assert there.startswith("http://127.0.0.1:1/connect/oauth2/authorize?")
    assert there.endswith("#wechat_redirect")
    assert told["scope"] == ["snsapi_base"]
    assert told["redirect_uri"] == [f"http://testserver{page}"]
    (state,) = told["state"]
    assert (
        client.get(page, {"state": "0" * 32, "code": "c"}).status_code == 302
    )  # asked by somebody else; and it counts once
    assert client.get(page, {"state": state, "code": "c"}).status_code == 302
    (state,) = parse_qs(urlsplit(client.get(page)["Location"]).query)["state"]
    answer = client.get(page, {"state": state, "code": "c"})
    assert (answer.status_code, bill.orders.count()) == (200, 0)  # coming back changes nothing
    payer = answer.context["payer"]
    assert signing.loads(payer, salt=SALT) == [bill.number, "wechat", "o-c"]
    inside = {"user-agent": WECHAT}
    for wrong in ("", payer + "x", signing.dumps(["B0", "wechat", "o-c"], salt=SALT)):
        client.post(f"/employers/bills/{bill.number}/orders", {"channel": "wechat", "payer": wrong}, headers=inside)
    assert bill.orders.count() == 0
    client.post(f"/employers/bills/{bill.number}/orders", {"channel": "wechat", "payer": payer}, headers=inside)
    assert bill.orders.get().payer == "o-c"
    assert client.get(f"/employers/bills/{bill.number}/payer/alipay").status_code == 302  # it asks nobody


def test_the_bridge_gets_what_we_signed(web: Web, order: Order) -> None:
    fields = {"appId": "wx1", "package": "prepay_id=wx42", "paySign": "a+b=="}
    Order.objects.filter(pk=order.pk).update(way="jsapi", pay_fields=fields)
    text, policy = page(web, order)
    assert 'data-bridge="{&quot;appId&quot;: &quot;wx1&quot;' in text
    assert "common/paying.js" in text
    assert "form-action 'self';" in policy


def test_a_channel_that_cannot_be_used_is_left_out(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_CHANNELS", "wechat=none")
    bill, client = scene.bill(web), web.client("clerk")
    assert client.get(f"/employers/bills/{bill.number}").context["offers"] == []
    said = client.post(f"/employers/bills/{bill.number}/orders", {"channel": "wechat"}, follow=True)
    assert "换一种方式或银行转账" in said.content.decode()
    assert bill.orders.count() == 0


def test_the_way_back(web: Web) -> None:
    for method in ("get", "post"):
        client = getattr(web.client("clerk"), method)
        for to, place in (
            ("/members/bills/B1/payment", "/members/bills/B1/payment"),
            ("//evil.example", "/employers/bills"),
        ):
            answer = client(
                f"/channels/unionpay/return?to={to}", {"respCode": "00"} if method == "post" else {"to": to}
            )
            assert (answer.status_code, answer["Location"]) == (303, place)
