"""Where an online channel sends its notifications: signed, so without a session; taken, or refused without a word."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mutualaid.contributions import gateway, jobs
from mutualaid.web.common import clock

log = logging.getLogger(__name__)
BYTES_MOST = 65_536


@csrf_exempt
@require_POST
def notifications(request: HttpRequest, channel: str) -> HttpResponse:
    """204 when it was taken; 4xx when it was refused; 503 when we could not look: the channel tries again."""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > BYTES_MOST:
        return HttpResponse(status=413 if length.isdecimal() else 411)
    try:
        body = request.body
        jobs.take_notification(channel=channel, headers=request.headers, body=body, at=clock.now())
    except jobs.Refusal:
        return HttpResponse(status=400)
    except (RequestDataTooBig, UnreadablePostError):
        return HttpResponse(status=400)
    except gateway.ChannelFault as fault:
        log.error("notification not taken: %s", fault)
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    return HttpResponse(status=204)
