"""Who walks the road of claims for the tests that kill: ``python -m tests.road.claim_walker FOLDER set-up|walk|finish``.

Looks at how everything stands and does what comes next, as persons would, until nothing is left. What was acknowledged is
written to a file after the action has returned, that is after its transaction was committed.
"""

from __future__ import annotations

import datetime
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MEMBERS, CLAIMS_OF_EACH = 30, 2
STARTED = datetime.datetime(2026, 3, 20, 4, 0, tzinfo=datetime.UTC)


def set_up(folder: Path) -> None:
    """The scene, members with covers, a rule that asks a second person of half of them, and the bank."""
    from decimal import Decimal

    from mutualaid.claims.actions.desk import set_review_rule
    from mutualaid.payouts.simulator.keys import set_up as make_keys
    from tests.claims import scene as scenes
    from tests.people.cast import BY
    from tests.people.cast import member as new_member

    scene = scenes.made()
    for order in range(100, 100 + 2 * MEMBERS, 2):
        scene.cover(new_member(scene.cast.mill, order, "林晓禾"), scene.cast.mill)
    for amount, final in ((Decimal(0), False), (Decimal(500), True)):
        set_review_rule(
            office=scene.cast.province,
            family="",
            amount_from=amount,
            confirmed_by_employer=False,
            first_review=True,
            final_review=final,
            elsewhere=final,
            days=3,
            by=BY,
            at=STARTED,
        )
    make_keys(folder / "bank", "4505", "海市银行")


def walk(folder: Path, *, seed: int, until_done: bool) -> None:
    """Do what comes next, again and again."""
    luck = random.Random(seed)
    while True:
        deeds = list(_deeds(folder))
        if not deeds:
            if until_done and not _awaited():
                return
            time.sleep(0.05)
            continue
        luck.choice(deeds)()


def _deeds(folder: Path) -> Iterator[Callable[[], None]]:
    """What can be done now."""
    from mutualaid.claims.models import Claim
    from mutualaid.payouts.models import Batch, PaymentOrder
    from mutualaid.people.models import Member

    claimed: dict[int, int] = {}
    for key in Claim.objects.values_list("member_id", flat=True):
        claimed[key] = claimed.get(key, 0) + 1
    for member in Member.objects.filter(covers__state="begun").order_by("id").distinct():
        if claimed.get(member.pk, 0) < CLAIMS_OF_EACH:
            yield lambda member=member: _enter(folder, member, claimed.get(member.pk, 0))  # type: ignore[misc]
            break
    for claim in Claim.objects.filter(state__in=["first_review", "final_review"]).order_by("id")[:3]:
        yield lambda claim=claim: _review(folder, claim)  # type: ignore[misc]
    if PaymentOrder.objects.filter(state="created").count() >= 3:
        yield lambda: _batch(folder)
    for batch in Batch.objects.filter(state="open")[:1]:
        yield lambda batch=batch: _release(folder, batch)  # type: ignore[misc]
    if Batch.objects.filter(state__in=["released", "sent"]).exists():
        yield _bank
    if not Claim.objects.filter(state__in=["first_review", "final_review"]).exists() and (
        PaymentOrder.objects.filter(state="created").exists()
    ):
        yield lambda: _batch(folder)


def _awaited() -> bool:
    """Whether the worker still has something to do, or the bank to answer."""
    from django.db.models import Q
    from procrastinate.contrib.django.models import ProcrastinateJob

    from mutualaid.core.work import OUTBOX
    from mutualaid.payouts.models import PaymentOrder

    # A delivery that was broken off is tried again at a time to come: it is still owed.
    owed = Q(scheduled_at=None) | Q(task_name__startswith=OUTBOX)
    waits = ProcrastinateJob.objects.filter(owed, status__in=["todo", "doing"])
    return waits.exists() or PaymentOrder.objects.exclude(state="paid").exists()


def _acknowledge(folder: Path, what: str, number: str) -> None:
    with (folder / "acknowledged").open("a") as file:
        file.write(f"{what} {number}\n")
        file.flush()
        os.fsync(file.fileno())


