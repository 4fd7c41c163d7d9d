"""The plan designer's pages, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.core import papers
from mutualaid.core.models import LongJob
from mutualaid.datacentre.actions import SIMULATE
from mutualaid.plans.actions import discard_plan, draft_plan, publish_plan, submit_plan
from mutualaid.plans.models import PlanVersion
from tests.people.cast import AT, ON
from tests.plans.office import text_of
from tests.web.cast import Web
from tests.web.questions import Page

STAFF = ("designer", "senior_reviewer", "enrolment_clerk", "finance")
NOT_STAFF = ("clerk", "member", "newcomer")
NOT_DESIGNER = ("enrolment_clerk", "finance", "senior_reviewer", "clerk", "member")
NOT_APPROVER = ("enrolment_clerk", "finance", "clerk", "member")
NOT_STUDY = ("enrolment_clerk", "finance", "clerk", "member")
PAGE = "<!DOCTYPE html><html><head><style>p{color:red}</style></head><body>测算</body></html>"


def draft(web: Web) -> PlanVersion:
    """A draft of the city, by the designer of the province."""
    if "draft" not in web.made:
        made = draft_plan(office=web.people.city, text=text_of(), by=web.actor("designer"), at=AT)
        web.made["draft"] = PlanVersion.objects.get(pk=made.pk)
    return web.made["draft"]


def submitted(web: Web) -> PlanVersion:
    """The same, submitted."""
    if PlanVersion.objects.get(pk=draft(web).pk).state == "draft":
        submit_plan(version=draft(web), by=web.actor("designer"), at=AT)
    return draft(web)


def published(web: Web) -> PlanVersion:
    """The same, approved by the city's senior reviewer."""
    submitted(web)
    publish_plan(version=draft(web), offered_from_on=ON, by=web.actor("senior_reviewer"), at=AT)
    return draft(web)


def simulated(web: Web) -> LongJob:
    """A simulation of the draft that is done."""
    if "job" not in web.made:
        by = web.actor("designer")
        file = papers.store(
            content=PAGE.encode(),
            name="simulation.html",
            kind="simulation",
            media_type=papers.HTML,
            unit_path=web.people.city.path,
            ours=True,
            by=by,
            at=AT,
        )
        figures = {
            "before": "a-2025",
            "after": "a-2026",
            "people": 1000,
            "paid_before": "1000.00",
            "paid_after": "900.50",
        }
        web.made["job"] = LongJob.objects.create(
            kind=SIMULATE,
            wanted={"version": draft(web).pk, "year": ""},
            by_kind=by.kind,
            by_key=by.key,
            asked_at=AT,
            state="done",
            result={
                **figures,
                "change": "-99.50",
                "gainers": 3,
                "losers": 12,
                "sentences": ["少付 99.50 元"],
                "invented": True,
                "file": str(file.key),
            },
        )
    return web.made["job"]


def of(name: str, *more: Callable[[Web], Any]) -> Callable[[Web], str]:
    """The address of a page of the draft."""
    return lambda web: reverse(f"workbench:{name}", args=[draft(web).number, *(one(web) for one in more)])


def discarded(web: Web) -> None:
    """The draft came to nothing meanwhile."""
    discard_plan(version=draft(web), by=web.actor("designer"), at=AT)


def taken(web: Web) -> None:
    """The draft was submitted meanwhile."""
    submitted(web)


def drafted(web: Web) -> None:
    """There is a draft."""
    draft(web)


def being_published(web: Web) -> None:
    """The draft is published."""
    published(web)


def being_simulated(web: Web) -> None:
    """The draft is simulated."""
    simulated(web)


def withdrawn(web: Web) -> None:
    """It takes no enrolments any more."""
    PlanVersion.objects.filter(pk=draft(web).pk).update(state="withdrawn")


def returned(web: Web) -> None:
    """It is no longer submitted."""
    PlanVersion.objects.filter(pk=draft(web).pk).update(state="draft")


