"""Fixed words of the report's pages and of the demo on the terminal, in Chinese and English (see ``wording``)."""

from __future__ import annotations

Pair = tuple[str, str]

PAGES: dict[str, Pair] = {}
