"""What every benchmark needs: one core, medians of repeats, peak memory, the machine in a line, rivals in their own venv.

Figures are wall-clock seconds of one pinned core. A benchmark prints its rival of the same run beside our own figure, since a
number from another machine, or from another hour on this one, says nothing.
"""

from __future__ import annotations

import hashlib
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RIVALS_LOCK = ROOT / "bench" / "requirements-rivals.txt"
RIVALS_VENV = ROOT / "build" / "bench-venv"
MAC = "darwin"


@dataclass(frozen=True)
class Timing:
    """Seconds that one pass over ``items`` items took: the median of the repeats, and the fastest."""

    items: int
    median: float
    best: float

    @property
    def per_second(self) -> float:
        """Items in a second, by the median."""
        return self.items / self.median

    @property
    def microseconds(self) -> float:
        """Microseconds for one item, by the median."""
        return self.median / self.items * 1e6


def measure(work: Callable[[], object], items: int, repeats: int) -> Timing:
    """Time ``work``, which passes once over ``items`` items; one pass before the clock starts warms it up."""
    work()
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return Timing(items, statistics.median(seconds), min(seconds))


def pin_to_one_core() -> bool:
    """Keep this process, and those that it starts, on one core; False where the system has no such call."""
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    return True


def peak_memory() -> int:
    """Most bytes that this process has held in memory so far. Where the system tells it in ``/proc``, from there: its
    ``ru_maxrss`` begins with what the parent had held, and a child would be charged for it."""
    held = [line.split() for line in _lines(Path("/proc/self/status")) if line.startswith("VmHWM:")]
    if held:
        return int(held[0][1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == MAC else peak * 1024


def machine() -> str:
    """Processor, cores, load, system and Python in one line."""
    names = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    processor = names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()
    cores, load = os.cpu_count(), os.getloadavg()[0]
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{processor}, {cores} cores, load {load:.1f}, {platform.system()} {platform.release()}, {python}"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are figures and stand on the right."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def rivals_python() -> Path | None:
    """The Python of ``build/bench-venv``, made anew when the lock file changed; None, with a message, when it cannot be."""
    python = RIVALS_VENV / "bin" / "python"
    stamp = RIVALS_VENV / ".requirements"
    wanted = hashlib.sha256(RIVALS_LOCK.read_bytes()).hexdigest() + platform.python_version()
    if python.exists() and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"准备对照程序 · making {RIVALS_VENV.relative_to(ROOT)} from locked, hashed requirements", file=sys.stderr)
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r")
    for command in (
        (sys.executable, "-m", "venv", "--clear", str(RIVALS_VENV)),
        (str(python), *install, str(RIVALS_LOCK)),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr.strip()[-2000:], file=sys.stderr)
            print(
                "对照程序安装失败，只列出本项目的数字 · the rivals could not be installed: our own figures only",
                file=sys.stderr,
            )
            return None
    stamp.write_text(wanted, encoding="utf-8")
    return python
