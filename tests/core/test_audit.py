"""The audit trail only grows, in the transaction of what it tells of."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.audit import NotInTransaction, record
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Account

AT = datetime.datetime(2025, 3, 1, 9, 30, tzinfo=datetime.UTC)


@pytest.mark.django_db
def test_a_row_says_who_did_what_when() -> None:
    account = Account.objects.create(name="wang")
    entry = record(what="registered", row=account, by=Actor(ActorKind.STAFF, "7"), at=AT, office="beihai")
    found = AuditEntry.objects.get(pk=entry.pk)
    assert (found.actor_kind, found.actor_key, found.what) == ("staff", "7", "registered")
    assert (found.subject, found.at, found.detail) == (f"people.account:{account.pk}", AT, {"office": "beihai"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", ["UPDATE core_auditentry SET what = 'x'", "DELETE FROM core_auditentry", "TRUNCATE core_auditentry"]
)
def test_a_row_stays_as_it_is(change: str) -> None:
    record(what="registered", row=Account.objects.create(name="wang"), by=system("demo"), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")  # not even the owner of the table may
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(change)
    assert AuditEntry.objects.get().what == "registered"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(NotInTransaction):
        record(what="registered", row=Account(pk=1), by=system("demo"), at=AT)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_an_actor_is_of_one_of_the_ends() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(at=AT, actor_kind="ghost", actor_key="1", what="x", subject="y")
