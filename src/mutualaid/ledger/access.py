"""Who may read which books: finance officers and senior reviewers those of the offices in their branches."""

from __future__ import annotations

import datetime

from django.db.models import QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.ledger.models import Book, Entry
from mutualaid.people.access import NotFound, units_of_roles
from mutualaid.people.models import RoleName

SEE_BOOKS = (RoleName.FINANCE, RoleName.SENIOR_REVIEWER)


def books_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[Book]:
    """The system: all. Staff who deal with money: the books of offices in their branches. Others: none."""
    if actor.kind is ActorKind.SYSTEM:
        return Book.objects.order_by("code")
    if actor.kind is not ActorKind.STAFF:
        return Book.objects.none()
    return Book.objects.filter(unit__in=units_of_roles(actor=actor, on=on, roles=SEE_BOOKS)).order_by("code")


def book_for(*, actor: Actor, code: str, on: datetime.date) -> Book:
    """A book by its code. Raises NotFound."""
    book = books_visible_to(actor=actor, on=on).filter(code=code).select_related("unit").first()
    if book is None:
        raise NotFound("没有找到该账簿，请核对编号", "no such book was found; check the code")
    return book


def entry_for(*, actor: Actor, book: str, number: int, on: datetime.date) -> Entry:
    """An entry of a book by its number. Raises NotFound."""
    seen = books_visible_to(actor=actor, on=on).filter(code=book)
    entry = Entry.objects.filter(book__in=seen, pk=number).select_related("book", "reverses").first()
    if entry is None:
        raise NotFound("没有找到该分录，请核对编号", "no such entry was found; check its number")
    return entry
