"""The house's rules for pages, each as a function that lists faults; ``tests/test_house_rules.py`` asks them of the product."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

MACHINES = ("api",)
"""Namespaces of addresses for machines, which have tokens and rules of their own."""
_ERROR_PAGE = re.compile(r"(^|/)[45][0-9]{2}\.html$")
_INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|javascript:|hx-on|<script(?![^>]*\ssrc=)[^>]*>"""
    r"""|\shx-vals\s*=\s*["']?js:""",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class View:
    """A view with the name of its address and what its address hands to it."""

    name: str
    function: Callable[..., Any]
    parts: tuple[str, ...]


def views(
    resolver: URLResolver | None = None, inside: tuple[str, ...] = (), parts: tuple[str, ...] = ()
) -> Iterator[View]:
    """Every view of the product's own pages."""
    for entry in (resolver or get_resolver()).url_patterns:
        held = (*parts, *entry.pattern.converters)
        if isinstance(entry, URLResolver):
            space = (*inside, entry.namespace) if entry.namespace else inside
            if not set(space) & set(MACHINES):
                yield from views(entry, space, held)
        elif isinstance(entry, URLPattern):
            yield View(":".join((*inside, entry.name or f"({entry.pattern})")), entry.callback, held)


def undecorated(all_views: list[View]) -> list[str]:
    """Views of which nobody says for whom they are."""
    return [view.name for view in all_views if not hasattr(view.function, "who")]


def without_access(all_views: list[View]) -> list[str]:
    """Views that take an object's number and, themselves or by a helper of their module, ask no ``access``."""
    return [
        view.name
        for view in all_views
        if set(view.parts) - {"portal"} and not _asks_access(inspect.unwrap(view.function))
    ]


def _asks_access(function: Callable[..., Any]) -> bool:
    module = inspect.getmodule(function)
    if module is None:
        return False
    return asks_access(_tree(module), function.__name__)


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def asks_access(tree: ast.Module, name: str) -> bool:
    """Whether a function of a module calls something of an ``access`` module, perhaps by another function of its module."""
    known = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == "access"
        for alias in node.names
    }
    known |= {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name == "access" or alias.name.endswith("_access")
    }
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    open_, seen = [name], set()
    while open_:
        at = open_.pop()
        if at in seen or at not in functions:
            continue
        seen.add(at)
        for node in ast.walk(functions[at]):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called.partition(".")[0] in known:
                    return True
                open_.append(called)
    return False


def named_twice(all_views: list[View]) -> list[str]:
    """Names of more than one address: ``reverse`` gives the last of them, and whoever meant the other lands elsewhere."""
    counts = Counter(view.name for view in all_views)
    return sorted(name for name, count in counts.items() if count > 1)


def undeclared(all_views: list[View], declared: set[str]) -> list[str]:
    """Views that are asked no five questions."""
    return sorted({view.name for view in all_views} - declared)


def unused_templates(templates: dict[str, str], sources: list[str]) -> list[str]:
    """Templates that no other template and no module names; pages of errors are Django's to name."""
    return [
        name
        for name in templates
        if not _ERROR_PAGE.search(name)
        and not any(f'"{name}"' in text or f"'{name}'" in text for text in sources)
        and not any(f'"{name}"' in text or f"'{name}'" in text for other, text in templates.items() if other != name)
    ]


def inline_code(text: str) -> list[str]:
    """Styles, scripts and handlers inside a template: the browser refuses them under our policy."""
    return [textwrap.shorten(found[0].strip(), 60) for found in _INLINE.finditer(text)]


def templates_of(web: Path) -> dict[str, str]:
    """Text of every template of the pages, by its name."""
    return {
        path.relative_to(next(up for up in path.parents if up.name == "templates")).as_posix(): path.read_text(
            encoding="utf-8"
        )
        for path in sorted(web.rglob("templates/**/*.html"))
    }
