"""``mutualaid demo``: the whole product on this machine with an invented union, and nothing of it left running afterwards."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
from rich.console import Console

from mutualaid.cli.asking import FIRST_PAGE, answer, follow
from mutualaid.cli.seeding import MODULE as SEEDING
from mutualaid.cli.serving import free_port, next_free_port
from mutualaid.cli.supervising import Broken, Part, Supervisor, is_alive
from mutualaid.core.cluster import Cluster, ClusterError
from mutualaid.core.places import data_folder

HOST = "127.0.0.1"
PORT = 8000
SIMULATOR = "mutualaid.contributions.simulator"
SMS_SIMULATOR = "mutualaid.notices.simulator"
BANK_SIMULATOR = "mutualaid.payouts.simulator"
BANK_NAME, BANK_FUND = "示范银行", "9901"
"""The simulated bank, and the office whose fund is paid by it."""
BANK_AFTER = 5
"""Seconds until other banks have answered it."""
CHANNELS = {
    "neutral": ("支付渠道模拟器", "simulator of a payment channel"),
    "wechat": ("微信支付模拟器", "simulator of WeChat Pay"),
    "alipay": ("支付宝模拟器", "simulator of Alipay"),
    "unionpay": ("银联模拟器", "simulator of UnionPay"),
}
"""Channels that take no money: our own neutral one, and real protocols."""
START_WITHIN = 90.0
"""Seconds for the first page to answer."""
LOOK_EVERY = 0.5


@dataclass(frozen=True)
class Wish:
    """How the demonstration was asked for. ``port`` None: 8000 or the next free one."""

    port: int | None
    members: int
    fresh: bool
    browser: bool
    check: bool
    worker: bool
    zh: bool


class Asked(Exception):
    """We were asked to stop, by Ctrl-C, by SIGTERM or by closing the terminal."""


class Demonstration:
    """One run: its folder, its database, its processes."""

    def __init__(self, wish: Wish, console: Console, errors: Console) -> None:
        self.wish, self.console, self.errors = wish, console, errors
        self.folder = data_folder().absolute() / "demo"
        self.cluster = Cluster(self.folder / "postgresql")
        self.port = 0
        self.began = time.monotonic()

    def said(self, zh: str, en: str) -> None:
        """Tell the person at the terminal, if it is still there."""
        with suppress(OSError, ValueError):
            self.console.print(zh if self.wish.zh else en, markup=False, highlight=False, soft_wrap=True)

    def fault(self, zh: str, en: str) -> None:
        """Tell what is wrong."""
        with suppress(OSError, ValueError):
            self.errors.print(zh if self.wish.zh else en, markup=False)

    @property
    def address(self) -> str:
        """Where the first page is."""
        return f"http://{HOST}:{self.port}{FIRST_PAGE}"

    def run(self) -> int:
        """Exit status: 0 stopped when asked to (or checked and well), 1 something broke, 2 not started."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self._runs_already()
            if not self._choose_port():
                return 2
            supervisor = Supervisor(self.folder, self._environment(), self.said)
            with _stopped_by_signals():
                try:
                    return self._start_and_watch(supervisor)
                except Asked:
                    self.said("\n正在停止…", "\nstopping…")
                    return 0 if not self.wish.check else 1
                except (Broken, ClusterError) as error:
                    self.fault(getattr(error, "zh", str(error)), getattr(error, "en", str(error)))
                    return 1
                finally:
                    self._stop(supervisor)

    # -----------------------------------------------------------------------------------------------------------------

    def _start_and_watch(self, supervisor: Supervisor) -> int:
        self._clear_the_way(supervisor)
        self.cluster.start()
        self.said("数据库已启动", "the database runs")
        has_bank = find_spec(BANK_SIMULATOR) is not None
        if has_bank:
            self._open_bank(supervisor)
        self._prepare(supervisor)
        if has_bank:
            arguments = ("-m", BANK_SIMULATOR, "--folder", str(self._bank), "--after", str(BANK_AFTER))
            supervisor.start(Part("bank", "银行模拟器", "simulator of a bank", arguments))
        if find_spec(SIMULATOR) is not None:
            self._start_simulators(supervisor)
        if find_spec(SMS_SIMULATOR) is not None:
            self._start_phones(supervisor)
        if self.wish.worker:
            supervisor.start(Part("worker", "后台任务", "worker", _command("worker")))
        address = ("--host", HOST, "--port", str(self.port))
        supervisor.start(Part("server", "网页服务", "server", (*_command("serve"), *address)))
        self._wait_for_first_page(supervisor)
        (self.folder / "running.json").write_text(json.dumps({"address": self.address, "pid": os.getpid()}), "utf-8")
        if self.wish.check:
            return self._check()
        self._welcome()
        while True:
            time.sleep(LOOK_EVERY)
            supervisor.tend()
            server = self.cluster.pid()
            if (server is None or not is_alive(server)) and self.cluster.start():
                self.said("数据库意外停止，已重新启动", "the database stopped unexpectedly and was started again")

    def _clear_the_way(self, supervisor: Supervisor) -> None:
        """What a killed run left behind is stopped; with --fresh its data goes, too."""
        left = supervisor.take_over()
        if left:
            self.said(f"停止了上次遗留的 {left} 个进程", f"stopped {left} processes that the last run had left")
        if self.wish.fresh:
            self.cluster.remove()
            for path in self.folder.iterdir():
                if path.name == "lock" or path in (supervisor.logs, supervisor.numbers):
                    continue
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            self.said("已清空上次的演示数据", "the data of the last demonstration is gone")

    def _prepare(self, supervisor: Supervisor) -> None:
        """Tables, then the invented union; a union that was not finished is begun anew."""
        mark = self.folder / "seeded"
        seeds = find_spec(SEEDING) is not None
        if seeds and not mark.exists():
            with psycopg.connect(self.cluster.url(), autocommit=True) as connection:
                connection.execute("DROP DATABASE IF EXISTS mutualaid WITH (FORCE)")
        try:
            supervisor.run(Part("migrate", "建立数据表", "making of tables", _command("migrate")))
        except Broken as error:
            hint = ("演示数据可能是旧版本的：mutualaid demo --fresh", "its data may be of an older version: --fresh")
            raise Broken(f"{error.zh}\n{hint[0]}", f"{error.en}\n{hint[1]}") from None
        self.said("数据表已是最新", "the tables are those of this version")
        if seeds and not mark.exists():
            self.said(
                f"正在虚构一个工会：{self.wish.members} 名会员…", f"drawing a union of {self.wish.members} members…"
            )
            arguments = ("-m", "mutualaid.cli.seeding", str(self.wish.members))
            supervisor.run(Part("seeding", "虚构工会", "drawing of the union", arguments))
            mark.write_text(str(self.wish.members), encoding="ascii")
        elif seeds and mark.read_text(encoding="ascii") != str(self.wish.members):
            kept = mark.read_text(encoding="ascii")
            self.said(f"沿用上次的 {kept} 名会员；要重来请加 --fresh", f"kept the {kept} members; --fresh begins anew")

    @property
    def _bank(self) -> Path:
        return self.folder / "bank"

    def _open_bank(self, supervisor: Supervisor) -> None:
        """A bank's folder with the keys of both sides, before the union is drawn: in its past, too, somebody was paid. The folder
        is kept as long as the union, for the bank's books are in it."""
        keys = import_module(f"{BANK_SIMULATOR}.keys")
        if not (self.folder / "seeded").exists():
            shutil.rmtree(self._bank, ignore_errors=True)
        if not (self._bank / keys.THEIRS).exists():
            keys.set_up(self._bank, BANK_FUND, BANK_NAME)
        supervisor.environment["MUTUALAID_BANKS"] = f"bank={self._bank / keys.THEIRS}"

    def _start_simulators(self, supervisor: Supervisor) -> None:
        """Online channels that take no money. Their keys are made anew each time, since they name the ports of both sides."""
        folder = self.folder / "channel"
        shutil.rmtree(folder, ignore_errors=True)
        files = {"neutral": import_module(f"{SIMULATOR}.sealing").THEIRS}
        theirs = import_module(f"{SIMULATOR}.keys").THEIRS
        port, given = self.port + 80, []
        for name, (zh, en) in CHANNELS.items():
            keys = folder / name
            keys.mkdir(mode=0o700, parents=True)
            port = next_free_port(HOST, port + 1)
            notify = f"http://{HOST}:{self.port}/channels/{name}/notifications"
            arguments = ("--folder", str(keys), "--port", str(port), "--notify", notify, "--fund", BANK_FUND)
            supervisor.start(Part(f"channel-{name}", zh, en, ("-m", SIMULATOR, name, *arguments)))
            given.append(f"{name}={keys / files.get(name, theirs)}")
        supervisor.environment["MUTUALAID_CHANNELS"] = ",".join(given)

    def _start_phones(self, supervisor: Supervisor) -> None:
        """A provider of short messages that reaches no phone. Programs on this machine may be told of events."""
        keys = self.folder / "sms"
        shutil.rmtree(keys, ignore_errors=True)
        keys.mkdir(mode=0o700)
        port = next_free_port(HOST, self.port + 181)
        arguments = ("-m", SMS_SIMULATOR, "--folder", str(keys), "--port", str(port))
        supervisor.start(Part("phones", "短信服务商模拟器", "simulator of a provider of messages", arguments))
        ours = import_module(f"{SMS_SIMULATOR}.sealing").THEIRS
        supervisor.environment["MUTUALAID_SMS"] = str(keys / ours)
        supervisor.environment["MUTUALAID_WEBHOOK_NETWORKS"] = "127.0.0.0/8"

    def _wait_for_first_page(self, supervisor: Supervisor) -> None:
        until = time.monotonic() + START_WITHIN
        while answer(HOST, self.port, FIRST_PAGE) is None:
            if time.monotonic() > until:
                raise Broken(
                    f"{START_WITHIN:.0f} 秒内打不开 {self.address}；日志在 {supervisor.logs}",
                    f"{self.address} did not answer in {START_WITHIN:.0f} s; the logs are in {supervisor.logs}",
                )
            time.sleep(0.1)
            supervisor.tend(again=False)

    def _check(self) -> int:
        """Ask the first page and everything that it links to on this server, once each."""
        bad = 0
        asked = 0
        for path, status in follow(HOST, self.port):
            asked += 1
            if status != 200:
                bad += 1
                self.fault(f"{path}: 应为 200，得到 {status}", f"{path}: expected 200, found {status}")
        self.said(f"打开了 {asked} 个地址，{bad} 个不对", f"asked {asked} addresses, {bad} of them wrong")
        return 1 if bad else 0

    def _welcome(self) -> None:
        seconds = time.monotonic() - self.began
        self.said(f"\n演示已就绪（{seconds:.0f} 秒）：{self.address}", f"\nready after {seconds:.0f} s: {self.address}")
        self.said(f"日志：{self.folder / 'logs'}", f"logs: {self.folder / 'logs'}")
        self.said("停止：Ctrl-C（数据保留，下次接着用）", "stop by Ctrl-C; what was entered is kept for the next time")
        seen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if self.wish.browser and seen and sys.stdout.isatty():
            webbrowser.open(self.address)

    def _stop(self, supervisor: Supervisor) -> None:
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)  # nothing interrupts the stopping
        (self.folder / "running.json").unlink(missing_ok=True)
        supervisor.stop()
        try:
            self.cluster.stop()
        except ClusterError as error:
            self.fault(str(error), str(error))
        self.said("演示已停止，没有留下进程", "stopped; nothing is left running")

    def _runs_already(self) -> int:
        try:
            where = json.loads((self.folder / "running.json").read_text("utf-8"))["address"]
        except (OSError, ValueError, KeyError):
            self.fault("另一个演示正在启动，请看它的终端", "another demonstration is starting; look at its terminal")
            return 2
        self.fault(
            f"演示已在运行：{where}；请直接打开，或先在它的终端按 Ctrl-C",
            f"a demonstration runs already at {where}; open it, or stop it by Ctrl-C in its terminal",
        )
        return 2

    def _choose_port(self) -> bool:
        wanted = self.wish.port
        if wanted is None:
            self.port = next_free_port(HOST, PORT)
            if self.port != PORT:
                self.said(f"端口 {PORT} 已被占用，改用 {self.port}", f"port {PORT} is taken; using {self.port}")
            return True
        self.port = free_port(HOST, wanted) or 0
        if not self.port:
            other = next_free_port(HOST, wanted)
            self.fault(
                f"端口 {wanted} 已被占用或不能用；请换一个，例如 --port {other}",
                f"port {wanted} is taken or cannot be used; take another, such as --port {other}",
            )
        return bool(self.port)

    def _environment(self) -> dict[str, str]:
        """Of the parts: the demonstration's own data and database, whatever was named for the real product."""
        if "DATABASE_URL" in os.environ:
            self.said(
                "演示只用自带的数据库，不碰 DATABASE_URL 所指的数据库",
                "the demonstration uses a database of its own, never the one that DATABASE_URL names",
            )
        dropped = ("DATABASE_URL", *(f"MUTUALAID_{name}" for name in _OF_THE_PRODUCT))
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, "MUTUALAID_DEMO": "1", "MUTUALAID_DATA": str(self.folder), "PYTHONIOENCODING": "utf-8"}


def demonstrate(wish: Wish, console: Console, errors: Console) -> int:
    """See Demonstration.run."""
    return Demonstration(wish, console, errors).run()


def _command(name: str) -> tuple[str, ...]:
    return ("-m", "mutualaid.cli", name)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """The first signal raises Asked in the middle of what we do; later ones find us stopping already."""
    asked = False

    def stop(_signum: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise Asked

    before: dict[int, Any] = {number: signal.signal(number, stop) for number in _STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_OF_THE_PRODUCT = (
    "SECRET_KEY",
    "FIELD_KEY",
    "HOSTS",
    "HTTPS",
    "BEHIND_PROXY",
    "CHANNELS",
    "SMS",
    "WEBHOOK_NETWORKS",
    "BANKS",
)
"""Settings of an installation that the demonstration does without."""
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
