"""Signing in and out at the three portals, the second factor at the first sign-in, passwords, and what attackers try."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

import pytest
from django.conf import settings as product
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django_otp.oath import hotp

from mutualaid.core.actors import ActorKind
from mutualaid.core.models import AuditEntry
from mutualaid.people.actions.sign_in import FAILURES_MOST, confirm_totp, offer_totp
from mutualaid.people.models import Account
from mutualaid.web.common import sessions
from mutualaid.web.common.addresses import own_path
from tests.people.cast import BY
from tests.web.cast import PASSWORD, Web, sign_in_as
from tests.web.conftest import Clock
from tests.web.pages_common import NEW, with_password

pytestmark = pytest.mark.django_db


def code_at(account: Account, clock: Clock) -> str:
    """What the app on the phone shows now."""
    account.refresh_from_db()
    assert account.totp_secret is not None
    return f"{hotp(base64.b32decode(account.totp_secret), int(clock.at.timestamp()) // 30):06d}"


def bound(web: Web, person: str, clock: Clock) -> Account:
    """A member of staff with password and second factor; the code of this moment is used up."""
    account = with_password(web, person)
    offer_totp(account=account, by=BY, at=clock.at)
    confirm_totp(account=account, code=code_at(account, clock), by=BY, at=clock.at)
    clock.forward(minutes=5)
    return account


def come(client: Client, portal: str, name: str, password: str = PASSWORD, **more: str) -> HttpResponse:
    """The form is sent."""
    found = client.post(f"/{portal}/sign-in", {"name": name, "password": password, **more})
    assert isinstance(found, HttpResponse)
    return found


def is_in(client: Client, portal: str) -> bool:
    """Whether the browser is signed in there."""
    return client.get(f"/{portal}/password").status_code == 200


def test_a_member_signs_in_by_phone_and_by_name_and_out(web: Web) -> None:
    account = with_password(web, "member")
    account.phone = "13900000077"
    account.save()
    for name in ("member", "13900000077", "139 0000 0077"):
        client = Client()
        assert come(client, "members", name)["Location"] == "/members/"
        assert is_in(client, "members")
        assert client.post("/sign-out")["Location"] == "/members/sign-in"
        assert not is_in(client, "members")


def test_nobody_stands_before_an_owner_by_taking_their_phone_as_a_name(web: Web) -> None:
    owner = with_password(web, "member")
    owner.phone = "13900000077"
    owner.save()
    Account.objects.create(name="13900000077")
    client = Client()
    assert come(client, "members", "13900000077")["Location"] == "/members/"


def test_staff_bind_a_second_factor_first_and_use_it_afterwards(web: Web, web_clock: Clock) -> None:
    account = with_password(web, "reviewer")
    client = Client()
    assert (
        come(client, "workbench", account.name, next="/workbench/search?q=1")["Location"] == "/workbench/second-factor"
    )
    assert not is_in(client, "workbench")
    assert "生成密钥" in client.get("/workbench/second-factor").content.decode()
    assert client.post("/workbench/second-factor").status_code == 302
    page = client.get("/workbench/second-factor").content.decode()
    account.refresh_from_db()
    assert "".join(re.findall(r"<code>(.*)</code>", page)).replace(" ", "") == account.totp_secret
    assert "data:image/svg+xml" in page
    wrong = client.post("/workbench/second-factor", {"code": "000000"})
    assert (wrong.status_code, is_in(client, "workbench")) == (409, False)
    right = client.post("/workbench/second-factor", {"code": code_at(account, web_clock)})
    assert right["Location"] == "/workbench/search?q=1"
    assert is_in(client, "workbench")
    assert AuditEntry.objects.order_by("-id").values_list("what", flat=True)[0] == "sign_in"
    web_clock.forward(minutes=2)
    again = Client()
    assert come(again, "workbench", account.name).status_code == 409
    assert come(again, "workbench", account.name, code=code_at(account, web_clock))["Location"] == "/workbench/"


def test_a_password_alone_is_good_for_ten_minutes_of_binding(web: Web, web_clock: Clock) -> None:
    client = Client()
    come(client, "workbench", with_password(web, "reviewer").name)
    web_clock.forward(minutes=10)
    assert client.get("/workbench/second-factor")["Location"].startswith("/workbench/sign-in")
    assert client.post("/workbench/second-factor").status_code == 302
    assert web.accounts["reviewer"][0].totp_secret is None


def test_a_bound_factor_is_never_shown_again(web: Web, web_clock: Clock) -> None:
    client = Client()
    account = with_password(web, "reviewer")
    come(client, "workbench", account.name)
    client.post("/workbench/second-factor")
    confirm_totp(account=account, code=code_at(account, web_clock), by=BY, at=web_clock.at)
    assert client.get("/workbench/second-factor")["Location"] == "/workbench/sign-in?why=long"


@pytest.mark.parametrize(("person", "portal"), [("clerk", "members"), ("member", "workbench"), ("clerk", "workbench")])
def test_an_account_stands_for_nobody_at_another_portal(web: Web, person: str, portal: str) -> None:
    client = Client()
    answer = come(client, portal, with_password(web, person).name)
    assert answer.status_code == 409
    assert product.SESSION_COOKIE_NAME not in client.cookies


def test_a_clerk_without_an_employer_signs_in(web: Web) -> None:
    assert come(Client(), "employers", with_password(web, "newcomer").name)["Location"] == "/employers/"


def test_staff_need_their_code_at_other_portals_too(web: Web, web_clock: Clock) -> None:
    account = bound(web, "reviewer", web_clock)
    client = Client()
    assert come(client, "employers", account.name).status_code == 409
    assert come(client, "employers", account.name, code=code_at(account, web_clock)).status_code == 302


def test_a_lock_is_told_and_holds_for_the_right_password(web: Web) -> None:
    name = with_password(web, "member").name
    client = Client()
    answers = [come(client, "members", name, "wrong").content.decode() for _ in range(FAILURES_MOST)]
    assert "登录名、密码或动态码不对" in answers[0]
    assert "锁定" in answers[-1]
    assert "锁定" in come(client, "members", name).content.decode()
    assert AuditEntry.objects.filter(what="sign_in_refused").count() == FAILURES_MOST


def test_what_was_typed_stays_but_not_the_password(web: Web) -> None:
    page = come(Client(), "members", 'nobody"><b>', "se-cret-1").content.decode()
    assert 'value="nobody&quot;&gt;&lt;b&gt;"' in page
    assert "se-cret-1" not in page


@pytest.mark.parametrize(
    "wanted",
    [
        *(
            "https://example.org/",
            "//example.org",
            "///example.org",
            "/\\example.org",
            "\\/example.org",
            "javascript:alert(1)",
        ),
        *(
            "http:///example.org",
            "/\t/example.org",
            "/\n/example.org",
            " //example.org",
            "members/",
            "",
            "/\x00/x",
            "//[::1",
        ),
    ],
)
def test_next_leads_nowhere_else(web: Web, wanted: str) -> None:
    assert own_path(wanted, "/home") == "/home"
    assert come(Client(), "members", with_password(web, "member").name, next=wanted)["Location"] == "/members/"


@pytest.mark.parametrize("wanted", ["/members/covers?page=2", "/members/计划", "/"])
def test_next_leads_to_our_own_pages(web: Web, wanted: str) -> None:
    answer = come(Client(), "members", with_password(web, "member").name, next=wanted)
    assert unquote(answer["Location"]) == wanted


def test_a_planted_session_is_worth_nothing(web: Web) -> None:
    client = Client()
    client.cookies[product.SESSION_COOKIE_NAME] = "plantedplantedplantedplantedplan"
    come(client, "members", with_password(web, "member").name)
    fresh = client.cookies[product.SESSION_COOKIE_NAME].value
    assert fresh != "plantedplantedplantedplantedplan"
    sign_in_as(client, *web.accounts["member"])
    before = client.cookies[product.SESSION_COOKIE_NAME].value
    come(client, "members", web.accounts["member"][0].name)
    assert client.cookies[product.SESSION_COOKIE_NAME].value != before
    client.cookies[product.SESSION_COOKIE_NAME] = before
    assert not is_in(client, "members")


def test_a_form_without_its_token_is_refused(web: Web) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = come(client, "members", with_password(web, "member").name)
    assert (answer.status_code, "页面已过期" in answer.content.decode()) == (403, True)
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/members/sign-in").content.decode())[0]
    assert come(client, "members", "member", csrfmiddlewaretoken=token).status_code == 302


def test_signing_out_is_a_form(web: Web) -> None:
    client = web.client("member")
    assert client.get("/sign-out").status_code == 405
    assert is_in(client, "members")


def test_a_password_is_changed_and_other_sessions_end(web: Web) -> None:
    with_password(web, "member")
    here, elsewhere = web.client("member"), web.client("member")
    changed = here.post("/members/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert changed["Location"] == "/members/"
    assert is_in(here, "members")
    assert elsewhere.get("/members/password")["Location"].endswith("why=changed")
    assert come(Client(), "members", "member", NEW).status_code == 302


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"current": "wrong", "password": NEW, "again": NEW}, "现用密码不对"),
        ({"current": PASSWORD, "password": NEW, "again": NEW + "x"}, "两次输入"),
        ({"current": PASSWORD, "password": PASSWORD, "again": PASSWORD}, "不同"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "至少 10 个字符"),
        ({}, "现用密码不对"),
    ],
)
def test_a_password_is_not_changed(web: Web, given: dict[str, str], told: str) -> None:
    with_password(web, "member")
    answer = web.client("member").post("/members/password", given)
    assert (answer.status_code, told in answer.content.decode()) == (409, True)
    assert come(Client(), "members", "member").status_code == 302


def test_guessing_the_password_in_use_locks(web: Web) -> None:
    with_password(web, "member")
    client = web.client("member")
    wrong = {"current": "wrong", "password": NEW, "again": NEW}
    answers = [client.post("/members/password", wrong).content.decode() for _ in range(FAILURES_MOST)]
    assert "锁定" in answers[-1]
    assert (
        "锁定"
        in client.post("/members/password", {"current": PASSWORD, "password": NEW, "again": NEW}).content.decode()
    )


def test_staff_change_a_password_that_is_90_days_old(web: Web, web_clock: Clock) -> None:
    account = bound(web, "reviewer", web_clock)
    web_clock.forward(days=90)
    client = Client()
    come(client, "workbench", account.name, code=code_at(account, web_clock))
    some_page = "/files/00000000-0000-4000-8000-000000000000"
    assert client.get(some_page)["Location"] == "/workbench/password"
    assert client.get(some_page, headers={"HX-Request": "true"})["HX-Redirect"] == "/workbench/password"
    client.post("/workbench/password", {"current": PASSWORD, "password": NEW, "again": NEW})
    assert client.get(some_page).status_code == 404
    with_password(web, "clerk")
    web_clock.forward(days=200)
    sign_in_as(client, *web.accounts["clerk"], web_clock.at)
    assert client.get(some_page).status_code == 404, "clerks keep theirs"


def test_a_clerk_opens_an_account_and_is_in(web: Web) -> None:
    client = Client()
    given = {"name": "zhou-yifan", "phone": "139-0000-0055", "password": NEW, "again": NEW}
    assert client.post("/employers/account", given)["Location"] == "/employers/"
    assert is_in(client, "employers")
    assert come(Client(), "employers", "13900000055", NEW).status_code == 302


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "member"}, "已属于另一账号"),
        ({"name": "13900000056"}, "不是手机号"),
        ({"name": "a b"}, "不含空格"),
        ({"name": ""}, "登录名应为"),
        ({"name": "x" * 65}, "登录名应为"),
        ({"phone": "123"}, "应为手机号码"),
        ({"password": "1234567890123", "again": "1234567890123"}, "不能全是数字"),
        ({"again": "other"}, "两次输入"),
    ],
)
def test_an_account_is_not_opened(web: Web, change: dict[str, str], told: str) -> None:
    given = {"name": "zhou-yifan", "phone": "13900000055", "password": NEW, "again": NEW, **change}
    answer = Client().post("/employers/account", given)
    assert (answer.status_code, told in answer.content.decode()) == (409, True)
    assert not Account.objects.filter(name="zhou-yifan").exists()


def test_sessions_end_when_idle_and_after_twelve_hours(web: Web, web_clock: Clock) -> None:
    client = web.client("member")
    for _ in range(23):
        web_clock.forward(minutes=29)
        assert is_in(client, "members")
    web_clock.forward(minutes=30)
    idle = client.get("/members/password")
    assert idle["Location"] == "/members/sign-in?next=%2Fmembers%2Fpassword&why=idle"
    assert "没有操作" in client.get(idle["Location"]).content.decode()
    sign_in_as(client, *web.accounts["member"], web_clock.at)
    for _ in range(25):
        web_clock.forward(minutes=28)
        assert is_in(client, "members")
    web_clock.forward(minutes=20)
    assert client.get("/members/password")["Location"].endswith("why=long")


def test_a_form_sent_without_a_session_leads_back_to_its_page_and_says_that_it_was_not_received() -> None:
    client = Client(headers={"Referer": "http://testserver/workbench/claims/L00000001?tab=facts"})
    answer = client.post("/workbench/claims/L00000001/approval")
    assert answer["Location"] == ("/workbench/sign-in?next=%2Fworkbench%2Fclaims%2FL00000001%3Ftab%3Dfacts&why=lost")
    assert "刚才提交的没有收下" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("shown", ["", "http://[", "javascript:alert(1)", "http://testserver//elsewhere.example"])
def test_an_odd_page_before_a_form_is_not_gone_back_to(shown: str) -> None:
    answer = Client(headers={"Referer": shown}).post("/workbench/claims/L00000001/approval")
    assert answer["Location"] == "/workbench/sign-in?why=lost"


def test_the_moment_of_the_last_request_is_written_once_a_minute(web: Web, web_clock: Clock) -> None:
    client = web.client("member")
    key = client.cookies[product.SESSION_COOKIE_NAME].value

    def kept() -> int:
        return int(SessionStore(key)["seen"])

    first = kept()
    web_clock.forward(seconds=59)
    is_in(client, "members")
    assert kept() == first
    web_clock.forward(seconds=1)
    is_in(client, "members")
    assert kept() == first + 60


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "argon2$other"}])
def test_a_session_ends_when_the_account_changes(web: Web, change: dict[str, object]) -> None:
    client = web.client("member")
    Account.objects.filter(name="member").update(**change)
    assert not is_in(client, "members")


def test_one_click_sign_in_is_impossible_outside_the_demonstration(web: Web, settings: object) -> None:
    request = HttpRequest()
    request.session = SessionStore()
    account, kind = web.accounts["reviewer"]
    with pytest.raises(sessions.DemoOnly):
        sessions.sign_in_demo(request, account, kind, web.at)
    assert list(request.session.keys()) == []
    settings.DEMO = True  # type: ignore[attr-defined]
    sessions.sign_in_demo(request, account, ActorKind.STAFF, web.at)
    assert sessions.standing_of(request.session, web.at) is not None


def test_pages_of_who_is_signed_in_are_kept_nowhere_and_all_carry_the_headers(web: Web) -> None:
    page = web.client("member").get("/members/password")
    assert {"no-store", "private"} <= set(page["Cache-Control"].split(", "))
    for answer in (page, Client().get("/members/sign-in"), Client().get("/nowhere")):
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "microphone=()" in answer["Permissions-Policy"]
        assert answer["Content-Language"] == "zh-hans"


def test_cookies_are_closed_to_scripts_and_travel_by_https_alone(web: Web) -> None:
    client = Client()
    come(client, "members", with_password(web, "member").name)
    session = client.cookies[product.SESSION_COOKIE_NAME]
    assert (session["httponly"], session["secure"], session["samesite"]) == (True, True, "Lax")


def test_the_language_is_what_was_chosen_whatever_the_browser_prefers(web: Web) -> None:
    client = Client(headers={"Accept-Language": "en"})
    assert "会员端登录" in client.get("/members/sign-in").content.decode()
    client.cookies["language"] = "en"
    assert "Members: sign in" in client.get("/members/sign-in").content.decode()
    client.cookies["language"] = "xx"
    assert client.get("/members/sign-in")["Content-Language"] == "zh-hans"


def test_a_language_is_kept_with_the_account_and_holds_on_the_next_phone(web: Web) -> None:
    account = with_password(web, "member")
    client = Client()
    come(client, "members", account.name)
    assert "我的保障" in client.get("/members/").content.decode()
    client.post("/language", {"language": "en", "next": "/members/"})
    client.post("/language", {"language": "en", "next": "/members/"})
    client.post("/language", {"language": "tlh", "next": "/members/"})
    account.refresh_from_db()
    assert account.language == "en"
    assert AuditEntry.objects.filter(what="choose_language").count() == 1, "to choose what is chosen is nothing"
    other = Client()
    come(other, "members", account.name)
    page = other.get("/members/")
    assert (page["Content-Language"], "My cover" in page.content.decode()) == ("en", True)
    other.post("/language", {"language": "zh-hans", "next": "/members/"})
    assert client.get("/members/")["Content-Language"] == "zh-hans", "whatever the first phone's cookie says"


def test_who_signs_in_by_a_page_in_english_keeps_it_unless_they_chose_before(web: Web) -> None:
    account = with_password(web, "member")
    client = Client()
    client.cookies["language"] = "en"
    come(client, "members", account.name)
    account.refresh_from_db()
    assert account.language == "en"
    client.post("/language", {"language": "zh-hans", "next": "/members/"})
    again = Client()
    again.cookies["language"] = "en"
    come(again, "members", account.name)
    account.refresh_from_db()
    assert account.language == "zh-hans"
    assert again.get("/members/")["Content-Language"] == "zh-hans"
