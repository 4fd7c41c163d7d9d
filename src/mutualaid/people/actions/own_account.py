"""What people do with their own account: they open one at 单位端, with nothing to see until an employer is bound to it, and
choose the language in which they read."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.people.actions.sign_in import set_password
from mutualaid.people.actions.staff import open_account
from mutualaid.people.contacts import NotAContact, read_phone
from mutualaid.people.models import LANGUAGES, Account
from mutualaid.people.refusals import Refused

NAME_LEAST, NAME_MOST = 2, 64


class NotASignInName(Refused):
    """Too short, too long, with spaces, or a phone, which would be another's to sign in by."""


class UnknownLanguage(Refused):
    """A language in which nothing is written."""


@transaction.atomic
def choose_language(*, account: Account, language: str, by: Actor, at: datetime.datetime) -> None:
    """From now on pages, notices and readings of documents are in that language wherever the account signs in. Short messages
    stay Chinese: their texts are approved by the provider one by one. Raises UnknownLanguage."""
    known = dict(LANGUAGES)
    if language not in known:
        names = "、".join(known)
        raise UnknownLanguage(
            f"语言应为 {names} 之一，得到另一种；请从页面上的按钮选择",
            f"expected one of the languages {', '.join(known)}, found another; choose by the buttons of the page",
        )
    locked = Account.objects.select_for_update().get(pk=account.pk)
    if locked.language == language:
        return
    locked.language = language
    locked.save(update_fields=["language"])
    record(what="choose_language", row=locked, by=by, at=at)


@transaction.atomic
def open_own_account(*, name: str, phone: str, password: str, by: Actor, at: datetime.datetime) -> Account:
    """An account with name, phone and password. Raises NotASignInName, AccountTaken, NotAContact, WeakPassword."""
    _check_name(name)
    account = open_account(name=name, phone=phone, by=by, at=at)
    set_password(account=account, password=password, by=by, at=at)
    account.refresh_from_db()
    return account


def _check_name(name: str) -> None:
    """Whether a name can be signed in by. Raises NotASignInName."""
    possible = NAME_LEAST <= len(name) <= NAME_MOST and name.isprintable() and not any(map(str.isspace, name))
    try:
        read_phone(name)
    except NotAContact:
        if possible:
            return
    raise NotASignInName(
        f"登录名应为 {NAME_LEAST}–{NAME_MOST} 个字符，不含空格，且不是手机号（手机号另填，也可用来登录）；请换一个",
        f"expected a sign-in name of {NAME_LEAST} to {NAME_MOST} characters without spaces that is no phone number (the phone is "
        "given apart, and signs in too); take another",
    )
