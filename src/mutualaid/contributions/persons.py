"""Who of the staff acts, where the rows keep their name."""

from __future__ import annotations

from mutualaid.contributions.refusals import Refused
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.models import Staff


class NotYours(Refused):
    """Not of finance or the office, or the same person twice."""


def person_of(*, by: Actor) -> str:
    """The name of who acts, of the staff. Raises NotYours."""
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYours("应由财务人员办理", "expected somebody of finance to do it")
    return found.name
