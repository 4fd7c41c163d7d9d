"""会员端 beyond the five questions: from the code to the cover, edges, refusals, and how much the database is asked."""

from __future__ import annotations

import datetime

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from mutualaid.enrolment.models import Cover
from mutualaid.notices.actions import notify
from mutualaid.notices.models import Notice
from mutualaid.people.actions.activation import make_activation
from mutualaid.people.actions.members import begin_employment, end_employment
from mutualaid.people.models import Consent, Employment, Member, Purpose
from mutualaid.plans.models import OfficeWords
from tests.enrolment import rosters
from tests.people.cast import AT, BY
from tests.web import pages_members as pages
from tests.web.cast import PASSWORD, Web
from tests.web.conftest import Clock
from tests.web.member_covers import covered, demo_version, enrolled

HOME = "/members/"


def page(web: Web, path: str = "", person: str = "member", english: bool = False) -> str:
    """What a page shows."""
    client = web.client(person)
    if english:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    answer = client.get(HOME + path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def answered(client: Client, purpose: str, decision: str, **more: str) -> str:
    """Answer a consent; where it leads."""
    answer = client.post(
        f"{HOME}profile/consents/{purpose}", {"decision": decision, "version": "2025-1", "after": "welcome", **more}
    )
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_from_the_code_to_the_cover(web: Web) -> None:
    covered(web)
    Member.objects.filter(pk=web.people.lin.pk).update(account=None)
    code = make_activation(member=web.people.lin, by=BY, at=AT)
    client = Client()
    tail = web.people.lin.identity_number[-6:]
    given = {"code": code, "identity_tail": tail, "name": "lin-xiaohe", "password": PASSWORD, "again": PASSWORD}
    answer = client.post(reverse("common:activation"), given)
    assert (answer.status_code, answer["Location"]) == (302, "/members/welcome")
    first = client.get("/members/welcome")["Location"]
    assert first == "/members/profile/consents/enrolment?after=welcome"
    assert "参加互助保障使用个人信息" in client.get(first).content.decode()
    assert not Consent.objects.exists()
    assert answered(client, "enrolment", "give") == "/members/welcome"
    second = client.get("/members/welcome")["Location"]
    assert second == "/members/profile/consents/messages?after=welcome"
    assert answered(client, "messages", "decline") == "/members/welcome"
    assert client.get("/members/welcome")["Location"] == HOME
    shown = client.get(HOME).content.decode()
    assert "保障中" in shown
    assert "示例互助保障" in shown
    assert "还有授权等您选择" not in shown
    said = Consent.objects.order_by("id").values_list("purpose", "version", "given")
    assert list(said) == [("enrolment", "2025-1", True), ("messages", "2025-1", False)]


def test_nobody_covered_is_told_why_and_what_comes(web: Web) -> None:
    rosters.version(web.people.city)
    shown = page(web)
    for part in (
        "您现在没有保障",
        "第1厂工会",
        "互助保障由单位统一办理",
        "/members/plans/example-2025",
        "tel:13900000001",
    ):
        assert part in shown
    assert "还没有可以申请的保障" in page(web, "claims/new")
    assert "还没有保障" in page(web, "covers")


def test_who_works_nowhere(web: Web, web_clock: Clock) -> None:
    last = AT.date() + datetime.timedelta(days=1)
    end_employment(employment=Employment.objects.get(member=web.people.lin), until_on=last, by=BY, at=AT)
    web_clock.forward(days=2)
    web.at = web_clock.at
    assert "系统里没有您现在的任职单位" in page(web)
    for path in ("covers", "claims", "claims/new", "help", "profile"):
        page(web, path)


def test_enrolled_and_not_paid(web: Web) -> None:
    cover = enrolled(web)
    assert "等待单位缴费。缴费到账后保障按计划开始" in page(web)
    shown = page(web, f"covers/{cover.number}")
    assert "等待单位缴费到账" in shown
    assert "到账后确定，预计 2025年3月2日" in shown
    assert "certificate" not in shown
    assert web.client("member").get(f"{HOME}covers/{cover.number}/certificate").status_code == 409
    assert "您的保障还没有开始" in page(web, "claims/new")


def test_paid_and_not_begun(web: Web) -> None:
    cover = covered(web, version=rosters.version(web.people.city, term=rosters.FIXED))
    shown = page(web)
    assert "已缴费，待生效" in shown
    assert "<b>122</b> 天后开始" in shown
    assert "2025年7月1日零时起" in shown
    assert "保障开始" in page(web, f"covers/{cover.number}")
    assert "开始以后发生的事才能申请。下面" in page(web, f"claims/on-paper?cover={cover.number}")


def test_the_last_day_and_the_day_after(web: Web, web_clock: Clock) -> None:
    cover = covered(web)
    web_clock.at = datetime.datetime(2026, 2, 20, 12, tzinfo=datetime.UTC)
    assert "还剩 <b>1</b> 天" in page_at(web, web_clock)
    web_clock.at = datetime.datetime(2026, 2, 20, 16, tzinfo=datetime.UTC)  # midnight of the union's clock
    shown = page_at(web, web_clock)
    assert "您现在没有保障" in shown
    assert "已于 2026年2月20日 到期" in shown
    assert Cover.objects.get().until_on == cover.until_on


def page_at(web: Web, clock: Clock) -> str:
    """The first page in a session that began now."""
    web.at = clock.at
    return page(web)


def test_several_covers_and_an_employer_before(web: Web) -> None:
    old = covered(web)
    employment = Employment.objects.get(member=web.people.lin)
    end_employment(employment=employment, until_on=datetime.date(2025, 3, 2), by=BY, at=AT)
    moved = datetime.date(2025, 3, 2)
    begin_employment(member=web.people.lin, employer=web.people.yard, from_on=moved, by=BY, at=AT)
    second = enrolled_at_yard(web)
    shown = page(web, "covers")
    assert old.number in shown
    assert second.number in shown
    profile = page(web, "profile")
    assert "第1厂工会" in profile
    assert "第2厂工会" in profile
    assert "至今" in profile
    assert "第1厂工会" in page(web, f"covers/{old.number}")


def enrolled_at_yard(web: Web) -> Cover:
    """林晓禾 enrolled by the next employer, in another plan."""
    from mutualaid.enrolment.actions.accepting import accept_enrolment
    from mutualaid.enrolment.actions.enrolling import submit_enrolment
    from mutualaid.enrolment.actions.rosters import add_person

    later = AT + datetime.timedelta(days=2)
    version = rosters.version(web.people.city, "other-2025", family="other", term=rosters.NEXT_DAY)
    enrolment = rosters.begun(web.people.yard, version, at=later)
    lin = web.people.lin
    add_person(enrolment=enrolment, name=lin.name, identity_number=lin.identity_number, by=BY, at=later)
    submit_enrolment(enrolment=enrolment, by=BY, at=later)
    accept_enrolment(enrolment=enrolment, by=BY, at=later)
    return Cover.objects.get(enrolment=enrolment)


def test_a_plan_in_the_words_of_the_office_with_the_engines_own_example(web: Web) -> None:
    OfficeWords.objects.create(unit=web.people.city, contribution="会费", benefit="补助金", claim="申领", enrol="入会")
    cover = covered(web, version=demo_version(web))
    shown = page(web, f"covers/{cover.number}")
    for part in ("住院自付补助给付4,600元", "会费", "申领时限", "满30天起才给付", "第九条"):
        assert part in shown, part
    assert "互助费" not in shown
    assert "办理入会" in page(web, f"plans/{cover.plan}")
    assert "计算补助金" in page(web, "claims/on-paper")


def test_english(web: Web) -> None:
    cover = covered(web, version=demo_version(web))
    shown = page(web, f"covers/{cover.number}", english=True)
    for part in ("In force", "Hospital mutual aid of Shifan", "Waiting time", "Worked example"):
        assert part in shown, part
    assert "Settlement of the basic insurance" in page(web, f"claims/on-paper?cover={cover.number}", english=True)
    assert "Contribution" in page(web, "help", english=True)


def test_every_page_is_there_in_english(web: Web) -> None:
    covered(web, version=demo_version(web))
    enrolled(web)
    pages.letter(web)
    pages.carded(web)
    cover = web.made["cover"]
    paths = [
        "",
        "covers",
        f"covers/{cover.number}",
        f"plans/{cover.plan}",
        "claims",
        "claims/new",
        "notices",
        "profile",
    ]
    paths += ["profile/contact", "profile/bank-card", "profile/consents", "profile/record", "help"]
    paths += [f"profile/consents/{purpose}" for purpose in Purpose]
    client = web.client("member")
    client.raise_request_exception = True
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    for path in paths:
        answer = client.get(HOME + path)
        assert answer.status_code == 200, path
        assert 'lang="en"' in answer.content.decode()


def test_a_certificate_is_a_pdf_and_kept_nowhere(web: Web) -> None:
    cover = covered(web)
    answer = web.client("member").get(f"{HOME}covers/{cover.number}/certificate")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "no-store" in answer["Cache-Control"]


def test_a_plan_of_another_place_is_not_found(web: Web) -> None:
    rosters.version(web.people.other_city, "far-2025")
    assert web.client("member").get(f"{HOME}plans/far-2025").status_code == 404


def test_somebody_elses_cover_is_not_claimed_from(web: Web) -> None:
    cover = covered(web)
    assert web.client("other_member").get(f"{HOME}claims/on-paper?cover={cover.number}").status_code == 404


@pytest.mark.parametrize("typed", ["", "12345", "13900000077<script>", "1" * 29])
def test_a_wrong_phone_stays_in_the_form(web: Web, typed: str) -> None:
    answer = web.client("member").post(f"{HOME}profile/contact", {"phone": typed})
    assert answer.status_code == 422
    assert "<script>1" not in answer.content.decode()
    web.people.lin.refresh_from_db()
    assert web.people.lin.phone == "13900000001"


def test_a_bank_card_only_after_the_consent(web: Web) -> None:
    client = web.client("member")
    answer = client.post(f"{HOME}profile/bank-card", {"bank_card": pages.CARD})
    assert answer.status_code == 409
    assert "应先单独同意" in answer.content.decode()
    assert answered(client, "bank_account", "give", after="bank_card") == "/members/profile/bank-card"
    assert client.post(f"{HOME}profile/bank-card", {"bank_card": pages.CARD}).status_code == 302
    assert "***************0000" in page(web, "profile")
    assert pages.CARD not in page(web, "profile/bank-card")
    answered(client, "bank_account", "withdraw")
    web.people.lin.refresh_from_db()
    assert web.people.lin.bank_card is None


def test_no_answer_to_a_text_that_is_not_todays(web: Web) -> None:
    client = web.client("member")
    for given in ({"decision": "give", "version": "1999-1"}, {"version": "2025-1"}, {"decision": "give"}):
        assert client.post(f"{HOME}profile/consents/messages", given).status_code == 409
    assert client.get(f"{HOME}profile/consents/nothing").status_code == 404
    assert not Consent.objects.exists()
    away = client.post(
        f"{HOME}profile/consents/messages",
        {"decision": "give", "version": "2025-1", "after": "https://elsewhere.example"},
    )
    assert away["Location"] == "/members/profile/consents"


def test_notices_are_read_one_by_one_and_all(web: Web) -> None:
    for _ in range(45):
        pages.letter(web)
    shown = page(web, "notices")
    assert shown.count('class="letter letter-new"') == 20
    assert "共" in shown
    client = web.client("member")
    newest = Notice.objects.filter(portal="member").latest("id")
    assert client.post(f"{HOME}notices/{newest.key}")["Location"] == "/members/covers"
    assert Notice.objects.filter(portal="member", read_at=None).count() == 44
    client.post(f"{HOME}notices/reading")
    assert not Notice.objects.filter(portal="member", read_at=None).exists()
    assert client.get(f"{HOME}notices?page=999").status_code == 200
    assert client.get(f"{HOME}notices?page=x").status_code == 200


def test_a_notice_is_not_written_as_markup(web: Web) -> None:
    notify(
        account=web.accounts["member"][0],
        portal="member",
        template="cover_ending",
        words={"plan": "<b>计划</b>", "to_on": "2026-01-01"},
        by=BY,
        at=AT,
    )
    assert "<b>计划</b>" not in page(web, "notices")


def test_who_read_my_data_names_nobody(web: Web) -> None:
    web.client("member").post(f"{HOME}profile/contact", {"phone": "13900000077"})
    shown = page(web, "profile/record")
    assert "更改手机号码 · 本人" in shown
    assert "登记会员资料 · 系统" in shown


def test_a_year_of_covers_and_news_is_few_statements(web: Web) -> None:
    version = demo_version(web)
    covered(web, version=version)
    enrolled(web)
    for _ in range(50):
        pages.letter(web)
    pages.agreed(web, Purpose.MESSAGES)
    cover = web.made["cover"]
    paths = (
        "",
        "covers",
        f"covers/{cover.number}",
        f"plans/{cover.plan}",
        "claims",
        "claims/new",
        "notices",
        "profile",
    )
    for path in (*paths, "profile/consents", "profile/record", "help"):
        client = web.client("member")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(HOME + path).status_code == 200
        own = [one["sql"] for one in asked if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
        own = [sql for sql in own if "django_session" not in sql and "set_config" not in sql]
        assert len(own) <= 12, (path, len(own), own)
