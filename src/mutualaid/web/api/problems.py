"""What went wrong, as ``application/problem+json`` (RFC 9457): what was raised becomes an answer that a program can act on.

The title and detail are Chinese or English by ``Accept-Language``; ``code`` is for programs.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.db import Error
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from ninja.errors import AuthenticationError, HttpError, ValidationError
from psycopg import errors

from mutualaid.claims.refusals import FactsFaulty, Unfinished
from mutualaid.core.moves import IllegalMove
from mutualaid.core.papers import BadFile
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
KINDS: Mapping[str, tuple[int, str, str]] = {
    "bad_request": (400, "请求无法读取", "The request cannot be read"),
    "unauthenticated": (401, "缺少有效的凭证", "A valid token is missing"),
    "forbidden": (403, "凭证没有此项权限", "The token lacks the scope"),
    "not_found": (404, "没有找到", "Not found"),
    "method_not_allowed": (405, "此地址不支持该方法", "The address does not take this method"),
    "conflict": (409, "与现状不符，没有办理", "The facts do not allow it; nothing was done"),
    "key_reused": (409, "该幂等键已用于另一请求", "The idempotency key was used for another request"),
    "still_running": (409, "同一幂等键的请求仍在处理", "A request with this idempotency key is still running"),
    "too_large": (413, "请求太大", "The request is too large"),
    "unsupported_media_type": (415, "请求应为 JSON", "The request must be JSON"),
    "invalid": (422, "内容不符合格式", "The contents do not have the form that is described"),
    "too_many": (429, "请求太频繁", "Too many requests"),
    "server_error": (500, "系统出了故障", "The system failed"),
    "unavailable": (503, "系统暂时繁忙", "The system is busy"),
}
"""Word, status, title in Chinese and in English."""
STATUSES = sorted({status for status, _, _ in KINDS.values()})
REFUSALS = (NotFound, IllegalMove, Refused, BadFile)
"""What the domains raise by intent; each has ``zh`` and ``en``."""
_BUSY = (errors.QueryCanceled, errors.DeadlockDetected, errors.LockNotAvailable, errors.SerializationFailure)


class Problem(Exception):
    """Raised in the interface itself; ``kind`` is a word of KINDS."""

    def __init__(self, kind: str, zh: str, en: str, headers: Mapping[str, str] | None = None) -> None:
        self.kind, self.zh, self.en, self.headers = kind, zh, en, dict(headers or {})
        super().__init__(en)


def answer(
    kind: str, detail: str = "", *, headers: Mapping[str, str] | None = None, faults: Sequence[Mapping[str, Any]] = ()
) -> HttpResponse:
    """A problem; ``faults``: which parts of the request, for ``invalid``."""
    status, zh, en = KINDS[kind]
    told: dict[str, Any] = {
        "type": f"urn:mutualaid:problem:{kind}",
        "title": said(zh, en),
        "status": status,
        "code": kind,
    }
    if detail:
        told["detail"] = detail
    if faults:
        told["errors"] = list(faults)
    response = HttpResponse(json.dumps(told, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    if status == KINDS["unauthenticated"][0]:
        response["WWW-Authenticate"] = 'Bearer realm="mutualaid"'
    return response


def refused(raised: Exception) -> HttpResponse:
    """What a domain refused, one of REFUSALS; where it names the parts, so do we."""
    kind = "not_found" if isinstance(raised, NotFound) else "conflict"
    return answer(kind, said_by(raised), faults=list(_parts(raised)))


def _parts(raised: Exception) -> Iterable[dict[str, str]]:
    if isinstance(raised, FactsFaulty):
        for fault in raised.faults:
            yield {"in": "event", "field": fault.path, "message": said(fault.zh, fault.en)}
    elif isinstance(raised, Unfinished):
        for word, zh, en in raised.missing:
            yield {"in": "claim", "field": word, "message": said(f"缺少{zh}", f"missing: {en}")}


def problem_of(request: HttpRequest, raised: Exception) -> HttpResponse:
    """The answer to whatever was raised."""
    if isinstance(raised, Problem):
        return answer(raised.kind, said(raised.zh, raised.en), headers=raised.headers)
    if isinstance(raised, REFUSALS):
        return refused(raised)
    if isinstance(raised, ValidationError):
        return answer("invalid", faults=list(_faults(raised.errors)))
    if isinstance(raised, AuthenticationError):
        zh, en = (
            "请求头 Authorization 应为 Bearer 加有效凭证",
            "expected Authorization: Bearer and a token that is open",
        )
        return answer("unauthenticated", said(zh, en))
    if isinstance(raised, RequestDataTooBig):
        return answer("too_large")
    if isinstance(raised, HttpError | BadRequest | UnreadablePostError | UnicodeError | RecursionError):
        return answer("bad_request", said("正文应为 UTF-8 的 JSON", "expected a body of JSON in UTF-8"))
    if isinstance(raised, Error) and isinstance(raised.__cause__, _BUSY):
        log.warning("%s %s: the database did not answer in time: %s", request.method, request.path, raised)
        return answer("unavailable", headers={"Retry-After": "5"})
    log.error("%s %s failed", request.method, request.path, exc_info=raised)
    return answer("server_error")


def _faults(found: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Where and what, never what was sent: that may be of a person."""
    for one in found:
        where, *rest = [str(part) for part in one.get("loc", ())] or [""]
        yield {"in": where, "field": ".".join(rest), "message": str(one.get("msg", ""))[:300]}
