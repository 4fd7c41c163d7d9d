"""Many rows at once: as one by one, and nothing is cut, mixed or lost."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from mutualaid.core.inserting import AT_ONCE, MixedColumns, insert_all
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Member
from tests.people.cast import resident_id

AT = datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC)
pytestmark = pytest.mark.django_db


def entry(**more: Any) -> AuditEntry:
    told = {
        "at": AT,
        "actor_kind": "system",
        "actor_key": "t",
        "what": "w",
        "subject": "s:1",
        "detail": {"a": ["“, }"]},
    }
    return AuditEntry(**{**told, "salt": bytes(range(16)), "leaf": bytes(32), **more})


def member(order: int, **more: Any) -> Member:
    told = {
        "identity_kind": "resident_id",
        "identity_number": resident_id(order=order),
        "name": "林小禾",
        "name_key": "林小禾",
    }
    return Member(**{**told, "sex": "F", "birth_date": datetime.date(1980, 5, 5), **more})


def test_rows_are_what_one_by_one_would_be() -> None:
    single = entry(subject="s:2")
    single.save(force_insert=True)
    (made,) = insert_all([entry(subject="s:3")])
    columns = ("at", "actor_kind", "what", "detail")
    first, second = AuditEntry.objects.filter(subject__in=["s:2", "s:3"]).order_by("subject").values(*columns)
    assert first == second
    read = AuditEntry.objects.get(pk=made.pk)
    assert (bytes(read.salt), bytes(read.leaf)) == (bytes(range(16)), bytes(32))


def test_each_is_told_its_own_key_and_number_and_encrypted_texts_are_read_back() -> None:
    rows = [member(2 * place + 2, phone=None if place % 2 else "13900000077") for place in range(5)]
    made = insert_all(rows)
    assert made == rows
    for row in Member.objects.filter(pk__in=[one.pk for one in made]):
        (mine,) = [one for one in made if one.pk == row.pk]
        assert (row.number, row.identity_number, row.phone) == (mine.number, mine.identity_number, mine.phone)
        assert (row.identity_index, row.unit_ids) == (mine.identity_index, [-1, 0])  # the table's own
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(identity_number, '') FROM people_member")
        assert made[0].identity_number not in cursor.fetchone()[0]


def test_lists_are_kept_whatever_is_in_them() -> None:
    lists = [[], [1], [3, 2, 1]]
    made = insert_all([member(2 * place + 2, unit_ids=one) for place, one in enumerate(lists)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM people_member WHERE id = ANY(%s)", [[one.pk for one in made]])
        assert cursor.fetchone() == (3,)


def test_more_than_at_once() -> None:
    assert len({row.pk for row in insert_all([entry() for _ in range(AT_ONCE + 1)])}) == AT_ONCE + 1
    assert insert_all(list[AuditEntry]()) == []


def test_what_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(DataError), transaction.atomic():
        insert_all([entry(what="长" * 65), entry()])


def test_what_the_table_refuses_is_refused() -> None:
    with pytest.raises(IntegrityError, match="audit_actor_kind"), transaction.atomic():
        insert_all([entry(), entry(actor_kind="nobody")])
    assert not AuditEntry.objects.exists()


def test_rows_that_do_not_leave_the_same_to_the_database_are_refused() -> None:
    with pytest.raises(MixedColumns):
        insert_all([member(2, number="M1"), member(4)])
