"""Messages to people: what was said to whom, and whether it was read. How it reaches them otherwise, the outbox does."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from mutualaid.people.models import Account


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
