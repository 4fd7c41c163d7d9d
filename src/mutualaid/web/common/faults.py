"""Pages for what went wrong: a template per status where there is one (``404.html``), else a plain page that says what to do."""

from __future__ import annotations

import logging

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import select_template
from django.utils.translation import get_language
from psycopg import errors

from mutualaid.core.moves import IllegalMove
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused

log = logging.getLogger(__name__)

WORDS = {
    400: ("请求有误，请返回重试", "the request cannot be read; go back and try again"),
    403: (
        "您的账号没有此页面的权限；请换用有权限的账号登录",
        "your account may not use this page; sign in with one that may",
    ),
    404: (
        "没有找到您要的页面或内容，请核对地址或编号",
        "there is no such page or thing; check the address or the number",
    ),
    409: ("内容已变化，请刷新后再看", "this has changed meanwhile; look again"),
    500: ("系统出错，已记录；请稍后再试", "something went wrong here and was noted; try again later"),
    503: ("系统正忙，请稍后再试", "the system is busy; try again in a moment"),
}
_BUSY = (
    errors.QueryCanceled,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.SerializationFailure,
    errors.AdminShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
)
_CSRF = ("页面已过期，请返回刷新后再提交", "the page is out of date; go back, reload it and send it again")


def said(zh: str, en: str) -> str:
    """What was said, in the language of the page."""
    return zh if (get_language() or "zh").startswith("zh") else en


def said_by(refusal: Exception) -> str:
    """What a refusal (an exception with ``zh`` and ``en``) says, in the language of the page."""
    return said(getattr(refusal, "zh", str(refusal)), getattr(refusal, "en", str(refusal)))


def fault(request: HttpRequest, status: int, zh: str = "", en: str = "") -> HttpResponse:
    """The page of a status; ``message`` in its template is what is known beyond that."""
    usual = WORDS[status]
    message = said(zh, en) if zh else said(*usual)
    template = select_template([f"{status}.html", "common/fault.html"])
    return HttpResponse(template.render({"status": status, "message": message}, request), status=status)


def fault_of(request: HttpRequest, raised: Exception) -> HttpResponse | None:
    """The page for what a view raised; None for what nobody foresaw."""
    if isinstance(raised, NotFound):
        return fault(request, 404, raised.zh, raised.en)
    if isinstance(raised, IllegalMove | Refused):
        return fault(request, 409, raised.zh, raised.en)
    if isinstance(raised, Error):
        if isinstance(raised.__cause__, _BUSY):
            log.warning("%s %s: the database did not answer in time: %s", request.method, request.path, raised)
            return fault(request, 503)
        if isinstance(raised.__cause__, errors.ReadOnlySqlTransaction):
            log.error("%s %s wrote to the database; move the write into a POST", request.method, request.path)
            return fault(request, 500)
        if isinstance(raised.__cause__, errors.InsufficientPrivilege):
            log.error("%s %s wrote outside the actor's branches; access let it pass", request.method, request.path)
            return fault(request, 500)
    return None


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's own signature
    """For addresses that lead nowhere."""
    return fault(request, 404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's own signature
    """For who may not."""
    return fault(request, 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's own signature
    """For what cannot be read."""
    return fault(request, 400)


def broken(request: HttpRequest) -> HttpResponse:
    """For what nobody foresaw; Django has logged it."""
    return fault(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For a form without its token."""
    log.warning("%s %s: no token of the form: %s", request.method, request.path, reason)
    return fault(request, 403, *_CSRF)
