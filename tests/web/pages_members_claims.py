"""会员端, the pages of claims, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.claims.actions.signing import ASKED
from mutualaid.people.consents import current_text
from tests.pictures import PNG
from tests.web import member_claims as made
from tests.web.cast import Web
from tests.web.member_covers import covered
from tests.web.questions import Page

WHO = ("member",)
WRONG = ("clerk", "reviewer", "system_admin")
STRANGERS = ("other_member",)
SHOWN = "a page that shows a claim shows it in every state, or leads to where it stands"


def cover(web: Web) -> None:
    """林晓禾 is covered."""
    covered(web)


def of(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"members:{name}", args=[web.made["claim"].number])


def of_paper(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"members:{name}", args=[web.made["claim"].number, web.made["paper"].file.key])


def new_paper(web: Web) -> str:
    """Where pages of the invoice are sent."""
    return reverse("members:claim_paper_new", args=[web.made["claim"].number, "invoice"])


def sent(**data: Any) -> Callable[[Web], dict[str, Any]]:
    return lambda web: dict(data)


def signed(web: Web) -> dict[str, Any]:
    """Both consents and the name."""
    return {"typed": "林晓禾", **{f"consent-{one.value}": current_text(one).version for one in ASKED}}


def covers_lost(web: Web) -> None:
    """The cover was taken back on another page."""
    from mutualaid.enrolment.models import Cover

    Cover.objects.all().update(state="cancelled")


def asked(name: str, arrange: Callable[[Web], object], shows: str, **more: Any) -> Page:
    """A page that shows a claim."""
    return Page(
        f"members:{name}",
        WHO,
        WRONG,
        address=of(name),
        arrange=arrange,
        strangers=STRANGERS,
        **{"wrong_state": SHOWN, "shows": shows, **more},
    )


def answered(name: str, arrange: Callable[[Web], object], leads: str, **more: Any) -> Page:
    """A page to which something is sent."""
    return asked(name, arrange, leads, method="post", expects=302, **more)


def page(web: Web) -> None:
    """A draft with a page."""
    made.paged(web, made.drafted(web), "invoice")


MONEY = {"total": "8000", "fund_paid": "5000", "self_paid": "2400", "out_of_scope": "600"}
STAY = {"started_on": "2025-02-24", "ended_on": "2025-02-27", "hospital": "海市第一医院", "hospital_level": "3"}
ACCOUNT = {"which": "other", "account_number": made.CARD, "bank_name": "邻市银行"}


def a_page(web: Web) -> dict[str, Any]:
    """A photo."""
    return {"pages": SimpleUploadedFile("票据.png", PNG, "image/png")}


PAGES = [
    Page("members:claim_new", WHO, WRONG, arrange=cover, shows="住院了"),
    Page(
        "members:claim_new",
        WHO,
        WRONG,
        method="post",
        data=sent(kind="inpatient"),
        arrange=cover,
        wrong_state=covers_lost,
        expects=302,
        shows="/visit",
    ),
    asked("claim", made.filed, "待初审"),
    asked("claim", made.drafted, "/visit", expects=302, label="a draft goes on"),
    asked("claim_event", made.drafted, "确诊大病"),
    answered("claim_event", made.drafted, "/visit", data=sent(kind="outpatient"), wrong_state=made.withdrawn),
    asked("claim_visit", made.drafted, "入院日期"),
    answered("claim_visit", made.drafted, "/costs", data=sent(**STAY), wrong_state=made.withdrawn),
    asked("claim_costs", made.drafted, "医疗收费票据上的金额"),
    answered("claim_costs", made.drafted, "/papers", data=sent(**MONEY), wrong_state=made.withdrawn),
    asked("claim_papers", made.drafted, "医保结算单"),
    Page(
        "members:claim_paper_new",
        WHO,
        WRONG,
        method="post",
        address=new_paper,
        arrange=made.drafted,
        data=a_page,
        strangers=STRANGERS,
        wrong_state=made.withdrawn,
        expects=302,
        shows="#paper-invoice",
    ),
    Page(
        "members:claim_paper",
        WHO,
        WRONG,
        address=of_paper("claim_paper"),
        arrange=page,
        strangers=STRANGERS,
        wrong_state="a page stays readable",
    ),
    Page(
        "members:claim_paper_removal",
        WHO,
        WRONG,
        method="post",
        address=of_paper("claim_paper_removal"),
        arrange=page,
        strangers=STRANGERS,
        wrong_state=made.withdrawn,
        expects=302,
        shows="#paper-invoice",
    ),
    asked("claim_account", made.drafted, "打到哪张卡"),
    answered("claim_account", made.drafted, "/check", data=sent(**ACCOUNT), wrong_state=made.withdrawn),
    asked("claim_check", made.unsigned, "提交申请"),
    answered(
        "claim_check",
        made.unsigned,
        "/members/claims/L",
        data=signed,
        wrong_state="sent again, it leads to the claim as it stands",
    ),
    asked("claim_withdrawal", made.filed, "要撤回这份申请吗"),
    answered("claim_withdrawal", made.filed, "/members/claims", wrong_state=made.withdrawn),
    asked("claim_review", made.approved, "第二十四条"),
    answered(
        "claim_review", made.approved, "/members/claims/L", data=sent(text="少算了一张票"), wrong_state=made.objected
    ),
    asked("claim_payee", made.came_back, "重新付款到这张卡"),
    answered("claim_payee", made.came_back, "/members/claims/L", data=sent(**ACCOUNT), wrong_state=made.corrected),
    asked("claim_application", made.drafted, "PDF"),
    asked("claim_letter", made.lettered, "PDF"),
]
