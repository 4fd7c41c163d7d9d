"""Somebody who is no member opens an account of 会员端, by their own telephone, to act for a relative who cannot."""

from __future__ import annotations

import datetime
import secrets

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.sign_in import set_password
from mutualaid.people.actions.staff import open_account
from mutualaid.people.identity import IdentityKind, read_identity
from mutualaid.people.models import Account, Kin
from mutualaid.people.names import read_name


@transaction.atomic
def open_kin_account(
    *,
    name: str,
    identity_kind: IdentityKind,
    identity_number: str,
    phone: str,
    password: str,
    by: Actor,
    at: datetime.datetime,
) -> Account:
    """An account that is signed in to by its telephone. It sees nothing of anybody until an office has accepted for whom its
    owner acts. ``by``: the portal. Raises NotAName, NotAnIdentity, NotAContact, AccountTaken, WeakPassword."""
    number = read_identity(identity_kind, identity_number).number
    named = read_name(name)
    with within([EVERYTHING]):
        account = open_account(name=f"kin-{secrets.token_hex(6)}", phone=phone, by=by, at=at)
        set_password(account=account, password=password, by=by, at=at)
        kin = Kin.objects.create(
            account=account, name=named, identity_kind=identity_kind, identity_number=number, at=at
        )
        record(what="open_kin_account", row=kin, by=by, at=at)
        return Account.objects.get(pk=account.pk)
