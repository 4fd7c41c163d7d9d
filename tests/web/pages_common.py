"""The pages that all portals share, for the five questions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.urls import reverse

from mutualaid.core import papers, work
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.people.actions.sign_in import set_password
from mutualaid.people.models import Account
from tests.people.cast import AT, BY
from tests.web.cast import PASSWORD, Web
from tests.web.questions import Page

NEW = "bai-yun-shan-shang-26"
EVERYBODY = ("member", "clerk", "newcomer", "reviewer", "system_admin")


def with_password(web: Web, person: str) -> Account:
    """A person's account, with a password."""
    account, _ = web.accounts[person]
    set_password(account=account, password=PASSWORD, by=BY, at=AT)
    account.refresh_from_db()
    return account


def giving_password(person: str) -> Callable[[Web], None]:
    """An arrangement: the person has one."""

    def arrange(web: Web) -> None:
        with_password(web, person)

    return arrange


def stored(web: Web, person: str = "clerk") -> StoredFile:
    """A file that a person brought, in the branch of the mill."""
    if "file" not in web.made:
        path = web.people.mill.unit.path
        web.made["file"] = papers.store(
            content=b"%PDF-1.7 ...",
            name="盖章.pdf",
            kind="form",
            media_type=papers.PDF,
            unit_path=path,
            by=web.actor(person),
            at=AT,
        )
    return web.made["file"]


def job(web: Web) -> LongJob:
    """A job that the reviewer asked for."""
    if "job" not in web.made:
        actor = web.actor("reviewer")
        web.made["job"] = LongJob.objects.create(
            kind="count", by_kind=actor.kind, by_key=actor.key, asked_at=AT, total=4, done=1
        )
    return web.made["job"]


def signing_in(person: str) -> Any:
    """What a person types."""
    return lambda web: {"name": web.accounts[person][0].name, "password": PASSWORD}


def locked(web: Web, person: str) -> None:
    """Five failures."""
    Account.objects.filter(pk=web.accounts[person][0].pk).update(locked_until=AT.replace(year=AT.year + 1))


def portal_page(name: str, portal: str) -> Any:
    return lambda web: reverse(name, args=[portal])


def changing(web: Web) -> dict[str, Any]:
    return {"current": PASSWORD, "password": NEW, "again": NEW}


PAGES = [
    *(
        Page(
            "common:sign_in",
            who=("anonymous",),
            address=portal_page("common:sign_in", portal),
            shows="密码",
            label=portal,
        )
        for portal in ("members", "employers", "workbench")
    ),
    *(
        Page(
            "common:sign_in",
            who=("anonymous",),
            address=portal_page("common:sign_in", portal),
            method="post",
            data=signing_in(person),
            arrange=giving_password(person),
            wrong_state=partial(locked, person=person),
            expects=302,
            shows=f"/{portal}/",
            label=portal,
        )
        for portal, person in (("members", "member"), ("employers", "clerk"))
    ),
    Page(
        "common:sign_in",
        who=("anonymous",),
        address=portal_page("common:sign_in", "workbench"),
        method="post",
        data=signing_in("finance"),
        arrange=giving_password("finance"),
        wrong_state=partial(locked, person="finance"),
        expects=302,
        shows="/workbench/second-factor",
        label="workbench, first time",
    ),
    Page(
        "common:second_factor",
        who=("anonymous",),
        expects=302,
        shows="/workbench/sign-in",
        wrong_state="see test_sign_in_pages",
    ),
    Page("common:account", who=("anonymous",), shows="登录名"),
    Page(
        "common:account",
        who=("anonymous",),
        method="post",
        data=lambda web: {"name": "zhou-yifan", "phone": "13900000055", "password": NEW, "again": NEW},
        wrong_state=lambda web: web.made.update(taken=Account.objects.create(name="zhou-yifan")),
        expects=302,
        shows="/employers/",
    ),
    Page("common:activation", who=("anonymous",), shows="激活码"),
    *(
        Page(
            "common:password",
            who=(person,),
            wrong=wrong,
            address=portal_page("common:password", portal),
            method=method,
            data=changing if method == "post" else lambda web: {},
            arrange=giving_password(person),
            wrong_state=partial(locked, person=person) if method == "post" else "a form has no state",
            expects=302 if method == "post" else 200,
            shows=f"/{portal}/" if method == "post" else "新密码",
            label=portal,
        )
        for portal, person, wrong in (
            ("members", "member", ("clerk", "reviewer")),
            ("employers", "clerk", ("member", "reviewer")),
            ("workbench", "reviewer", ("member", "clerk")),
        )
        for method in ("get", "post")
    ),
    Page("common:sign_out", who=EVERYBODY, method="post", expects=302, shows="/members/sign-in"),
    Page(
        "common:file",
        who=("clerk", "reviewer", "enrolment_clerk"),
        address=lambda web: reverse("common:file", args=[stored(web).key]),
        strangers=("member", "other_clerk", "outsider", "newcomer", "analyst", "system_admin"),
        wrong_state="a file has no state",
        shows="%PDF",
    ),
    Page(
        "common:job",
        who=("reviewer",),
        address=lambda web: reverse("common:job", args=[job(web).key]),
        strangers=("outsider", "finance", "clerk", "member"),
        wrong_state="it shows whatever state there is",
        shows="1 / 4",
    ),
    Page(
        "common:job_cancellation",
        who=("reviewer",),
        address=lambda web: reverse("common:job_cancellation", args=[job(web).key]),
        method="post",
        strangers=("outsider", "clerk", "member"),
        wrong_state=lambda web: web.made.update(job=work.cancel(job=job(web), by=web.actor("reviewer"), at=AT)),
        expects=302,
        shows="/jobs/",
    ),
    *(
        Page(
            f"common:{name}",
            who=("anonymous",),
            method="post",
            data=lambda web: {"language": "en", "care": "1", "next": "/members/sign-in"},
            expects=302,
            shows="/members/sign-in",
        )
        for name in ("language", "reading")
    ),
    Page(
        "common:filters",
        who=EVERYBODY,
        method="post",
        data=lambda web: {"listing": "covers", "name": "本月", "query": "state=begun", "next": "/workbench/covers"},
        expects=302,
        shows="/workbench/covers",
    ),
    Page("common:worker", who=("anonymous",), shows="offline"),
    Page("common:offline", who=("anonymous",), shows="网络"),
    Page("common:front", who=("anonymous",), shows="代办员"),
]
