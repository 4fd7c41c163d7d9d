"""The pages of seasons at 单位端 and 管理端, for the five questions."""

from __future__ import annotations

from django.urls import reverse

from mutualaid.enrolment.models import Enrolment
from tests.web import employers_scene as scene
from tests.web import pages_workbench_a as office
from tests.web.cast import Web
from tests.web.pages_employers import done, looked_at, of_draft
from tests.web.questions import Page

NO_STAFF = ("clerk", "member", "analyst")


def of_accepted(web: Web) -> str:
    return reverse("employers:undoing", args=[scene.bill(web).enrolment.number])


def is_paid(web: Web) -> None:
    scene.paid(web)


def of_enrolment(name: str):
    return lambda web: reverse(name, args=[office.enrolment(web).number])



PAGES = [
    looked_at("differences", "名单变化", address=of_draft("employers:differences")),
    looked_at("differences_export", "PK", address=of_draft("employers:differences_export")),
    Page(
        "workbench:enrolment_differences",
        who=office.PERSONS,
        wrong=NO_STAFF,
        address=of_enrolment("workbench:enrolment_differences"),
        strangers=("outsider", "far_clerk"),
        shows="新会员",
    ),
    Page(
        "workbench:enrolment_differences_export",
        who=office.PERSONS,
        wrong=NO_STAFF,
        address=of_enrolment("workbench:enrolment_differences_export"),
        strangers=("outsider", "far_clerk"),
        shows="PK",
    ),
    looked_at("undoing", "确认撤回", address=of_accepted, wrong_state=is_paid),
    done("undoing", "/employers/enrolments/E", address=of_accepted, wrong_state=is_paid),
]
