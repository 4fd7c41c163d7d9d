"""Rosters as clerks really send them are read, asked about or refused as the corpus says, and no person is lost or invented."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutualaid.enrolment.roster.headers import fingerprint, labels
from mutualaid.enrolment.roster.reading import ColumnsUnsure, NotARoster, Roster, read_roster
from mutualaid.people.identity import check_letter, normal
from mutualaid.people.names import read_name
from tests.enrolment.hostile_rosters import HOSTILE, NAMES, NUMBERS, excel, old_excel, text


def test_the_corpus_is_large() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_roster(name: str) -> None:
    made = HOSTILE[name]()
    if made.refused:
        with pytest.raises(NotARoster, match=made.refused) as refusal:
            read_roster(made.content)
        assert refusal.value.zh
        return
    if made.asked is not None:
        with pytest.raises(ColumnsUnsure) as unsure:
            read_roster(made.content)
        assert tuple(one.proposed for one in unsure.value.columns) == tuple(made.asked)
        shown = " ".join(sample for one in unsure.value.columns for sample in one.samples)
        assert not [number for number in NUMBERS if number in shown]
        answered = {one.label: one.proposed for one in unsure.value.columns}
        again = read_roster(made.content, layouts={_print_of(unsure.value): answered})
        assert [line.told["name"] for line in again.lines] == list(NAMES)
        return
    _as_expected(read_roster(made.content), made)


def _print_of(unsure: ColumnsUnsure) -> str:
    from mutualaid.enrolment.roster.headers import fingerprint_of

    return fingerprint_of(one.label for one in unsure.columns)


def _as_expected(found: Roster, made: Any) -> None:
    lines = {line.line: line for line in found.lines}
    assert list(lines) == list(made.rows or made.told)
    for place, row in enumerate(made.rows):
        told = lines[row].told
        at_fault = made.faults.get(row, ())
        assert read_name(told["name"]) == NAMES[place]
        if "identity_number" not in (*at_fault, *made.told.get(row, {})):
            assert normal(told["identity_number"]) == NUMBERS[place]
    for row, told in made.told.items():
        assert {name: lines[row].told.get(name) for name in told} == told
    faults = {row: tuple(sorted({one["field"] for one in line.faults})) for row, line in lines.items() if line.faults}
    assert faults == {row: tuple(fields) for row, fields in made.faults.items()}
    told_of_file = "; ".join(note["en"] for note in found.notes)
    for note in made.notes:
        assert note in told_of_file
    assert all(note["zh"] for note in found.notes)


def test_a_header_is_known_again_in_any_order() -> None:
    assert fingerprint(["工号", "人员", "证号"]) == fingerprint(["证号", " 工 号", "人员"])
    assert fingerprint(["工号", "人员", "人员"]) != fingerprint(["人员", "工号", "人员"])
    assert labels(["人员", "", "人员"]) == ("人员#0", "#1", "人员#2")


# --- any table, by any program ----------------------------------------------------------------------------------------

FIRST = "林尉帕陈欧"
NOISE = st.sampled_from(["", " ", "\u3000", "\u00a0", "\u200b", "'"])


@st.composite
def persons(draw: st.DrawFn) -> tuple[str, str, str]:
    """Name, number and phone of somebody invented."""
    name = draw(st.sampled_from(FIRST)) + draw(st.text("晓禾安丽娅木", min_size=1, max_size=3))
    born = draw(st.dates(datetime.date(1950, 1, 1), datetime.date(2005, 1, 1)))
    body = f"450502{born:%Y%m%d}{draw(st.integers(1, 999)):03d}"
    return name, body + check_letter(body), f"139{draw(st.integers(0, 99_999_999)):08d}"


TITLES = st.lists(st.sampled_from([["花名册"], ["填表人：周一帆"], [], ["海市第一厂", "", "2025年"]]), max_size=3)
ENDS = st.lists(st.sampled_from([["合计", "", "3"], [], ["制表人：周一帆"], ["审核：", "", ""]]), max_size=2)


def by_text(encoding: str, separator: str) -> Any:
    """A writer of texts."""

    def write(rows: list[list[str]]) -> bytes:
        target = io.StringIO()
        csv.writer(target, delimiter=separator).writerows(rows)
        return target.getvalue().encode(encoding)

    return write


WRITERS = {
    "xlsx": excel,
    "xls": old_excel,
    "utf-8": by_text("utf-8-sig", ","),
    "gbk": by_text("gb18030", ","),
    "unicode text": by_text("utf-16", "\t"),
    "semicolons": by_text("utf-8", ";"),
}


@pytest.mark.parametrize("writer", list(WRITERS))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_table_is_read_back(writer: str, data: st.DataObject) -> None:
    people = data.draw(st.lists(persons(), min_size=1, max_size=6))
    order = data.draw(st.permutations([0, 1, 2, 3]))
    heads = ["姓名", "证件号码", "手机号码", "部门"]
    rows: list[list[str]] = [*data.draw(TITLES), [heads[place] for place in order]]
    expected = []
    for one in people:
        if data.draw(st.booleans()) and data.draw(st.booleans()):
            rows.append([])
        before, after = data.draw(NOISE), data.draw(NOISE.filter(lambda sign: sign != "'"))
        cells = [before + cell + after for cell in one] + ["一车间"]
        rows.append([cells[place] for place in order])
        expected.append((len(rows), one))
    rows += data.draw(ENDS)
    found = read_roster(WRITERS[writer](rows))
    read = [
        (line.line, (line.told["name"], normal(line.told["identity_number"]), line.told["phone"]))
        for line in found.lines
    ]
    assert read == expected
    assert not [line for line in found.lines if line.faults]


def test_a_text_of_our_own_helper_is_no_wider_than_its_rows() -> None:
    assert text([["a", "b"]]) == "a,b\r\n"
