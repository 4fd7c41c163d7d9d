"""Reminders of a season: it opens, it closes soon, cover ends. Each day's go out once; days that were missed are made up for."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import ReminderDay
from mutualaid.enrolment.reminders import (
    EMPLOYER_DAYS,
    MEMBER_DAYS,
    begun_for,
    endings_of_employers,
    endings_of_members,
    season_days,
)
from mutualaid.notices.actions import Letter, notify_all, notify_clerks
from mutualaid.people.models import Employer

BACK_MOST = 14
"""Days that are made up for after a pause: what is older is no use to anybody."""
_AT_ONCE = 1000


@transaction.atomic
def remind(*, kind: str, by: Actor, at: datetime.datetime) -> int:
    """All reminders of a kind (of ``KINDS``) up to today that did not go out yet; how many employers or members.
    Asked twice on a day, the second time none. Raises KeyError for a word that is no kind."""
    send, today = KINDS[kind], day_of(at)
    with within([EVERYTHING]):
        ReminderDay.objects.get_or_create(kind=kind, defaults={"done_on": today - datetime.timedelta(days=1)})
        kept = ReminderDay.objects.select_for_update(no_key=True).get(kind=kind)
        first = max(kept.done_on + datetime.timedelta(days=1), today - datetime.timedelta(days=BACK_MOST))
        days = [first + datetime.timedelta(days=i) for i in range((today - first).days + 1)]
        if not days:
            return 0
        count = sum(send(day, by, at) for day in days)
        kept.done_on = today
        kept.save(update_fields=["done_on"])
        record(what="remind_of_season", row=kept, by=by, at=at, days=len(days), told=count)
    return count


def _seasons(on: datetime.date, by: Actor, at: datetime.datetime) -> int:
    count = 0
    for found in season_days(on=on):
        words: dict[str, object] = {"plan": found.version.name_zh, "to_on": found.closes_on or "—"}
        template = "season_opens" if found.opens else "season_closes"
        if not found.opens:
            words |= {"days": found.days}
        begun = begun_for(employers=found.employers.order_by(), version=found.version, term=found.term)
        for employer in found.employers.iterator(chunk_size=_AT_ONCE):
            # To what waits, where something does; a clerk of several employers works for this one from then on.
            number = begun.get(employer.pk)
            new = f"/employers/enrolments/new?plan={found.version.number}&unit={employer.unit.code}"
            link = f"/employers/enrolments/{number}" if number else new
            count += bool(notify_clerks(employer=employer, template=template, words=words, link=link, by=by, at=at))
    return count


def _employers(on: datetime.date, by: Actor, at: datetime.datetime) -> int:
    count = 0
    for one in endings_of_employers(on=on):
        words = {"plan": one.plan, "people": one.people, "to_on": on + datetime.timedelta(days=EMPLOYER_DAYS)}
        employer = Employer.objects.select_related("unit").get(pk=one.employer)
        link = f"/employers/renewals?unit={employer.unit.code}"
        count += bool(notify_clerks(employer=employer, template="covers_ending", words=words, link=link, by=by, at=at))
    return count


def _members(on: datetime.date, by: Actor, at: datetime.datetime) -> int:
    count, letters = 0, []
    to_on = on + datetime.timedelta(days=MEMBER_DAYS)
    for cover in endings_of_members(on=on).iterator(chunk_size=_AT_ONCE):
        account = cover.member.account
        if account is not None:
            letters.append(
                Letter(account, {"plan": cover.version.name_zh, "to_on": to_on}, f"/members/covers/{cover.number}")
            )
        if len(letters) == _AT_ONCE:
            count += len(notify_all(letters=letters, portal="member", template="cover_ending", by=by, at=at))
            letters = []
    return count + len(notify_all(letters=letters, portal="member", template="cover_ending", by=by, at=at))


KINDS: dict[str, Callable[[datetime.date, Actor, datetime.datetime], int]] = {
    "seasons": _seasons,
    "employers": _employers,
    "members": _members,
}
"""What each kind sends for a day."""
