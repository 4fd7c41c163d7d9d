"""What tests of running programs share: started in a place of their own, looked for in the system, never left behind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
SOURCES = Path(__file__).resolve().parents[2] / "src"
OURS = ("MUTUALAID_", "DATABASE_URL", "DJANGO_")


def mutualaid(
    data: Path, *arguments: str, user: int | None = None, output: Path | None = None, **environment: str
) -> subprocess.Popen[str]:
    """The command in a session of its own, with nothing of the tests' own settings; as another user where one is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    told = output or data / "told"
    with told.open("a", encoding="utf-8") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "mutualaid.cli", *arguments],
            env={**kept, "PYTHONPATH": str(SOURCES), "MUTUALAID_DATA": str(data), **environment},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            start_new_session=True,
            cwd=SOURCES.parent,
        )


def living_in(data: Path) -> list[str]:
    """Processes of any user that name the folder in their arguments or environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            about = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if str(data).encode() in about and int(process.name) != os.getpid():
                found.append(about[:200].replace(b"\0", b" ").decode(errors="replace"))
    return found


def wait_for(found: Callable[[], T], seconds: float = 60) -> T:
    """What `found` answers, as soon as that is not empty."""
    until = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < until, "nothing came of it in time"
        time.sleep(0.05)
    return answer


def a_free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def end(process: subprocess.Popen[str], number: int = signal.SIGINT, seconds: float = 30) -> int:
    """Send the signal and wait; the exit status."""
    process.send_signal(number)
    return process.wait(seconds)


@contextmanager
def a_data_folder(user: int | None = None) -> Iterator[Path]:
    """A data folder in a short path (for its socket), open to the server's user, and removed afterwards with what runs there."""
    folder = Path(tempfile.mkdtemp(prefix="mutualaid-"))
    folder.chmod(0o755)
    if user is not None:
        os.chown(folder, user, user)
    try:
        yield folder
    finally:
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                about = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                if str(folder).encode() in about and int(process.name) != os.getpid():
                    os.kill(int(process.name), signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


def an_ordinary_user() -> int | None:
    """Somebody without rights, as root; None when we are one ourselves."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def can_run(user: int) -> bool:
    """May this user run the Python that we run on, with these sources?"""
    command = [sys.executable, "-c", "import mutualaid.cli.app"]
    environment = {"PYTHONPATH": str(SOURCES), "PATH": os.environ["PATH"]}
    try:
        done = subprocess.run(
            command, user=user, group=user, extra_groups=[], env=environment, capture_output=True, cwd="/"
        )
    except PermissionError:
        return False
    return done.returncode == 0
