"""Where an online channel sends its notifications: signed, so without a session; taken, or refused without a word. And where it
sends the payer back."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from mutualaid.contributions import gateway, jobs
from mutualaid.web.common import clock
from mutualaid.web.common.addresses import own_path

log = logging.getLogger(__name__)
BYTES_MOST = 65_536


@csrf_exempt
def notifications(request: HttpRequest, channel: str) -> HttpResponse:
    """In the channel's own form: 2xx when it was taken, 4xx when refused; 503 when we could not look, and it tries again."""
    if request.method != "POST":
        return _bare(405, Allow="POST")
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > BYTES_MOST:
        return _bare(413)
    try:
        # Without a length the body ends where the server ends it: empty, and so refused.
        jobs.take_notification(channel=channel, headers=request.headers, body=request.body, at=clock.now())
    except (jobs.Refusal, RequestDataTooBig, UnreadablePostError):
        return _answered(channel, taken=False)
    except gateway.ChannelFault as fault:
        log.error("notification not taken: %s", fault)
        return _bare(503, **{"Retry-After": "60"})
    return _answered(channel, taken=True)


@csrf_exempt
def returned(request: HttpRequest, channel: str) -> HttpResponse:
    """The payer's browser comes back, some channels' by a form: on to the page that it left (``to``, one of ours), which says
    what became of it. What else it brings is not believed."""
    response = HttpResponseRedirect(own_path(request.GET.get("to", ""), "/employers/bills"))
    response.status_code = 303
    return response


def _answered(channel: str, *, taken: bool) -> HttpResponse:
    try:
        reply = gateway.channel_for(channel).reply(taken=taken)
    except (gateway.UnknownChannel, gateway.ChannelFault):
        return _bare(400)
    return HttpResponse(reply.body, status=reply.status, content_type=reply.media_type)


def _bare(status: int, **headers: str) -> HttpResponse:
    """Without contents; of a type that is given no page."""
    return HttpResponse(status=status, content_type="text/plain", headers=headers)
