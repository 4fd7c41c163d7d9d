"""Moves of employers' unions from one office to another: asked by the one that gives, accepted by the one that takes."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q

from mutualaid.people.states import UNIT_MOVE


class MoveNumber(Func):
    """``U00000017``."""

    template = "'U' || lpad(nextval('people_unit_move_number')::text, 8, '0')"
    output_field = models.CharField(max_length=20)
    allowed_default = True


class UnitMove(models.Model):
    """An employer's union goes from one office to another on a day (``on_day``). ``from_path`` and ``to_path`` are the union's
    own, before and after: by them rows are fenced, and the former office keeps sight of the move. ``unit_code``, ``unit_name``
    and ``persons`` (how many work there) are what the office that takes it is told before it sees the union."""

    number = models.CharField(max_length=20, unique=True, editable=False, db_default=MoveNumber())
    unit = models.ForeignKey("people.Unit", models.PROTECT, related_name="moves")
    unit_code = models.CharField(max_length=32)
    unit_name = models.CharField(max_length=100)
    persons = models.PositiveIntegerField()
    from_office = models.ForeignKey("people.Unit", models.PROTECT, related_name="+")
    to_office = models.ForeignKey("people.Unit", models.PROTECT, related_name="+")
    from_path = models.CharField(max_length=200)
    to_path = models.CharField(max_length=200)
    on_day = models.DateField()
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=UNIT_MOVE.choices, default=UNIT_MOVE.first)
    asked_by = models.CharField(max_length=64)
    asked_name = models.CharField(max_length=50)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_name = models.CharField(max_length=50, blank=True)
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    """Why it was refused."""
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=list(UNIT_MOVE.names)), name="unit_move_state"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(from_office=F("to_office")), name="unit_move_elsewhere"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "applied"]) | ~Q(decided_by="") & ~Q(decided_by=F("asked_by")),
                name="unit_move_by_two_persons",
            ),
            models.UniqueConstraint(
                fields=["unit"], condition=Q(state__in=["asked", "accepted"]), name="unit_move_one_open"
            ),
        )
        indexes = (models.Index(fields=["state", "-id"], name="unit_move_of_state"),)

    def __str__(self) -> str:
        return str(self.number)
