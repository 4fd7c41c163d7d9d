"""Papers of invented claims, drawn as pictures: settlements, invoices, records of discharge, each with an invented seal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from mutualaid.core.documents import pictures

DOTS = 96
"""Per inch: to be read on a screen, and small."""
_PAGES = b"""
#let pages = json(bytes(sys.inputs.facts)).pages
#set page(width: 148mm, height: 200mm, margin: 14mm, fill: rgb("#fdfcf8"))
#set text(font: "Noto Sans SC", size: 10.5pt, lang: "zh")
#for (place, page) in pages.enumerate() {
  if place > 0 { pagebreak() }
  align(center, text(size: 16pt, weight: "bold", page.title))
  align(center, text(size: 8.5pt, fill: luma(110), page.under))
  v(5mm)
  table(columns: (34mm, 1fr), stroke: 0.5pt + luma(120), inset: 7pt, ..page.rows.flatten())
  v(12mm)
  align(right, rotate(-8deg, circle(radius: 16mm, stroke: 1.6pt + rgb("#c8102e"),
    align(center + horizon, text(fill: rgb("#c8102e"), size: 10pt, page.seal)))))
}
"""


@dataclass(frozen=True)
class Drawn:
    """A page: what stands above it, and what is told in it, line by line."""

    title: str
    rows: Sequence[tuple[str, str]]
    seal: str = "虚构\n印章"
    under: str = "演示用，不具任何效力"


def drawn(pages: Sequence[Drawn], *, dots: int = DOTS) -> list[bytes]:
    """All pages as PNG, in one go."""
    return pictures(_PAGES, {"pages": [asdict(one) for one in pages]}, dots=dots)
