"""The pages of packages, subsidies, rules on the fee and members' own bills, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.splits import end_subsidy
from mutualaid.contributions.models import Bill
from mutualaid.core import papers
from mutualaid.enrolment.actions.packages import cancel_package
from mutualaid.enrolment.package_models import Package
from tests.enrolment.packages_made import COLUMNS, GOOD
from tests.enrolment.rosters import workbook
from tests.people.cast import AT, BY, ON
from tests.web import packages_scene as scene
from tests.web.cast import Web
from tests.web.questions import Page

CLERK = ("clerk",)
WRONG = ("member", "reviewer", "finance")
STRANGERS = ("other_clerk", "newcomer")
NOT_STAFF = ("analyst", "clerk", "member")


def of(name: str, made: Callable[[Web], Package] = scene.package) -> Callable[[Web], str]:
    return lambda web: reverse(name, args=[made(web).number])


def once(name: str, make: Callable[[Web], Package]) -> Callable[[Web], Package]:
    """A package as far as it is to be, made once for a page."""

    def found(web: Web) -> Package:
        if name not in web.made:
            web.made[name] = make(web)
        return web.made[name]

    return found


filled = once("filled", scene.filled)
previewed = once("previewed", scene.with_preview)
submitted = once("submitted", scene.submitted)


def roster(web: Web) -> dict[str, Any]:
    return {"roster": SimpleUploadedFile("花名册.xlsx", workbook(GOOD, headers=COLUMNS), papers.XLSX)}


def handed_in(web: Web) -> None:
    Package.objects.update(state="submitted")


def given_up(web: Web) -> None:
    """Somebody else was quicker."""
    found = Package.objects.get()
    cancel_package(package=found, by=BY, at=AT)


def given_up_by_bill(web: Web) -> None:
    """Finance cancelled a bill, and with it all."""
    cancel_bill(bill=Bill.objects.filter(payer_kind="employer").earliest("id"), reason="有误", by=BY, at=AT)


def ended(web: Web) -> None:
    end_subsidy(subsidy=scene.subsidy(web), by=BY, at=AT)


def granting(web: Web) -> dict[str, Any]:
    return {
        "name": "一线补贴", "office": web.people.city.code, "payer_kind": "administration", "payer_name": "海市财政局",
        "measure": "20", "budget": "1000", "from_on": ON.isoformat(), "until_on": "2026-01-01",
    }  # fmt: skip


def ruling(web: Web) -> dict[str, Any]:
    return {
        "unit": web.people.city.code, "p0-kind": "member", "p0-measure": "50%", "p1-kind": "upper_union",
        "p1-who": web.people.city.code, "p1-measure": "10", "p2-kind": "employer",
    }  # fmt: skip


def own(web: Web) -> str:
    return reverse("members:bill", args=[scene.own_bill(web).number])


def of_subsidy(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(name, args=[scene.subsidy(web).number])


def of_union(name: str) -> Callable[[Web], str]:
    """The bill that the city's union pays."""

    def found(web: Web) -> str:
        scene.accepted(web)
        return reverse(name, args=[Bill.objects.get(payer_kind="upper_union").number])

    return found


def clerks(name: str, shows: str, **more: Any) -> Page:
    told = {"name": f"employers:{name}", "who": CLERK, "wrong": WRONG, "strangers": STRANGERS, "shows": shows}
    return Page(**told | more)


def money(name: str, shows: str, **more: Any) -> Page:
    told = {"name": f"workbench:{name}", "who": ("finance", "enrolment_clerk"), "wrong": NOT_STAFF, "shows": shows}
    return Page(**told | more)


