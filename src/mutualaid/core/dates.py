"""Moments and days: the day of a moment is that of the installation's time zone."""

from __future__ import annotations

import datetime

from django.utils import timezone


def day_of(at: datetime.datetime) -> datetime.date:
    """The day on which a moment falls here."""
    return at.astimezone(timezone.get_current_timezone()).date()
