"""Workers and the database are killed at random moments: nothing is lost, and each unit is done once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mutualaid.core.cluster import Cluster
from tests.core.worker_for_tests import UNITS

pytestmark = pytest.mark.slow
DELIVERIES = 200
KILLS = 24


@dataclass
class Site:
    """An installation of its own: folder, database, environment."""

    folder: Path
    environment: dict[str, str]

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.folder / "postgresql")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )

    def worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.core.worker_for_tests"]
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def log(self) -> str:
        return (self.folder / "worker.log").read_text(encoding="utf-8")

    def ask(self, query: str) -> Any:
        with psycopg.connect(self.cluster.url("mutualaid"), autocommit=True) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return row[0] if len(row) == 1 else row


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Made by ``mutualaid migrate``, as an operator makes it."""
    with tempfile.TemporaryDirectory(prefix="mutualaid-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # as root the server is another user
        ours = ("MUTUALAID_", "DATABASE_URL", "DJANGO_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        made = Site(folder, {**kept, "MUTUALAID_DATA": name, "PYTHONPATH": os.pathsep.join(["src", "."])})
        migrated = made.run("-c", "from mutualaid.cli import app; app(['migrate'])")
        assert migrated.returncode == 0, migrated.stdout + migrated.stderr
        with psycopg.connect(made.cluster.url("mutualaid"), autocommit=True) as connection:
            connection.execute("CREATE TABLE done_units (job text, unit int); CREATE TABLE delivered (id text, n int)")
            connection.execute("GRANT ALL ON done_units, delivered TO mutualaid_app")
        yield made
        made.cluster.remove()


ASK = """
import datetime
from mutualaid.core import preparing
preparing.begin()
from tests.core.worker_for_tests import declare
declare()
from django.db import transaction
from mutualaid.core import work
from mutualaid.core.actors import system
with transaction.atomic():
    work.ask(kind="counting", wanted={}, by=system("test"), at=datetime.datetime.now(datetime.UTC))
    for n in range(%d):
        work.post(name="counting", wanted={"n": n})
"""


def begin(site: Site) -> None:
    """Nothing done, one long job and many deliveries asked for."""
    with psycopg.connect(site.cluster.url("mutualaid"), autocommit=True) as connection:
        connection.execute("TRUNCATE done_units, delivered; DELETE FROM core_longjob; DELETE FROM procrastinate_jobs")
    asked = site.run("-c", ASK % DELIVERIES)
    assert asked.returncode == 0, asked.stderr


def disturbed(site: Site, disturb: Callable[[subprocess.Popen[bytes], random.Random], subprocess.Popen[bytes]]) -> int:
    """Work with disturbances until all is done, at most ten minutes; how many disturbances there were."""
    chance, worker, last, count = random.Random(7), site.worker(), 0, 0
    until = time.monotonic() + 600
    try:
        while time.monotonic() < until:
            time.sleep(0.2)
            assert worker.poll() is None, site.log()
            if site.cluster.is_running():
                state, done = site.ask("SELECT state, done FROM core_longjob")
                assert done >= last, "progress never goes back"
                last = done
                waiting = site.ask("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
                if state not in ("waiting", "running") and not waiting:
                    break
            if count < KILLS and chance.random() < 0.25:
                worker, count = disturb(worker, chance), count + 1
        else:
            pytest.fail(site.log())
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) in (0, -signal.SIGTERM), site.log()  # it may still have been starting
    return count


def check(site: Site) -> None:
    """Each unit once, each delivery at least once, the job done and told."""
    assert site.ask("SELECT count(*), count(DISTINCT unit) FROM done_units") == (UNITS, UNITS)
    state, done, total, result = site.ask("SELECT state, done, total, result FROM core_longjob")
    assert (state, done, total, result) == ("done", UNITS, UNITS, {"sum": UNITS * (UNITS - 1) // 2})
    tries, ids, numbers = site.ask("SELECT count(*), count(DISTINCT id), count(DISTINCT n) FROM delivered")
    assert ids == numbers == DELIVERIES
    assert tries >= DELIVERIES


def test_a_worker_that_is_killed_again_and_again(site: Site) -> None:
    begin(site)

    def disturb(worker: subprocess.Popen[bytes], chance: random.Random) -> subprocess.Popen[bytes]:
        """Three in four die at the work, however long the machine takes to start them; the rest anywhere, also while starting."""
        if chance.random() < 0.75:
            before, until = site.ask("SELECT done FROM core_longjob"), time.monotonic() + 20
            while site.ask("SELECT done FROM core_longjob") == before and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(chance.random() * 0.5)
        else:
            time.sleep(chance.random() * 2 + 0.5)
        worker.kill()
        worker.wait()
        return site.worker()

    kills = disturbed(site, disturb)
    check(site)
    takes = site.ask("SELECT takes FROM core_longjob")
    assert kills >= 20, kills
    assert takes > 5, takes


def test_a_database_that_is_killed(site: Site) -> None:
    begin(site)
    (site.folder / "worker.log").unlink(missing_ok=True)

    def disturb(worker: subprocess.Popen[bytes], chance: random.Random) -> subprocess.Popen[bytes]:
        while "the worker has started" not in site.log():
            time.sleep(0.2)  # without a database it does not begin; whoever keeps it running starts it again
        if chance.random() < 0.3:
            time.sleep(1)
            site.cluster.kill()
            time.sleep(chance.random())
            site.cluster.start()
        return worker

    disturbed(site, disturb)
    check(site)


def test_a_worker_that_is_told_to_stop_ends_quickly(site: Site) -> None:
    begin(site)
    worker = site.worker()
    try:
        until = time.monotonic() + 60
        while not site.ask("SELECT done FROM core_longjob") and time.monotonic() < until:
            time.sleep(0.1)
        began = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0, site.log()
        assert time.monotonic() - began < 10
    finally:
        worker.kill()
    state, beat, takes = site.ask("SELECT state, beat_at, takes FROM core_longjob")
    assert (state, beat, takes) == ("running", None, 1)
    assert site.run("-m", "tests.core.worker_for_tests", "--once").returncode == 0
    check(site)
    assert site.ask("SELECT takes FROM core_longjob") == 2
