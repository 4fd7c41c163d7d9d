"""A platform's large batch: in pieces, killed in the middle and taken up again, each person once, each payer billed once."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from mutualaid.contributions.actions import batches
from mutualaid.contributions.actions.batches import ask_batch, forget_batches
from mutualaid.contributions.actions.joining import Payer, enrol_batch
from mutualaid.contributions.joining_jobs import join_batch
from mutualaid.contributions.models import Bill
from mutualaid.core.models import LongJob
from mutualaid.core.row_security import within
from mutualaid.core.work import Ended, Running
from mutualaid.enrolment.actions.enrolling import NotOffered
from mutualaid.enrolment.models import Cover, JoiningAnswer, JoiningBatch, JoiningPiece
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY

if TYPE_CHECKING:
    from mutualaid.plans.models import PlanVersion
    from tests.contributions.scene import World

DAY = datetime.timedelta(days=1)
PAYER = Payer("platform", "示例平台企业")


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PIECE", 2)
    monkeypatch.setattr("mutualaid.contributions.joining_jobs.database_time", lambda: AT)


def asked(world: World, *orders: int, version: PlanVersion | None = None) -> JoiningBatch:
    return ask_batch(
        employer=world.cast.yard, version=version or rider_plan(world.cast.province), option="按天", payer=PAYER,
        told=[{**rider(order), "reference": f"p-{order}", "work": "rider"} for order in orders], by=BY, at=AT,
    )  # fmt: skip


def taken_up(batch: JoiningBatch, *, pieces: int = 99) -> Running:
    """By a worker that stops after so many pieces."""
    LongJob.objects.filter(wanted__batch=batch.key.hex).update(state="running", takes=1)
    left = [pieces]

    def stopping() -> bool:
        left[0] -= 1
        return left[0] < 0

    return Running(LongJob.objects.get(wanted__batch=batch.key.hex), stopping)


def answers(batch: JoiningBatch) -> list[tuple[int, str, str]]:
    return list(batch.answers.order_by("row").values_list("row", "reference", "outcome"))


def test_all_are_covered_and_billed_once(world: World) -> None:
    version = rider_plan(world.cast.province)
    enrol_batch(employer=world.cast.yard, version=version, told=[rider(44)], option="按天", payer=PAYER, by=BY, at=AT)
    batch = asked(world, 40, 42, 44, 46, 46, version=version)
    assert JoiningPiece.objects.count() == 3
    done = join_batch(taken_up(batch))
    assert done == {"covered": 3, "already": 2, "faulty": 0}
    assert answers(batch) == [
        (1, "p-40", "covered"), (2, "p-42", "covered"), (3, "p-44", "already"), (4, "p-46", "covered"), (5, "p-46", "already")
    ]  # fmt: skip
    assert not JoiningPiece.objects.exists()


def test_killed_in_the_middle_it_goes_on(world: World) -> None:
    batch = asked(world, 40, 42, 44, 46, 48)
    first = taken_up(batch, pieces=1)
    join_batch(first)
    assert (first.row.done, JoiningAnswer.objects.count(), Bill.objects.count()) == (2, 2, 0)
    second = taken_up(batch)
    LongJob.objects.filter(wanted__batch=batch.key.hex).update(takes=2)
    second.cancelled = lambda: False  # type: ignore[method-assign]
    with pytest.raises(Ended):  # taken for dead while it had a piece in hand: nothing of that stands
        join_batch(second)
    assert (JoiningAnswer.objects.count(), Cover.objects.filter(family="rider").count()) == (2, 2)
    third = taken_up(batch)
    assert join_batch(third) == {"covered": 5, "already": 0, "faulty": 0}
    assert [row for row, _, _ in answers(batch)] == [1, 2, 3, 4, 5]
    bill = Bill.objects.get()
    assert (bill.amount, bill.persons, bill.payer_name) == (5, 5, "示例平台企业")
    assert {cover.enrolment_id for cover in Cover.objects.filter(family="rider")} == {bill.enrolment_id}
    assert bill.enrolment.headcount == 5
    assert join_batch(taken_up(batch)) == {"covered": 5, "already": 0, "faulty": 0}
    assert Bill.objects.count() == 1


def test_what_refuses_all_is_told_at_once_and_what_comes_later_to_each(world: World) -> None:
    version = rider_plan(world.cast.province)
    batch = asked(world, 40, 42, 44, version=version)
    version.state = "withdrawn"
    version.save(update_fields=["state"])
    with pytest.raises(NotOffered):
        asked(world, 50, version=version)
    assert join_batch(taken_up(batch)) == {"covered": 0, "already": 0, "faulty": 3}
    assert all(one.faults[0]["zh"] for one in batch.answers.all())
    assert not Bill.objects.exists()


def test_batches_are_fenced_and_forgotten(world: World) -> None:
    batch = asked(world, 40, 42, 44)
    join_batch(taken_up(batch, pieces=1))
    with within([world.cast.far.unit.path]):
        assert not JoiningBatch.objects.exists()
        assert not JoiningPiece.objects.exists()
        assert not JoiningAnswer.objects.exists()
    assert forget_batches(by=BY, at=AT + 90 * DAY) == 0
    assert forget_batches(by=BY, at=AT + 93 * DAY) == 1
    assert Cover.objects.filter(family="rider").count() == 2
