"""The pages of 单位端, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from mutualaid.contributions.models import FiscalNote
from mutualaid.core import papers
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.notices.actions import notify
from mutualaid.people.actions.applications import return_application
from tests.enrolment.rosters import person
from tests.people.cast import AT, BY, member
from tests.web import employers_scene as scene
from tests.web.cast import Web
from tests.web.questions import Page

CLERK = ("clerk",)
ANY_CLERK = ("clerk", "newcomer")
WRONG = ("member", "reviewer", "finance")
STRANGERS = ("other_clerk", "newcomer")
REPLACING = {"phone": "13900000077", "why": "left", "replaces_name": "周一帆"}
"""Whom a new clerk replaces, and why."""
Address = Callable[[Web], str]


def of_mill(name: str) -> Address:
    return lambda web: reverse(name, args=[web.people.mill.unit.code])


def of_draft(name: str, rows: int = 0) -> Address:
    return lambda web: reverse(name, args=[scene.draft(web, rows).number])


def of_upload(name: str) -> Address:
    return lambda web: reverse(name, args=[scene.upload(web).enrolment.number, scene.upload(web).file.key])


def of_asked(name: str) -> Address:
    return lambda web: reverse(name, args=[scene.asked(web).enrolment.number, scene.asked(web).file.key])


def of_old(name: str) -> Address:
    return lambda web: reverse(name, args=[scene.old(web).enrolment.number, scene.old(web).file.key])


def of_bill(name: str, *, paid: bool = False) -> Address:
    return lambda web: reverse(name, args=[(scene.paid if paid else scene.bill)(web).number])


def handed_in(web: Web) -> None:
    """The office has it: nothing is changed any more."""
    Enrolment.objects.filter(pk=scene.draft(web, rows=3).pk).update(state="submitted")


def returned(web: Web) -> None:
    """The newcomer's application was sent back."""
    made = scene.application(web)
    with within([EVERYTHING]):
        return_application(application=made, remark="公章不清楚", by=BY, at=AT)


def of_application(web: Web) -> str:
    return reverse("employers:application", args=[scene.application(web).number])


def mending(web: Web) -> dict[str, Any]:
    return {**scene.applying(), "kept": str(scene.application(web).papers.get().key)}


def applied(web: Web) -> None:
    """It waits with the office again."""
    scene.application(web)
    web.made["application"].__class__.objects.update(state="submitted")


def of_notice(web: Web) -> str:
    if "notice" not in web.made:
        web.made["notice"] = notify(
            account=web.accounts["clerk"][0],
            portal="clerk",
            template="application_approved",
            words={"number": "A00000001"},
            link="/employers/enrolments",
            by=BY,
            at=AT,
        )
    return reverse("employers:notice", args=[web.made["notice"].key])


def of_order(web: Web) -> str:
    bill = scene.bill(web)
    if "order" not in web.made:
        web.made["order"] = bill.orders.create(
            number=f"{bill.number}-1", channel="neutral", amount=bill.amount, created_at=AT, expires_at=AT
        )
    return reverse("employers:order", args=[web.made["order"].number])


def of_face(web: Web) -> str:
    """The face of a fiscal note of the bill that is paid."""
    bill = scene.paid(web)
    if "note" not in web.made:
        face = papers.store(
            content=b"%PDF-1.4 face", name="face.pdf", kind="fiscal_face", media_type=papers.PDF,
            unit_path=bill.employer.unit.path, ours=True, by=BY, at=AT,
        )  # fmt: skip
        web.made["note"] = FiscalNote.objects.create(
            receipt=bill.receipt, title=bill.payer_name, amount=bill.amount, state="issued", code="45990125",
            serial="0000000001", check_code="a1b2c3", issued_on=AT.date(), face=face, wanted_at=AT,
        )  # fmt: skip
        web.made["note"].refresh_from_db()
    return reverse("employers:fiscal_face", args=[web.made["note"].number])


def of_certificate(web: Web) -> str:
    scene.paid(web)
    return reverse("employers:certificate", args=[Cover.objects.earliest("id").number])


def choosing(web: Web) -> dict[str, Any]:
    return {"employer": web.people.mill.unit.code}


def one_row(web: Web) -> dict[str, Any]:
    return {"row": str(scene.draft(web, rows=3).rows.earliest("id").pk)}


def by_hand(web: Web) -> dict[str, Any]:
    return {"name": "林晓帆", "identity_kind": "居民身份证", "identity_number": person(44)[2]}


