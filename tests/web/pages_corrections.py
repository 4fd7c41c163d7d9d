"""Corrections of who a member is at the three ends, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.enrolment.actions.correcting import (
    Photo,
    Said,
    ask_correction,
    confirm_correction,
    propose_correction,
    refuse_correction,
)
from mutualaid.enrolment.models import Correction
from mutualaid.people.identity import IdentityKind
from tests.people.cast import AT, resident_id
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.questions import Page

WHO = ("senior_reviewer", "enrolment_clerk")
WRONG = ("reviewer", "finance", "service_specialist", "analyst", "system_admin", "clerk", "member")
FAR = ("far_clerk",)
SAID = Said(IdentityKind.RESIDENT, resident_id(order=40), "林晓禾")


def asked(web: Web, person: str = "clerk") -> Correction:
    """By the clerk of the mill, or by the member; once for a cast."""
    if "correction" not in web.made:
        web.made["correction"] = ask_correction(
            member=web.people.lin,
            said=SAID,
            reason="名单抄错",
            photo=Photo("证件.png", PNG),
            by=web.actor(person),
            at=AT,
        )
    return web.made["correction"]


def asked_by_member(web: Web) -> Correction:
    return asked(web, "member")


def proposed(web: Web) -> Correction:
    """By the enrolment clerk."""
    if "correction" not in web.made:
        by = web.actor("enrolment_clerk")
        web.made["correction"] = propose_correction(
            member=web.people.lin, said=SAID, reason="录入错误", photo=Photo("证件.png", PNG), by=by, at=AT
        )
    return web.made["correction"]


def doubtful(web: Web) -> Correction:
    """Done, with covers to be seen to."""
    done = confirm_correction(correction=proposed(web), by=web.actor("senior_reviewer"), at=AT)
    Correction.objects.filter(pk=done.pk).update(
        state="doubtful", doubts=[{"cover": "C0000000001", "zh": "年龄不符", "en": "age"}]
    )
    return done


def gone(web: Web) -> None:
    """A colleague refused it."""
    found = Correction.objects.get(pk=web.made["correction"].pk)
    if found.state in ("asked", "entered"):
        refuse_correction(correction=found, reason="照片不清楚", by=web.actor("senior_reviewer"), at=AT)


def settled(web: Web) -> None:
    Correction.objects.filter(pk=web.made["correction"].pk).update(state="done")


def of(name: str, portal: str = "workbench") -> Callable[[Web], str]:
    return lambda web: reverse(f"{portal}:{name}", args=[web.made["correction"].number])


def lin(name: str) -> Callable[[Web], str]:
    return lambda web: reverse(name, args=[web.people.lin.number])


def typed(**more: Any) -> Callable[[Web], dict[str, Any]]:
    """A form as it is sent."""
    told = {"identity_kind": "resident_id", "identity_number": resident_id(order=40), "name": "林晓禾", **more}
    return lambda web: told


def brought(web: Web) -> dict[str, Any]:
    return {**typed(reason="录入错误，已核对原件")(web), "file": SimpleUploadedFile("证件.png", PNG, "image/png")}


def act(name: str, who: tuple[str, ...], arrange: Any, wrong_state: Any, **data: str) -> Page:
    """Something done with it by the office."""
    return Page(
        f"workbench:{name}", who, WRONG, of(name), "post", lambda web: data, strangers=FAR, wrong_state=wrong_state,
        arrange=arrange, expects=302, shows="/workbench/corrections/Y",
    )  # fmt: skip


CLERKS, NO_CLERK = ("clerk",), ("member", "reviewer", "finance")
MEMBER, NO_MEMBER = ("member",), ("clerk", "reviewer", "system_admin")

PAGES = [
    Page("workbench:corrections", WHO, WRONG, arrange=asked, shows="待核对证件"),
    Page("workbench:corrections_export", WHO, WRONG, arrange=asked),
    Page("workbench:correction", WHO, WRONG, of("correction"), strangers=FAR, arrange=asked, shows="对照证件录入",
         wrong_state="a correction is shown in every state"),
    Page("workbench:correction_paper", WHO, WRONG, of("correction_paper"), strangers=FAR, arrange=asked, shows="PNG",
         wrong_state="a document stays readable"),
    Page("workbench:member_identity", WHO, WRONG, lin("workbench:member_identity"), strangers=FAR, shows="更正原因",
         wrong_state="a member has no state"),
    Page("workbench:member_identity", WHO, WRONG, lin("workbench:member_identity"), "post", brought, strangers=FAR,
         wrong_state=asked, expects=302, shows="/workbench/corrections/Y"),
    Page("workbench:correction_entry", WHO, WRONG, of("correction_entry"), "post", typed(), strangers=FAR, arrange=asked,
         wrong_state=gone, expects=302, shows="/workbench/corrections/Y"),
    act("correction_confirmation", ("senior_reviewer",), proposed, gone, looked="on"),
    act("correction_refusal", WHO, asked, gone, reason="照片不清楚"),
    act("correction_withdrawal", ("enrolment_clerk",), proposed, gone),
    act("correction_settlement", WHO, doubtful, settled, text="已与单位核实"),
    Page("employers:corrections", CLERKS, NO_CLERK, arrange=asked, shows="林晓禾"),
    Page("employers:correction_new", CLERKS, NO_CLERK, lin("employers:correction_new"), strangers=("other_clerk", "newcomer"),
         wrong_state="a member has no state", shows="证件照片"),
    Page("employers:correction_new", CLERKS, NO_CLERK, lin("employers:correction_new"), "post", brought,
         strangers=("other_clerk", "newcomer"), wrong_state=asked, expects=302, shows="/employers/corrections"),
    Page("employers:correction_withdrawal", CLERKS, NO_CLERK, of("correction_withdrawal", "employers"), "post",
         strangers=("other_clerk", "newcomer"), arrange=asked, wrong_state=gone, expects=302, shows="/employers/corrections"),
    Page("members:correction", MEMBER, NO_MEMBER, shows="申请更正"),
    Page("members:correction", MEMBER, NO_MEMBER, method="post", data=brought, wrong_state=asked, expects=302,
         shows="/members/profile/correction"),
    Page("members:correction_withdrawal", MEMBER, NO_MEMBER, of("correction_withdrawal", "members"), "post",
         strangers=("other_member",), arrange=asked_by_member, wrong_state=gone, expects=302,
         shows="/members/profile/correction"),
]  # fmt: skip
