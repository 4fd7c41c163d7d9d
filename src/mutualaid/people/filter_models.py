"""What somebody saved of a list, to ask it again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mutualaid.core.encryption import EncryptedField


class SavedFilter(models.Model):
    """What somebody wants to ask of a list again, under a name. ``by_kind`` and ``by_key``: whose it is, apart for each portal
    of an account, and by which rows are fenced. A query may name persons."""

    by_kind = models.CharField(max_length=10)
    by_key = models.CharField(max_length=64)
    listing = models.CharField(max_length=40)
    name = models.CharField(max_length=30)
    query = EncryptedField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["by_kind", "by_key", "listing", "name"], name="saved_filter_name_once"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(listing=""), name="saved_filter_is_named"),
        )

    def __str__(self) -> str:
        return f"{self.listing} {self.name}"
