"""The largest roster, 200,000 rows: read, checked, kept and taken within a GiB, whatever time the machine needs."""

from __future__ import annotations

import contextlib
import csv
import ctypes
import gc
import io
import os
from pathlib import Path

import pytest
from bench.common import peak_memory
from bench.roster_data import FAULTY_EACH, HEADERS, persons, workbook

from mutualaid.enrolment.actions.rosters import preview_roster, take_good_rows
from mutualaid.enrolment.models import RosterRow
from mutualaid.enrolment.roster.limits import ROWS_MOST
from mutualaid.enrolment.roster.reading import NotARoster, read_roster
from tests.enrolment.rosters import begun, stored, version
from tests.people.cast import AT, BY, Cast

pytestmark = pytest.mark.slow
FAULTY = ROWS_MOST // FAULTY_EACH


def _csv(count: int) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADERS, *persons(count)])
    return text.getvalue().encode("gb18030")


FRESH = 200 * 2**20
"""What a worker that has done nothing yet holds: the product and its libraries."""


def _from_here() -> int:
    """Let the peak of memory be reckoned anew; bytes that other tests left in this process. Where neither is told, what came
    before counts too."""
    mark, now = Path("/proc/self/clear_refs"), Path("/proc/self/statm")
    if not mark.exists() or not now.exists():
        return FRESH
    gc.collect()
    with contextlib.suppress(AttributeError):  # what is free goes back to the system, or it would be used and not seen
        ctypes.CDLL(None).malloc_trim(0)
    mark.write_text("5", encoding="ascii")
    return int(now.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _took(before: int) -> int:
    """What a worker would have needed at most."""
    return peak_memory() - before + FRESH


def test_a_workbook_of_200000_is_previewed_and_taken(cast: Cast) -> None:
    draft = begun(cast.mill, version(cast.city), ROWS_MOST)
    file = stored(workbook(ROWS_MOST), draft)
    before = _from_here()
    upload = preview_roster(enrolment=draft, file=file, by=BY, at=AT)
    assert (upload.rows_read, upload.rows_good) == (ROWS_MOST, ROWS_MOST - FAULTY)
    assert take_good_rows(upload=upload, by=BY, at=AT) == ROWS_MOST - FAULTY
    assert _took(before) < 2**30
    assert RosterRow.objects.filter(enrolment=draft, taken=True).count() == ROWS_MOST - FAULTY


def test_a_csv_of_200000_is_read() -> None:
    content = _csv(ROWS_MOST)
    before = _from_here()
    roster = read_roster(content, name="花名册.csv")
    assert sum(1 for _ in roster.lines) == ROWS_MOST
    assert _took(before) < 2**30


def test_one_row_more_is_refused() -> None:
    with pytest.raises(NotARoster, match="200"):
        read_roster(_csv(ROWS_MOST + 1), name="花名册.csv")
