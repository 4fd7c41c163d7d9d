"""Flat columns of cases back to what the contract writes."""

from __future__ import annotations

import numpy as np
import pytest

from benefit_engine.columns import layout
from tests.engine.small_plans import case, cover, stay
from tests.engine.test_columns_agree import as_table


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