PUBLIC: dict[str, Any] = {"strangers": ("outsider",), "wrong_state": "it is read in every state"}
DESIGNING: dict[str, Any] = {"who": ("designer",), "wrong": NOT_DESIGNER}

PAGES = [
    Page("workbench:plans", who=(*STAFF, "outsider"), wrong=NOT_STAFF, arrange=being_published, shows="保障计划"),
    Page(
        "workbench:approvals",
        who=("senior_reviewer", "designer"),
        wrong=NOT_APPROVER,
        arrange=taken,
        shows="待批准",
    ),
    Page("workbench:plan_library", who=(*STAFF, "outsider"), wrong=NOT_STAFF, shows="hangzhou-medical-2021"),
    Page(
        "workbench:library_plan",
        who=STAFF,
        wrong=NOT_STAFF,
        address=lambda web: reverse("workbench:library_plan", args=["hangzhou-medical-2021"]),
        strangers="the library is everybody's",
        shows="part-1",
    ),
    Page(
        "workbench:plan",
        who=("designer", "senior_reviewer"),
        wrong=NOT_STAFF,
        address=of("plan"),
        shows="起草",
        **PUBLIC,
    ),
    Page(
        "workbench:plan_prose", who=("designer",), wrong=NOT_STAFF, address=of("plan_prose"), shows="住院津贴", **PUBLIC
    ),
    Page("workbench:plan_text", who=("designer",), wrong=NOT_STAFF, address=of("plan_text"), shows='id="L1"', **PUBLIC),
    Page(
        "workbench:plan_changes",
        who=("designer",),
        wrong=NOT_STAFF,
        address=of("plan_changes"),
        shows="第一版",
        **PUBLIC,
    ),
    Page("workbench:draft_new", **DESIGNING, shows="保存草稿"),
    Page(
        "workbench:draft_new",
        **DESIGNING,
        method="post",
        data=lambda web: {"office": web.people.city.code, "text": text_of()},
        expects=302,
        shows="/workbench/plans/P",
    ),
    Page(
        "workbench:plan_faults",
        **DESIGNING,
        method="post",
        data=lambda web: {"office": web.people.city.code, "text": "plan: x"},
        shows="第 1 行",
    ),
    Page(
        "workbench:plan_draft",
        **DESIGNING,
        address=of("plan_draft"),
        strangers="a designer of another branch is asked in test_workbench_c",
        wrong_state=taken,
        shows="保存草稿",
    ),
    Page(
        "workbench:plan_draft",
        **DESIGNING,
        address=of("plan_draft"),
        method="post",
        data=lambda web: {"text": text_of(), "seen": draft(web).sha256},
        strangers="a designer of another branch is asked in test_workbench_c",
        wrong_state=taken,
        expects=302,
        shows="/workbench/plans/P",
    ),
    Page(
        "workbench:plan_values",
        **DESIGNING,
        address=of("plan_values"),
        strangers="a designer of another branch is asked in test_workbench_c",
        wrong_state=taken,
        shows="缴费标准",
    ),
    Page(
        "workbench:plan_values",
        **DESIGNING,
        address=of("plan_values"),
        method="post",
        data=lambda web: {"price[0].fee": "120", "seen": draft(web).sha256},
        strangers="a designer of another branch is asked in test_workbench_c",
        wrong_state=taken,
        expects=302,
        shows="/workbench/plans/P",
    ),
    *(
        Page(
            f"workbench:{name}",
            **DESIGNING,
            address=of(name),
            method=method,
            data=lambda web: {"remark": "合并"},
            arrange=arrange,
            strangers="a designer of another branch is asked in test_workbench_c",
            wrong_state=wrong,
            expects=200 if method == "get" else 302,
            shows=shows if method == "get" else "/workbench/plans/P",
        )
        for name, arrange, wrong, shows in (
            ("plan_submission", drafted, discarded, "提交批准"),
            ("plan_discard", drafted, taken, "作废"),
            ("plan_withdrawal", being_published, withdrawn, "停办原因"),
        )
        for method in ("get", "post")
    ),
    Page(
        "workbench:plan_approval",
        who=("senior_reviewer", "designer"),
        wrong=NOT_APPROVER,
        address=of("plan_approval"),
        arrange=taken,
        strangers="an approver of another branch is asked in test_workbench_c",
        wrong_state="in another state it says so",
        shows="改了什么",
    ),
    Page(
        "workbench:plan_approval",
        who=("senior_reviewer",),
        wrong=NOT_APPROVER,
        address=of("plan_approval"),
        method="post",
        data=lambda web: {"offered_from_on": "2025-04-01", "seen": PlanVersion.objects.get().sha256},
        arrange=taken,
        strangers="an approver of another branch is asked in test_workbench_c",
        wrong_state=returned,
        expects=302,
        shows="/workbench/plans/P",
    ),
    Page(
        "workbench:plan_objection",
        who=("senior_reviewer",),
        wrong=NOT_APPROVER,
        address=of("plan_objection"),
        method="post",
        data=lambda web: {"remark": "请核对第九条"},
        arrange=taken,
        strangers="an approver of another branch is asked in test_workbench_c",
        wrong_state=returned,
        expects=302,
        shows="/workbench/plans/P",
    ),
    Page(
        "workbench:trials",
        who=("designer", "senior_reviewer"),
        wrong=NOT_STUDY,
        address=of("trials"),
        strangers="the analyst of another branch sees no drafts",
        wrong_state="it is tried in every state",
        shows="4,600.00",
    ),
    Page(
        "workbench:trials",
        who=("designer", "senior_reviewer"),
        wrong=NOT_STUDY,
        address=of("trials"),
        method="post",
        data=lambda web: {"events": "1", "keep": "1", "name": "甲", "try": "1"},
        strangers="the analyst of another branch sees no drafts",
        wrong_state="it is tried in every state",
        expects=302,
        shows="?case=0",
    ),
    Page(
        "workbench:simulations",
        who=("designer", "senior_reviewer"),
        wrong=NOT_STUDY,
        address=of("simulations"),
        arrange=being_simulated,
        strangers="the analyst of another branch sees no drafts",
        wrong_state="it is simulated in every state",
        shows="少付 99.50 元",
    ),
    Page(
        "workbench:simulations",
        who=("designer",),
        wrong=NOT_STUDY,
        address=of("simulations"),
        method="post",
        data=lambda web: {"before": "", "members": "1000"},
        strangers="the analyst of another branch sees no drafts",
        wrong_state="it is simulated in every state",
        expects=422,
        shows="没有可比的一版",
    ),
    Page(
        "workbench:simulation",
        who=("designer", "senior_reviewer"),
        wrong=NOT_STUDY,
        address=of("simulation", lambda web: simulated(web).key),
        strangers="the analyst of another branch sees no drafts",
        wrong_state="it shows each state",
        shows="99.50",
    ),
    Page(
        "workbench:simulation_page",
        who=("designer", "senior_reviewer"),
        wrong=NOT_STUDY,
        address=of("simulation_page", lambda web: simulated(web).key),
        strangers="the analyst of another branch sees no drafts",
        wrong_state="one that is not done is asked in test_workbench_c",
        shows="测算",
    ),
    Page("workbench:words", **DESIGNING, shows="海市办事处"),
    Page(
        "workbench:words_of",
        **DESIGNING,
        address=lambda web: reverse("workbench:words_of", args=[web.people.city.code]),
        strangers="a designer of another branch is asked in test_workbench_c",
        wrong_state="words have no state",
        shows="互助金",
    ),
    Page(
        "workbench:words_of",
        **DESIGNING,
        address=lambda web: reverse("workbench:words_of", args=[web.people.city.code]),
        method="post",
        data=lambda web: {"enrol": "参互", "contribution": "会费", "benefit": "补助金", "claim": "理赔"},
        strangers="a designer of another branch is asked in test_workbench_c",
        wrong_state="words have no state",
        expects=302,
        shows="/workbench/plans/words",
    ),
]
