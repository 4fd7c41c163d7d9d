"""The pages of 管理端 about joining – home, search, applications, clerks, employers, members, enrolments, covers – for the five
questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.contributions.actions.bills import accept_and_bill, open_fund
from mutualaid.core import papers
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.people.actions.activation import make_activation
from mutualaid.people.actions.applications import STAMPED_FORM, refuse_application, submit_application
from mutualaid.people.actions.units import register_clerk, release_clerk
from mutualaid.people.identity import masked
from mutualaid.people.models import EmployerApplication, EmployerClerk, Member
from tests.enrolment import rosters
from tests.people.cast import AT, BY, credit_code, resident_id
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.questions import Page

STAFF = ("enrolment_clerk", "reviewer", "finance", "designer", "system_admin", "audit_admin")
NO_STAFF = ("member", "clerk", "newcomer")
PERSONS = ("enrolment_clerk", "reviewer", "senior_reviewer", "finance", "service_specialist")
NO_PERSONS = (*NO_STAFF, "designer", "system_admin", "security_admin", "audit_admin")
NO_CLERK = (*NO_STAFF, "reviewer", "finance", "designer", "system_admin")


def made(web: Web, name: str, make: Callable[[], Any]) -> Any:
    """What a declaration needs, made once."""
    if name not in web.made:
        web.made[name] = make()
    return web.made[name]


def application(web: Web) -> EmployerApplication:
    """Of an employer that asks to be registered in the county."""

    def make() -> EmployerApplication:
        by = web.actor("newcomer")
        form = papers.store(content=PNG, name="盖章.png", kind=STAMPED_FORM, media_type=papers.PNG, by=by, at=AT)
        found = submit_application(
            account=web.accounts["newcomer"][0],
            office=web.people.county,
            name="晨光机械厂工会",
            credit_code=credit_code(9),
            headcount_declared=30,
            contact_name="晨小光",
            contact_phone="13900000009",
            papers=[form],
            by=by,
            at=AT,
        )
        found.refresh_from_db()
        return found

    return made(web, "application", make)


def clerk(web: Web) -> EmployerClerk:
    """Somebody who asks to act for the mill."""

    def make() -> EmployerClerk:
        found = register_clerk(
            employer=web.people.mill,
            account=web.accounts["newcomer"][0],
            name="晨小光",
            evidence="form",
            by=web.actor("newcomer"),
            at=AT,
        )
        found.refresh_from_db()
        return found

    return made(web, "new_clerk", make)


def enrolment(web: Web) -> Enrolment:
    """Handed in by the mill: 林晓禾 of the cast and three more."""

    def make() -> Enrolment:
        open_fund(
            unit=web.people.city,
            account_name="海市职工互助保障专户",
            account_number="6222000011112222",
            bank_name="海市银行",
            by=BY,
            at=AT,
        )
        version = rosters.version(web.people.province)
        found = rosters.submitted(web.people.mill, version, (10, 11, 12, 13))
        return Enrolment.objects.get(pk=found.pk)

    return made(web, "enrolment", make)


def accepted(web: Web) -> None:
    """The office took it."""
    accept_and_bill(enrolment=enrolment(web), by=web.actor("enrolment_clerk"), at=AT)


def cover(web: Web) -> Cover:
    """One of those that came of it."""

    def make() -> Cover:
        accepted(web)
        return Cover.objects.order_by("id")[0]

    return made(web, "cover", make)


def refused(web: Web) -> None:
    """Somebody else was quicker."""
    refuse_application(application=application(web), remark="重复", by=web.actor("enrolment_clerk"), at=AT)


def released(web: Web) -> None:
    """Somebody else was quicker."""
    release_clerk(clerk=clerk(web), reason="重复", by=web.actor("enrolment_clerk"), at=AT)


def with_account(web: Web) -> None:
    """The member has an account."""
    Member.objects.filter(pk=web.people.lin.pk).update(account=web.accounts["newcomer"][0])


def without_account(web: Web) -> None:
    """The member has none, but a code already."""
    Member.objects.filter(pk=web.people.lin.pk).update(account=None)
    make_activation(member=web.people.lin, by=BY, at=AT)


def lin(name: str) -> Callable[[Web], str]:
    """A page of 林晓禾."""
    return lambda web: reverse(name, args=[web.people.lin.number])


COUNTER = {
    "name": "海角航运公司工会",
    "credit_code": credit_code(8),
    "headcount_declared": "12",
    "contact_name": "周一帆",
    "contact_phone": "13900000008",
}

PAGES = [
    Page("workbench:home", who=STAFF, wrong=NO_STAFF, shows="待办"),
    Page("workbench:account", who=STAFF, wrong=NO_STAFF, shows="我的岗位"),
    Page("workbench:search", who=STAFF, wrong=NO_STAFF, data=lambda web: {"q": "第1厂"}, shows="第1厂"),
    Page("workbench:applications", who=("enrolment_clerk",), wrong=NO_CLERK, arrange=application, shows="晨光机械厂"),
    Page(
        "workbench:application",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        address=lambda web: reverse("workbench:application", args=[application(web).number]),
        strangers=("far_clerk",),
        wrong_state="it is shown in any state",
        shows="盖章.png",
    ),
    Page(
        "workbench:application_decision",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        address=lambda web: reverse("workbench:application_decision", args=[application(web).number]),
        method="post",
        data=lambda web: {"outcome": "approve"},
        strangers=("far_clerk",),
        wrong_state=refused,
        expects=302,
        shows="/workbench/applications/A",
    ),
    Page("workbench:clerks", who=("enrolment_clerk",), wrong=NO_CLERK, arrange=clerk, shows="晨小光"),
    Page(
        "workbench:clerk",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        address=lambda web: reverse("workbench:clerk", args=[clerk(web).number]),
        strangers=("far_clerk",),
        wrong_state="it is shown in any state",
        shows="周一帆",
    ),
    Page(
        "workbench:clerk_decision",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        address=lambda web: reverse("workbench:clerk_decision", args=[clerk(web).number]),
        method="post",
        data=lambda web: {"outcome": "bind", "replaces": web.people.clerk.number},
        strangers=("far_clerk",),
        wrong_state=released,
        expects=302,
        shows="/workbench/clerks/D",
    ),
    Page("workbench:employers", who=STAFF, wrong=NO_STAFF, shows="第2厂工会"),
    Page("workbench:employers_export", who=STAFF, wrong=NO_STAFF, shows="PK"),
    Page("workbench:employer_new", who=("enrolment_clerk",), wrong=NO_CLERK, shows="海城区工会"),
    Page(
        "workbench:employer_new",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        method="post",
        data=lambda web: COUNTER | {"office": web.people.county.code},
        wrong_state=lambda web: web.made.update(
            first=web.client("enrolment_clerk").post(
                reverse("workbench:employer_new"), COUNTER | {"office": web.people.county.code}
            )
        ),
        expects=302,
        shows="/workbench/employers/G",
    ),
    Page(
        "workbench:employer",
        who=STAFF,
        wrong=NO_STAFF,
        address=lambda web: reverse("workbench:employer", args=[web.people.mill.unit.code]),
        strangers=("outsider",),
        wrong_state="an employer has no state",
        shows="第1厂工会",
    ),
    Page("workbench:members", who=PERSONS, wrong=NO_PERSONS, shows="林晓禾"),
    Page("workbench:members_export", who=PERSONS, wrong=NO_PERSONS, shows="PK"),
    Page(
        "workbench:member",
        who=PERSONS,
        wrong=NO_PERSONS,
        address=lin("workbench:member"),
        strangers=("outsider",),
        wrong_state="a member has no state",
        shows=masked(resident_id()),
    ),
    Page(
        "workbench:member_disclosure",
        who=PERSONS,
        wrong=NO_PERSONS,
        address=lin("workbench:member_disclosure"),
        method="post",
        data=lambda web: {"reason": "柜面核对证件"},
        strangers=("outsider",),
        wrong_state="a member has no state",
        shows=resident_id(),
    ),
    Page(
        "workbench:member_activation",
        who=("enrolment_clerk", "service_specialist"),
        wrong=("finance", "reviewer", "clerk", "designer", "system_admin"),
        address=lin("workbench:member_activation"),
        method="post",
        arrange=without_account,
        strangers=("far_clerk",),
        wrong_state=with_account,
        shows="激活码",
    ),
    Page("workbench:enrolments", who=PERSONS, wrong=NO_PERSONS, arrange=enrolment, shows="第1厂工会"),
    Page(
        "workbench:enrolment",
        who=PERSONS,
        wrong=NO_PERSONS,
        address=lambda web: reverse("workbench:enrolment", args=[enrolment(web).number]),
        strangers=("outsider",),
        wrong_state="it is shown in any state",
        shows="450502********",
    ),
    Page(
        "workbench:enrolment_decision",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        address=lambda web: reverse("workbench:enrolment_decision", args=[enrolment(web).number]),
        method="post",
        data=lambda web: {"outcome": "accept"},
        strangers=("far_clerk",),
        wrong_state=accepted,
        expects=302,
        shows="/workbench/enrolments/E",
    ),
    Page("workbench:settings", who=("enrolment_clerk",), wrong=NO_CLERK, shows="海城区工会"),
    Page(
        "workbench:settings",
        who=("enrolment_clerk",),
        wrong=NO_CLERK,
        method="post",
        data=lambda web: {"unit": web.people.county.code, "accepts_by_itself": "1"},
        strangers=("far_clerk",),
        wrong_state="a setting has no state",
        expects=302,
        shows="/workbench/settings",
    ),
    Page("workbench:covers", who=PERSONS, wrong=NO_PERSONS, arrange=cover, shows="示例互助保障"),
    Page("workbench:covers_export", who=PERSONS, wrong=NO_PERSONS, arrange=cover, shows="PK"),
    Page(
        "workbench:cover",
        who=PERSONS,
        wrong=NO_PERSONS,
        address=lambda web: reverse("workbench:cover", args=[cover(web).number]),
        strangers=("outsider",),
        wrong_state="it is shown in any state",
        shows="待缴费",
    ),
    Page(
        "workbench:cover_certificate",
        who=("reviewer",),
        wrong=NO_PERSONS,
        address=lambda web: reverse("workbench:cover_certificate", args=[cover(web).number]),
        strangers=("outsider",),
        wrong_state="it is shown in any state",
        shows="%PDF",
    ),
]
