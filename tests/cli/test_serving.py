"""`mutualaid serve`: refuses what would do harm, says what to do, and always stops when it is asked to."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mutualaid.cli.asking import answer
from mutualaid.cli.serving import free_port, next_free_port
from mutualaid.core.cluster import Cluster
from tests.cli.processes import a_data_folder, a_free_port, end, living_in, mutualaid, wait_for


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder with a migrated database of its own."""
    with a_data_folder() as folder:
        assert mutualaid(folder, "migrate").wait(120) == 0
        yield folder
        Cluster(folder / "postgresql").remove()


def test_a_taken_port_is_none() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert free_port("127.0.0.1", port) is None
        assert next_free_port("127.0.0.1", port) > port
    assert free_port("127.0.0.1", 0)
    assert free_port("256.0.0.1", 8000) is None


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_serves_and_stops(data: Path, number: int) -> None:
    port = a_free_port()
    log = data / f"served-{number}"
    process = mutualaid(data, "serve", "--port", str(port), "--lang", "en", output=log, MUTUALAID_DEMO="1")
    found = wait_for(lambda: process.poll() is not None or answer("127.0.0.1", port, "/demo/"))
    assert isinstance(found, tuple), log.read_text("utf-8")
    assert found[0] == 200
    sheet = re.search(r'href="(/static/[^"]+\.css)"', found[2])
    assert sheet is not None
    assert re.search(r"\.[0-9a-f]{12}\.", sheet[1]), "a hash in its name"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", sheet[1], headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    assert (response.status, response.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in (response.headers["Cache-Control"] or "")
    response.read()
    began = time.monotonic()
    assert end(process, number) == 0, "even with a connection open"
    assert time.monotonic() - began < 8
    connection.close()
    assert "the server has stopped" in log.read_text("utf-8")
    assert [line for line in living_in(data) if "serve" in line] == []


@pytest.mark.slow
def test_a_taken_port_is_told_with_another(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = mutualaid(data, "serve", "--port", str(port), output=data / "taken")
        assert process.wait(30) == 2
    assert f"127.0.0.1:{port}" in (data / "taken").read_text("utf-8")
    assert "--port 0" in (data / "taken").read_text("utf-8")


@pytest.mark.slow
def test_it_refuses_tables_of_another_version(data: Path) -> None:
    with psycopg.connect(Cluster(data / "postgresql").url("mutualaid"), autocommit=True) as connection:
        gone = connection.execute("DELETE FROM django_migrations WHERE app = 'notices' RETURNING name").fetchall()
        try:
            process = mutualaid(data, "serve", "--port", "0", "--lang", "en", output=data / "refused")
            assert process.wait(60) == 2
        finally:
            for row in gone:
                connection.execute(
                    "INSERT INTO django_migrations (app, name, applied) VALUES ('notices', %s, now())", row
                )
    assert "run mutualaid migrate" in (data / "refused").read_text("utf-8")


@pytest.mark.slow
def test_it_refuses_the_demonstration_on_a_real_database(data: Path) -> None:
    url = Cluster(data / "postgresql").url("mutualaid")
    with a_data_folder() as other:
        process = mutualaid(other, "serve", "--port", "0", "--lang", "en", DATABASE_URL=url, MUTUALAID_DEMO="1")
        assert process.wait(60) == 2
        assert "demo: with MUTUALAID_DEMO=1 anybody can sign in" in (other / "told").read_text("utf-8")


@pytest.mark.slow
def test_the_check_names_what_a_site_needs(data: Path) -> None:
    (data / "secret-key").chmod(0o644)
    try:
        process = mutualaid(data, "check", "--lang", "en", output=data / "checked", MUTUALAID_HOSTS="aid.example.org")
        assert process.wait(60) == 1
    finally:
        (data / "secret-key").chmod(0o600)
    lines = (data / "checked").read_text("utf-8").splitlines()
    assert [line.split()[1] for line in lines if line.startswith("FAULT")] == ["https", "data_folder"]
    assert [line.split()[1] for line in lines if line.startswith("note")] == ["worker"]
    assert any(line.startswith("ok  assets") for line in lines)
