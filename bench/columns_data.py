"""Files of cases for bench_columns.py: one seeded NumPy generator, flat columns as ``benefit_engine.columns.layout`` has them.

Everybody has one cover of guangxi-huzhubao-1-2025; bills are whole and nearly all agree. A few percent of the rows have what
makes a line odd: no cover yet, retired, another insurance, an unknown fact or amount, parts that disagree, aid by others.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from benefit_engine.columns.layout import CASES
from benefit_engine.columns.run import money_array

PLAN = "guangxi-huzhubao-1-2025"
CHUNK = 250_000
"""Rows that are made at a time, about; each chunk has its own seed, so that a longer file begins as a shorter one."""
STAYS = 4
"""Stays of a person, on average, where everybody has been in hospital."""
DECADES = ((10_000, 0.15), (100_000, 0.50), (1_000_000, 0.32), (10_000_000, 0.028), (100_000_000, 0.002))
"""Lower end in fen of a decade of self-paid costs, and its share: below the deductible, all brackets, and the cap of the year."""
STORED: dict[str, Any] = {"compression": "zstd", "compression_level": 1, "store_decimal_as_integer": True}
"""Amounts as 64-bit integers with two decimal places, as DuckDB and Spark write them."""
YEAR = int((np.datetime64("2025-01-01") - np.datetime64("1970-01-01")).astype(int))
PARTS = ("basic_deductible", "copay", "above_ceiling", "pre_self_paid", "over_limit")

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def written(path: Path, events: int, persons: int) -> Path:
    """The file of so many events of so many persons, made unless it is there."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    chunks = max(1, round(max(events, persons) / CHUNK))
    borders = [(events * i // chunks, persons * i // chunks) for i in range(chunks + 1)]
    writer = None
    for (event, person), (last_event, last_person) in itertools.pairwise(borders):
        made = chunk(last_event - event, last_person - person, person)
        writer = writer or pq.ParquetWriter(partial, made.schema, **STORED)
        writer.write_table(made)
    if writer is not None:
        writer.close()
    partial.rename(path)
    return path


def chunk(events: int, persons: int, first: int) -> pa.Table:
    """Cases of the persons from ``first`` on, with so many events among them."""
    dice = np.random.default_rng((20251122, first))
    counts = _counts(events, persons, dice)
    person = np.repeat(np.arange(persons), np.maximum(counts, 1))
    starts = np.concatenate([[0], np.cumsum(np.maximum(counts, 1))])[:-1]
    is_first = np.zeros(len(person), dtype=bool)
    is_first[starts] = True
    stays = counts[person] > 0
    columns = {"case": _numbered("p", first + person), **_people(dice, is_first), **_stays(dice, person, stays)}
    columns["event"] = _numbered("h", (first + person) * 64 + np.arange(len(person)) - starts[person], stays)
    columns |= {
        name: _where(stays, money_array(fen), unknown) for name, (fen, unknown) in _bills(dice, len(person)).items()
    }
    return pa.table({name: columns[name].cast(kind) for name, kind in CASES.items() if name in columns})


def _counts(events: int, persons: int, dice: np.random.Generator) -> Ints:
    """Events of each person; at least one where there are enough."""
    floor = 1 if events >= persons else 0
    drawn = dice.integers(0, persons, events - floor * persons)
    return floor + np.bincount(drawn, minlength=persons)


def _people(dice: np.random.Generator, is_first: Flags) -> dict[str, Any]:
    """Member and cover, on the first row of each person."""
    rows = len(is_first)
    late = dice.random(rows) < 0.06
    start = YEAR + np.where(late, dice.integers(1, 300, rows), 0)
    return {
        "member_birth_date": _where(is_first, _days(dice.integers(-5_000, 12_000, rows))),
        "member_sex": _where(is_first, _words(dice, rows, {"F": 0.5, "M": 0.5})),
        "member_employment": _where(
            is_first, _words(dice, rows, {"in_service": 0.96, "retired": 0.02, "flexible": 0.01, None: 0.01})
        ),
        "member_basic_insurance": _where(
            is_first, _words(dice, rows, {"employee": 0.97, "resident": 0.01, "none": 0.01, None: 0.01})
        ),
        "cover_plan": _where(is_first, _words(dice, rows, {PLAN: 1.0})),
        "cover_units": _where(is_first, pa.array(np.ones(rows, dtype=np.int32))),
        "cover_from": _where(is_first, _days(start)),
        "cover_until": _where(is_first, _days(np.full(rows, YEAR + 365))),
        "cover_joined_on": _where(is_first, _days(start)),
    }


def _stays(dice: np.random.Generator, person: Ints, stays: Flags) -> dict[str, Any]:
    """What an event says besides its bill; the stays of a person in order of their dates."""
    rows = len(person)
    started = YEAR + np.sort(person * 400 + dice.integers(0, 360, rows)) % 400
    ended = started + np.minimum(dice.geometric(0.12, rows) - 1, 60)
    unknown = dice.random(rows) < 0.005
    codes = {f"{letter}{number:02d}.{tail}": 1.0 / 900 for letter in "CIJ" for number in range(100) for tail in "039"}
    return {
        "kind": _where(stays, _words(dice, rows, {"inpatient": 1.0})),
        "started_on": _where(stays, _days(started)),
        "ended_on": _where(stays, _days(ended), unknown),
        "settled_on": _where(stays, _days(ended), unknown),
        "filed_on": _where(stays, _days(ended + dice.integers(0, 60, rows))),
        "hospital_level": _where(stays, pa.array(dice.integers(1, 4, rows).astype(np.int32))),
        "diagnoses": _where(stays, _words(dice, rows, codes)),
        "accident": _where(stays, pa.array(dice.random(rows) < 0.05)),
    }


def _bills(dice: np.random.Generator, rows: int) -> dict[str, tuple[Ints, Flags]]:
    """Fen of each amount, and where it is unknown."""

    def some(share: float) -> Flags:
        return dice.random(rows) < share

    def part_of(whole: Ints) -> Ints:
        return dice.integers(0, whole + 1)

    least = dice.choice(np.array([low for low, _ in DECADES]), rows, p=[share for _, share in DECADES])
    self_paid = dice.integers(least, np.where(least == DECADES[-1][0], 2, 10) * least)
    found = {"self_paid": self_paid, "out_of_scope": part_of(self_paid // 2)}
    left = self_paid
    for name in PARTS[:-1]:
        found[name] = part_of(left)
        left = left - found[name]
    found[PARTS[-1]] = left
    found["fund_paid"] = part_of(self_paid * 3)
    found["supplement_paid"] = np.where(some(0.2), part_of(self_paid), 0)
    found["medical_aid_paid"] = np.where(some(0.05), part_of(self_paid), 0)
    found["hospital_borne"] = np.where(some(0.02), part_of(self_paid // 10), 0)
    burden = self_paid + found["out_of_scope"]
    found["account_paid"] = part_of(burden)
    found["cash_paid"] = burden - found["account_paid"]
    found["other_aid_paid"] = part_of(burden)
    payers = ("fund_paid", "supplement_paid", "medical_aid_paid", "hospital_borne")
    found["total"] = burden + sum(found[name] for name in payers) + np.where(some(0.01), 12_345, 0)
    unknown = dict.fromkeys(found, np.zeros(rows, dtype=bool))
    unsplit, unread = some(0.05), some(0.01)
    unknown |= dict.fromkeys(PARTS, unsplit)
    unknown |= {"self_paid": some(0.01) | unread, "pre_self_paid": unsplit | unread}
    unknown |= {"out_of_scope": some(0.02), "hospital_borne": ~some(0.05), "other_aid_paid": ~some(0.05)}
    return {name: (fen, unknown[name]) for name, fen in found.items()}


def _numbered(letter: str, numbers: Ints, known: Flags | None = None) -> pa.Array:
    """Texts as ids are: a letter and ten digits."""
    width = 11
    data = np.full((len(numbers), width), ord(letter), dtype=np.uint8)
    for place in range(width - 1):
        data[:, width - 1 - place] = ord("0") + numbers // 10**place % 10
    offsets = np.arange(0, width * (len(numbers) + 1), width, dtype=np.int32)
    texts = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(data))
    return texts if known is None else _where(known, texts)


def _words(dice: np.random.Generator, rows: int, shares: dict[Any, float]) -> pa.Array:
    chosen = dice.choice(len(shares), rows, p=list(shares.values())) if len(shares) > 1 else np.zeros(rows, dtype=int)
    return pa.DictionaryArray.from_arrays(pa.array(chosen.astype(np.int32)), pa.array(list(shares))).cast(pa.string())


def _days(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _where(known: Flags, values: pa.Array, unknown: Flags | None = None) -> pa.Array:
    """The values where they are known, nothing elsewhere."""
    kept = known if unknown is None else known & ~unknown
    return values if kept.all() else pa.compute.if_else(pa.array(kept), values, pa.scalar(None, values.type))
