"""Icons of Tabler's outline set, put into the page itself: no request, and the colour of the text around."""

from __future__ import annotations

import re
from functools import cache

from mutualaid.core.places import PROJECT

FOLDER = PROJECT / "node_modules" / "@tabler" / "icons" / "icons" / "outline"
_NAME = re.compile(r"[a-z0-9-]+")
_PATH = re.compile(r'<path d="([^"]+)"')  # the first path of all, the empty background, begins with its stroke


class NoIcon(LookupError):
    """No icon of that name; ``zh`` and ``en`` say where to look."""

    def __init__(self, name: str) -> None:
        self.zh = f"应为 {FOLDER} 中的图标名；得到“{name}”，请核对拼写，或先运行 make setup"
        self.en = f"expected the name of an icon in {FOLDER}, found {name!r}; check its spelling, or run make setup"
        super().__init__(self.en)


@cache
def drawing(name: str) -> tuple[str, ...]:
    """The paths (SVG's ``d``) drawn in an icon's box of 24 by 24: the outline set has nothing else. Raises NoIcon."""
    path = FOLDER / f"{name}.svg"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NoIcon(name)
    return tuple(_PATH.findall(path.read_text(encoding="utf-8")))
