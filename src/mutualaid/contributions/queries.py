"""Reads of contributions. Lists that somebody sees start from what ``access`` lets them see."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import CharField, Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from mutualaid.contributions.bank.reading import Fault, Movement, Reading, StatementRefused, read_statement
from mutualaid.contributions.fiscal_models import LIVE
from mutualaid.contributions.models import (
    Bill,
    ChannelRefund,
    Difference,
    FiscalNote,
    Fund,
    OldReceipt,
    Order,
    OwedPart,
    Payment,
    Receipt,
    Reconciliation,
    Refund,
    RefundPart,
    StatementLayout,
    StatementLine,
)
from mutualaid.contributions.refusals import NoFund
from mutualaid.contributions.resting import money_waiting, standing, wholly_waiting
from mutualaid.contributions.states import OPEN_ORDERS
from mutualaid.core.audit import subject_of
from mutualaid.core.dates import day_of
from mutualaid.core.money import MoneyField, shown
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Enrolment, Way
from mutualaid.ledger.actions import Share
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Entry
from mutualaid.people.models import Employer

ASK_EVERY = datetime.timedelta(minutes=1)


def fund_of(*, employer: Employer) -> Fund | None:
    """The fund into which an employer pays: that of the nearest office above it that has one."""
    return fund_above(path=employer.unit.path)


def fund_for(*, employer: Employer) -> Fund:
    """The fund into which an employer pays. Raises NoFund."""
    found = fund_of(employer=employer)
    if found is None:
        raise NoFund(
            "该单位的上级应有互助专户，未找到；请先由财务登记专户",
            "expected an office above the employer to have a dedicated account, found none; have finance enter one",
        )
    return found


def fund_above(*, path: str) -> Fund | None:
    """The same, by the path of the employer's unit."""
    above = [int(part) for part in path.split("/") if part]
    return Fund.objects.filter(unit__in=above).order_by("-unit__path").select_related("book").first()


def share_of(*, bill: Bill, amount: Decimal | None = None) -> Share:
    """A bill, or a part of it, as the ledger splits it: one plan, one term, one employer."""
    part = bill.amount if amount is None else amount
    return Share(bill.enrolment.version.plan, Period(bill.from_on, bill.until_on), bill.employer.unit.code, part)


def earned_by(*, bill: Bill) -> Entry | None:
    """The entry by which a bill became income; None where it is not yet."""
    return Entry.objects.filter(book=bill.fund.book_id, subject=subject_of(bill), event="earned").first()


def back_of(*, bill: Bill) -> Decimal:
    """What of a bill goes back to its payer, paid out or not yet (yuan)."""
    return sum(RefundPart.objects.filter(bill=bill).values_list("amount", flat=True), Decimal(0))


def unit_of(*, refund: Refund) -> str:
    """Under whom it is owed in the books: the payer's employer, or the office itself where nobody knows whose money it is."""
    return share_of(bill=refund.bill).unit if refund.bill is not None else refund.fund.unit.code


def order_by_number(*, number: str) -> Order | None:
    """An order with its bill."""
    return Order.objects.filter(number=number).select_related("bill__fund__book").first()


def orders_to_ask(*, at: datetime.datetime) -> QuerySet[Order]:
    """Orders that are open and were not asked after for a while; one that was never sent, only when its time is over.
    Those with a fault wait for finance."""
    quiet = Q(asked_at=None) | Q(asked_at__lte=at - ASK_EVERY)
    due = Q(state__in=["pending", "unknown"]) | Q(state="created", expires_at__lte=at)
    return Order.objects.filter(quiet, due, fault="").order_by("id")


def channel_refund_by_number(*, number: str) -> ChannelRefund | None:
    """A refund at a channel, with its payment and the order of that."""
    return ChannelRefund.objects.filter(number=number).select_related("payment__order").first()


def refunds_to_ask(*, at: datetime.datetime) -> QuerySet[ChannelRefund]:
    """Refunds at channels that are under way and were not asked after for a while: in the first hour every few minutes, then
    each hour. One that failed may be done after all, which only the channel itself tells."""
    young = Q(created_at__gt=at - datetime.timedelta(hours=1), asked_at__lte=at - 2 * ASK_EVERY)
    old = Q(asked_at__lte=at - datetime.timedelta(hours=1)) | Q(asked_at=None, created_at__lte=at - 2 * ASK_EVERY)
    return ChannelRefund.objects.filter(young | old, state__in=["pending", "unknown"]).order_by("id")


