"""What an acceptance did to employments is undone: whoever it brought to an employer does not work there by it, and still works
where they did."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record_all, subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Employer, Employment

_AT_ONCE = 1000


@transaction.atomic
def take_back_employments(
    *, members: Iterable[int], employer: Employer, made_at: datetime.datetime, by: Actor, at: datetime.datetime
) -> tuple[int, int]:
    """Employments of these members (keys) at an employer that began at a moment, by the audit trail, never were;
    what ended at the
    same moment elsewhere goes on as before. One that has ended since stays as it is. Gives how many were undone, and
    how many go on elsewhere."""
    keys = list(members)
    undone, gone_on = 0, 0
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        locked = list(Employment.objects.filter(member__in=some).order_by("pk").select_for_update(no_key=True))
        made = _told("begin_employment", locked, made_at)
        ended = _told("end_employment", locked, made_at)
        over = [one for one in locked if one.pk in made and one.employer_id == employer.pk and one.until_on is None]
        record_all(what="undo_employment", rows=((one, {"employer": employer.pk}) for one in over), by=by, at=at)
        Employment.objects.filter(pk__in=[one.pk for one in over]).delete()
        undone += len(over)
        gone_on += _go_on(locked, over, ended, by, at)
    return undone, gone_on


def _told(what: str, rows: list[Employment], made_at: datetime.datetime) -> dict[int, dict[str, str]]:
    """By the keys of employments what the audit trail says of them at a moment."""
    subjects = {subject_of(one): one.pk for one in rows}
    found = AuditEntry.objects.filter(subject__in=list(subjects), what=what, at=made_at)
    return {subjects[subject]: detail for subject, detail in found.values_list("subject", "detail")}


def _go_on(
    locked: list[Employment],
    over: list[Employment],
    ended: dict[int, dict[str, str]],
    by: Actor,
    at: datetime.datetime,
) -> int:
    """Employments elsewhere, of those whose new one is undone, last as long as they did; unless another has begun since."""
    members, keys = {one.member_id for one in over}, {one.pk for one in over}
    again = []
    for one in locked:
        told = ended.get(one.pk)
        if told is None or one.member_id not in members or str(one.until_on) != told.get("until_on"):
            continue
        was = told.get("was") or None
        since = [other for other in locked if other.member_id == one.member_id and other.pk not in keys | {one.pk}]
        if any(one.until_on is not None and other.from_on >= one.until_on for other in since):
            continue
        one.until_on = datetime.date.fromisoformat(was) if was else None
        again.append(one)
    Employment.objects.bulk_update(again, ["until_on"], batch_size=_AT_ONCE)
    record_all(what="go_on_with_employment", rows=((one, {}) for one in again), by=by, at=at)
    return len(again)
