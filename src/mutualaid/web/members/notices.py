"""消息: the member's notices, and reading them."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from mutualaid.notices import access
from mutualaid.notices.actions import read_all_notices, read_notice
from mutualaid.notices.queries import notices_of
from mutualaid.web.common.guards import members_and_kin
from mutualaid.web.common.requests import Request
from mutualaid.web.members.showing import lang

ON_A_PAGE = 20


@members_and_kin
@require_safe
def notices(request: Request) -> HttpResponse:
    """The latest first."""
    count = access.notices_visible_to(actor=request.actor).count()
    page = Paginator(range(count), ON_A_PAGE).get_page(request.GET.get("page"))
    letters = notices_of(actor=request.actor, zh=lang() == "zh", limit=ON_A_PAGE, offset=(page.number - 1) * ON_A_PAGE)
    return render(request, "members/notices.html", {"letters": letters, "page": page})


@members_and_kin
@require_POST
def notice(request: Request, key: uuid.UUID) -> HttpResponse:
    """One was read; on to the page behind it."""
    found = access.notice_for(actor=request.actor, key=key)
    read_notice(notice=found, by=request.actor, at=request.at)
    return HttpResponseRedirect(found.link or reverse("members:notices"))


@members_and_kin
@require_POST
def notices_reading(request: Request) -> HttpResponse:
    """All were read."""
    count = read_all_notices(account=request.account, portal=str(request.actor.kind), by=request.actor, at=request.at)
    told = (
        ngettext("已将 %(count)s 条消息标为已读", "已将 %(count)s 条消息标为已读", count)
        if count
        else _("没有未读消息")
    )
    messages.success(request, told % {"count": count} if count else told)
    return HttpResponseRedirect(reverse("members:notices"))
