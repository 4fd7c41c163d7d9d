"""Mergers and splits of employers, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.enrolment.actions.changing import Asked, ask_merger, ask_split, refuse_employer_change
from mutualaid.enrolment.models import EmployerChange
from mutualaid.people.models import RoleName
from tests.enrolment.changes import staff_list
from tests.people.cast import AT, ON, as_staff, resident_id, staff
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.questions import Page

WHO = ("enrolment_clerk",)
WRONG = ("reviewer", "finance", "senior_reviewer", "analyst", "system_admin", "clerk", "member")
FAR = ("far_clerk",)


def asked(web: Web, person: str = "") -> EmployerChange:
    """The yard is to become part of the mill; by a colleague, or by somebody of the cast. Once for a cast."""
    if "change" not in web.made:
        colleague = as_staff(staff("参保经办丙", web.people.city, RoleName.ENROLMENT_CLERK))
        web.made["change"] = ask_merger(
            taker=web.people.mill, givers=[web.people.yard], office=web.people.county,
            asked=Asked(ON, "两厂合并", "决定.png", PNG), bring_clerks=True,
            by=web.actor(person) if person else colleague, at=AT,
        )  # fmt: skip
    return web.made["change"]


def own(web: Web) -> EmployerChange:
    return asked(web, "enrolment_clerk")


def split(web: Web) -> EmployerChange:
    """Somebody of the mill goes to the yard."""
    if "change" not in web.made:
        content = staff_list([["林晓禾", resident_id(order=2)], ["", resident_id(order=88)]])
        web.made["change"] = ask_split(
            giver=web.people.mill, taker=web.people.yard, office=web.people.county,
            asked=Asked(ON, "分立", "决定.png", PNG), staff=content, by=web.actor("enrolment_clerk"), at=AT,
        )  # fmt: skip
    return web.made["change"]


def gone(web: Web) -> None:
    """Another colleague refused it."""
    found = EmployerChange.objects.get(pk=web.made["change"].pk)
    if found.state == "asked":
        other = as_staff(staff("参保经办丁", web.people.city, RoleName.ENROLMENT_CLERK))
        refuse_employer_change(change=found, reason="章不清楚", by=other, at=AT)


def of(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"workbench:{name}", args=[web.made["change"].number])


def mill(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(f"workbench:{name}", args=[web.people.mill.unit.code])


def merging(web: Web) -> dict[str, Any]:
    paper = SimpleUploadedFile("决定.png", PNG, "image/png")
    return {"givers": web.people.yard.credit_code, "on": ON.isoformat(), "reason": "两厂合并", "paper": paper}


def splitting(web: Web) -> dict[str, Any]:
    content = staff_list([["林晓禾", resident_id(order=2)]])
    listed = SimpleUploadedFile("名单.xlsx", content, "application/octet-stream")
    return {**merging(web), "taker": web.people.yard.unit.code, "staff": listed}


def act(name: str, arrange: Any, **data: str) -> Page:
    """Something done with it."""
    return Page(
        f"workbench:{name}", WHO, WRONG, of(name), "post", lambda web: data, strangers=FAR, wrong_state=gone,
        arrange=arrange, expects=302, shows="/workbench/changes/V",
    )  # fmt: skip


NO_STATE = "an employer has no state"
PAGES = [
    Page("workbench:changes", WHO, WRONG, arrange=asked, shows="待确认"),
    Page("workbench:changes_export", WHO, WRONG, arrange=asked),
    Page("workbench:change", WHO, WRONG, of("change"), strangers=FAR, arrange=asked, shows="一并转入",
         wrong_state="it is shown in every state", label="merger"),
    Page("workbench:change", WHO, WRONG, of("change"), strangers=FAR, arrange=split, shows="名单中没有找到的行",
         wrong_state="it is shown in every state", label="split"),
    Page("workbench:change_paper", WHO, WRONG, of("change_paper"), strangers=FAR, arrange=asked, shows="PNG",
         wrong_state="a paper stays readable"),
    Page("workbench:employer_merger", WHO, WRONG, mill("employer_merger"), strangers=FAR, shows="被并入的单位",
         wrong_state=NO_STATE),
    Page("workbench:employer_merger", WHO, WRONG, mill("employer_merger"), "post", merging, strangers=FAR, wrong_state=asked,
         expects=302, shows="/workbench/changes/V"),
    Page("workbench:employer_split", WHO, WRONG, mill("employer_split"), strangers=FAR, shows="职工名单", wrong_state=NO_STATE),
    Page("workbench:employer_split", WHO, WRONG, mill("employer_split"), "post", splitting, strangers=FAR, wrong_state=asked,
         expects=302, shows="/workbench/changes/V"),
    act("change_confirmation", asked, looked="on"),
    act("change_refusal", asked, reason="章不清楚"),
    act("change_withdrawal", own),
]  # fmt: skip