def _now() -> datetime.datetime:
    return STARTED + datetime.timedelta(seconds=time.time() % 1e6)


def _staff(name: str) -> object:
    from mutualaid.people.models import Staff
    from tests.people.cast import as_staff

    return as_staff(Staff.objects.get(name=name))


def _enter(folder: Path, member: object, before: int) -> None:
    from mutualaid.claims.actions.filing import Payee, enter_claim
    from mutualaid.claims.models import Source
    from tests.claims.scene import DAY
    from tests.people.cast import BY

    start = DAY + datetime.timedelta(days=10 * before)
    claim = enter_claim(
        member=member,  # type: ignore[arg-type]
        facts={
            "kind": "inpatient",
            "started_on": start.isoformat(),
            "ended_on": (start + datetime.timedelta(days=3)).isoformat(),
            "diagnoses": ["J18.900"],
            "amounts": {"self_paid": "1200.00", "out_of_scope": "0.00"},
        },
        payee=Payee("林晓禾", "6217000012340002", "海市银行海城支行"),
        source=Source.API,
        by=BY,
        at=_now(),
    )
    _acknowledge(folder, "entered", claim.number)


def _review(folder: Path, claim: object) -> None:
    from mutualaid.claims.actions.reviewing import approve_claim, pass_first_review, refuse_claim
    from mutualaid.claims.queries import stands
    from mutualaid.claims.refusals import NotYours

    found = stands(claim=claim)  # type: ignore[arg-type]
    assert found is not None
    by = _staff("复核己" if claim.state == "final_review" else "审核甲")  # type: ignore[attr-defined]
    deed = {"claim": claim, "seen": found.round, "by": by, "at": _now()}
    number = claim.number  # type: ignore[attr-defined]
    if not found.total:
        refuse_claim(**deed)  # type: ignore[arg-type]
        _acknowledge(folder, "refused", number)
        return
    try:
        approve_claim(**deed)  # type: ignore[arg-type]
        _acknowledge(folder, "approved", number)
    except NotYours:
        pass_first_review(**deed)  # type: ignore[arg-type]
        _acknowledge(folder, "passed", number)


def _batch(folder: Path) -> None:
    from mutualaid.contributions.models import Fund
    from mutualaid.payouts.actions.batches import make_batch

    batch = make_batch(fund=Fund.objects.get(), by=_staff("财务丁"), at=_now())  # type: ignore[arg-type]
    _acknowledge(folder, "batched", batch.number)


def _release(folder: Path, batch: object) -> None:
    from mutualaid.payouts.actions.batches import release_batch

    release_batch(batch=batch, by=_staff("财务戊"), at=_now())  # type: ignore[arg-type]
    _acknowledge(folder, "released", batch.number)  # type: ignore[attr-defined]


def _bank() -> None:
    from mutualaid.payouts.jobs import collect_from

    collect_from(name="sea", at=_now())
    time.sleep(0.1)


def main() -> int:
    """See the module."""
    from mutualaid.core import preparing

    folder, what = Path(sys.argv[1]), sys.argv[2]
    preparing.begin()
    from mutualaid.core.row_security import see_everything

    see_everything()
    if what == "set-up":
        set_up(folder)
        return 0
    if what == "finish":
        walk(folder, seed=0, until_done=True)
        return 0
    _walk_and_be_killed(folder)
    return 0


def _walk_and_be_killed(folder: Path) -> None:
    """A child for each line that is read: the parent has everything loaded, so that the next begins at once. The child's number
    is told on standard output; its parent waits until somebody has killed it, or it broke off because the database was gone."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                walk(folder, seed=int(line), until_done=False)
            except Exception as fault:  # noqa: BLE001 - whoever kills the database takes it for what it is
                sys.stderr.write(f"{type(fault).__name__}: {fault}\n")
                sys.stderr.flush()
                os._exit(3)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("gone\n")
        sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
