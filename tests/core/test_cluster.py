"""The private PostgreSQL: started once by many, what was committed survives a kill, nothing is left behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from mutualaid.core.cluster import Cluster, ClusterError


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server of its own, not yet started; in a short path, since a socket's may not be long."""
    with tempfile.TemporaryDirectory(prefix="mutualaid-") as folder:
        Path(folder).chmod(0o755)  # as root the server is another user
        found = Cluster(Path(folder) / "server")
        yield found
        found.remove()


def test_many_start_one_server(cluster: Cluster) -> None:
    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(lambda _: cluster.start(), range(6)))
    assert sorted(started) == [False] * 5 + [True]
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute("SELECT current_setting('listen_addresses'), current_setting('fsync')").fetchone()
    assert row == ("", "on")


def test_what_was_committed_survives_a_kill(cluster: Cluster) -> None:
    cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('职工')")
    cluster.kill()
    assert not cluster.is_running()
    assert cluster.start()
    with psycopg.connect(cluster.url()) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("职工",)


def test_it_stops_and_leaves_nothing(cluster: Cluster) -> None:
    cluster.start()
    pid = cluster.pid()
    assert pid is not None
    cluster.stop()
    cluster.stop()  # once more does no harm
    assert not cluster.is_running()
    assert cluster.pid() is None
    cluster.remove()
    assert not cluster.folder.exists()


def test_an_interrupted_first_start_is_begun_anew(cluster: Cluster) -> None:
    cluster.data.mkdir(parents=True)
    (cluster.data / "base").mkdir()
    assert cluster.start()


def test_a_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="MUTUALAID_DATA"):
        Cluster(tmp_path / ("long" * 30)).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's folders are closed to the server")
def test_a_folder_that_the_server_cannot_enter_is_told() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="mutualaid-") as folder,
        pytest.raises(ClusterError, match="MUTUALAID_DATA"),
    ):
        Cluster(Path(folder) / "server").start()
