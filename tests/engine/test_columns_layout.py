"""Flat columns of cases, however Arrow holds them, and back to what the contract writes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from benefit_engine.columns import layout
from benefit_engine.columns.run import Decider
from tests.engine.small_plans import JsonDict, case, cover, one, stay
from tests.engine.test_columns_agree import as_table, library_of


def test_cases_of_a_table_are_read_together_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole columns at a time, whatever of them says nothing, and in whatever runs they are taken."""
    monkeypatch.setattr(layout, "_CASES", 2)
    covers = [cover(), cover("small", "2026-01-01", "2027-01-01", units=2)]
    spent = {"family": "small", "counter": "inpatient.paid", "key": "life", "amount": "1.00", "last_on": "2024-05-06"}
    datas = [
        {**case(stay("e1", "2025-03-01", self_paid="0.05", diagnoses=["C50.900", "I10"]), covers=covers), "case": "a"},
        {**case(covers=[]), "case": "b"},
        {**case(stay("e1", "2025-03-01", operations=[], accident=False), opening=[spent]), "case": "c"},
        {**case(stay("e1", "2025-03-01", x_own="-3.10"), stay("e2", "2025-04-01", hospital_level=2)), "case": "d"},
        {**case(stay("e1", "0999-03-01")), "case": "e"},
    ]
    table = as_table(datas)
    words = table.set_column(
        table.schema.get_field_index("diagnoses"), "diagnoses", table["diagnoses"].combine_chunks().dictionary_encode()
    )
    first = layout.first_rows(table["case"].combine_chunks())
    ends = [*first[1:].tolist(), table.num_rows]
    alone = [
        layout.case_of(table.slice(start, end - start).to_pylist())
        for start, end in zip(first.tolist(), ends, strict=True)
    ]
    assert [one["case"] for one in alone] == ["a", "b", "c", "d", "e"]
    assert list(layout.cases_of(table, first)) == list(layout.cases_of(words, first)) == alone
    assert list(layout.cases_of(table, first, np.array([0, 3, 4]))) == [alone[0], alone[3], alone[4]]
    assert list(layout.cases_of(table.slice(0, 0), first[:0])) == []
    few = table.select(["case", "event", "kind"])
    assert [one["covers"] for one in layout.cases_of(few, first)] == [[]] * 5


def some_cases() -> list[JsonDict]:
    """Cases that say something in columns of every type."""
    spent = {"family": "small", "counter": "inpatient.base", "key": "period:2025-01-01", "amount": "40.00"}
    return [
        {
            **case(
                stay(
                    f"e{i}", "2025-03-01", self_paid=f"{100 + 10 * i}.00", hospital_level=1 + i % 3, accident=i % 2 == 0
                ),
                stay(f"f{i}", "2025-04-01", self_paid=f"{i}.00", diagnoses=["C50.900"], severity="minor"),
                covers=[cover(option="basic", risk_class="1")],
                member={"sex": "F", "employment": "employed"},
                opening=[spent] if i % 3 == 0 else [],
            ),
            "case": f"c{i}",
        }
        for i in range(40)
    ]


SMALL = library_of(one("base: {of: [self_paid], name: 个人自付}\ndeductible: {amount: 100, per: period}\nrate: 50%\n"))


def told(table: pa.Table) -> list[JsonDict]:
    """Lines and errors; only bad cases go through the explained engine."""
    found = Decider(SMALL).decide(table)
    assert found.explained == len(found.errors)
    return [*found.lines.to_pylist(), found.errors]


@pytest.mark.parametrize("index", [pa.int8(), pa.int16(), pa.uint8(), pa.int64()])
@pytest.mark.parametrize("words", [pa.string(), pa.large_string()])
def test_dictionaries_may_have_any_numbers_and_texts(index: pa.DataType, words: pa.DataType) -> None:
    """Numbers of another width are copied to be read, and the copy must live as long as it is read."""
    plain = as_table(some_cases())
    other = plain
    for name in [name for name in plain.column_names if plain.schema.field(name).type == pa.string()]:
        column = plain[name].combine_chunks().dictionary_encode()
        column = pa.DictionaryArray.from_arrays(column.indices.cast(index), column.dictionary.cast(words))
        other = other.set_column(plain.column_names.index(name), name, column)
    assert told(other) == told(plain)


def test_a_null_among_the_words_of_a_dictionary_is_a_null() -> None:
    plain = as_table(some_cases())
    other = plain
    for name in ("cover_option", "cover_risk_class", "diagnoses", "opening_key", "kind", "severity", "member_sex"):
        column = plain[name].combine_chunks().dictionary_encode()
        words = pa.concat_arrays([column.dictionary, pa.nulls(1, pa.string())])
        numbers = pc.fill_null(column.indices, len(words) - 1)
        assert numbers.null_count == 0
        other = other.set_column(plain.column_names.index(name), name, pa.DictionaryArray.from_arrays(numbers, words))
    assert told(other) == told(plain)


def test_what_lies_under_a_null_is_not_read() -> None:
    """Arrow lets anything stand where a bit says that there is nothing."""
    plain = as_table(some_cases())
    known = np.arange(plain.num_rows) % 7 != 0
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    other, bare = plain, plain
    for name in ("event", "self_paid", "started_on", "case"):
        column, place = plain[name].combine_chunks(), plain.column_names.index(name)
        covered = pa.Array.from_buffers(column.type, len(column), [bits, *column.buffers()[1:]])
        other = other.set_column(place, name, covered)
        bare = bare.set_column(place, name, pa.array(covered.to_pylist(), column.type))
    assert told(other) == told(bare)
    assert len(Decider(SMALL).decide(other).errors) > 10


def test_decimals_and_integers_of_other_widths_are_read_by_both_engines() -> None:
    """Also for who goes through the explained engine, which would not take an amount without its two decimals."""
    cases = some_cases()
    cases[3]["covers"].append(cover("other"))
    plain = as_table(cases)
    other = plain.set_column(
        plain.column_names.index("self_paid"), "self_paid", plain["self_paid"].cast(pa.decimal128(12, 0))
    )
    other = other.set_column(
        plain.column_names.index("hospital_level"), "hospital_level", plain["hospital_level"].cast(pa.int64())
    )
    assert told(other) == told(plain)


def test_slices_of_larger_arrays_are_read_from_where_they_begin() -> None:
    plain = as_table(some_cases())
    whole = told(plain)
    for start in (1, 3, 8, 13):
        columns = [
            pa.concat_arrays([column.combine_chunks().slice(0, start), column.combine_chunks()]).slice(start)
            for column in plain.columns
        ]
        assert told(pa.table(columns, names=plain.column_names)) == whole
