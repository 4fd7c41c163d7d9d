"""Tables of contributions: bills, what came in by bank and by online channels, what it was set against, receipts."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.contributions.channel_models import (
    ChannelRefund,
    ChannelTransfer,
    Difference,
    Reconciliation,
    TransferUndoing,
)
from mutualaid.contributions.fiscal_models import FiscalNote, OldReceipt
from mutualaid.contributions.money_models import Credit, Release, StatementLayout
from mutualaid.contributions.owed_models import OwedPart
from mutualaid.contributions.refund_models import (
    Lowering,
    Refund,
    RefundItem,
    RefundNumber,
    RefundPart,
    RefundReason,
    RefundRequest,
)
from mutualaid.contributions.split_models import FeePart, FeeSplit, FeeSplitPart, PayerKind, Subsidy
from mutualaid.contributions.states import BILL, OPEN_ORDERS, ORDER, STATEMENT_LINE
from mutualaid.core.encryption import BlindIndexField, EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.models import Enrolment
from mutualaid.ledger.models import Book
from mutualaid.people.models import Employer, Member, Unit

__all__ = [
    "Bill",
    "ChannelRefund",
    "ChannelTransfer",
    "Credit",
    "Difference",
    "FeePart",
    "FeeSplit",
    "FeeSplitPart",
    "FiscalNote",
    "Fund",
    "GivenBack",
    "Lowering",
    "OldReceipt",
    "Order",
    "OwedPart",
    "PayerKind",
    "Payment",
    "Receipt",
    "Reconciliation",
    "Refund",
    "RefundItem",
    "RefundNumber",
    "RefundPart",
    "RefundReason",
    "RefundRequest",
    "Release",
    "Settlement",
    "Statement",
    "StatementLayout",
    "StatementLine",
    "Subsidy",
    "TransferUndoing",
]
"""Those of ``channel_models``, ``fiscal_models``, ``money_models``, ``owed_models``, ``refund_models`` and ``split_models``
beside its own."""


class _Numbered(Func):
    output_field = models.CharField(max_length=20)
    allowed_default = True


class BillNumber(_Numbered):
    """``B00000017``."""

    template = "'B' || lpad(nextval('contributions_bill_number')::text, 8, '0')"


class ReceiptNumber(_Numbered):
    """``R00000017``."""

    template = "'R' || lpad(nextval('contributions_receipt_number')::text, 8, '0')"


class Fund(models.Model):
    """The dedicated account of an office into which contributions are paid, and its book. Employers pay to the fund
    of the nearest office above them that has one."""

    unit = models.OneToOneField(Unit, models.PROTECT, primary_key=True, related_name="fund")
    book = models.OneToOneField(Book, models.PROTECT, related_name="fund")
    account_name = models.CharField(max_length=100)
    account_number = EncryptedField()
    bank_name = models.CharField(max_length=100)
    titles_fixed = models.BooleanField(default=True)
    """Whether receipts and fiscal notes are made out to the payer's own name, as the region says, or to one that the payer
    chose."""

    def __str__(self) -> str:
        return f"{self.unit_id} {self.bank_name}"


class Bill(models.Model):
    """What one payer owes for an accepted enrolment: its employer, a member, or who subsidises the fee. Its number is what
    the payer writes on the transfer.

    ``payer_unit``: the union that pays, where it is not the employer's; ``payer_member``: the member who pays for themself;
    ``subsidy``: the programme by which somebody else pays. Who pays what for each cover, its ``parts`` say where several pay.
    ``holds_cover``: covers begin when all such bills of the enrolment are paid; they do not wait for a subsidy that was granted.
    """

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=BillNumber())
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="bills")
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="bills")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="bills")
    payer_kind = models.CharField(max_length=20, choices=PayerKind.choices, default=PayerKind.EMPLOYER)
    payer_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    payer_member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="bills")
    subsidy = models.ForeignKey(Subsidy, models.PROTECT, null=True, related_name="bills")
    holds_cover = models.BooleanField(default=True)
    payer_name = models.CharField(max_length=100)
    payer_key = models.CharField(max_length=100, blank=True, db_index=True)
    """The payer's name in the form by which transfers are compared (``words.payer_key``)."""
    amount = MoneyField()
    """What it asks for: what it was issued over without its ``Lowering`` rows."""
    persons = models.PositiveIntegerField()
    from_on = models.DateField()
    until_on = models.DateField()
    """The term for which it is booked, as it was expected at issue: a plan may let the day of payment move it."""
    issued_on = models.DateField()
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=BILL.choices, default=BILL.first)
    remark = models.CharField(max_length=200, blank=True)
    """Why it was cancelled."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(BILL.names)), name="bill_state"),
            models.CheckConstraint(condition=Q(amount__gt=0, persons__gt=0), name="bill_amount"),
            models.CheckConstraint(condition=Q(due_on__gte=F("issued_on")), name="bill_due_after_issue"),
            models.CheckConstraint(condition=Q(payer_kind__in=PayerKind.values), name="bill_payer_kind"),
            models.CheckConstraint(
                condition=Q(payer_kind=PayerKind.MEMBER, payer_member__isnull=False)
                | ~Q(payer_kind=PayerKind.MEMBER) & Q(payer_member=None),
                name="bill_of_a_member",
            ),
            models.UniqueConstraint(
                fields=["enrolment", "payer_kind", "payer_unit", "payer_member", "payer_name", "subsidy"],
                condition=~Q(state="cancelled") & Q(holds_cover=True),
                nulls_distinct=False,
                name="bill_once_for_a_payer_and_subsidy",
            ),
            # What nobody waits for may be asked in parts: gig workers who joined on one day pay on several.
            models.UniqueConstraint(
                fields=["enrolment", "payer_kind", "payer_unit", "payer_name", "subsidy", "issued_on"],
                condition=~Q(state="cancelled") & Q(holds_cover=False),
                nulls_distinct=False,
                name="bill_once_a_day_for_a_payer",
            ),
        )
        indexes = (models.Index(fields=["employer", "-id"]), models.Index(fields=["state", "id"]))

    def __str__(self) -> str:
        return self.number


class Statement(models.Model):
    """A file of bank movements that finance imported."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="statements")
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lines_read = models.PositiveIntegerField()
    lines_new = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.fund_id} {self.at:%Y-%m-%d %H:%M}"


