"""The clock of the pages: one moment for a whole request, and one place where tests set another."""

from __future__ import annotations

import datetime

from django.utils import timezone


def now() -> datetime.datetime:
    """This moment, with its zone."""
    return timezone.now()
