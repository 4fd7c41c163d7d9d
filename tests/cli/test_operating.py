"""`mutualaid migrate` and `mutualaid check`, as an operator runs them on a fresh machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from mutualaid.core.cluster import Cluster


class Installed(NamedTuple):
    """An installation, and what the command said that made it."""

    data: Path
    first: subprocess.CompletedProcess[str]


def mutualaid(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with nothing of the tests' own settings."""
    ours = ("MUTUALAID_", "DATABASE_URL", "DJANGO_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        (Path(sys.executable).with_name("mutualaid"), *arguments),
        env={**kept, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def test_a_fresh_machine(installed: Installed) -> None:
    data, first = installed
    assert (first.returncode, first.stderr) == (0, "")
    assert "已建立数据库 mutualaid" in first.stdout
    again = mutualaid("migrate", "--lang", "en", MUTUALAID_DATA=str(data))
    assert (again.returncode, again.stdout.strip()) == (0, "the tables are those of this version")
    checked = mutualaid("check", MUTUALAID_DATA=str(data))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "不通过" not in checked.stdout
    assert (data / "secret-key").stat().st_mode & 0o077 == 0


def test_what_is_wrong_is_told(data: Path) -> None:
    url = Cluster(data / "postgresql").url("mutualaid")
    with psycopg.connect(url, autocommit=True) as connection:
        gone = connection.execute("DELETE FROM django_migrations WHERE app = 'notices' RETURNING name").fetchall()
        try:
            found = mutualaid(
                "check", "--lang", "en", MUTUALAID_DATA=str(data), MUTUALAID_HOSTS="*", MUTUALAID_SECRET_KEY="x"
            )
        finally:
            for row in gone:
                connection.execute(
                    "INSERT INTO django_migrations (app, name, applied) VALUES ('notices', %s, now())", row
                )
    faults = [line.split()[1] for line in found.stdout.splitlines() if line.startswith("FAULT")]
    assert (found.returncode, faults) == (1, ["secret_key", "hosts", "migrations"])
    assert "run mutualaid migrate" in found.stdout


def test_keys_that_are_none_are_told(data: Path) -> None:
    found = mutualaid("check", "--lang", "en", MUTUALAID_DATA=str(data), MUTUALAID_FIELD_KEY="1:short")
    assert found.returncode == 1
    assert [line.split()[1] for line in found.stdout.splitlines() if line.startswith("FAULT")] == ["field_key"]
    assert "short" not in found.stdout


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://somewhere/x", "应为 postgresql://"),
        ("postgresql://nobody@/x?host=/nowhere", "连不上数据库"),
    ],
)
def test_a_database_that_cannot_be_used(url: str, said: str, tmp_path: Path) -> None:
    found = mutualaid("migrate", DATABASE_URL=url, MUTUALAID_DATA=str(tmp_path))
    assert found.returncode == 2
    assert said in found.stderr
    assert "Traceback" not in found.stderr


def test_a_worker_that_leaves_when_nothing_waits(data: Path) -> None:
    done = mutualaid("worker", "--once", "--lang", "en", MUTUALAID_DATA=str(data))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n")[:2] == ["the worker has started", "the worker has stopped"]


def test_a_worker_without_a_database_is_told(tmp_path: Path) -> None:
    found = mutualaid("worker", DATABASE_URL="postgresql://nobody@/x?host=/nowhere", MUTUALAID_DATA=str(tmp_path))
    assert found.returncode == 2
    assert "请先运行 mutualaid migrate" in found.stderr
    assert "Traceback" not in found.stderr
