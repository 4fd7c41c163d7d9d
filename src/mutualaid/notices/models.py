"""Messages to people and to programs: notices and whether they were read, short messages, addresses told of events."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q, Value

from mutualaid.core.encryption import EncryptedField
from mutualaid.notices.states import SMS_MESSAGE, WEBHOOK_DELIVERY
from mutualaid.people.models import Account, ApiClient, Member


class Event(models.TextChoices):
    """What programs may be told of."""

    CLAIM_FILED = "claim.filed", "收到理赔申请"
    CLAIM_RETURNED = "claim.returned", "退回补充材料"
    CLAIM_DECIDED = "claim.decided", "作出决定"
    CLAIM_WITHDRAWN = "claim.withdrawn", "申请人撤回"
    CLAIM_PAID = "claim.paid", "互助金到账"
    COVERS_BEGUN = "covers.begun", "保障生效"
    MEMBER_MOVED = "member.moved", "会员转会"
    PAYMENT_RETURNED = "payment.returned", "付款被退回"


class Notice(models.Model):
    """A message to an account, by a template and its words: no free text, and nothing that only the page behind it may tell."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="notices")
    portal = models.CharField(max_length=10)
    template = models.CharField(max_length=40)
    words = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["account", "portal", "-id"]),)
        constraints = (
            models.CheckConstraint(condition=Q(portal__in=["staff", "clerk", "member"]), name="notice_portal"),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.at:%Y-%m-%d %H:%M}"


class SmsMessage(models.Model):
    """A short message to a member. ``key`` is what the provider knows it by. The phone is the one of the moment, and is forgotten
    once nothing more can become of the message."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, models.PROTECT, related_name="sms_messages")
    template = models.CharField(max_length=40)
    words = models.JSONField(default=dict)
    phone = EncryptedField(null=True)
    state = models.CharField(max_length=12, choices=SMS_MESSAGE.choices, default=SMS_MESSAGE.first)
    at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    """When the provider was last given it; in ``waiting``: an attempt of which nothing is known, or none."""
    receipt = models.CharField(max_length=64, blank=True)
    """The provider's own number of it."""
    fault = models.CharField(max_length=80, blank=True)
    questions = models.PositiveSmallIntegerField(default=0)
    ask_at = models.DateTimeField(null=True, db_index=True)
    """When the provider is next asked what became of it; empty when that is of no more use."""

    class Meta:
        indexes = (models.Index(fields=["member", "-id"], name="sms_of_a_member"),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(SMS_MESSAGE.names)), name="sms_state"),
            models.CheckConstraint(
                condition=Q(phone__isnull=False) | Q(state__in=["delivered", "failed", "unknown"]),
                name="sms_has_a_phone",
            ),
        )

    def __str__(self) -> str:
        return f"{self.template} {self.state}"


class EndpointNumber(Func):
    """``W00000017``: numbers of the addresses at which programs are told of events."""

    template = "'W' || lpad(nextval('notices_endpoint_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class Endpoint(models.Model):
    """Where a program wants to be told of events of its branch. ``unit_path``: of the program's unit, written by the database; by
    it rows are fenced, and events chosen. After a change of the secret the former one signs, too, until ``former_until``."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=EndpointNumber())
    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="endpoints")
    unit_path = models.CharField(max_length=200, editable=False, db_default=Value(""))
    address = models.CharField(max_length=300)
    events = ArrayField(models.CharField(max_length=20, choices=Event.choices))
    secret = EncryptedField()
    former_secret = EncryptedField(null=True)
    former_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    """Attempts without success since the last one with."""
    is_told_off = models.BooleanField(default=False)
    """Its office was told that a delivery was given up; nothing more is said until one succeeds."""

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(events__contained_by=Event.values), name="endpoint_events"),
            models.CheckConstraint(condition=Q(events__len__gt=0), name="endpoint_wants_something"),
            models.CheckConstraint(condition=~Q(address=""), name="endpoint_address"),
        )

    def __str__(self) -> str:
        return self.number


class WebhookDelivery(models.Model):
    """An event as it is told to one program. ``facts``: numbers, states and amounts; nothing of health, no names."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="deliveries")
    event = models.CharField(max_length=20, choices=Event.choices)
    subject = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=WEBHOOK_DELIVERY.choices, default=WEBHOOK_DELIVERY.first)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=40, blank=True)
    """What the last attempt came to: a status of HTTP, or a word for why there was none."""

    class Meta:
        indexes = (models.Index(fields=["endpoint", "-id"], name="delivery_of_an_endpoint"),)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(WEBHOOK_DELIVERY.names)), name="delivery_state"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.subject} {self.state}"
