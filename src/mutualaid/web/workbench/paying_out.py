"""Lines of a bank's statement that are no money of payers, for finance: what a channel pays out for its days, and fees that
are made good to the fund."""

from __future__ import annotations

import datetime
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from mutualaid.contributions import access
from mutualaid.contributions.actions.paying_out import make_fees_good, settle_days, undo_transfer
from mutualaid.contributions.models import ChannelTransfer, Reconciliation, StatementLine, TransferUndoing
from mutualaid.contributions.paying_out import fees_owed, runs_for, total_of, unsettled
from mutualaid.core.money import shown
from mutualaid.people.models import RoleName
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paying import label_of
from mutualaid.web.common.requests import Request

FINANCE = (RoleName.FINANCE,)
DAYS_SHOWN = 40


def context_of(request: Request, line: StatementLine) -> dict[str, Any]:
    """What a line that waits may settle; or what one has settled; and what was undone before."""
    before = TransferUndoing.objects.filter(transfer__line=line).select_related("transfer").order_by("id")
    undone = [(one, label_of(one.transfer.channel) if one.transfer.channel else "") for one in before]
    if line.state != "unmatched":
        transfer = ChannelTransfer.objects.filter(line=line, undoing=None).first()
        return {
            "transfer": transfer,
            "transfer_label": label_of(transfer.channel) if transfer else "",
            "days": transfer.reconciliations.order_by("day") if transfer else [],
            "entered_by_self": transfer is not None and transfer.entered_by == request.actor.key,
            "undone": undone,
            "undoing": request.POST.get("undoing", ""),
        }
    owed = fees_owed(fund=line.fund)
    runs = [(run, label_of(run.channel)) for run in runs_for(line=line)[:3]]
    open_days = [(day, label_of(day.channel)) for day in unsettled(fund=line.fund)[:DAYS_SHOWN]]
    chosen = request.POST.getlist("days")
    return {
        "undone": undone,
        "runs": runs,
        "unsettled": open_days,
        "chosen_days": chosen,
        "why": request.POST.get("why", ""),
        "fees_owed": owed if owed >= line.amount else None,
    }


@staff_only(roles=FINANCE)
@require_POST
def line_paying_out(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``days``: each a channel and a day, that this line pays out; ``why``, where it is another amount."""
    from mutualaid.web.workbench.bank import changed

    line = access.line_for(actor=request.actor, fund=fund, serial=serial, on=request.on)
    days = [_day(request, told) for told in request.POST.getlist("days")[:DAYS_SHOWN]]

    def settle(found: StatementLine) -> None:
        settle_days(line=found, days=days, reason=request.POST.get("why", ""), by=request.actor, at=request.at)

    told = _("已核对为渠道结算款：%(days)d 日，共 %(amount)s 元。")
    amount = total_of(days)
    return changed(request, line, settle, told % {"days": len(days), "amount": shown(amount)})


def _day(request: Request, told: str) -> Reconciliation:
    channel, _space, day = told.partition(" ")
    try:
        wanted = datetime.date.fromisoformat(day)
    except ValueError:
        wanted = datetime.date.min  # of which no channel has a day: it is told as not found
    return access.reconciliation_for(actor=request.actor, channel=channel, day=wanted, on=request.on)


@staff_only(roles=FINANCE)
@require_POST
def line_fees(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """Whoever runs the scheme has made fees good by this line."""
    from mutualaid.web.workbench.bank import changed

    line = access.line_for(actor=request.actor, fund=fund, serial=serial, on=request.on)

    def make_good(found: StatementLine) -> None:
        make_fees_good(line=found, by=request.actor, at=request.at)

    return changed(request, line, make_good, _("已记为补足支付服务费。"))


@staff_only(roles=FINANCE)
@require_POST
def line_undoing(request: Request, fund: str, serial: str) -> HttpResponseBase:
    """POST ``undoing``, why: what a line was held against was wrong, says somebody else than who entered it."""
    from mutualaid.web.workbench.bank import changed

    line = access.line_for(actor=request.actor, fund=fund, serial=serial, on=request.on)

    def undo(found: StatementLine) -> None:
        undo_transfer(line=found, reason=request.POST.get("undoing", ""), by=request.actor, at=request.at)

    told = _("已撤销并记红字分录；这笔流水待重新核对，对账日恢复为待结算。")
    return changed(request, line, undo, told, to=reverse("workbench:line", args=[fund, serial]))


urlpatterns: list[URLPattern] = [
    path("lines/paying-out/<str:fund>/<path:serial>", line_paying_out, name="line_paying_out"),
    path("lines/fees/<str:fund>/<path:serial>", line_fees, name="line_fees"),
    path("lines/undoing/<str:fund>/<path:serial>", line_undoing, name="line_undoing"),
]
