"""Bills of the employer, how to pay them, the order at an online channel, and the receipt."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mutualaid.contributions import access
from mutualaid.contributions.actions.fiscal import want_note
from mutualaid.contributions.actions.online import give_up
from mutualaid.contributions.fiscal.gateway import configured
from mutualaid.contributions.gateway import UnknownChannel
from mutualaid.contributions.models import Bill, FiscalNote
from mutualaid.contributions.queries import bill_totals, live_note
from mutualaid.contributions.receipts import receipt_pdf
from mutualaid.contributions.resting import settled_of, with_settled
from mutualaid.contributions.states import BILL, OPEN_ORDERS
from mutualaid.core import papers
from mutualaid.core.papers import PDF
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said
from mutualaid.web.common.exports import Column, workbook
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.paying import allowed, offers, order_context, ordered, payer_page
from mutualaid.web.common.rendering import said as said_of
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import plan_name
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.forms import BillFilter
from mutualaid.web.employers.told import paged

SORTS = {"number": "id", "amount": "amount", "due": "due_on", "persons": "persons"}


@clerks_only
@require_safe
def bills(request: Request) -> HttpResponseBase:
    """Those of the employer that is worked for."""
    form = BillFilter(request.GET or None)
    context = {
        "page": paged(request, _listed(request, form)),
        "form": form,
        "totals": bill_totals(among=_seen(request)),
        "employer": current_employer(request),
    }
    return TemplateResponse(request, "employers/bills/bills.html", context)


@clerks_only
@require_safe
def bills_export(request: Request) -> HttpResponseBase:
    """The same list as a workbook."""
    columns = (
        Column(_("账单编号"), lambda one: one.number),
        Column(_("计划"), lambda one: plan_name(one.enrolment.version), width=30),
        Column(_("人数"), lambda one: one.persons, "whole"),
        Column(_("应缴（元）"), lambda one: one.amount, "amount"),
        Column(_("已到账（元）"), lambda one: one.settled_amount, "amount"),
        Column(_("开出日期"), lambda one: one.issued_on, "day", width=12),
        Column(_("缴费期限"), lambda one: one.due_on, "day", width=12),
        Column(_("状态"), lambda one: said(*BILL.names[one.state])),
    )
    return workbook(_("账单"), columns, _listed(request, BillFilter(request.GET or None)).iterator(chunk_size=2000))


def _seen(request: Request) -> QuerySet[Bill]:
    employer = current_employer(request)
    seen = access.bills_visible_to(actor=request.actor, on=request.on)
    return seen.filter(employer=employer) if employer is not None else seen.none()


def _listed(request: Request, form: BillFilter) -> QuerySet[Bill]:
    seen = with_settled(among=_seen(request))
    if form.is_valid() and form.cleaned_data["state"]:
        seen = seen.filter(state=form.cleaned_data["state"])
    asked = request.GET.get("sort", "")
    order = ("-" if asked.startswith("-") else "") + SORTS.get(asked.lstrip("-"), "id")
    return seen.select_related("enrolment__version", "receipt").order_by(order if asked else "-id", "-id")


@clerks_only
@require_safe
def bill(request: Request, number: str) -> HttpResponseBase:
    """How much, into which account, by which ways, and how it stands."""
    return _page(request, access.bill_for(actor=request.actor, number=number, on=request.on))


def _page(request: Request, found: Bill, refusal: str = "", title: str = "") -> HttpResponseBase:
    orders = list(found.orders.order_by("-id")[:10])
    open_one = next((order for order in orders if order.state in OPEN_ORDERS), None)
    paid = settled_of(bills=[found])[found.pk]
    context = {
        "bill": found,
        "part_paid": paid if found.state == "issued" else None,
        "rest": found.amount - paid,
        "enrolment": found.enrolment,
        "plan": plan_name(found.enrolment.version),
        "offers": offers(request, fund=found.fund.unit.code),
        "orders": orders,
        "open_order": open_one,
        "receipt": getattr(found, "receipt", None),
        "late": found.state == "issued" and found.due_on < request.on,
        "notes": FiscalNote.objects.filter(receipt__bill=found).order_by("id"),
        "may_want": configured() and found.state == "paid" and not live_note(bill=found),
        "refusal": refusal,
        "title": title or found.payer_name,
    }
    return TemplateResponse(request, "employers/bills/bill.html", context, status=409 if refusal else 200)


@clerks_only
@require_POST
def orders(request: Request, number: str) -> HttpResponseBase:
    """The bill is to be paid at a channel."""
    found = access.bill_for(actor=request.actor, number=number, on=request.on)
    try:
        made = ordered(request, bill=found, back=reverse("employers:bill", args=[number]))
    except (Refused, UnknownChannel) as refusal:
        messages.error(request, said_of(refusal))
        return HttpResponseRedirect(reverse("employers:bill", args=[number]))
    return HttpResponseRedirect(reverse("employers:order", args=[made.number]))


@clerks_only
@require_safe
def payer(request: Request, number: str, channel: str) -> HttpResponseBase:
    """Inside WeChat: who the payer is there."""
    found = access.bill_for(actor=request.actor, number=number, on=request.on)
    try:
        return payer_page(request, bill=found, channel=channel, orders=reverse("employers:orders", args=[number]))
    except (Refused, UnknownChannel) as refusal:
        messages.error(request, said_of(refusal))
        return HttpResponseRedirect(reverse("employers:bill", args=[number]))


@clerks_only
@require_safe
def order(request: Request, number: str) -> HttpResponseBase:
    """How an order stands; asked by htmx, the fragment alone."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    context = {"bill": found.bill, **order_context(request, found)}
    template = "employers/bills/order_state.html" if request.htmx else "employers/bills/order.html"
    response: HttpResponseBase = allowed(
        TemplateResponse(request, template, context), found, shown=context["form_shown"]
    )
    return response