def day_known(*, channel: str, day: datetime.date) -> bool:
    """Whether a day of a channel was compared, is settled, or was taken over; one that only waits for its file was not."""
    with within([EVERYTHING], reads=True):
        return Reconciliation.objects.filter(channel=channel, day=day).exclude(state="waiting").exists()


def difference_by_number(*, number: str) -> Difference | None:
    """A difference with its day, its order and its refund."""
    rows = Difference.objects.select_related("reconciliation__fund", "order__bill__fund__book", "refund")
    return rows.filter(number=number).first()


def bills_to_earn(*, on: datetime.date) -> QuerySet[Bill]:
    """Paid bills whose cover has begun by a day and that are not income yet; none whose cover waits for another payer, none of
    which all goes back."""
    subject = Concat(Value("contributions.bill:"), Cast(OuterRef("pk"), CharField()))
    earned = Entry.objects.filter(book=OuterRef("fund__book"), subject=subject, event="earned")
    waiting = Bill.objects.filter(enrolment=OuterRef("enrolment"), state="issued", holds_cover=True)
    # A member who pays alone waits for no other member.
    waits = Q(Exists(waiting.filter(payer_member=None))) | Q(Exists(waiting), payer_member=None)
    # Who bears the fee of those who joined by themselves is billed for covers that have begun.
    waits &= ~Q(enrolment__way=Way.JOINING)
    back = RefundPart.objects.filter(bill=OuterRef("pk")).order_by().values("bill").annotate(total=Sum("amount"))
    begun = Bill.objects.filter(~Exists(earned), ~waits, state="paid", enrolment__from_on__lte=on)
    all_back = Q(amount=Coalesce(Subquery(back.values("total")), Decimal(0), output_field=MoneyField()))
    return begun.exclude(all_back).order_by("id")


def joinings_to_bill(*, at: datetime.datetime) -> QuerySet[Enrolment]:
    """Enrolments of people without a roster, on days before that of a moment, of whose fees others bear parts that were not asked
    for yet. Who pays a part themselves is not asked for by others before they did."""
    midnight = datetime.datetime.combine(day_of(at), datetime.time.min, timezone.get_current_timezone())
    owed = OwedPart.objects.filter(bill=None, cover__enrolment=OuterRef("pk"), cover__state="begun")
    return Enrolment.objects.filter(Exists(owed), state="accepted", accepted_at__lt=midnight).order_by("id")


def joinings_unpaid(*, on: datetime.date) -> QuerySet[Bill]:
    """Bills of members who joined by themselves and let the day pass by which they were to pay: nothing came in, and no order is
    open."""
    overdue = Bill.objects.filter(enrolment__way=Way.JOINING, state="issued", due_on__lt=on)
    paid = standing().filter(bill=OuterRef("pk"))
    going = Order.objects.filter(bill=OuterRef("pk"), state__in=OPEN_ORDERS)
    return overdue.exclude(payer_member=None).filter(~Exists(paid), ~Exists(going)).order_by("id")


@dataclass(frozen=True)
class Settled:
    """A part of a bill that is paid: how much, on which day it came in, ``bank`` or ``online``."""

    amount: Decimal
    received_on: datetime.date
    way: str


def settled(*, bill: Bill) -> list[Settled]:
    """What was set against a bill that the asker sees, in its order. The payments stand with the fund, perhaps above the asker's
    branch; what is told of them is the bill's own part."""
    with within([EVERYTHING], reads=True):
        rows = standing().filter(bill=bill).select_related("payment").order_by("id")
        return [
            Settled(row.amount, row.payment.received_on, "online" if row.payment.order_id else "bank") for row in rows
        ]


# --- statements -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Preview:
    """What importing a bank's file would do: all credits that it tells, and those of them that are not known yet."""

    reading: Reading
    fresh: tuple[Movement, ...]

    @property
    def total(self) -> Decimal:
        """What the lines that are not known yet come to."""
        return sum((movement.amount for movement in self.fresh), Decimal(0))


def layouts_of(*, fund: Fund) -> dict[str, Mapping[str, str]]:
    """By fingerprint of a header which column is which, as finance confirmed it for an account."""
    return dict(StatementLayout.objects.filter(fund=fund).values_list("fingerprint", "columns"))


