"""`mutualaid demo` with real processes: what it starts, what it survives, and that it leaves nothing running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mutualaid.cli.asking import answer, follow
from tests.cli.processes import (
    a_data_folder,
    a_free_port,
    an_ordinary_user,
    can_run,
    end,
    living_in,
    mutualaid,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes there")]


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """One folder for all: a second demonstration starts faster than the first."""
    with a_data_folder() as folder:
        yield folder


def begin(data: Path, port: int, *arguments: str, user: int | None = None) -> subprocess.Popen[str]:
    process = mutualaid(data, "demo", "--no-browser", "--port", str(port), "--members", "60", *arguments, user=user)
    wait_for(lambda: process.poll() is not None or answer("127.0.0.1", port, "/demo/"), 120)
    wait_for(lambda: process.poll() is not None or (data / "demo" / "running.json").exists())
    assert process.poll() is None, (data / "told").read_text("utf-8")
    return process


def told(data: Path) -> str:
    return (data / "told").read_text("utf-8")


def server_of(data: Path) -> int:
    return int((data / "demo" / "run" / "server.pid").read_text("ascii"))


def in_group(number: int) -> set[int]:
    """Processes of the group of a part: those of the server write their titles over what ``living_in`` looks at."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            status = (process / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            if status[0] not in "ZX" and status[2] == str(number):
                found.add(int(process.name))
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_shows_its_first_page_and_stops_with_all_that_it_started(data: Path, number: int) -> None:
    port = a_free_port()
    process = begin(data, port)
    found = answer("127.0.0.1", port, "/demo/")
    assert found is not None
    assert found[0] == 200
    assert "演示" in found[2]
    assert all(status == 200 for _, status in follow("127.0.0.1", port))
    assert end(process, number) == 0
    assert living_in(data) == []
    assert not (data / "demo" / "running.json").exists()


def test_a_second_one_says_where_the_first_is(data: Path) -> None:
    port = a_free_port()
    process = begin(data, port)
    second = mutualaid(data, "demo", "--no-browser", "--lang", "en", output=data / "second")
    assert second.wait(30) == 2
    assert f"a demonstration runs already at http://127.0.0.1:{port}/demo/" in (data / "second").read_text("utf-8")
    assert answer("127.0.0.1", port, "/demo/") is not None, "the first is not disturbed"
    assert end(process) == 0


def test_a_server_that_is_killed_is_started_again(data: Path) -> None:
    port = a_free_port()
    process = begin(data, port)
    first = server_of(data)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: server_of(data) != first)
    wait_for(lambda: answer("127.0.0.1", port, "/demo/"))
    assert "网页服务意外停止" in told(data)
    assert end(process) == 0
    assert living_in(data) == []


def test_a_server_that_is_killed_after_one_of_its_workers_leaves_no_worker_at_its_port(data: Path) -> None:
    port = a_free_port()
    process = begin(data, port)
    first = server_of(data)
    workers = in_group(first) - {first}
    assert workers, "a server has workers"
    os.kill(min(workers), signal.SIGKILL)
    wait_for(lambda: in_group(first) - {first} - workers, 60)  # another worker came
    wait_for(lambda: answer("127.0.0.1", port, "/demo/"))
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: server_of(data) != first)
    wait_for(lambda: not in_group(first))
    wait_for(
        lambda: (
            "服务地址" in (data / "demo" / "logs" / "server.log").read_text("utf-8").rpartition("Unexpected exit")[2]
        )
    )
    wait_for(lambda: answer("127.0.0.1", port, "/demo/"))
    assert process.poll() is None, told(data)
    second = server_of(data)
    assert end(process) == 0
    assert not in_group(second), "nothing is left running"
    assert living_in(data) == []


def test_a_database_that_is_killed_is_started_again(data: Path) -> None:
    port = a_free_port()
    process = begin(data, port)
    mark = data / "demo" / "postgresql" / "data" / "postmaster.pid"
    first = int(mark.read_text().split()[0])
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: "数据库意外停止，已重新启动" in told(data))
    assert int(mark.read_text().split()[0]) != first
    assert end(process) == 0
    assert living_in(data) == []


def test_what_a_killed_demonstration_left_is_taken_over(data: Path) -> None:
    process = begin(data, a_free_port())
    process.kill()
    process.wait()
    assert living_in(data), "the parts outlive it"
    port = a_free_port()
    again = begin(data, port)
    assert "停止了上次遗留的" in told(data)
    assert end(again) == 0
    assert living_in(data) == []


def test_a_taken_port_is_told_with_a_free_one(data: Path) -> None:
    port = a_free_port()
    process = begin(data, port)
    with a_data_folder() as other:
        refused = mutualaid(other, "demo", "--port", str(port))
        assert refused.wait(30) == 2
        assert f"端口 {port} 已被占用" in told(other)
        assert "--port" in told(other)
        assert not (other / "demo" / "postgresql").exists(), "nothing was started"
    assert end(process) == 0


def test_stopped_while_it_starts_it_leaves_nothing() -> None:
    with a_data_folder() as folder:
        process = mutualaid(folder, "demo", "--no-browser", "--port", "0")
        wait_for((folder / "demo" / "postgresql" / "data").exists)
        end(process, signal.SIGTERM)
        assert living_in(folder) == []


def test_the_check_starts_asks_and_stops(data: Path) -> None:
    process = mutualaid(data, "demo", "--check", "--members", "60", output=data / "checked")
    assert process.wait(120) == 0, (data / "checked").read_text("utf-8")
    assert "0 个不对" in (data / "checked").read_text("utf-8")
    assert living_in(data) == []


def test_fresh_begins_with_new_data(data: Path) -> None:
    key = data / "demo" / "secret-key"
    port = a_free_port()
    before = key.read_text("ascii") if key.exists() else ""
    process = begin(data, port, "--fresh")
    assert key.read_text("ascii") != before
    assert end(process) == 0


def test_another_database_is_left_alone(data: Path) -> None:
    url = "postgresql://nobody@/theirs?host=/nowhere"
    process = mutualaid(data, "demo", "--check", "--members", "60", output=data / "named", DATABASE_URL=url)
    assert process.wait(120) == 0, (data / "named").read_text("utf-8")
    assert "不碰 DATABASE_URL" in (data / "named").read_text("utf-8")


def test_an_ordinary_user_runs_it() -> None:
    user = an_ordinary_user()
    if user is not None and not can_run(user):
        pytest.skip("this Python or these sources are closed to other users")
    with a_data_folder(user) as folder:
        port = a_free_port()
        process = begin(folder, port, user=user)
        where = json.loads((folder / "demo" / "running.json").read_text("utf-8"))
        assert where["address"] == f"http://127.0.0.1:{port}/demo/"
        assert end(process) == 0
        assert living_in(folder) == []


def test_a_closed_port_is_no_answer() -> None:
    assert answer("127.0.0.1", a_free_port(), "/") is None
