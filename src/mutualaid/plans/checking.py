"""Checks of meaning: what is well-formed in a plan document but wrong."""

from __future__ import annotations

from mutualaid.plans.reading import Draft, PlanFault


def check_drafts(drafts: list[Draft]) -> list[PlanFault]:
    """Every fault of meaning of these documents, read together."""
    return []
