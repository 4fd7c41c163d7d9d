"""The cast at the pages: everybody of the people's cast with an account, and browsers in which they are signed in."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import Client

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.actions.units import bind_clerk, register_clerk
from mutualaid.people.models import Account, Member, RoleName
from mutualaid.web.common import sessions
from tests.people import cast as people

AT = people.AT
PASSWORD = "hai-feng-qing-qing-25"


@dataclass
class Web:
    """``accounts``: by what the tests call a person, the account and as what they sign in.

    Persons: ``member`` (林晓禾 at the mill), ``other_member`` (尉迟安 at the yard); ``clerk`` (of the mill), ``other_clerk`` (of
    the yard), ``newcomer`` (a clerk's account without an employer); every role's name (in the city whose county the mill is in);
    ``outsider`` (a reviewer of the other city), ``far_clerk`` (an enrolment clerk there); ``analyst`` and ``designer`` are one
    person, at the province.
    """

    people: people.Cast
    accounts: dict[str, tuple[Account, ActorKind]]
    at: datetime.datetime = AT
    made: dict[str, Any] = field(default_factory=dict)
    """What a declaration made for its address, to be found again."""

    def actor(self, person: str) -> Actor:
        """The actor that a person is."""
        account, kind = self.accounts[person]
        return Actor(kind, str(account.pk))

    def client(self, person: str, **options: Any) -> Client:
        """A browser; ``anonymous`` is nobody's."""
        client = Client(raise_request_exception=False, **options)
        if person != "anonymous":
            sign_in_as(client, *self.accounts[person], self.at)
        return client


def sign_in_as(client: Client, account: Account, kind: ActorKind, at: datetime.datetime = AT) -> None:
    """Put a session of an account into a browser."""
    request = HttpRequest()
    request.session = SessionStore()
    sessions.begin(request, account, kind, at)
    request.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key or ""


def web_cast() -> Web:
    """Everybody."""
    cast = people.cast()
    accounts: dict[str, tuple[Account, ActorKind]] = {}
    for person, member in (("member", cast.lin), ("other_member", cast.wei)):
        account = people.account(person)
        Member.objects.filter(pk=member.pk).update(account=account)
        accounts[person] = (account, ActorKind.MEMBER)
    other = register_clerk(
        employer=cast.yard, account=people.account("other_clerk"), name="尉迟安", evidence="form-2", by=people.BY, at=AT
    )
    bind_clerk(clerk=other, by=people.BY, at=AT)
    accounts["clerk"] = (cast.clerk.account, ActorKind.CLERK)
    accounts["other_clerk"] = (other.account, ActorKind.CLERK)
    accounts["newcomer"] = (people.account("newcomer"), ActorKind.CLERK)
    accounts["outsider"] = (cast.outsider.account, ActorKind.STAFF)
    for role in RoleName:
        if role is RoleName.REVIEWER:
            who = cast.reviewer
        elif role in {RoleName.ANALYST, RoleName.DESIGNER}:
            who = cast.analyst
        else:
            who = people.staff(role.label, cast.city, role)
        accounts[str(role.value)] = (who.account, ActorKind.STAFF)
    far = people.staff("参保经办乙", cast.other_city, RoleName.ENROLMENT_CLERK)
    accounts["far_clerk"] = (far.account, ActorKind.STAFF)
    return Web(cast, accounts)
