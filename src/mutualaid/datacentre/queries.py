"""Reads of the data centre: the simulations of a version of a plan."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet

from mutualaid.core.models import LongJob
from mutualaid.datacentre.actions import SIMULATE
from mutualaid.people.access import NotFound
from mutualaid.plans.models import PlanVersion


def simulations_of(*, version: PlanVersion) -> QuerySet[LongJob]:
    """What was asked for to simulate a version, whoever asked, the latest first. ``result`` of one that is done holds its figures
    and the key of its page as a file."""
    return LongJob.objects.filter(kind=SIMULATE, wanted__version=version.pk).order_by("-id")


def simulation_of(*, version: PlanVersion, key: uuid.UUID) -> LongJob:
    """One of them. Raises NotFound."""
    found = simulations_of(version=version).filter(key=key).first()
    if found is None:
        raise NotFound("没有找到该测算，请核对链接", "no such simulation was found; check the link")
    return found