class StatementLine(models.Model):
    """Money that came in, as the bank tells it. ``serial`` is the bank's own number: a line that is imported twice is one."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="lines")
    serial = models.CharField(max_length=64)
    booked_on = models.DateField()
    amount = MoneyField()
    payer_name = models.CharField(max_length=120)
    payer_account = EncryptedField(null=True)
    payer_account_index = BlindIndexField(of="payer_account", null=True, db_index=True)
    text = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=STATEMENT_LINE.choices, default=STATEMENT_LINE.first)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(STATEMENT_LINE.names)), name="line_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_amount"),
            models.UniqueConstraint(fields=["fund", "serial"], name="line_once"),
        )
        indexes = (models.Index(fields=["fund", "state", "booked_on"]),)

    def __str__(self) -> str:
        return self.serial


class Order(models.Model):
    """A bill paid at an online channel. ``number`` is ours, told before the channel is asked; ``external`` the channel's.

    ``way``: how the payer comes to the channel (``gateway.Way``). What they need for it: ``pay_address`` to open, together with
    ``pay_fields`` a form to post there; ``pay_code`` to scan. ``payer`` and ``client_address``, which some ways must tell the
    channel, are forgotten once the order is over."""

    number = models.CharField(max_length=32, unique=True)
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="orders")
    channel = models.CharField(max_length=20)
    amount = MoneyField()
    state = models.CharField(max_length=10, choices=ORDER.choices, default=ORDER.first)
    external = models.CharField(max_length=64, blank=True)
    way = models.CharField(max_length=10, default="page")
    pay_address = models.CharField(max_length=4000, blank=True)
    pay_code = models.CharField(max_length=500, blank=True)
    pay_fields = models.JSONField(default=dict)
    back = models.CharField(max_length=500, blank=True)
    payer = EncryptedField(null=True)
    client_address = models.CharField(max_length=45, blank=True)
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    """When the channel was last asked how it stands."""
    expires_at = models.DateTimeField()
    given_up_at = models.DateTimeField(null=True)
    """When its payer wanted to pay in another way: it is to be closed."""
    fault = models.CharField(max_length=20, blank=True)
    """``wrong_amount``: the channel told something that cannot be; finance looks at it before it is asked again."""
    paid_at = models.DateTimeField(null=True)
    in_transit = models.BooleanField(default=False)
    """Whether its channel pays out later what it collects, by its days; else the money is taken to be at the bank at once."""
    reconciled_on = models.DateField(null=True)
    """The day in whose file of the channel it stands."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(ORDER.names)), name="order_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_amount"),
            models.UniqueConstraint(
                fields=["bill"],
                condition=Q(state__in=[*OPEN_ORDERS]),
                name="order_one_open_for_a_bill",
            ),
        )
        indexes = (
            models.Index(fields=["state", "asked_at"]),
            models.Index(
                fields=["channel", "paid_at"], condition=Q(reconciled_on=None), name="order_not_in_a_file_yet"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Payment(models.Model):
    """Money that came in: by one line of a statement, by one order, or by a channel without an order of ours, found in its daily
    file. What it is for, its settlements say."""

    fund = models.ForeignKey(Fund, models.PROTECT, related_name="payments")
    amount = MoneyField()
    received_on = models.DateField()
    line = models.OneToOneField(StatementLine, models.PROTECT, null=True, related_name="payment")
    order = models.OneToOneField(Order, models.PROTECT, null=True, related_name="payment")
    difference = models.OneToOneField(Difference, models.PROTECT, null=True, related_name="payment")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount"),
            models.CheckConstraint(
                condition=Q(line__isnull=False, order__isnull=True, difference__isnull=True)
                | Q(line__isnull=True, order__isnull=False, difference__isnull=True)
                | Q(line__isnull=True, order__isnull=True, difference__isnull=False),
                name="payment_from_one_source",
            ),
        )

    def __str__(self) -> str:
        return f"{self.amount} {self.received_on}"


class Settlement(models.Model):
    """The part of a payment that is for a bill; it stands unless there is a release of it. Only grows."""

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="settlements")
    bill = models.ForeignKey(Bill, models.PROTECT, related_name="settlements")
    amount = MoneyField()
    again = models.PositiveSmallIntegerField(default=0)
    """How often the payment was for the bill before: a part of it was set free, and the rest stands anew."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="settlement_amount"),
            models.UniqueConstraint(fields=["payment", "bill", "again"], name="settlement_once"),
        )

    def __str__(self) -> str:
        return f"{self.bill_id} {self.amount}"


class GivenBack(models.Model):
    """Money that is for no bill: a member gives back with it what was paid too much for a claim, named by ``reference``. A
    payment is for bills, or this, as a whole. Only grows."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="given_back")
    reference = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(reference=""), name="given_back_for_a_claim"),)

    def __str__(self) -> str:
        return f"{self.payment_id} {self.reference}"


class Receipt(models.Model):
    """收款凭证（非财政票据） for a bill that is paid, as it stands now; what it was before, ``OldReceipt`` says. A 互助票据
    exists only when a fiscal billing gateway returned its numbers (``FiscalNote``)."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ReceiptNumber())
    bill = models.OneToOneField(Bill, models.PROTECT, related_name="receipt")
    payer_name = models.CharField(max_length=100)
    amount = MoneyField()
    issued_at = models.DateTimeField()
    check_code = models.CharField(max_length=16, unique=True)
    """By which whoever holds the paper can ask whether it is ours."""

    def __str__(self) -> str:
        return self.number
