"""The reviewers' workbench for the five questions."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from mutualaid.claims.actions.letters import issue_letter
from mutualaid.claims.actions.reviewing import withdraw_claim
from mutualaid.claims.actions.rules import propose_review_rule
from mutualaid.claims.models import Claim, PapersWanted, ReviewTask, RuleProposal
from tests.claims.scene import CLAIMED
from tests.people.cast import AT, BY
from tests.web import reviews_made as made
from tests.web.cast import Web
from tests.web.questions import Page

REVIEW = ("reviewer", "senior_reviewer")
SEE = ("reviewer", "senior_reviewer", "service_specialist", "enrolment_clerk", "finance")
NOT_SEE = ("analyst", "system_admin", "audit_admin", "clerk", "member")
NOT_REVIEW = ("finance", "enrolment_clerk", *NOT_SEE)
COUNTER = ("reviewer", "enrolment_clerk", "service_specialist")
NOT_COUNTER = ("finance", "analyst", "system_admin", "clerk", "member")
RULES = ("senior_reviewer", "system_admin")
NOT_RULES = ("reviewer", "finance", "analyst", "clerk", "member")
FAR = ("outsider",)
DAYS = {"from_on": "2025-03-03", "last_on": "2025-03-07"}


def listed(name: str, who: tuple[str, ...], wrong: tuple[str, ...], shows: str = "", arrange: Any = made.one) -> Page:
    """A list."""
    return Page(f"workbench:{name}", who, wrong, arrange=arrange, shows=shows)


def of(name: str, make: Any = made.one, *more: str) -> Any:
    """The address of a page of the claim."""
    return lambda web: reverse(f"workbench:{name}", args=[make(web).number, *more])


def _withdrawn(web: Web) -> None:
    withdraw_claim(claim=made.one(web), by=BY, at=CLAIMED)


def act(name: str, data: Any = None, *, arrange: Any = made.one, wrong_state: Any = _withdrawn, **more: Any) -> Page:
    """Something done with the claim."""
    told: dict[str, Any] = {"who": REVIEW, "wrong": NOT_REVIEW, "strangers": FAR, "shows": "/workbench/claims", **more}
    return Page(
        f"workbench:{name}", address=of(name), method="post", data=lambda web: {"seen": "1", **(data(web) if data else {})},
        arrange=arrange, wrong_state=wrong_state, expects=302, **told,
    )  # fmt: skip


def _contact(web: Web) -> dict[str, Any]:
    return {"words": ["invoice"], "text": "不清楚", "contact": web.people.reviewer.account.name}


def _needs_two(web: Web) -> Claim:
    if "claim" not in web.made:
        web.made["claim"] = made.waiting(web, "15000.00")
    return made.one(web)


def _facts(web: Web) -> dict[str, Any]:
    from mutualaid.web.workbench.claim_forms import typed_of

    return {"reason": "票据", **{f"fact-{name}": value for name, value in typed_of(made.one(web)).items()}}


def _nothing_due(web: Web) -> Claim:
    if "claim" not in web.made:
        web.made["claim"] = made.waiting(web, "50.00")
    return made.one(web)


def _lettered(web: Web) -> None:
    issue_letter(claim=made.approved(web), number=1, by=BY, at=CLAIMED)


def _page_of_paper(web: Web) -> str:
    claim = made.with_papers(made.one(web)) if not made.one(web).papers.exists() else made.one(web)
    paper = claim.papers.select_related("file").order_by("id").first()
    assert paper is not None
    return reverse("workbench:claim_paper", args=[claim.number, paper.file.key])


def _done(web: Web) -> None:
    ReviewTask.objects.update(state="done", answer="已答复", closed_at=AT, changed=False)


def _rule(web: Web) -> None:
    from mutualaid.claims.models import ReviewRule

    ReviewRule.objects.get_or_create(office=web.people.city, family="", amount_from=5000)


def _proposed(by: str) -> Any:
    """A change of the city's rules that waits for an answer, made once."""

    def arrange(web: Web) -> None:
        if "proposal" not in web.made:
            web.made["proposal"] = propose_review_rule(
                office=web.people.city, family="", amount_from=Decimal(5000), confirmed_by_employer=False,
                first_review=True, final_review=True, elsewhere=False, days=5, reason="两人看", by=web.actor(by), at=AT,
            )  # fmt: skip

    return arrange


def _proposal_at(name: str, by: str) -> Any:
    def address(web: Web) -> str:
        _proposed(by)(web)
        return reverse(f"workbench:{name}", args=[web.made["proposal"].number])

    return address


def _answered(web: Web) -> None:
    row = web.made["proposal"]
    RuleProposal.objects.filter(pk=row.pk).update(state="withdrawn", closed_by=row.proposed_by, closed_at=AT)


def _confirming(web: Web) -> Claim:
    """A claim that waits for its employer, whose days are over."""
    from mutualaid.claims.models import ReviewRule

    if "claim" not in web.made:
        made.scene(web)
        ReviewRule.objects.create(office=web.people.city, confirmed_by_employer=True)
        claim = made.one(web)
        Claim.objects.filter(pk=claim.pk).update(due_on=AT.date() - datetime.timedelta(days=9))
    return made.one(web)


def rule(**more: str) -> Any:
    """A rule as it is sent."""
    return lambda web: {
        "office": "4505",
        "family": "",
        "amount_from": "5000",
        "first_review": "on",
        "days": "5",
        "reason": "两人看",
        **more,
    }