def preview(*, fund: Fund, data: bytes) -> Preview:
    """A bank's file beside what was imported before. Raises StatementRefused with every fault: line, expected, found;
    ColumnsUnknown."""
    reading = read_statement(data=data, account=fund.account_number, layouts=layouts_of(fund=fund))
    serials = [movement.serial for movement in reading.credits]
    known = {line.serial: line for line in StatementLine.objects.filter(fund=fund, serial__in=serials)}
    faults = [
        Fault(
            movement.line,
            f"流水号 {movement.serial} 与先前导入的一致：{before.booked_on}，{shown(before.amount)} 元",
            f"serial {movement.serial} as imported before: {before.booked_on}, {shown(before.amount)} yuan",
            f"{movement.booked_on} {shown(movement.amount)}",
        )
        for movement in reading.credits
        if (before := known.get(movement.serial))
        and (before.booked_on, before.amount) != (movement.booked_on, movement.amount)
    ]
    if faults:
        raise StatementRefused(faults)
    return Preview(reading, tuple(movement for movement in reading.credits if movement.serial not in known))


# --- what waits for finance -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Waiting:
    """One kind of thing that waits for finance: ``lines_unmatched``, ``orders_unclear`` or ``money_unmatched``."""

    kind: str
    count: int
    amount: Decimal


def payments_waiting(*, among: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments that are wholly 暂收款: for no bill, or for one that was paid already; to be matched, or given back."""
    return wholly_waiting(among=among)


def tasks(
    *, lines: QuerySet[StatementLine], orders: QuerySet[Order], payments: QuerySet[Payment]
) -> tuple[Waiting, ...]:
    """待办 of finance, among what ``access`` lets somebody see; kinds without anything are left out."""
    counted = (
        ("lines_unmatched", lines.filter(state="unmatched"), "amount"),
        ("orders_unclear", orders.filter(~Q(fault="")), "amount"),
        ("money_unmatched", money_waiting(among=payments), "rest_amount"),
    )
    found = []
    for kind, rows, column in counted:
        total = rows.order_by().aggregate(count=Count("pk"), amount=Sum(column))
        if total["count"]:
            found.append(Waiting(kind, total["count"], total["amount"]))
    return tuple(found)


@dataclass(frozen=True)
class BillTotals:
    """How many bills stand how, and for how much."""

    state: str
    count: int
    persons: int
    amount: Decimal


def bill_totals(*, among: QuerySet[Bill]) -> tuple[BillTotals, ...]:
    """Totals by state, in the order of the words of states."""
    rows = among.order_by().values("state").annotate(count=Count("pk"), heads=Sum("persons"), total=Sum("amount"))
    return tuple(
        BillTotals(row["state"], row["count"], row["heads"], row["total"])
        for row in sorted(rows, key=lambda row: row["state"])
    )


# --- receipts ---------------------------------------------------------------------------------------------------------


def live_note(*, bill: Bill) -> bool:
    """Whether a bill has a fiscal note, or one is on its way."""
    return FiscalNote.objects.filter(receipt__bill=bill, undoes=None, state__in=LIVE).exists()


@dataclass(frozen=True)
class Genuine:
    """What whoever holds a receipt may compare with the paper. ``void_since``: it was issued anew then, and this paper no longer
    counts; None where it does. ``lowered``: since its bill is for less now, else since it is made out to another title.
    ``returned_amount``: what of the money was given back since, the last of it on a day."""

    number: str
    payer_name: str
    amount: Decimal
    issued_on: datetime.date
    void_since: datetime.date | None = None
    lowered: bool = False
    returned_amount: Decimal = Decimal(0)
    returned_on: datetime.date | None = None


def verify_receipt(*, check_code: str) -> Genuine | None:
    """The receipt with a check code, if it is or was ours. For everybody: whoever has the code has the paper."""
    code = check_code.replace(" ", "").replace("-", "").upper()
    with within([EVERYTHING], reads=True):
        found = Receipt.objects.filter(check_code=code).first()
        if found is not None:
            back, last = returned(receipt=found)
            issued_on = day_of(found.issued_at)
            return Genuine(
                found.number, found.payer_name, found.amount, issued_on, returned_amount=back, returned_on=last
            )
        old = OldReceipt.objects.filter(check_code=code).select_related("receipt").first()
    if old is None:
        return None
    lowered = old.amount != old.receipt.amount
    return Genuine(old.number, old.payer_name, old.amount, day_of(old.issued_at), day_of(old.voided_at), lowered)


def returned(*, receipt: Receipt) -> tuple[Decimal, datetime.date | None]:
    """What of the money of a receipt was given back, and on which day the last of it. The receipt itself says what came in, which
    stays so."""
    with within([EVERYTHING], reads=True):
        paid = Refund.objects.filter(bill=receipt.bill_id, payment=None, state="paid")
        found = paid.aggregate(total=Sum("amount"), last=Max("paid_on"))
    return found["total"] or Decimal(0), found["last"]