def another_clerk(web: Web) -> dict[str, Any]:
    return {"account": web.accounts["newcomer"][0].name, "name": "尉迟安", **REPLACING, "evidence": scene.scan()}


def joining(web: Web) -> dict[str, Any]:
    return {"credit_code": web.people.mill.credit_code, "name": "周一帆", **REPLACING, "evidence": scene.scan()}


def known_member(web: Web) -> None:
    """One of the mill without an account."""
    web.made["newcomer"] = member(web.people.mill, 88, "林晓原")


def to_the_member(web: Web) -> dict[str, Any]:
    return {"member": web.made["newcomer"].number}


def beginning(web: Web) -> str:
    return reverse("employers:enrolment_new") + f"?plan={scene.plan(web).number}"


def looked_at(name: str, shows: str, **more: Any) -> Page:
    """A page of an object of the mill's that is only read."""
    return Page(
        **{"name": f"employers:{name}", "who": CLERK, "wrong": WRONG, "strangers": STRANGERS, "shows": shows} | more
    )


def done(name: str, shows: str, **more: Any) -> Page:
    """Something done with an object of the mill's."""
    return looked_at(name, shows, method="post", expects=302, **more)


def general(name: str, shows: str, **more: Any) -> Page:
    """A page that every clerk has, those without an employer too."""
    return Page(**{"name": f"employers:{name}", "who": ANY_CLERK, "wrong": WRONG, "shows": shows} | more)


