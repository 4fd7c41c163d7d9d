"""What is known of a clerk's registration beside its form: whom they replace and why, since when they acted, until when, by whose
decision. The clerk itself is ``models.EmployerClerk``."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mutualaid.core.encryption import EncryptedField


class WhyClerk(models.TextChoices):
    """Why an employer registers another clerk."""

    MORE = "more", "增加一名代办员"
    MOVED = "moved", "原代办员岗位调整"
    LEFT = "left", "原代办员已离职"


class ClerkTerm(models.Model):
    """One registration from beginning to end. ``replaces``: the bound clerk who is released when this one is bound;
    ``replaces_name`` is what the form says, of somebody who perhaps never was one. ``released_why``: why they were released, or
    refused."""

    clerk = models.OneToOneField("people.EmployerClerk", models.PROTECT, primary_key=True, related_name="term")
    why = models.CharField(max_length=5, choices=WhyClerk.choices, default=WhyClerk.MORE)
    phone = EncryptedField(null=True)
    replaces = models.ForeignKey("people.EmployerClerk", models.PROTECT, null=True, related_name="successors")
    replaces_name = models.CharField(max_length=50, blank=True)
    asked_at = models.DateTimeField()
    bound_at = models.DateTimeField(null=True)
    bound_name = models.CharField(max_length=50, blank=True)
    released_at = models.DateTimeField(null=True)
    released_name = models.CharField(max_length=50, blank=True)
    released_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(why__in=WhyClerk.values), name="clerk_term_why"),
            models.CheckConstraint(
                condition=Q(why=WhyClerk.MORE) | ~Q(replaces_name=""), name="clerk_term_replaces_somebody"
            ),
            models.CheckConstraint(
                condition=Q(released_at=None) | ~Q(released_why=""), name="clerk_term_ends_for_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.clerk_id} {self.why}"