@clerks_only
@require_POST
def order_closing(request: Request, number: str) -> HttpResponseBase:
    """The clerk wants to pay in another way."""
    found = access.order_for(actor=request.actor, number=number, on=request.on)
    try:
        give_up(order=found, by=request.actor, at=request.at)
    except Refused as refusal:
        messages.error(request, said_of(refusal))
    return HttpResponseRedirect(reverse("employers:order", args=[number]))


@clerks_only
@require_safe
def receipt(request: Request, number: str) -> HttpResponseBase:
    """The receipt of a bill that is paid, as PDF."""
    found = access.bill_for(actor=request.actor, number=number, on=request.on)
    made = getattr(found, "receipt", None)
    if made is None:
        raise NotFound(
            "账单缴清后才有收款凭证；该账单尚未缴清", "a receipt exists once the bill is paid; this one is not paid yet"
        )
    made = access.receipt_for(actor=request.actor, number=made.number, on=request.on)
    lang = "en" if get_language() == "en" else "zh"
    return pdf_response(f"{_('收款凭证')} {made.number}.pdf", receipt_pdf(receipt=made, lang=lang))


@clerks_only
@require_POST
def fiscal_notes(request: Request, number: str) -> HttpResponseBase:
    """POST ``title``: a fiscal note is wanted for a bill that is paid."""
    found = access.bill_for(actor=request.actor, number=number, on=request.on)
    made = getattr(found, "receipt", None)
    title = request.POST.get("title", "").strip()[:120]
    try:
        if made is None:
            raise NotPaid(
                "账单缴清后才能申请互助票据；该账单尚未缴清",
                "a fiscal note needs a bill that is paid; this one is not paid yet",
            )
        want_note(receipt=made, title="" if title == made.payer_name else title, by=request.actor, at=request.at)
    except Refused as refusal:
        return _page(request, found, said_of(refusal), title)
    messages.success(request, _("互助票据已提交开具，开好后会通知您。"))
    return HttpResponseRedirect(reverse("employers:bill", args=[number]))


class NotPaid(Refused):
    """A note is for money that came in."""


@clerks_only
@require_safe
def fiscal_face(request: Request, number: str) -> HttpResponseBase:
    """The face of a fiscal note, by the number of our request."""
    found = access.note_for(actor=request.actor, number=number, on=request.on)
    if found.face is None:
        raise NotFound("票面文件尚未取得，稍后再看", "the face of the note is not fetched yet; look again later")
    return pdf_response(found.face.name, papers.read(found.face))


def pdf_response(name: str, content: bytes) -> HttpResponse:
    """A PDF that the browser shows."""
    response = HttpResponse(content, content_type=PDF)
    response["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    return response
