"""Queries that are put together once: they find what they would find, whatever their arguments, and keep no row."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet

from mutualaid.core.written import NotWritable, written
from mutualaid.people.models import Employment, Member, Unit
from tests.people.cast import Cast

pytestmark = pytest.mark.django_db


@written
def _works(*, member: int, on: datetime.date) -> QuerySet[Employment]:
    days = Q(from_on__lte=on) & (Q(until_on=None) | Q(until_on__gt=on))
    return (
        Employment.objects.filter(days, member=member)
        .select_related("employer__unit__parent", "member")
        .order_by("id")[:5]
    )


@written
def _units(*, keys: tuple[int, ...], level: str) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=keys, level=level).order_by("-id")


def test_it_finds_what_the_query_finds_with_what_it_refers_to(cast: Cast, django_assert_num_queries: Any) -> None:
    for work in Employment.objects.select_related("employer__unit__parent", "member"):
        (found,) = _works(member=work.member_id, on=work.from_on)
        assert found == work
        assert found.__dict__.keys() == work.__dict__.keys()
        with django_assert_num_queries(0):
            assert found.employer.unit.parent == work.employer.unit.parent
            assert found.member.identity_number == work.member.identity_number
        assert _works(member=work.member_id, on=work.from_on - datetime.timedelta(days=1)) == []
    assert _works(member=-1, on=datetime.date(2026, 1, 1)) == []


def test_every_call_reads_anew(cast: Cast, django_assert_num_queries: Any) -> None:
    work = Employment.objects.order_by("id")[0]
    _works(member=work.member_id, on=work.from_on)
    with django_assert_num_queries(2):
        assert _works(member=work.member_id, on=work.from_on)
        assert _works(member=work.member_id, on=work.from_on) != []
    Unit.objects.filter(pk=work.employer_id).update(name="另一个名字")
    (found,) = _works(member=work.member_id, on=work.from_on)
    assert found.employer.unit.name == "另一个名字"


def test_a_tuple_of_any_length(cast: Cast, django_assert_num_queries: Any) -> None:
    units = list(Unit.objects.order_by("-id"))
    for length in range(1, len(units) + 1):
        some = units[:length]
        for level in {unit.level for unit in units}:
            keys = tuple(unit.pk for unit in some)
            assert _units(keys=keys, level=level) == [unit for unit in some if unit.level == level]
    with django_assert_num_queries(0):
        assert _units(keys=(), level="county") == []


def test_what_is_only_read_in_part_can_be_read_on(cast: Cast) -> None:
    @written
    def names(*, number: str) -> QuerySet[Member]:
        return Member.objects.only("name").filter(number=number)

    (found,) = names(number=cast.lin.number)
    assert found.get_deferred_fields()
    assert (found.name, found.birth_date) == (cast.lin.name, cast.lin.birth_date)


def test_text_is_taken_for_text(cast: Cast) -> None:
    for hostile in ("' OR 1=1 --", "%s", "\x020\x03", ""):
        assert _units(keys=(cast.county.pk,), level=hostile) == []


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_over_its_own_connection() -> None:
    _units(keys=(-1,), level="county")
    seen: list[Any] = []

    def ask() -> None:
        try:
            seen.append(_units(keys=(-1,), level="county"))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [[], [], [], []]


def test_what_cannot_be_written_down_is_refused(cast: Cast) -> None:
    for wrong in (None, True, 1.5, [1]):
        with pytest.raises(NotWritable) as refused:
            _works(member=wrong, on=datetime.date(2026, 1, 1))  # type: ignore[arg-type]
        assert type(wrong).__name__ in refused.value.en

    @written
    def begun(*, text: str) -> QuerySet[Member]:
        return Member.objects.filter(name__startswith=text)

    with pytest.raises(NotWritable, match="begun"):
        begun(text="林")
