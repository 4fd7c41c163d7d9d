"""Signing in: right, wrong, locked, with two factors, twice with one code, many at once."""

from __future__ import annotations

import base64
import datetime
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django_otp.oath import hotp

from mutualaid.core.actors import system
from mutualaid.core.models import AuditEntry
from mutualaid.people.actions.sign_in import (
    FAILURES_MOST,
    LOCKED_FOR,
    Locked,
    SignInRefused,
    WeakPassword,
    WrongCode,
    confirm_totp,
    offer_totp,
    set_password,
    sign_in,
)
from mutualaid.people.actions.staff import open_account
from mutualaid.people.models import Account, RoleName
from tests.people.cast import AT, BY, Cast

PORTAL = system("workbench")
PASSWORD = "hai-feng-qing-qing-25"
STEP = datetime.timedelta(seconds=30)


def with_password(name: str = "lin") -> Account:
    """An account that has a password."""
    found = open_account(name=name, by=BY, at=AT)
    set_password(account=found, password=PASSWORD, by=BY, at=AT)
    return found


def code_of(account: Account, at: datetime.datetime) -> str:
    """What the app on the phone shows (RFC 6238)."""
    account.refresh_from_db()
    assert account.totp_secret is not None
    return f"{hotp(base64.b32decode(account.totp_secret), int(at.timestamp()) // 30):06d}"


def come(name: str = "lin", password: str = PASSWORD, code: str = "", at: datetime.datetime = AT) -> Account:
    return sign_in(name=name, password=password, code=code, by=PORTAL, at=at)


@pytest.mark.django_db
def test_who_knows_the_password_signs_in(full_cost: None) -> None:
    account = with_password()
    assert account.pk == come().pk
    account.refresh_from_db()
    assert account.last_login == AT
    assert account.password.startswith("argon2")
    assert AuditEntry.objects.order_by("-id").values_list("what", "actor_key").first() == ("sign_in", "workbench")


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "password"), [("lin", "other"), ("nobody", PASSWORD), ("lin", ""), ("LIN", PASSWORD)])
def test_whoever_fails_is_told_the_same(name: str, password: str) -> None:
    with_password()
    with pytest.raises(SignInRefused) as caught:
        come(name, password)
    assert caught.value.zh == "登录名、密码或动态码不对，请核对后再试"


@pytest.mark.django_db
def test_an_account_that_was_closed_or_has_no_password_stays_outside() -> None:
    account = with_password()
    Account.objects.filter(pk=account.pk).update(is_active=False)
    open_account(name="new", by=BY, at=AT)
    for name in ("lin", "new"):
        with pytest.raises(SignInRefused):
            come(name)


@pytest.mark.django_db
def test_five_failures_lock_and_time_opens() -> None:
    with_password()
    for _ in range(FAILURES_MOST - 1):
        with pytest.raises(SignInRefused):
            come(password="wrong")
    with pytest.raises(Locked):
        come(password="wrong")
    with pytest.raises(Locked) as caught:
        come(at=AT + LOCKED_FOR - STEP)  # not even with the right one
    assert caught.value.until == AT + LOCKED_FOR
    come(at=AT + LOCKED_FOR)


@pytest.mark.django_db
def test_a_success_or_a_new_password_forgets_failures() -> None:
    account = with_password()
    for _ in range(2):
        for _ in range(FAILURES_MOST - 1):
            with pytest.raises(SignInRefused):
                come(password="wrong")
        come()
    for _ in range(FAILURES_MOST):
        with pytest.raises((SignInRefused, Locked)):
            come(password="wrong")
    set_password(account=account, password=f"{PASSWORD}!", by=BY, at=AT)
    come(password=f"{PASSWORD}!")


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["short-1", "password123", "1234567890123", "lin-mei-hua-1"])
def test_a_weak_password_is_refused_in_chinese(password: str) -> None:
    account = open_account(name="lin-mei-hua", by=BY, at=AT)
    with pytest.raises(WeakPassword) as caught:
        set_password(account=account, password=password, by=BY, at=AT)
    assert caught.value.zh.startswith("密码")
    assert caught.value.en.isascii()
    account.refresh_from_db()
    assert not account.has_usable_password()


@pytest.mark.django_db
def test_a_second_factor_counts_once_confirmed_and_no_code_twice() -> None:
    account = with_password()
    address = offer_totp(account=account, by=BY, at=AT)
    assert urlsplit(address).scheme == "otpauth"
    assert parse_qs(urlsplit(address).query)["issuer"] == ["Mutualaid"]
    come()  # not confirmed yet: one factor, as before
    with pytest.raises(WrongCode):
        confirm_totp(account=account, code="000000" if code_of(account, AT) != "000000" else "1", by=BY, at=AT)
    confirm_totp(account=account, code=code_of(account, AT), by=BY, at=AT)
    later = AT + 2 * STEP
    for code in ("", code_of(account, AT), "abcdef", "１２３４５６", code_of(account, AT + 9 * STEP)):
        with pytest.raises((SignInRefused, Locked)):
            come(code=code, at=later)
    late = later + LOCKED_FOR
    come(code=code_of(account, late - STEP), at=late)  # a clock that is slow by half a minute
    with pytest.raises(SignInRefused):
        come(code=code_of(account, late - STEP), at=late)
    come(code=code_of(account, late), at=late)


@pytest.mark.django_db
def test_staff_have_two_factors_or_none(cast: Cast) -> None:
    from tests.people.cast import staff

    member = staff("zhao", cast.city, RoleName.REVIEWER)
    set_password(account=member.account, password=PASSWORD, by=BY, at=AT)
    with pytest.raises(SignInRefused):
        come("zhao")
    offer_totp(account=member.account, by=BY, at=AT)
    confirm_totp(account=member.account, code=code_of(member.account, AT), by=BY, at=AT)
    later = AT + 2 * STEP
    assert come("zhao", code=code_of(member.account, later), at=later).pk == member.account_id


@pytest.mark.django_db(transaction=True)
def test_one_code_opens_one_of_many_at_once() -> None:
    account = with_password()
    offer_totp(account=account, by=BY, at=AT)
    confirm_totp(account=account, code=code_of(account, AT), by=BY, at=AT)
    later = AT + 2 * STEP
    code = code_of(account, later)

    def once(_: int) -> bool:
        try:
            come(code=code, at=later)
        except (SignInRefused, Locked):
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(once, range(6))) == [False] * 5 + [True]
