"""The first screen of the demonstration: its story, signing in by one click, its samples; and that none of it is elsewhere."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client, RequestFactory, override_settings
from django.urls import Resolver404, resolve
from django.utils import timezone

from mutualaid.contributions.bank.reading import read_statement
from mutualaid.contributions.models import Bill
from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.models import AuditEntry
from mutualaid.enrolment.actions.enrolling import begin_enrolment
from mutualaid.enrolment.actions.rosters import preview_roster
from mutualaid.notices.actions import notify_member
from mutualaid.notices.jobs import send_message
from mutualaid.notices.models import SmsMessage
from mutualaid.people.actions.members import give_consent
from mutualaid.people.models import Account, Employer, Member, Purpose
from mutualaid.plans.models import PlanVersion
from mutualaid.web.common import sessions
from mutualaid.web.common.requests import Standing
from mutualaid.web.demo import cast, samples, seeding, story, union, views
from tests.notices.provider import Phones
from tests.once import SHARED, begins_with
from tests.web import demo_urls  # outside demo mode: the product's own addresses are read at import

UNION = ("tests.web.union_made", "union")


@pytest.fixture
@begins_with(*UNION)
def demo(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The product in demo mode, with its union."""
    monkeypatch.setenv("MUTUALAID_DATA", str(SHARED.copy(*UNION)))
    monkeypatch.setattr(story, "REPORTS", {})  # whatever was made in this folder before
    # The application itself is installed only when Django starts: here its templates are enough.
    [engine] = configured.TEMPLATES
    templates = [engine | {"DIRS": [Path(views.__file__).parent / "templates"]}]
    with override_settings(DEMO=True, TEMPLATES=templates, ROOT_URLCONF=demo_urls.__name__):
        yield Client()


def test_outside_the_demonstration_there_is_nothing(db: None, rf: RequestFactory) -> None:
    for path in ("/demo/", "/demo/sign-ins/demo.clerk", "/demo/samples/roster.xlsx"):
        with pytest.raises(Resolver404):
            resolve(path, urlconf="mutualaid.web.urls")
        assert Client().get(path).status_code == 404
    assert "mutualaid.web.demo" not in configured.INSTALLED_APPS
    page = Client().get("/")
    assert page.status_code == 200
    assert "您是哪一位" in page.content.decode()
    assert "虚构" not in page.content.decode()
    at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    for call in (
        lambda: views.first(rf.get("/demo/")),
        lambda: views.sign_in(rf.post("/demo/"), key=cast.CLERK.key),
        lambda: views.sample(rf.get("/demo/"), name="roster.xlsx"),
        lambda: views.report(rf.get("/demo/"), name="plans"),
        lambda: seeding.opened_for(number="1", person=cast.NEW_MEMBER, by=Actor(ActorKind.SYSTEM, "demo"), at=at),
    ):
        with pytest.raises(seeding.NotTheDemonstration):
            call()
    with pytest.raises(sessions.DemoOnly):
        sessions.sign_in_demo(rf.get("/"), Account(), ActorKind.STAFF, at)
    assert not Member.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_first_page_tells_the_story(demo: Client) -> None:
    assert demo.get("/").headers["Location"] == "/demo/"
    page = demo.get("/demo/")
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count('<li class="story-step') == 18
    assert "全部是虚构的" in text
    assert "make plans" in text
    assert text.count('aria-current="step"') == 1


def test_everybody_comes_in_by_one_click(demo: Client) -> None:
    for key, person in views._people().items():
        if person is cast.NEW_MEMBER:
            continue
        answer = demo.post(f"/demo/sign-ins/{key}", {"next": "/jobs/"})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/jobs/"), key
        found = sessions.standing_of(demo.session, timezone.now())
        assert isinstance(found, Standing), key
        assert found.actor == Actor(person.kind, str(Account.objects.get(name=key).pk))
        assert {str(role) for role in person.roles} == {str(role) for role in found.roles}


def test_signing_in_is_asked_for_with_care(demo: Client) -> None:
    assert demo.get(f"/demo/sign-ins/{cast.CLERK.key}").status_code == 405
    assert demo.post("/demo/sign-ins/demo.nobody").status_code == 404
    assert demo.post(f"/demo/sign-ins/{cast.CLERK.key}", {"next": "//elsewhere"}).headers["Location"] == "/employers/"
    assert Client(enforce_csrf_checks=True).post(f"/demo/sign-ins/{cast.CLERK.key}").status_code == 403


def test_the_new_member_comes_in_once_they_are_one(demo: Client) -> None:
    answer = demo.post(f"/demo/sign-ins/{cast.NEW_MEMBER.key}", follow=True)
    assert "还没有登记为会员" in answer.content.decode()
    assert not Account.objects.filter(name=cast.NEW_MEMBER.key).exists()


def test_samples_are_taken_by_the_product(demo: Client) -> None:
    assert demo.get("/demo/samples/stamped-form.pdf").content.startswith(b"%PDF-")
    bill = Bill.objects.get(state="issued")
    reading = read_statement(data=demo.get("/demo/samples/statement.csv").content, account=samples.ACCOUNT)
    assert {line.serial: line.amount for line in reading.credits}[samples.serial_of(bill)] == bill.amount
    assert demo.get("/demo/samples/other.pdf").status_code == 404
    employer = Employer.objects.order_by("unit_id").last()
    assert employer is not None
    by, at = Actor(ActorKind.CLERK, "1"), timezone.now()
    version = PlanVersion.objects.get(plan=union.GIG)
    enrolment = begin_enrolment(employer=employer, version=version, headcount=11, by=by, at=at)
    enrolment.refresh_from_db()
    content = demo.get("/demo/samples/roster.xlsx").content
    file = papers.store(content=content, name="a.xlsx", kind="roster", media_type=papers.XLSX, by=by, at=at)
    upload = preview_roster(enrolment=enrolment, file=file, by=by, at=at)
    assert upload.rows_read == len(samples.sample_rows())


def test_reports_are_shown_when_they_are_there(demo: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "REPORTS", {"plans": tmp_path / "plans.html", "year": tmp_path / "year.html"})
    assert demo.get("/demo/reports/plans").status_code == 404
    (tmp_path / "plans.html").write_text("<h1>计划库</h1>", encoding="utf-8")
    answer = demo.get("/demo/reports/plans")
    assert answer.status_code == 200
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "/demo/reports/plans" in demo.get("/demo/").content.decode()
    assert demo.get("/demo/reports/..%2F..%2Fsecret").status_code == 404


def test_the_phones_show_what_was_sent(demo: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MUTUALAID_SMS", raising=False)
    assert "没有运行" in demo.get("/demo/phones").content.decode()
    running = Phones.start(tmp_path / "sms")
    try:
        monkeypatch.setenv("MUTUALAID_SMS", str(running.file))
        assert "还没有短信" in demo.get("/demo/phones").content.decode()
        member = Member.objects.get(account__name=cast.MEMBER.key)
        give_consent(member=member, purpose=Purpose.MESSAGES, version="2025-1", by=system("demo"), at=timezone.now())
        words = {"number": "L00000017", "amount": "120.00"}
        at = timezone.now()
        notify_member(member=member, template="claim_approved", words=words, by=system("demo"), at=at)
        send_message(key=SmsMessage.objects.get().key.hex, at=at)
        text = demo.get("/demo/phones").content.decode()
        assert "互助金申请L00000017已通过，金额120.00元" in text
        assert member.name in text
        assert str(member.phone) not in text
    finally:
        running.stop()
