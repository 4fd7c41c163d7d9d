"""Who of finance did what: money is moved by people, and what matters by two of them."""

from __future__ import annotations

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.payouts.refusals import Refused
from mutualaid.people.models import Account


class NotAPerson(Refused):
    """Money is batched and released, results are entered and confirmed by people, not by programs."""


class SamePerson(Refused):
    """Who entered something does not confirm it; who made a batch does not release it."""


def person_of(by: Actor) -> Account:
    """The account of the person of staff that an actor is. Raises NotAPerson."""
    account = Account.objects.filter(pk=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if account is None:
        raise NotAPerson(
            "应由财务人员办理，得到的不是工作人员；请用财务人员的账号登录",
            "expected a person of finance, found none; sign in as one",
        )
    return account
