"""The audit trail: one row for everything that was done, by whom and when. The database refuses to change or remove a row."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from mutualaid.core.states import LONG_JOB


class AuditEntry(models.Model):
    """Something that was done. ``what`` is a word of the glossary, ``subject`` the row that it was done to (``people.unit:17``),
    ``detail`` facts that are no personal data: those stay in the rows themselves. ``leaf``: the hash of the canonical
    content of the row with its ``salt`` (``core.audit``)."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_key = models.CharField(max_length=64)
    what = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    detail = models.JSONField(default=dict)
    salt = models.BinaryField(max_length=16)
    leaf = models.BinaryField(max_length=32)

    class Meta:
        indexes = (models.Index(fields=["subject", "id"]), models.Index(fields=["actor_kind", "actor_key", "id"]))
        constraints = (
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["staff", "clerk", "member", "system", "client"]),
                name="audit_actor_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(Exact(Length("salt"), 16), Exact(Length("leaf"), 32)), name="audit_leaf_length"
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_kind}:{self.actor_key} {self.what} {self.subject}"


class StoredFile(models.Model):
    """A file that somebody brought or that we made. Its bytes lie encrypted in the data folder under ``key`` (``core.papers``); a
    table of another domain says what it is to it. ``unit_path``: the branch whose people may see it, empty while it has none."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=30)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    unit_path = models.CharField(max_length=200, blank=True)
    by_kind = models.CharField(max_length=10)
    by_key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(kind=""), name="file_is_named"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class LongJob(models.Model):
    """Work that takes longer than a page waits: what it is, for whom, how far it is, and what came of it (``core.work``).

    ``takes`` counts how often a worker took it up: whoever holds an older count has lost it. ``fruitless``: how many of the
    last of them got no further. ``result``: while it runs, what it keeps for going on; then what came of it. ``stage_zh`` to
    ``stage_total``: how far it is within a piece that is not done yet, for the page alone."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    by_kind = models.CharField(max_length=10)
    by_key = models.CharField(max_length=64)
    wanted = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=LONG_JOB.choices, default=LONG_JOB.first)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    result = models.JSONField(default=dict)
    fault_zh = models.CharField(max_length=500, blank=True)
    fault_en = models.CharField(max_length=500, blank=True)
    stage_zh = models.CharField(max_length=60, blank=True, db_default="")
    stage_en = models.CharField(max_length=60, blank=True, db_default="")
    stage_done = models.PositiveBigIntegerField(null=True)
    stage_total = models.PositiveBigIntegerField(null=True)
    takes = models.PositiveIntegerField(default=0)
    fruitless = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["by_kind", "by_key", "-id"]),)
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=list(LONG_JOB.names)), name="long_job_state"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
