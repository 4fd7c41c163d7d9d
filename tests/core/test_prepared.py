"""Statements that the server prepares, and inserts composed once for each table: the same rows as the long way writes."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from mutualaid.core.inserting import insert
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.prepared import prepared
from mutualaid.core.row_security import EVERYTHING, SETTING, within
from mutualaid.people.models import Account, Member, Unit
from tests.people.cast import cast

AT = datetime.datetime(2025, 3, 1, 9, 30, tzinfo=datetime.UTC)
ENTRY = {"at": AT, "actor_kind": "system", "actor_key": "demo", "what": "x", "subject": "y", "salt": bytes(16)}


def _prepared_now() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.django_db
def test_what_comes_again_is_prepared_within_alone() -> None:
    for _ in range(4):
        Account.objects.filter(name="nobody within").exists()
    assert not any("people_account" in one for one in _prepared_now())
    with prepared():
        for _ in range(4):
            assert not Account.objects.filter(name="nobody within").exists()
        assert any("people_account" in one for one in _prepared_now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["bound by the client again"])
        assert cursor._query.query == b"SELECT 'bound by the client again'"


@pytest.mark.django_db
def test_after_an_exception_statements_are_as_before() -> None:
    before = connection.connection.cursor_factory, connection.connection.prepare_threshold
    with pytest.raises(ZeroDivisionError), prepared():
        _ = 1 // 0
    assert (connection.connection.cursor_factory, connection.connection.prepare_threshold) == before


@pytest.mark.django_db(transaction=True)
def test_only_in_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="expected an open one"), prepared():
        pass


@pytest.mark.django_db
def test_an_inserted_row_is_what_saving_makes_of_it() -> None:
    quick = insert(AuditEntry(**ENTRY, leaf=bytes(32), detail={"from": None, "名": ["1"]}))
    slow = AuditEntry(**ENTRY, leaf=bytes(32), detail={"from": None, "名": ["1"]})
    slow.save(force_insert=True)
    assert quick.pk
    assert (quick._state.adding, quick._state.db) == (False, slow._state.db)
    names = [field.attname for field in AuditEntry._meta.concrete_fields if field.attname != "id"]
    rows = AuditEntry.objects.filter(pk__in=[quick.pk, slow.pk]).values_list(*names)
    assert rows[0] == rows[1]
    assert LongJob.objects.get(pk=insert(LongJob(kind="k", by_kind="system", by_key="x", asked_at=AT)).pk).wanted == {}


@pytest.mark.django_db
def test_what_the_database_fills_is_read_and_columns_are_encrypted() -> None:
    known = cast().lin
    fields = [field for field in Member._meta.concrete_fields if field.attname not in ("id", "number", "account_id")]
    other = {field.attname: getattr(known, field.attname) for field in fields} | {
        "identity_number": "110101199003070134"
    }
    made = insert(Member(**other))
    found = Member.objects.get(pk=made.pk)
    assert made.number == found.number != known.number
    assert found.identity_number == "110101199003070134"
    assert found.identity_index == made.identity_index != known.identity_index


@pytest.mark.django_db
def test_what_needs_the_long_way_takes_it() -> None:
    made = insert(AuditEntry(**{**ENTRY, "what": Value("computed")}, leaf=bytes(32)))
    assert AuditEntry.objects.get(pk=made.pk).what == "computed"
    with pytest.raises(ValueError, match="unsaved related object"):
        insert(Unit(parent=Unit(), code="1", name="x"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(AuditEntry(**{**ENTRY, "actor_kind": "ghost"}, leaf=bytes(32)))


@pytest.mark.django_db(transaction=True)
def test_what_a_transaction_is_told_ends_with_it() -> None:
    """Nothing is said at its end: inside another one the former bounds are told again, one statement more."""

    def told() -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT current_setting('{SETTING}', true)")
            return str(cursor.fetchone()[0])

    before = told()
    with CaptureQueriesContext(connection) as alone, within(["/1/7/"]):
        pass
    assert told() == before
    with within(["/1/"]):
        with CaptureQueriesContext(connection) as inside, within([EVERYTHING]):
            assert told() == "*"
        assert told() == "/1/"
    texts = ["".join(one["sql"]) for one in (*alone.captured_queries, *inside.captured_queries)]
    assert sum("set_config" in text for text in texts) == 3
    assert told() == before
