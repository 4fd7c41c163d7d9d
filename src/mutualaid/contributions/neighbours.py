"""What contributions ask of other domains, by name, when it is needed: one place to see it all, and one for tests to stand in."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.module_loading import import_string

from mutualaid.core.actors import Actor
from mutualaid.core.models import StoredFile
from mutualaid.enrolment.models import Enrolment
from mutualaid.people.models import EmployerClerk

Job = TypeVar("Job", bound=Callable[..., None])
_ENROLMENT = "mutualaid.enrolment.actions"


def submit_enrolment(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> None:
    """The clerk hands the roster in."""
    import_string(f"{_ENROLMENT}.submit_enrolment")(enrolment=enrolment, by=by, at=at)


def accept_enrolment(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> None:
    """The office takes it; covers are made, pending."""
    import_string(f"{_ENROLMENT}.accept_enrolment")(enrolment=enrolment, by=by, at=at)


def cancel_enrolment(*, enrolment: Enrolment, by: Actor, at: datetime.datetime) -> None:
    """It comes to nothing, its pending covers too."""
    import_string(f"{_ENROLMENT}.cancel_enrolment")(enrolment=enrolment, by=by, at=at)


def begin_covers(*, enrolment: Enrolment, paid_on: datetime.date, by: Actor, at: datetime.datetime) -> int:
    """The pending covers are paid for. Gives how many."""
    return int(import_string(f"{_ENROLMENT}.begin_covers")(enrolment=enrolment, paid_on=paid_on, by=by, at=at))


def billable(*, enrolment: Enrolment) -> tuple[int, Decimal]:
    """Persons and yuan of an accepted enrolment."""
    persons, amount = import_string("mutualaid.enrolment.queries.billable")(enrolment=enrolment)
    return persons, amount


def read_file(*, file: StoredFile) -> bytes:
    """The bytes of a stored file."""
    data: bytes = import_string("mutualaid.core.papers.read")(file)
    return data


def typeset(*, template: str, facts: dict[str, Any]) -> bytes:
    """A PDF of a template and its facts."""
    pdf: bytes = import_string("mutualaid.core.documents.pdf")(template, facts)
    return pdf


def later(*, outbox: str, not_before: datetime.datetime | None = None, **wanted: Any) -> None:
    """Have the worker do what an outbox of ``jobs`` is for, once this transaction is committed. A transaction that is
    rolled back leaves nothing."""
    import_string("mutualaid.core.work.post")(name=f"contributions.{outbox}", wanted=wanted, not_before=not_before)


def tell_clerks(
    *, employer: int, template: str, words: dict[str, Any], link: str, by: Actor, at: datetime.datetime
) -> None:
    """A notice to every clerk who is bound to an employer."""
    notify = import_string("mutualaid.notices.actions.notify")
    for clerk in EmployerClerk.objects.filter(employer=employer, state="bound").select_related("account"):
        notify(account=clerk.account, portal="clerk", template=template, words=words, link=link, by=by, at=at)


def outbox(name: str) -> Callable[[Job], Job]:
    """Declare what makes the deliveries of an outbox."""
    return _declared("outbox", name)


def timer(cron: str, *, name: str) -> Callable[[Job], Job]:
    """Declare what is called again and again."""
    return _declared("timer", cron, name=name)


def _declared(kind: str, *words: str, **named: str) -> Callable[[Job], Job]:
    try:
        declare: Callable[..., Callable[[Job], Job]] = import_string(f"mutualaid.core.work.{kind}")
    except ImportError:
        return lambda function: function
    return declare(*words, **named)
