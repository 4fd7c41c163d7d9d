"""The English of the pages: gathers what is to be translated, keeps each application's ``django.po`` in step, compiles it.

``python -m tools.messages`` brings the ``.po`` files up to date and compiles; ``--compile`` only compiles; ``--check`` writes
nothing and exits with 1 when a text lacks its English or a file is not what would be written (`make check`).
"""

from __future__ import annotations

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType
from django.utils.translation import trim_whitespace
from django.utils.translation.template import block_re, constant_re, endblock_re, inline_re, plural_re

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "mutualaid"
PLACE = Path("locale") / "en" / "LC_MESSAGES" / "django.po"
HEAD = r"""msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

"""
PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
_NAMES = PLAIN | PLURAL | CONTEXT


@dataclass(frozen=True)
class Message:
    """One text: what is looked up, its plural, its context, and the file where it stands."""

    text: str
    plural: str | None
    context: str | None
    file: str

    @property
    def id(self) -> str | tuple[str, str]:
        """As babel keeps it."""
        return self.text if self.plural is None else (self.text, self.plural)


class NotATemplate(ValueError):
    """A template whose texts cannot be read; says where and why."""


def in_python(source: str, file: str) -> Iterator[Message]:
    """Texts of ``_()``, ``gettext*``, ``ngettext*`` and ``pgettext*`` written out in Python."""
    if not any(f"{name}(" in source for name in _NAMES):
        return  # most files have none, and to parse them all takes seconds
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        if name not in _NAMES:
            continue
        said = [part.value if isinstance(part, ast.Constant) else None for part in node.args]
        texts = [text for text in said if isinstance(text, str)]
        if name in PLAIN and len(texts) >= 1:
            yield Message(texts[0], None, None, file)
        elif name in PLURAL and len(texts) >= 2:
            yield Message(texts[0], texts[1], None, file)
        elif name in CONTEXT and len(texts) >= 2:
            yield Message(texts[1], None, texts[0], file)


def in_template(source: str, file: str) -> Iterator[Message]:
    """Texts of ``{% translate %}``, ``{% blocktranslate %}`` and ``_("…")`` in a template."""
    tokens = iter(Lexer(source).tokenize())
    for token in tokens:
        if token.token_type == TokenType.BLOCK and block_re.match(token.contents):
            yield _block(token.contents, tokens, file)
            continue
        if token.token_type == TokenType.BLOCK and token.contents.split()[0] == "comment":
            for skipped in tokens:
                if skipped.contents == "endcomment":
                    break
        if token.token_type == TokenType.BLOCK and (inline := inline_re.match(token.contents)):
            context = re.search(r"""context\s+(["'])(.*?)\1""", token.contents)
            yield Message(_literal(inline[1]), None, context[2] if context else None, file)
        elif token.token_type in {TokenType.BLOCK, TokenType.VAR}:
            for found in constant_re.findall(token.contents):
                yield Message(_literal(found), None, None, file)


def _literal(text: str) -> str:
    """A quoted text of a template as Django looks it up, with ``%`` doubled."""
    return text.strip()[1:-1].replace("%", "%%")


def _block(opening: str, tokens: Iterator[object], file: str) -> Message:
    """The text between ``blocktranslate`` and its end, as Django looks it up."""
    parts: list[list[str]] = [[]]
    for token in tokens:
        contents, kind = token.contents, token.token_type  # type: ignore[attr-defined]
        if kind == TokenType.TEXT:
            parts[-1].append(contents.replace("%", "%%"))
        elif kind == TokenType.VAR:
            parts[-1].append(f"%({contents})s")
        elif endblock_re.match(contents):
            break
        elif plural_re.match(contents):
            parts.append([])
        else:
            raise NotATemplate(f"{file}: 翻译段中不能有标签 · no tag is possible within blocktranslate: {contents}")
    texts = ["".join(part) for part in parts]
    if " trimmed" in opening:
        texts = [trim_whitespace(text) for text in texts]
    context = re.search(r"""context\s+(["'])(.*?)\1""", opening)
    return Message(texts[0], texts[1] if len(texts) > 1 else None, context[2] if context else None, file)


