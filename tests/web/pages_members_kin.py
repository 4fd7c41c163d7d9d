"""会员端, next of kin, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.claims.actions.kinship import submit_kinship
from mutualaid.people.actions.kin import open_kin_account
from mutualaid.people.identity import IdentityKind
from tests.people.cast import BY
from tests.pictures import PNG
from tests.web import kin_made as made
from tests.web.cast import Web
from tests.web.questions import Page

WHO, WRONG, STRANGERS = ("kin",), ("clerk", "reviewer", "system_admin"), ("other_member", "member")
SHOWN = "a request is shown in every state, or leads to where it stands"


def of(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"members:{name}", args=[web.made["kinship"].number])


def of_page(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"members:{name}", args=[web.made["kinship"].number, web.made["kin_paper"].file.key])


def new_page(web: Web) -> str:
    """Where pages of the proof of kinship are sent."""
    return reverse("members:kinship_paper_new", args=[web.made["kinship"].number, "kinship"])


def photo(web: Web) -> dict[str, Any]:
    """A page."""
    return {"pages": SimpleUploadedFile("结婚证.png", PNG, "image/png")}


def opening(web: Web) -> dict[str, Any]:
    """Who opens an account."""
    return {
        "name": "顾怀远",
        "identity_kind": "resident_id",
        "identity_number": made.HIS_NUMBER,
        "phone": made.HIS_PHONE,
        "password": made.PASSWORD,
        "again": made.PASSWORD,
    }


def taken(web: Web) -> None:
    """The telephone is another account's."""
    open_kin_account(
        name="另一人",
        identity_kind=IdentityKind.RESIDENT,
        identity_number=made.HIS_NUMBER,
        phone=made.HIS_PHONE,
        password=made.PASSWORD,
        by=BY,
        at=web.at,
    )


def three(web: Web) -> None:
    """As many as may wait at once."""
    for _ in range(3):
        made.begun(web)


def submitted_meanwhile(web: Web) -> None:
    """Handed in on another page."""
    submit_kinship(kinship=web.made["kinship"], by=made.by(web), at=web.at)


def asked(name: str, arrange: Callable[[Web], object], shows: str, **more: Any) -> Page:
    """A page that shows a request."""
    given = {"wrong_state": SHOWN, "shows": shows, "strangers": STRANGERS, "address": of(name), **more}
    return Page(f"members:{name}", WHO, WRONG, arrange=arrange, **given)


def answered(name: str, arrange: Callable[[Web], object], leads: str, **more: Any) -> Page:
    """A page to which something is sent."""
    return asked(name, arrange, leads, method="post", expects=302, **more)


PAGES = [
    Page("members:kin_account", ("anonymous",), shows="您的手机号码", strangers="names no object"),
    Page("members:kin_account", ("anonymous",), method="post", data=opening, wrong_state=taken, expects=302,
         shows="/members/kin/new"),
    Page("members:kinships", WHO, WRONG, arrange=made.begun, shows="林晓禾"),
    Page("members:kinship_new", WHO, WRONG, arrange=made.kin, shows="会员为什么不能自己办"),
    Page("members:kinship_new", WHO, WRONG, method="post", data=made.asking, arrange=made.kin, wrong_state=three, expects=302,
         shows="/members/kin/Q"),
    asked("kinship", made.begun, "证明材料"),
    asked("kinship_told", made.begun, "会员姓名"),
    answered("kinship_told", made.proven, "/members/kin/Q", data=made.asking, wrong_state=submitted_meanwhile),
    answered("kinship_paper_new", made.proven, "#paper-kinship", address=new_page, data=photo,
             wrong_state=submitted_meanwhile),
    asked("kinship_paper", made.proven, "PNG", address=of_page("kinship_paper")),
    answered("kinship_paper_removal", made.proven, "#paper-", address=of_page("kinship_paper_removal"),
             wrong_state=submitted_meanwhile),
    answered("kinship_submission", made.proven, "/members/kin/Q", wrong_state=submitted_meanwhile),
    asked("kinship_ending", made.accepted, "终止代办", strangers=("other_member",)),
    answered("kinship_ending", made.accepted, "/members/kin", wrong_state=made.ended, strangers=("other_member",)),
    asked("kin_claim_new", made.accepted, "住院"),
    answered("kin_claim_new", made.accepted, "/visit", data=lambda web: {"kind": "inpatient"}, wrong_state=made.ended),
    Page("members:claim", WHO, WRONG, address=lambda web: reverse("members:claim", args=[web.made["claim"].number]),
         arrange=made.filed, strangers=("other_member",), wrong_state=SHOWN, shows="待初审", label="of next of kin"),
]  # fmt: skip
