"""Short messages, over real HTTP against the simulated provider, well-behaved and not: nothing is sent twice on a guess."""

from __future__ import annotations

import datetime
import itertools
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import within
from mutualaid.core.work import run_waiting
from mutualaid.notices import gateway, jobs
from mutualaid.notices.actions import BadNotice, MemberLetter, messages, notify_member, notify_members
from mutualaid.notices.channels import aliyun
from mutualaid.notices.models import Notice, SmsMessage
from mutualaid.notices.templates import TEMPLATES, render_sms
from mutualaid.people.access import branches_of
from mutualaid.people.actions.members import give_consent, withdraw_consent
from mutualaid.people.actions.staff import open_account
from mutualaid.people.models import Member, Purpose
from tests.people.cast import AT, BY, Cast, as_staff
from tools.check_docs import ROOT

if TYPE_CHECKING:
    from tests.notices.provider import Phones

_phones = itertools.count(1)
WORDS = {"number": "L00000017", "amount": "1,234.50", "tail": "0002"}
TEXT = "【示范市职工互助】互助金1,234.50元已付到您尾号0002的银行卡（L00000017），请查收。"


@pytest.fixture
def member(cast: Cast) -> Member:
    """A member who agreed, without an account; with a phone to which no test before sent: the provider remembers and counts."""
    give_consent(member=cast.lin, purpose=Purpose.MESSAGES, version="2025-1", by=BY, at=AT)
    cast.lin.phone = f"139{next(_phones):08}"
    cast.lin.save(update_fields=["phone", "phone_index"])
    return cast.lin


def told(member: Member, **more: Any) -> SmsMessage | None:
    """Something is told, now."""
    facts: dict[str, Any] = {"template": "payment_paid", "words": WORDS, "by": BY, "at": timezone.now(), **more}
    notify_member(member=member, **facts)
    return SmsMessage.objects.order_by("id").last()


def tried(message: SmsMessage | None, **ago: int) -> SmsMessage:
    """As if it had been tried some time ago, and its provider were to be asked now."""
    assert message is not None
    at = timezone.now() - datetime.timedelta(**ago)
    SmsMessage.objects.filter(pk=message.pk).update(ask_at=at, **({"tried_at": at} if ago else {}))
    message.refresh_from_db()
    return message


def state(message: SmsMessage | None) -> tuple[str, str]:
    assert message is not None
    message.refresh_from_db()
    return message.state, message.fault


# --- well-behaved -----------------------------------------------------------------------------------------------------


def test_a_member_without_an_account_is_told_by_phone(member: Member, phones: Phones) -> None:
    message = told(member)
    assert phones.sent(member) == []  # never within the transaction
    run_waiting()
    assert phones.sent(member) == [TEXT]
    assert state(message) == ("handed_over", "")
    jobs.ask_messages(at=timezone.now())
    assert state(message) == ("handed_over", "")  # not its turn yet
    tried(message)
    jobs.ask_messages(at=timezone.now())
    assert state(message) == ("delivered", "")
    assert not Notice.objects.filter(portal="member").exists()


def test_with_an_account_the_inbox_tells_it_too(member: Member, phones: Phones) -> None:
    member.account = open_account(name="林晓禾", by=BY, at=AT)
    member.save(update_fields=["account"])
    told(member)
    run_waiting()
    assert Notice.objects.get(portal="member").link == "/members/claims/L00000017"
    assert phones.sent(member) == [TEXT]


def test_who_did_not_agree_or_has_no_phone_is_not_told(member: Member, phones: Phones, cast: Cast) -> None:
    withdraw_consent(member=member, purpose=Purpose.MESSAGES, by=BY, at=AT)
    assert told(member) is None
    give_consent(member=cast.wei, purpose=Purpose.MESSAGES, version="2025-1", by=BY, at=AT)
    assert told(cast.wei) is None  # without a phone


def test_a_template_without_a_short_text_stays_in_the_inbox(member: Member, phones: Phones) -> None:
    assert told(member, template="bill_paid", words={"number": "B00000017", "amount": "50.00"}) is None
    with pytest.raises(BadNotice, match="'amount'"):
        told(member, words={"number": "1"})


