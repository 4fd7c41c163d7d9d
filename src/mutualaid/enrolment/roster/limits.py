"""How much of a file is read as a roster, and the refusal of what cannot be read as one. Plain data."""

from __future__ import annotations

from mutualaid.people.refusals import Refused

BYTES_MOST = 64 * 2**20
UNZIPPED_MOST = 512 * 2**20
ROWS_MOST = 200_000
COLUMNS_MOST = 104
CELL_MOST = 500
"""Characters of a cell that are kept: the longest thing in a roster is a name of 50."""
HEADER_WITHIN = 30
"""Rows among which the header is looked for: above it stand titles."""


class NotARoster(Refused):
    """The file cannot be read as a roster."""


def too_large(most: str) -> NotARoster:
    """Refused, since it would fill the memory."""
    return NotARoster(
        f"展开后应不超过 {most}；得到的更大，请删去空白区域的格式和多余的表，或下载模板重新填写",
        f"expected at most {most} when unpacked, found more; clear formats of empty areas and other sheets, or fill in "
        "the template anew",
    )


def too_large_a_sheet() -> NotARoster:
    """The same, of the rows and columns of a sheet."""
    return too_large(f"{ROWS_MOST} 行、{COLUMNS_MOST} 列 · rows, {COLUMNS_MOST} columns")
