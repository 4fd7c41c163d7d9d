"""Reads of people. Lists of members start from what ``access`` lets somebody see."""

from __future__ import annotations

import datetime
import hmac
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from mutualaid.core.actors import Actor
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index, keys
from mutualaid.core.inserting import array_text
from mutualaid.core.models import AuditEntry, StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.written import written
from mutualaid.people.contacts import NotAContact, read_phone
from mutualaid.people.filter_models import SavedFilter
from mutualaid.people.identity import IdentityKind, NotAnIdentity, normal, read_identity
from mutualaid.people.models import (
    STANDS_UNDER,
    Account,
    ApiClient,
    Consent,
    EmployerApplication,
    EmployerClerk,
    Employment,
    IdentityChange,
    Level,
    Member,
    Purpose,
    RoleAssignment,
    RoleName,
    Unit,
)
from mutualaid.people.names import search_key, unit_key

DOUBLES_MOST = 500
"""Of a search: how many members are found by what a double was called."""


def subtree_of(*, unit: Unit) -> QuerySet[Unit]:
    """A unit and all below it, from the top down."""
    return Unit.objects.filter(path__startswith=unit.path).order_by("path")


def on_day(on: datetime.date) -> Q:
    """Rows with a period that holds a day."""
    return Q(from_on__lte=on) & (Q(until_on=None) | Q(until_on__gt=on))


def numbered(*, number: str, of: str = "") -> Q:
    """The member with a number, or the one into whom its bearer was merged. ``of``: the path to the member in the
    rows asked."""
    stands = Member.objects.filter(number=number).values(stands=Coalesce("merged_into_id", "id"))
    return Q(**{f"{of}__in" if of else "pk__in": stands})


def standing_for(*, members: Iterable[Member]) -> dict[int, Member]:
    """By the key of each of some members: themselves, or the one into whom they were merged, with the same columns
    loaded as far as the register has them. A statement only where one was merged."""
    found = {one.pk: one for one in members}
    into = {one.merged_into_id for one in found.values() if one.merged_into_id is not None} - found.keys()
    kept = {**found, **({one.pk: one for one in Member.objects.filter(pk__in=into)} if into else {})}
    return {pk: kept[one.merged_into_id] if one.merged_into_id else one for pk, one in found.items()}


