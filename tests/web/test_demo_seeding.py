"""The invented union: made by the actions, once, whole or not at all, and only in the demonstration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count

from mutualaid.claims.models import Claim, ReviewTask
from mutualaid.claims.states import CLAIM
from mutualaid.contributions.models import Bill, Order, Receipt, StatementLine
from mutualaid.core.models import AuditEntry
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow
from mutualaid.ledger.models import Entry
from mutualaid.payouts.models import BankResult, Batch, PaymentOrder
from mutualaid.people.models import EmployerApplication, Member, RoleAssignment, RoleName, Unit
from mutualaid.plans.models import PlanVersion
from mutualaid.web.demo import cast, seeding
from mutualaid.web.demo.gig_past import BATCH
from tests.once import SHARED, begins_with
from tests.web.union_made import MEMBERS

# The same union as that of test_demo_pages.py, which runs just before: it is made once for both.
UNION = ("tests.web.union_made", "union")


def _quiet(zh: str, en: str) -> None:
    """Told nobody."""


@pytest.fixture
def demo(db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demo mode, with files in a folder of the test's own."""
    settings.DEMO = True
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


@pytest.fixture
@begins_with(*UNION)
def union(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Demo mode, with its union."""
    settings.DEMO = True
    monkeypatch.setenv("MUTUALAID_DATA", str(SHARED.copy(*UNION)))


def test_the_union_is_whole_and_made_once(union: None) -> None:
    assert Member.objects.count() == MEMBERS + BATCH + 1  # and the rider who was named
    assert Cover.objects.filter(state="begun").values("member").distinct().count() == MEMBERS + BATCH
    states = dict(Enrolment.objects.values_list("state").annotate(n=Count("id")))
    assert states == {"accepted": 7, "submitted": 1, "draft": 1}
    assert Enrolment.objects.get(state="draft").remark
    assert sorted(Bill.objects.values_list("state", flat=True)) == ["issued", *["paid"] * 6]
    assert list(Order.objects.values_list("state", flat=True)) == ["paid"] * 3
    assert Receipt.objects.count() == 6
    assert (
        StatementLine.objects.filter(serial__endswith=Bill.objects.get(state="issued").number).get().state
        == "unmatched"
    )
    assert EmployerApplication.objects.filter(state="submitted").count() == 1
    assert sorted(PlanVersion.objects.exclude(state="published").values_list("state", flat=True)) == [
        "draft",
        "submitted",
    ]
    assert not RosterRow.objects.exclude(faults=[]).exists()
    assert set(RoleAssignment.objects.values_list("role", flat=True)) == set(RoleName.values)
    assert Entry.objects.filter(event="earned").exists()
    assert Member.objects.filter(account__name=cast.MEMBER.key).exists()
    before = AuditEntry.objects.count()
    told: list[str] = []
    seeding.seed(lambda zh, en: told.append(en), members=MEMBERS)
    assert told == ["the union of the demonstration is there already"]
    assert AuditEntry.objects.count() == before


def test_claims_are_in_every_state(union: None) -> None:
    states = dict(Claim.objects.values_list("state").annotate(n=Count("id")))
    assert set(states) == set(CLAIM.names)
    assert sum(states.values()) > 40
    assert sorted(Batch.objects.values_list("state", flat=True)) == ["done", "open"]
    orders = set(PaymentOrder.objects.values_list("state", flat=True))
    assert orders == {"created", "batched", "paid", "returned", "failed"}
    assert set(ReviewTask.objects.values_list("kind", "state")) == {
        ("objection", "open"),
        ("objection", "done"),
        ("recalculated", "open"),
    }
    assert not BankResult.objects.exclude(fault="").exists()
    returned = Claim.objects.get(member__account__name=cast.ASKED.key)
    assert returned.returns.get().contact.name == cast.SPECIALIST.name


@pytest.mark.slow
def test_broken_off_leaves_nothing(demo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seeding, "_open_work", broken)
    with pytest.raises(KeyboardInterrupt):
        seeding.seed(_quiet, members=40)
    assert not Unit.objects.exists()
    assert not Member.objects.exists()
    monkeypatch.undo()


def test_it_is_refused_outside_the_demonstration(db: None) -> None:
    with pytest.raises(seeding.NotTheDemonstration):
        seeding.seed(_quiet, members=40)
    assert not Unit.objects.exists()
