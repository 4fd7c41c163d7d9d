"""What a view raised, as a page (``faults``), and what a refusal says in the language of the page."""

from __future__ import annotations

import logging

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from psycopg import errors

from mutualaid.core.moves import IllegalMove
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused
from mutualaid.web.common.faults import fault_page

log = logging.getLogger(__name__)

_BUSY = (
    errors.QueryCanceled,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.SerializationFailure,
    errors.AdminShutdown,
    errors.CannotConnectNow,
    errors.TooManyConnections,
)


def said(zh: str, en: str) -> str:
    """What was said, in the language of the page."""
    return zh if (get_language() or "zh").startswith("zh") else en


def said_by(refusal: Exception) -> str:
    """What a refusal (an exception with ``zh`` and ``en``) says, in the language of the page."""
    return said(getattr(refusal, "zh", str(refusal)), getattr(refusal, "en", str(refusal)))


def fault_of(request: HttpRequest, raised: Exception) -> HttpResponse | None:
    """The page for what a view raised; None for what nobody foresaw."""
    if isinstance(raised, NotFound):
        return fault_page(request, "not_found", text=said_by(raised))
    if isinstance(raised, IllegalMove | Refused):
        return fault_page(request, "conflict", text=said_by(raised))
    if isinstance(raised, Error):
        if isinstance(raised.__cause__, _BUSY):
            log.warning("%s %s: the database did not answer in time: %s", request.method, request.path, raised)
            return fault_page(request, "unavailable")
        if isinstance(raised.__cause__, errors.DataError) and raised.__cause__.sqlstate is None:
            # Refused before it was sent: a text of the address or the form holds a character that no text may hold (NUL).
            return fault_page(request, "bad_request")
        if isinstance(raised.__cause__, errors.ReadOnlySqlTransaction):
            log.error("%s %s wrote to the database; move the write into a POST", request.method, request.path)
            return fault_page(request, "server_error")
        if isinstance(raised.__cause__, errors.InsufficientPrivilege):
            log.error("%s %s wrote outside the actor's branches; access let it pass", request.method, request.path)
            return fault_page(request, "server_error")
    return None