def lock_members(*, keys: Sequence[int]) -> None:
    """Lock members until the transaction ends, in the order of their keys, whoever asks: then two that want some of the same
    never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM"
            " (SELECT FROM people_member WHERE id = ANY (%s::bigint[]) ORDER BY id FOR NO KEY UPDATE) AS held",
            [array_text(sorted(keys))],
        )


def members_found(*, among: QuerySet[Member], text: str) -> QuerySet[Member]:
    """Members by name or a part of it, pinyin initials, number, whole identity number or its last four places, or
    phone; by those of a double, the member into whom it was merged."""
    plain = normal(text)
    key = search_key(text.strip())
    if len(key) >= 3 and not re.search(r"[0-9]", plain) and not plain.isascii():
        named = RawSQL("SELECT people_members_named(%s)", [key])
        return _or_double(among, Q(pk__in=named)).order_by("name", "id")
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
        wanted |= _formerly(plain)
    return _or_double(among, wanted).order_by("name", "id")


def _formerly(plain: str) -> Q:
    """Whoever had a number until it was corrected. Asked first, so that no OR keeps indexes away."""
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,20}", plain):
        return Q(pk__in=[])
    former = IdentityChange.objects.filter(identity_index=blind_index(IdentityChange, "identity_index", plain))
    return Q(pk__in=list(former.order_by("id").values_list("member", flat=True)[:DOUBLES_MOST]))


def found_by_former_number(*, member: Member, text: str) -> bool:
    """Whether a text is a number that the member had until it was corrected, and has no more. A statement only where the text
    may be one."""
    plain = normal(text)
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,20}", plain) or plain in (member.identity_number, member.number):
        return False
    index = blind_index(IdentityChange, "identity_index", plain)
    return IdentityChange.objects.filter(member=member, identity_index=index).exists()


def _or_double(among: QuerySet[Member], wanted: Q) -> QuerySet[Member]:
    """Whoever is so themselves, or by one that was merged into them. The doubles are asked for first: joined to the
    rest by OR they would keep its indexes away."""
    doubles = Member.objects.filter(wanted, merged_into__isnull=False).order_by("id")
    into = list(doubles.values_list("merged_into", flat=True)[:DOUBLES_MOST])
    return among.filter(wanted | Q(pk__in=into)) if into else among.filter(wanted)


def member_by_identity(*, kind: IdentityKind, number: str) -> Member | None:
    """The member with a number, if there is one; by that of a double, the member into whom it was merged."""
    try:
        found = read_identity(kind, number)
    except NotAnIdentity:
        return None
    index = blind_index(Member, "identity_index", found.number)
    member = Member.objects.filter(identity_kind=kind, identity_index=index).select_related("merged_into").first()
    return member if member is None or member.merged_into is None else member.merged_into


def employment_on(*, member: Member, on: datetime.date) -> Employment | None:
    """Where a member works on a day, with employer, its union and the office above that."""
    found = next(iter(_employments(member=member.pk, on=on)), None)
    if found is not None:
        found.member = member
    return found


@written
def _employments(*, member: int, on: datetime.date) -> QuerySet[Employment]:
    rows = Employment.objects.filter(on_day(on), member=member)
    return rows.select_related("employer__unit__parent").order_by("id")[:1]


def standing_consent(*, member: Member, purpose: Purpose) -> Consent | None:
    """The consent that a member has given for a purpose and not withdrawn."""
    last = member.consents.filter(purpose=purpose).order_by("id").last()
    return last if last is not None and last.given else None


def consents_of(*, member: Member) -> dict[Purpose, Consent]:
    """For each purpose about which a member was asked, the last answer."""
    return {Purpose(row.purpose): row for row in _consents(member=member.pk)}


@written
def _consents(*, member: int) -> QuerySet[Consent]:
    return Consent.objects.filter(member=member).order_by("id")


def employments_of(*, member: Member) -> QuerySet[Employment]:
    """Where a member works and worked, the latest first, with employer and union."""
    return member.employments.select_related("employer__unit").order_by("-from_on", "-id")


def record_of(*, member: Member, limit: int = 50) -> list[AuditEntry]:
    """What the audit trail tells of a member's own row, and of doubles merged into it: who read or changed it and
    when, the latest first."""
    doubles = member.doubles.all()
    subjects = [subject_of(one) for one in (member, *doubles)]
    return list(AuditEntry.objects.filter(subject__in=subjects).order_by("-id")[:limit])


def nearest_holders(
    *, unit: Unit, roles: Sequence[RoleName], on: datetime.date, besides: Sequence[str] = ()
) -> list[Account]:
    """Accounts of staff who hold one of the roles at a unit, or else at the nearest one above where anybody does. ``besides``:
    keys of accounts that do not count. Whoever asks need not see them: they are only told something."""
    above = [int(part) for part in unit.path.split("/") if part]
    with within([EVERYTHING], reads=True):
        held = RoleAssignment.objects.filter(
            on_day(on), unit__in=above, role__in=roles, staff__account__is_active=True
        ).select_related("staff__account", "unit")
        rows = [row for row in held.order_by("id") if str(row.staff.account_id) not in besides]
    nearest = max((len(row.unit.path) for row in rows), default=0)
    return list({row.staff.account: None for row in rows if len(row.unit.path) == nearest})


def consents_standing(*, member: Member) -> list[tuple[Purpose, Consent | None]]:
    """For each purpose the last that a member said; None where they said nothing."""
    last = {row.purpose: row for row in member.consents.order_by("purpose", "-id").distinct("purpose")}
    return [(purpose, last.get(purpose.value)) for purpose in Purpose]


# --- the office's queues ----------------------------------------------------------------------------------------------


def applications_waiting(*, among: QuerySet[EmployerApplication]) -> QuerySet[EmployerApplication]:
    """Applications that the office is to look at, the oldest first, with office and account."""
    return among.filter(state="submitted").select_related("office", "account").order_by("submitted_at", "id")


def clerks_waiting(*, among: QuerySet[EmployerClerk]) -> QuerySet[EmployerClerk]:
    """Registrations of clerks whose form the office is to look at, the oldest first, with employer and account."""
    return among.filter(state="registered").select_related("employer__unit", "account").order_by("id")


def clerks_of(*, among: QuerySet[EmployerClerk], employer: int) -> QuerySet[EmployerClerk]:
    """Whoever acts for an employer, or asks to."""
    found = among.filter(employer=employer).exclude(state="released")
    return found.select_related("account").order_by("id")


def stamped_form_of(*, clerk: EmployerClerk) -> StoredFile | None:
    """The stamped form of a clerk's registration; None where the key is no stored file's."""
    try:
        key = uuid.UUID(clerk.evidence)
    except ValueError:
        return None
    return StoredFile.objects.filter(key=key).first()


def roles_held(*, account: Account, on: datetime.date) -> QuerySet[RoleAssignment]:
    """What somebody may do on a day, and in whose branches."""
    held = RoleAssignment.objects.filter(on_day(on), staff__account=account)
    return held.select_related("unit").order_by("unit__path", "role")


def bound_clerks(*, among: QuerySet[EmployerClerk], employer: int) -> QuerySet[EmployerClerk]:
    """Who acts for an employer (the key of its unit) now: whom a new clerk may replace."""
    return among.filter(employer=employer, state="bound").select_related("account").order_by("id")


def clerk_history(*, among: QuerySet[EmployerClerk], employer: int) -> QuerySet[EmployerClerk]:
    """Everybody who acts or acted for an employer, or asked to, the latest first, each with their ``term`` (none of before terms
    were kept)."""
    return among.filter(employer=employer).select_related("account", "term").order_by("-id")


@dataclass(frozen=True)
class Office:
    """Where an employer may apply: ``above`` are the names of what stands over it, from the top; ``below``: how many offices
    stand directly under it."""

    unit: Unit
    above: tuple[str, ...]
    below: int
    takes: bool
    """Whether it takes applications itself: the national body has only offices below it."""


def offices(*, text: str = "", under: str = "", limit: int = 60) -> list[Office]:
    """Offices to apply to: by a part of the name, pinyin initials or code, or, without a text, those directly under one (its
    code; the top without). Names of offices are for everybody."""
    every = {one.pk: one for one in Unit.objects.exclude(level=Level.GRASSROOTS).order_by("path")}
    below = Counter(one.parent_id for one in every.values())
    key, plain = unit_key(text), normal(text)
    if text.strip():
        found = [
            one
            for one in every.values()
            if (key and key in one.name_key)
            or plain == one.code
            or (plain.isalpha() and one.initials.startswith(plain))
        ]
    else:
        parent = next((one.pk for one in every.values() if one.code == under), None) if under else None
        found = [one for one in every.values() if one.parent_id == parent]
    return [
        Office(
            one,
            tuple(every[pk].name for pk in map(int, one.path.strip("/").split("/")[:-1]) if pk in every),
            below[one.pk],
            one.level in STANDS_UNDER[Level.GRASSROOTS],
        )
        for one in found[:limit]
    ]


def offices_to_ask() -> list[Unit]:
    """Offices that look at what somebody asks who does not know which one it is, from the top down: all but the national body.
    Names of offices are for everybody."""
    return list(Unit.objects.exclude(level__in=[Level.GRASSROOTS, Level.NATIONAL]).order_by("path"))


@dataclass(frozen=True)
class Registration:
    """A clerk's registration with the name of the employer, which whoever only asked does not see otherwise; and, where that is
    part of another since a day, the name, the code and that day."""

    clerk: EmployerClerk
    employer: str
    successor: str = ""
    successor_code: str = ""
    merged_on: datetime.date | None = None


def registrations_of(*, account: Account) -> list[Registration]:
    """An account's own registrations as a clerk, the newest first, those of employers that it does not act for too."""
    with within([EVERYTHING], reads=True):
        joined = EmployerClerk.objects.select_related("employer__unit", "employer__merged_into__unit", "term")
        return [_registration(one) for one in joined.filter(account=account).order_by("-id")[:50]]


def _registration(clerk: EmployerClerk) -> Registration:
    employer, into = clerk.employer, clerk.employer.merged_into
    if into is None:
        return Registration(clerk, str(employer.unit.name))
    return Registration(clerk, str(employer.unit.name), into.unit.name, into.unit.code, employer.merged_on)


def filters_of(*, actor: Actor, listing: str) -> QuerySet[SavedFilter]:
    """What somebody saved for a list, the newest last."""
    return _filters_of(actor.kind, actor.key, listing)


def filters_to_show(*, actor: Actor, listing: str) -> list[SavedFilter]:
    """The same, for a page."""
    return _filters(kind=actor.kind, key=actor.key, listing=listing)


def _filters_of(kind: str, key: str, listing: str) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(by_kind=kind, by_key=key, listing=listing).order_by("id")


@written
def _filters(*, kind: str, key: str, listing: str) -> QuerySet[SavedFilter]:
    return _filters_of(kind, key, listing)


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
