"""Who may have a file or a job by its key. Strangers are told "not found"."""

from __future__ import annotations

import uuid

from django.db.models import Q

from mutualaid.core.actors import Actor
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.core.work import jobs_of
from mutualaid.people.access import NotFound
from mutualaid.web.common.requests import Standing


def file_for(*, standing: Standing, key: uuid.UUID) -> StoredFile:
    """A file that the actor brought, or that lies in a branch where they deal with people: staff with such a role, and clerks of
    the employer. Raises NotFound."""
    actor = standing.actor
    wanted = Q(by_kind=actor.kind, by_key=actor.key)
    for branch in standing.people_branches:
        wanted |= Q(unit_path__startswith=branch)
    found = StoredFile.objects.filter(wanted, key=key).first()
    if found is None:
        raise NotFound("没有找到该文件，请核对链接", "no such file was found; check the link")
    return found


def job_for(*, actor: Actor, key: uuid.UUID) -> LongJob:
    """A job that the actor asked for. Raises NotFound."""
    found = jobs_of(by=actor).filter(key=key).first()
    if found is None:
        raise NotFound("没有找到该任务，请核对链接", "no such job was found; check the link")
    return found
