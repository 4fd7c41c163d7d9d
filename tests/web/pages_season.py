"""The pages of seasons at 单位端 and 管理端, for the five questions."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.urls import reverse

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.leaving import bring_leavers
from mutualaid.enrolment.actions.windows import close_window, open_window
from mutualaid.enrolment.models import Cover, Enrolment, EnrolmentWindow
from mutualaid.people.models import Employment
from tests.enrolment.rosters import version, workbook
from tests.people.cast import AT, BY, resident_id
from tests.web import employers_scene as scene
from tests.web import pages_workbench_a as office
from tests.web.cast import Web
from tests.web.pages_employers import CLERK, done, general, looked_at, of_draft
from tests.web.questions import Page

NO_STAFF = ("clerk", "member", "analyst")


def of_accepted(web: Web) -> str:
    return reverse("employers:undoing", args=[scene.bill(web).enrolment.number])


def is_paid(web: Web) -> None:
    scene.paid(web)


def of_enrolment(name: str) -> Callable[[Web], str]:
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


SEASON = '{years: 1, begins: fixed, on: "07-01", first_on: 2025-07-01, clause: 第二条}'
NO_CLERKS = ("reviewer", "finance", "clerk", "member")


def window(web: Web) -> EnrolmentWindow:
    """The city asks for a longer time than the province's plan has."""
    if "window" not in web.made:
        of = version(web.people.province, "window-2025", family="window", term=SEASON)
        web.made["window"] = open_window(
            unit=web.people.city,
            version=of,
            start_on=datetime.date(2025, 7, 1),
            opens_on=datetime.date(2025, 3, 1),
            closes_on=datetime.date(2025, 9, 1),
            reason="集中征集",
            by=BY,
            at=AT,
        )
    return web.made["window"]


def of_window(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"workbench:{name}", args=[window(web).number])


def closed(web: Web) -> None:
    with within([EVERYTHING]):
        close_window(window=window(web), by=BY, at=AT)


def days(web: Web) -> dict[str, str]:
    of = scene.plan(web)
    return {"of": f"{of.number}|", "opens_on": "2025-03-01", "closes_on": "2025-04-01", "catch_up": "on"}


def at_city(name: str) -> Callable[[Web], str]:
    def address(web: Web) -> str:
        window(web)
        return reverse(f"workbench:{name}") + "?office=4505&of=window:2025-07-01"

    return address


def one_leaver(web: Web) -> dict[str, str]:
    number = resident_id(order=2)
    return {"name": "林晓禾", "identity_number": number, "reason": "retired", "last_on": "2025-03-01"}


def of_leavers(web: Web) -> str:
    if "leavers" not in web.made:
        row = ["林晓禾", resident_id(order=2), "退休", "2025-03-01"]
        content = workbook([row], headers=["姓名", "证件号码", "离开原因", "最后工作日"])
        web.made["leavers"] = bring_leavers(employer=web.people.mill, content=content, name="离职.xlsx", by=BY, at=AT)
    return reverse("employers:leavers_file", args=[web.made["leavers"].key])


def gone_already(web: Web) -> None:
    with within([EVERYTHING]):
        Employment.objects.filter(member=web.people.lin).update(until_on=datetime.date(2025, 3, 2))


PAGES = [
    Page("workbench:windows", who=("enrolment_clerk", "designer"), wrong=NO_CLERKS, arrange=window, shows="W0"),
    Page("workbench:window_new", who=("enrolment_clerk",), wrong=NO_CLERKS, shows="4505"),
    Page(
        "workbench:window_new",
        who=("enrolment_clerk",),
        wrong=NO_CLERKS,
        method="post",
        address=lambda web: reverse("workbench:window_new") + "?office=4505",
        data=days,
        strangers=("far_clerk",),
        expects=302,
        shows="/workbench/windows/W",
        wrong_state="what stands against it is said in the form; see test_windows",
    ),
    Page(
        "workbench:window",
        who=("enrolment_clerk", "designer"),
        wrong=NO_CLERKS,
        address=of_window("window"),
        strangers=("far_clerk",),
        shows="集中征集",
    ),
    Page(
        "workbench:window_decision",
        who=("designer",),
        wrong=("enrolment_clerk", "finance", "clerk", "member"),
        method="post",
        address=of_window("window_decision"),
        data=lambda web: {"outcome": "approve"},
        strangers=("senior_reviewer",),
        wrong_state=closed,
        expects=302,
        shows="/workbench/windows/W",
    ),
    Page(
        "workbench:window_closing",
        who=("enrolment_clerk",),
        wrong=NO_CLERKS,
        method="post",
        address=of_window("window_closing"),
        strangers=("far_clerk",),
        wrong_state=closed,
        expects=302,
        shows="/workbench/windows",
    ),
    Page(
        "workbench:progress",
        who=office.PERSONS,
        wrong=NO_STAFF,
        address=at_city("progress"),
        strangers=("outsider", "far_clerk"),
        shows="海城区工会",
    ),
    Page(
        "workbench:progress_export",
        who=office.PERSONS,
        wrong=NO_STAFF,
        address=at_city("progress_export"),
        strangers=("far_clerk",),
        shows="PK",
    ),
    Page(
        "workbench:progress_waiting",
        who=office.PERSONS,
        wrong=NO_STAFF,
        address=at_city("progress_waiting"),
        strangers=("far_clerk",),
        shows="第1厂工会",
    ),
    Page(
        "workbench:targets",
        who=("enrolment_clerk",),
        wrong=NO_CLERKS,
        address=at_city("targets"),
        strangers=("far_clerk",),
        shows="分解到下属单位",
    ),
    Page(
        "workbench:targets",
        who=("enrolment_clerk",),
        wrong=NO_CLERKS,
        method="post",
        address=at_city("targets"),
        data=lambda web: {"do": "save", f"persons-{web.people.county.pk}": "12"},
        strangers=("far_clerk",),
        expects=302,
        shows="/workbench/progress/targets",
    ),
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
    general("leavers", "逐人登记", who=CLERK),
    general("leavers_template", "PK", who=CLERK),
    general("leavers", "/employers/leavers", method="post", who=CLERK, data=one_leaver, expects=302),
    looked_at("leavers_file", "登记正确的 1 人", address=of_leavers),
    done("leavers_file", "/employers/leavers", address=of_leavers, wrong_state=gone_already),
    looked_at("undoing", "确认撤回", address=of_accepted, wrong_state=is_paid),
    done("undoing", "/employers/enrolments/E", address=of_accepted, wrong_state=is_paid),
]
