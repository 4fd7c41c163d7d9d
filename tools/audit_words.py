"""Prints the table of words of the audit trail as the pages show them, from the glossary: ``tools.check_docs`` keeps it fresh.

A word is in it when an action records it, a table of states makes a move by it, or a page notes a read by it.
"""

from __future__ import annotations

import ast
import csv
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "mutualaid"
_RECORDS, _READS = {"record", "record_all", "record_keys"}, {"note_read", "Read"}
_ROW = re.compile(r"^\| `([a-z_]+)` \|([^|]*)\|([^|]*)\|")


def words_used(source: Path = SOURCE) -> set[str]:
    """Every word that may stand in the trail."""
    return {
        word for path in sorted(source.rglob("*.py")) for word in _words(ast.parse(path.read_text(encoding="utf-8")))
    }


def _words(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        called = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        told: list[ast.expr] = []
        if called in _RECORDS:
            told = [keyword.value for keyword in node.keywords if keyword.arg == "what"]
        elif called in _READS:
            told = node.args[:2]
        elif called == "States":
            moves = (keyword.value for keyword in node.keywords if keyword.arg == "moves")
            told = [key for value in moves if isinstance(value, ast.Dict) for key in value.keys if key is not None]
        for one in told:
            yield from (
                str(part.value)
                for part in ast.walk(one)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def table() -> str:
    """The table as CSV: word, Chinese, English; where the glossary has a word twice, its last row."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    told = {
        found[1]: (found[2].strip(), found[3].strip()) for line in glossary.splitlines() if (found := _ROW.match(line))
    }
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(("word", "zh", "en"))
    for word in sorted(words_used() & set(told)):
        chinese, english = told[word]
        writer.writerow((word, chinese.split("、")[0], english.split(":")[0].split(";")[0]))
    return written.getvalue()


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(table())
