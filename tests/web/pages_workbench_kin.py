"""管理端, next of kin to be checked, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.claims.actions.kin_checking import refuse_kinship
from tests.people.cast import as_staff
from tests.web import kin_made as made
from tests.web.cast import Web
from tests.web.questions import Page

WHO = ("reviewer", "enrolment_clerk", "service_specialist")
WRONG = ("finance", "senior_reviewer", "analyst", "system_admin", "clerk", "member")
STRANGERS = ("outsider", "far_clerk")


def of(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"workbench:{name}", args=[web.made["kinship"].number])


def paper(web: Web) -> str:
    """A page of the proof."""
    return reverse("workbench:kin_paper", args=[web.made["kinship"].number, web.made["kin_paper"].file.key])


def refused(web: Web) -> None:
    """A colleague was quicker."""
    checker = as_staff(web.people.reviewer)
    refuse_kinship(kinship=web.made["kinship"], reason="unproven", by=checker, at=web.at)


def decided(label: str, **data: Any) -> Page:
    """An answer."""
    return Page("workbench:kin_decision", WHO, WRONG, of("kin_decision"), "post", lambda web: data, strangers=STRANGERS,
                wrong_state=refused, arrange=made.submitted, expects=302, shows="/workbench/kin/Q", label=label)  # fmt: skip


PAGES = [
    Page("workbench:kin_requests", WHO, WRONG, arrange=made.submitted, shows="顾怀远"),
    Page("workbench:kin_requests_export", WHO, WRONG, arrange=made.submitted),
    Page("workbench:kin_request", WHO, WRONG, of("kin_request"), strangers=STRANGERS, arrange=made.submitted,
         wrong_state="a request is shown in every state", shows="登记的会员"),
    decided("accepted", outcome="accept"),
    decided("returned", outcome="return", text="结婚证照片不清楚"),
    decided("refused", outcome="refuse", reason="unproven"),
    Page("workbench:kin_paper", WHO, WRONG, paper, strangers=STRANGERS, arrange=made.submitted, shows="PNG",
         wrong_state="a page stays readable"),
    Page("workbench:kin_ending", WHO, WRONG, of("kin_ending"), strangers=STRANGERS, arrange=made.accepted, shows="终止代办"),
    Page("workbench:kin_ending", WHO, WRONG, of("kin_ending"), "post", strangers=STRANGERS, wrong_state=made.ended,
         arrange=made.accepted, expects=302, shows="/workbench/kin/Q"),
]  # fmt: skip
