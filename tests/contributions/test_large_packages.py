"""Packages of many persons: the worker's, with what it is at told; members' own bills in statements for all of them."""

from __future__ import annotations

import csv
import datetime
import io
import logging
import os
import time
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mutualaid.contributions.actions import bills, packages
from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import accept_package_and_bill, submit_package_and_bill
from mutualaid.contributions.actions.splits import PartWanted, set_fee_split
from mutualaid.contributions.actions.undoing import take_back_package
from mutualaid.contributions.models import Bill, FeePart, PayerKind
from mutualaid.contributions.undoable import PaidAlready
from mutualaid.core import taking, work
from mutualaid.core.audit import content_of
from mutualaid.core.leaves import leaf_of
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.moves import IllegalMove
from mutualaid.core.work import Ended, Running
from mutualaid.enrolment.actions import package_rosters
from mutualaid.enrolment.actions.package_rosters import bring_package_roster, take_package, take_package_rows
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.package_models import Package
from mutualaid.ledger.models import Entry, Posting
from mutualaid.people.models import Member
from tests.contributions.scene import World
from tests.enrolment.packages_made import COLUMNS, GOOD, begun, bring, filled, group, plans, row
from tests.enrolment.rosters import HEADERS
from tests.people.cast import AT, BY, resident_id
from tests.racing import together

MANY = int(os.environ.get("MUTUALAID_PACKAGE_PERSONS", "20000"))
_log = logging.getLogger(__name__)


def ruled(world: World, version: Any) -> None:
    """Members pay half of a plan themselves."""
    parts = [PartWanted(PayerKind.MEMBER, share=5000, billed=True), PartWanted(PayerKind.EMPLOYER)]
    set_fee_split(unit=world.cast.city, version=version, parts=parts, by=BY, at=AT)


def test_a_large_package_is_the_workers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_rosters, "AT_ONCE_ROWS", 1)
    monkeypatch.setattr(package_rosters, "AT_ONCE_BYTES", 1)
    monkeypatch.setattr(bills, "AT_ONCE_PERSONS", 1)
    known = plans(world.cast)
    package = begun(world.cast, known)
    brought = bring_package_roster(package=package, content=csv_of(GOOD), name="花名册.csv", by=BY, at=AT)
    jobs: list[object] = [brought]
    work.run_waiting()
    jobs.append(take_package(package=package, leave_out_faulty=False, by=BY, at=AT))
    work.run_waiting()
    package.refresh_from_db()
    jobs.append(packages.hand_in_package(package=package, by=BY, at=AT))
    work.run_waiting()
    package.refresh_from_db()
    jobs.append(packages.take_on_package(package=package, by=BY, at=AT))
    work.run_waiting()
    for job in jobs:
        assert isinstance(job, LongJob)
        job.refresh_from_db()
        assert job.state == "done", job.fault_zh
        assert job.result["page"].startswith(("/employers/packages/Z", "/workbench/packages/Z"))
    last = jobs[-1]
    package.refresh_from_db()
    assert (package.state, Cover.objects.filter(enrolment__package=package).count()) == ("accepted", 11)
    assert isinstance(last, LongJob)
    assert (last.result["persons"], last.result["bills"]) == (5, 3)
    with pytest.raises(IllegalMove):
        packages.take_on_package(package=package, by=BY, at=AT)


