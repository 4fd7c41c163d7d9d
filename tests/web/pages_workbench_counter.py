"""The counter's pages – calls, filing from paper, documents, double members – for the five questions."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from mutualaid.claims.actions.confirming import confirm_membership
from mutualaid.claims.actions.desk import add_call_note
from mutualaid.claims.actions.paper import file_from_paper
from mutualaid.claims.models import ClaimPaper, Source
from tests.people.cast import AT
from tests.web.cast import Web
from tests.web.claims_made import TYPED, address, confirming, covered, filed, kept, upload, written
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

COUNTER = ("enrolment_clerk", "service_specialist", "reviewer")
NOT_COUNTER = ("finance", "senior_reviewer", "analyst", "audit_admin", "clerk", "member")
DRAFT: dict[str, Any] = {"key": "claim", "made": written}
FILED: dict[str, Any] = {"key": "filed", "made": filed}


def made(web: Web) -> None:
    """A claim that is complete, not filed."""
    kept(web, "claim", written)


def over(web: Web) -> None:
    """It was filed meanwhile."""
    file_from_paper(claim=kept(web, "claim", written), by=web.actor("enrolment_clerk"), at=AT)


def page_key(claim: Any) -> tuple[Any, ...]:
    """The key of a page of it."""
    return (ClaimPaper.objects.filter(claim=claim, word="invoice").get().file.key,)


def new(web: Web) -> str:
    """For the member."""
    covered(web)
    return reverse("workbench:claim_new") + f"?member={web.people.lin.number}"


def write(name: str, method: str = "get", **more: Any) -> Page:
    """A page on which a claim is written."""
    told: dict[str, Any] = {
        "address": address(f"workbench:{name}", **DRAFT, more=more.pop("more", lambda claim: ())),
        "arrange": made, "strangers": FAR, "wrong_state": "a claim that is filed leads to where it stands", **more,
    }  # fmt: skip
    return Page(f"workbench:{name}", COUNTER, NOT_COUNTER, method=method, **told)


WRITING = (
    Page("workbench:claim_new", COUNTER, NOT_COUNTER, new, strangers=FAR, wrong_state="a member has no state", shows="林晓禾"),
    Page(
        "workbench:claim_new", COUNTER, NOT_COUNTER, new, "post", lambda web: {"source": "counter"}, strangers=FAR,
        wrong_state="a member has no state", expects=302, shows="/writing",
    ),
    Page("workbench:counter_form", COUNTER, NOT_COUNTER, lambda web: "/workbench/counter/forms/inpatient", shows="%PDF",
         strangers="a blank form is nobody's", wrong_state="a blank form has no state"),
    write("writing", shows="费用明细"),
    write("writing", "post", data=lambda web: dict(TYPED), wrong_state=over, expects=302, shows="/papers"),
    write("writing_papers", shows="医疗收费票据"),
    write("writing_papers", "post", data=lambda web: upload(), wrong_state=over, expects=302, shows="/papers"),
    write("writing_paper", more=page_key, shows="PNG"),
    write("writing_paper_removal", "post", more=page_key, wrong_state=over, expects=302, shows="/papers"),
    write("writing_filing", "post", wrong_state=over, expects=302, shows="/filed"),
    write("writing_form", more=lambda claim: ("acknowledgement",), shows="%PDF"),
    Page(
        "workbench:claim_filed", COUNTER, NOT_COUNTER, address("workbench:claim_filed", **FILED), strangers=FAR,
        wrong_state="how it stands is shown in any state", shows="告诉申请人",
    ),
    Page(
        "workbench:claim_calls", SEE, NOT, address("workbench:claim_calls", **FILED), strangers=FAR,
        wrong_state="calls come in any state", shows="来电记录",
    ),
    Page(
        "workbench:claim_calls", SEE, NOT, address("workbench:claim_calls", **FILED), "post", lambda web: dict(CALL),
        strangers=FAR, wrong_state="calls come in any state", expects=302, shows="/calls",
    ),
)  # fmt: skip

DOCUMENTS = (
    Page(
        "workbench:member_documents", SEE, NOT, of_member("member_documents"), strangers=FAR, arrange=covered,
        wrong_state="a member has no state", shows="保障凭证",
    ),
    Page(
        "workbench:document_copy", SEE, NOT,
        lambda web: reverse("workbench:document_copy", args=["acknowledgement", kept(web, "filed", filed).number]), "post",
        strangers=FAR, wrong_state="what was issued stays issued", shows="%PDF",
    ),
)  # fmt: skip

# --- 单位端 -----------------------------------------------------------------------------------------------------------

CLERK, NOT_CLERK, OTHERS = ("clerk",), ("member", "reviewer", "finance"), ("other_clerk",)
OURS: dict[str, Any] = {"key": "ours", "made": lambda web: written(web, Source.EMPLOYER, "clerk")}
ASKED: dict[str, Any] = {"key": "asked", "made": confirming}


def ours(web: Web) -> None:
    """A claim that the clerk wrote, complete."""
    kept(web, **OURS)


def sealed(web: Web) -> None:
    """It was filed meanwhile."""
    file_from_paper(claim=kept(web, **OURS), by=web.actor("clerk"), at=AT)


def employers(name: str, method: str = "get", **more: Any) -> Page:
    """A page on which the clerk writes a claim."""
    told: dict[str, Any] = {
        "address": address(f"employers:{name}", **OURS, more=more.pop("more", lambda claim: ())),
        "arrange": ours, "strangers": OTHERS, "wrong_state": "a claim that is filed leads to where it stands", **more,
    }  # fmt: skip
    return Page(f"employers:{name}", CLERK, NOT_CLERK, method=method, **told)


def answered(web: Web) -> None:
    """Somebody was quicker."""
    told: dict[str, Any] = {"confirmed": True, "remark": "", "by": web.actor("clerk"), "at": AT}
    confirm_membership(claim=kept(web, **ASKED), **told)


def for_lin(name: str) -> Any:
    """The address of a page for the member."""

    def found(web: Web) -> str:
        covered(web)
        return reverse(f"employers:{name}") + f"?member={web.people.lin.number}"

    return found


EMPLOYERS = (
    Page("employers:claims", CLERK, NOT_CLERK, arrange=ours, shows="林晓禾"),
    Page("employers:claim_new", CLERK, NOT_CLERK, for_lin("claim_new"), strangers=OTHERS, shows="委托书",
         wrong_state="a member has no state"),
    Page("employers:claim_new", CLERK, NOT_CLERK, for_lin("claim_new"), "post", strangers=OTHERS, expects=302,
         shows="/writing/papers", wrong_state="a member has no state"),
    Page("employers:mandate", CLERK, NOT_CLERK, for_lin("mandate"), strangers=OTHERS, shows="%PDF",
         wrong_state="a member has no state"),
    employers("claim", shows="办理情况"),
    employers("writing", shows="费用明细"),
    employers("writing", "post", data=lambda web: dict(TYPED), wrong_state=sealed, expects=302, shows="/papers"),
    employers("writing_papers", shows="委托书"),
    employers("writing_papers", "post", data=lambda web: upload(), wrong_state=sealed, expects=302, shows="/papers"),
    employers("writing_paper", more=page_key, shows="PNG"),
    employers("writing_paper_removal", "post", more=page_key, wrong_state=sealed, expects=302, shows="/papers"),
    employers("writing_filing", "post", wrong_state=sealed, expects=302, shows="/employers/claims/L"),
    employers("writing_form", more=lambda claim: ("application",), shows="%PDF"),
    Page("employers:confirmations", CLERK, NOT_CLERK, arrange=lambda web: kept(web, **ASKED), shows="林晓禾"),
    Page("employers:confirmation", CLERK, NOT_CLERK, address("employers:confirmation", **ASKED), strangers=OTHERS,
         shows="确认是", wrong_state="how it stands is shown in any state"),
    Page(
        "employers:confirmation", CLERK, NOT_CLERK, address("employers:confirmation", **ASKED), "post",
        lambda web: {"confirmed": "yes"}, strangers=OTHERS, wrong_state=answered, expects=302,
        shows="/employers/confirmations",
    ),
)  # fmt: skip

PAGES = [*CALLS, *WRITING, *DOCUMENTS, *EMPLOYERS]
