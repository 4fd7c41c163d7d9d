"""Paying a bill at an online channel, from whichever portal: which channels there are and the way that suits the payer's
browser, who
the payer is inside WeChat, and what the page of an order shows. What is done, ``contributions.actions.online`` does."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import segno
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.crypto import constant_time_compare

from mutualaid.contributions import gateway
from mutualaid.contributions.actions.online import open_order
from mutualaid.contributions.models import Bill, Order
from mutualaid.contributions.states import OPEN_ORDERS
from mutualaid.people.refusals import Refused
from mutualaid.web.common.addresses import with_query
from mutualaid.web.common.answers import said
from mutualaid.web.common.middleware import HEADERS
from mutualaid.web.common.requests import Request, address_of

log = logging.getLogger(__name__)
ASKED = "payer_asked"
"""In the session: which channel's app was asked who the payer is, for which bill, and the state that must come back."""
KNOWN_FOR = 600
"""For so many seconds what an app said of the payer counts."""
SALT = "paying.payer"


class CannotPayThere(Refused):
    """The channel is there, and cannot be used now."""

    def __init__(self) -> None:
        super().__init__(
            "这种支付方式应可以使用，现在不能用；请换一种方式或银行转账，并告知工会工作人员",
            "expected this way to pay to be usable, it is not now; take another or a bank transfer, and tell the union",
        )


class NotTold(Refused):
    """The app did not say who the payer is."""

    def __init__(self) -> None:
        super().__init__(
            "微信应告知付款人身份，没有得到；请重新点击支付",
            "expected WeChat to say who pays, it did not; press to pay once more",
        )


@dataclass(frozen=True)
class Offer:
    """A channel as the payer chooses it. ``asks``: its app must say first who they are."""

    name: str
    label: str
    way: gateway.Way
    asks: bool


def offers(request: Request, *, fund: str) -> list[Offer]:
    """The channels of a fund; one that cannot be used is left out, and the log says why."""
    found = []
    for name in gateway.channel_names(fund=fund):
        try:
            channel = gateway.channel_for(name)
        except gateway.ChannelFault as fault:
            log.error("channel %s: %s", name, fault)
            continue
        way = way_of(request, channel.ways)
        found.append(Offer(name, said(channel.zh, channel.en), way, way == "jsapi"))
    return found


def way_of(request: Request, ways: tuple[gateway.Way, ...]) -> gateway.Way:
    """The one of a channel's ways that suits the browser: inside WeChat by its own bridge, on a phone by the channel's app, on a
    desk by a page, or a code to scan."""
    wanted: tuple[gateway.Way, ...] = ("page", "qr", "mobile")
    if inside_wechat(request):
        # H5 payment does not work there; a code can be read from the screen by a long press.
        wanted = ("jsapi", "qr", *(("mobile", "page") if is_phone(request) else ("page", "mobile")))
    elif is_phone(request):
        wanted = ("mobile", "page", "qr")
    return next((way for way in wanted if way in ways), "page")


def is_phone(request: Request) -> bool:
    """Whether the browser is a phone's."""
    return "Mobile" in request.headers.get("User-Agent", "")


def inside_wechat(request: Request) -> bool:
    """Whether the browser is that inside WeChat, on a phone or a desk."""
    return "MicroMessenger" in request.headers.get("User-Agent", "")


def label_of(name: str) -> str:
    """A channel's name for payers; its own word where it is no longer there."""
    try:
        found = gateway.channel_for(name)
    except (gateway.UnknownChannel, gateway.ChannelFault):
        return name
    return said(found.zh, found.en)


