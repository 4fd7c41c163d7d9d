"""The audit trail only grows, in the transaction of what it tells of."""

from __future__ import annotations

import datetime
import hashlib
import importlib
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.audit import NotCanonical, NotInTransaction, content_of, record, record_all
from mutualaid.core.leaves import leaf_of
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
    "change",
    ["UPDATE core_auditentry SET what = 'x'", "DELETE FROM core_auditentry", "TRUNCATE core_auditentry CASCADE"],
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
        AuditEntry.objects.create(
            at=AT, actor_kind="ghost", actor_key="1", what="x", subject="y", salt=bytes(16), leaf=bytes(32)
        )


@pytest.mark.django_db
def test_a_row_bears_the_hash_of_what_it_says() -> None:
    account = Account.objects.create(name="wang")
    beijing = AT.astimezone(datetime.timezone(datetime.timedelta(hours=8)))
    by = Actor(ActorKind.STAFF, "7")
    entry = record(what="registered", row=account, by=by, at=beijing, office="北海", counts={2: 1, 10: True})
    found = AuditEntry.objects.get(pk=entry.pk)
    assert content_of(found) == (
        '{"actor_key":"7","actor_kind":"staff","at":"2025-03-01T09:30:00.000000Z","detail":{"counts":{"10":true,"2":1},'
        f'"office":"北海"}},"salt":"{bytes(found.salt).hex()}","subject":"people.account:{account.pk}",'
        '"what":"registered"}'
    )
    assert bytes(found.leaf) == hashlib.sha256(b"\0" + content_of(found).encode()).digest() == entry.leaf


@pytest.mark.django_db
def test_equal_rows_have_different_salts_and_leaves() -> None:
    account = Account.objects.create(name="wang")
    record_all(what="registered", rows=[(account, {"n": 1})] * 3, by=system("demo"), at=AT)
    entries = list(AuditEntry.objects.filter(subject=f"people.account:{account.pk}"))
    assert len({bytes(entry.salt) for entry in entries}) == len({bytes(entry.leaf) for entry in entries}) == 3
    assert all(bytes(entry.leaf) == leaf_of(content_of(entry)) for entry in entries)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_DETAILS = st.dictionaries(
    _TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | _TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS | st.integers(), inner, max_size=4),
        max_leaves=10,
    ),
    max_size=5,
)


@pytest.mark.django_db
def test_what_is_read_back_has_the_same_leaf() -> None:
    account = Account.objects.create(name="wang")

    @given(detail=_DETAILS)
    def check(detail: dict[str, Any]) -> None:
        record_all(what="registered", rows=[(account, detail)], by=system("demo"), at=AT)
        found = AuditEntry.objects.latest("id")
        assert bytes(found.leaf) == leaf_of(content_of(found))

    check()


@pytest.mark.django_db
@pytest.mark.parametrize("value", [1.5, 1e22, float("nan"), float("inf")])
def test_a_number_that_the_database_may_write_otherwise_is_refused(value: float) -> None:
    with pytest.raises(NotCanonical, match="whole numbers"):
        record(what="registered", row=Account(pk=1), by=system("demo"), at=AT, share=value)


@pytest.mark.django_db
@pytest.mark.parametrize(("salt", "leaf"), [(bytes(15), bytes(32)), (bytes(16), b""), (None, bytes(32))])
def test_the_database_takes_no_row_without_a_leaf(salt: bytes | None, leaf: bytes) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(
            at=AT,
            actor_kind="staff",
            actor_key="1",
            what="x",
            subject="y",
            salt=salt,
            leaf=leaf,
        )


@pytest.mark.django_db
def test_rows_of_before_are_given_leaves() -> None:
    migration = importlib.import_module("mutualaid.core.migrations.0006_leaves")
    account = Account.objects.create(name="wang")
    record_all(what="registered", rows=[(account, {"office": f"北海 {n}"}) for n in range(7)], by=system("demo"), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER USER, ALTER salt DROP NOT NULL")
        cursor.execute("ALTER TABLE core_auditentry ALTER leaf DROP NOT NULL, DROP CONSTRAINT audit_leaf_length")
        cursor.execute("UPDATE core_auditentry SET salt = NULL, leaf = NULL")
        cursor.execute("ALTER TABLE core_auditentry ENABLE TRIGGER USER")
        with patch.object(migration, "BATCH", 3), connection.schema_editor(atomic=False) as editor:
            migration.give_leaves(apps, editor)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute("DELETE FROM core_auditentry")
    entries = list(AuditEntry.objects.all())
    assert len({bytes(entry.salt) for entry in entries}) == 7
    assert all(bytes(entry.leaf) == leaf_of(content_of(entry)) for entry in entries)
