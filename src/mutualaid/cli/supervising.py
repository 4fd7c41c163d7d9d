"""Processes that belong together: started with a mark, started again when one dies, and all stopped, with whatever they started.

The mark is a variable of the environment, which children's children inherit: so those that a killed run left behind are
found. Where the system shows no environments, and for processes that write over theirs, the files with the parts' numbers
say which groups to stop.
"""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404 - our own programs
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

MARK = "MUTUALAID_PART"
PATIENCE = 8.0
"""Seconds from asking a process to stop until it is killed."""
RESTARTS_MOST, WITHIN = 5, 60.0
"""More restarts of one part than this in so many seconds, and it is not worth another."""
LAST_LINES = 20
Said = Callable[[str, str], None]


@dataclass
class Part:
    """A program that shall run: its name in files, its name for people in Chinese and English, its arguments to Python."""

    name: str
    zh: str
    en: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)


class Broken(Exception):
    """A part that cannot be kept running; ``zh`` and ``en`` say which, with the last lines of its log."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Supervisor:
    """Keeps parts running. ``folder`` holds their logs and numbers, of one supervisor at a time; parts get ``environment``."""

    def __init__(self, folder: Path, environment: dict[str, str], said: Said) -> None:
        self.folder, self.environment, self.said = folder.absolute(), environment, said
        self.logs = self.folder / "logs"
        self.numbers = self.folder / "run"
        self.parts: list[Part] = []
        for made in (self.logs, self.numbers):
            made.mkdir(parents=True, exist_ok=True)

    def log(self, part: Part) -> Path:
        """Where the part writes what it says."""
        return self.logs / f"{part.name}.log"

    def start(self, part: Part) -> None:
        """Start a part and keep it running from now on; its log begins anew, the last one is kept beside it."""
        log = self.log(part)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        self.parts.append(part)
        self._launch(part)

    def run(self, part: Part) -> None:
        """Run a part to its end. Raises Broken when it fails."""
        self.start(part)
        assert part.process is not None
        code = part.process.wait()
        self.parts.remove(part)
        self._forget(part)
        if code:
            raise self._broken(part, code)

    def tend(self, *, again: bool = True) -> None:
        """Start again what died. Raises Broken when one part dies too often, or at once without ``again``."""
        for part in self.parts:
            if part.process is None or part.process.poll() is None:
                continue
            code = part.process.returncode
            now = time.monotonic()
            part.restarts = [*(at for at in part.restarts if now - at < WITHIN), now]
            if not again or len(part.restarts) > RESTARTS_MOST:
                raise self._broken(part, code)
            self.said(
                f"{part.zh}意外停止（{code}），重新启动；日志 {self.log(part)}",
                f"the {part.en} stopped unexpectedly ({code}) and is started again; its log: {self.log(part)}",
            )
            _end(self._marked(part.name), 0)  # children that outlived it may still hold its port
            self._launch(part)

    def stop(self) -> None:
        """Stop all parts and whatever they started, the last one first."""
        for part in reversed(self.parts):
            if part.process is not None and part.process.poll() is None:
                with suppress(ProcessLookupError):
                    part.process.terminate()
        until = time.monotonic() + PATIENCE
        for part in self.parts:
            if part.process is not None:
                with suppress(subprocess.TimeoutExpired):
                    part.process.wait(max(until - time.monotonic(), 0.05))
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(part.process.pid, signal.SIGKILL)
                part.process.wait()
            self._forget(part)
        self.parts.clear()
        _end(self._marked(), 1)

    def take_over(self) -> int:
        """Stop what an earlier run left behind; returns how many processes that were."""
        left = self._marked()
        _end(left, PATIENCE)
        for file in self.numbers.glob("*.pid"):
            file.unlink()
        return len(left)

    # -----------------------------------------------------------------------------------------------------------------

    def _launch(self, part: Part) -> None:
        with self.log(part).open("ab") as log:
            part.process = subprocess.Popen(  # noqa: S603 # nosec B603
                [sys.executable, *part.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**self.environment, MARK: f"{self.folder}#{part.name}", "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C is for us: we stop them in their order
            )
        made = self.numbers / f"{part.name}.new"
        made.write_text(str(part.process.pid), encoding="ascii")
        made.replace(made.with_suffix(".pid"))  # whoever reads it finds the number before or this one, never half of it

    def _forget(self, part: Part) -> None:
        (self.numbers / f"{part.name}.pid").unlink(missing_ok=True)

    def _broken(self, part: Part, code: int) -> Broken:
        lines = self.log(part).read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
        last = "\n".join(lines)
        return Broken(
            f"{part.zh}停止了（{code}），日志 {self.log(part)} 的最后几行：\n{last}",
            f"the {part.en} stopped ({code}); the last lines of {self.log(part)}:\n{last}",
        )

    def _marked(self, name: str = "") -> list[int]:
        """Processes of this folder (and of one part), whoever started them, by the mark and by the group; never ourselves."""
        found = set(self._in_groups(name))
        wanted = f"{MARK}={self.folder}#{name}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                values = (process / "environ").read_bytes().split(b"\0")
                if any(value == wanted if name else value.startswith(wanted) for value in values):
                    found.add(int(process.name))
        return sorted(found - {os.getpid()})

    def _in_groups(self, name: str) -> list[int]:
        """The same from the files of numbers, as far as the process with that number is one of ours and not a later one: a
        process that writes its title over its environment, as those of the server do, has no mark to be found by."""
        files = list(self.numbers.glob(f"{name or '*'}.pid"))
        groups = {file.read_text(encoding="ascii").strip() for file in files}
        if not groups:
            return []
        return [pid for pid, group, command in _running() if group in groups and "mutualaid" in command]


def _running() -> Iterator[tuple[int, str, str]]:
    """All processes with the numbers of their groups and their commands."""
    if Path("/proc/self/stat").exists():
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, IndexError):
                status = (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield int(process.name), status[2], command
        return
    listed = subprocess.run(  # nosec B603 B607
        ["ps", "-A", "-o", "pid=,pgid=,command="],  # noqa: S607 - wherever the system keeps it
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    for line in listed.splitlines():
        pid, group, command = line.split(None, 2)
        yield int(pid), group, command


def _end(pids: list[int], patience: float) -> None:
    """Ask these to stop, wait so many seconds, kill those that are left, and wait until they are gone."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM if patience else signal.SIGKILL)
    until = time.monotonic() + patience
    while any(map(is_alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while any(map(is_alive, pids)) and time.monotonic() < until:
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Does the process run? One that is dead and not yet asked how it ended does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError, IndexError):
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return status.rpartition(")")[2].split()[0] not in "ZX"
    return True
