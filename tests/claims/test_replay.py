"""What was decided online is what ``adjudicate`` gives on the exported history, and the replay of the whole database finds no
difference, after any sequence of what can happen; and it does find what somebody wrote into the database."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from mutualaid.claims.actions.objections import close_review_task
from mutualaid.claims.actions.reviewing import (
    correct_facts,
    pass_first_review,
    refuse_claim,
    return_for_papers,
    set_aside,
    withdraw_claim,
)
from mutualaid.claims.assessing import open_task
from mutualaid.claims.exporting import export
from mutualaid.claims.models import Claim, Opening, ReviewTask, TaskKind
from mutualaid.claims.queries import facts_of, stands, used_up
from mutualaid.claims.refusals import Refused
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.cli.app import app
from mutualaid.core.moves import IllegalMove
from tests.claims.scene import Scene, actor, published
from tests.people.cast import BY

pytestmark = pytest.mark.django_db


def _replay() -> Replayed:
    return [Replayed(), *replayed()][-1]


def _something(scene: Scene, luck: random.Random) -> None:
    """One thing that can happen, to a claim of any state; what cannot be done is refused and changes nothing."""
    claims = list(Claim.objects.order_by("id"))
    if not claims or luck.random() < 0.45:
        scene.enter(luck.choice([90, 300, 1200, 2500]), member=luck.choice([scene.lin, scene.cast.wei]))
        return
    claim = luck.choice(claims)
    found = stands(claim=claim)
    seen, by = found.round if found else 0, actor(luck.choice([scene.first, scene.senior]))
    deeds: list[Any] = [
        lambda: scene.approve(claim),
        lambda: refuse_claim(claim=claim, seen=seen, by=by, at=scene.now()),
        lambda: set_aside(claim=claim, reason="other", text="核实不符", by=by, at=scene.now()),
        lambda: return_for_papers(
            claim=claim, words=["settlement"], text="", contact=scene.first, by=by, at=scene.now()
        ),
        lambda: withdraw_claim(claim=claim, by=by, at=scene.now()),
        lambda: pass_first_review(claim=claim, seen=seen, by=by, at=scene.now()),
        lambda: correct_facts(
            claim=claim,
            facts={**facts_of(claim=claim), "amounts": {"self_paid": "700.00", "out_of_scope": "0.00"}},
            reason="按结算单",
            by=by,
            at=scene.now(),
        ),
    ]
    try:
        luck.choice(deeds)()
    except (Refused, IllegalMove):
        return


@pytest.mark.parametrize("seed", range(4))
def test_after_anything_nothing_differs(scene: Scene, seed: int, tmp_path: Path) -> None:
    luck = random.Random(seed)
    scene.cover(scene.cast.wei, scene.cast.yard)
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "hai-2", cap=700))
    for _ in range(40):
        _something(scene, luck)
    found = _replay()
    assert found.differences == []
    assert found.claims == Claim.objects.count() > 10
    for _ in range(6):  # closing one may open another
        for task in ReviewTask.objects.filter(state="open"):
            close_review_task(task=task, facts=None, answer="按规则重算", by=actor(scene.senior), at=scene.now())
    found = _replay()
    assert (found.differences, found.awaiting) == ([], [])
    same_by_the_command(tmp_path)


def same_by_the_command(folder: Path) -> None:
    """The exported histories, decided by ``mutualaid adjudicate``, are what was decided online."""
    assert export(folder=folder / "out") >= 1
    done = CliRunner().invoke(
        app,
        [
            *("adjudicate", "--plans", str(folder / "out" / "plans"), "--cases", str(folder / "out" / "cases.jsonl")),
            *("--out", str(folder / "again.jsonl")),
        ],
    )
    assert done.exit_code == 0, done.output
    online = [json.loads(line) for line in (folder / "out" / "decisions.jsonl").read_text().splitlines()]
    again = [json.loads(line) for line in (folder / "again.jsonl").read_text().splitlines()]
    assert online == again


def test_an_opening_is_gone_on_from(scene: Scene) -> None:
    Opening.objects.create(
        member=scene.lin,
        family="hai-1",
        counter="inpatient.paid",
        key="period:2025-04-01",
        amount=990,
        source="J00000001",
        at=scene.now(),
    )
    found = stands(claim=scene.enter(1200))
    assert found is not None
    assert [(line.outcome, str(line.amount), line.reasons) for line in found.lines] == [
        ("pay", "10.00", ["cap_reached"])
    ]
    assert _replay().differences == []


def test_what_somebody_wrote_into_the_database_is_found(scene: Scene) -> None:
    claim = scene.enter(1200)
    scene.enter(500)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")  # the superuser, whom no trigger stops
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE claims_assessmentline SET amount = 881 WHERE assessment_id IN"
            " (SELECT id FROM claims_assessment WHERE claim_id = %s)",
            [claim.pk],
        )
        cursor.execute("UPDATE claims_consumption SET quantity = quantity + 1 WHERE counter = 'inpatient.paid'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    found = _replay()
    assert {(one.claim, one.what) for one in found.differences} >= {(claim.number, "stored"), (claim.number, "ledger")}


def test_an_open_task_hides_nothing_that_was_written_into_the_ledger(scene: Scene) -> None:
    claim = scene.approve(scene.enter(500))
    of = TaskKind.RECALCULATED
    open_task(claim=claim, kind=of, text="·", expected=Decimal(0), by=BY, at=scene.now())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE claims_consumption SET quantity = quantity + 1 WHERE counter = 'inpatient.paid'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [one.what for one in _replay().differences] == ["ledger"]


def test_the_ledger_says_what_was_used_up(scene: Scene) -> None:
    claim = scene.enter(1200)
    assert used_up(member_id=scene.lin.pk)["hai-1", "inpatient.paid", "period:2025-04-01"] == 88_000
    withdraw_claim(claim=claim, by=actor(scene.first), at=scene.now())
    assert used_up(member_id=scene.lin.pk) == {}
