"""The pages by which gig workers join, for the five questions: those of everybody, of members and of unions."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.joining_pages import close_joining_page
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON
from tests.web import joining_made as made
from tests.web.cast import Web
from tests.web.questions import Page

CLERK = ("clerk",)
WRONG = ("member", "reviewer", "finance")
STRANGERS = ("other_clerk", "newcomer")


def of_page(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(name, args=[made.page(web).code])


def of_bill(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(name, args=[made.bill(web).number])


def closed(web: Web) -> None:
    with within([EVERYTHING]):
        close_joining_page(page=made.page(web), by=BY, at=AT)


def person(web: Web) -> dict[str, Any]:
    return {**rider(60), "phone": "13900000123", "work": "rider", "option": "按天", "agree": "on"}


def a_plan(web: Web) -> dict[str, Any]:
    if "rider" not in web.made:
        with within([EVERYTHING]):
            web.made["rider"] = rider_plan(web.people.province, fees=(0, 0, 0))
    return {"plan": web.made["rider"].number, "payer_kind": "member"}


EVERYBODY = "a page that a union publishes is for whoever has its code"

PAGES = [
    Page("members:join", who=("anonymous",), address=of_page("members:join"), strangers=EVERYBODY, shows="免费参加"),
    Page(
        "members:join",
        who=("anonymous",),
        address=of_page("members:join"),
        strangers=EVERYBODY,
        method="post",
        data=person,
        wrong_state=closed,
        label="without short messages",
        expects=409,
        shows="短信验证码",
    ),
    Page(
        "members:join_code",
        who=("anonymous",),
        address=of_page("members:join_code"),
        strangers=EVERYBODY,
        expects=404,
        shows="重新填写",
    ),
    Page(
        "members:join_code",
        who=("anonymous",),
        address=of_page("members:join_code"),
        strangers=EVERYBODY,
        method="post",
        data=lambda web: {"code": "000000", "password": "x"},
        expects=404,
        shows="重新填写",
    ),
    Page(
        "members:bill_payment",
        who=("member",),
        wrong=("clerk", "finance"),
        address=of_bill("members:bill_payment"),
        strangers=("other_member",),
        shows="5.00",
    ),
    Page(
        "members:bill_orders",
        who=("member",),
        wrong=("clerk", "finance"),
        address=of_bill("members:bill_orders"),
        method="post",
        data=lambda web: {"channel": "none"},
        strangers=("other_member",),
        wrong_state="a channel is refused before the state",
        expects=302,
        shows="/members/bills/B",
    ),
    Page(
        "members:bill_order_closing",
        who=("member",),
        wrong=("clerk", "finance"),
        address=of_bill("members:bill_order_closing"),
        method="post",
        strangers=("other_member",),
        wrong_state="without an open order nothing is closed",
        expects=302,
        shows="/members/bills/B",
    ),
    Page(
        "members:bill_payer",
        who=("member",),
        wrong=("clerk", "finance"),
        address=lambda web: reverse("members:bill_payer", args=[made.bill(web).number, "none"]),
        strangers=("other_member",),
        expects=302,
        shows="/members/bills/B",
    ),
    Page("common:certificate_check", ("anonymous",), shows="16 位核验码"),
    Page(
        "common:certificate",
        ("anonymous",),
        address=made.certificate,
        strangers="who has the code has the paper",
        shows="林**",
    ),
    Page("members:move", who=("member",), wrong=("clerk", "finance"), arrange=made.rider_here, shows="确认转到这里"),
    Page(
        "members:move",
        who=("member",),
        wrong=("clerk", "finance"),
        arrange=made.rider_here,
        method="post",
        data=lambda web: {
            "q": "",
            "to": web.people.far.unit.code,
            "from_on": (ON + datetime.timedelta(days=3)).isoformat(),
        },
        wrong_state="who has left already finds nothing to move",
        expects=302,
        shows="/members/profile",
    ),
    Page("employers:joining_pages", who=("clerk", "newcomer"), wrong=WRONG, shows="扫码参加"),
    Page("employers:joining_page_new", who=CLERK, wrong=WRONG, arrange=a_plan, shows="骑手意外互助"),
    Page(
        "employers:joining_page_new",
        who=CLERK,
        wrong=WRONG,
        method="post",
        arrange=a_plan,
        data=a_plan,
        expects=302,
        shows="/employers/joining/",
    ),
    Page(
        "employers:joining_page",
        who=CLERK,
        wrong=WRONG,
        address=of_page("employers:joining_page"),
        strangers=STRANGERS,
        shows="data:image/svg+xml",
    ),
    Page(
        "employers:joining_page_closing",
        who=CLERK,
        wrong=WRONG,
        address=of_page("employers:joining_page_closing"),
        strangers=STRANGERS,
        shows="确认关闭",
    ),
    Page(
        "employers:joining_page_closing",
        who=CLERK,
        wrong=WRONG,
        method="post",
        address=of_page("employers:joining_page_closing"),
        strangers=STRANGERS,
        wrong_state=closed,
        expects=302,
        shows="/employers/joining/",
    ),
]
