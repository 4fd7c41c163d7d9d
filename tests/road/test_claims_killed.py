"""The road of claims while those who walk it, the worker and the database are killed at a hundred random moments: nothing that
was acknowledged is lost, and nothing is done twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest

from mutualaid.payouts.simulator.keys import THEIRS
from tests.core.test_work_killed import Site, site
from tests.road.claim_walker import CLAIMS_OF_EACH, MEMBERS

__all__ = ["site"]
pytestmark = pytest.mark.slow
POINTS = 100


class Running:
    """Programs of the site: the worker, the bank, who walks."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.environment = {**site.environment, "MUTUALAID_BANKS": f"sea={site.folder / 'bank' / THEIRS}"}
        self.log = (site.folder / "road.log").open("ab")
        self.bank = self._start("-m", "mutualaid.payouts.simulator", "--folder", str(site.folder / "bank"), "--after=1")
        self.worker = self.begin_worker()
        self.walker = subprocess.Popen(
            [sys.executable, "-m", "tests.road.claim_walker", str(site.folder), "walk"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, *arguments], env=self.environment, stdout=self.log, stderr=self.log)

    def begin_worker(self) -> subprocess.Popen[bytes]:
        """The product's own."""
        return self._start("-c", "from mutualaid.cli import app; app(['worker'])")

    def walk(self, seed: int) -> int:
        """Somebody begins to walk; the number of the process."""
        assert self.walker.stdin is not None
        assert self.walker.stdout is not None
        self.walker.stdin.write(f"{seed}\n")
        self.walker.stdin.flush()
        return int(self.walker.stdout.readline())

    def gone(self) -> None:
        """Wait until whoever walked is gone."""
        assert self.walker.stdout is not None
        assert self.walker.stdout.readline() == "gone\n"

    def stop(self) -> None:
        """All of them."""
        for one in (self.walker, self.worker, self.bank):
            one.kill()
            one.wait()
        for pipe in (self.walker.stdin, self.walker.stdout):
            assert pipe is not None
            pipe.close()
        self.log.close()


@pytest.fixture
def running(site: Site) -> Iterator[Running]:
    made = site.run("-m", "tests.road.claim_walker", str(site.folder), "set-up")
    assert made.returncode == 0, made.stderr
    found = Running(site)
    yield found
    found.stop()


def test_killed_at_a_hundred_points(site: Site, running: Running) -> None:
    luck = random.Random(11)
    kills = {"walker": 0, "worker": 0, "database": 0}
    for point in range(POINTS):
        child = running.walk(point)
        time.sleep(0.05 + luck.random() * 0.5)
        chance = luck.random()
        if chance < 0.08:
            kills["worker"] += 1
            running.worker.kill()
            running.worker.wait()
            running.worker = running.begin_worker()
        elif chance < 0.2:
            kills["database"] += 1
            site.cluster.kill()
            time.sleep(luck.random() * 0.2)
            site.cluster.start()
        else:
            kills["walker"] += 1
        _kill(child)
        running.gone()
    assert min(kills.values()) >= 5
    if running.worker.poll() is not None:
        running.worker = running.begin_worker()
    done = subprocess.run(
        [sys.executable, "-m", "tests.road.claim_walker", str(site.folder), "finish"],
        env=running.environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr + (site.folder / "road.log").read_text()[-4000:]
    _nothing_is_lost(site)
    _nothing_is_done_twice(site)
    for command in ("['replay']", "['proof', 'check']"):
        checked = site.run("-c", f"from mutualaid.cli import app; app({command})")
        assert checked.returncode == 0, checked.stdout + checked.stderr


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return  # it broke off when the database went


def _nothing_is_lost(site: Site) -> None:
    """Each acknowledged deed stands, in the state to which it led or a later one."""
    later = {
        "entered": ("first_review", "final_review", "approved", "refused"),
        "passed": ("final_review", "approved"),
        "approved": ("approved",),
        "refused": ("refused",),
        "batched": ("done",),
        "released": ("done",),
    }
    lines = (site.folder / "acknowledged").read_text().split("\n")
    # A line that was cut when its writer was killed was acknowledged to nobody.
    deeds = [line.split() for line in lines if len(line.split()) == 2 and len(line.split()[1]) == 9]
    assert len(deeds) > MEMBERS
    with psycopg.connect(site.cluster.url("mutualaid"), autocommit=True) as connection:
        rows = connection.execute(
            "SELECT number, state FROM claims_claim UNION ALL SELECT number, state FROM payouts_batch"
        ).fetchall()
    states: dict[str, str] = dict(rows)
    for what, number in deeds:
        assert states.get(number, "") in later[what], (what, number)


def _nothing_is_done_twice(site: Site) -> None:
    """Each member has their claims, each approved claim one payment, paid once; the books agree; one letter each."""
    ask = site.ask
    assert ask("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'") == 0  # nothing was given up
    assert ask("SELECT count(*) FROM claims_claim") == MEMBERS * CLAIMS_OF_EACH + CLAIMS_OF_EACH
    assert ask("SELECT count(*) FROM claims_claim WHERE state NOT IN ('approved', 'refused')") == 0
    approved = ask("SELECT count(*) FROM claims_claim WHERE state = 'approved'")
    orders, references, paid = ask(
        "SELECT count(*), count(DISTINCT reference), count(*) FILTER (WHERE state = 'paid') FROM payouts_paymentorder"
    )
    assert orders == references == paid == approved
    ordered = ask("SELECT sum(amount) FROM payouts_paymentorder")
    assert ordered == Decimal(1000) * (MEMBERS + 1)  # each member to the cap, and never past it
    held = "SELECT coalesce(sum(p.amount), 0) FROM ledger_posting p JOIN ledger_ledgeraccount a ON a.id = p.account_id"
    assert ask(f"{held} WHERE a.code = '5101.01'") == ordered
    assert ask(f"{held} WHERE a.code = '2202.01'") == 0
    assert ask(f"{held} WHERE a.code = '1002.01'") == -ordered
    decided = ask("SELECT count(*) FROM claims_claim WHERE decided_at IS NOT NULL")
    assert ask("SELECT count(*), count(DISTINCT (claim_id, round)) FROM claims_letter") == (decided, decided)
