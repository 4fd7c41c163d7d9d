"""Tables of online channels beside the orders: refunds at a channel, days held against its files, differences that were found.
Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.contributions.states import CHANNEL_REFUND, DIFFERENCE, RECONCILIATION
from mutualaid.core.models import StoredFile
from mutualaid.core.money import MoneyField


class ChannelRefundNumber(Func):
    """``Y00000017``."""

    template = "'Y' || lpad(nextval('contributions_channel_refund_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class DifferenceNumber(Func):
    """``D00000017``."""

    template = "'D' || lpad(nextval('contributions_difference_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class ChannelRefund(models.Model):
    """Money of an online payment that its channel is to give back, the way it came. ``number`` is ours, told before the channel
    is asked; ``reference``: of what it is given back (a refund's number); ``unit``: under whom it is owed in the books."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=ChannelRefundNumber())
    payment = models.ForeignKey("contributions.Payment", models.PROTECT, related_name="channel_refunds")
    reference = models.CharField(max_length=32)
    unit = models.CharField(max_length=30)
    amount = MoneyField()
    state = models.CharField(max_length=10, choices=CHANNEL_REFUND.choices, default=CHANNEL_REFUND.first)
    external = models.CharField(max_length=64, blank=True)
    fault = models.CharField(max_length=20, blank=True)
    """``wrong_amount``: the channel told another amount; ``abnormal``: somebody must see to it at the channel."""
    why = models.CharField(max_length=64, blank=True)
    """The channel's own word for a refusal."""
    created_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    reconciled_on = models.DateField(null=True)
    """The day in whose file of the channel it stands."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(CHANNEL_REFUND.names)), name="channel_refund_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="channel_refund_amount"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False), name="channel_refund_done_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["payment", "reference"], condition=~Q(state="failed"), name="channel_refund_once"
            ),
        )
        indexes = (models.Index(fields=["state", "asked_at"]),)

    def __str__(self) -> str:
        return self.number


class ChannelTransfer(models.Model):
    """A line of a bank's statement that is no money of a payer: a channel has paid out what it collected on some days
    (``reconciliations``), or whoever runs the scheme has made channels' fees good. One that was set against the wrong line is
    undone (``undoing``) and stays. Only grows."""

    class Kind(models.TextChoices):
        SETTLEMENT = "settlement", "渠道结算"
        FEES = "fees", "补足支付服务费"

    line = models.ForeignKey("contributions.StatementLine", models.PROTECT, related_name="transfers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    channel = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    """Why it was taken although it is not what the days come to."""
    at = models.DateTimeField()
    entered_by = models.CharField(max_length=64, blank=True)
    again = models.PositiveSmallIntegerField(default=0)
    """How often the line was held against a channel before, and that undone."""

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["line", "again"], name="transfer_once_for_a_line"),
            models.CheckConstraint(
                condition=Q(kind="settlement") & ~Q(channel="") | Q(kind="fees", channel=""),
                name="transfer_of_a_channel",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.line_id}"


class TransferUndoing(models.Model):
    """A line was held against a channel by mistake, says somebody else than who entered it; ``days``: those that it had been for.
    Only grows."""

    transfer = models.OneToOneField(ChannelTransfer, models.PROTECT, related_name="undoing")
    entered_by = models.CharField(max_length=64, blank=True)
    """Of the transfer."""
    by = models.CharField(max_length=64)
    name = models.CharField(max_length=50)
    why = models.CharField(max_length=200)
    days = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(by=F("entered_by")) & ~Q(by="") & ~Q(why=""), name="transfer_undone_by_another"
            ),
        )

    def __str__(self) -> str:
        return f"{self.transfer_id}"


class Reconciliation(models.Model):
    """One day of one channel: its file held against what we booked. Amounts are those of the file, ``ours_*`` ours;
    ``settles_amount``: what the channel is to pay out for the day, ``transfer``: by which line of a statement it did."""

    channel = models.CharField(max_length=20)
    fund = models.ForeignKey("contributions.Fund", models.PROTECT, related_name="reconciliations")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=RECONCILIATION.choices, default=RECONCILIATION.first)
    file = models.OneToOneField(StoredFile, models.PROTECT, null=True, related_name="+")
    tried_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    payments = models.PositiveIntegerField(default=0)
    payments_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    refunds = models.PositiveIntegerField(default=0)
    refunds_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    fees_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    settles_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    transfer = models.ForeignKey(ChannelTransfer, models.PROTECT, null=True, related_name="reconciliations")
    ours_payments = models.PositiveIntegerField(default=0)
    ours_payments_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    ours_refunds = models.PositiveIntegerField(default=0)
    ours_refunds_amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(RECONCILIATION.names)), name="reconciliation_state"),
            models.CheckConstraint(
                condition=Q(state="waiting") | Q(compared_at__isnull=False), name="reconciliation_compared"
            ),
            models.UniqueConstraint(fields=["channel", "day"], name="reconciliation_once"),
        )
        indexes = (models.Index(fields=["fund", "-day"]),)

    def __str__(self) -> str:
        return f"{self.channel} {self.day}"


class Difference(models.Model):
    """What a day's file and our books do not say alike; finance sees to it. ``external_number``: as the file tells our number.
    ``told``: how the channel says that it stands when it was asked, with ``told_amount``."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", "收款"
        REFUND = "refund", "退款"

    class Finding(models.TextChoices):
        THEIRS_ONLY = "theirs_only", "渠道有、我方无"
        OURS_ONLY = "ours_only", "我方有、渠道无"
        OTHER_AMOUNT = "other_amount", "金额不同"
        TWICE = "twice", "账单中重复"

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=DifferenceNumber())
    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="differences")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    finding = models.CharField(max_length=20, choices=Finding.choices)
    external_number = models.CharField(max_length=64, blank=True)
    external = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField(null=True)
    order = models.ForeignKey("contributions.Order", models.PROTECT, null=True, related_name="differences")
    refund = models.ForeignKey(ChannelRefund, models.PROTECT, null=True, related_name="differences")
    theirs_amount = MoneyField(null=True)
    ours_amount = MoneyField(null=True)
    state = models.CharField(max_length=10, choices=DIFFERENCE.choices, default=DIFFERENCE.first)
    told = models.CharField(max_length=10, blank=True)
    told_amount = MoneyField(null=True)
    told_paid_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(DIFFERENCE.names)), name="difference_state"),
            models.CheckConstraint(condition=~Q(state="closed") | ~Q(remark=""), name="difference_closed_with_reason"),
            models.CheckConstraint(
                condition=Q(theirs_amount__isnull=False) | Q(ours_amount__isnull=False), name="difference_of_an_amount"
            ),
        )
        indexes = (models.Index(fields=["state", "id"]),)

    def __str__(self) -> str:
        return self.number
