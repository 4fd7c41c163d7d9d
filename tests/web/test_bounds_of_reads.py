"""A transaction of a GET that is the outermost: it ends so that prepared statements stay, and nothing else does."""

from __future__ import annotations

import pytest
from django.db import InternalError, connection, transaction

from mutualaid.people.models import Unit
from mutualaid.web.common.bounds import bound, told_of

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = told_of(["/1/2/"], None)
SET = ("mutualaid.branches", "mutualaid.self", "mutualaid.holder", "statement_timeout", "transaction_read_only")


def settings_now() -> dict[str, str]:
    """What holds on the connection, outside of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name", [list(SET)])
        return {name: value or "" for name, value in cursor.fetchall()}


def prepared_now() -> int:
    """How many statements the connection has prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return int(cursor.fetchone()[0])


def test_statements_stay_prepared_and_settings_do_not_stay() -> None:
    connection.ensure_connection()
    before, statements = settings_now(), prepared_now()
    for _ in range(4):
        with bound(TOLD, read_only=True):
            assert settings_now()["mutualaid.branches"] == "/1/2/"
    assert settings_now() == before
    assert prepared_now() > statements


def test_what_writes_is_refused_and_leaves_nothing() -> None:
    before = settings_now()
    with pytest.raises(InternalError, match="read-only transaction"), bound(TOLD, read_only=True):
        Unit.objects.filter(code="none").update(name="written")
    assert settings_now() == before
    assert not connection.in_atomic_block


def test_within_another_transaction_that_is_as_it_was() -> None:
    with transaction.atomic():
        before = settings_now()
        with bound(TOLD, read_only=True):
            assert settings_now()["transaction_read_only"] == "on"
        assert settings_now() == before
        Unit.objects.filter(code="none").update(name="written")
