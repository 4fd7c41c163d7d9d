"""Runs every static check, reports all failures, and exits with 1 if there was any (`make check`)."""

import subprocess
import sys
import time
from pathlib import Path

TYPED = tuple(folder for folder in ("src", "tools", "tests", "bench") if any(Path(folder).rglob("*.py")))

SETTINGS = "--settings=mutualaid.core.settings"
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff", ("ruff", "check", "--quiet", "--output-format=concise", ".")),
    ("ruff format", ("ruff", "format", "--check", "--quiet", "--output-format=concise", ".")),
    ("mypy", ("mypy", *TYPED)),
    ("import-linter", ("lint-imports", "--no-logo")),
    ("migrations", ("python", "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run", SETTINGS)),
    ("bandit", ("bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", "src")),
    ("messages", ("python", "-m", "tools.messages", "--check")),
    ("docs", ("python", "-m", "tools.check_docs")),
)
"""Name, and the command of this virtual environment; all read their settings from pyproject.toml."""


def run(command: tuple[str, ...]) -> tuple[bool, str]:
    """Run one check from the project's root; whether it passed, and all that it printed."""
    program = str(Path(sys.executable).with_name(command[0]))
    done = subprocess.run(
        (program, *command[1:]), capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
    )
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def main() -> int:
    """Exit status: 0 when all checks pass, else 1."""
    failed = []
    for name, command in CHECKS:
        started = time.monotonic()
        passed, output = run(command)
        print(f"{'通过 ok  ' if passed else '失败 FAIL'}  {name}  ({time.monotonic() - started:.1f} s)", flush=True)
        if not passed:
            failed.append(name)
            print(output, "", sep="\n", flush=True)
    if failed:
        print(f"未通过 · failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    print("全部通过 · all checks passed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