def gathered(folder: Path) -> list[Message]:
    """All texts of an application, in the order of its files."""
    found: list[Message] = []
    inner = {path.parent for path in folder.rglob("apps.py")} - {folder}
    for path in sorted(folder.rglob("*")):
        if any(path.is_relative_to(other) for other in inner):
            continue
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".py":
            found += in_python(path.read_text(encoding="utf-8"), name)
        elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
            found += in_template(path.read_text(encoding="utf-8"), name)
    return found


def applications(root: Path = SOURCE) -> list[Path]:
    """Folders of the applications that have texts to translate, or a file of translations already."""
    folders = sorted(path.parent for path in root.rglob("apps.py"))
    return [folder for folder in folders if (folder / PLACE).is_file() or gathered(folder)]


def catalog(folder: Path) -> tuple[Catalog, list[Message]]:
    """The application's texts with the English known for them, and those that have none (or a marked doubt)."""
    path = folder / PLACE
    known = Catalog(locale="en")
    if path.is_file():
        with path.open("rb") as file:
            known = read_po(file, locale="en")
    fresh = Catalog(locale="en", project="mutualaid", charset="utf-8", fuzzy=False)
    missing = []
    for message in gathered(folder):
        old = known.get(message.text, context=message.context)
        english: Any = old.string if old else ""
        if message.plural is not None and not isinstance(english, tuple):
            english = (english, english)
        entry = fresh.add(message.id, english, locations=[(message.file, 0)], context=message.context)
        whole = all(english) if isinstance(english, tuple) else bool(english)
        if not whole or (old is not None and old.fuzzy):
            missing.append(message)
            if old is not None and old.fuzzy:
                entry.flags.add("fuzzy")
    return fresh, missing


def written(translations: Catalog) -> bytes:
    """The ``.po`` file: no dates and no line numbers, so that it changes only with the texts."""
    out = io.BytesIO()
    write_po(out, translations, omit_header=True, include_lineno=False, width=110)
    return HEAD.encode() + out.getvalue().strip(b"\n") + b"\n"


def compile_messages(root: Path = SOURCE) -> None:
    """Write the ``.mo`` beside every ``.po`` that is newer than it."""
    for po in sorted(root.rglob("locale/en/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if mo.is_file() and mo.stat().st_mtime_ns >= po.stat().st_mtime_ns:
            continue
        with po.open("rb") as source:
            translations = read_po(source, locale="en")
        # Written aside and moved: another process may be reading it.
        aside = mo.with_suffix(f".{os.getpid()}.mo")
        with aside.open("wb") as target:
            write_mo(target, translations)
        aside.replace(mo)


def faults(root: Path = SOURCE) -> list[str]:
    """A line for each text without English and each file that is not up to date."""
    found = []
    for folder in applications(root):
        fresh, missing = catalog(folder)
        path = folder / PLACE
        shown = path.relative_to(root.parent).as_posix()
        found += [f"{shown}: 缺英文 · no English: {message.text}（{message.file}）" for message in missing]
        if not path.is_file() or path.read_bytes() != written(fresh):
            found.append(f"{shown}: 已过期，请运行 make fix · stale; run `make fix`")
    return found


def update(root: Path = SOURCE) -> None:
    """Bring every ``.po`` into step with the texts."""
    for folder in applications(root):
        path = folder / PLACE
        path.parent.mkdir(parents=True, exist_ok=True)
        text = written(catalog(folder)[0])
        if not path.is_file() or path.read_bytes() != text:
            path.write_bytes(text)


def main() -> int:
    """Exit status: 0, or with ``--check`` 1 when there are faults."""
    if "--check" in sys.argv[1:]:
        found = faults()
        print(*found, sep="\n", end="\n" if found else "")
        return 1 if found else 0
    if "--compile" not in sys.argv[1:]:
        update()
    compile_messages()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
