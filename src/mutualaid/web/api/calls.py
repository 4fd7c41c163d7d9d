"""How a call runs: within the program's branch; one that reads cannot write; one that writes is done once for its key.

A call that writes first commits its key, then works and keeps its answer in ONE transaction that holds the key's row. A second
one with the key finds the answer, or the row held (409, ``Retry-After``). A process that dies leaves a key without an answer
and nothing done: whoever asks again does the work.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, cast

from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from ninja import Schema
from ninja.errors import ValidationError

from mutualaid.core.audit import record
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.clients import answer_call, begin_call, claim_call
from mutualaid.people.models import ApiCall
from mutualaid.web.api.problems import REFUSALS, Problem, refused
from mutualaid.web.api.tokens import Call
from mutualaid.web.common.bounds import bound, told_of

JSON = "application/json"
RETRY_AFTER = "2"
View = Callable[..., Any]


@dataclass(frozen=True)
class Answer:
    """What a view gives: contents, and which personal data they tell: a row (the program itself for a list), and facts that are
    no personal data."""

    body: Schema | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    about: models.Model | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def response(self) -> HttpResponse:
        """For the wire."""
        content = "" if self.body is None else json.dumps(self.body.model_dump(mode="json"), ensure_ascii=False)
        response = HttpResponse(content, status=self.status, content_type=JSON)
        for name, value in self.headers.items():
            response[name] = value
        return response


def reading(view: View) -> View:
    """A call that reads: READ ONLY; that persons were told of stands in the audit trail before they are."""

    @wraps(view)
    def read(request: HttpRequest, /, **told: Any) -> HttpResponse:
        call = cast(Call, request)
        known = told.get("filters")
        _only_known(call, set(type(known).model_fields) if known is not None else set())
        with bound(told_of(call.branches, call.actor), read_only=True):
            answer: Answer = view(call, **told)
            response = answer.response()
        if answer.about is not None:
            with within([EVERYTHING]):
                record(what="api_read", row=answer.about, by=call.actor, at=call.at, **answer.detail)
        return response

    return _told_apart(read, view)


def writing(view: View) -> View:
    """A call that writes, once for its ``Idempotency-Key``."""

    @wraps(view)
    def write(request: HttpRequest, /, *, idempotency_key: str, **told: Any) -> HttpResponse:
        call = cast(Call, request)
        _only_known(call, set())
        wanted = _hash(call)
        with within([EVERYTHING]):
            claimed = claim_call(
                client=call.client, key=idempotency_key, request_hash=wanted, by=call.actor, at=call.at
            )
        if claimed.request_hash != wanted:
            raise Problem(
                "key_reused",
                "同一幂等键应对应同一请求；得到不同的内容，请换一个幂等键",
                "expected the request that this key was first used for, found another; take another key",
            )
        if claimed.answered_at is not None:
            return _again(claimed)
        with bound(told_of(call.branches, call.actor), read_only=False):
            return _once(call, claimed, view, idempotency_key, told)

    return _told_apart(write, view)


def removing(view: View) -> View:
    """A call that takes back: needs no key, since done twice it is refused the second time."""

    @wraps(view)
    def remove(request: HttpRequest, /, **told: Any) -> HttpResponse:
        call = cast(Call, request)
        _only_known(call, set())
        with bound(told_of(call.branches, call.actor), read_only=False):
            answer: Answer = view(call, **told)
            return answer.response()

    return _told_apart(remove, view)


def _told_apart(call: View, view: View) -> View:
    """With the view's signature as types, not texts: Ninja would look for their names in this module."""
    call.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    return call


def _once(call: Call, claimed: ApiCall, view: View, key: str, told: Mapping[str, Any]) -> HttpResponse:
    held = begin_call(call=claimed, by=call.actor, at=call.at)
    if held is None:
        raise Problem(
            "still_running",
            "上一次同键请求尚未处理完；请稍后用同一键再试",
            "the first request with this key is not finished; ask again with it after a while",
            {"Retry-After": RETRY_AFTER},
        )
    if held.answered_at is not None:
        return _again(held)
    try:
        with transaction.atomic():
            response = cast(Answer, view(call, idempotency_key=key, **told)).response()
    except REFUSALS as raised:
        response = refused(raised)
    answer_call(
        call=held,
        status=response.status_code,
        media_type=response["Content-Type"],
        answer=response.content.decode(),
        location=response.get("Location", ""),
        by=call.actor,
        at=call.at,
    )
    return response


def _again(call: ApiCall) -> HttpResponse:
    response = HttpResponse(call.answer, status=call.status, content_type=call.media_type)
    response["Idempotent-Replayed"] = "true"
    if call.location:
        response["Location"] = call.location
    return response


def _hash(call: Call) -> str:
    """Of what is asked: method, address and contents, however the JSON is laid out."""
    told = json.dumps(json.loads(call.body), sort_keys=True, ensure_ascii=True) if call.body else ""
    return hashlib.sha256(f"{call.method} {call.path}\n{told}".encode()).hexdigest()


def _only_known(call: Call, known: set[str]) -> None:
    """A filter that is mistyped must not find everything."""
    for name in call.GET:
        if name not in known:
            raise ValidationError([{"loc": ("query", name[:40]), "msg": "unknown parameter"}])
        if len(call.GET.getlist(name)) > 1:
            raise ValidationError([{"loc": ("query", name), "msg": "given more than once"}])