def ordered(request: Request, *, bill: Bill, back: str) -> Order:
    """POST ``channel``, inside WeChat also ``payer``: the bill is to be paid there. ``back``: our page for the payer afterwards.
    Raises CannotPayThere, NotTold, UnknownChannel, BillNotOpen, OrderIsOpen."""
    name = request.POST.get("channel", "")
    way: gateway.Way = "page"
    try:
        if name in gateway.channel_names():
            way = way_of(request, gateway.channel_for(name).ways)
    except gateway.ChannelFault as fault:
        log.error("channel %s: %s", name, fault)
        raise CannotPayThere from None
    return open_order(
        bill=bill,
        channel=name,
        way=way,
        payer=_payer(request, bill, name) if way == "jsapi" else "",
        client_address=address_of(request),
        back=request.build_absolute_uri(with_query(f"/channels/{name}/return", to=back)) if name else "",
        by=request.actor,
        at=request.at,
    )


# --- who the payer is, inside WeChat ----------------------------------------------------------------------------------


def payer_page(request: Request, *, bill: Bill, channel: str, orders: str) -> HttpResponse:
    """Without a ``code``: on to the app, which asks nobody anything and comes back here. With one: on to the order, by a form
    that sends itself, since coming back changes nothing. Raises NotTold, CannotPayThere, UnknownChannel."""
    try:
        app = gateway.payers_of(channel)
        if app is None:
            raise CannotPayThere
        if "state" not in request.GET:
            state = secrets.token_hex(16)
            request.session[ASKED] = [channel, bill.number, state]
            return HttpResponseRedirect(app.who_address(back=request.build_absolute_uri(request.path), state=state))
        asked = request.session.pop(ASKED, None)
        told = request.GET.get("state", "")
        if not asked or asked[:2] != [channel, bill.number] or not constant_time_compare(asked[2], told):
            raise NotTold
        who = app.who(code=request.GET.get("code", "")[:200])
    except gateway.ChannelFault as fault:
        log.error("channel %s: %s", channel, fault)
        raise CannotPayThere from None
    except (gateway.Unclear, gateway.NotTaken) as fault:
        log.warning("channel %s: who pays %s is not told: %s", channel, bill.number, fault)
        raise NotTold from None
    payer = signing.dumps([bill.number, channel, who], salt=SALT)
    context = {"bill": bill, "channel": channel, "label": label_of(channel), "payer": payer, "orders": orders}
    return render(request, "common/paying/go_on.html", context)


def _payer(request: Request, bill: Bill, channel: str) -> str:
    try:
        number, name, who = signing.loads(request.POST.get("payer", ""), salt=SALT, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError):
        raise NotTold from None
    if (number, name) != (bill.number, channel):
        raise NotTold
    return str(who)


# --- the page of an order ---------------------------------------------------------------------------------------------


def order_context(request: Request, order: Order) -> dict[str, Any]:
    """How an order stands and what its payer needs; the same for the page and for the fragment that htmx asks for."""
    bridge = order.way == "jsapi" and bool(order.pay_fields)
    form = bool(order.pay_fields and order.pay_address)
    going = order.state in OPEN_ORDERS
    return {
        "order": order,
        "channel": label_of(order.channel),
        "going": going,
        "over": order.expires_at <= request.at,
        "may_give_up": going and not (order.fault or order.given_up_at) and order.expires_at > request.at,
        "picture": _picture(order.pay_code),
        "bridge": json.dumps(order.pay_fields) if bridge else "",
        "form": form,
        # A form is shown by the whole page alone, whose policy lets it be posted; and no fragment takes its place.
        "form_shown": form and not request.htmx,
        "leads_out": bool(order.pay_address) and inside_wechat(request) and not bridge,
    }


def allowed(response: Any, order: Order | None, *, shown: bool) -> Any:
    """The form of this order may be posted to its channel, and to nobody else."""
    if shown and order is not None:
        parts = urlsplit(order.pay_address)
        policy = HEADERS["Content-Security-Policy"]
        places = f"form-action 'self' {parts.scheme}://{parts.netloc};"
        response["Content-Security-Policy"] = policy.replace("form-action 'self';", places)
    return response


def _picture(code: str) -> str:
    """A code to scan, as the address of a picture; empty without one."""
    return segno.make(code, error="m").svg_data_uri(scale=5, border=4, omitsize=False) if code else ""
