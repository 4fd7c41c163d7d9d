"""The five questions for the inbox of staff and their help."""

from __future__ import annotations

from django.urls import reverse

from mutualaid.notices.actions import notify
from tests.people.cast import BY
from tests.web.cast import Web
from tests.web.questions import Page


def _told(web: Web) -> None:
    web.made["notice"] = notify(
        account=web.accounts["reviewer"][0],
        portal="staff",
        template="application_to_review",
        words={"number": "A00000001"},
        link="/workbench/applications",
        by=BY,
        at=web.at,
    )


WHO, WRONG = ("reviewer",), ("clerk", "member")
PAGES = [
    Page("workbench:notices", who=WHO, wrong=WRONG, arrange=_told, shows="消息"),
    Page(
        "workbench:notices",
        method="post",
        who=WHO,
        wrong=WRONG,
        arrange=_told,
        wrong_state="reading twice is reading",
        expects=302,
        shows="/workbench/notices",
    ),
    Page(
        "workbench:notice",
        method="post",
        who=WHO,
        wrong=WRONG,
        arrange=_told,
        address=lambda web: reverse("workbench:notice", args=[web.made["notice"].key]),
        strangers=("outsider",),
        wrong_state="reading twice is reading",
        expects=302,
        shows="/workbench/applications",
    ),
    Page("workbench:help", who=WHO, wrong=WRONG, shows="办事说明"),
]
