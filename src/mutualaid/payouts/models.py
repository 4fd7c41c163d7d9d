"""Tables of payouts: payment orders with what bears them, batches, the files that banks send, and accounts to be confirmed."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.contributions.models import Fund
from mutualaid.core.encryption import BlindIndexField, EncryptedField
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField
from mutualaid.payouts.states import ACCOUNT_CHANGE, BANK_RESULT, BATCH, LIVE, PAYMENT_ORDER
from mutualaid.people.models import Account, Member


class _Numbered(Func):
    output_field = models.CharField(max_length=20)
    allowed_default = True


class PaymentOrderNumber(_Numbered):
    """``F00000017``."""

    template = "'F' || lpad(nextval('payouts_order_number')::text, 8, '0')"


class BatchNumber(_Numbered):
    """``Z00000017``."""

    template = "'Z' || lpad(nextval('payouts_batch_number')::text, 8, '0')"


class NumberField(models.CharField):  # type: ignore[type-arg]
    """A number that the database gives; the insert itself tells it."""

    db_returning = True


class Batch(models.Model):
    """Orders of one fund that leave in one file. ``count`` and ``total`` are those of its making; the file must have the same."""

    number = NumberField(max_length=20, unique=True, editable=False, db_default=BatchNumber())
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="batches")
    state = models.CharField(max_length=10, choices=BATCH.choices, default=BATCH.first)
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    released_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    """When the bank was last asked what became of it."""
    count = models.PositiveIntegerField()
    total = MoneyField()
    own_count = models.PositiveIntegerField()
    """How many go to accounts of the fund's own bank."""
    own_total = MoneyField()
    way = models.CharField(max_length=20, blank=True)
    """The name of the bank's exchange folder; empty: paid by hand in the e-bank."""
    file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    """What was sent, or is to be uploaded; made at the release."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(BATCH.names)), name="batch_state"),
            models.CheckConstraint(condition=Q(count__gt=0, total__gt=0), name="batch_amount"),
            models.CheckConstraint(
                condition=Q(own_count__lte=F("count"), own_total__lte=F("total")), name="batch_own_bank"
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("made_by")), name="batch_of_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "withdrawn"]) | Q(released_by__isnull=False, released_at__isnull=False),
                name="batch_released_by_somebody",
            ),
        )
        indexes = (models.Index(fields=["fund", "state", "-id"]),)

    def __str__(self) -> str:
        return str(self.number)


class PaymentOrder(models.Model):
    """Money to one payee for a claim. ``ordinal`` counts the payments of a claim; what failed, was returned or was stopped is
    ordered anew under a new number, ``replaces`` it and has its ordinal: one order at most of an ordinal can still move money."""

    number = NumberField(max_length=20, unique=True, editable=False, db_default=PaymentOrderNumber())
    reference = models.CharField(max_length=32)
    """The number of the claim."""
    subject = models.CharField(max_length=128)
    """The claim as the audit trail names it."""
    ordinal = models.PositiveSmallIntegerField()
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="payment_orders")
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    """Whose claim it is; none for other payees."""
    unit_path = models.CharField(max_length=200)
    payee_name = models.CharField(max_length=100)
    account_number = EncryptedField()
    account_index = BlindIndexField(of="account_number", db_index=True)
    bank_name = models.CharField(max_length=100)
    bank_code = models.CharField(max_length=12, blank=True)
    amount = MoneyField()
    state = models.CharField(max_length=10, choices=PAYMENT_ORDER.choices, default=PAYMENT_ORDER.first)
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="orders")
    """The batch that it is in, or left in; none again once its batch was withdrawn."""
    root = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    """The first order of this payment, for which the approval is booked; none for the first itself, nor for the one after a
    stopped order, whose approval was undone: it is booked anew for this one."""
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replacement")
    created_at = models.DateTimeField()
    paid_on = models.DateField(null=True)
    """The day on which the bank paid, by its own word."""
    bank_reason = models.CharField(max_length=4, blank=True)
    """The bank's code, ``AC01`` for instance (``bank.reasons``)."""
    bank_message = models.CharField(max_length=200, blank=True)
    remark = models.CharField(max_length=200, blank=True)
    """Why it was stopped, or for what reason its account differs from that of the order before."""
    told_by = models.ForeignKey("BankResult", models.PROTECT, null=True, related_name="+")
    """The file that last moved it; what the bank's own file said, nobody changes by hand."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(PAYMENT_ORDER.names)), name="payment_order_state"),
            models.CheckConstraint(condition=Q(amount__gt=0, ordinal__gt=0), name="payment_order_amount"),
            models.CheckConstraint(
                condition=~Q(reference="") & ~Q(subject="") & ~Q(payee_name="") & ~Q(unit_path=""),
                name="payment_order_named",
            ),
            models.CheckConstraint(
                condition=Q(root__isnull=True) | Q(replaces__isnull=False),
                name="payment_order_root",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["created", "batched", "failed", "stopped"]) | Q(batch__isnull=False),
                name="payment_order_in_its_batch",
            ),
            models.UniqueConstraint(
                fields=["reference", "ordinal"], condition=Q(state__in=LIVE), name="payment_order_one_live"
            ),
        )
        indexes = (
            models.Index(fields=["reference"], name="payment_order_of_claim"),
            models.Index(fields=["fund", "state", "id"], name="payment_order_queue"),
            models.Index(fields=["member"], name="payment_order_of_member"),
        )

    def __str__(self) -> str:
        return str(self.number)

    @property
    def account_masked(self) -> str:
        """``**** 1234``: all that pages show of the account."""
        return f"**** {self.account_number[-4:]}"


class OrderShare(models.Model):
    """The part of an order that one plan bears, for one period of cover. Only grows."""

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="shares")
    plan = models.CharField(max_length=64)
    from_on = models.DateField()
    until_on = models.DateField()
    amount = MoneyField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="order_share_amount"),
            models.CheckConstraint(condition=Q(until_on__gt=F("from_on")), name="order_share_period"),
            models.UniqueConstraint(fields=["order", "plan", "from_on", "until_on"], name="order_share_once"),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.plan} {self.amount}"


class BankResult(models.Model):
    """A file in which the bank tells what became of orders. The same bytes with the bank's seal are taken once. ``fault``: why it
    was refused, a word of ``bank.news``; then no row of it was taken. ``file``: none for bytes that are no text at all, which are
    not kept."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    fund = models.ForeignKey(Fund, models.PROTECT, related_name="bank_results")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, related_name="results")
    kind = models.CharField(max_length=20)
    """``status``, ``return`` or ``by_hand``."""
    file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    rows = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    """How many orders it moved; a file that comes late moves none."""
    state = models.CharField(max_length=10, choices=BANK_RESULT.choices, default=BANK_RESULT.first)
    fault = models.CharField(max_length=20, blank=True)
    fault_number = models.CharField(max_length=35, blank=True)
    """The order at which it shows, if it is one."""
    remark = models.CharField(max_length=200, blank=True)
    """What whoever looked at it found, or why it was withdrawn."""
    brought_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    """Who brought it by hand; none for the bank's own files."""
    confirmed_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    """Who compared what was brought by hand with the bank's paper."""
    confirmed_at = models.DateTimeField(null=True)
    evidence = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    """The bank's paper: its receipts, or the lines of its statement."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(BANK_RESULT.names)), name="bank_result_state"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "taken", "withdrawn"]) | ~Q(fault=""), name="bank_result_fault"
            ),
            models.CheckConstraint(
                condition=~Q(kind="by_hand") | Q(brought_by__isnull=False, evidence__isnull=False),
                name="bank_result_by_hand",
            ),
            models.CheckConstraint(
                condition=~Q(kind="by_hand", state="taken") | Q(confirmed_by__isnull=False, confirmed_at__isnull=False),
                name="bank_result_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("brought_by")),
                name="bank_result_of_two_persons",
            ),
            models.UniqueConstraint(
                fields=["fund", "sha256"], condition=~Q(state="withdrawn") & ~Q(fault="forged"), name="bank_result_once"
            ),
        )
        indexes = (models.Index(fields=["fund", "state", "-id"]),)

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class AccountChange(models.Model):
    """Another account for an order that failed or came back, as one person of finance heard of it; another confirms it, and the
    order is made anew to it."""

    order = models.ForeignKey(PaymentOrder, models.PROTECT, related_name="account_changes")
    payee_name = models.CharField(max_length=100)
    account_number = EncryptedField()
    bank_name = models.CharField(max_length=100)
    bank_code = models.CharField(max_length=12, blank=True)
    reason = models.CharField(max_length=200)
    """Where the account is from, and how that was checked."""
    state = models.CharField(max_length=10, choices=ACCOUNT_CHANGE.choices, default=ACCOUNT_CHANGE.first)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    made = models.OneToOneField(PaymentOrder, models.PROTECT, null=True, related_name="account_change")
    """The order that pays to it."""
    remark = models.CharField(max_length=200, blank=True)
    """Why it was refused."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(ACCOUNT_CHANGE.names)), name="account_change_state"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(payee_name=""), name="account_change_named"),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | Q(decided_by__isnull=False, made__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="account_change_of_two_persons",
            ),
            models.UniqueConstraint(fields=["order"], condition=Q(state="open"), name="account_change_one_open"),
        )

    def __str__(self) -> str:
        return f"{self.order_id} {self.state}"

    @property
    def account_masked(self) -> str:
        """``**** 1234``: all that pages show of the account."""
        return f"**** {self.account_number[-4:]}"
