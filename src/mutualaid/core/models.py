"""The audit trail: one row for everything that was done, by whom and when. The database refuses to change or remove a row."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """Something that was done. ``what`` is a word of the glossary, ``subject`` the row that it was done to (``people.unit:17``),
    ``detail`` facts that are no personal data: those stay in the rows themselves."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)
    actor_key = models.CharField(max_length=64)
    what = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = (models.Index(fields=["subject", "id"]), models.Index(fields=["actor_kind", "actor_key", "id"]))
        constraints = (
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=["staff", "clerk", "member", "system"]), name="audit_actor_kind"
            ),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_kind}:{self.actor_key} {self.what} {self.subject}"
