"""Sessions: begun by signing in, ended by signing out, by 30 idle minutes, after 12 hours, or when the account changes.

GB/T 22239-2019 8.1.4.1 b: idle sessions end. They lie in the database; the moment of the last request is written at most
once a minute.
"""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, own_of, within
from mutualaid.people.access import SEE_MEMBERS
from mutualaid.people.actions.own_account import choose_language
from mutualaid.people.models import Account, Kin, Member, RoleAssignment, RoleName
from mutualaid.people.queries import on_day
from mutualaid.web.common.requests import Ended, Standing

IDLE_MOST = datetime.timedelta(minutes=30)
LONGEST = datetime.timedelta(hours=12)
_SEEN_EVERY = datetime.timedelta(minutes=1)
_ACCOUNT, _KIND, _PROOF, _SINCE, _SEEN = "account", "kind", "proof", "since", "seen"


_STANDS = """
SELECT a.*, people_standing(a.id, %(kind)s, %(on)s) AS told, (
    SELECT count(*) FROM notices_notice n WHERE n.account_id = a.id AND n.portal = %(kind)s AND n.read_at IS NULL) AS unread
FROM people_account a WHERE a.id = %(account)s AND a.is_active
"""
"""Written out: each request asks it, and to put it together anew takes longer than to answer it."""


class DemoOnly(RuntimeError):
    """One-click sign-in outside the demonstration."""


def begin(request: HttpRequest, account: Account, kind: ActorKind, at: datetime.datetime) -> None:
    """From now on the browser is this account's, as staff, clerk or member. The key of the session changes: one that was planted
    before is worth nothing. Who never chose a language keeps the one chosen in this
    browser, in which they came in."""
    _begin(request, account, kind, at)
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if not account.language and chosen in dict(settings.LANGUAGES):
        choose_language(account=account, language=chosen, by=Actor(kind, str(account.pk)), at=at)


def _begin(request: HttpRequest, account: Account, kind: ActorKind, at: datetime.datetime) -> None:
    session = request.session
    session.flush()
    session[_ACCOUNT], session[_KIND] = account.pk, str(kind)
    session[_PROOF] = account.get_session_auth_hash()
    session[_SINCE] = session[_SEEN] = int(at.timestamp())
    rotate_token(request)


def end(request: HttpRequest) -> None:
    """Nobody is signed in any more, and what the session held is gone."""
    request.session.flush()


def renew(request: HttpRequest, account: Account) -> None:
    """After a change of password this session goes on under a new key; all others of the account have ended."""
    request.session.cycle_key()
    request.session[_PROOF] = account.get_session_auth_hash()


def sign_in_demo(request: HttpRequest, account: Account, kind: ActorKind, at: datetime.datetime) -> None:
    """Sign in without a password: in the demonstration only. Raises DemoOnly."""
    if not settings.DEMO:
        raise DemoOnly(
            "一键登录只在演示模式可用；请用密码登录 · expected demo mode, found an installation; sign in by password"
        )
    _begin(
        request, account, kind, at
    )  # whoever visits next is another person: nothing of the first one's browser is kept


def standing_of(session: SessionBase, at: datetime.datetime) -> Standing | Ended | None:
    """Who is signed in by a session at a moment; Ended for one that ran out just now; None for nobody."""
    if _ACCOUNT not in session:
        return None
    kind = ActorKind(session[_KIND])
    now, seen = at.timestamp(), session[_SEEN]
    if now - session[_SINCE] >= LONGEST.total_seconds() or now - seen >= IDLE_MOST.total_seconds():
        why = "idle" if now - seen >= IDLE_MOST.total_seconds() else "long"
        session.flush()
        return Ended(kind, why)
    standing = _standing(session[_ACCOUNT], session[_PROOF], kind, day_of(at))
    if standing is None:
        session.flush()
        return Ended(kind, "changed")
    if now - seen >= _SEEN_EVERY.total_seconds():
        session[_SEEN] = int(now)
    return standing


def stands_as(account: Account, kind: ActorKind, on: datetime.date) -> bool:
    """Whether an account may sign in as staff, or as a member or next of kin; as a clerk anybody may, who then registers an
    employer."""
    with within([EVERYTHING]):
        if kind is ActorKind.STAFF:
            return RoleAssignment.objects.filter(on_day(on), staff__account=account).exists()
        if kind is ActorKind.MEMBER:
            return Member.objects.filter(account=account).exists() or Kin.objects.filter(account=account).exists()
    return kind is ActorKind.CLERK


def _standing(key: int, proof: str, kind: ActorKind, on: datetime.date) -> Standing | None:
    """Who this is and what they may see: one statement, outside of any bounds, for who is nobody yet sees nothing."""
    asked = {"account": key, "kind": kind.value, "on": on}
    account: Any = next(iter(Account.objects.raw(_STANDS, asked)), None)
    if account is None or account.told is None:
        return None
    if not constant_time_compare(proof, account.get_session_auth_hash()):
        return None
    told, actor = json.loads(account.told), Actor(kind, str(account.pk))
    if kind is ActorKind.CLERK:
        # What is the account's own, an application for instance, lies in a branch of this form.
        branches = (*told["paths"], own_of(account.pk))
        return Standing(account, actor, branches, people_branches=tuple(told["paths"]), unread=account.unread)
    if kind is ActorKind.MEMBER:
        return Standing(account, actor, member=told["member"], name=told["name"], unread=account.unread)
    held = tuple((RoleName(role), path) for role, path in told["roles"])
    return Standing(
        account,
        actor,
        tuple(sorted({path for _, path in held})),
        frozenset(role for role, _ in held),
        tuple(sorted({path for role, path in held if role in SEE_MEMBERS})),
        held=held,
        name=told["name"],
        place=told["place"],
        unread=account.unread,
    )
