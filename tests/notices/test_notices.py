"""Notices: what is said to whom, in two languages, and who reads it."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.db import transaction

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.models import AuditEntry
from mutualaid.notices import actions
from mutualaid.notices.access import notice_for, notices_visible_to
from mutualaid.notices.models import Notice
from mutualaid.notices.queries import notices_of, unread_count
from mutualaid.notices.templates import ENGLISH, TEMPLATES, Said, Template, render
from mutualaid.people.access import NotFound
from mutualaid.people.actions.staff import open_account
from mutualaid.people.models import Account

pytestmark = pytest.mark.django_db
AT = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)
BY = system("test")


@pytest.fixture
def account() -> Account:
    return open_account(name="林晓禾", by=BY, at=AT)


def told(account: Account, **more: Any) -> Notice:
    words = {"number": "D2026-1", "amount": "120.00"}
    facts: dict = {
        "portal": "clerk",
        "template": "bill_paid",
        "words": words,
        "link": "/employers/bills/D2026-1",
        **more,
    }
    return actions.notify(account=account, by=BY, at=AT, **facts)


def clerk(account: Account) -> Actor:
    return Actor(ActorKind.CLERK, str(account.pk))


def test_a_notice_is_told_and_read(account: Account) -> None:
    notice = told(account)
    assert unread_count(actor=clerk(account)) == 1
    (zh,), (en,) = (notices_of(actor=clerk(account), zh=zh) for zh in (True, False))
    assert (zh.title, zh.text) == ("缴费已到账", "账单 D2026-1 已到账 120.00 元，可以下载收款凭证。")
    assert (en.title, en.link, en.is_read) == ("Payment received", "/employers/bills/D2026-1", False)
    for later in (0, 1):
        actions.read_notice(notice=notice, by=clerk(account), at=AT + datetime.timedelta(hours=later))
    notice.refresh_from_db()
    assert (notice.read_at, unread_count(actor=clerk(account))) == (AT, 0)
    assert list(AuditEntry.objects.order_by("id").values_list("what", flat=True))[-2:] == ["notify", "read_notice"]


def test_all_are_read_at_once(account: Account) -> None:
    told(account), told(account), told(account, portal="member")
    assert actions.read_all_notices(account=account, portal="clerk", by=clerk(account), at=AT) == 2
    assert actions.read_all_notices(account=account, portal="clerk", by=clerk(account), at=AT) == 0
    assert unread_count(actor=Actor(ActorKind.MEMBER, str(account.pk))) == 1


def test_everybody_sees_their_own(account: Account) -> None:
    notice = told(account)
    other = open_account(name="尉迟安", by=BY, at=AT)
    assert notice_for(actor=clerk(account), key=str(notice.key)) == notice
    strangers = [clerk(other), Actor(ActorKind.STAFF, str(account.pk)), system("x"), Actor(ActorKind.CLERK, "x")]
    for stranger in strangers:
        assert not notices_visible_to(actor=stranger).exists()
        with pytest.raises(NotFound):
            notice_for(actor=stranger, key=notice.key)
    for key in ("x", uuid.uuid4()):
        with pytest.raises(NotFound):
            notice_for(actor=clerk(account), key=key)
    account.is_active = False
    account.save(update_fields=["is_active"])
    assert not notices_visible_to(actor=clerk(account)).exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"template": "unheard_of"}, "name of a template"),
        ({"words": {"number": "1"}}, "'amount'"),
        ({"words": {"number": "1", "amount": "2", "name": "x"}}, "'name'"),
        ({"link": "https://elsewhere.example/"}, "path of this site"),
        ({"link": "//elsewhere.example/"}, "path of this site"),
    ],
)
def test_what_cannot_be_said(account: Account, wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(actions.BadNotice, match=said):
        told(account, **wrong)
    assert not Notice.objects.exists()


def test_a_notice_is_gone_with_what_it_tells_of(account: Account) -> None:
    with transaction.atomic():
        told(account)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_is_said_whole(name: str) -> None:
    words = {word: f"<{word}>" for word in TEMPLATES[name].words}
    for zh in (True, False):
        said = render(name, words, zh=zh)
        english = {word.removesuffix(ENGLISH) for word in words if word.endswith(ENGLISH)}
        kept = {word for word in words if (word.endswith(ENGLISH) or word in english) is False}
        asked = kept | (english if zh else {word + ENGLISH for word in english})
        assert all(f"<{word}>" in said.text for word in asked)
        assert "{" not in said.title + said.text
        assert len(name) <= Notice._meta.get_field("template").max_length  # type: ignore[operator]


def test_words_are_no_patterns() -> None:
    words = {"number": "{amount.__class__}", "amount": "{0}"}
    assert "{amount.__class__}" in render("bill_paid", words, zh=True).text


def test_a_notice_of_before_says_the_chinese_word() -> None:
    said = render("claim_filed", {"number": "L1", "what": "住院"}, zh=False)
    assert "L1 (住院)" in said.text
    told = {"number": "L1", "what": "住院", "what_en": "stay in hospital"}
    assert "L1 (stay in hospital)" in render("claim_filed", told, zh=False).text
    with pytest.raises(KeyError):
        render("claim_filed", {"number": "L1"}, zh=False)


def test_both_languages_have_the_same_words() -> None:
    with pytest.raises(ValueError, match="same words"):
        Template(Said("a", "{a}"), Said("b", "{b}"))
    assert Template(Said("a", "{a}"), Said("b", "{a_en}")).words == {"a", "a_en"}
