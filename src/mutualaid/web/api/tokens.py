"""Who comes: a program by its token, within the branch of its unit, so many times a minute."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.clients import count_call
from mutualaid.people.models import ApiClient, Scope
from mutualaid.people.queries import client_by_token
from mutualaid.web.api.problems import Problem
from mutualaid.web.common.requests import PublicRequest

MINUTE = 60


class Call(PublicRequest):
    """A request of a program, once its token was looked at. ``told``: personal data that was told, as (row, detail)."""

    client: ApiClient
    actor: Actor
    branches: tuple[str, ...]


class Token(HttpBearer):
    """A token with a scope; without one any token that is open. Raises Problem."""

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any | None:
        """The program; None for a token that opens nothing."""
        call = cast(Call, request)
        with within([EVERYTHING]):
            client = client_by_token(token=token, at=call.at)
            if client is None:
                return None
            call.client, call.actor = client, Actor(ActorKind.CLIENT, client.number)
            call.branches = (str(client.unit.path),)
            calls = count_call(client=client, by=call.actor, at=call.at)
        if calls > client.calls_a_minute:
            rest = MINUTE - call.at.second
            raise Problem(
                "too_many",
                f"每分钟应不超过 {client.calls_a_minute} 次；请 {rest} 秒后再试",
                f"expected at most {client.calls_a_minute} calls a minute; try again after {rest} s",
                {"Retry-After": str(rest)},
            )
        if self.scope is not None and self.scope.value not in client.scopes:
            raise Problem(
                "forbidden",
                f"需要权限 {self.scope.value}；该凭证没有，请由系统管理员另发",
                f"expected the scope {self.scope.value}, found a token without it; ask a system administrator for another",
            )
        return client
