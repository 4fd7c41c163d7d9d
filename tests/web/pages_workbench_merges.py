"""Merging of double persons, and refunds that come of it, for the five questions."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.claims.actions.merging import confirm_merge, propose_merge, withdraw_merge
from mutualaid.claims.models import Merge
from mutualaid.contributions.models import Refund, RefundPart
from mutualaid.enrolment.models import Cover
from mutualaid.people.actions.merging import free_identity
from mutualaid.people.models import Member
from tests.claims.merges import PAPER, REASON
from tests.people.cast import AT, BY, ON, member
from tests.web import money_made
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


FINANCE = ("finance",)
NOT_MONEY = ("reviewer", "analyst", "system_admin", "audit_admin", "clerk", "member")
_PAID = {"paid_on": ON.isoformat(), "serial": "HK0001"}


def refund(web: Web) -> Refund:
    """Of a bill of the cast, for a cover that is void."""
    if "refund" not in web.made:
        owed = money_made.bill(web)
        cover = Cover.objects.create(
            member=web.people.lin, enrolment=owed.enrolment, employer=owed.employer, version=owed.enrolment.version,
            plan="demo-inpatient-2026", family="demo-inpatient", from_on=owed.from_on, until_on=owed.until_on,
            joined_on=owed.from_on, fee_amount=owed.amount, state="cancelled",
        )  # fmt: skip
        made = Refund.objects.create(fund=owed.fund, bill=owed, amount=owed.amount, approved_at=AT)
        RefundPart.objects.create(refund=made, bill=owed, cover=cover, payer_kind="employer", amount=owed.amount)
        web.made["refund"] = made
    return web.made["refund"]


def entered(web: Web) -> None:
    """By another person of finance than the one who is asked."""
    Refund.objects.filter(pk=refund(web).pk).update(
        state="entered", paid_on=ON, serial="HK0001", entered_by="0", entered_name="财务甲"
    )


def _owed(web: Web) -> None:
    Refund.objects.filter(pk=refund(web).pk).update(state="owed")


def _refund(name: str, data: dict[str, str], arrange: Any, wrong_state: Any) -> Page:
    return Page(
        f"workbench:{name}", FINANCE, NOT_MONEY, lambda web: reverse(f"workbench:{name}", args=[refund(web).number]), "post",
        lambda web: data, strangers=("far_finance",), wrong_state=wrong_state, arrange=arrange, expects=302,
        shows="/workbench/refunds/T",
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
    Page("workbench:refunds", FINANCE, NOT_MONEY, arrange=refund, shows="待退费"),
    Page("workbench:refunds_export", FINANCE, NOT_MONEY, arrange=refund),
    Page("workbench:refund", FINANCE, NOT_MONEY, lambda web: reverse("workbench:refund", args=[refund(web).number]),
         strangers=("far_finance",), arrange=refund, shows="登记付款"),
    _refund("refund_payment", _PAID, refund, entered),
    _refund("refund_confirmation", {}, entered, _owed),
    _refund("refund_return", {}, entered, _owed),
]  # fmt: skip
