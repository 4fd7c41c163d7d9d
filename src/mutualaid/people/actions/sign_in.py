"""Signing in: password (Argon2), and for staff a code of six digits (TOTP, RFC 6238). The seam for passkeys and single sign-on.

GB/T 22239-2019 8.1.4.1: identities are checked, failures are limited, staff have two factors, one of them cryptographic.
Who fails is told neither which part was wrong nor whether there is such a name.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import secrets
from collections.abc import Iterable

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django_otp.oath import TOTP

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import blind_index
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.contacts import NotAContact, read_phone
from mutualaid.people.models import Account, Staff
from mutualaid.people.queries import TOTP_DIGITS, TOTP_STEP, totp_address
from mutualaid.people.refusals import Refused

FAILURES_MOST = 5
LOCKED_FOR = datetime.timedelta(minutes=15)
_SECRET_BYTES = 20  # RFC 4226, section 4, R6


_WEAK = {
    "password_too_short": ("密码应至少 10 个字符，请加长", "expected at least 10 characters; make it longer"),
    "password_too_similar": ("密码与登录名太像，请换一个", "the password is too much like the name; take another"),
    "password_too_common": ("密码太常见，容易被猜中，请换一个", "the password is too common; take another"),
    "password_entirely_numeric": ("密码不能全是数字，请加上字母", "the password is only digits; add letters"),
    "password_same": ("新密码应与现用密码不同，请换一个", "the password is the one in use; take another"),
}


class WeakPassword(Refused):
    """Too short, too common, only digits, or too much like the name."""

    def __init__(self, codes: Iterable[str]) -> None:
        found = [_WEAK.get(code, _WEAK["password_too_common"]) for code in codes]
        super().__init__("；".join(zh for zh, _ in found), "; ".join(en for _, en in found))


class SignInRefused(Refused):
    """Name, password or code is wrong; nobody is told which."""


class SecondFactorLacking(SignInRefused):
    """The password of a member of staff is right, and there is no second factor yet: ``account`` binds one first."""

    def __init__(self, account: Account) -> None:
        self.account = account
        super().__init__(
            "工作人员登录需要动态码；尚未绑定，请先在管理端登录并绑定",
            "staff sign in with a code too; none is bound yet, sign in at the workbench first and bind one",
        )


class Locked(Refused):
    """Too many failures: nobody signs in before ``until``, not even with the right password. That there is such a name is told
    by it: the price of saying what to do."""

    def __init__(self, until: datetime.datetime) -> None:
        self.until = until
        minutes = int(LOCKED_FOR.total_seconds() // 60)
        super().__init__(
            f"连续 {FAILURES_MOST} 次登录失败，账号已锁定 {minutes} 分钟；请稍后再试，或联系安全管理员",
            f"locked for {minutes} minutes after {FAILURES_MOST} failures; try later, or ask the security administrator",
        )


class WrongCode(Refused):
    """The code does not belong to the secret that was handed out."""


@transaction.atomic
def set_password(*, account: Account, password: str, by: Actor, at: datetime.datetime) -> None:
    """A new password, which also lifts a lock. Raises WeakPassword."""
    locked = Account.objects.select_for_update().get(pk=account.pk)
    try:
        password_validation.validate_password(password, locked)
    except ValidationError as error:
        raise WeakPassword(one.code or "" for one in error.error_list) from None
    locked.set_password(password)
    locked.failed_attempts, locked.locked_until, locked.password_set_at = 0, None, at
    locked.save(update_fields=["password", "failed_attempts", "locked_until", "password_set_at"])
    record(what="set_password", row=locked, by=by, at=at)


def change_password(*, account: Account, current: str, password: str, by: Actor, at: datetime.datetime) -> Account:
    """The owner takes another password. A wrong one in use counts as a failure of signing in does, and is written
    down before it is told. Raises SignInRefused, Locked, WeakPassword."""
    with transaction.atomic():
        locked = Account.objects.select_for_update().get(pk=account.pk)
        refused: Refused | None = None
        if locked.locked_until is not None and at < locked.locked_until:
            refused = Locked(locked.locked_until)
        elif not locked.check_password(current):
            refused = _failed(locked, by, at) or SignInRefused(
                "现用密码不对，请核对后再试", "the password in use is another; check it and try again"
            )
        elif current == password:
            refused = WeakPassword(["password_same"])
        else:
            set_password(account=locked, password=password, by=by, at=at)
            locked.refresh_from_db()
    if refused is not None:
        raise refused
    return locked


@transaction.atomic
def offer_totp(*, account: Account, by: Actor, at: datetime.datetime) -> str:
    """A fresh secret, as ``totp_address`` gives it. It counts once a first code has confirmed it; the one before ends now."""
    locked = Account.objects.select_for_update().get(pk=account.pk)
    secret = base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    locked.totp_secret, locked.totp_confirmed_at, locked.totp_last_step = secret, None, None
    locked.save(update_fields=["totp_secret", "totp_confirmed_at", "totp_last_step"])
    record(what="offer_totp", row=locked, by=by, at=at)
    return totp_address(account=locked)


@transaction.atomic
def confirm_totp(*, account: Account, code: str, by: Actor, at: datetime.datetime) -> None:
    """The first code shows that the secret arrived. Raises WrongCode."""
    locked = Account.objects.select_for_update().get(pk=account.pk)
    step = _step_of(locked, code, at)
    if step is None:
        raise WrongCode(
            f"应为应用上显示的 {TOTP_DIGITS} 位数字；请核对手机时间后输入新的一组",
            f"expected the {TOTP_DIGITS} digits that the app shows; check the phone's clock and enter the next ones",
        )
    locked.totp_confirmed_at, locked.totp_last_step = at, step
    locked.save(update_fields=["totp_confirmed_at", "totp_last_step"])
    record(what="confirm_totp", row=locked, by=by, at=at)


@transaction.atomic
def sign_in_by_first_code(*, account: Account, code: str, by: Actor, at: datetime.datetime) -> Account:
    """Who has just been known by their password binds the second factor and is signed in. Raises WrongCode."""
    confirm_totp(account=account, code=code, by=by, at=at)
    found = Account.objects.get(pk=account.pk)
    found.last_login = at
    found.save(update_fields=["last_login"])
    record(what="sign_in", row=found, by=by, at=at)
    return found


def sign_in(*, name: str, password: str, code: str = "", by: Actor, at: datetime.datetime) -> Account:
    """The account of who signs in, by its name or its phone; ``by`` is the portal. A failure is written down before it is told.
    Works as the system: who is nobody yet would be shown no staff, and need no second factor.

    Raises SignInRefused (SecondFactorLacking), Locked.
    """
    with within([EVERYTHING]):
        found = _tried(name, password, code, by, at)
    if isinstance(found, Refused):
        raise found
    return found


def _named(name: str) -> Account | None:
    """The account with a phone or a name; the phone comes first, so that nobody stands before an owner by taking it as a name."""
    accounts = Account.objects.select_for_update()
    try:
        index = blind_index(Account, "phone_index", read_phone(name))
    except NotAContact:
        return accounts.filter(name=name).first()
    return accounts.filter(phone_index=index).first() or accounts.filter(name=name).first()


def _tried(name: str, password: str, code: str, by: Actor, at: datetime.datetime) -> Account | Refused:
    wrong = SignInRefused(
        "登录名、密码或动态码不对，请核对后再试", "name, password or code is wrong; check them and try again"
    )
    account = _named(name)
    if account is None:
        make_password(password)  # as long as for a name that there is
        return wrong
    if account.locked_until is not None and at < account.locked_until:
        return Locked(account.locked_until)
    good = account.check_password(password) and account.is_active
    step = account.totp_last_step
    if account.totp_confirmed_at is not None:
        step = _step_of(account, code, at)
        good = good and step is not None
    if not good:
        return _failed(account, by, at) or wrong
    if account.totp_confirmed_at is None and Staff.objects.filter(account=account).exists():
        record(what="second_factor_lacking", row=account, by=by, at=at)
        return SecondFactorLacking(account)
    account.failed_attempts, account.locked_until = 0, None
    account.last_login, account.totp_last_step = at, step
    account.save(update_fields=["failed_attempts", "locked_until", "last_login", "totp_last_step"])
    record(what="sign_in", row=account, by=by, at=at)
    return account


def _failed(account: Account, by: Actor, at: datetime.datetime) -> Locked | None:
    """Count a failure and write it down; Locked if it was one too many."""
    account.failed_attempts += 1
    if account.failed_attempts >= FAILURES_MOST:
        account.failed_attempts, account.locked_until = 0, at + LOCKED_FOR
    account.save(update_fields=["failed_attempts", "locked_until"])
    record(what="sign_in_refused", row=account, by=by, at=at)
    return None if account.locked_until is None or at >= account.locked_until else Locked(account.locked_until)


def _step_of(account: Account, code: str, at: datetime.datetime) -> int | None:
    """The step of time that a code belongs to, one early or late allowed; None for a wrong one and for one used already."""
    if not account.totp_secret or len(code) != TOTP_DIGITS or not (code.isascii() and code.isdecimal()):
        return None
    try:
        key = base64.b32decode(account.totp_secret)
    except binascii.Error:
        return None
    totp = TOTP(key, step=TOTP_STEP, digits=TOTP_DIGITS)
    totp.time = at.timestamp()
    least = None if account.totp_last_step is None else account.totp_last_step + 1
    if not totp.verify(int(code), tolerance=1, min_t=least):
        return None
    return int(totp.t())