def test_many_are_told_at_once_those_who_agreed_by_phone(
    member: Member, phones: Phones, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    account = open_account(name="尉迟安", by=BY, at=AT)
    cast.wei.account = account
    cast.wei.save(update_fields=["account"])
    letters = [MemberLetter(one, WORDS) for one in (member, cast.wei, cast.pa)]
    with django_assert_max_num_queries(14):
        notify_members(letters=letters, template="payment_paid", by=BY, at=timezone.now())
    assert SmsMessage.objects.get().member == member
    assert Notice.objects.get(portal="member").account == account


def test_without_a_provider_nothing_is_written_and_nothing_asked(
    member: Member, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.delenv("MUTUALAID_SMS", raising=False)
    with django_assert_num_queries(0):
        assert_nothing(member)


def assert_nothing(member: Member) -> None:
    notify_member(member=member, template="payment_paid", words=WORDS, by=BY, at=AT)


def test_who_acts_need_not_see_whom_they_tell(member: Member, phones: Phones, cast: Cast) -> None:
    outsider = as_staff(cast.outsider)
    with transaction.atomic(), connection.cursor() as cursor:
        with within(branches_of(actor=outsider, on=AT.date())):
            cursor.execute("SET LOCAL ROLE mutualaid_app")
            assert not Member.objects.filter(pk=member.pk).exists()
            notify_member(member=member, template="payment_paid", words=WORDS, by=outsider, at=timezone.now())
            assert not SmsMessage.objects.exists()  # nor what they told
        with within(branches_of(actor=as_staff(cast.reviewer), on=AT.date())):
            assert SmsMessage.objects.count() == 1
        cursor.execute("RESET ROLE")


def test_no_phone_stands_in_plain_text_anywhere(
    member: Member, phones: Phones, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    phones.misbehave("fail")
    message = told(member)
    run_waiting()
    tried(message)
    jobs.ask_messages(at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM notices_smsmessage")
        stored = str(cursor.fetchall())
    assert str(member.phone) not in stored + caplog.text + str(list(AuditEntry.objects.values()))


# --- misbehaving ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["late", "lost"])
def test_sent_but_not_answered_it_is_asked_after(
    how: str, member: Member, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aliyun, "SECONDS_MOST", 1)
    phones.misbehave(how)
    message = told(member)
    run_waiting()
    assert state(message) == ("unknown", "no-answer")
    phones.misbehave()
    tried(message)
    jobs.ask_messages(at=timezone.now())
    assert state(message) == ("delivered", "")
    run_waiting()
    assert len(phones.sent(member)) == 1


def test_what_the_provider_never_heard_of_is_sent_again(member: Member, phones: Phones) -> None:
    phones.misbehave("fail")
    message = told(member)
    run_waiting()
    phones.misbehave()
    tried(message)
    jobs.ask_messages(at=timezone.now())
    assert state(message)[0] == "unknown"  # too early to be sure
    tried(message, minutes=21)
    jobs.ask_messages(at=timezone.now())
    assert state(message)[0] == "waiting"
    run_waiting()
    assert state(message)[0] == "handed_over"
    assert len(phones.sent(member)) == 1


def test_after_three_tries_it_is_let_go(member: Member, phones: Phones) -> None:
    phones.misbehave("fail")
    message = told(member)
    for _ in range(messages.TRIES_MOST):
        run_waiting()
        phones.misbehave()
        tried(message, minutes=21)
        jobs.ask_messages(at=timezone.now())
        phones.misbehave("fail")
    assert state(message) == ("failed", "never-arrived")
    assert phones.sent(member) == []


def test_taken_and_never_listed_it_ends_unknown(member: Member, phones: Phones) -> None:
    phones.misbehave("forgetful")
    message = told(member)
    run_waiting()
    for _ in range(len(messages.QUESTIONS)):
        tried(message)
        jobs.ask_messages(at=timezone.now())
    assert state(message) == ("unknown", "")
    assert message is not None
    assert message.ask_at is None  # asked no more
    assert message.tries == 1  # it has a receipt: never sent again


def test_a_worker_that_died_while_sending_sends_nothing_again(member: Member, phones: Phones) -> None:
    message = told(member)
    assert message is not None
    assert messages.begin_message(message=message, by=BY, at=timezone.now()) is not None
    run_waiting()  # the next worker takes the delivery up
    assert state(message) == ("unknown", "interrupted")
    assert phones.sent(member) == []


@pytest.mark.parametrize(("how", "code"), [("undelivered", "MOBILE_NOT_ON_SERVICE"), ("twice", "")])
def test_what_the_report_says_counts(how: str, code: str, member: Member, phones: Phones) -> None:
    message = told(member)
    run_waiting()
    phones.misbehave(how)
    tried(message)
    jobs.ask_messages(at=timezone.now())
    assert state(message) == ("failed" if code else "delivered", code)


def test_a_provider_that_hears_nothing_is_asked_again_later(member: Member, phones: Phones) -> None:
    phones.misbehave("no-report")
    message = told(member)
    run_waiting()
    tried(message)
    jobs.ask_messages(at=timezone.now())
    assert state(message)[0] == "handed_over"
    assert message is not None
    assert message.ask_at is not None
    assert message.ask_at > timezone.now()


@pytest.mark.parametrize(
    ("how", "code"), [("limit", "isv.BUSINESS_LIMIT_CONTROL"), ("no-money", "isv.AMOUNT_NOT_ENOUGH")]
)
def test_a_provider_that_sends_nothing_for_now_is_waited_for(
    how: str, code: str, member: Member, phones: Phones
) -> None:
    phones.misbehave(how)
    message = told(member)
    run_waiting()
    assert state(message) == ("waiting", code)
    phones.misbehave()
    assert run_waiting() == 0  # for an hour
    assert message is not None
    jobs.send_message(key=message.key.hex, at=timezone.now())
    assert state(message)[0] == "handed_over"


def test_too_late_it_is_not_sent(member: Member, phones: Phones) -> None:
    message = told(member, at=timezone.now() - datetime.timedelta(days=4))
    run_waiting()
    assert state(message) == ("failed", "too-late")


def test_a_number_that_is_none_is_given_up(member: Member, phones: Phones) -> None:
    message = told(member)
    SmsMessage.objects.update(phone="12345")
    run_waiting()
    assert state(message) == ("failed", "isv.MOBILE_NUMBER_ILLEGAL")


def test_phones_are_forgotten(member: Member, phones: Phones) -> None:
    message = told(member)
    run_waiting()
    tried(message)
    jobs.ask_messages(at=timezone.now())
    jobs.clear(at=timezone.now())
    assert SmsMessage.objects.get().phone == member.phone
    jobs.clear(at=timezone.now() + datetime.timedelta(days=31))
    assert SmsMessage.objects.get().phone is None


# --- the file ---------------------------------------------------------------------------------------------------------


def test_a_file_that_others_may_read_is_refused(
    member: Member, phones: Phones, tmp_path: Any, monkeypatch: Any
) -> None:
    copy = tmp_path / "sms.json"
    copy.write_bytes(phones.file.read_bytes())
    copy.chmod(0o640)
    monkeypatch.setenv("MUTUALAID_SMS", str(copy))
    with pytest.raises(gateway.SmsFault, match="expected mode 600, found 640"):
        gateway.provider()
    message = told(member)
    run_waiting()
    assert state(message) == ("waiting", "configuration")  # it waits until that is mended


@pytest.mark.parametrize(
    "wrong",
    [
        {"provider": "other"},
        {"address": "http://example.org"},
        {"access_key_secret": ""},
        {"templates": {"payment_paid": ""}},
        {"templates": {"unheard_of": "SMS_1"}},
        {"templates": {"claim_waiting": "SMS_1"}},
        {"templates": {"payment_paid": {"code": "SMS_1", "names": {"who": "x"}}}},
        {"templates": None},
    ],
)
def test_a_file_that_cannot_be_used_says_so(wrong: Any, phones: Phones, tmp_path: Any, monkeypatch: Any) -> None:
    file = tmp_path / "sms.json"
    file.write_text(json.dumps(json.loads(phones.file.read_text()) | wrong))
    file.chmod(0o600)
    monkeypatch.setenv("MUTUALAID_SMS", str(file))
    with pytest.raises(gateway.SmsFault, match=r"docs/channels/sms\.md"):
        gateway.provider()


def test_the_provider_may_call_our_words_otherwise(phones: Phones, tmp_path: Any, monkeypatch: Any) -> None:
    facts = json.loads(phones.file.read_text())
    facts["templates"] = {"payment_paid": {"code": "SMS_1", "names": {"number": "no"}}}
    found = aliyun.Aliyun.of(facts)
    heard: dict[str, str] = {}

    def call(_self: Any, _action: str, query: dict[str, str], _at: Any) -> dict[str, str]:
        heard.update(query)
        return {"Code": "OK"}

    monkeypatch.setattr(aliyun.Aliyun, "_call", call)
    found.send(name="x", phone="+85251234567", template="payment_paid", words=WORDS, at=AT)
    assert json.loads(heard["TemplateParam"]) == {"amount": "1,234.50", "no": "L00000017", "tail": "0002"}
    assert heard["PhoneNumbers"] == "85251234567"


# --- the signature ----------------------------------------------------------------------------------------------------


def test_the_signature_is_that_of_the_published_example() -> None:
    """The provider's own worked example of ACS3-HMAC-SHA256, with its invented keys."""
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    assert aliyun.authorization("POST", "/", query, headers, "YourAccessKeyId", "YourAccessKeySecret") == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def _signed(phones: Phones, at: datetime.datetime, **changed: str) -> tuple[str, dict[str, str]]:
    facts = json.loads(phones.file.read_text())
    query = {"PhoneNumber": "13900000000", "SendDate": "20250301", "PageSize": "1", "CurrentPage": "1"}
    headers = {
        "host": f"127.0.0.1:{phones.port}",
        "x-acs-action": "QuerySendDetails",
        "x-acs-version": aliyun.VERSION,
        "x-acs-date": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "x-acs-signature-nonce": f"{at.timestamp():.6f}-nonce-of-a-test",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    told = aliyun.authorization(
        "POST", "/", query, headers, facts["access_key_id"], changed.get("secret", facts["access_key_secret"])
    )
    return "/?" + aliyun.canonical_query(query), headers | {"Authorization": told}


def test_the_provider_checks_as_strictly_as_the_real_one(phones: Phones) -> None:
    now = timezone.now()
    path, headers = _signed(phones, now)
    assert phones.call("POST", path, headers=headers)[1]["Code"] == "OK"
    assert phones.call("POST", path, headers=headers)[1]["Code"] == "SignatureNonceUsed"
    path, headers = _signed(phones, now + datetime.timedelta(seconds=1))
    for wrong, code in [
        (lambda: (path + "0", headers), "SignatureDoesNotMatch"),
        (lambda: (path, headers | {"x-acs-action": "SendSms"}), "SignatureDoesNotMatch"),
        (lambda: (path, headers | {"x-acs-content-sha256": "0" * 64}), "SignatureDoesNotMatch"),
        (lambda: (path, headers | {"x-acs-security-token": "x"}), "IncompleteSignature"),
        (lambda: (path, headers | {"Authorization": "Basic x"}), "MissingAuthorization"),
        (lambda: _signed(phones, now, secret="other"), "SignatureDoesNotMatch"),
        (lambda: _signed(phones, now - datetime.timedelta(minutes=16)), "InvalidTimeStamp.Expired"),
    ]:
        asked, with_headers = wrong()
        assert phones.call("POST", asked, headers=with_headers)[1]["Code"] == code


def test_the_provider_has_its_daily_limit(phones: Phones, member: Member) -> None:
    client, at = gateway.provider(), timezone.now()
    for number in range(50):
        client.send(name=f"{number}", phone=str(member.phone), template="payment_paid", words=WORDS, at=at)
    with pytest.raises(gateway.NotNow, match=r"isv\.BUSINESS_LIMIT_CONTROL"):
        client.send(name="x", phone=str(member.phone), template="payment_paid", words=WORDS, at=at)
    report = client.ask(
        name="0", phone=str(member.phone), receipt="", sent_at=at, at=at
    )  # the oldest: on the last page
    assert report.fate == "delivered"
    assert client.ask(name="x", phone=str(member.phone), receipt="", sent_at=at, at=at).fate == "absent"


# --- the texts --------------------------------------------------------------------------------------------------------

LONG = {
    "number": "L00000017",
    "amount": "12,345.60",
    "tail": "0002",
    "until": "2026-11-22",
    "papers": "x" * 100,
    "what": "x" * 100,
    "reason": "x" * 100,
    "code": "123456",
}


@pytest.mark.parametrize("name", [name for name, one in TEMPLATES.items() if one.sms])
def test_a_short_message_is_short_and_discreet(name: str) -> None:
    text = "【示范市职工互助】" + render_sms(name, LONG)
    assert len(text) <= 70
    assert "{" not in text
    assert "x" not in text  # neither what happened nor which papers
    assert TEMPLATES[name].link or name == "joining_code"  # who joins has no page of their own yet


def test_the_document_tells_the_texts_as_they_are() -> None:
    document = (ROOT / "docs" / "channels" / "sms.md").read_text("utf-8")
    told = [line for line in document.splitlines() if line.startswith("| `") and "{" in line and "互助金" in line]
    wanted = [f"| `{name}` | {one.sms} |" for name, one in TEMPLATES.items() if one.sms]
    assert sorted(told) == sorted(line for line in wanted if "互助金" in line)
    assert all(line in document for line in wanted)
