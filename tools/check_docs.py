"""Checks what the documents promise: links lead somewhere, generated ones are fresh, no file names a machine or registry.

`python -m tools.check_docs` prints every fault and exits with 1 if there was any; with `--fix` it first writes the
generated documents anew. Part of `make check`; the rules are tested in tests/test_house_rules.py.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GENERATED = {
    "docs/plan-language.schema.json": ("-c", "from mutualaid.cli import app; app()", "plan", "schema"),
    "docs/states.md": ("-m", "tools.states_page"),
    "src/mutualaid/web/workbench/data/audit_words.csv": ("-m", "tools.audit_words"),
}
"""Documents, and the arguments with which Python prints them."""

_SKIPPED_FOLDERS = {"build", "dist", "mutants", "node_modules", "__pycache__"}
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_INLINE_CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)")
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|^ {0,3}\[[^\]]+\]:\s+<?(\S+?)>?\s*$")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)

# Put together from parts, so that this file does not break the rule that it checks.
_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("registry", "npmmirror", "com"),
        ("pypi", "tuna", "tsinghua", "edu", "cn"),
        ("mirrors", "aliyun", "com"),
    )
)
_HOMES = "home|root|work|Users|farm|workspace"
_MACHINE = re.compile(rf"(?<![\w.:/~*-])/(?:{_HOMES})/[\w.-]+|(?<!\w)[A-Z]:\\Users\\")
_REGISTRY = re.compile("|".join(rf"(?<![\w-]){re.escape(host)}" for host in _HOSTS))


def project_files(root: Path = ROOT) -> list[Path]:
    """Files that are or would be tracked, sorted; without git (a source archive) all but hidden and generated ones."""
    command = ("git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    try:
        listed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
        found = [root / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in root.rglob("*") if not _is_generated(path.relative_to(root))]
    return sorted({path for path in found if path.is_file() and not path.is_symlink()})


def _is_generated(path: Path) -> bool:
    """Whether a path relative to the root lies in a hidden or a generated folder."""
    return any(
        part in _SKIPPED_FOLDERS or part.endswith(".egg-info") or (part.startswith(".") and part != ".ci")
        for part in path.parts[:-1]
    )


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of a Markdown text outside code blocks, with code in the line blanked out."""
    fence = None
    for number, line in enumerate(text.splitlines(), start=1):
        mark = _FENCE.match(line)
        if mark and fence in (None, mark[1]):
            fence = None if fence else mark[1]
        elif fence is None:
            yield number, _INLINE_CODE.sub("", line)


def anchors(text: str) -> set[str]:
    """Anchors of a Markdown text's headings, as the usual renderers make them."""
    found: set[str] = set()
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced and (heading := re.match(r"#{1,6}\s+(.*?)\s*#*$", line)):
            slug = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            same = sum(1 for anchor in found if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", anchor))
            found.add(f"{slug}-{same}" if slug in found else slug)
    return found


def broken_links(root: Path, files: Iterable[Path]) -> list[str]:
    """One message for each relative link in a Markdown file whose file or heading does not exist inside the project."""
    faults = []
    for path in files:
        if path.suffix.lower() != ".md":
            continue
        for number, line in prose_lines(path.read_text(encoding="utf-8")):
            for match in _LINK.finditer(line):
                target = match[1] or match[2]
                if not _SCHEME.match(target) and not _resolves(root, path, target):
                    faults.append(f"{path.relative_to(root)}:{number}: 链接无效 · the link leads nowhere: {target}")
    return faults


def _resolves(root: Path, source: Path, target: str) -> bool:
    """Whether a relative link from ``source`` names a file inside ``root`` and, with ``#``, one of its headings."""
    name, _, anchor = target.partition("#")
    path = (source.parent / name).resolve() if name else source
    if not path.is_relative_to(root) or not path.exists():
        return False
    if not anchor or path.suffix.lower() != ".md":
        return True
    return anchor in anchors(path.read_text(encoding="utf-8"))


def forbidden_places(root: Path, files: Iterable[Path]) -> list[str]:
    """One message for each line that names a path of a machine or the host of a package registry."""
    faults = []
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # not a text
        for number, line in enumerate(text.splitlines(), start=1):
            where = f"{path.relative_to(root)}:{number}"
            if found := _MACHINE.search(line):
                faults.append(f"{where}: 出现本机路径 · names a path of one machine: {found[0]}")
            if found := _REGISTRY.search(line):
                faults.append(f"{where}: 出现软件源地址 · names a package registry: {found[0]}")
    return faults


def printed(arguments: Iterable[str]) -> str:
    """What a command prints. Raises CalledProcessError when it fails."""
    command = (sys.executable, *arguments)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    return done.stdout


def stale_documents(root: Path = ROOT) -> list[str]:
    """A message for each generated document that is not what its command prints now."""
    faults = []
    for name, arguments in GENERATED.items():
        path = root / name
        try:
            if not path.is_file() or path.read_text(encoding="utf-8") != printed(arguments):
                faults.append(f"{name}: 已过期，请运行 make fix · stale; run `make fix`")
        except subprocess.CalledProcessError as error:
            faults.append(f"{name}: 命令失败 · the command that prints it failed:\n{error.stderr.strip()}")
    return faults


def main() -> int:
    """Exit status: 0 when there is no fault, else 1."""
    if "--fix" in sys.argv[1:]:
        for name, arguments in GENERATED.items():
            (ROOT / name).write_text(printed(arguments), encoding="utf-8", newline="\n")
    files = project_files()
    faults = broken_links(ROOT, files) + forbidden_places(ROOT, files) + stale_documents()
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
