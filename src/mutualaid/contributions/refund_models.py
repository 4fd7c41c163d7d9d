"""Tables of fees that go back: what is asked for and decided, whose part of which fee a refund is, and what of an unpaid bill is
asked for no longer. Part of ``models``, by which everybody gets them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.contributions.split_models import PayerKind
from mutualaid.contributions.states import REFUND, REFUND_REQUEST
from mutualaid.core.money import MoneyField
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer, Member


class _Numbered(Func):
    output_field = models.CharField(max_length=20)
    allowed_default = True


class RefundNumber(_Numbered):
    """``T00000017``."""

    template = "'T' || lpad(nextval('contributions_refund_number')::text, 8, '0')"


class RefundRequestNumber(_Numbered):
    """``V00000017``."""

    template = "'V' || lpad(nextval('contributions_refund_request_number')::text, 8, '0')"


class RefundReason(models.TextChoices):
    """Why a fee is to go back: by which rule of the plan."""

    NEVER_ELIGIBLE = "never_eligible", "本不符合参加条件"
    BEFORE_COVER = "before_cover", "保障开始前退出"
    EXIT = "exit", "期内退出"


class RefundRequest(models.Model):
    """Fees of an employer's covers are asked back, by a clerk, a ``member`` for themself or the office; somebody else of the
    office decides. ``asked_on``: the day by which the plan's rules are read."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=RefundRequestNumber())
    employer = models.ForeignKey(Employer, models.PROTECT, related_name="refund_requests")
    member = models.ForeignKey(Member, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=20, choices=RefundReason.choices)
    remark = models.CharField(max_length=300)
    """What the asker says of it: which condition was not met, why they leave."""
    state = models.CharField(max_length=10, choices=REFUND_REQUEST.choices, default=REFUND_REQUEST.first)
    asked_kind = models.CharField(max_length=10)
    asked_by = models.CharField(max_length=64)
    asked_name = models.CharField(max_length=50)
    asked_at = models.DateTimeField()
    asked_on = models.DateField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(REFUND_REQUEST.names)), name="refund_request_state"),
            models.CheckConstraint(condition=Q(reason__in=RefundReason.values), name="refund_request_reason"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "refused"]) | ~Q(decided_by=F("asked_by")) & ~Q(decided_by=""),
                name="refund_request_by_two_persons",
            ),
        )
        indexes = (models.Index(fields=["state", "id"]), models.Index(fields=["employer", "-id"]))

    def __str__(self) -> str:
        return self.number


class RefundItem(models.Model):
    """A cover of a request. ``ends_on``: the first day without cover, where it is left in mid-term; else it is void. ``amount``:
    what the plan gives back of its fee, as it was asked for. ``left_out``: the office decided so."""

    request = models.ForeignKey(RefundRequest, models.PROTECT, related_name="items")
    cover = models.ForeignKey(Cover, models.PROTECT, related_name="refund_items")
    ends_on = models.DateField(null=True)
    amount = MoneyField()
    left_out = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_item_amount"),
            models.UniqueConstraint(fields=["request", "cover"], name="refund_item_once"),
        )

    def __str__(self) -> str:
        return f"{self.request_id} {self.cover_id}"


class Refund(models.Model):
    """Money to be given back: what a payer's ``bill`` asked for covers that came to nothing or ended, as ``parts`` say for
    each; or what is left of a ``payment`` that was too much, to where it came from. ``bill``: one of the payer's, None where
    nobody knows whose money it is.

    ``serial`` is the bank's number of the payment that one person entered; another confirms it. Or it goes back by the channel by
    which ``online`` came: ``channel_refund`` says what became of that and is booked there."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=RefundNumber())
    fund = models.ForeignKey("contributions.Fund", models.PROTECT, related_name="refunds")
    request = models.ForeignKey(RefundRequest, models.PROTECT, null=True, related_name="refunds")
    bill = models.ForeignKey("contributions.Bill", models.PROTECT, null=True, related_name="refunds")
    payment = models.ForeignKey("contributions.Payment", models.PROTECT, null=True, related_name="refunds")
    reason = models.CharField(max_length=200, blank=True)
    amount = MoneyField()
    state = models.CharField(max_length=10, choices=REFUND.choices, default=REFUND.first)
    approved_at = models.DateTimeField()
    paid_on = models.DateField(null=True)
    serial = models.CharField(max_length=64, blank=True)
    online = models.ForeignKey("contributions.Payment", models.PROTECT, null=True, related_name="+")
    channel_refund = models.OneToOneField(
        "contributions.ChannelRefund", models.PROTECT, null=True, related_name="refund"
    )
    entered_by = models.CharField(max_length=64, blank=True)
    entered_name = models.CharField(max_length=50, blank=True)
    confirmed_by = models.CharField(max_length=64, blank=True)
    confirmed_name = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(REFUND.names)), name="refund_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount"),
            models.CheckConstraint(
                condition=Q(bill__isnull=False, payment__isnull=True) | Q(payment__isnull=False) & ~Q(reason=""),
                name="refund_of_a_bill_or_of_money",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "sending"])
                | ~Q(confirmed_by=F("entered_by")) & ~Q(confirmed_by="")
                | Q(state="paid", channel_refund__isnull=False),  # two persons sent that
                name="refund_by_two_persons",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["entered", "paid"])
                | Q(online__isnull=True, paid_on__isnull=False) & ~Q(serial="")
                | Q(state="paid", online__isnull=False, channel_refund__isnull=False, paid_on__isnull=False),
                name="refund_paid_by_bank_or_channel",
            ),
            models.CheckConstraint(
                condition=~Q(state="proposed") | Q(online__isnull=False), name="refund_proposed_of_online_money"
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(online__isnull=False, channel_refund__isnull=False),
                name="refund_sent_to_a_channel",
            ),
        )
        indexes = (models.Index(fields=["state", "id"]),)

    def __str__(self) -> str:
        return self.number


class _Back(models.Model):
    """What of a bill is for a cover and whose part of its fee it was; goes back once. Only grows."""

    bill = models.ForeignKey("contributions.Bill", models.PROTECT, related_name="+")
    cover = models.ForeignKey(Cover, models.PROTECT, related_name="+")
    payer_kind = models.CharField(max_length=20, choices=PayerKind.choices)
    amount = MoneyField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.bill_id} {self.cover_id} {self.amount}"


class RefundPart(_Back):
    """What a refund gives back for a cover. A member's part that the employer collected is paid to the employer, who passes it
    on."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="parts")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_part_amount"),
            models.UniqueConstraint(fields=["cover", "bill", "payer_kind"], name="refund_part_once"),
        )


class Lowering(_Back):
    """What a bill asks for no longer: a cover came to nothing or ended before its part was paid in. The bill's amount is less
    by it, and a subsidy's budget is free again."""

    request = models.ForeignKey(RefundRequest, models.PROTECT, null=True, related_name="lowerings")
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="lowering_amount"),
            models.UniqueConstraint(fields=["cover", "bill", "payer_kind"], name="lowering_once"),
        )