ANSWER = ("second_reviewer",)
LISTS = (
    listed("claims", REVIEW, NOT_REVIEW, "880.00"),
    listed("claims_export", REVIEW, NOT_REVIEW),
    listed("all_claims", SEE, NOT_SEE, "880.00"),
    listed("all_claims_export", SEE, NOT_SEE),
    listed("reviews", REVIEW, NOT_REVIEW, "人工复核", made.objected),
    listed("follow_ups", REVIEW, NOT_REVIEW, "补材料跟进", made.returned),
    listed("absences", REVIEW, NOT_REVIEW, "请假代办"),
    Page(
        "workbench:absences", REVIEW, NOT_REVIEW, method="post", arrange=made.other_reviewer, expects=302,
        data=lambda web: {"deputy": made.other_reviewer(web).account.name, **DAYS}, shows="/workbench/absences",
    ),
)  # fmt: skip
PAGES_OF_A_CLAIM = (
    Page("workbench:claim", SEE, NOT_SEE, of("claim"), strangers=FAR, arrange=made.one, shows="880.00"),
    Page("workbench:claim_paper", SEE, NOT_SEE, _page_of_paper, strangers=FAR, arrange=made.one, shows="PNG"),
    Page("workbench:claim_letter", SEE, NOT_SEE, of("claim_letter"), strangers=FAR, arrange=_lettered, shows="%PDF"),
    act("claim_passing", arrange=_needs_two),
    act("claim_approval"),
    act("claim_refusal", arrange=_nothing_due),
    act("claim_exclusion", lambda web: {"reason": "other", "text": "不符"}),
    act("claim_return", _contact),
    act("claim_step_back", lambda web: {"text": "请核对"}),
    act("claim_facts", _facts),
    act("claim_assignment", lambda web: {"to": "-"}),
    act("claim_notes", lambda web: {"text": "已核对"}, wrong_state="a remark may be made of any claim"),
    act(
        "claim_confirmation",
        lambda web: {"confirmed": "yes", "how": "call", "ascertained": "工会主席：在册", "remark": ""},
        arrange=_confirming,
        who=("enrolment_clerk", *REVIEW, "service_specialist"),
        wrong=("finance", "analyst", "system_admin", "clerk", "member"),
    ),
    act("claim_withdrawal", who=COUNTER, wrong=NOT_COUNTER),
)
LATER = (
    Page("workbench:review", ANSWER, NOT_REVIEW, of("review", made.objected, "objection"), strangers=("outsider", "reviewer"),
         arrange=made.objected, shows="自付金额写错了"),
    Page("workbench:review_answer", ANSWER, NOT_REVIEW, of("review_answer", made.objected, "objection"), "post",
         lambda web: {"answer": "维持"}, strangers=("outsider", "reviewer"), wrong_state=_done, arrange=made.objected,
         expects=302, shows="/workbench/reviews"),
    Page("workbench:review_reopening", ANSWER, NOT_REVIEW, of("review_reopening", made.excluded, "objection"), "post",
         lambda web: {"answer": "已查实"}, strangers=("outsider", "reviewer"), wrong_state=_done, arrange=made.excluded,
         expects=302, shows="/workbench/claims/L"),
    Page("workbench:review", REVIEW, NOT_REVIEW, of("review", made.late, "reordered"), strangers=FAR, arrange=made.late,
         shows="按住院先后，各申请的变动"),
    Page("workbench:review_answer", REVIEW, NOT_REVIEW, of("review_answer", made.late, "reordered"), "post",
         lambda web: {"answer": "按规则调整"}, strangers=FAR, wrong_state=_done, arrange=made.late, expects=302,
         shows="/workbench/reviews"),
    Page("workbench:follow_up", REVIEW, NOT_REVIEW, of("follow_up", made.returned), strangers=FAR, arrange=made.returned,
         shows="票据不清楚"),
    Page("workbench:follow_up_reminder", REVIEW, NOT_REVIEW, of("follow_up_reminder", made.returned), "post", strangers=FAR,
         wrong_state=lambda web: PapersWanted.objects.update(reminded_at=AT), arrange=made.returned, expects=302,
         shows="/workbench/follow-ups/L"),
    Page("workbench:review_rules", RULES, NOT_RULES, arrange=made.one, shows="审核规则"),
    Page("workbench:review_rules", RULES, NOT_RULES, method="post", data=rule(final_review="on"), arrange=made.one,
         strangers="offices of others are in the tests of the page", expects=302, shows="office=4505"),
    Page("workbench:review_rule_end", RULES, NOT_RULES, method="post", data=lambda web: {
         "office": "4505", "family": "", "amount_from": "5000.00", "reason": "并入上级"}, arrange=_rule, expects=302,
         shows="office=4505"),
    Page("workbench:review_rule_agreement", ("senior_reviewer",), ("system_admin", *NOT_RULES),
         _proposal_at("review_rule_agreement", "system_admin"), "post", strangers="other offices are in the tests of rules",
         wrong_state=_answered, arrange=_proposed("system_admin"), expects=302, shows="office=4505"),
    Page("workbench:review_rule_refusal", ("senior_reviewer",), ("system_admin", *NOT_RULES),
         _proposal_at("review_rule_refusal", "system_admin"), "post", lambda web: {"reason": "不必"},
         strangers="other offices are in the tests of rules", wrong_state=_answered, arrange=_proposed("system_admin"),
         expects=302, shows="office=4505"),
    Page("workbench:review_rule_withdrawal", ("senior_reviewer",), NOT_RULES,
         _proposal_at("review_rule_withdrawal", "senior_reviewer"), "post", lambda web: {"reason": "写错了"},
         strangers="other offices are in the tests of rules", wrong_state=_answered, arrange=_proposed("senior_reviewer"),
         expects=302, shows="office=4505"),
)  # fmt: skip
PAGES = [*LISTS, *PAGES_OF_A_CLAIM, *LATER]