PAGES = [
    general("home", "待办"),
    general("choice", "/employers/", method="post", who=CLERK, data=choosing, strangers=STRANGERS, expects=302),
    looked_at("employer", "统一社会信用代码", address=of_mill("employers:employer")),
    general("application_new", "选择受理单位"),
    general(
        "application_new",
        "/employers/applications/A",
        method="post",
        label="hands in",
        address=lambda web: reverse("employers:application_new") + "?office=450502",
        data=lambda web: {**scene.applying(), "stamped_form": scene.scan()},
        expects=302,
    ),
    Page(
        "employers:application",
        who=("newcomer",),
        wrong=WRONG,
        address=of_application,
        strangers=("clerk", "other_clerk"),
        shows="碧海食品厂",
    ),
    Page(
        "employers:application",
        who=("newcomer",),
        wrong=WRONG,
        address=of_application,
        method="post",
        data=mending,
        arrange=returned,
        strangers=("clerk", "other_clerk"),
        wrong_state=applied,
        expects=302,
        shows="/employers/applications/A",
    ),
    general("registration_form", "公章"),
    general("authorisation_form", "公章"),
    general("clerks", "代办员"),
    general("joining", "授权书"),
    general("joining", "/employers/", method="post", who=("newcomer",), data=joining, expects=302),
    general("joining_form", "", method="post", who=("newcomer",), data=joining),
    looked_at("clerk_form", "", method="post", address=of_mill("employers:clerk_form"), data=another_clerk),
    looked_at("clerk_new", "登录名", address=of_mill("employers:clerk_new")),
    done("clerk_new", "/employers/clerks", address=of_mill("employers:clerk_new"), data=another_clerk),
    general("plans", "计划"),
    looked_at(
        "plan",
        "示例互助保障",
        address=lambda web: reverse("employers:plan", args=[scene.plan(web).number]),
        strangers=("newcomer",),
    ),
    general("enrolments", "参保单"),
    general("enrolments_export", "PK", who=CLERK),
    general("enrolment_new", "选择计划", who=CLERK),
    done(
        "enrolment_new",
        "/employers/enrolments/E",
        address=beginning,
        data=lambda web: {"headcount": "3"},
        strangers="those of other employers see the plan as well",
    ),
    looked_at("enrolment", "下载模板", address=of_draft("employers:enrolment")),
    looked_at("template", "PK", address=of_draft("employers:template")),
    done(
        "headcount",
        "/employers/enrolments/E",
        address=of_draft("employers:headcount"),
        data=lambda web: {"headcount": "5"},
        wrong_state=handed_in,
    ),
    done(
        "uploads",
        "/uploads/",
        address=of_draft("employers:uploads"),
        data=lambda web: {"roster": scene.sheet(scene.people(2))},
        wrong_state=handed_in,
    ),
    looked_at("upload", "采用正确的 2 行", address=of_upload("employers:upload")),
    done(
        "upload",
        "/employers/enrolments/E",
        address=of_upload("employers:upload"),
        data=lambda web: {"rows": "good"},
        wrong_state=lambda web: Enrolment.objects.filter(pk=scene.upload(web).enrolment_id).update(state="submitted"),
    ),
    looked_at("faults", "PK", address=of_upload("employers:faults")),
    looked_at("marked", "PK", address=of_upload("employers:marked")),
    done(
        "marked",
        "/jobs/",
        address=of_upload("employers:marked"),
        wrong_state=lambda web: Enrolment.objects.filter(pk=scene.upload(web).enrolment_id).update(state="submitted"),
    ),
    done(
        "columns",
        "/uploads/",
        address=of_asked("employers:columns"),
        data=lambda web: {"column0": "name", "column1": "identity_number", "column2": ""},
        wrong_state=lambda web: Enrolment.objects.filter(pk=scene.asked(web).enrolment_id).update(state="submitted"),
    ),
    looked_at("upload", "确认各列的含义", address=of_asked("employers:upload"), label="asks for the columns"),
    done(
        "mending",
        "/uploads/",
        address=of_old("employers:mending"),
        wrong_state=lambda web: Enrolment.objects.filter(pk=scene.old(web).enrolment_id).update(state="submitted"),
    ),
    looked_at("headers", "记住的表头", who=ANY_CLERK, strangers="names no object"),
    done(
        "headers",
        "/employers/headers",
        data=lambda web: {"mapping": str(scene.mapping(web).key)},
    ),
    looked_at("rows", "林晓禾", address=of_draft("employers:rows", 3)),
    done("rows", "/rows", address=of_draft("employers:rows", 3), data=one_row, wrong_state=handed_in),
    looked_at("row_new", "证件号码", address=of_draft("employers:row_new")),
    done("row_new", "/rows/new", address=of_draft("employers:row_new"), data=by_hand, wrong_state=handed_in),
    looked_at("submission", "人民币叁佰元整", address=of_draft("employers:submission", 3)),
    done(
        "submission",
        "/employers/enrolments/E",
        address=of_draft("employers:submission", 3),
        wrong_state=handed_in,
    ),
    looked_at("cancellation", "确认取消", address=of_draft("employers:cancellation")),
    done(
        "cancellation",
        "/employers/enrolments",
        address=of_draft("employers:cancellation", 3),
        wrong_state=lambda web: Enrolment.objects.filter(pk=scene.draft(web, 3).pk).update(state="accepted"),
    ),
    general("bills", "账单"),
    general("bills_export", "PK", who=CLERK),
    looked_at("bill", "人民币叁佰元整", address=of_bill("employers:bill")),
    done(
        "orders",
        "/employers/bills/B",
        address=of_bill("employers:orders"),
        data=lambda web: {"channel": "none"},
        wrong_state="a channel is refused before the state; see test_employers_way",
    ),
    looked_at("order", "300.00", address=of_order),
    done(
        "order_closing",
        "/employers/orders/B",
        address=lambda web: of_order(web) + "/closing",
        wrong_state="one that is over is left; see test_giving_up",
    ),
    looked_at(
        "payer",
        "/employers/bills/B",
        address=lambda web: reverse("employers:payer", args=[scene.bill(web).number, "none"]),
        expects=302,
    ),
    looked_at(
        "receipt",
        "%PDF",
        address=of_bill("employers:receipt", paid=True),
    ),
    looked_at(
        "fiscal_notes",
        "财政票据网关",
        method="post",
        address=of_bill("employers:fiscal_notes", paid=True),
        expects=409,
        wrong_state="there is no gateway here: see test_fiscal_pages",
    ),
    looked_at("fiscal_face", "%PDF", address=of_face),
    general("covers_here", "/covers", who=CLERK, expects=302),
    looked_at("covers", "职工保障", address=of_mill("employers:covers")),
    looked_at("covers_export", "PK", address=of_mill("employers:covers_export")),
    looked_at("certificate", "%PDF", address=of_certificate),
    general("activations_here", "/activations", who=CLERK, expects=302),
    looked_at("activations", "激活码", address=of_mill("employers:activations")),
    looked_at(
        "activations",
        "只在这一页显示一次",
        address=of_mill("employers:activations"),
        method="post",
        arrange=known_member,
        data=to_the_member,
    ),
    general("notices", "消息"),
    general("notices", "/employers/notices", method="post", expects=302),
    done("notice", "/employers/enrolments", address=of_notice),
    general("account", "/employers/password", expects=302),
    general("help", "办事说明"),
]
