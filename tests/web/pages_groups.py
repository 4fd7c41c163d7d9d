"""The pages of cover without names, for the five questions."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.groups import refuse_place
from mutualaid.enrolment.models import GroupCover
from tests.enrolment.gig import rider
from tests.people.cast import AT, BY, ON
from tests.web import employers_scene as scene
from tests.web import groups_made as made
from tests.web.cast import Web
from tests.web.pages_joining import CLERK, STRANGERS, WRONG, a_plan
from tests.web.questions import Page

OFFICE = ("enrolment_clerk",)
NOT_OFFICE = ("reviewer", "finance", "clerk", "member")


def of_group(name: str) -> Any:
    return lambda web: reverse(name, args=[made.group(web).number])


def of_place(web: Web) -> str:
    found = made.place(web)
    return reverse("workbench:group_place", args=[made.group(web).number, found.member.number])


def not_paid(web: Web) -> None:
    with within([EVERYTHING]):
        GroupCover.objects.filter(pk=made.group(web).pk).update(state="pending")


def decided(web: Web) -> None:
    with within([EVERYTHING]):
        refuse_place(place=made.place(web), reason="值班表上没有此人", by=BY, at=AT)


def buying(web: Web) -> dict[str, Any]:
    return {"plan": f"{a_plan(web)['plan']}|按月", "places": "3"}


def naming(web: Web) -> dict[str, Any]:
    return {**rider(60), "happened_on": ON.isoformat(), "on_duty": "2", "evidence": scene.scan()}


def mills(name: str, shows: str, **more: Any) -> Page:
    return Page(
        **{"name": f"employers:{name}", "who": CLERK, "wrong": WRONG, "strangers": STRANGERS, "shows": shows} | more
    )


PAGES = [
    Page("employers:groups", who=("clerk", "newcomer"), wrong=WRONG, shows="集体保障"),
    Page("employers:group_new", who=CLERK, wrong=WRONG, arrange=a_plan, shows="按月"),
    Page(
        "employers:group_new",
        who=CLERK,
        wrong=WRONG,
        method="post",
        arrange=a_plan,
        data=buying,
        expects=302,
        shows="/employers/groups/J",
    ),
    mills("group", "名额", address=of_group("employers:group")),
    mills("group_person_new", "当日值班表", address=of_group("employers:group_person_new")),
    mills(
        "group_person_new",
        "/employers/groups/J",
        method="post",
        address=of_group("employers:group_person_new"),
        data=naming,
        wrong_state="refused beside the form; see test_gig_groups",
        expects=302,
    ),
    mills("group_certificate", "%PDF", address=of_group("employers:group_certificate"), wrong_state=not_paid),
    Page("workbench:groups", who=OFFICE, wrong=NOT_OFFICE, arrange=made.group, shows="J0"),
    Page(
        "workbench:group_person_new",
        who=OFFICE,
        wrong=NOT_OFFICE,
        address=of_group("workbench:group_person_new"),
        strangers=("far_clerk",),
        shows="当日值班表",
    ),
    Page(
        "workbench:group_person_new",
        who=OFFICE,
        wrong=NOT_OFFICE,
        address=of_group("workbench:group_person_new"),
        method="post",
        data=naming,
        strangers=("far_clerk",),
        wrong_state="a group that is not paid is not found",
        expects=302,
        shows="/workbench/group-places",
    ),
    Page("workbench:group_places", who=OFFICE, wrong=NOT_OFFICE, arrange=made.place, shows="骑手"),
    Page(
        "workbench:group_place",
        who=OFFICE,
        wrong=NOT_OFFICE,
        address=of_place,
        strangers=("far_clerk",),
        shows="值班表.pdf",
    ),
    Page(
        "workbench:group_place",
        who=OFFICE,
        wrong=NOT_OFFICE,
        address=of_place,
        method="post",
        data=lambda web: {"outcome": "accept"},
        strangers=("far_clerk",),
        wrong_state=decided,
        expects=302,
        shows="/workbench/group-places",
    ),
]