PAGES = [
    clerks("packages", "综合保障计划", strangers="names no object"),
    clerks("package_new", "在职职工人数", strangers="names no object"),
    clerks(
        "package_new",
        "/composition",
        method="post",
        strangers="names no object",
        data=lambda web: {"name": "2025 综合", "headcount": 20},
        expects=302,
    ),
    clerks("package", "每人合计", address=of("employers:package")),
    clerks("composition", "女职工特殊疾病", address=of("employers:composition")),
    clerks(
        "composition",
        "/employers/packages/Z",
        method="post",
        address=of("employers:composition"),
        data=scene.composing,
        wrong_state=handed_in,
        expects=302,
    ),
    clerks("package_template", "PK", address=of("employers:package_template")),
    clerks("package_roster", "全部采用", address=of("employers:package_roster", previewed)),
    clerks(
        "package_roster",
        "/roster",
        method="post",
        label="brings",
        address=of("employers:package_roster"),
        data=roster,
        wrong_state=handed_in,
        expects=302,
    ),
    clerks(
        "package_roster",
        "/employers/packages/Z",
        method="post",
        label="takes",
        address=of("employers:package_roster", previewed),
        data=lambda web: {"rows": "all"},
        wrong_state=handed_in,
        expects=302,
    ),
    clerks("package_submission", "费用分担", address=of("employers:package_submission", filled)),
    clerks(
        "package_submission",
        "/employers/packages/Z",
        method="post",
        address=of("employers:package_submission", filled),
        wrong_state=handed_in,
        expects=302,
    ),
    clerks("package_declaration", "预计人数", address=of("employers:package_declaration")),
    clerks(
        "package_declaration",
        "/employers/packages/Z",
        method="post",
        address=of("employers:package_declaration"),
        data=lambda web: {"name": "2026 综合", "headcount": 30, "women_headcount": 12, "group0": 5},
        wrong_state=handed_in,
        expects=302,
    ),
    clerks(
        "composition",
        "每人 96.00 元",
        method="post",
        label="prices",
        address=of("employers:composition"),
        data=lambda web: scene.composing(web) | {"price": "1"},
    ),
    clerks("package_renewal", "按上期的组合和名单生成", address=of("employers:package_renewal", scene.begun)),
    clerks(
        "package_renewal",
        "/employers/packages/Z",
        method="post",
        address=of("employers:package_renewal", scene.begun),
        data=lambda web: {"name": "2026 综合", "headcount": 20, "women_headcount": 10},
        wrong_state="what is begun anew has no state yet",
        expects=302,
    ),
    clerks("package_persons", "PK", address=of("employers:package_persons", scene.accepted)),
    clerks("package_undoing", "撤回这份综合保障计划吗", address=of("employers:package_undoing", scene.accepted)),
    clerks(
        "package_undoing",
        "/employers/packages/Z",
        method="post",
        address=of("employers:package_undoing", scene.accepted),
        wrong_state=given_up_by_bill,
        expects=302,
    ),
    clerks("package_split", "PK", address=of("employers:package_split", filled)),
    clerks("package_cancellation", "确认取消", address=of("employers:package_cancellation")),
    clerks(
        "package_cancellation",
        "/employers/packages",
        method="post",
        address=of("employers:package_cancellation"),
        wrong_state=given_up,
        expects=302,
    ),
    Page("workbench:packages", who=("reviewer", "enrolment_clerk"), wrong=NOT_STAFF, shows="综合保障计划"),
    Page(
        "workbench:package",
        who=("enrolment_clerk", "reviewer"),
        wrong=NOT_STAFF,
        address=of("workbench:package", submitted),
        strangers=("outsider", "far_clerk"),
        shows="费用分担",
    ),
    Page(
        "workbench:package_decision",
        who=("enrolment_clerk",),
        wrong=("analyst", "clerk", "member", "reviewer"),
        address=of("workbench:package_decision", submitted),
        method="post",
        data=lambda web: {"outcome": "accept"},
        strangers=("far_clerk",),
        wrong_state=given_up,
        expects=302,
        shows="/workbench/packages/Z",
    ),
    money("subsidies", "补贴"),
    money("subsidy", "海市财政局", address=of_subsidy("workbench:subsidy"), strangers=("far_clerk",)),
    money("subsidy_new", "设立补贴", who=("finance",)),
    money(
        "subsidy_new",
        "/workbench/subsidies/H",
        who=("finance",),
        method="post",
        arrange=scene.plans,
        data=granting,
        expects=302,
    ),
    money(
        "subsidy_end",
        "/workbench/subsidies/H",
        who=("finance",),
        method="post",
        address=of_subsidy("workbench:subsidy_end"),
        strangers="finance of another city is not in the cast",
        wrong_state=ended,
        expects=302,
    ),
    money("splits", "费用分担"),
    money("paying", "海市办事处", arrange=scene.accepted),
    money("paying_export", "PK", arrange=scene.accepted),
    money("bill_parts", "PK", address=of_union("workbench:bill_parts"), strangers=("far_clerk",)),
    money("split_new", "第 1 方", who=("finance",)),
    money("split_new", "/workbench/splits", who=("finance",), method="post", data=ruling, expects=302),
    Page("members:bills", who=("member",), wrong=("clerk", "finance"), shows="我的缴费"),
    Page(
        "members:bill",
        who=("member",),
        wrong=("clerk", "finance"),
        address=own,
        strangers=("other_member",),
        shows="您应缴的部分",
    ),
]
