"""Accounts of a book by what they are split by: found, made when first posted to, and remembered, since they never change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Q

from mutualaid.ledger.lines import AccountKey
from mutualaid.ledger.models import Book, LedgerAccount

_KNOWN_MOST = 50_000
_known: dict[tuple[int, AccountKey], int] = {}
"""Numbers of accounts that are committed. One that a transaction made, or saw as its own, may yet be rolled back: it is
remembered when that has committed."""


def numbers_of(book: Book, keys: Iterable[AccountKey]) -> dict[AccountKey, int]:
    """The numbers of these accounts; those that are missing are made."""
    wanted = sorted(set(keys), key=lambda account: account.order)
    known = {account: _known[book.pk, account] for account in wanted if (book.pk, account) in _known}
    if len(known) == len(wanted):
        return known
    found = _found(book, wanted)
    missing = [account for account in wanted if account not in found]
    if missing:
        # Somebody else may be making the same ones: then theirs are taken.
        LedgerAccount.objects.bulk_create((_row(book, account) for account in missing), ignore_conflicts=True)
        found |= _found(book, missing)
    transaction.on_commit(partial(_remember, book.pk, found))
    return found


def _remember(book: int, found: Mapping[AccountKey, int]) -> None:
    if len(_known) > _KNOWN_MOST:
        _known.clear()
    _known.update({(book, account): number for account, number in found.items()})


def _found(book: Book, wanted: Sequence[AccountKey]) -> dict[AccountKey, int]:
    any_of = Q()
    for account in wanted:
        period = account.period
        any_of |= Q(code=account.code, plan=account.plan, unit=account.unit) & (
            Q(period_from_on=period.from_on, period_until_on=period.until_on)
            if period
            else Q(period_from_on__isnull=True)
        )
    return {row.key: row.pk for row in LedgerAccount.objects.filter(any_of, book=book)}


def _row(book: Book, account: AccountKey) -> LedgerAccount:
    period = account.period
    return LedgerAccount(
        book=book,
        code=account.code,
        plan=account.plan,
        period_from_on=period.from_on if period else None,
        period_until_on=period.until_on if period else None,
        unit=account.unit,
    )