def large(world: World, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Accepted, and the worker's from now on."""
    package = filled(world.cast, plans(world.cast))
    submit_package_and_bill(package=package, by=BY, at=AT)
    package.refresh_from_db()
    accept_package_and_bill(package=package, by=BY, at=AT)
    package.refresh_from_db()
    monkeypatch.setattr(bills, "AT_ONCE_PERSONS", 1)
    return package


def test_a_large_package_is_taken_back_by_the_worker(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    package = large(world, monkeypatch)
    # Asked for twice, before the worker begins: the second one finds it done, and says so.
    jobs = [packages.call_back_package(package=package, by=BY, at=AT) for _ in range(2)]
    assert Cover.objects.filter(state="pending").count() == 11
    work.run_waiting()
    found = []
    for job in jobs:
        assert isinstance(job, LongJob)
        job.refresh_from_db()
        found.append(job.state)
    first, second = jobs
    assert isinstance(first, LongJob)
    assert isinstance(second, LongJob)
    assert found == ["done", "failed"], (first.fault_zh, second.fault_zh)
    assert first.result == {"persons": 5, "bills": 0, "page": f"/employers/packages/{package.number}"}
    assert "填报中" in second.fault_zh
    package.refresh_from_db()
    assert (package.state, set(Bill.objects.values_list("state", flat=True))) == ("draft", {"cancelled"})
    assert set(Cover.objects.values_list("state", flat=True)) == {"cancelled"}
    with pytest.raises(IllegalMove):
        packages.call_back_package(package=package, by=BY, at=AT)


def test_a_large_package_that_is_paid_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before the worker is asked; and where the money comes before the worker does, by the worker, with the reason."""
    package = large(world, monkeypatch)
    job = packages.call_back_package(package=package, by=BY, at=AT)
    assert isinstance(job, LongJob)
    bill = Bill.objects.earliest("id")
    match_line(line=world.line(bill.amount), bills=[bill], by=world.by, at=AT)
    work.run_waiting()
    job.refresh_from_db()
    assert (job.state, bill.number in job.fault_zh, "退费" in job.fault_zh) == ("failed", True, True)
    with pytest.raises(PaidAlready, match=bill.number):
        packages.call_back_package(package=package, by=BY, at=AT)
    package.refresh_from_db()
    assert (package.state, Cover.objects.filter(state="cancelled").count()) == ("accepted", 0)


def test_small_ones_are_done_while_one_waits(world: World) -> None:
    package = filled(world.cast, plans(world.cast))
    assert packages.hand_in_package(package=package, by=BY, at=AT) == []
    package.refresh_from_db()
    made = packages.take_on_package(package=package, by=BY, at=AT)
    assert not isinstance(made, LongJob)
    assert len(made) == 3


def test_members_bills_are_written_as_one_by_one(world: World) -> None:
    """Entries that balance, audit rows with their leaves, a part of each cover, and words to whoever has an account."""
    known = plans(world.cast)
    ruled(world, known["illness"])
    package = filled(world.cast, known)
    submit_package_and_bill(package=package, by=BY, at=AT)
    package.refresh_from_db()
    accept_package_and_bill(package=package, by=BY, at=AT)
    own = list(Bill.objects.filter(payer_kind=PayerKind.MEMBER))
    assert [bill.amount for bill in own] == [30] * len(own)
    assert len(own) == 2  # of 一线; of the women the employer collects its own half
    for bill in Bill.objects.all():
        entry = Entry.objects.get(subject=f"contributions.bill:{bill.pk}", event="issued")
        assert sorted(Posting.objects.filter(entry=entry).values_list("amount", flat=True)) == [
            -bill.amount,
            bill.amount,
        ]
        parts = FeePart.objects.filter(bill=bill).values_list("amount", flat=True)
        assert not parts or sum(parts) == bill.amount
    for what, many in (("bill_issued", Bill.objects.count()), ("entry_posted", Entry.objects.count())):
        written = list(AuditEntry.objects.filter(what=what))
        assert len(written) == many
        assert all(bytes(entry.leaf) == leaf_of(content_of(entry)) for entry in written)


def test_statements_do_not_grow_with_the_members(world: World) -> None:
    known = plans(world.cast)
    ruled(world, known["illness"])
    counted = []
    for many, employer in ((2, world.cast.mill), (9, world.cast.yard)):
        package = begun(world.cast, known, employer=employer, groups=[group("一线", "word", known["illness"])])
        bring(package, [row(20 * many + order, "一线") for order in range(many)])
        take_package_rows(package=package, leave_out_faulty=False, by=BY, at=AT)
        submit_package_and_bill(package=package, by=BY, at=AT)
        package.refresh_from_db()
        with CaptureQueriesContext(connection) as asked:
            accept_package_and_bill(package=package, by=BY, at=AT)
        counted.append(len(asked))
    assert counted[1] <= counted[0], counted


def csv_of(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([COLUMNS, *rows])
    return text.getvalue().encode("utf-8-sig")


# --- cancelled, and 20,000 persons: on connections of their own -------------------------------------------------------


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_cancelled_between_two_plans_nothing_is_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    package = filled(world.cast, plans(world.cast))
    submit_package_and_bill(package=package, by=BY, at=AT)
    monkeypatch.setattr(bills, "AT_ONCE_PERSONS", 1)
    package.refresh_from_db()
    job = packages.take_on_package(package=package, by=BY, at=AT)
    assert isinstance(job, LongJob)
    before = Member.objects.count()

    def cancel(self: Running, zh: str, *_told: object) -> None:
        if zh == "第 2 项计划（共 3 项）：登记保障":
            assert together(lambda: work.cancel(job=job, by=BY, at=AT)) == [None]
            raise Ended(str(self.row.key))

    monkeypatch.setattr(Running, "tell", cancel)
    taking.run_long(str(job.key))
    job.refresh_from_db()
    package.refresh_from_db()
    assert (job.state, package.state) == ("cancelled", "submitted")
    assert (Cover.objects.count(), Bill.objects.count(), Member.objects.count()) == (0, 0, before)


def immediate() -> None:
    """What the database would check at the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.slow
def test_a_package_of_many_persons(world: World) -> None:
    """20,000 persons in three plans, half of each paid by members themselves: how long it takes is in docs/packages.md."""
    known = plans(world.cast)
    package = begun(world.cast, known, headcount=MANY, women_headcount=MANY, members_pay=True)
    first = datetime.date(1975, 1, 1)
    rows = []
    for place in range(MANY):
        birth = (first + datetime.timedelta(days=place % 7000)).strftime("%Y%m%d")
        told = dict(zip(HEADERS, row(14)[:-1], strict=True))
        told["证件号码"] = resident_id(birth, 400 + place // 7000 * 2)
        rows.append([*(told[header] for header in HEADERS), ""])
    took: dict[str, float] = {}

    def timed(name: str, do: Any) -> Any:
        begins = time.perf_counter()
        found = do()
        took[name] = time.perf_counter() - begins
        return found

    content = csv_of(rows)
    file = timed("bring", lambda: bring_package_roster(package=package, content=content, name="r.csv", by=BY, at=AT))
    assert isinstance(file, LongJob) or MANY < 1000
    timed("preview", work.run_waiting)
    taken = timed("take", lambda: take_package_rows(package=package, leave_out_faulty=False, by=BY, at=AT))
    assert taken == MANY
    timed("submit", lambda: submit_package_and_bill(package=package, by=BY, at=AT))
    package = Package.objects.get(pk=package.pk)
    made = timed("accept and bill", lambda: accept_package_and_bill(package=package, by=BY, at=AT))
    assert len(made) == 3 * MANY + 3
    assert sum((bill.amount for bill in made), Decimal(0)) == MANY * 116
    assert Cover.objects.filter(enrolment__package=package).count() == 3 * MANY
    timed("constraints at the end", immediate)
    package = Package.objects.get(pk=package.pk)
    timed("take back", lambda: take_back_package(package=package, by=BY, at=AT))
    assert not Bill.objects.exclude(state="cancelled").exists()
    assert not Cover.objects.exclude(state="cancelled").exists()
    timed("constraints after that", immediate)
    _log.warning("%s persons: %s", MANY, {name: round(seconds, 1) for name, seconds in took.items()})
