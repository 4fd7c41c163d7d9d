"""Merging of double persons for the five questions."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.claims.actions.merging import confirm_merge, propose_merge, withdraw_merge
from mutualaid.claims.models import Merge
from mutualaid.people.actions.merging import free_identity
from mutualaid.people.models import Member
from tests.claims.merges import PAPER, REASON
from tests.people.cast import AT, BY, member
from tests.web.cast import Web
from tests.web.questions import Page

MERGE = ("senior_reviewer", "enrolment_clerk")
NOT = ("reviewer", "finance", "service_specialist", "analyst", "system_admin", "clerk", "member")
FAR = ("far_clerk",)


def double(web: Web) -> Member:
    """The member, recorded again at the yard; made once for a cast."""
    if "double" not in web.made:
        web.made["double"] = member(web.people.yard, 302, "林晓禾")
    return web.made["double"]


def proposed(web: Web) -> Merge:
    """By the enrolment clerk."""
    if "merge" not in web.made:
        web.made["merge"] = propose_merge(
            kept=web.people.lin,
            merged=double(web),
            reason=REASON,
            paper=PAPER,
            by=web.actor("enrolment_clerk"),
            at=AT,
        )
    return web.made["merge"]


def _withdrawn(web: Web) -> None:
    withdraw_merge(merge=proposed(web), by=web.actor("enrolment_clerk"), at=AT)


def _done(web: Web) -> None:
    merge = Merge.objects.get(pk=proposed(web).pk)
    if merge.state == "proposed":
        confirm_merge(merge=merge, by=web.actor("senior_reviewer"), at=AT)


def _freed(web: Web) -> None:
    free_identity(double=proposed(web).merged, reason="两个人", by=BY, at=AT)


def _two(web: Web) -> str:
    return f"{reverse('workbench:merge_new')}?kept={web.people.lin.number}&merged={double(web).number}"


def _hindered(web: Web) -> None:
    from mutualaid.enrolment.actions.enrolling import begin_enrolment
    from mutualaid.enrolment.actions.rosters import add_person
    from tests.claims.scene import published

    version = published(web.people.province, "hai-7")
    enrolment = begin_enrolment(employer=web.people.yard, version=version, headcount=20, by=BY, at=AT)
    add_person(enrolment=enrolment, name="林晓禾", identity_number=double(web).identity_number, by=BY, at=AT)


def _paper(web: Web) -> dict[str, Any]:
    return {"reason": REASON, "file": SimpleUploadedFile(PAPER.name, PAPER.content, "image/png")}


def of(name: str) -> Any:
    """The address of a page of the merge."""
    return lambda web: reverse(f"workbench:{name}", args=[proposed(web).number])


def act(name: str, who: tuple[str, ...] = MERGE, **data: str) -> Page:
    """Something done with it."""
    return Page(
        f"workbench:{name}", who, NOT, of(name), "post", lambda web: data, strangers=FAR, wrong_state=_withdrawn,
        arrange=proposed, expects=302, shows="/workbench/merges/H",
    )  # fmt: skip


PAGES = [
    Page("workbench:merges", MERGE, NOT, arrange=proposed, shows="待确认"),
    Page("workbench:merges_export", MERGE, NOT, arrange=proposed),
    Page("workbench:merge_suggestions", MERGE, NOT, arrange=double, shows="姓名、出生日期、性别"),
    Page("workbench:merge_new", MERGE, NOT, _two, strangers=FAR, arrange=double, shows="提出合并"),
    Page("workbench:merge_new", MERGE, NOT, _two, "post", _paper, strangers=FAR, wrong_state=_hindered, arrange=double,
         expects=302, shows="/workbench/merges/H"),
    Page("workbench:merge", MERGE, NOT, of("merge"), strangers=FAR, arrange=proposed, shows="合并后"),
    Page("workbench:merge_paper", MERGE, NOT, of("merge_paper"), strangers=FAR, arrange=proposed, shows="PNG"),
    act("merge_confirmation", looked="on"),
    act("merge_refusal", reason="同名的另一人"),
    act("merge_withdrawal", ("enrolment_clerk",)),
    Page("workbench:merge_identity", MERGE, NOT, of("merge_identity"), "post", lambda web: {"reason": "两个人"}, strangers=FAR,
         wrong_state=_freed, arrange=_done, expects=302, shows="/workbench/merges/H"),
]  # fmt: skip
