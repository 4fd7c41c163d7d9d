"""What administrators do to accounts: open those of staff, lock and unlock, close and reopen, take a second factor away."""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.people.actions.sign_in import offer_totp, set_password
from mutualaid.people.actions.staff import open_account, register_staff
from mutualaid.people.models import Account, Staff, Unit
from mutualaid.people.refusals import Refused

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _IN_GROUP = 4, 4


class OwnAccount(Refused):
    """Nobody locks, closes or resets their own account."""


class NothingToChange(Refused):
    """The account is so already."""


@dataclass(frozen=True)
class OpenedStaff:
    """A new member of staff and what is handed to them, once: a first password, and the secret of the codes (``otpauth://``)."""

    staff: Staff
    first_password: str
    totp: str


@transaction.atomic
def open_staff(
    *, name: str, unit: Unit, full_name: str, phone: str | None = None, by: Actor, at: datetime.datetime
) -> OpenedStaff:
    """Somebody begins to work for an office, with an account (``name`` to sign in by) that opens with a first password, to be
    changed at once. Their roles are the security administrator's to give. Raises AccountTaken, NotAContact, NotAName."""
    account = open_account(name=name, phone=phone, by=by, at=at)
    staff = register_staff(account=account, unit=unit, name=full_name, by=by, at=at)
    password = _first_password(account, by, at)
    return OpenedStaff(staff, password, offer_totp(account=account, by=by, at=at))


@transaction.atomic
def renew_first_password(*, account: Account, by: Actor, at: datetime.datetime) -> str:
    """The password is forgotten: a fresh first one to hand over, which also lifts a lock. The second factor stays, so that
    who hands it over cannot sign in with it. Raises OwnAccount."""
    locked = _locked(account, by)
    record(what="renew_first_password", row=locked, by=by, at=at)
    return _first_password(locked, by, at)


def _first_password(account: Account, by: Actor, at: datetime.datetime) -> str:
    """Good for one sign-in: with no day on which it was set it counts as too old, and another is asked for."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_IN_GROUP)) for _ in range(_GROUPS))
    set_password(account=account, password=password, by=by, at=at)
    Account.objects.filter(pk=account.pk).update(password_set_at=None)
    return password


@transaction.atomic
def lock_account(*, account: Account, until: datetime.datetime, by: Actor, at: datetime.datetime) -> Account:
    """Nobody signs in by the account before a moment. Raises OwnAccount, NothingToChange."""
    locked = _locked(account, by)
    if until <= at:
        raise NothingToChange(
            f"锁定截止时间应晚于现在；得到 {until:%Y-%m-%d %H:%M}，请改正",
            f"expected a lock into the future, found {until:%Y-%m-%d %H:%M}; correct it",
        )
    locked.locked_until = until
    locked.save(update_fields=["locked_until"])
    record(what="lock_account", row=locked, by=by, at=at, until=until.isoformat())
    return locked


@transaction.atomic
def unlock_account(*, account: Account, by: Actor, at: datetime.datetime) -> Account:
    """A lock is lifted before its time. Raises OwnAccount, NothingToChange."""
    locked = _locked(account, by)
    if locked.locked_until is None or locked.locked_until <= at:
        raise NothingToChange(
            "账号应处于锁定状态；现未锁定，无需解锁", "expected a locked account, found it open; nothing to do"
        )
    locked.failed_attempts, locked.locked_until = 0, None
    locked.save(update_fields=["failed_attempts", "locked_until"])
    record(what="unlock_account", row=locked, by=by, at=at)
    return locked


@transaction.atomic
def deactivate_account(*, account: Account, by: Actor, at: datetime.datetime) -> Account:
    """The account opens nothing from now on; who is signed in is out with the next page. Raises OwnAccount, NothingToChange."""
    return _switched(account, by, at, active=False)


@transaction.atomic
def reactivate_account(*, account: Account, by: Actor, at: datetime.datetime) -> Account:
    """A closed account opens again. Raises OwnAccount, NothingToChange."""
    return _switched(account, by, at, active=True)


@transaction.atomic
def reset_totp(*, account: Account, by: Actor, at: datetime.datetime) -> str:
    """The second factor is lost: a fresh secret (``otpauth://``) to hand over; the one before ends now. Raises OwnAccount."""
    locked = _locked(account, by)
    record(what="reset_totp", row=locked, by=by, at=at)
    return offer_totp(account=locked, by=by, at=at)


def _locked(account: Account, by: Actor) -> Account:
    if by.key == str(account.pk):
        raise OwnAccount(
            "账号应由他人管理；得到本人，请由另一位管理员办理",
            "expected somebody else's account, found the administrator's own; leave it to another one",
        )
    return Account.objects.select_for_update().get(pk=account.pk)


def _switched(account: Account, by: Actor, at: datetime.datetime, *, active: bool) -> Account:
    locked = _locked(account, by)
    if locked.is_active == active:
        zh, en = ("启用", "open") if active else ("停用", "closed")
        raise NothingToChange(f"账号已{zh}，无需再办", f"the account is {en} already; nothing to do")
    locked.is_active = active
    locked.save(update_fields=["is_active"])
    record(what="reactivate_account" if active else "deactivate_account", row=locked, by=by, at=at)
    return locked
