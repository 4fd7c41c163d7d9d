"""Reads of people. Lists of members start from what ``access`` lets somebody see."""

from __future__ import annotations

import datetime
import hmac
import re
from contextlib import suppress
from urllib.parse import quote, urlencode

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from mutualaid.core.actors import Actor
from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index, keys
from mutualaid.people.contacts import NotAContact, read_phone
from mutualaid.people.identity import IdentityKind, NotAnIdentity, normal, read_identity
from mutualaid.people.models import (
    Account,
    ApiClient,
    Consent,
    EmployerApplication,
    EmployerClerk,
    Employment,
    Member,
    Purpose,
    SavedFilter,
    Unit,
)
from mutualaid.people.names import search_key


def subtree_of(*, unit: Unit) -> QuerySet[Unit]:
    """A unit and all below it, from the top down."""
    return Unit.objects.filter(path__startswith=unit.path).order_by("path")


def on_day(on: datetime.date) -> Q:
    """Rows with a period that holds a day."""
    return Q(from_on__lte=on) & (Q(until_on=None) | Q(until_on__gt=on))


def members_found(*, among: QuerySet[Member], text: str) -> QuerySet[Member]:
    """Members by name or a part of it, pinyin initials, number, whole identity number or its last four places, or phone."""
    plain = normal(text)
    key = search_key(text.strip())
    if len(key) >= 3 and not re.search(r"[0-9]", plain) and not plain.isascii():
        named = RawSQL("SELECT people_members_named(%s)", [key])
        return among.filter(pk__in=named).order_by("name", "id")
    wanted = Q(number=plain)
    if key and not re.search(r"[0-9]", plain):
        wanted |= Q(name_key__contains=key)
    if re.fullmatch(r"[A-Z]{1,20}", plain):
        wanted |= Q(initials__startswith=plain)
    if re.fullmatch(r"[0-9]{3}[0-9X]", plain):
        wanted |= Q(identity_tail_index=blind_index(Member, "identity_tail_index", plain))
    with suppress(NotAContact):
        wanted |= Q(phone_index=blind_index(Member, "phone_index", read_phone(text)))
    if len(plain) >= 5:
        wanted |= Q(identity_index=blind_index(Member, "identity_index", plain))
    return among.filter(wanted).order_by("name", "id")


def member_by_identity(*, kind: IdentityKind, number: str) -> Member | None:
    """The member with a number, if there is one."""
    try:
        found = read_identity(kind, number)
    except NotAnIdentity:
        return None
    index = blind_index(Member, "identity_index", found.number)
    return Member.objects.filter(identity_kind=kind, identity_index=index).first()


def employment_on(*, member: Member, on: datetime.date) -> Employment | None:
    """Where a member works on a day."""
    return member.employments.filter(on_day(on)).select_related("employer__unit").first()


def standing_consent(*, member: Member, purpose: Purpose) -> Consent | None:
    """The consent that a member has given for a purpose and not withdrawn."""
    last = member.consents.filter(purpose=purpose).order_by("id").last()
    return last if last is not None and last.given else None


# --- the office's queues ----------------------------------------------------------------------------------------------


def applications_waiting(*, among: QuerySet[EmployerApplication]) -> QuerySet[EmployerApplication]:
    """Applications that the office is to look at, the oldest first, with office and account."""
    return among.filter(state="submitted").select_related("office", "account").order_by("submitted_at", "id")


def clerks_waiting(*, among: QuerySet[EmployerClerk]) -> QuerySet[EmployerClerk]:
    """Registrations of clerks whose form the office is to look at, the oldest first, with employer and account."""
    return among.filter(state="registered").select_related("employer__unit", "account").order_by("id")


def bound_clerks(*, among: QuerySet[EmployerClerk], employer: int) -> QuerySet[EmployerClerk]:
    """Who acts for an employer (the key of its unit) now: whom a new clerk may replace."""
    return among.filter(employer=employer, state="bound").select_related("account").order_by("id")


def filters_of(*, actor: Actor, listing: str) -> QuerySet[SavedFilter]:
    """What somebody saved for a list, the newest last."""
    return SavedFilter.objects.filter(by_kind=actor.kind, by_key=actor.key, listing=listing).order_by("id")


# --- yes or no about rows of all branches, whatever the session may see -----------------------------------------------


def credit_code_known(*, credit_code: str) -> bool:
    """Whether an employer is registered under a credit code, wherever."""
    return _known("people_credit_code_known(%s)", credit_code)


def application_open(*, credit_code: str) -> bool:
    """Whether an application of an employer waits, wherever."""
    return _known("people_application_open(%s)", credit_code)


def unit_code_known(*, code: str) -> bool:
    """Whether a unit has a code, wherever."""
    return _known("people_unit_code_known(%s)", code)


def identity_known(*, kind: IdentityKind, number: str) -> bool:
    """Whether a member, seen or unseen, has the number of an identity document in its normal form."""
    return _known("people_identity_known(%s, %s)", kind.value, blind_index(Member, "identity_index", number))


def _known(asked: str, *values: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked}", values)  # one of the four above
        (found,) = cursor.fetchone()
    return bool(found)


# --- passwords and codes ----------------------------------------------------------------------------------------------

PASSWORD_LASTS = datetime.timedelta(days=90)
"""How long staff keep a password (GB/T 22239-2019 8.1.4.1 a asks for a change from time to time; the number is ours)."""


def password_is_old(*, account: Account, at: datetime.datetime) -> bool:
    """Whether a password is due for a change; an account that has none has nothing to change."""
    if not account.has_usable_password():
        return False
    return account.password_set_at is None or at - account.password_set_at > PASSWORD_LASTS


TOTP_STEP, TOTP_DIGITS = 30, 6


def totp_address(*, account: Account) -> str:
    """The secret of an account as ``otpauth://`` for a QR code: shown only until a first code has confirmed it."""
    parameters = {"secret": account.totp_secret, "issuer": "Mutualaid", "digits": TOTP_DIGITS, "period": TOTP_STEP}
    return f"otpauth://totp/{quote(f'Mutualaid:{account.name}')}?{urlencode(parameters)}"


# --- programs that come by the interface ------------------------------------------------------------------------------

TOKEN_MARK = "mut"  # noqa: S105  # nosec B105 - how every token begins


def token_hash(*, token: str) -> str:
    """What is kept of a token."""
    return keys().blind(token, purpose="people_apiclient.token_hash")


def client_by_token(*, token: str, at: datetime.datetime) -> ApiClient | None:
    """Whose token it is, if it opens on the day. Ask it where everything is seen."""
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != TOKEN_MARK or not secret or not token.isascii() or not token.isprintable():
        return None
    client = ApiClient.objects.filter(token_prefix=prefix, revoked_at=None, expires_on__gt=day_of(at))
    found = client.select_related("unit").first()
    if found is None or not hmac.compare_digest(found.token_hash, token_hash(token=token)):
        return None
    return found
