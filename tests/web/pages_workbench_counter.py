"""The counter's pages – calls, filing from paper, documents, double members – for the five questions."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from mutualaid.claims.actions.desk import add_call_note
from tests.people.cast import AT
from tests.web.cast import Web
from tests.web.questions import Page

SEE = ("enrolment_clerk", "reviewer", "senior_reviewer", "finance", "service_specialist")
NOT = ("analyst", "designer", "system_admin", "audit_admin", "clerk", "member")
FAR = ("far_clerk",)


def called(web: Web) -> None:
    """Somebody called about a member."""
    add_call_note(
        member=web.people.lin, claim=None, caller="本人", subject="问进度", text="已告知", follow_up_on=None,
        by=web.actor("service_specialist"), at=AT,
    )  # fmt: skip


def of_member(name: str) -> Any:
    """The address of a page of the member."""
    return lambda web: reverse(f"workbench:{name}", args=[web.people.lin.number])


CALL = {"caller": "家属", "subject": "补材料", "text": "月底前寄来", "follow_up_on": "2025-03-20"}
CALLS = (
    Page("workbench:calls", SEE, NOT, arrange=called, shows="问进度"),
    Page(
        "workbench:member_calls", SEE, NOT, of_member("member_calls"), arrange=called, strangers=FAR, shows="已告知",
        wrong_state="a member has no state",
    ),
    Page(
        "workbench:member_calls", SEE, NOT, of_member("member_calls"), "post", lambda web: dict(CALL), strangers=FAR,
        expects=302, shows="/calls", wrong_state="a member has no state",
    ),
)  # fmt: skip

PAGES = [*CALLS]
