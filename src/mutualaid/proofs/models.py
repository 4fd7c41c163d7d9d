"""The log: leaves with their positions, hashes of subtrees, signed heads. PostgreSQL refuses to change or skip anything."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from mutualaid.core.models import AuditEntry

LOWEST = 4
"""Height of the lowest subtrees that are kept: those below are computed from at most 16 leaves."""


class WaitingLeaf(models.Model):
    """A row of the audit trail that has no position yet. A trigger writes it with the row, so that whatever order transactions
    commit in, none is passed over; it goes when the row has its leaf, and the database refuses to let it go before."""

    entry = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.entry)


class Leaf(models.Model):
    """Where a row of the audit trail stands in the log: positions 0, 1, 2 … without a gap."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, related_name="in_log")
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(position__gte=0), name="proofs_position"),
            models.CheckConstraint(condition=Exact(Length("hash"), 32), name="proofs_leaf_length"),
        )

    def __str__(self) -> str:
        return f"{self.position}"


class Subtree(models.Model):
    """The hash of a complete subtree: ``2**height`` leaves from ``index * 2**height`` on."""

    height = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["height", "index"], name="proofs_subtree_once"),
            models.CheckConstraint(condition=models.Q(height__gte=LOWEST, index__gte=0), name="proofs_subtree_place"),
            models.CheckConstraint(condition=Exact(Length("hash"), 32), name="proofs_subtree_length"),
        )

    def __str__(self) -> str:
        return f"{self.height}/{self.index}"


class PublicKey(models.Model):
    """A key that heads were signed with. Keys of before stay: their heads stay valid."""

    key_id = models.CharField(max_length=16, unique=True)
    pem = models.TextField()
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key_id


class TreeHead(models.Model):
    """A signed head (``heads.Head``): the root of the log when it had so many leaves. Each is larger than the one before."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    signature = models.BinaryField(max_length=64)
    key = models.ForeignKey(PublicKey, to_field="key_id", on_delete=models.PROTECT, related_name="heads")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(Exact(Length("root"), 32), Exact(Length("signature"), 64), size__gt=0),
                name="proofs_head_shape",
            ),
        )

    def __str__(self) -> str:
        return f"{self.size} {self.at:%Y-%m-%d %H:%M:%S}"


class Asking(models.Model):
    """How often documents were brought from one address since ``begun_at``, for the limit of the public page alone. Of the
    address only its keyed hash is kept, and that no longer than a day."""

    address_hash = models.CharField(max_length=64, primary_key=True)
    begun_at = models.DateTimeField()
    times = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.times} × {self.address_hash[:8]}"
