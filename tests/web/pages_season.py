"""The pages of seasons at 单位端 and 管理端, for the five questions."""

from __future__ import annotations

import datetime

from django.urls import reverse

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.models import Enrolment
from tests.web import employers_scene as scene
from tests.web import pages_workbench_a as office
from tests.web.cast import Web
from tests.web.pages_employers import done, general, looked_at, of_draft
from tests.web.questions import Page

NO_STAFF = ("clerk", "member", "analyst")


def of_accepted(web: Web) -> str:
    return reverse("employers:undoing", args=[scene.bill(web).enrolment.number])


def is_paid(web: Web) -> None:
    scene.paid(web)


def of_enrolment(name: str):
    return lambda web: reverse(name, args=[office.enrolment(web).number])



def of_renewal(web: Web) -> str:
    return reverse("employers:renewal", args=[scene.plan(web).number])


def a_year_later(web: Web) -> None:
    """The mill's covers end soon."""
    scene.paid(web)
    with within([EVERYTHING]):
        day = datetime.timedelta(days=360)
        for enrolment in Enrolment.objects.all():
            days = {"from_on": enrolment.from_on - day, "until_on": enrolment.until_on - day}
            Enrolment.objects.filter(pk=enrolment.pk).update(**days)
            Cover.objects.filter(enrolment=enrolment).update(**days, joined_on=days["from_on"])


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
    general("renewals", "一键续保"),
    looked_at("renewal", "按上期名单生成", address=of_renewal, strangers=("newcomer",)),
    done(
        "renewal",
        "/uploads/",
        address=of_renewal,
        arrange=a_year_later,
        data=lambda web: {"headcount": "3"},
        strangers=("newcomer",),
        wrong_state="what cannot be renewed is said in the form; see test_renewing",
    ),
    looked_at("undoing", "确认撤回", address=of_accepted, wrong_state=is_paid),
    done("undoing", "/employers/enrolments/E", address=of_accepted, wrong_state=is_paid),
]
