"""An .xls is looked into before a spreadsheet library reads it: hidden rows are told, and nothing fills the memory."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from mutualaid.enrolment.roster import limits, old_workbooks
from mutualaid.enrolment.roster.old_workbooks import looked_into
from mutualaid.enrolment.roster.reading import NotARoster, read_roster
from tests.enrolment.hostile_rosters import old_excel
from tests.people.cast import resident_id

ROWS = [["姓名", "证件号码", "部门"], *(["周一", resident_id(order=21 + 2 * place), "一车间"] for place in range(40))]


def _hidden(book: Any, page: Any) -> None:
    page.row(2).hidden = True
    page.col(2).hidden = True
    other = book.add_sheet("二车间")
    other.write(0, 0, "别的")
    other.row(0).hidden = True


def test_hidden_rows_and_columns_are_found() -> None:
    first, second = looked_into(old_excel(ROWS, _hidden))
    assert first.hidden == {3}
    assert first.hidden_columns == {2}
    assert second.hidden == {1}


def test_hidden_rows_are_read_and_told() -> None:
    roster = read_roster(old_excel(ROWS, _hidden), name="名单.xls")
    assert len(list(roster.lines)) == 40
    assert any("隐藏的行" in note["zh"] and "3" in note["zh"] for note in roster.notes)


def test_one_cell_far_right_is_refused_unread() -> None:
    with pytest.raises(NotARoster, match="columns"):
        read_roster(old_excel(ROWS, lambda _book, page: page.write(0, limits.COLUMNS_MOST, "x")), name="a.xls")


def test_many_wide_sheets_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_workbooks, "CELLS_MOST", 41 * 3 + 50_000 * 2)

    def deep(book: Any, _page: Any, sheets: int) -> None:
        for place in range(sheets):
            sheet = book.add_sheet(f"s{place}")
            sheet.write(0, 0, "x")
            sheet.write(49_999, 0, "x")

    assert len(looked_into(old_excel(ROWS, lambda book, page: deep(book, page, 2)))) == 3
    with pytest.raises(NotARoster, match="cells"):
        read_roster(old_excel(ROWS, lambda book, page: deep(book, page, 3)), name="a.xls")


def test_a_count_of_texts_that_cannot_be_is_refused_unread() -> None:
    content = bytearray(old_excel(ROWS))
    place = content.index(struct.pack("<H", 0xFC), 512)
    while struct.unpack_from("<I", content, place + 8)[0] != len({cell for row in ROWS for cell in row}):
        place = content.index(struct.pack("<H", 0xFC), place + 1)
    struct.pack_into("<I", content, place + 8, 2**31 - 1)
    with pytest.raises(NotARoster):
        read_roster(bytes(content), name="a.xls")


@pytest.mark.parametrize("where", [0x4C, 0x30, 0x44])
def test_sectors_in_a_circle_end(where: int) -> None:
    content = bytearray(old_excel(ROWS))
    if where == 0x44:
        struct.pack_into("<I", content, where, 1)
    elif where == 0x30:
        (fat,) = struct.unpack_from("<I", content, 0x4C)
        (directory,) = struct.unpack_from("<I", content, 0x30)
        struct.pack_into("<I", content, 512 * (fat + 1) + 4 * directory, directory)
    else:
        struct.pack_into("<I", content, where, 0)  # the first sector of the stream taken for the list
    with pytest.raises(NotARoster):
        read_roster(bytes(content), name="a.xls")


def test_cut_short_it_is_broken() -> None:
    whole = old_excel(ROWS)
    for length in (600, 1024, len(whole) // 2):
        with pytest.raises(NotARoster):
            read_roster(whole[:length], name="a.xls")
