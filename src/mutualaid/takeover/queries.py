"""Reads of take-overs: their rows for a page, and what the tables hold after one was applied."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from mutualaid.claims.models import Claim, Opening
from mutualaid.contributions.models import Fund
from mutualaid.core.audit import subject_of
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.models import Cover
from mutualaid.ledger.chart import BANK, BENEFITS_PAYABLE, RECEIVABLE, UNEARNED
from mutualaid.ledger.models import Entry, Posting
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Employer, Member, Unit
from mutualaid.plans.queries import chain_of
from mutualaid.takeover.columns import APPLIED, CONTROLS, SHEETS
from mutualaid.takeover.models import Takeover, TakeoverRow

OPENED = "opened"
"""The event of the entry with the opening balances of a take-over."""
_PARTS = 5000
_NOTHING = Value(Decimal("0.00"), output_field=MoneyField())


def fund_of_office(*, office: Unit) -> Fund | None:
    """The dedicated account of an office, else of the nearest above it."""
    above = Fund.objects.filter(unit__in=chain_of(path=office.path)).order_by("-unit__path")
    return above.select_related("book", "unit").first()


def to_apply(*, takeover: Takeover) -> QuerySet[TakeoverRow]:
    """Rows that are still to become something."""
    return TakeoverRow.objects.filter(takeover=takeover, made="", effect__in=["make", "match"], sheet__in=APPLIED)


def noticed(*, takeover: Takeover, sheet: str = "", faulty: bool = False) -> QuerySet[TakeoverRow]:
    """Rows with faults or warnings, in the order of the file."""
    rows = TakeoverRow.objects.filter(takeover=takeover, noticed=True)
    if sheet:
        rows = rows.filter(sheet=sheet)
    if faulty:
        rows = rows.filter(effect="faulty")
    place = Case(*(When(sheet=one.word, then=place) for place, one in enumerate(SHEETS)), default=len(SHEETS))
    return rows.order_by(place, "line")


def closing_of(*, takeover: Takeover) -> dict[str, Any]:
    """The control totals counted anew in the tables themselves, beside what was told and what was to be made; ``differences``:
    the words of those that are not the same."""
    counted = _counted(takeover)
    controls = []
    for one in takeover.report["controls"]:
        word, yuan = one["word"], CONTROLS[one["word"]][2]
        found = counted[word]
        shown = f"{found:.2f}" if yuan else str(int(found))
        controls.append({**one, "found": shown})
    differences = [
        one["word"] for one in controls if one["found"] != one["made"] or (one["told"] and one["found"] != one["told"])
    ]
    return {"controls": controls, "differences": differences}


def openings_to_earn(*, on: datetime.date) -> QuerySet[Posting]:
    """Lines of 预收互助费 of opening entries whose period has begun by a day and that are not income yet; without those of which
    nothing was received."""
    subject = Concat(Value("ledger.posting:"), Cast(OuterRef("pk"), CharField()))
    earned = Entry.objects.filter(book=OuterRef("entry__book"), subject=subject, event="earned")
    same = ("account__plan", "account__period_from_on", "account__period_until_on", "account__unit")
    owed = Posting.objects.filter(
        entry=OuterRef("entry"), account__code=RECEIVABLE.code, **{name: OuterRef(name) for name in same}
    )
    opened = Posting.objects.filter(
        ~Exists(earned),
        entry__subject__startswith=f"{Takeover._meta.label_lower}:",
        entry__event=OPENED,
        entry__posted_on__lte=on,
        account__code=UNEARNED.code,
        account__period_from_on__lte=on,
    ).annotate(received=-F("amount") - Coalesce(Subquery(owed.values("amount")[:1]), _NOTHING))
    return opened.filter(received__gt=0).select_related("account", "entry__book").order_by("id")


def received_of(*, posting: Posting) -> Decimal:
    """What of a line of 预收互助费 was received: without 应收互助费 of the same plan, period and employer in its entry."""
    account = posting.account
    owed = Posting.objects.filter(
        entry=posting.entry_id,
        account__code=RECEIVABLE.code,
        account__plan=account.plan,
        account__period_from_on=account.period_from_on,
        account__period_until_on=account.period_until_on,
        account__unit=account.unit,
    )
    return -posting.amount - _sum(owed, "amount")


def _counted(takeover: Takeover) -> dict[str, Decimal]:
    number = str(takeover.number)
    used = Opening.objects.filter(source=number, counter__endswith=".paid")
    combined_amount = _sum(used.filter(key__startswith="combination:"), "amount")
    rows = TakeoverRow.objects.filter(takeover=takeover)
    orders = PaymentOrder.objects.filter(subject__in=_subjects(rows.filter(sheet="payables")), replaces=None)
    once = _keys(rows.filter(sheet="once"), "claims.opening")
    fund = fund_of_office(office=takeover.office)
    bank = Posting.objects.filter(
        entry__book=fund.book_id if fund is not None else 0,
        entry__subject=subject_of(takeover),
        account__code=BANK.code,
    )
    # A lump sum may be counted by period too: each row of 一次性待遇 is known by the opening that it became.
    once_amount = _sum(Opening.objects.filter(pk__in=once), "amount")
    used_keys = _keys(rows.filter(sheet="used"), "claims.opening")
    used_amount = _sum(used.filter(pk__in=used_keys, key__startswith="period:"), "amount")
    return {
        "units": Decimal(_there(rows.filter(sheet="units"), Employer)),
        "members": Decimal(_there(rows.filter(sheet="members"), Member)),
        "covers": Decimal(_there(rows.filter(sheet="covers"), Cover)),
        "claims": Decimal(_there(rows.filter(sheet="claims"), Claim)),
        "used_amount": used_amount,
        "combined_amount": combined_amount,
        "once_amount": once_amount,
        "payables_amount": _sum(orders, "amount"),
        "bank_amount": _sum(bank, "amount"),
    }


def payables_booked(*, takeover: Takeover) -> Decimal:
    """What is owed for the payables of a take-over, by the books."""
    rows = TakeoverRow.objects.filter(takeover=takeover, sheet="payables")
    orders = _keys(rows, "payouts.paymentorder")
    subjects = [f"payouts.paymentorder:{key}" for key in orders]
    lines = Posting.objects.filter(entry__subject__in=subjects, account__code=BENEFITS_PAYABLE.code)
    return -_sum(lines, "amount")


def _sum(rows: QuerySet[Any], column: str) -> Decimal:
    return rows.aggregate(total=Sum(column))["total"] or Decimal(0)


def _keys(rows: QuerySet[TakeoverRow], label: str) -> list[int]:
    """The keys of the rows of one table that rows became."""
    begin = f"{label}:"
    made = rows.filter(made__startswith=begin).values_list("made", flat=True)
    return [int(one[len(begin) :]) for one in made.iterator()]


def _subjects(rows: QuerySet[TakeoverRow]) -> list[str]:
    return [f"takeover.takeoverrow:{pk}" for pk in rows.filter(~Q(made="")).values_list("pk", flat=True)]


def _there(rows: QuerySet[TakeoverRow], model: Any) -> int:
    """How many rows of a table are really there that rows of the file became or were matched with, each once."""
    keys = sorted(set(_keys(rows, model._meta.label_lower)))
    parts = (keys[first : first + _PARTS] for first in range(0, len(keys), _PARTS))
    return sum(int(model.objects.filter(pk__in=part).count()) for part in parts)
