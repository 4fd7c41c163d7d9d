"""Where an online channel sends its notifications: signed, so without a session; taken, or refused without a word."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from mutualaid.contributions import gateway, jobs
from mutualaid.web.common import clock

log = logging.getLogger(__name__)
BYTES_MOST = 65_536


@csrf_exempt
def notifications(request: HttpRequest, channel: str) -> HttpResponse:
    """204 when it was taken; 4xx when it was refused; 503 when we could not look: the channel tries again."""
    if request.method != "POST":
        return _bare(405, Allow="POST")
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > BYTES_MOST:
        return _bare(413)
    try:
        # Without a length the body ends where the server ends it: empty, and so refused.
        jobs.take_notification(channel=channel, headers=request.headers, body=request.body, at=clock.now())
    except (jobs.Refusal, RequestDataTooBig, UnreadablePostError):
        return _bare(400)
    except gateway.ChannelFault as fault:
        log.error("notification not taken: %s", fault)
        return _bare(503, **{"Retry-After": "60"})
    return _bare(204)


def _bare(status: int, **headers: str) -> HttpResponse:
    """Without contents; of a type that is given no page."""
    return HttpResponse(status=status, content_type="text/plain", headers=headers)
