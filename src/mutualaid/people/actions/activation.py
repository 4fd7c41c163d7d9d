"""Members make their account: by a code that their employer or office hands them, and the end of their identity number."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import keys
from mutualaid.people.actions.own_account import _check_name
from mutualaid.people.actions.sign_in import set_password
from mutualaid.people.actions.staff import open_account
from mutualaid.people.identity import normal
from mutualaid.people.models import Account, Activation, Member
from mutualaid.people.refusals import Refused

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, 1, I, L and O, which are taken for one another."""
CODE_LENGTH = 10
VALID_FOR = datetime.timedelta(days=30)
FAILURES_MOST = 5
TAIL_LENGTH = 6


class AlreadyActivated(Refused):
    """The member has an account."""


class ActivationRefused(Refused):
    """Code or end of the number is wrong, or the code is over; nobody is told which."""


@transaction.atomic
def make_activation(*, member: Member, by: Actor, at: datetime.datetime) -> str:
    """A fresh code for a member, ``K7QM2-XB4TR``, good for 30 days; earlier ones end. It is shown once: only its keyed hash is
    kept. Raises AlreadyActivated."""
    locked = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=member.pk)
    _refuse_activated(locked)
    Activation.objects.filter(member=locked, used_at=None, expires_at__gt=at).update(expires_at=at)
    code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))
    activation = Activation.objects.create(
        member=locked, code_hash=_hashed(code), made_at=at, expires_at=at + VALID_FOR
    )
    record(what="make_activation", row=activation, by=by, at=at, member=locked.pk)
    return f"{code[:5]}-{code[5:]}"


@transaction.atomic
def make_activations(*, members: Sequence[Member], by: Actor, at: datetime.datetime) -> list[tuple[Member, str]]:
    """A fresh code for each of some members, all or none, in their order. Raises AlreadyActivated."""
    return [(member, make_activation(member=member, by=by, at=at)) for member in members]


def activate(
    *,
    code: str,
    identity_tail: str,
    name: str,
    password: str,
    phone: str | None = None,
    by: Actor,
    at: datetime.datetime,
) -> Account:
    """The account of the member with a code: ``identity_tail`` is the last 6 places of the number of their document, ``by`` the
    portal, which sees everything for this as for signing in. A failure is written down before it is told; five end a code.

    Raises ActivationRefused, AlreadyActivated, NotASignInName, AccountTaken, NotAContact, WeakPassword.
    """
    with transaction.atomic():
        found = _tried(code, identity_tail, by, at)
        if isinstance(found, Activation):
            return _opened(found, name, password, phone, by, at)
    raise found


def _tried(code: str, identity_tail: str, by: Actor, at: datetime.datetime) -> Activation | Refused:
    """The activation that a code opens; else the answer, after it was counted."""
    wrong = ActivationRefused(
        "激活码或证件号码后 6 位不对，或激活码已失效；请核对，或请单位代办员重新发放激活码",
        "the code or the last 6 places of the identity number are wrong, or the code is over; check them, or ask the "
        "employer's clerk for a new code",
    )
    activation = (
        Activation.objects.select_for_update(of=("self",))
        .select_related("member")
        .filter(code_hash=_hashed(normal(code).replace("-", "")))
        .first()
    )
    if activation is None or activation.used_at or at >= activation.expires_at or activation.failures >= FAILURES_MOST:
        return wrong
    if not secrets.compare_digest(
        normal(identity_tail).encode(), activation.member.identity_number[-TAIL_LENGTH:].upper().encode()
    ):
        activation.failures += 1
        activation.save(update_fields=["failures"])
        record(what="activation_refused", row=activation, by=by, at=at, failures=activation.failures)
        return wrong
    return activation


def _opened(
    activation: Activation, name: str, password: str, phone: str | None, by: Actor, at: datetime.datetime
) -> Account:
    member = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=activation.member_id)
    _refuse_activated(member)
    _check_name(name)
    account = open_account(name=name, phone=phone, by=by, at=at)
    set_password(account=account, password=password, by=by, at=at)
    member.account = account
    member.save(update_fields=["account"])
    activation.used_at = at
    activation.save(update_fields=["used_at"])
    record(what="activate_member", row=member, by=by, at=at, account=account.pk)
    return Account.objects.get(pk=account.pk)


def _hashed(code: str) -> str:
    return keys().blind(code, purpose="people_activation.code_hash")


def _refuse_activated(member: Member) -> None:
    if member.account_id is not None:
        raise AlreadyActivated(
            f"会员 {member.number} 应尚未开通账号；已开通，请直接登录，忘记密码可找回",
            f"expected member {member.number} to have no account, found one; sign in, or recover the password",
        )
