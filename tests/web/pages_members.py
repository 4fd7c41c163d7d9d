"""会员端, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.notices.actions import notify
from mutualaid.notices.models import Notice
from mutualaid.people.actions.members import give_consent, withdraw_consent
from mutualaid.people.actions.own_data import change_bank_card, change_contact, remove_bank_card
from mutualaid.people.consents import current_text
from mutualaid.people.models import Purpose
from tests.people.cast import AT, BY
from tests.web.cast import Web
from tests.web.member_covers import covered
from tests.web.questions import Page

WHO = ("member",)
WRONG = ("clerk", "reviewer", "system_admin")
CARD = "6222020000000000000"


def cover(web: Web) -> None:
    """林晓禾 is covered."""
    covered(web)


def of_cover(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"members:{name}", args=[web.made["cover"].number])


def letter(web: Web) -> None:
    """A notice for 林晓禾."""
    web.made["notice"] = notify(
        account=web.accounts["member"][0],
        portal="member",
        template="cover_begun",
        words={"plan": "示例", "from_on": "2025-02-21", "to_on": "2026-02-20"},
        link="/members/covers",
        by=BY,
        at=AT,
    )


def agreed(web: Web, purpose: Purpose = Purpose.BANK_ACCOUNT) -> None:
    """林晓禾 agreed to a use of her data."""
    version = current_text(purpose).version
    give_consent(member=web.people.lin, purpose=purpose, version=version, by=BY, at=AT)


def carded(web: Web) -> None:
    """林晓禾 has a bank card."""
    agreed(web)
    change_bank_card(member=web.people.lin, bank_card=CARD, by=BY, at=AT)


def cardless(web: Web) -> None:
    """Another page took the card away."""
    remove_bank_card(member=web.people.lin, by=BY, at=AT)


def same_phone(web: Web) -> None:
    """The number is registered already."""
    change_contact(member=web.people.lin, phone="13900000077", by=BY, at=AT)


def same_card(web: Web) -> None:
    """The card is registered already."""
    change_bank_card(member=web.people.lin, bank_card=CARD, by=BY, at=AT)


def withdrawn(web: Web) -> None:
    """The consent was withdrawn on another page."""
    withdraw_consent(member=web.people.lin, purpose=Purpose.MESSAGES, by=BY, at=AT)


def deciding(decision: str) -> Callable[[Web], dict[str, Any]]:
    return lambda web: {"decision": decision, "version": current_text(Purpose.MESSAGES).version}


def messages_page(web: Web) -> str:
    return reverse("members:consent", args=["messages"])


PAGES = [
    Page(
        "members:tenure",
        WHO,
        WRONG,
        of_cover("tenure"),
        strangers=("other_member",),
        arrange=cover,
        shows="连续参加",
        wrong_state="a cover that has not begun has nothing to show, and says so",
    ),
    Page("members:home", WHO, WRONG, shows="您好，林晓禾"),
    Page("members:home", WHO, WRONG, arrange=cover, shows="保障中", label="covered"),
    Page("members:welcome", WHO, WRONG, expects=302, shows="/members/profile/consents/enrolment"),
    Page("members:covers", WHO, WRONG, arrange=cover, shows="示例互助保障"),
    Page(
        "members:cover",
        WHO,
        WRONG,
        address=of_cover("cover"),
        arrange=cover,
        strangers=("other_member",),
        wrong_state="a cover is shown in every state",
        shows="等待期",
    ),
    Page(
        "members:certificate",
        WHO,
        WRONG,
        address=of_cover("certificate"),
        arrange=cover,
        strangers=("other_member",),
        wrong_state="see test_members: none before payment",
    ),
    Page(
        "members:plan",
        WHO,
        WRONG,
        address=lambda web: reverse("members:plan", args=["example-2025"]),
        arrange=cover,
        strangers="plans of the office are for all members there; see test_members for one elsewhere",
        wrong_state="a plan is shown in every state",
        shows="住院补助",
    ),
    Page("members:claims", WHO, WRONG, shows="理赔进度"),
    Page("members:on_paper", WHO, WRONG, arrange=cover, shows="医保结算单"),
    Page("members:notices", WHO, WRONG, arrange=letter, shows="保障已办妥"),
    Page("members:notices_reading", WHO, WRONG, method="post", arrange=letter, expects=302, shows="/members/notices"),
    Page(
        "members:notice",
        WHO,
        WRONG,
        method="post",
        address=lambda web: reverse("members:notice", args=[Notice.objects.get(portal="member").key]),
        arrange=letter,
        strangers=("other_member",),
        wrong_state="reading twice is reading",
        expects=302,
        shows="/members/covers",
    ),
    Page("members:profile", WHO, WRONG, shows="450502********"),
    Page("members:contact", WHO, WRONG, shows="139****0001"),
    Page(
        "members:contact",
        WHO,
        WRONG,
        method="post",
        data=lambda web: {"phone": "139 0000 0077"},
        wrong_state=same_phone,
        expects=302,
        shows="/members/profile",
    ),
    Page("members:bank_card", WHO, WRONG, shows="去看说明"),
    Page(
        "members:bank_card",
        WHO,
        WRONG,
        method="post",
        data=lambda web: {"bank_card": CARD},
        arrange=agreed,
        wrong_state=same_card,
        expects=302,
        shows="/members/profile",
    ),
    Page(
        "members:bank_card_removal",
        WHO,
        WRONG,
        method="post",
        arrange=carded,
        wrong_state=cardless,
        expects=302,
        shows="/members/profile",
    ),
    Page("members:consents", WHO, WRONG, shows="参加互助保障使用个人信息"),
    Page(
        "members:consent",
        WHO,
        WRONG,
        address=messages_page,
        strangers="everybody has their own answer to each",
        wrong_state="a text has no state",
        shows="撤回",
    ),
    Page(
        "members:consent",
        WHO,
        WRONG,
        method="post",
        address=messages_page,
        data=deciding("give"),
        strangers="everybody has their own answer to each",
        wrong_state="agreeing twice is agreeing",
        expects=302,
        shows="/members/profile/consents",
    ),
    Page(
        "members:consent",
        WHO,
        WRONG,
        method="post",
        address=messages_page,
        data=deciding("withdraw"),
        strangers="everybody has their own answer to each",
        arrange=lambda web: agreed(web, Purpose.MESSAGES),
        wrong_state=withdrawn,
        expects=302,
        shows="/members/profile/consents",
        label="withdraw",
    ),
    Page("members:record", WHO, WRONG, shows="登记会员资料"),
    Page("members:help", WHO, WRONG, shows="我能自己一个人参加吗"),
]
